// xlate-action-set - the OpenFlow action set: what write_actions put in, in the order in which OpenFlow has it carried out at the pipeline's end
// (ofpacts_execute_action_set).
import { FLOW_ACTSET_OUTPUT } from "../openflow/flow-offsets.ts";
import { formatOfpacts } from "../openflow/format-ofpacts.ts";
import type { Ofpact } from "../openflow/ofpact.ts";
import { OFPP_UNSET } from "../openflow/ports.ts";
import type { XlateContext } from "./xlate-context.ts";

/** Of these the last one of a kind counts, in this order. */
const SINGLE = ["strip_vlan", "pop_mpls", "push_mpls", "push_vlan", "dec_ttl", "dec_mpls_ttl"];
/** One of these is carried out at the end, those further on rather than the others; without any nothing is done at all. */
const FINAL = ["ct", "resubmit", "output", "group"];
/** All of these, as they came, before the final one. */
const SETS = new Set<Ofpact["type"]>([
  "set_field",
  "reg_move",
  "set_eth_dst",
  "set_eth_src",
  "set_ip_dscp",
  "set_ip_ecn",
  "set_ip_ttl",
  "set_ipv4_dst",
  "set_ipv4_src",
  "set_l4_dst_port",
  "set_l4_src_port",
  "set_mpls_label",
  "set_mpls_tc",
  "set_mpls_ttl",
  "set_queue",
  "set_vlan_pcp",
  "set_vlan_vid",
]);

export function actionSetList(set: readonly Ofpact[]): Ofpact[] {
  const singles: (Ofpact | undefined)[] = SINGLE.map(() => undefined);
  const sets: Ofpact[] = [];
  let final: Ofpact | undefined;
  for (const action of set) {
    const slot = SINGLE.indexOf(action.type);
    if (slot >= 0) singles[slot] = action;
    else if (SETS.has(action.type)) sets.push(action);
    else if (FINAL.indexOf(action.type) >= Math.max(0, final === undefined ? 0 : FINAL.indexOf(final.type)))
      final = action;
  }
  if (final === undefined) return [];
  return [...singles.filter((action) => action !== undefined), ...sets, final];
}

/** Adds to the action set, and keeps actset_output: the port of an output, unless there is a group. */
export function writeActions(ctx: XlateContext, actions: readonly Ofpact[]): void {
  for (const action of actions) {
    if (ctx.actionSetHasGroup) break;
    if (action.type === "output") ctx.flow.setU32(FLOW_ACTSET_OUTPUT, action.port);
    else if (action.type === "group") {
      ctx.flow.setU32(FLOW_ACTSET_OUTPUT, OFPP_UNSET);
      ctx.actionSetHasGroup = true;
    }
  }
  ctx.actionSet.push(...actions);
}

/** Carries the action set out, and empties it. */
export function xlateActionSet(ctx: XlateContext): void {
  if (ctx.actionSet.length === 0) return;
  const list = actionSetList(ctx.actionSet);
  ctx.actionSet = [];
  if (list.length === 0) return;
  const { trace } = ctx;
  ctx.inActionSet = true;
  ctx.trace = ctx.report("table", "--. Executing action set:");
  ctx.pipeline.actions(ctx, list, true, false);
  ctx.trace = trace;
  ctx.inActionSet = false;
}

/** Tells the action set; verb: was, is */
export function reportActionSet(ctx: XlateContext, verb: string): void {
  if (ctx.trace === undefined) return;
  const list = actionSetList(ctx.actionSet);
  ctx.report("detail", list.length === 0 ? `action set ${verb} empty` : `action set ${verb}: ${formatOfpacts(list)}`);
}
