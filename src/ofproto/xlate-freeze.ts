// xlate-freeze - halts a translation that must know more of the packet than it can before the datapath has done what was decided so far: what is
// left becomes a frozen state, and the packet comes round again with its id (recirculation), or a controller gets it (pause).
import { FLOW_IN_PORT, FLOW_METADATA, FLOW_SKB_PRIORITY } from "../../assembly/abi/flow.ts";
import { mf } from "../openflow/field-table.ts";
import type { Flow } from "../openflow/flow.ts";
import type { Ofpact } from "../openflow/ofpact.ts";
import { OFPP_IN_PORT } from "../openflow/ports.ts";
import type { FrozenState, Step } from "./recirc.ts";
import { commitActions } from "./xlate-commit.ts";
import type { HashBeforeRecirc, XlateContext } from "./xlate-context.ts";
import { putUserspace } from "./xlate-userspace.ts";

/** Metadata and registers stand next to each other. */
const PIPELINE_FROM = FLOW_METADATA >> 2;
const PIPELINE_TO = FLOW_SKB_PRIORITY >> 2;
const NLA_U32_BYTES = 8;
const HASH_BYTES = 12;

/** Everything stops here. hash: that the datapath computes for the next round */
export function triggerFreeze(ctx: XlateContext, hash?: HashBeforeRecirc): void {
  ctx.exit = true;
  ctx.isFreezing = true;
  if (hash !== undefined) ctx.hashBeforeRecirc = hash;
}

function unroll(ctx: XlateContext): void {
  const last = ctx.frozen.findLast((step) => step.type === "unroll");
  if (last?.table !== ctx.table || last.cookie !== ctx.cookie)
    ctx.frozen.push({ type: "unroll", table: ctx.table, cookie: ctx.cookie });
}

/** Keeps the steps from `from` on for later. Instructions become actions that do the same. */
export function freezeSteps(ctx: XlateContext, steps: readonly Step[], from: number): void {
  for (let i = from; i < steps.length; i++) {
    const step = steps[i]!;
    switch (step.type) {
      // packets may go to a controller with table and cookie
      case "output_reg":
      case "output_trunc":
      case "group":
      case "output":
      case "controller":
      case "dec_mpls_ttl":
      case "dec_ttl":
        unroll(ctx);
        break;
      case "resubmit":
        if (step.table === 0xff) unroll(ctx);
        break;
      case "note":
      case "conjunction":
        continue;
      case "goto_table":
      case "write_metadata":
        ctx.frozen.push(asAction(step));
        continue;
    }
    ctx.frozen.push(step);
  }
}

/** Actions that were made of instructions: the same one each time, so that equal states are seen to be equal. */
const asActions = new WeakMap<Ofpact, Ofpact>();

function asAction(instruction: Ofpact & { readonly type: "goto_table" | "write_metadata" }): Ofpact {
  const known = asActions.get(instruction);
  if (known !== undefined) return known;
  const action: Ofpact =
    instruction.type === "goto_table"
      ? { type: "resubmit", port: OFPP_IN_PORT, table: instruction.table, withCt: false, compat: false }
      : { type: "set_field", field: METADATA, value: bytesOf(instruction.metadata), mask: bytesOf(instruction.mask) };
  asActions.set(instruction, action);
  return action;
}

const METADATA = mf("metadata");

function bytesOf(value: bigint): Uint8Array {
  return Uint8Array.from({ length: METADATA.bytes }, (_, i) => Number((value >> BigInt(8 * (7 - i))) & 0xffn));
}

/** What is to be kept of the pipeline's fields. */
export function frozenState(ctx: XlateContext, table: number, userdata: Uint8Array | undefined): FrozenState {
  return {
    bridge: ctx.bridge,
    table,
    steps: ctx.frozen,
    actionSet: [...ctx.actionSet],
    stack: [...ctx.stack],
    mirrors: ctx.mirrors,
    wasMpls: ctx.wasMpls,
    port: ctx.entryPort,
    pipeline: ctx.flow.words.slice(PIPELINE_FROM, PIPELINE_TO),
    inPort: ctx.flow.u32(FLOW_IN_PORT),
    userdata: userdata?.join(",") ?? "",
  };
}

export function thawPipeline(state: FrozenState, flow: Flow): void {
  flow.words.set(state.pipeline, PIPELINE_FROM);
  flow.setU32(FLOW_IN_PORT, state.inPort);
}

/** Ends a freeze: the datapath sends the packet round, or to the controller. */
export function finishFreezing(ctx: XlateContext): void {
  commitActions(ctx);
  const { pause, wishes } = ctx;
  const id = ctx.network.recircs.allocate(frozenState(ctx, 0, pause?.userdata));
  ctx.recircs.push(id);
  if (pause !== undefined) {
    // without side effects there is nobody to go on, and the freeze stays as it is
    if (!wishes.sideEffects && wishes.cache === undefined) return;
    putUserspace(ctx, { ...pause, dontSend: false, continuation: true, recircId: id });
  } else {
    if (ctx.hashBeforeRecirc !== undefined) ctx.emit({ type: "hash", ...ctx.hashBeforeRecirc }, HASH_BYTES);
    ctx.emit({ type: "recirc", id }, NLA_U32_BYTES);
  }
  ctx.isFreezing = false;
  ctx.hashBeforeRecirc = undefined;
  ctx.frozen = [];
  ctx.pause = undefined;
}
