// xlate-normal - the NORMAL action: a bridge with VLANs that learns addresses (xlate_normal).
import {
  FLOW_DL_DST,
  FLOW_DL_SRC,
  FLOW_DL_TYPE,
  FLOW_IN_PORT,
  FLOW_NW_DST,
  FLOW_NW_PROTO,
  FLOW_NW_SRC,
} from "../../assembly/abi/flow.ts";
import { formatMac } from "../openflow/address.ts";
import { ETH_TYPE_ARP } from "../openflow/field-prereqs.ts";
import type { Flow } from "../openflow/flow.ts";
import { type MacNumber, macNumber } from "./mac-learning.ts";
import {
  ARP_OP_REPLY,
  ARP_OP_REQUEST,
  hasBroadcastDestination,
  hasMulticastDestination,
  hasReservedDestination,
  isVlanType,
  VLAN_CFI,
  VLAN_VID_MASK,
} from "./packet-kind.ts";
import type { Bundle, Port } from "./port.ts";
import type { Credited } from "./stats.ts";
import { orVlanTci, vlanTci } from "./vlan-stack.ts";
import { inputBundle, NONE_BUNDLE, outputBundle } from "./xlate-bundle.ts";
import type { XlateContext } from "./xlate-context.ts";
import { xlateMcast } from "./xlate-mcast.ts";
import { isMirrorOutput } from "./xlate-mirror.ts";
import { extractXvlan, refuseInput, type Xvlan, xvlanInput } from "./xvlan.ts";

export function xlateNormal(ctx: XlateContext): void {
  const { bridge, flow, wildcards } = ctx;
  wildcards.fill(FLOW_DL_DST, 12, 0xff);
  orVlanTci(wildcards, 0, VLAN_VID_MASK | VLAN_CFI);
  const bundle = inputBundle(ctx, flow.u32(FLOW_IN_PORT));
  if (bundle === undefined) {
    ctx.report("warn", "no input bundle, dropping");
    return;
  }
  if (isVlanType(flow.be16(FLOW_DL_TYPE)) && (vlanTci(flow, 0) & VLAN_CFI) === 0) {
    ctx.report("warn", "partial VLAN tag, dropping");
    return;
  }
  if (isMirrorOutput(bridge, bundle)) {
    ctx.report("warn", "input port is mirror output port, dropping");
    return;
  }
  const tags = extractXvlan(flow);
  const refusal = bundle === NONE_BUNDLE ? undefined : refuseInput(bundle, tags[0].vid);
  if (refusal !== undefined) {
    ctx.report("error", refusal);
    ctx.report("warn", "disallowed VLAN VID for this input port, dropping");
    return;
  }
  const xvlan = xvlanInput(bundle, tags);
  const port = bridge.ports.get(flow.u32(FLOW_IN_PORT));
  if (port !== undefined && !isAdmissible(ctx, port, bundle, xvlan[0].vid)) return;
  learnSource(ctx, port, bundle, xvlan[0].vid);
  forward(ctx, bundle, xvlan);
}

/** Tells that a host has moved: ARP that is broadcast, and a reply, or asks for its own address. */
function isGratuitousArp(flow: Flow, wildcards: Flow): boolean {
  if (flow.be16(FLOW_DL_TYPE) !== ETH_TYPE_ARP) return false;
  wildcards.fill(FLOW_DL_DST, 6, 0xff);
  if (!hasBroadcastDestination(flow)) return false;
  wildcards.setU8(FLOW_NW_PROTO, 0xff);
  const op = flow.u8(FLOW_NW_PROTO);
  if (op !== ARP_OP_REQUEST) return op === ARP_OP_REPLY;
  wildcards.fill(FLOW_NW_SRC, 4, 0xff);
  wildcards.fill(FLOW_NW_DST, 4, 0xff);
  return flow.u32(FLOW_NW_SRC) === flow.u32(FLOW_NW_DST);
}

function isAdmissible(ctx: XlateContext, port: Port, { bond }: Bundle, vlan: number): boolean {
  const { bridge, flow } = ctx;
  if (!bridge.forwardBpdu && hasReservedDestination(flow)) {
    ctx.report("detail", "packet has reserved destination MAC, dropping");
    return false;
  }
  const admission = bond?.admits(port, hasMulticastDestination(flow)) ?? "accept";
  if (admission === "drop") {
    ctx.report("detail", "bonding refused admissibility, dropping");
    return false;
  }
  if (admission === "drop-if-moved" && hasMoved(ctx, port, vlan)) {
    ctx.report("detail", "SLB bond thinks this packet looped back, dropping");
    return false;
  }
  return true;
}

/** Its source is known to be elsewhere, so that the packet is one's own, come back by another member. */
function hasMoved({ bridge, flow, wildcards }: XlateContext, port: Port, vlan: number): boolean {
  const entry = bridge.macs.lookup(macNumber(flow.bytes, FLOW_DL_SRC), vlan);
  if (entry === undefined || entry.bundle === port.bundle) return false;
  return !isGratuitousArp(flow, wildcards) || bridge.macs.isGratuitousArpLocked(entry);
}

function learnSource(ctx: XlateContext, port: Port | undefined, bundle: Bundle, vlan: number): void {
  const { bridge, flow, wildcards, wishes } = ctx;
  const gratuitous = isGratuitousArp(flow, wildcards);
  if (bundle === NONE_BUNDLE) return;
  const mac = macNumber(flow.bytes, FLOW_DL_SRC);
  if (
    wishes.sideEffects &&
    port !== undefined &&
    bridge.macs.update(mac, vlan, gratuitous, bundle) &&
    ctx.trace !== undefined
  )
    ctx.report(
      "detail",
      `learned that ${formatMac(flow.bytes, FLOW_DL_SRC)} is on port ${bundle.name} in VLAN ${vlan}`,
    );
  wishes.cache?.push(refresh(ctx, mac, vlan, gratuitous, bundle));
}

/** Further packets keep the entry young. */
function refresh(
  { bridge }: XlateContext,
  mac: MacNumber,
  vlan: number,
  gratuitous: boolean,
  bundle: Bundle,
): Credited {
  return { credit: () => void bridge.macs.update(mac, vlan, gratuitous, bundle) };
}

function forward(ctx: XlateContext, input: Bundle, xvlan: Xvlan): void {
  if (xlateMcast(ctx, input, xvlan, () => flood(ctx, input, xvlan))) return;
  const { bridge, flow } = ctx;
  const entry = bridge.macs.lookup(macNumber(flow.bytes, FLOW_DL_DST), xvlan[0].vid);
  if (entry === undefined) {
    ctx.report("detail", "no learned MAC for destination, flooding");
    flood(ctx, input, xvlan);
  } else if (isMirrorOutput(bridge, entry.bundle!)) {
    ctx.report("warn", "learned port is a mirror port, dropping");
  } else if (entry.bundle === input) {
    ctx.report("detail", "learned port is input port, dropping");
  } else {
    ctx.report("detail", "forwarding to learned port");
    outputBundle(ctx, entry.bundle!, xvlan);
  }
}

function flood(ctx: XlateContext, input: Bundle, xvlan: Xvlan): void {
  for (const bundle of ctx.bridge.bundles)
    if (
      bundle !== input &&
      bundle.includes(xvlan[0].vid, xvlan[1].vid) &&
      bundle.isFloodable &&
      !isMirrorOutput(ctx.bridge, bundle)
    )
      outputBundle(ctx, bundle, xvlan);
}
