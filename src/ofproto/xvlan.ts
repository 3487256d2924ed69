// xvlan - the VLAN tags of a packet inside of a bridge: what a port's VLAN mode makes of the tags it came with, and of them when it leaves
// (struct xvlan of ofproto-dpif-xlate.c).
import type { Flow } from "../openflow/flow.ts";
import { ETH_TYPE_VLAN, isVlanType, VLAN_CFI, VLAN_PCP_MASK, VLAN_VID_MASK } from "./packet-kind.ts";
import type { Bundle, PriorityTags } from "./port.ts";
import { MAX_VLANS, setVlan, vlanTci, vlanTpid } from "./vlan-stack.ts";

export interface XvlanTag {
  /** 0: none yet */
  readonly tpid: number;
  /** 0: no tag, or a priority tag */
  readonly vid: number;
  /** In the bits where a TCI has it. */
  readonly pcp: number;
}

/** Outer and inner. */
export type Xvlan = readonly [XvlanTag, XvlanTag];

const NO_TAG: XvlanTag = { tpid: 0, vid: 0, pcp: 0 };

function tagOf(flow: Flow, i: number): XvlanTag {
  const tci = vlanTci(flow, i);
  return { tpid: vlanTpid(flow, i), vid: tci & VLAN_VID_MASK, pcp: tci & VLAN_PCP_MASK };
}

const isTagged = (flow: Flow, i: number): boolean =>
  isVlanType(vlanTpid(flow, i)) && (vlanTci(flow, i) & VLAN_CFI) !== 0;

export function extractXvlan(flow: Flow): Xvlan {
  if (!isTagged(flow, 0)) return [NO_TAG, NO_TAG];
  return [tagOf(flow, 0), isTagged(flow, 1) ? tagOf(flow, 1) : NO_TAG];
}

export function putXvlan(flow: Flow, xvlan: Xvlan, priorityTags: PriorityTags): void {
  for (let i = 0; i < MAX_VLANS; i++) {
    const { tpid, vid, pcp } = xvlan[i]!;
    const tci = vid | pcp;
    if (tci !== 0 || (priorityTags === "always" && tpid !== 0))
      setVlan(flow, i, tpid === 0 ? ETH_TYPE_VLAN : tpid, tci | VLAN_CFI);
    else setVlan(flow, i, vlanTpid(flow, i), 0);
  }
}

/** The native or access VLAN, with the priority that the packet came with. */
const inOwnVlan = (bundle: Bundle, { tpid, pcp }: XvlanTag): XvlanTag => ({
  tpid: tpid === 0 ? ETH_TYPE_VLAN : tpid,
  vid: bundle.vlan,
  pcp,
});

export function xvlanInput(bundle: Bundle, [outer, inner]: Xvlan): Xvlan {
  switch (bundle.vlanMode) {
    case "access":
      return [inOwnVlan(bundle, outer), NO_TAG];
    case "trunk":
      return [outer, inner];
    case "native-tagged":
    case "native-untagged":
      return [outer.vid === 0 ? inOwnVlan(bundle, outer) : outer, inner];
    case "dot1q-tunnel":
      return [{ tpid: bundle.qinqEthtype, vid: bundle.vlan, pcp: 0 }, outer];
  }
}

export function xvlanOutput(bundle: Bundle, [outer, inner]: Xvlan): Xvlan {
  switch (bundle.vlanMode) {
    case "access":
      return [NO_TAG, NO_TAG];
    case "trunk":
    case "native-tagged":
      return [outer, inner];
    case "native-untagged":
      return outer.vid === bundle.vlan ? [inner, NO_TAG] : [outer, inner];
    case "dot1q-tunnel":
      return [inner, NO_TAG];
  }
}

/** Why a packet with this VLAN may not come in; undefined: it may */
export function refuseInput(bundle: Bundle, vid: number): string | undefined {
  switch (bundle.vlanMode) {
    case "access":
      if (vid === 0) return undefined;
      return `dropping VLAN ${vid} tagged packet received on port ${bundle.name} configured as VLAN ${bundle.vlan} access port`;
    case "dot1q-tunnel":
      if (bundle.allowsCvlan(vid)) return undefined;
      return `dropping VLAN ${vid} packet received on dot1q-tunnel port ${bundle.name} that excludes this VLAN`;
    default:
      if ((vid === 0 && bundle.vlanMode !== "trunk") || bundle.trunksVlan(vid)) return undefined;
      return `dropping VLAN ${vid} packet received on port ${bundle.name} not configured for trunking VLAN ${vid}`;
  }
}
