// xlate-mirror - copies of packets that come in or go out by bundles that mirrors select (mirror_packet).
import { FLOW_IN_PORT } from "../../assembly/abi/flow.ts";
import type { Bridge } from "./bridge.ts";
import { hasReservedDestination, VLAN_CFI, VLAN_VID_MASK } from "./packet-kind.ts";
import type { Bundle } from "./port.ts";
import { orVlanTci } from "./vlan-stack.ts";
import { inputBundle, NONE_BUNDLE, outputBundle } from "./xlate-bundle.ts";
import type { XlateContext } from "./xlate-context.ts";
import { extractXvlan, refuseInput, type Xvlan, xvlanInput } from "./xvlan.ts";

/** A bundle that a mirror sends to carries nothing else. */
export function isMirrorOutput(bridge: Bridge, bundle: Bundle): boolean {
  return bridge.mirrors.some(({ output }) => output === bundle);
}

/** candidates: mirrors, as bits */
export function xlateMirror(ctx: XlateContext, bundle: Bundle, candidates: number): void {
  const { bridge, flow } = ctx;
  const tags = extractXvlan(flow);
  const refusal = bundle === NONE_BUNDLE ? undefined : refuseInput(bundle, tags[0].vid);
  if (refusal !== undefined) {
    ctx.report("error", refusal);
    return;
  }
  const xvlan = xvlanInput(bundle, tags);
  bridge.mirrors.forEach((mirror, i) => {
    // copies may be mirrored themselves
    const bit = 1 << i;
    if ((candidates & bit & ~ctx.mirrors) === 0) return;
    if (mirror.vlans !== undefined) {
      orVlanTci(ctx.wildcards, 0, VLAN_CFI | VLAN_VID_MASK);
      if (!mirror.vlans.has(xvlan[0].vid)) return;
    }
    bridge.mirrors.forEach((other, j) => {
      if (mirror.isDuplicate(other)) ctx.mirrors |= 1 << j;
    });
    ctx.mirrorSnaplen = mirror.snaplen;
    if (mirror.output !== undefined) outputBundle(ctx, mirror.output, xvlan);
    else if (xvlan[0].vid !== mirror.outputVlan && !hasReservedDestination(flow))
      floodVlan(ctx, xvlan, mirror.outputVlan);
    ctx.mirrorSnaplen = 0;
    ctx.account(mirror.traffic);
  });
}

function floodVlan(ctx: XlateContext, [outer, inner]: Xvlan, vid: number): void {
  const xvlan: Xvlan = [{ ...outer, vid }, inner];
  for (const bundle of ctx.bridge.bundles)
    if (bundle.includes(vid, inner.vid) && !isMirrorOutput(ctx.bridge, bundle)) outputBundle(ctx, bundle, xvlan);
}

/** Copies of what came in. */
export function mirrorIngress(ctx: XlateContext): void {
  const { bridge, flow } = ctx;
  if (bridge.mirrors.length === 0) return;
  const bundle = inputBundle(ctx, flow.u32(FLOW_IN_PORT));
  if (bundle === undefined) return;
  let bits = 0;
  bridge.mirrors.forEach((mirror, i) => {
    if (mirror.sources.has(bundle)) bits |= 1 << i;
  });
  xlateMirror(ctx, bundle, bits);
}
