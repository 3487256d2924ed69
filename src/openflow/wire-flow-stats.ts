// wire-flow-stats - a flow as a switch's reply tells of it: each OpenFlow version has its own actions, and knows of
// some attributes only.

import { NO_FLAGS } from "./flow-mod.ts";
import type { FlowStats } from "./format-flow.ts";
import { P_OF10_NXM_ANY, P_OF11_STD, P_OF12_OXM, type Protocols, protocolVersion } from "./protocol.ts";
import { wireMatch } from "./wire-match.ts";
import { wireOfpacts } from "./wire-ofpacts.ts";

export type WiredFlowStats = { readonly flow: FlowStats } | { readonly error: string };

const FLAGS_SINCE = 4;
const IMPORTANCE_SINCE = 5;
const IDLE_AGE_SINCE = 6;

/** @param protocol one bit */
export function wireFlowStats(flow: FlowStats, protocol: Protocols): WiredFlowStats {
  // OVS replies in OXM to 1.1, too
  const match = wireMatch(flow.match, protocol === P_OF11_STD ? P_OF12_OXM : protocol);
  if ("error" in match) return match;
  const version = protocolVersion(protocol);
  const actions = wireOfpacts(flow.actions, version, flow.match.flow);
  if ("error" in actions) return actions;
  const { idleAge, hardAge, ...rest } = flow;
  // both are in Nicira's replies, and the idle age alone is in those of 1.5
  const nxm = (protocol & P_OF10_NXM_ANY) !== 0;
  return {
    flow: {
      ...rest,
      ...(nxm || version >= IDLE_AGE_SINCE ? { idleAge } : {}),
      ...(nxm ? { hardAge } : {}),
      match: match.match,
      actions: actions.actions,
      flags: version >= FLAGS_SINCE ? flow.flags : NO_FLAGS,
      importance: version >= IMPORTANCE_SINCE ? flow.importance : 0,
    },
  };
}
