// xlate-fields - actions that change fields of the packet or of the pipeline, each with what it un-wildcards.
import * as at from "../../assembly/abi/flow.ts";
import { ETH_TYPE_IP, mfPrereqsOk } from "../openflow/field-prereqs.ts";
import { mfFormat } from "../openflow/field-text.ts";
import { mfGet, mfMaskFieldMasked, mfSetFlowMasked } from "../openflow/field-value.ts";
import type { Ofpact, Subfield } from "../openflow/ofpact.ts";
import { copySubfield, formatSubfield, isWholeField, readSubfield, writeSubfield } from "../openflow/subfield.ts";
import {
  ETH_TYPE_VLAN,
  IP_DSCP_MASK,
  IP_ECN_MASK,
  isIpFlow,
  isLaterFragment,
  maskProtocol,
  VLAN_CFI,
  VLAN_PCP_MASK,
  VLAN_VID_MASK,
} from "./packet-kind.ts";
import { orVlanTci, setVlan, vlanTci, vlanTpid } from "./vlan-stack.ts";
import type { XlateContext } from "./xlate-context.ts";

type Of<T extends Ofpact["type"]> = Ofpact & { readonly type: T };

const SUBVALUE_BYTES = 16;
const ALL_ONES = new Uint8Array(SUBVALUE_BYTES).fill(0xff);

/** Loads a register: exact in the mask, whatever the packet has. */
export function loadNumber({ flow, wildcards }: XlateContext, subfield: Subfield, value: number): void {
  writeSubfield(subfield, ALL_ONES, wildcards);
  const wide = new Uint8Array(SUBVALUE_BYTES);
  for (let i = 0; i < 4; i++) wide[SUBVALUE_BYTES - 1 - i] = value >>> (8 * i);
  writeSubfield(subfield, wide, flow);
}

/** Tells what the subfield is now. */
export function reportSubfield(ctx: XlateContext, subfield: Subfield): void {
  if (ctx.trace === undefined) return;
  const value = isWholeField(subfield)
    ? mfFormat(subfield.field, mfGet(subfield.field, ctx.flow), undefined)
    : hexNumber(readSubfield(subfield, ctx.flow, SUBVALUE_BYTES));
  ctx.report("detail", `${formatSubfield(subfield)} is now ${value}`);
}

