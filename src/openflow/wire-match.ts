// wire-match - what becomes of a match on its way: formats carry different fields, and none carries what the match
// itself does not make sure is there (the encoders and decoders of OVS 3.1's lib/ofp-match.c and lib/nx-match.c, one
// behind the other).
import {
  FLOW_ARP_SHA,
  FLOW_ARP_THA,
  FLOW_DL_DST,
  FLOW_DL_SRC,
  FLOW_DL_TYPE,
  FLOW_IGMP_GROUP,
  FLOW_IN_PORT,
  FLOW_IPV6_DST,
  FLOW_IPV6_LABEL,
  FLOW_IPV6_SRC,
  FLOW_METADATA,
  FLOW_MPLS_LSE,
  FLOW_ND_TARGET,
  FLOW_NSH,
  FLOW_NW_DST,
  FLOW_NW_FRAG,
  FLOW_NW_PROTO,
  FLOW_NW_SRC,
  FLOW_NW_TOS,
  FLOW_NW_TTL,
  FLOW_PACKET_TYPE,
  FLOW_SKB_PRIORITY,
  FLOW_TCP_FLAGS,
  FLOW_TP_DST,
  FLOW_TP_SRC,
  FLOW_VLAN_TCI,
} from "../../assembly/abi/flow.ts";
import { ipv4PrefixLength } from "./address.ts";
import {
  ETH_TYPE_IP,
  ETH_TYPE_IPV6,
  FRAG_LATER,
  flowDlType,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  isArpType,
  isIpAny,
  isMplsType,
  mfMatchPrereqsOk,
  ND_NEIGHBOR_ADVERT,
  ND_NEIGHBOR_SOLICIT,
  PT_ETH,
} from "./field-prereqs.ts";
import { MF_FIELDS } from "./field-table.ts";
import { isAllZeros, mfGet, mfIsValueValid } from "./field-value.ts";
import { Flow, type Match } from "./flow.ts";
import {
  FLOW_CT_IPV6_DST,
  FLOW_CT_IPV6_SRC,
  FLOW_CT_NW_DST,
  FLOW_CT_NW_PROTO,
  FLOW_CT_NW_SRC,
  FLOW_CT_TP_SRC,
  FLOW_TUN_TOS,
} from "./flow-offsets.ts";
import { normalizeMatch } from "./normalize-match.ts";
import { P_OF10_NXM_ANY, P_OF10_STD_ANY, P_OF11_STD, type Protocols } from "./protocol.ts";

const VLAN_CFI = 0x1000;
const VLAN_VID_MASK = 0x0fff;
const VLAN_PCP_MASK = 0xe000;
const IP_DSCP_MASK = 0xfc;
const IP_ECN_MASK = 0x03;

/** match as the peer has it, or the error that it answers with. */
export type WiredMatch = { readonly match: Match } | { readonly error: string };

/** Copies what the mask has ones in from one match to another. */
class Carrier {
  readonly from: Match;
  readonly to: Match;

  /** to: empty */
  constructor(from: Match, to: Match) {
    this.from = from;
    this.to = to;
  }

  bytes(at: number, n: number): void {
    for (let i = at; i < at + n; i++) {
      this.to.mask.bytes[i] = this.from.mask.bytes[i]!;
      this.to.flow.bytes[i] = this.from.flow.bytes[i]! & this.from.mask.bytes[i]!;
    }
  }

  bits(at: number, bits: number): void {
    const mask = this.from.mask.u8(at) & bits;
    this.to.mask.setU8(at, this.to.mask.u8(at) | mask);
    this.to.flow.setU8(at, this.to.flow.u8(at) | (this.from.flow.u8(at) & mask));
  }

  /** All of the field, or nothing. */
  whole(at: number, n: number): void {
    if (this.from.mask.isZero(at, n)) return;
    this.to.mask.fill(at, n, 0xff);
    for (let i = at; i < at + n; i++) this.to.flow.bytes[i] = this.from.flow.bytes[i]!;
  }

