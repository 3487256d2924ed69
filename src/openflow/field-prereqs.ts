// field-prereqs - whether a field is there at all (mf_are_prereqs_ok of OVS 3.1): a TCP port needs TCP, and so on.
// Asked of a packet it un-wildcards what it looked at; asked of a match, flow is the match's.
import {
  FLOW_CT_STATE,
  FLOW_DL_TYPE,
  FLOW_NW_FRAG,
  FLOW_NW_PROTO,
  FLOW_PACKET_TYPE,
  FLOW_TP_DST,
  FLOW_TP_SRC,
  FLOW_VLAN_TCI,
} from "../../assembly/abi/flow.ts";
import type { MfField } from "./field.ts";
import type { Flow, Match } from "./flow.ts";

export const PT_ETH = 0;
/** Packet types of this namespace are ethertypes. */
export const OFPHTN_ETHERTYPE = 1;
export const ETH_TYPE_IP = 0x0800;
export const ETH_TYPE_ARP = 0x0806;
export const ETH_TYPE_RARP = 0x8035;
export const ETH_TYPE_IPV6 = 0x86dd;
export const ETH_TYPE_MPLS = 0x8847;
export const ETH_TYPE_MPLS_MCAST = 0x8848;
export const ETH_TYPE_NSH = 0x894f;
/** What a flow without an Ethernet type has for one. */
export const DL_TYPE_NONE = 0x05ff;
export const IPPROTO_ICMP = 1;
export const IPPROTO_IGMP = 2;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_ICMPV6 = 58;
export const IPPROTO_SCTP = 132;
export const FRAG_ANY = 1;
export const FRAG_LATER = 2;
export const ND_NEIGHBOR_SOLICIT = 135;
export const ND_NEIGHBOR_ADVERT = 136;
const VLAN_CFI = 0x1000;
const CS_NEW = 0x01;
const CS_ESTABLISHED = 0x02;
const CS_RELATED = 0x04;
const CS_REPLY_DIR = 0x08;
const CS_INVALID = 0x10;
const CS_TRACKED = 0x20;
const CS_SRC_NAT = 0x40;
const CS_DST_NAT = 0x80;
const CS_VALID_MASK = CS_NEW | CS_ESTABLISHED | CS_REPLY_DIR;

/** The ethertype of what follows the Ethernet header, or of a packet that has none. */
export function flowDlType(flow: Flow): number {
  const type = flow.be32(FLOW_PACKET_TYPE);
  if (type === PT_ETH) return flow.be16(FLOW_DL_TYPE);
  return type >>> 16 === OFPHTN_ETHERTYPE ? type & 0xffff : DL_TYPE_NONE;
}

/** Whether a match is for Ethernet packets alone. */
export function hasDefaultPacketType({ flow, mask }: Match): boolean {
  return flow.be32(FLOW_PACKET_TYPE) === PT_ETH && mask.be32(FLOW_PACKET_TYPE) === 0xffffffff;
}

export function isIpAny(dlType: number): boolean {
  return dlType === ETH_TYPE_IP || dlType === ETH_TYPE_IPV6;
}

export function isMplsType(dlType: number): boolean {
  return dlType === ETH_TYPE_MPLS || dlType === ETH_TYPE_MPLS_MCAST;
}

export function isArpType(dlType: number): boolean {
  return dlType === ETH_TYPE_ARP || dlType === ETH_TYPE_RARP;
}

function isEthernet(flow: Flow, wildcards: Flow | undefined): boolean {
  wildcards?.setBe32(FLOW_PACKET_TYPE, 0xffffffff);
  return flow.be32(FLOW_PACKET_TYPE) === PT_ETH;
}

function isVlan(flow: Flow, wildcards: Flow | undefined): boolean {
  if (!isEthernet(flow, wildcards)) return false;
  wildcards?.setBe16(FLOW_VLAN_TCI, wildcards.be16(FLOW_VLAN_TCI) | VLAN_CFI);
  return (flow.be16(FLOW_VLAN_TCI) & VLAN_CFI) !== 0;
}

function isProto(flow: Flow, proto: number, dlTypeFits: boolean, wildcards: Flow | undefined): boolean {
  if (!dlTypeFits) return false;
  wildcards?.setU8(FLOW_NW_PROTO, 0xff);
  return flow.u8(FLOW_NW_PROTO) === proto;
}

