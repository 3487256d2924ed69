// xlate-ports - actions that output: to a port, to the reserved ones, to one that a register names, truncated, by a queue (xlate_output_action).
import { FLOW_IN_PORT, FLOW_SKB_PRIORITY } from "../../assembly/abi/flow.ts";
import type { OfPort, Ofpact } from "../openflow/ofpact.ts";
import * as ports from "../openflow/ports.ts";
import { readSubfield, writeSubfield } from "../openflow/subfield.ts";
import { chooseMember } from "./xlate-choice.ts";
import type { XlateContext } from "./xlate-context.ts";
import { xlateController } from "./xlate-controller.ts";
import { loadNumber, reportSubfield } from "./xlate-fields.ts";
import { xlateNormal } from "./xlate-normal.ts";
import { composeOutput } from "./xlate-output.ts";
import { xlateTable } from "./xlate-table.ts";

type Of<T extends Ofpact["type"]> = Ofpact & { readonly type: T };

export interface OutputPlace {
  readonly isLast: boolean;
  /** In a group's bucket. */
  readonly inBucket: boolean;
}

const NLA_U32_BYTES = 8;
const ALL_ONES = new Uint8Array(16).fill(0xff);

export interface Output {
  readonly port: OfPort;
  /** Of what a controller gets. */
  readonly maxLen: number;
  readonly mayPacketIn: boolean;
  readonly truncate: boolean;
}

export function xlateOutput(
  ctx: XlateContext,
  { port, maxLen, mayPacketIn, truncate }: Output,
  place: OutputPlace,
): void {
  const { isLast } = place;
  const input = ctx.flow.u32(FLOW_IN_PORT);
  switch (port) {
    case ports.OFPP_IN_PORT:
      composeOutput(ctx, input, { isLast, truncate });
      return;
    case ports.OFPP_TABLE:
      xlateTable(ctx, { inPort: input, table: 0, mayPacketIn, honorMiss: true }, false);
      return;
    case ports.OFPP_NORMAL:
      xlateNormal(ctx);
      return;
    case ports.OFPP_FLOOD:
      flood(ctx, false, isLast);
      return;
    case ports.OFPP_ALL:
      flood(ctx, true, isLast);
      return;
    case ports.OFPP_CONTROLLER:
      xlateController(ctx, {
        maxLen,
        reason: place.inBucket ? "group" : ctx.inActionSet ? "action_set" : "action",
        controllerId: 0,
      });
      return;
    case ports.OFPP_NONE:
      return;
    default:
      if (port !== input) composeOutput(ctx, port, { isLast, truncate });
      else ctx.report("warn", "skipping output to input port");
  }
}

/** all: also to ports that do not want to be flooded to */
function flood(ctx: XlateContext, all: boolean, isLast: boolean): void {
  const input = ctx.flow.u32(FLOW_IN_PORT);
  let last: OfPort | undefined;
  for (const port of ctx.bridge.floodPorts) {
    if (port.number === input || !(all || !port.config.noFlood)) continue;
    if (last !== undefined) composeOutput(ctx, last, { isLast: false, truncate: false });
    last = port.number;
  }
  if (last !== undefined) composeOutput(ctx, last, { isLast, truncate: false });
}

export function xlateOutputReg(ctx: XlateContext, { source, maxLen }: Of<"output_reg">, place: OutputPlace): void {
  const value = readSubfield(source, ctx.flow, 8);
  const port = value.reduce((number, byte) => number * 256 + byte, 0);
  if (port > 0xffff) {
    ctx.report(
      "warn",
      `output port ${BigInt.asUintN(
        64,
        value.reduce((n, byte) => (n << 8n) | BigInt(byte), 0n),
      )} is out of range`,
    );
    return;
  }
  if (ctx.trace !== undefined) ctx.report("detail", `output port is ${port}`);
  writeSubfield(source, ALL_ONES, ctx.wildcards);
  xlateOutput(ctx, { port, maxLen, mayPacketIn: false, truncate: false }, place);
}

export function xlateOutputTrunc(ctx: XlateContext, { port, maxLen }: Of<"output_trunc">, place: OutputPlace): void {
  const { bridge, flow } = ctx;
  if (port >= ports.OFPP_TABLE && port !== ports.OFPP_LOCAL) {
    ctx.report("warn", `output_trunc does not support port: ${ports.formatPort(port)}`);
    return;
  }
  if (port === flow.u32(FLOW_IN_PORT)) {
    ctx.report("warn", "skipping output to input port");
    return;
  }
  if (bridge.ports.get(port)?.odpPort === undefined) {
    ctx.report("error", `output_trunc does not support patch port ${ports.formatPort(port)}`);
    return;
  }
  ctx.emit({ type: "trunc", maxLen }, NLA_U32_BYTES);
  xlateOutput(ctx, { port, maxLen: 0, mayPacketIn: false, truncate: true }, place);
}

export function xlateEnqueue(ctx: XlateContext, { port, queue }: Of<"enqueue">, { isLast }: OutputPlace): void {
  const { flow, wildcards } = ctx;
  wildcards.setU32(FLOW_SKB_PRIORITY, 0xffffffff);
  const input = flow.u32(FLOW_IN_PORT);
  if (port === input) return;
  const priority = flow.u32(FLOW_SKB_PRIORITY);
  flow.setU32(FLOW_SKB_PRIORITY, queue);
  composeOutput(ctx, port === ports.OFPP_IN_PORT ? input : port, { isLast, truncate: false });
  flow.setU32(FLOW_SKB_PRIORITY, priority);
}

export function xlateBundle(ctx: XlateContext, action: Of<"bundle">, place: OutputPlace): void {
  const port = chooseMember(ctx, action);
  if (action.destination === undefined) {
    xlateOutput(ctx, { port, maxLen: 0, mayPacketIn: false, truncate: false }, place);
    return;
  }
  loadNumber(ctx, action.destination, port);
  reportSubfield(ctx, action.destination);
}
