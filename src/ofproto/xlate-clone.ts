// xlate-clone - actions on a copy of the packet (clone_xlate_actions), and actions that depend on the packet's length, which only the datapath
// knows (xlate_check_pkt_larger).
import { Flow } from "../openflow/flow.ts";
import type { Ofpact } from "../openflow/ofpact.ts";
import { writeSubfield } from "../openflow/subfield.ts";
import type { Step } from "./recirc.ts";
import { xlateActionSet } from "./xlate-action-set.ts";
import { commitActions } from "./xlate-commit.ts";
import type { XlateContext } from "./xlate-context.ts";
import { finishFreezing } from "./xlate-freeze.ts";

const NLA_BYTES = 4;
const CHECK_PKT_LEN_BYTES = 20;

/** What the datapath cannot undo by other actions: it must work on a copy of its own. */
const IRREVERSIBLE = new Set<Step["type"]>(["ct", "meter", "nat", "output_trunc", "encap", "decap", "dec_nsh_ttl"]);

/** All that the copy's actions may change, but the base flow. */
function onCopy(ctx: XlateContext, work: () => void): void {
  const { stack, actionSet } = ctx;
  const saved = new Flow();
  saved.copyFrom(ctx.flow);
  ctx.stack = [...stack];
  ctx.actionSet = [...actionSet];
  work();
  ctx.stack = stack;
  ctx.actionSet = actionSet;
  ctx.flow.copyFrom(saved);
}

function toTheEnd(ctx: XlateContext, steps: readonly Step[], isLast: boolean): void {
  ctx.pipeline.actions(ctx, steps, isLast, false);
  if (!ctx.isFreezing) xlateActionSet(ctx);
  if (ctx.isFreezing) finishFreezing(ctx);
}

export function xlateClone(ctx: XlateContext, steps: readonly Step[], isLast: boolean): void {
  if (isLast || !steps.some(({ type }) => IRREVERSIBLE.has(type))) {
    onCopy(ctx, () => toTheEnd(ctx, steps, isLast));
    return;
  }
  onCopy(ctx, () => {
    // what is done before the copy is made is done once
    commitActions(ctx);
    const base = ctx.base.clone();
    const { wasMpls } = ctx;
    const actions = ctx.nested(() => toTheEnd(ctx, steps, true));
    if (actions.length > 0) ctx.emit({ type: "clone", actions }, NLA_BYTES);
    ctx.wasMpls = wasMpls;
    ctx.base.copyFrom(base);
  });
}

/** rest: the actions behind it, which are translated for both answers */
export function xlateCheckPktLarger(
  ctx: XlateContext,
  { length, destination }: Ofpact & { readonly type: "check_pkt_larger" },
  rest: readonly Step[],
): void {
  onCopy(ctx, () => {
    commitActions(ctx);
    const base = ctx.base.clone();
    const flow = ctx.flow.clone();
    const { wasMpls } = ctx;
    const branch = (larger: 0 | 1): void => {
      writeSubfield(destination, Uint8Array.of(larger), ctx.flow);
      toTheEnd(ctx, rest, true);
      ctx.base.copyFrom(base);
      ctx.flow.copyFrom(flow);
      ctx.wasMpls = wasMpls;
    };
    const greater = ctx.nested(() => branch(1));
    const { exit } = ctx;
    ctx.exit = false;
    const lessOrEqual = ctx.nested(() => branch(0));
    ctx.exit = exit;
    ctx.emit({ type: "check_pkt_len", size: length, greater, lessOrEqual }, CHECK_PKT_LEN_BYTES);
  });
}
