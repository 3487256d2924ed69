// flow-hash - hashes of a flow's fields by which multipath, bundle, groups and bonds choose, and the bits of the packet each looks at
// (flow_hash_fields, flow_mask_hash_fields of lib/flow.c). Names are those of ovs-actions(7).
import {
  FLOW_DL_DST,
  FLOW_DL_SRC,
  FLOW_DL_TYPE,
  FLOW_IPV6_DST,
  FLOW_IPV6_SRC,
  FLOW_NW_DST,
  FLOW_NW_FRAG,
  FLOW_NW_PROTO,
  FLOW_NW_SRC,
  FLOW_TP_DST,
  FLOW_TP_SRC,
} from "../../assembly/abi/flow.ts";
import { UsageError } from "../errors.ts";
import {
  ETH_TYPE_IP,
  ETH_TYPE_IPV6,
  IPPROTO_ICMP,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
} from "../openflow/field-prereqs.ts";
import type { Flow } from "../openflow/flow.ts";
import { hashAdd, hashFinish } from "./hash.ts";
import { jenkinsHash } from "./jenkins-hash.ts";
import { FRAG_MASK, isIpFlow, VLAN_CFI, VLAN_VID_MASK } from "./packet-kind.ts";
import { MAX_VLANS, orVlanTci, vlanTci } from "./vlan-stack.ts";

const isPortsHashed = (proto: number, udp: boolean): boolean =>
  proto === IPPROTO_TCP || proto === IPPROTO_SCTP || (udp && proto === IPPROTO_UDP);

/** `n` bytes that two fields differ in, at `to`. */
function xor(flow: Flow, a: number, b: number, n: number, out: Uint8Array, to: number): void {
  for (let i = 0; i < n; i++) out[to + i] = flow.u8(a + i) ^ flow.u8(b + i);
}

function vlanIds(flow: Flow): number {
  let ids = 0;
  for (let i = 0; i < MAX_VLANS; i++) ids ^= vlanTci(flow, i) & VLAN_VID_MASK;
  return ids;
}

/** Of addresses, type, VLANs, protocol and TCP's or SCTP's ports, the same in both directions. */
export function hashSymmetricL4(flow: Flow, basis: number): number {
  // IP address, Ethernet type, VLAN, port, MAC address, protocol, padding
  const fields = new Uint8Array(32);
  const type = flow.be16(FLOW_DL_TYPE);
  if (type === ETH_TYPE_IP) xor(flow, FLOW_NW_SRC, FLOW_NW_DST, 4, fields, 0);
  else if (type === ETH_TYPE_IPV6) xor(flow, FLOW_IPV6_SRC, FLOW_IPV6_DST, 16, fields, 0);
  fields[16] = type >>> 8;
  fields[17] = type;
  const vlan = vlanIds(flow);
  fields[18] = vlan >>> 8;
  fields[19] = vlan;
  xor(flow, FLOW_DL_SRC, FLOW_DL_DST, 6, fields, 22);
  if (isIpFlow(flow)) {
    const proto = flow.u8(FLOW_NW_PROTO);
    fields[28] = proto;
    if (isPortsHashed(proto, false)) xor(flow, FLOW_TP_SRC, FLOW_TP_DST, 2, fields, 20);
  }
  return jenkinsHash(fields, basis);
}

function hashSymmetricL3(flow: Flow, basis: number): number {
  const fields = new Uint8Array(20);
  const type = flow.be16(FLOW_DL_TYPE);
  if (type === ETH_TYPE_IP) xor(flow, FLOW_NW_SRC, FLOW_NW_DST, 4, fields, 0);
  else if (type === ETH_TYPE_IPV6) xor(flow, FLOW_IPV6_SRC, FLOW_IPV6_DST, 16, fields, 0);
  fields[16] = type >>> 8;
  fields[17] = type;
  return jenkinsHash(fields, basis);
}

const littleEndian = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);

function hashSymmetricL2(flow: Flow, basis: number): number {
  const fields = new Uint8Array(12);
  fields.set(flow.bytes.subarray(FLOW_DL_TYPE, FLOW_DL_TYPE + 2));
  const vlan = vlanIds(flow);
  fields[2] = vlan >>> 8;
  fields[3] = vlan;
  xor(flow, FLOW_DL_SRC, FLOW_DL_DST, 6, fields, 4);
  let hash = basis;
  for (let at = 0; at < 12; at += 4) hash = hashAdd(hash, littleEndian(fields, at));
  return hashFinish(hash, basis);
}