/** A port is there in all fragments but later ones. */
function hasPorts(flow: Flow, proto: number, wildcards: Flow | undefined): boolean {
  return isProto(flow, proto, isIpAny(flowDlType(flow)), wildcards) && (flow.u8(FLOW_NW_FRAG) & FRAG_LATER) === 0;
}

/** Neighbor discovery: a solicitation or an advertisement. */
export function isNd(flow: Flow, wildcards?: Flow): boolean {
  if (!isProto(flow, IPPROTO_ICMPV6, flowDlType(flow) === ETH_TYPE_IPV6, wildcards)) return false;
  wildcards?.setBe16(FLOW_TP_DST, 0xffff);
  if (flow.be16(FLOW_TP_DST) !== 0) return false;
  wildcards?.setBe16(FLOW_TP_SRC, 0xffff);
  const found = flow.be16(FLOW_TP_SRC);
  return found === ND_NEIGHBOR_SOLICIT || found === ND_NEIGHBOR_ADVERT;
}

/** A match must imply a valid state, a packet must have one. */
function isCtValid(flow: Flow, mask: Flow | undefined, wildcards: Flow | undefined): boolean {
  const state = flow.u8(FLOW_CT_STATE);
  if (mask !== undefined && wildcards === undefined) {
    const implied = CS_NEW | CS_ESTABLISHED | CS_RELATED | CS_REPLY_DIR | CS_SRC_NAT | CS_DST_NAT;
    const notInvalid = (mask.u8(FLOW_CT_STATE) & CS_INVALID) !== 0 && (state & CS_INVALID) === 0;
    return (state & implied) !== 0 || ((state & CS_TRACKED) !== 0 && notInvalid);
  }
  wildcards?.setU8(FLOW_CT_STATE, wildcards.u8(FLOW_CT_STATE) | CS_VALID_MASK);
  return (state & CS_VALID_MASK) !== 0;
}

function prereqsOk(field: MfField, flow: Flow, mask: Flow | undefined, wildcards: Flow | undefined): boolean {
  switch (field.prereqs) {
    case "none":
      return true;
    case "ethernet":
      return isEthernet(flow, wildcards);
    case "vlan_vid":
      return isVlan(flow, wildcards);
    case "arp":
      return isArpType(flowDlType(flow));
    case "ipv4":
      return flowDlType(flow) === ETH_TYPE_IP;
    case "ipv6":
      return flowDlType(flow) === ETH_TYPE_IPV6;
    case "ip_any":
      return isIpAny(flowDlType(flow));
    case "mpls":
      return isMplsType(flowDlType(flow));
    case "nsh":
      return flowDlType(flow) === ETH_TYPE_NSH;
    case "tcp":
      return hasPorts(flow, IPPROTO_TCP, wildcards);
    case "udp":
      return hasPorts(flow, IPPROTO_UDP, wildcards);
    case "sctp":
      return hasPorts(flow, IPPROTO_SCTP, wildcards);
    case "icmpv4":
      return isProto(flow, IPPROTO_ICMP, flowDlType(flow) === ETH_TYPE_IP, wildcards);
    case "icmpv6":
      return isProto(flow, IPPROTO_ICMPV6, flowDlType(flow) === ETH_TYPE_IPV6, wildcards);
    case "nd":
      return isNd(flow, wildcards);
    case "nd_solicit":
      return isNd(flow, wildcards) && flow.be16(FLOW_TP_SRC) === ND_NEIGHBOR_SOLICIT;
    case "nd_advert":
      return isNd(flow, wildcards) && flow.be16(FLOW_TP_SRC) === ND_NEIGHBOR_ADVERT;
    case "ct_valid":
      return isCtValid(flow, mask, wildcards);
  }
}

/** Of a packet; wildcards: gets ones where it was looked at. */
export function mfPrereqsOk(field: MfField, flow: Flow, wildcards?: Flow): boolean {
  return prereqsOk(field, flow, undefined, wildcards);
}

/** Of all packets that a match lets through. */
export function mfMatchPrereqsOk(field: MfField, match: Match): boolean {
  return prereqsOk(field, match.flow, match.mask, undefined);
}

/** Whether the connection's original tuple is there (resubmit with ct). */
export function matchCtValid(match: Match): boolean {
  return isCtValid(match.flow, match.mask, undefined);
}
