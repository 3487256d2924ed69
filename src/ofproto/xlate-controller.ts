// xlate-controller - packets for a controller (xlate_controller_action).
import { OFPM13_CONTROLLER } from "../openflow/meter.ts";
import type { Meter } from "./meter.ts";
import { commitActions } from "./xlate-commit.ts";
import type { XlateContext } from "./xlate-context.ts";
import { frozenState } from "./xlate-freeze.ts";
import { putUserspace } from "./xlate-userspace.ts";

const UINT32_MAX = 0xffff_ffff;
const SAMPLE_BYTES = 16;
const NLA_U32_BYTES = 8;

export interface ControllerAction {
  readonly maxLen: number;
  readonly reason: string;
  readonly controllerId: number;
  readonly userdata?: Uint8Array;
  readonly meterId?: number;
}

export function xlateController(ctx: XlateContext, action: ControllerAction): void {
  commitActions(ctx);
  // a rule of priority 0 that matches all is the table's explicit miss
  const isMiss =
    action.reason === "action" && ctx.rule !== undefined && ctx.rule.priority === 0 && ctx.rule.values.length === 0;
  const reason = isMiss ? "explicit_miss" : action.reason;
  const recircId = ctx.network.recircs.allocate({
    ...frozenState(ctx, ctx.table, action.userdata),
    steps: [],
    actionSet: [],
  });
  ctx.recircs.push(recircId);
  const { sideEffects, cache } = ctx.wishes;
  const to = { ...action, reason, dontSend: !sideEffects && cache === undefined, continuation: false, recircId };
  const meter = meterOf(ctx, action.meterId);
  if (meter === undefined) {
    putUserspace(ctx, to);
    return;
  }
  const actions = ctx.nested(() => {
    ctx.emit({ type: "meter", id: meter.datapathId }, NLA_U32_BYTES);
    putUserspace(ctx, to);
  });
  ctx.emit({ type: "sample", probability: UINT32_MAX, actions }, SAMPLE_BYTES);
}

function meterOf({ bridge }: XlateContext, id: number | undefined): Meter | undefined {
  return (id === undefined ? undefined : bridge.meters.get(id)) ?? bridge.meters.get(OFPM13_CONTROLLER);
}
