// xlate - the translation of a packet into datapath actions and a megaflow's mask (xlate_actions of ofproto-dpif-xlate.c).
// Not modelled: tunnels, connection tracking, packets that are no Ethernet frames, STP, LACP, BFD, CFM, sFlow, IPFIX, NetFlow.
import * as at from "../../assembly/abi/flow.ts";
import { flowDlType, isIpAny, isMplsType } from "../openflow/field-prereqs.ts";
import type { Flow } from "../openflow/flow.ts";
import { FLOW_ACTSET_OUTPUT, FLOW_CONJ_ID } from "../openflow/flow-offsets.ts";
import type { OfPort, Ofpact } from "../openflow/ofpact.ts";
import { OFPP_UNSET } from "../openflow/ports.ts";
import type { Bridge } from "./bridge.ts";
import { MAX_LABELS, setMplsLse } from "./mpls-stack.ts";
import { FRAG_MASK, isIcmpFlow, isLaterFragment, isVlanType, VLAN_CFI } from "./packet-kind.ts";
import type { Step } from "./recirc.ts";
import { MAX_VLANS, orVlanTci, setVlan, vlanTci, vlanTpid } from "./vlan-stack.ts";
import { writeActions, xlateActionSet } from "./xlate-action-set.ts";
import { stepText, xlateActions } from "./xlate-actions.ts";
import { xlateClone } from "./xlate-clone.ts";
import { type Network, type Pipeline, XlateContext, type XlateWishes } from "./xlate-context.ts";
import { finishFreezing, thawPipeline } from "./xlate-freeze.ts";
import { isMirrorOutput, mirrorIngress, xlateMirror } from "./xlate-mirror.ts";
import { lookupRule, reportRule } from "./xlate-table.ts";

const PIPELINE: Pipeline = { actions: xlateActions, cloned: xlateClone, mirror: xlateMirror };

/** A Netlink attribute, and a list of actions in it, is no longer than that. */
const MAX_ACTION_BYTES = 0xffff - 4;
/** net.core.netdev_max_backlog, as Linux has it */
const MAX_OUTPUTS = 1000;

export function makeContext(network: Network): XlateContext {
  return new XlateContext(network, PIPELINE);
}

/**
 * The result is in ctx until the next translation.
 *
 * bridge, inPort  that the packet came in by
 * actions         for the packet, instead of what the tables say
 */
export function xlate(
  ctx: XlateContext,
  bridge: Bridge,
  flow: Flow,
  inPort: OfPort,
  wishes: XlateWishes,
  actions?: readonly Ofpact[],
): void {
  ctx.begin(bridge, wishes);
  ctx.original.copyFrom(flow);
  ctx.original.setU32(at.FLOW_IN_PORT, inPort);
  ctx.original.setU32(FLOW_ACTSET_OUTPUT, OFPP_UNSET);
  ctx.flow.copyFrom(ctx.original);
  ctx.base.copyFrom(ctx.original);
  initWildcards(ctx);
  if (ctx.trace !== undefined) ctx.trace = ctx.report("bridge", `bridge("${bridge.name}")`);
  translate(ctx, actions);
  // OpenFlow's number, which actions may have asked for, is half as wide
  ctx.wildcards.setU32(at.FLOW_IN_PORT, 0xffffffff);
  if (ctx.error === undefined) {
    if (isTooMuch(ctx)) ctx.isSlow = true;
    finishWildcards(ctx);
    unwrapLastClone(ctx);
  } else {
    ctx.isSlow = false;
    ctx.actions.length = 0;
  }
  if (ctx.actions.length === 0) ctx.actions.push({ type: "drop", why: ctx.error ?? "of_pipeline" });
}

function translate(ctx: XlateContext, actions: readonly Ofpact[] | undefined): void {
  const { flow, original } = ctx;
  let steps: readonly Step[] | undefined = actions;
  const entryBridge = ctx.bridge;
  const recircId = original.u32(at.FLOW_RECIRC_ID);
  if (recircId !== 0) {
    const thawed = thaw(ctx, recircId);
    if (thawed === undefined) return;
    if (thawed.length > 0) steps = thawed;
  }
  const port = entryBridge.ports.get(original.u32(at.FLOW_IN_PORT));
  if (port !== undefined && port.peer === undefined) ctx.entryPort = port;
  if (steps === undefined) {
    const table = ctx.table;
    const lookup = { inPort: flow.u32(at.FLOW_IN_PORT), table, mayPacketIn: true, honorMiss: true };
    ctx.rule = lookupRule(ctx, lookup);
    ctx.account(ctx.rule);
    reportRule(ctx, ctx.rule, ctx.table);
    ctx.cookie = ctx.rule.cookie;
    steps = ctx.rule.actions;
  }
  if (port?.bundle !== undefined && isMirrorOutput(entryBridge, port.bundle)) {
    if (ctx.trace !== undefined)
      ctx.report(
        "error",
        `dropping packet received on port ${port.bundle.name}, which is reserved exclusively for mirroring`,
      );
    return;
  }
  if (port?.config.noReceive) return;
  mirrorIngress(ctx);
  xlateActions(ctx, steps, true, false);
  if (ctx.error !== undefined) return;
  if (!ctx.isFreezing) xlateActionSet(ctx);
  if (ctx.isFreezing) finishFreezing(ctx);
}

