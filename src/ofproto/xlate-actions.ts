// xlate-actions - carries out a list of OpenFlow actions and instructions on the packet of a translation (do_xlate_actions).

import { mf } from "../openflow/field-table.ts";
import { formatOfpact } from "../openflow/format-ofpacts.ts";
import type { OfNames } from "../openflow/ofpact-context.ts";
import type { Step } from "./recirc.ts";
import type { XlateContext } from "./xlate-context.ts";
import { freezeSteps, triggerFreeze } from "./xlate-freeze.ts";
import { xlateStep } from "./xlate-step.ts";

export function xlateActions(ctx: XlateContext, steps: readonly Step[], isLast: boolean, inBucket: boolean): void {
  if (steps.length === 0) {
    ctx.report("action", "drop");
    return;
  }
  let isDone = false;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    if (ctx.error !== undefined) break;
    if (ctx.wasMpls && !ctx.exit && !isFineWithoutL3(step)) triggerFreeze(ctx);
    if (ctx.exit || isDone) {
      if (ctx.isFreezing) freezeSteps(ctx, steps, i);
      break;
    }
    if (ctx.trace !== undefined) ctx.report("action", stepText(step, { ports: ctx.shownPorts }));
    const place = { isLast: isLast && i === steps.length - 1 && ctx.actionSet.length === 0, inBucket };
    const outcome = xlateStep(ctx, step, place, () => steps.slice(i + 1));
    if (outcome === "end-of-list") return;
    // what a resubmit froze is not to be done again: only what stands behind it
    if (outcome === "went-on") continue;
    if (outcome === "rest-done") isDone = true;
    const next = outcome === "freeze-rest" ? i + 1 : i;
    if (ctx.error === undefined && ctx.exit && ctx.frozen.length === 0) {
      freezeSteps(ctx, steps, next);
      break;
    }
    i = next;
  }
}

/** Fields of layer 3 and above are those from this one on. */
const FIRST_L3_FIELD = mf("ip_src").id;

/** Can be done to a packet whose labels were popped, without knowing what is behind them. */
function isFineWithoutL3(step: Step): boolean {
  switch (step.type) {
    case "output":
    case "output_trunc":
    case "enqueue":
    case "output_reg":
    case "set_vlan_vid":
    case "set_vlan_pcp":
    case "set_eth_src":
    case "set_eth_dst":
    case "set_tunnel":
    case "set_queue":
    case "group":
      return true;
    case "set_field":
      return step.field.id < FIRST_L3_FIELD;
    default:
      return false;
  }
}

export function stepText(step: Step, names: OfNames = {}): string {
  return step.type === "unroll"
    ? `unroll_xlate(table=${step.table}, cookie=${step.cookie})`
    : formatOfpact(step, names);
}
