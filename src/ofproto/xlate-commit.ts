// xlate-commit - datapath actions that make of the packet as they left it the packet as OpenFlow actions have it (commit_odp_actions of
// lib/odp-util.c). Called before outputs, so that what nobody sees is never done.
import { FLOW_DL_TYPE, FLOW_NW_PROTO } from "../../assembly/abi/flow.ts";
import {
  ETH_TYPE_ARP,
  ETH_TYPE_IP,
  ETH_TYPE_IPV6,
  ETH_TYPE_MPLS,
  IPPROTO_ICMPV6,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  isMplsType,
} from "../openflow/field-prereqs.ts";
import type { Flow } from "../openflow/flow.ts";
import { commonLabels, countLabels, mplsLse, popLabel, pushLabel, setMplsLse } from "./mpls-stack.ts";
import { isIcmpFlow, isIpFlow } from "./packet-kind.ts";
import * as keys from "./set-keys.ts";
import { countVlans, VLAN_WORD, vlanTci, vlanTpid } from "./vlan-stack.ts";
import type { XlateContext } from "./xlate-context.ts";

/** Netlink's header of an attribute, and what actions take. */
const NLA_BYTES = 4;
const NLA_U32_BYTES = 8;
const NLA_U16_BYTES = 8;

export function commitActions(ctx: XlateContext): void {
  const { flow, base } = ctx;
  commitKey(ctx, keys.ETHERNET);
  const leavesMpls = isMplsType(base.be16(FLOW_DL_TYPE)) && !isMplsType(flow.be16(FLOW_DL_TYPE));
  if (leavesMpls) commitMpls(ctx);
  commitNetwork(ctx);
  commitPorts(ctx);
  if (isIcmpFlow(flow)) {
    const icmp = flow.be16(FLOW_DL_TYPE) === ETH_TYPE_IP ? keys.ICMPV4 : keys.ICMPV6;
    if (commitKey(ctx, icmp)) ctx.isSlow = true;
  }
  if (!leavesMpls) commitMpls(ctx);
  commitVlans(ctx);
  commitKey(ctx, keys.PRIORITY);
  commitKey(ctx, keys.MARK);
}

/** A packet without a protocol number has no network header that could be changed. */
function commitNetwork(ctx: XlateContext): void {
  if (ctx.flow.u8(FLOW_NW_PROTO) === 0) return;
  const type = ctx.base.be16(FLOW_DL_TYPE);
  if (type === ETH_TYPE_IP) commitKey(ctx, keys.IPV4);
  else if (type === ETH_TYPE_ARP) {
    if (commitKey(ctx, keys.ARP)) ctx.isSlow = true;
  } else if (type === ETH_TYPE_IPV6) {
    commitKey(ctx, keys.IPV6);
    if (ctx.base.u8(FLOW_NW_PROTO) === IPPROTO_ICMPV6 && commitKey(ctx, keys.ND)) ctx.isSlow = true;
  }
}

function commitPorts(ctx: XlateContext): void {
  const proto = ctx.flow.u8(FLOW_NW_PROTO);
  if (proto === 0 || !isIpFlow(ctx.base)) return;
  if (proto === IPPROTO_TCP) commitKey(ctx, keys.TCP);
  else if (proto === IPPROTO_UDP) commitKey(ctx, keys.UDP);
  else if (proto === IPPROTO_SCTP) commitKey(ctx, keys.SCTP);
}

const differs = (a: Flow, b: Flow, { offset, bytes }: keys.KeyField): boolean => {
  for (let i = offset; i < offset + bytes; i++) if (a.bytes[i] !== b.bytes[i]) return true;
  return false;
};

const isExact = (mask: Flow, { offset, bytes }: keys.KeyField): boolean => {
  for (let i = offset; i < offset + bytes; i++) if (mask.bytes[i] !== 0xff) return false;
  return true;
};

