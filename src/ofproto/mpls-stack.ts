// mpls-stack - the MPLS label stack entries of a flow, the top one first; three at most are known.
import {
  FLOW_BYTES,
  FLOW_DL_TYPE,
  FLOW_DP_HASH,
  FLOW_MPLS_LSE,
  FLOW_NW_SRC,
  FLOW_NW_TOS,
  FLOW_NW_TTL,
} from "../../assembly/abi/flow.ts";
import { ETH_TYPE_IPV6, isMplsType } from "../openflow/field-prereqs.ts";
import type { Flow } from "../openflow/flow.ts";
import { IP_DSCP_MASK, isIpFlow } from "./packet-kind.ts";

export const MAX_LABELS = 3;
export const MPLS_LABEL_MASK = 0xfffff000;
export const MPLS_TC_MASK = 0x00000e00;
const MPLS_BOS_MASK = 0x00000100;
export const MPLS_TTL_MASK = 0x000000ff;

const IPV6_EXPLICIT_NULL = 2;
const DEFAULT_TTL = 64;

export const mplsLse = (flow: Flow, i: number): number => flow.be32(FLOW_MPLS_LSE + 4 * i);
export const setMplsLse = (flow: Flow, i: number, lse: number): void => flow.setBe32(FLOW_MPLS_LSE + 4 * i, lse);

export function orMplsLse(flow: Flow, i: number, bits: number): void {
  setMplsLse(flow, i, mplsLse(flow, i) | bits);
}

export function countLabels(flow: Flow, wildcards?: Flow): number {
  if (!isMplsType(flow.be16(FLOW_DL_TYPE))) return 0;
  let n = 0;
  for (let i = 0; i < MAX_LABELS; i++) {
    if (wildcards !== undefined) orMplsLse(wildcards, i, MPLS_BOS_MASK);
    const lse = mplsLse(flow, i);
    if ((lse & MPLS_BOS_MASK) !== 0) return i + 1;
    if (lse !== 0) n++;
  }
  return n;
}

/** Adds an entry to a stack of n. The first one takes TTL and class from IP, whose fields then are out of reach: cleared if clearL3. */
export function pushLabel(flow: Flow, n: number, type: number, wildcards: Flow | undefined, clearL3: boolean): void {
  if (n > 0) {
    if (wildcards !== undefined) for (let i = 0; i < n; i++) setMplsLse(wildcards, i, 0xffff_ffff);
    for (let i = n; i >= 1; i--) setMplsLse(flow, i, mplsLse(flow, i - 1));
    setMplsLse(flow, 0, mplsLse(flow, 1) & ~MPLS_BOS_MASK);
  } else {
    const label = flow.be16(FLOW_DL_TYPE) === ETH_TYPE_IPV6 ? IPV6_EXPLICIT_NULL : 0;
    let tc = 0;
    let ttl = DEFAULT_TTL;
    if (isIpFlow(flow)) {
      tc = (flow.u8(FLOW_NW_TOS) & IP_DSCP_MASK) >> 2;
      wildcards?.setU8(FLOW_NW_TOS, wildcards.u8(FLOW_NW_TOS) | IP_DSCP_MASK);
      wildcards?.setU8(FLOW_NW_TTL, 0xff);
      ttl = flow.u8(FLOW_NW_TTL) || DEFAULT_TTL;
    }
    setMplsLse(flow, 0, (label << 12) | ((tc & 7) << 9) | MPLS_BOS_MASK | ttl);
    if (clearL3) {
      flow.fill(FLOW_NW_SRC, FLOW_BYTES - FLOW_NW_SRC, 0);
      flow.setU32(FLOW_DP_HASH, 0);
    }
  }
  flow.setBe16(FLOW_DL_TYPE, type);
}

/** Takes the top one of n entries off. @returns false: there is none, or what is below a full stack is not known */
export function popLabel(flow: Flow, n: number, type: number, wildcards?: Flow): boolean {
  if (n === 0) return false;
  if (n === MAX_LABELS) {
    if (wildcards !== undefined) orMplsLse(wildcards, n - 1, MPLS_BOS_MASK);
    if ((mplsLse(flow, n - 1) & MPLS_BOS_MASK) === 0) return false;
  }
  if (wildcards !== undefined) for (let i = 1; i < n; i++) setMplsLse(wildcards, i, 0xffff_ffff);
  for (let i = 1; i < n; i++) setMplsLse(flow, i - 1, mplsLse(flow, i));
  setMplsLse(flow, n - 1, 0);
  flow.setBe16(FLOW_DL_TYPE, type);
  return true;
}

/** How many entries at the bottom both stacks share. */
export function commonLabels(a: Flow, nA: number, b: Flow, nB: number): number {
  let n = 0;
  while (n < Math.min(nA, nB) && mplsLse(a, nA - 1 - n) === mplsLse(b, nB - 1 - n)) n++;
  return n;
}