  tag(tci: number, mask: number): void {
    this.to.mask.setBe16(FLOW_VLAN_TCI, mask);
    this.to.flow.setBe16(FLOW_VLAN_TCI, tci & mask);
  }
}

/** A tag as 1.0 and 1.1 have it: none, or a VID or a PCP or both of one. */
function standardTag(carrier: Carrier): void {
  const mask = carrier.from.mask.be16(FLOW_VLAN_TCI);
  const tci = carrier.from.flow.be16(FLOW_VLAN_TCI);
  if (mask === 0) return;
  if ((mask & VLAN_CFI) !== 0 && (tci & VLAN_CFI) === 0) {
    carrier.tag(0, 0xffff);
    return;
  }
  const vid = (mask & VLAN_VID_MASK) === 0 ? 0 : VLAN_VID_MASK | VLAN_CFI;
  const pcp = (mask & VLAN_PCP_MASK) === 0 ? 0 : VLAN_PCP_MASK | VLAN_CFI;
  carrier.tag(tci | VLAN_CFI, vid | pcp);
}

/** A prefix, as 1.0 says it: by the mask's trailing zeros. */
function prefix(carrier: Carrier, at: number): void {
  const mask = carrier.from.mask.be32(at);
  const length = ipv4PrefixLength(mask);
  const bits = length >= 0 ? mask : -(mask & -mask) >>> 0;
  carrier.to.mask.setBe32(at, bits);
  carrier.to.flow.setBe32(at, carrier.from.flow.be32(at) & bits);
}

function setEthernet({ flow, mask }: Match): void {
  if (mask.be32(FLOW_PACKET_TYPE) !== 0) return;
  flow.setBe32(FLOW_PACKET_TYPE, PT_ETH);
  mask.setBe32(FLOW_PACKET_TYPE, 0xffffffff);
}

function wireOf10(match: Match, to: Match): Match {
  const carrier = new Carrier(match, to);
  carrier.whole(FLOW_DL_SRC, 6);
  carrier.whole(FLOW_DL_DST, 6);
  carrier.whole(FLOW_DL_TYPE, 2);
  carrier.whole(FLOW_NW_PROTO, 1);
  carrier.bits(FLOW_NW_TOS, IP_DSCP_MASK);
  prefix(carrier, FLOW_NW_SRC);
  prefix(carrier, FLOW_NW_DST);
  carrier.whole(FLOW_TP_SRC, 2);
  carrier.whole(FLOW_TP_DST, 2);
  standardTag(carrier);
  if (to.mask.words.some((word) => word !== 0)) setEthernet(to);
  carrier.bytes(FLOW_IN_PORT, 4);
  normalizeMatch(to);
  return to;
}

function wireOf11(match: Match, to: Match): Match {
  const carrier = new Carrier(match, to);
  const dlType = match.flow.be16(FLOW_DL_TYPE);
  const proto = match.flow.u8(FLOW_NW_PROTO);
  carrier.bytes(FLOW_DL_SRC, 6);
  carrier.bytes(FLOW_DL_DST, 6);
  carrier.whole(FLOW_DL_TYPE, 2);
  standardTag(carrier);
  if (dlType === ETH_TYPE_IP) carrier.bits(FLOW_NW_TOS, IP_DSCP_MASK);
  if (dlType === ETH_TYPE_IP || isArpType(dlType)) {
    carrier.whole(FLOW_NW_PROTO, 1);
    carrier.bytes(FLOW_NW_SRC, 4);
    carrier.bytes(FLOW_NW_DST, 4);
  }
  if (dlType === ETH_TYPE_IP && [IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP].includes(proto)) {
    carrier.whole(FLOW_TP_SRC, 2);
    carrier.whole(FLOW_TP_DST, 2);
  }
  if (isMplsType(dlType)) {
    carrier.bits(FLOW_MPLS_LSE, 0xff);
    carrier.bits(FLOW_MPLS_LSE + 1, 0xff);
    carrier.bits(FLOW_MPLS_LSE + 2, 0xfe);
  }
  if (to.mask.words.some((word) => word !== 0)) setEthernet(to);
  carrier.bytes(FLOW_IN_PORT, 4);
  carrier.bytes(FLOW_METADATA, 8);
  return to;
}