function hashSymmetricL3L4(flow: Flow, basis: number, udp: boolean): number {
  const type = flow.be16(FLOW_DL_TYPE);
  let hash = basis;
  if (type === ETH_TYPE_IP) hash = hashAdd(hash, flow.u32(FLOW_NW_SRC) ^ flow.u32(FLOW_NW_DST));
  else if (type === ETH_TYPE_IPV6)
    for (let at = 0; at < 16; at += 4)
      hash = hashAdd(hash, flow.u32(FLOW_IPV6_SRC + at) ^ flow.u32(FLOW_IPV6_DST + at));
  else return hashSymmetricL2(flow, basis);
  const proto = flow.u8(FLOW_NW_PROTO);
  hash = hashAdd(hash, proto);
  if ((flow.u8(FLOW_NW_FRAG) & FRAG_MASK) === 0 && isPortsHashed(proto, udp)) {
    const ports = flow.be16(FLOW_TP_SRC) ^ flow.be16(FLOW_TP_DST);
    hash = hashAdd(hash, (ports >>> 8) | ((ports & 0xff) << 8));
  }
  return hashFinish(hash, basis);
}

function hashAddress(flow: Flow, ipv4: number, ipv6: number, basis: number): number {
  const type = flow.be16(FLOW_DL_TYPE);
  if (type === ETH_TYPE_IP) return jenkinsHash(flow.bytes.subarray(ipv4, ipv4 + 4), basis);
  return type === ETH_TYPE_IPV6 ? jenkinsHash(flow.bytes.subarray(ipv6, ipv6 + 16), basis) : basis;
}

/** fields: eth_src, symmetric_l4, ... */
export function hashFields(flow: Flow, fields: string, basis: number): number {
  switch (fields) {
    case "eth_src":
      return jenkinsHash(flow.bytes.subarray(FLOW_DL_SRC, FLOW_DL_SRC + 6), basis);
    case "symmetric_l4":
      return hashSymmetricL4(flow, basis);
    case "symmetric_l3l4":
      return hashSymmetricL3L4(flow, basis, false);
    case "symmetric_l3l4+udp":
      return hashSymmetricL3L4(flow, basis, true);
    case "symmetric_l3":
      return hashSymmetricL3(flow, basis);
    case "nw_src":
      return hashAddress(flow, FLOW_NW_SRC, FLOW_IPV6_SRC, basis);
    case "nw_dst":
      return hashAddress(flow, FLOW_NW_DST, FLOW_IPV6_DST, basis);
    default:
      throw new UsageError(`fields to hash: found ${fields}, expected those of ovs-actions(7)`);
  }
}

function maskAddress(flow: Flow, wildcards: Flow, ipv4: number, ipv6: number): void {
  const type = flow.be16(FLOW_DL_TYPE);
  if (type === ETH_TYPE_IP) wildcards.fill(ipv4, 4, 0xff);
  else if (type === ETH_TYPE_IPV6) wildcards.fill(ipv6, 16, 0xff);
}

function maskAddresses(flow: Flow, wildcards: Flow): void {
  maskAddress(flow, wildcards, FLOW_NW_SRC, FLOW_IPV6_SRC);
  maskAddress(flow, wildcards, FLOW_NW_DST, FLOW_IPV6_DST);
}

export function maskSymmetricL4(flow: Flow, wildcards: Flow): void {
  wildcards.fill(FLOW_DL_DST, 12, 0xff);
  maskAddresses(flow, wildcards);
  if (isIpFlow(flow)) {
    wildcards.setU8(FLOW_NW_PROTO, 0xff);
    const proto = flow.u8(FLOW_NW_PROTO);
    // ICMP's type and code are the lower halves
    if (proto === IPPROTO_ICMP) wildcards.setBe32(FLOW_TP_SRC, 0x00ff00ff);
    else if (proto !== IPPROTO_UDP) wildcards.fill(FLOW_TP_SRC, 4, 0xff);
  }
  for (let i = 0; i < MAX_VLANS; i++) orVlanTci(wildcards, i, VLAN_VID_MASK | VLAN_CFI);
}

function maskSymmetricL3L4(flow: Flow, wildcards: Flow, udp: boolean): void {
  if (!isIpFlow(flow)) return;
  maskAddresses(flow, wildcards);
  wildcards.setU8(FLOW_NW_PROTO, 0xff);
  if (isPortsHashed(flow.u8(FLOW_NW_PROTO), udp) && (flow.u8(FLOW_NW_FRAG) & FRAG_MASK) === 0)
    wildcards.fill(FLOW_TP_SRC, 4, 0xff);
}

/** Un-wildcards what `hashFields` looks at. */
export function maskHashFields(flow: Flow, wildcards: Flow, fields: string): void {
  if (fields === "eth_src") wildcards.fill(FLOW_DL_SRC, 6, 0xff);
  else if (fields === "symmetric_l4") maskSymmetricL4(flow, wildcards);
  else if (fields === "symmetric_l3l4") maskSymmetricL3L4(flow, wildcards, false);
  else if (fields === "symmetric_l3l4+udp") maskSymmetricL3L4(flow, wildcards, true);
  else if (fields === "nw_src") maskAddress(flow, wildcards, FLOW_NW_SRC, FLOW_IPV6_SRC);
  else if (fields === "nw_dst") maskAddress(flow, wildcards, FLOW_NW_DST, FLOW_IPV6_DST);
  else maskAddresses(flow, wildcards);
}
