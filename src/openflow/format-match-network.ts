// format-match-network - what stands behind the Ethernet header in a match: IP, ARP, MPLS, NSH, ports, ICMP and
// neighbor discovery, named by the Ethernet type and the IP protocol that the match has, as match_format of OVS 3.1
// does.
import {
  FLOW_ARP_SHA,
  FLOW_ARP_THA,
  FLOW_IGMP_GROUP,
  FLOW_IPV6_DST,
  FLOW_IPV6_LABEL,
  FLOW_IPV6_SRC,
  FLOW_MPLS_LSE,
  FLOW_ND_TARGET,
  FLOW_NSH,
  FLOW_NW_DST,
  FLOW_NW_FRAG,
  FLOW_NW_PROTO,
  FLOW_NW_SRC,
  FLOW_NW_TOS,
  FLOW_NW_TTL,
  FLOW_TCP_FLAGS,
  FLOW_TP_DST,
  FLOW_TP_SRC,
} from "../../assembly/abi/flow.ts";
import {
  ETH_TYPE_IP,
  ETH_TYPE_IPV6,
  ETH_TYPE_NSH,
  FRAG_ANY,
  FRAG_LATER,
  flowDlType,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  isArpType,
  isIpAny,
} from "./field-prereqs.ts";
import { formatFlagsMasked, TCP_FLAGS } from "./flags.ts";
import type { MatchParts } from "./match-parts.ts";

const IP_DSCP_MASK = 0xfc;
const IP_ECN_MASK = 0x03;
const NSH_M_TYPE1 = 1;

/** `tcp`, `udp6` ...; undefined: the protocol is not matched on, or has no word. */
export function protocolName({ flow, mask }: MatchParts, dlType: number): string | undefined {
  if (mask.u8(FLOW_NW_PROTO) === 0) return undefined;
  const proto = flow.u8(FLOW_NW_PROTO);
  const suffix = dlType === ETH_TYPE_IPV6 ? "6" : "";
  if (proto === IPPROTO_TCP) return `tcp${suffix}`;
  if (proto === IPPROTO_UDP) return `udp${suffix}`;
  if (proto === IPPROTO_SCTP) return `sctp${suffix}`;
  return proto === (suffix === "" ? IPPROTO_ICMP : IPPROTO_ICMPV6) ? `icmp${suffix}` : undefined;
}

/** protoSaid: the protocol was already told by a word. */
export function networkParts(out: MatchParts, dlType: number, protoSaid: boolean): void {
  const { flow, mask } = out;
  addressParts(out, dlType);
  if (!protoSaid && mask.u8(FLOW_NW_PROTO) !== 0) {
    out.push(`${isArpType(dlType) ? "arp_op" : "nw_proto"}=${flow.u8(FLOW_NW_PROTO)}`);
  }
  if (isArpType(dlType)) {
    out.mac("arp_sha", FLOW_ARP_SHA);
    out.mac("arp_tha", FLOW_ARP_THA);
  }
  const tos = mask.u8(FLOW_NW_TOS);
  if (tos & IP_DSCP_MASK) out.push(`nw_tos=${flow.u8(FLOW_NW_TOS) & IP_DSCP_MASK}`);
  if (tos & IP_ECN_MASK) out.push(`nw_ecn=${flow.u8(FLOW_NW_TOS) & IP_ECN_MASK}`);
  if (mask.u8(FLOW_NW_TTL) !== 0) out.push(`nw_ttl=${flow.u8(FLOW_NW_TTL)}`);
  mplsParts(out);
  const frag = fragName(flow.u8(FLOW_NW_FRAG), mask.u8(FLOW_NW_FRAG));
  if (frag !== undefined) out.push(`nw_frag=${frag}`);
  transportParts(out, dlType);
}

function addressParts(out: MatchParts, dlType: number): void {
  if (dlType === ETH_TYPE_IPV6) {
    out.ipv6("ipv6_src", FLOW_IPV6_SRC);
    out.ipv6("ipv6_dst", FLOW_IPV6_DST);
    const mask = out.mask.be32(FLOW_IPV6_LABEL);
    const five = (value: number): string => `0x${value.toString(16).padStart(5, "0")}`;
    if (mask !== 0) {
      out.push(`ipv6_label=${five(out.flow.be32(FLOW_IPV6_LABEL))}${mask === 0xffffffff ? "" : `/${five(mask)}`}`);
    }
  } else if (isArpType(dlType)) {
    out.ipv4("arp_spa", FLOW_NW_SRC);
    out.ipv4("arp_tpa", FLOW_NW_DST);
  } else if (dlType === ETH_TYPE_NSH) {
    nshParts(out);
  } else {
    out.ipv4("nw_src", FLOW_NW_SRC);
    out.ipv4("nw_dst", FLOW_NW_DST);
  }
}