/** Goes on where the packet's last round ended. @returns the steps that are left; undefined: the id is not known */
function thaw(ctx: XlateContext, id: number): readonly Step[] | undefined {
  const state = ctx.network.recircs.find(id);
  if (state === undefined) {
    if (ctx.trace !== undefined) ctx.report("error", `Recirculation context not found for ID ${id.toString(16)}`);
    ctx.error = "no_recirculation_context";
    return undefined;
  }
  const { trace } = ctx;
  if (trace !== undefined) ctx.trace = ctx.report("thaw", "thaw");
  ctx.bridge = state.bridge;
  ctx.table = state.table;
  if (trace !== undefined) ctx.report("thaw", `Resuming from table ${state.table}`);
  thawPipeline(state, ctx.flow);
  ctx.stack = [...state.stack];
  ctx.mirrors = state.mirrors;
  if (state.actionSet.length > 0) {
    if (trace !== undefined)
      ctx.report("thaw", `Restoring action set: ${state.actionSet.map((step) => stepText(step)).join(",")}`);
    ctx.flow.setU32(FLOW_ACTSET_OUTPUT, OFPP_UNSET);
    writeActions(ctx, state.actionSet);
  }
  if (state.steps.length > 0 && trace !== undefined)
    ctx.report("thaw", `Restoring actions: ${state.steps.map((step) => stepText(step)).join(",")}`);
  ctx.trace = trace;
  return state.steps;
}

/** More than the datapath takes at once goes by ovs-vswitchd. */
function isTooMuch({ actions, actionBytes }: XlateContext): boolean {
  if (actionBytes > MAX_ACTION_BYTES) return true;
  return actions.length > MAX_OUTPUTS && actions.filter(({ type }) => type === "output").length > MAX_OUTPUTS;
}

/** Nothing comes after it, so that it needs no copy. */
function unwrapLastClone(ctx: XlateContext): void {
  const last = ctx.actions.at(-1);
  if (last?.type === "clone") ctx.actions.splice(-1, 1, ...last.actions);
}

/** What every megaflow looks at. */
function initWildcards({ wildcards, flow }: XlateContext): void {
  wildcards.setBe32(at.FLOW_PACKET_TYPE, 0xffffffff);
  wildcards.setU32(at.FLOW_IN_PORT, 0xffffffff);
  wildcards.setBe16(at.FLOW_DL_TYPE, 0xffff);
  if (isIpAny(flowDlType(flow))) wildcards.setU8(at.FLOW_NW_FRAG, FRAG_MASK);
  wildcards.setU32(at.FLOW_RECIRC_ID, 0xffffffff);
}

/** A megaflow has no bits of the pipeline's fields, of halves of fields, or of headers that the packet came without. */
function finishWildcards({ wildcards, flow, original }: XlateContext): void {
  wildcards.fill(at.FLOW_METADATA, at.FLOW_SKB_PRIORITY - at.FLOW_METADATA, 0);
  wildcards.setU32(FLOW_ACTSET_OUTPUT, 0);
  wildcards.setU32(FLOW_CONJ_ID, 0);
  // type and code are the lower halves of ports
  if (isIcmpFlow(flow)) wildcards.setBe32(at.FLOW_TP_SRC, wildcards.be32(at.FLOW_TP_SRC) & 0x00ff00ff);
  for (let i = 0; i < MAX_VLANS; i++) if (vlanTci(wildcards, i) !== 0) orVlanTci(wildcards, i, VLAN_CFI);
  if (isLaterFragment(flow)) wildcards.setU32(at.FLOW_TP_SRC, 0);
  if (!isMplsType(original.be16(at.FLOW_DL_TYPE))) for (let i = 0; i < MAX_LABELS; i++) setMplsLse(wildcards, i, 0);
  for (let i = 0; i < MAX_VLANS; i++) if (!isVlanType(vlanTpid(original, i))) setVlan(wildcards, i, 0, 0);
}
