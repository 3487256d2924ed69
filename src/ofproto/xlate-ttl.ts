// xlate-ttl - actions on MPLS labels, and those that count a packet's time to live down and end the table's actions when it has none left.
import { FLOW_DL_TYPE, FLOW_NW_PROTO, FLOW_NW_TTL } from "../../assembly/abi/flow.ts";
import { ETH_TYPE_IP, isMplsType } from "../openflow/field-prereqs.ts";
import {
  countLabels,
  MAX_LABELS,
  MPLS_TTL_MASK,
  mplsLse,
  orMplsLse,
  popLabel,
  pushLabel,
  setMplsLse,
} from "./mpls-stack.ts";
import { isIpFlow } from "./packet-kind.ts";
import { commitActions } from "./xlate-commit.ts";
import type { XlateContext } from "./xlate-context.ts";
import { xlateController } from "./xlate-controller.ts";

const ALL_OF_IT = 0xffff;

function invalidTtl(ctx: XlateContext, controllerId: number): void {
  xlateController(ctx, { maxLen: ALL_OF_IT, reason: "invalid_ttl", controllerId });
}

/** @returns whether the actions end here */
export function xlateDecTtl(ctx: XlateContext, controllers: readonly number[]): boolean {
  const { flow, wildcards } = ctx;
  wildcards.setU8(FLOW_NW_TTL, 0xff);
  wildcards.setU8(FLOW_NW_PROTO, 0xff);
  if (!isIpFlow(flow)) return false;
  const ttl = flow.u8(FLOW_NW_TTL);
  if (ttl > 1) {
    flow.setU8(FLOW_NW_TTL, ttl - 1);
    return false;
  }
  for (const id of controllers.length === 0 ? [0] : controllers) invalidTtl(ctx, id);
  ctx.report("warn", `IPv${flow.be16(FLOW_DL_TYPE) === ETH_TYPE_IP ? 4 : 6} decrement TTL exception`);
  return true;
}

/** @returns whether the actions end here */
export function xlateDecMplsTtl(ctx: XlateContext): boolean {
  const { flow } = ctx;
  if (isMplsType(flow.be16(FLOW_DL_TYPE))) {
    orMplsLse(ctx.wildcards, 0, MPLS_TTL_MASK);
    const lse = mplsLse(flow, 0);
    if ((lse & MPLS_TTL_MASK) > 1) {
      setMplsLse(flow, 0, lse - 1);
      return false;
    }
    invalidTtl(ctx, 0);
  }
  ctx.report("warn", "MPLS decrement TTL exception");
  return true;
}

/** bits: of the top label's entry; value: in its place */
export function xlateSetLse({ flow, wildcards }: XlateContext, bits: number, value: number): void {
  if (!isMplsType(flow.be16(FLOW_DL_TYPE))) return;
  orMplsLse(wildcards, 0, bits);
  setMplsLse(flow, 0, (mplsLse(flow, 0) & ~bits) | (value & bits));
}

export function xlatePushMpls(ctx: XlateContext, type: number): void {
  const n = countLabels(ctx.flow, ctx.wildcards);
  // the fields behind the labels can be set no more
  if (n === 0) commitActions(ctx);
  else if (n >= MAX_LABELS) {
    tooManyLabels(ctx);
    return;
  }
  pushLabel(ctx.flow, n, type, ctx.wildcards, true);
}

export function xlatePopMpls(ctx: XlateContext, type: number): void {
  const n = countLabels(ctx.flow, ctx.wildcards);
  if (popLabel(ctx.flow, n, type, ctx.wildcards)) {
    if (!isMplsType(type)) ctx.wasMpls = true;
  } else if (n >= MAX_LABELS) {
    tooManyLabels(ctx);
    ctx.actions.length = 0;
  }
}

function tooManyLabels(ctx: XlateContext): void {
  ctx.error = "too_many_mpls_labels";
}
