// xlate-group - the group action: which buckets get the packet, and what they do with it, each with a copy (xlate_group_action).
import { FLOW_DP_HASH } from "../../assembly/abi/flow.ts";
import { mfPrereqsOk } from "../openflow/field-prereqs.ts";
import { mfGet, mfMaskFieldMasked } from "../openflow/field-value.ts";
import { Flow } from "../openflow/flow.ts";
import { OFPG_ANY } from "../openflow/group-id.ts";
import { formatPort, OFPP_ANY, OFPP_CONTROLLER } from "../openflow/ports.ts";
import { hashSymmetricL4, maskSymmetricL4 } from "./flow-hash.ts";
import type { Bucket, Group } from "./group.ts";
import { hashBytes, hashInt, hashUint64 } from "./hash.ts";
import { actionSetList } from "./xlate-action-set.ts";
import type { XlateContext } from "./xlate-context.ts";
import { finishFreezing, triggerFreeze } from "./xlate-freeze.ts";
import { mayGoOn } from "./xlate-table.ts";

const MAX_LIVENESS_RECURSION = 128;

/** @returns whether the list of actions ends here: there is no such group */
export function xlateGroup(ctx: XlateContext, id: number, isLast: boolean): boolean {
  if (!mayGoOn(ctx)) return false;
  const group = ctx.bridge.groups.get(id);
  if (group === undefined) {
    ctx.report("warn", `output to nonexistent group ${id}`);
    return true;
  }
  const { type } = group.settings;
  if (type === "all" || type === "indirect") {
    group.buckets.forEach((bucket, i) => {
      xlateBucket(ctx, bucket, isLast && i === group.buckets.length - 1);
    });
    ctx.account(group);
    return false;
  }
  const bucket = type === "select" ? select(ctx, group) : firstLive(ctx, group, 0);
  if (bucket === undefined) {
    ctx.report("detail", "no live bucket");
    return false;
  }
  if (ctx.trace !== undefined) ctx.report("detail", `using bucket ${bucket.settings.bucketId}`);
  xlateBucket(ctx, bucket, isLast);
  ctx.account(bucket);
  return false;
}

function xlateBucket(ctx: XlateContext, { settings }: Bucket, isLast: boolean): void {
  const { trace, wasMpls } = ctx;
  if (trace !== undefined) ctx.trace = ctx.report("bucket", `bucket ${settings.bucketId}`);
  const saved = new Flow();
  saved.copyFrom(ctx.flow);
  ctx.depth++;
  ctx.pipeline.actions(ctx, actionSetList(settings.actions), isLast, true);
  ctx.depth--;
  if (ctx.isFreezing) finishFreezing(ctx);
  ctx.flow.copyFrom(saved);
  ctx.wasMpls = wasMpls;
  ctx.exit = false;
  // limits of the whole translation are not one bucket's affair
  if (ctx.error === "too_many_mpls_labels") ctx.error = undefined;
  ctx.trace = trace;
}

function select(ctx: XlateContext, group: Group): Bucket | undefined {
  if (ctx.wasMpls) {
    triggerFreeze(ctx);
    return undefined;
  }
  const { selection } = group;
  if (selection.method === "hash") return bestLive(ctx, group, hashOfFields(ctx, group));
  if (selection.method === "default") {
    maskSymmetricL4(ctx.flow, ctx.wildcards);
    return bestLive(ctx, group, hashSymmetricL4(ctx.flow, 0));
  }
  const hash = ctx.flow.u32(FLOW_DP_HASH);
  // no hash of the datapath's is zero
  if (hash === 0) {
    triggerFreeze(ctx, { algorithm: selection.algorithm, basis: selection.basis });
    return undefined;
  }
  const { slots } = selection;
  const mask = slots.length - 1;
  ctx.wildcards.setU32(FLOW_DP_HASH, ctx.wildcards.u32(FLOW_DP_HASH) | mask);
  for (let i = 0; i <= mask; i++) {
    const bucket = slots[(hash + i) & mask]!;
    if (isLive(ctx, group, bucket, 0)) return bucket;
  }
  return undefined;
}

function hashOfFields({ flow, wildcards }: XlateContext, { settings }: Group): number {
  const param = settings.selectionMethodParam;
  let hash = hashUint64(Number(param & 0xffffffffn), Number(param >> 32n), 0);
  for (const { field, mask } of settings.fields) {
    if (!mfPrereqsOk(field, flow, wildcards)) continue;
    const value = mfGet(field, flow);
    for (let i = 0; i < value.length; i++) value[i]! &= mask[i]!;
    hash = hashBytes(value, hash);
    mfMaskFieldMasked(field, mask, wildcards);
  }
  return hash;
}

/** Of live buckets the one with the highest score: a hash that is its own, times its weight. */
function bestLive(ctx: XlateContext, group: Group, basis: number): Bucket | undefined {
  let best: Bucket | undefined;
  let bestScore = 0;
  for (const bucket of group.buckets) {
    const { bucketId, weight } = bucket.settings;
    if (!isLive(ctx, group, bucket, 0)) {
      reportDead(ctx, bucket);
      continue;
    }
    const score = ((hashInt(bucketId, basis) & 0xffff) * weight) >>> 0;
    if (score >= bestScore) {
      best = bucket;
      bestScore = score;
    }
    if (ctx.trace !== undefined) ctx.report("detail", `bucket ${bucketId}: score ${score}`);
  }
  return best;
}

function firstLive(ctx: XlateContext, group: Group, depth: number): Bucket | undefined {
  for (const bucket of group.buckets) {
    if (isLive(ctx, group, bucket, depth)) return bucket;
    reportDead(ctx, bucket);
  }
  return undefined;
}

function isLive(ctx: XlateContext, group: Group, { settings }: Bucket, depth: number): boolean {
  if (depth >= MAX_LIVENESS_RECURSION) {
    ctx.report("error", `bucket chaining exceeded ${MAX_LIVENESS_RECURSION} links`);
    return false;
  }
  const { watchPort, watchGroup, weight } = settings;
  if (group.settings.type === "select" && weight === 0) return false;
  if (watchPort === OFPP_ANY && watchGroup === OFPG_ANY) return true;
  if (watchPort === OFPP_CONTROLLER && ctx.bridge.hasController) return true;
  if (watchPort !== OFPP_ANY && ctx.bridge.ports.get(watchPort)?.isLive) return true;
  const watched = watchGroup === OFPG_ANY ? undefined : ctx.bridge.groups.get(watchGroup);
  return watched !== undefined && firstLive(ctx, watched, depth + 1) !== undefined;
}

function reportDead(ctx: XlateContext, { settings }: Bucket): void {
  if (ctx.trace === undefined) return;
  const { bucketId, watchPort, watchGroup } = settings;
  const port = watchPort === OFPP_ANY ? [] : [`port ${formatPort(watchPort)}`];
  // OVS says "port" of groups too
  const group = watchGroup === OFPG_ANY ? [] : [`port ${watchGroup}`];
  ctx.report("detail", `bucket ${bucketId}: not live due to ${[...port, ...group].join(" and ")}`);
}