function nshParts(out: MatchParts): void {
  const { flow, mask } = out;
  const byte = (name: string, at: number): void => out.u8(name, flow.u8(at), mask.u8(at));
  const hex32 = (name: string, value: number, bits: number, exact: number): void => {
    if (bits !== 0) out.push(`${name}=0x${value.toString(16)}${bits === exact ? "" : `/0x${bits.toString(16)}`}`);
  };
  byte("nsh_flags", FLOW_NSH);
  byte("nsh_ttl", FLOW_NSH + 1);
  byte("nsh_mdtype", FLOW_NSH + 2);
  byte("nsh_np", FLOW_NSH + 3);
  hex32("nsh_spi", flow.be32(FLOW_NSH + 4) >>> 8, mask.be32(FLOW_NSH + 4) >>> 8, 0xffffff);
  byte("nsh_si", FLOW_NSH + 7);
  if (mask.u8(FLOW_NSH + 2) !== 0xff || flow.u8(FLOW_NSH + 2) !== NSH_M_TYPE1) return;
  for (let i = 1; i <= 4; i++) {
    const at = FLOW_NSH + 4 + 4 * i;
    hex32(`nsh_c${i}`, flow.be32(at), mask.be32(at), 0xffffffff);
  }
}

function mplsParts(out: MatchParts): void {
  const { flow, mask } = out;
  const lse = flow.be32(FLOW_MPLS_LSE);
  const bits = mask.be32(FLOW_MPLS_LSE);
  if (bits >>> 12 !== 0) out.push(`mpls_label=${lse >>> 12}`);
  if ((bits >>> 9) & 7) out.push(`mpls_tc=${(lse >>> 9) & 7}`);
  if (bits & 0xff) out.push(`mpls_ttl=${lse & 0xff}`);
  if ((bits >>> 8) & 1) out.push(`mpls_bos=${(lse >>> 8) & 1}`);
  out.be32("mpls_lse1", FLOW_MPLS_LSE + 4);
  out.be32("mpls_lse2", FLOW_MPLS_LSE + 8);
}

function fragName(frag: number, mask: number): string | undefined {
  const any = (frag & FRAG_ANY) !== 0;
  const later = (frag & FRAG_LATER) !== 0;
  switch (mask & (FRAG_ANY | FRAG_LATER)) {
    case FRAG_ANY | FRAG_LATER:
      if (any) return later ? "later" : "first";
      return later ? "<error>" : "no";
    case FRAG_ANY:
      return any ? "yes" : "no";
    case FRAG_LATER:
      return later ? "later" : "not_later";
    default:
      return undefined;
  }
}

function transportParts(out: MatchParts, dlType: number): void {
  const { flow, mask } = out;
  const proto = flow.u8(FLOW_NW_PROTO);
  if (dlType === ETH_TYPE_IP && proto === IPPROTO_ICMP) {
    out.be16("icmp_type", FLOW_TP_SRC);
    out.be16("icmp_code", FLOW_TP_DST);
  } else if (dlType === ETH_TYPE_IPV6 && proto === IPPROTO_ICMPV6) {
    out.be16("icmp_type", FLOW_TP_SRC);
    out.be16("icmp_code", FLOW_TP_DST);
    out.ipv6("nd_target", FLOW_ND_TARGET);
    out.mac("nd_sll", FLOW_ARP_SHA);
    out.mac("nd_tll", FLOW_ARP_THA);
    out.be32("nd_reserved", FLOW_IGMP_GROUP);
    out.be16("nd_options_type", FLOW_TCP_FLAGS);
  } else {
    out.be16("tp_src", FLOW_TP_SRC);
    out.be16("tp_dst", FLOW_TP_DST);
  }
  const flags = mask.be16(FLOW_TCP_FLAGS);
  if (flags !== 0 && proto === IPPROTO_TCP && isIpAny(flowDlType(flow))) {
    out.push(`tcp_flags=${formatFlagsMasked(flow.be16(FLOW_TCP_FLAGS), flags & TCP_FLAGS.exact, TCP_FLAGS)}`);
  }
}
