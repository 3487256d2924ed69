// xlate-output - output to one port (compose_output_action): changes so far are carried out, then the packet goes to the datapath's port, or on
// through the bridge that a patch port leads to; mirrors get their copies.
import { FLOW_IN_PORT, FLOW_NW_TOS, FLOW_PACKET_TYPE } from "../../assembly/abi/flow.ts";
import { PT_ETH } from "../openflow/field-prereqs.ts";
import type { OfPort } from "../openflow/ofpact.ts";
import type { Bridge } from "./bridge.ts";
import type { Bundle, Port } from "./port.ts";
import { VLAN_WORD } from "./vlan-stack.ts";
import { commitActions } from "./xlate-commit.ts";
import type { XlateContext } from "./xlate-context.ts";
import { xlatePatch } from "./xlate-patch.ts";

const NLA_U32_BYTES = 8;
const NO_SNAPLEN = 0xffff;

export interface OutputOptions {
  /** Nothing comes after it. */
  readonly isLast: boolean;
  /** It is truncated, which no patch port can. */
  readonly truncate: boolean;
}

export const MORE_FOLLOWS: OutputOptions = { isLast: false, truncate: false };

export function composeOutput(ctx: XlateContext, number: OfPort, { isLast, truncate }: OutputOptions): void {
  const port = ctx.bridge.ports.get(number);
  if (port === undefined) {
    ctx.report("warn", "Nonexistent output port");
    return;
  }
  if (!mayLeaveBy(ctx, port)) return;
  if (ctx.flow.be32(FLOW_PACKET_TYPE) !== PT_ETH) {
    ctx.report("warn", "Trying to send non-Ethernet packet through legacy L2 port. Dropping packet.");
    return;
  }
  if (port.peer !== undefined) {
    if (truncate) ctx.report("error", "Cannot truncate output to patch port");
    const peer = ctx.network.peer(ctx.bridge, port);
    if (peer !== undefined) {
      xlatePatch(ctx, port, peer, isLast);
      return;
    }
  }
  const { flow } = ctx;
  const outer = flow.words[VLAN_WORD]!;
  const inner = flow.words[VLAN_WORD + 1]!;
  const tos = flow.u8(FLOW_NW_TOS);
  if (port.odpPort !== undefined) {
    commitActions(ctx);
    if (ctx.mirrorSnaplen > 0 && ctx.mirrorSnaplen < NO_SNAPLEN)
      ctx.emit({ type: "trunc", maxLen: ctx.mirrorSnaplen }, NLA_U32_BYTES);
    ctx.emit({ type: "output", port: port.odpPort }, NLA_U32_BYTES);
  }
  if (ctx.bridge.mirrors.length > 0 && port.bundle !== undefined)
    ctx.pipeline.mirror(ctx, port.bundle, mirrorsOf(ctx.bridge, port.bundle));
  flow.words[VLAN_WORD] = outer;
  flow.words[VLAN_WORD + 1] = inner;
  flow.setU8(FLOW_NW_TOS, tos);
}

/** Mirrors, as bits, that want what leaves by a bundle. */
function mirrorsOf(bridge: Bridge, bundle: Bundle): number {
  let bits = 0;
  bridge.mirrors.forEach((mirror, i) => {
    if (mirror.destinations.has(bundle)) bits |= 1 << i;
  });
  return bits;
}

function mayLeaveBy(ctx: XlateContext, port: Port): boolean {
  if (port.config.noForward) {
    ctx.report("detail", "OFPPC_NO_FWD set, skipping output");
    return false;
  }
  if (ctx.mirrorSnaplen !== 0 && port.odpPort === undefined) {
    ctx.report("warn", "Mirror truncate to ODPP_NONE, skipping output");
    return false;
  }
  const input = ctx.bridge.ports.get(ctx.flow.u32(FLOW_IN_PORT));
  if (input?.bundle?.isProtected && port.bundle?.isProtected) {
    ctx.report("warn", "Flow is between protected ports, skipping output.");
    return false;
  }
  return true;
}