/** OXM has a VID with its CFI bit, and a PCP only beside a VID. */
function oxmTag(carrier: Carrier): void {
  const mask = carrier.from.mask.be16(FLOW_VLAN_TCI);
  const tci = carrier.from.flow.be16(FLOW_VLAN_TCI);
  const vid = mask & (VLAN_VID_MASK | VLAN_CFI);
  const pcp = (tci & (VLAN_VID_MASK | VLAN_CFI)) !== 0 && (mask & VLAN_PCP_MASK) !== 0;
  carrier.tag(tci, pcp ? vid | VLAN_PCP_MASK | VLAN_CFI : vid);
}

const hasPorts = (proto: number): boolean => proto === IPPROTO_TCP || proto === IPPROTO_UDP || proto === IPPROTO_SCTP;

function nxmIp(carrier: Carrier, dlType: number): void {
  const { flow, mask } = carrier.from;
  if (dlType === ETH_TYPE_IP) {
    carrier.bytes(FLOW_NW_SRC, 4);
    carrier.bytes(FLOW_NW_DST, 4);
  } else {
    carrier.bytes(FLOW_IPV6_SRC, 16);
    carrier.bytes(FLOW_IPV6_DST, 16);
  }
  carrier.bits(FLOW_NW_FRAG, 3);
  carrier.bits(FLOW_NW_TOS, IP_DSCP_MASK);
  carrier.bits(FLOW_NW_TOS, IP_ECN_MASK);
  carrier.whole(FLOW_NW_TTL, 1);
  carrier.bytes(FLOW_IPV6_LABEL, 4);
  if (mask.u8(FLOW_NW_PROTO) === 0) return;
  carrier.whole(FLOW_NW_PROTO, 1);
  const proto = flow.u8(FLOW_NW_PROTO);
  if (hasPorts(proto)) {
    carrier.bytes(FLOW_TP_SRC, 2);
    carrier.bytes(FLOW_TP_DST, 2);
    if (proto === IPPROTO_TCP) carrier.bytes(FLOW_TCP_FLAGS, 2);
  } else if (proto === (dlType === ETH_TYPE_IP ? IPPROTO_ICMP : IPPROTO_ICMPV6)) {
    carrier.whole(FLOW_TP_SRC, 2);
    carrier.whole(FLOW_TP_DST, 2);
    if (dlType === ETH_TYPE_IPV6) nxmNd(carrier);
  }
}

function nxmNd(carrier: Carrier): void {
  const { flow } = carrier.from;
  const type = flow.be16(FLOW_TP_SRC);
  if (flow.be16(FLOW_TP_DST) !== 0 || (type !== ND_NEIGHBOR_SOLICIT && type !== ND_NEIGHBOR_ADVERT)) return;
  carrier.whole(FLOW_IGMP_GROUP, 4);
  carrier.bytes(FLOW_ND_TARGET, 16);
  carrier.whole(FLOW_TCP_FLAGS, 2);
  if (type === ND_NEIGHBOR_SOLICIT) carrier.bytes(FLOW_ARP_SHA, 6);
  else carrier.bytes(FLOW_ARP_THA, 6);
}