function hexNumber(value: Uint8Array): string {
  const first = value.findIndex((byte) => byte !== 0);
  if (first < 0) return "0";
  const [head = 0, ...rest] = value.subarray(first);
  return `0x${head.toString(16)}${rest.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

export function xlateSetField(ctx: XlateContext, { field, value, mask }: Of<"set_field">): void {
  const { flow, wildcards } = ctx;
  if (!mfPrereqsOk(field, flow, wildcards)) {
    ctx.report("warn", `unmet prerequisites for ${field.name}, set_field ignored`);
    return;
  }
  maskProtocol(field, flow, wildcards);
  mfMaskFieldMasked(field, mask, wildcards);
  mfSetFlowMasked(field, value, mask, flow);
}

export function xlateMove(ctx: XlateContext, { source, destination }: Of<"reg_move">): void {
  copySubfield(source, destination, ctx.flow, ctx.wildcards);
  reportSubfield(ctx, destination);
}

export function xlatePush({ flow, wildcards, stack }: XlateContext, { subfield }: Of<"stack_push">): void {
  writeSubfield(subfield, ALL_ONES, wildcards);
  stack.push(readSubfield(subfield, flow, (subfield.bits + 7) >>> 3));
}

export function xlatePop(ctx: XlateContext, { subfield }: Of<"stack_pop">): void {
  const value = ctx.stack.pop();
  if (value === undefined) {
    ctx.report("error", "stack underflow");
    return;
  }
  const wide = new Uint8Array(SUBVALUE_BYTES);
  wide.set(value, SUBVALUE_BYTES - value.length);
  writeSubfield(subfield, ALL_ONES, ctx.wildcards);
  writeSubfield(subfield, wide, ctx.flow);
  reportSubfield(ctx, subfield);
}

/** bits: of the TCI that the action sets */
function xlateVlan({ flow, wildcards }: XlateContext, bits: number, value: number, pushIfNeeded: boolean): void {
  orVlanTci(wildcards, 0, bits | VLAN_CFI);
  const tci = vlanTci(flow, 0);
  if ((tci & VLAN_CFI) === 0 && !pushIfNeeded) return;
  setVlan(flow, 0, vlanTpid(flow, 0) || ETH_TYPE_VLAN, (tci & ~bits) | value | VLAN_CFI);
}

export function xlateVlanVid(ctx: XlateContext, { vid, pushIfNeeded }: Of<"set_vlan_vid">): void {
  xlateVlan(ctx, VLAN_VID_MASK, vid, pushIfNeeded);
}

export function xlateVlanPcp(ctx: XlateContext, { pcp, pushIfNeeded }: Of<"set_vlan_pcp">): void {
  xlateVlan(ctx, VLAN_PCP_MASK, pcp << 13, pushIfNeeded);
}

export function xlateMac({ flow, wildcards }: XlateContext, offset: number, mac: Uint8Array): void {
  wildcards.fill(offset, 6, 0xff);
  flow.set(offset, mac);
}

export function xlateIpv4({ flow, wildcards }: XlateContext, offset: number, ip: number): void {
  if (flow.be16(at.FLOW_DL_TYPE) !== ETH_TYPE_IP) return;
  wildcards.fill(offset, 4, 0xff);
  wildcards.setU8(at.FLOW_NW_PROTO, 0xff);
  flow.setBe32(offset, ip);
}

/** Bits of the type of service. */
function xlateTos({ flow, wildcards }: XlateContext, bits: number, value: number): void {
  if (!isIpFlow(flow)) return;
  wildcards.setU8(at.FLOW_NW_PROTO, 0xff);
  wildcards.setU8(at.FLOW_NW_TOS, wildcards.u8(at.FLOW_NW_TOS) | bits);
  flow.setU8(at.FLOW_NW_TOS, (flow.u8(at.FLOW_NW_TOS) & ~bits) | value);
}

export function xlateDscp(ctx: XlateContext, dscp: number): void {
  xlateTos(ctx, IP_DSCP_MASK, dscp);
}

export function xlateEcn(ctx: XlateContext, ecn: number): void {
  xlateTos(ctx, IP_ECN_MASK, ecn);
}

export function xlateTtl({ flow, wildcards }: XlateContext, ttl: number): void {
  if (!isIpFlow(flow)) return;
  wildcards.setU8(at.FLOW_NW_PROTO, 0xff);
  wildcards.setU8(at.FLOW_NW_TTL, 0xff);
  flow.setU8(at.FLOW_NW_TTL, ttl);
}

export function xlateL4Port({ flow, wildcards }: XlateContext, offset: number, port: number): void {
  if (!isIpFlow(flow) || isLaterFragment(flow)) return;
  wildcards.setU8(at.FLOW_NW_PROTO, 0xff);
  wildcards.setBe16(offset, 0xffff);
  flow.setBe16(offset, port);
}

export function xlateQueue({ flow, wildcards }: XlateContext, queue: number): void {
  wildcards.setU32(at.FLOW_SKB_PRIORITY, 0xffffffff);
  flow.setU32(at.FLOW_SKB_PRIORITY, queue);
}

/** Back to the queue that the packet came with. */
export function xlatePopQueue(ctx: XlateContext): void {
  const { flow, original, wildcards } = ctx;
  wildcards.setU32(at.FLOW_SKB_PRIORITY, 0xffffffff);
  const priority = original.u32(at.FLOW_SKB_PRIORITY);
  if (flow.u32(at.FLOW_SKB_PRIORITY) === priority) return;
  flow.setU32(at.FLOW_SKB_PRIORITY, priority);
  if (ctx.trace !== undefined) ctx.report("detail", `queue = ${priority === 0 ? "0" : `0x${priority.toString(16)}`}`);
}

export function xlateMetadata({ flow }: XlateContext, { metadata, mask }: Of<"write_metadata">): void {
  for (let i = 0; i < 8; i++) {
    const shift = BigInt(8 * (7 - i));
    const bits = Number((mask >> shift) & 0xffn);
    const value = Number((metadata >> shift) & 0xffn);
    flow.setU8(at.FLOW_METADATA + i, (flow.u8(at.FLOW_METADATA + i) & ~bits) | (value & bits));
  }
}
