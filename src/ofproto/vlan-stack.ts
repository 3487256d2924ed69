// vlan-stack - the VLAN tags of a flow, outermost first: TPID and TCI of two at most; a tag is there when its TCI has the CFI bit.
import { FLOW_VLAN_TCI, FLOW_VLAN_TPID } from "../../assembly/abi/flow.ts";
import type { Flow } from "../openflow/flow.ts";
import { VLAN_CFI } from "./packet-kind.ts";

export const MAX_VLANS = 2;
/** A tag is one word of struct flow. */
export const VLAN_WORD = FLOW_VLAN_TPID >> 2;

export const vlanTpid = (flow: Flow, i: number): number => flow.be16(FLOW_VLAN_TPID + 4 * i);
export const vlanTci = (flow: Flow, i: number): number => flow.be16(FLOW_VLAN_TCI + 4 * i);

export function setVlan(flow: Flow, i: number, tpid: number, tci: number): void {
  flow.setBe16(FLOW_VLAN_TPID + 4 * i, tpid);
  flow.setBe16(FLOW_VLAN_TCI + 4 * i, tci);
}

export function orVlanTci(flow: Flow, i: number, bits: number): void {
  flow.setBe16(FLOW_VLAN_TCI + 4 * i, vlanTci(flow, i) | bits);
}

export function countVlans(flow: Flow): number {
  let n = 0;
  while (n < MAX_VLANS && (vlanTci(flow, n) & VLAN_CFI) !== 0) n++;
  return n;
}

/** Takes the outer tag off; which tag comes then depends on all that are left. */
export function popVlan(flow: Flow, wildcards: Flow): void {
  const n = countVlans(flow);
  if (n === 2) {
    wildcards.words[VLAN_WORD + 1] = 0xffff_ffff;
    flow.words[VLAN_WORD] = flow.words[VLAN_WORD + 1]!;
  }
  if (n > 0) flow.words[VLAN_WORD + n - 1] = 0;
}

/** Makes room for an outer tag, which is all zero; the inner one of two is lost. */
export function pushVlan(flow: Flow, wildcards: Flow): void {
  for (let i = countVlans(flow) - 1; i >= 0; i--) wildcards.words[VLAN_WORD + i] = 0xffff_ffff;
  flow.words[VLAN_WORD + 1] = flow.words[VLAN_WORD]!;
  flow.words[VLAN_WORD] = 0;
}