function wireNxm(match: Match, oxm: boolean, to: Match): Match {
  const carrier = new Carrier(match, to);
  // pipeline fields, NSH and the connection's need nothing
  carrier.bytes(0, FLOW_SKB_PRIORITY);
  to.mask.setBe16(FLOW_TUN_TOS, 0);
  to.flow.setBe16(FLOW_TUN_TOS, 0);
  carrier.bytes(FLOW_SKB_PRIORITY + 4, FLOW_DL_DST - FLOW_SKB_PRIORITY - 4);
  carrier.bytes(FLOW_CT_NW_SRC, 8);
  carrier.bytes(FLOW_CT_IPV6_SRC, 32);
  carrier.bytes(FLOW_NSH, 24);
  if (match.flow.u8(FLOW_CT_NW_PROTO) !== 0) carrier.bytes(FLOW_CT_TP_SRC, 4);
  carrier.bytes(FLOW_DL_DST, 12);
  carrier.whole(FLOW_DL_TYPE, 2);
  if (oxm) oxmTag(carrier);
  else carrier.bytes(FLOW_VLAN_TCI, 2);
  const dlType = flowDlType(match.flow);
  if (isMplsType(dlType)) carrier.bytes(FLOW_MPLS_LSE, 4);
  if (isIpAny(dlType)) {
    nxmIp(carrier, dlType);
  } else if (isArpType(dlType)) {
    carrier.whole(FLOW_NW_PROTO, 1);
    carrier.bytes(FLOW_NW_SRC, 8);
    carrier.bytes(FLOW_ARP_SHA, 12);
  }
  return to;
}

const emptyMatch = (): Match => ({ flow: new Flow(), mask: new Flow() });

/** Fields whose bytes are theirs alone, and whose values the peer checks. */
const CHECKED_VALUES = new Set(["ipv6_label", "nsh_ttl", "nsh_mdtype"]);

/** What a peer finds wrong with a match in NXM or OXM. */
function nxmError(match: Match, oxm: boolean): string | undefined {
  const { flow, mask } = match;
  // OXM's PCP needs a tag, and a port needs a fragment that has it
  const pcp = oxm && (mask.be16(FLOW_VLAN_TCI) & VLAN_PCP_MASK) !== 0;
  if (pcp && (flow.be16(FLOW_VLAN_TCI) & VLAN_CFI) === 0) return "OFPBMC_BAD_PREREQ";
  const ports = mask.be32(FLOW_TP_SRC) !== 0 && hasPorts(flow.u8(FLOW_NW_PROTO));
  if (ports && (flow.u8(FLOW_NW_FRAG) & FRAG_LATER) !== 0) return "OFPBMC_BAD_PREREQ";
  for (const field of MF_FIELDS) {
    if (field.nxmNames.length === 0 || isAllZeros(mfGet(field, mask))) continue;
    // other fields share their bytes: they are whichever of them can be there
    const own = field.prereqs === "ethernet" || field.prereqs === "nsh" || field.prereqs === "ct_valid";
    if (own && !mfMatchPrereqsOk(field, match)) return "OFPBMC_BAD_PREREQ";
    if (CHECKED_VALUES.has(field.name) && !mfIsValueValid(field, mfGet(field, flow))) return "OFPBMC_BAD_VALUE";
  }
  return undefined;
}

/** The addresses of a connection must be of the packets' IP version. */
function connectionError({ flow, mask }: Match): string | undefined {
  const dlType = flow.be16(FLOW_DL_TYPE);
  const v4 = !mask.isZero(FLOW_CT_NW_SRC, 4) || !mask.isZero(FLOW_CT_NW_DST, 4);
  const v6 = !mask.isZero(FLOW_CT_IPV6_SRC, 16) || !mask.isZero(FLOW_CT_IPV6_DST, 16);
  return (v4 && dlType !== ETH_TYPE_IP) || (v6 && dlType !== ETH_TYPE_IPV6) ? "OFPBAC_MATCH_INCONSISTENT" : undefined;
}

/** @param protocol one bit; to: where it goes, written over */
export function wireMatch(match: Match, protocol: Protocols, to: Match = emptyMatch()): WiredMatch {
  to.flow.clear();
  to.mask.clear();
  const isOf10 = (protocol & P_OF10_STD_ANY) !== 0;
  const standard = isOf10 ? wireOf10(match, to) : protocol & P_OF11_STD ? wireOf11(match, to) : undefined;
  const oxm = (protocol & P_OF10_NXM_ANY) === 0;
  const wired = standard ?? wireNxm(match, oxm, to);
  const error = (standard === undefined ? nxmError(wired, oxm) : undefined) ?? connectionError(wired);
  return error === undefined ? { match: wired } : { error };
}
