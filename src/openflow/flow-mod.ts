// flow-mod - a flow that a switch is asked to add, change or delete, and a request for flows (struct ofputil_flow_mod
// of OVS 3.1).
import type { Match } from "./flow.ts";
import type { OfPort, Ofpact } from "./ofpact.ts";

export type FlowModCommand = "add" | "modify" | "modify_strict" | "delete" | "delete_strict";

/** `new_cookie` of a flow_mod that leaves cookies alone. */
export const COOKIE_UNCHANGED = (1n << 64n) - 1n;

export interface FlowFlags {
  readonly sendFlowRem: boolean;
  readonly checkOverlap: boolean;
  readonly resetCounts: boolean;
  readonly noPacketCounts: boolean;
  readonly noByteCounts: boolean;
}

export const NO_FLAGS: FlowFlags = {
  sendFlowRem: false,
  checkOverlap: false,
  resetCounts: false,
  noPacketCounts: false,
  noByteCounts: false,
};

export interface FlowMod {
  readonly command: FlowModCommand;
  readonly match: Match;
  readonly priority: number;
  /** 255: all tables, or the switch's choice. */
  readonly table: number;
  /** Flows whose cookie differs in these bits are left alone. */
  readonly cookie: bigint;
  readonly cookieMask: bigint;
  /** COOKIE_UNCHANGED: none was given where it is not needed. */
  readonly newCookie: bigint;
  readonly modifyCookie: boolean;
  /** Seconds; 0: none. */
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly importance: number;
  readonly flags: FlowFlags;
  /** Only flows that output there; OFPP_ANY: all. */
  readonly outPort: OfPort;
  /** OFPG_ANY: all. */
  readonly outGroup: number;
  readonly actions: readonly Ofpact[];
}

/** What dump-flows and dump-aggregate ask for. */
export interface FlowStatsRequest {
  readonly match: Match;
  readonly table: number;
  readonly cookie: bigint;
  readonly cookieMask: bigint;
  readonly outPort: OfPort;
  readonly outGroup: number;
}
