// xlate-bundle - output of a packet inside of a bridge to a bundle (output_normal): with the tags that its VLAN mode wants, by one of its ports.
import { Flow } from "../openflow/flow.ts";
import type { OfPort } from "../openflow/ofpact.ts";
import { OFPP_CONTROLLER, OFPP_NONE } from "../openflow/ports.ts";
import { VLAN_PCP_MASK } from "./packet-kind.ts";
import { Bundle, type Port } from "./port.ts";
import type { Credited } from "./stats.ts";
import { setVlan, VLAN_WORD, vlanTci, vlanTpid } from "./vlan-stack.ts";
import type { XlateContext } from "./xlate-context.ts";
import { composeOutput, MORE_FOLLOWS } from "./xlate-output.ts";
import { putXvlan, type Xvlan, xvlanOutput } from "./xvlan.ts";

/** Packets of a controller come in by it. */
export const NONE_BUNDLE = new Bundle("OFPP_NONE");

/** The bundle a packet came in by; undefined: its port is of none */
export function inputBundle(ctx: XlateContext, number: OfPort): Bundle | undefined {
  const bundle = ctx.bridge.ports.get(number)?.bundle;
  if (bundle !== undefined) return bundle;
  if (number === OFPP_CONTROLLER || number === OFPP_NONE) return NONE_BUNDLE;
  ctx.report("error", `received packet on unknown port ${number}`);
  return undefined;
}

export function outputBundle(ctx: XlateContext, bundle: Bundle, xvlan: Xvlan): void {
  const { flow, wildcards } = ctx;
  if (bundle.vlanMode === "dot1q-tunnel" && bundle.cvlans !== undefined)
    setVlan(wildcards, 1, vlanTpid(wildcards, 1), 0xffff);
  let [outer, inner] = xvlanOutput(bundle, xvlan);
  if (bundle.priorityTags !== "never") outer = { ...outer, pcp: vlanTci(flow, 0) & VLAN_PCP_MASK };
  const port = bundle.bond === undefined ? bundle.ports[0] : bondPort(ctx, bundle, outer.vid);
  if (port === undefined) return;
  const saved = [flow.words[VLAN_WORD]!, flow.words[VLAN_WORD + 1]!] as const;
  putXvlan(flow, [outer, inner], bundle.priorityTags);
  composeOutput(ctx, port.number, MORE_FOLLOWS);
  [flow.words[VLAN_WORD], flow.words[VLAN_WORD + 1]] = saved;
}

function bondPort(ctx: XlateContext, bundle: Bundle, vlan: number): Port | undefined {
  const bond = bundle.bond!;
  const port = bond.choose(ctx.flow, ctx.wildcards, vlan) as Port | undefined;
  if (port === undefined) return undefined;
  if (ctx.wishes.stats !== undefined) bond.account(ctx.flow, vlan, ctx.wishes.stats.bytes);
  if (ctx.wishes.cache !== undefined) ctx.wishes.cache.push(bondLoad(ctx, bundle, vlan));
  return port;
}

function bondLoad(ctx: XlateContext, { bond }: Bundle, vlan: number): Credited {
  const flow = new Flow();
  flow.copyFrom(ctx.flow);
  return { credit: ({ bytes }) => bond!.account(flow, vlan, bytes) };
}
