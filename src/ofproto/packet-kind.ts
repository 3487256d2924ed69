// packet-kind - what kind of packet a flow is of, where OVS's translation asks more than whether a field is there. Packets are Ethernet frames
// always.
import { FLOW_DL_DST, FLOW_DL_TYPE, FLOW_NW_FRAG, FLOW_NW_PROTO } from "../../assembly/abi/flow.ts";
import type { MfField } from "../openflow/field.ts";
import {
  ETH_TYPE_ARP,
  ETH_TYPE_IP,
  ETH_TYPE_IPV6,
  FRAG_LATER,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  isIpAny,
} from "../openflow/field-prereqs.ts";
import type { Flow } from "../openflow/flow.ts";

export const ETH_TYPE_VLAN = 0x8100;
export const ETH_TYPE_VLAN_8021AD = 0x88a8;
/** All of nw_frag: any fragment, and a later one. */
export const FRAG_MASK = 3;

export const VLAN_CFI = 0x1000;
export const VLAN_VID_MASK = 0x0fff;
export const VLAN_PCP_MASK = 0xe000;

export const IP_DSCP_MASK = 0xfc;
export const IP_ECN_MASK = 0x03;

export const ARP_OP_REQUEST = 1;
export const ARP_OP_REPLY = 2;

export function isVlanType(type: number): boolean {
  return type === ETH_TYPE_VLAN || type === ETH_TYPE_VLAN_8021AD;
}

export function isIpFlow(flow: Flow): boolean {
  return isIpAny(flow.be16(FLOW_DL_TYPE));
}

export function isLaterFragment(flow: Flow): boolean {
  return (flow.u8(FLOW_NW_FRAG) & FRAG_LATER) !== 0;
}

export function isIcmpFlow(flow: Flow): boolean {
  const type = flow.be16(FLOW_DL_TYPE);
  const proto = flow.u8(FLOW_NW_PROTO);
  return (type === ETH_TYPE_IP && proto === IPPROTO_ICMP) || (type === ETH_TYPE_IPV6 && proto === IPPROTO_ICMPV6);
}

export function hasMulticastDestination(flow: Flow): boolean {
  return (flow.u8(FLOW_DL_DST) & 1) !== 0;
}

export function hasBroadcastDestination(flow: Flow): boolean {
  return flow.be32(FLOW_DL_DST) === 0xffffffff && flow.be16(FLOW_DL_DST + 4) === 0xffff;
}

/** Destinations that no bridge forwards: first two bytes, then the range of the other four. */
const RESERVED: readonly (readonly [number, number, number])[] = [
  [0x0180, 0xc2000000, 0xc200000f],
  [0x00e0, 0x2b000000, 0x2b000000],
  [0x00e0, 0x2b000004, 0x2b000004],
  [0x00e0, 0x2b000006, 0x2b000006],
  [0x0100, 0x0c000000, 0x0c000000],
  [0x0100, 0x0ccccccc, 0x0ccccccd],
  [0x0100, 0x0ccdcdcd, 0x0ccdcdcd],
  [0x0100, 0x0cccccc0, 0x0cccccc7],
];

/** Of STP, pause frames and the like, and of vendors' protocols (eth_addr_is_reserved). */
export function hasReservedDestination(flow: Flow): boolean {
  const high = flow.be16(FLOW_DL_DST);
  const low = flow.be32(FLOW_DL_DST + 2);
  return RESERVED.some(([wanted, from, to]) => high === wanted && low >= from && low <= to);
}

const IP_FIELDS = new Set(["ip_src", "ip_dst", "ipv6_src", "ipv6_dst", "ipv6_label", "nw_tos", "nw_ecn", "nw_ttl"]);

/** Fields of IP and ARP are set only in packets that have a protocol number, so setting one looks at that number. */
export function maskProtocol(field: MfField, flow: Flow, wildcards: Flow): void {
  const arp = field.prereqs === "arp" && flow.be16(FLOW_DL_TYPE) === ETH_TYPE_ARP;
  if (arp || (isIpFlow(flow) && IP_FIELDS.has(field.name))) wildcards.setU8(FLOW_NW_PROTO, 0xff);
}
