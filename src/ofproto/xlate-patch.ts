// xlate-patch - a packet that leaves a bridge by a patch port goes through the bridge behind it (patch_port_output), in a copy: what happens to it
// there is not seen here.
import { FLOW_IN_PORT, FLOW_METADATA, FLOW_SKB_PRIORITY } from "../../assembly/abi/flow.ts";
import { Flow } from "../openflow/flow.ts";
import { FLOW_ACTSET_OUTPUT } from "../openflow/flow-offsets.ts";
import { OFPP_UNSET } from "../openflow/ports.ts";
import type { Bridge } from "./bridge.ts";
import type { Port } from "./port.ts";
import { xlateActionSet } from "./xlate-action-set.ts";
import type { XlateContext } from "./xlate-context.ts";
import { finishFreezing } from "./xlate-freeze.ts";
import { xlateTable } from "./xlate-table.ts";

export function xlatePatch(
  ctx: XlateContext,
  out: Port,
  peer: { readonly bridge: Bridge; readonly port: Port },
  isLast: boolean,
): void {
  const { flow } = ctx;
  const { bridge, version, stack, actionSet, trace, mirrors, wasMpls } = ctx;
  const saved = new Flow();
  saved.copyFrom(flow);
  ctx.stack = [];
  ctx.actionSet = [];
  flow.setU32(FLOW_IN_PORT, peer.port.number);
  flow.fill(FLOW_METADATA, FLOW_SKB_PRIORITY - FLOW_METADATA, 0);
  flow.setU32(FLOW_ACTSET_OUTPUT, OFPP_UNSET);
  if (trace !== undefined) ctx.trace = ctx.report("bridge", `bridge("${peer.bridge.name}")`);
  if (peer.bridge !== bridge) ctx.mirrors = 0;
  ctx.bridge = peer.bridge;
  ctx.version = peer.bridge.tables.version;
  if (!peer.port.config.noReceive) {
    const lookup = { inPort: peer.port.number, table: 0, mayPacketIn: true, honorMiss: true };
    xlateTable(ctx, lookup, isLast, true);
    if (!ctx.isFreezing) xlateActionSet(ctx);
    if (ctx.isFreezing) finishFreezing(ctx);
  }
  ctx.trace = trace;
  if (peer.bridge !== bridge) ctx.mirrors = mirrors;
  ctx.bridge = bridge;
  ctx.version = version;
  ctx.flow.copyFrom(saved);
  ctx.stack = stack;
  ctx.actionSet = actionSet;
  ctx.wasMpls = wasMpls;
  // neither its end nor its failure there is one here
  ctx.exit = false;
  ctx.error = undefined;
  ctx.account(out.sent);
  ctx.account(peer.port.received);
}