/** One set action for all fields of a group that have changed. @returns whether any has */
function commitKey(ctx: XlateContext, group: keys.KeyGroup): boolean {
  const { flow, base, wildcards } = ctx;
  let changed = false;
  for (const field of group.fields) if (differs(flow, base, field)) changed = true;
  if (!changed) return false;
  const whole =
    group.whole ??
    group.fields.every((field) => field.readOnly !== true && differs(flow, base, field) && isExact(wildcards, field));
  const set = group.fields
    .filter(
      (field) =>
        field.readOnly !== true &&
        (whole || (differs(flow, base, field) && !wildcards.isZero(field.offset, field.bytes))),
    )
    .map((field) => {
      const mask = whole ? (1n << BigInt(8 * field.bytes)) - 1n : fieldValue(wildcards, field);
      return { field: field.name, value: fieldValue(flow, field) & mask, mask };
    });
  ctx.emit({ type: "set", key: group.key, fields: set }, NLA_BYTES * 2 + (whole ? 1 : 2) * group.bytes);
  for (const { offset, bytes } of group.fields) {
    if (group.whole) wildcards.fill(offset, bytes, 0xff);
    for (let i = offset; i < offset + bytes; i++) base.bytes[i] = flow.bytes[i]!;
  }
  return true;
}

function fieldValue(flow: Flow, { offset, bytes, host }: keys.KeyField): bigint {
  if (host) return BigInt(flow.u32(offset));
  let value = 0n;
  for (let i = 0; i < bytes; i++) value = (value << 8n) | BigInt(flow.bytes[offset + i]!);
  return value;
}

function commitMpls(ctx: XlateContext): void {
  const { flow, base } = ctx;
  const type = flow.be16(FLOW_DL_TYPE);
  const wanted = countLabels(flow);
  let n = countLabels(base);
  let common = commonLabels(flow, wanted, base, n);
  while (n > common) {
    if (n - 1 === common && wanted > common) {
      // the last one of those that differ is rewritten
      const lse = mplsLse(flow, wanted - n);
      const mask = 0xffff_ffffn;
      ctx.emit(
        { type: "set", key: "mpls", fields: [{ field: "mpls_lse", value: BigInt(lse), mask }] },
        NLA_BYTES * 2 + 4,
      );
      setMplsLse(base, 0, lse);
      common++;
    } else {
      // what is below an inner label is MPLS still
      const ethertype = !isMplsType(type) && n > 1 ? ETH_TYPE_MPLS : type;
      ctx.emit({ type: "pop_mpls", ethertype }, NLA_U16_BYTES);
      popLabel(base, n, type);
      n--;
    }
  }
  for (; n < wanted; n++) {
    const lse = mplsLse(flow, wanted - n - 1);
    ctx.emit({ type: "push_mpls", lse, ethertype: type }, NLA_BYTES + 8);
    // the fields behind the labels are needed again if the flow is restored
    pushLabel(base, n, type, undefined, false);
    setMplsLse(base, 0, lse);
  }
}

function commitVlans(ctx: XlateContext): void {
  const { flow, base, wildcards } = ctx;
  let old = countVlans(base) - 1;
  let wanted = countVlans(flow) - 1;
  while (old >= 0 && wanted >= 0 && base.words[VLAN_WORD + old] === flow.words[VLAN_WORD + wanted]) {
    old--;
    wanted--;
  }
  for (; old >= 0; old--) {
    ctx.emit({ type: "pop_vlan" }, NLA_BYTES);
    wildcards.words[VLAN_WORD + old] = 0xffff_ffff;
  }
  for (; wanted >= 0; wanted--)
    ctx.emit({ type: "push_vlan", tpid: vlanTpid(flow, wanted), tci: vlanTci(flow, wanted) }, NLA_U32_BYTES);
  base.words[VLAN_WORD] = flow.words[VLAN_WORD]!;
  base.words[VLAN_WORD + 1] = flow.words[VLAN_WORD + 1]!;
}
