// field-rows-packet - the fields that packets carry, layer by layer. See field.ts.
import {
  FLOW_ARP_SHA,
  FLOW_ARP_THA,
  FLOW_DL_DST,
  FLOW_DL_SRC,
  FLOW_DL_TYPE,
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
import type { MfRow } from "./field.ts";
import { be, bits, row, vlan, widened } from "./field-row.ts";

const ETH = "ethernet";
const NSH_FLAGS = FLOW_NSH;
const NSH_TTL = FLOW_NSH + 1;
const NSH_MDTYPE = FLOW_NSH + 2;
const NSH_NP = FLOW_NSH + 3;
const NSH_PATH_HDR = FLOW_NSH + 4;
const NSH_CONTEXT = FLOW_NSH + 8;

const mplsBits = (valueBytes: number, shift: number, width: number) =>
  bits(valueBytes, FLOW_MPLS_LSE, 4, shift, width, 0);
/** ICMP's type and code lie in the words of the ports. */
const icmp = (at: number) => bits(1, at, 2, 0, 16, 0);

const LINK_ROWS: readonly MfRow[] = [
  row("eth_src dl_src", be(6, FLOW_DL_SRC), ETH, ETH, "mask of10 of11mask", "NXM_OF_ETH_SRC OXM_OF_ETH_SRC"),
  row("eth_dst dl_dst", be(6, FLOW_DL_DST), ETH, ETH, "mask of10 of11mask", "NXM_OF_ETH_DST OXM_OF_ETH_DST"),
  row(
    "eth_type dl_type",
    be(2, FLOW_DL_TYPE),
    "hexadecimal",
    ETH,
    "readonly of10 of11",
    "NXM_OF_ETH_TYPE OXM_OF_ETH_TYPE",
  ),
  row("vlan_tci", vlan("tci"), "hexadecimal", ETH, "mask of10 of11", "NXM_OF_VLAN_TCI"),
  row("dl_vlan", vlan("dl_vlan"), "decimal", ETH, "of10 of11 everywhere", "", 12),
  row("vlan_vid", vlan("vid"), "decimal", ETH, "mask of10 of11", "OXM_OF_VLAN_VID", 12),
  row("dl_vlan_pcp", vlan("pcp"), "decimal", ETH, "of10 of11 everywhere", "", 3),
  row("vlan_pcp", vlan("pcp"), "decimal", "vlan_vid", "of10 of11", "OXM_OF_VLAN_PCP", 3),
  row("mpls_label", mplsBits(4, 12, 20), "decimal", "mpls", "of11", "OXM_OF_MPLS_LABEL", 20),
  row("mpls_tc", mplsBits(1, 9, 3), "decimal", "mpls", "of11", "OXM_OF_MPLS_TC", 3),
  row("mpls_bos", mplsBits(1, 8, 1), "decimal", "mpls", "readonly", "OXM_OF_MPLS_BOS", 1),
  row("mpls_ttl", mplsBits(1, 0, 8), "decimal", "mpls", "", "NXM_NX_MPLS_TTL"),
];

const NETWORK_ROWS: readonly MfRow[] = [
  row("ip_src nw_src", be(4, FLOW_NW_SRC), "ipv4", "ipv4", "mask of10cidr of11mask", "NXM_OF_IP_SRC OXM_OF_IPV4_SRC"),
  row("ip_dst nw_dst", be(4, FLOW_NW_DST), "ipv4", "ipv4", "mask of10cidr of11mask", "NXM_OF_IP_DST OXM_OF_IPV4_DST"),
  row("ipv6_src", be(16, FLOW_IPV6_SRC), "ipv6", "ipv6", "mask", "NXM_NX_IPV6_SRC OXM_OF_IPV6_SRC"),
  row("ipv6_dst", be(16, FLOW_IPV6_DST), "ipv6", "ipv6", "mask", "NXM_NX_IPV6_DST OXM_OF_IPV6_DST"),
  row("ipv6_label", be(4, FLOW_IPV6_LABEL), "hexadecimal", "ipv6", "mask", "NXM_NX_IPV6_LABEL OXM_OF_IPV6_FLABEL", 20),
  row(
    "nw_proto ip_proto",
    be(1, FLOW_NW_PROTO),
    "decimal",
    "ip_any",
    "readonly of10 of11",
    "NXM_OF_IP_PROTO OXM_OF_IP_PROTO",
  ),
  row("nw_tos", bits(1, FLOW_NW_TOS, 1, 2, 6, 2), "decimal", "ip_any", "of10 of11", "NXM_OF_IP_TOS"),
  row("ip_dscp", bits(1, FLOW_NW_TOS, 1, 2, 6, 0), "decimal", "ip_any", "of10 of11", "OXM_OF_IP_DSCP", 6),
  row("nw_ecn ip_ecn", bits(1, FLOW_NW_TOS, 1, 0, 2, 0), "decimal", "ip_any", "of11", "NXM_NX_IP_ECN OXM_OF_IP_ECN", 2),
  row("nw_ttl", be(1, FLOW_NW_TTL), "decimal", "ip_any", "", "NXM_NX_IP_TTL"),
  row("ip_frag nw_frag", bits(1, FLOW_NW_FRAG, 1, 0, 2, 0), "frag", "ip_any", "mask readonly", "NXM_NX_IP_FRAG", 2),
  row("arp_op", widened(2, FLOW_NW_PROTO), "decimal", "arp", "of10 of11", "NXM_OF_ARP_OP OXM_OF_ARP_OP"),
  row("arp_spa", be(4, FLOW_NW_SRC), "ipv4", "arp", "mask of10cidr of11mask", "NXM_OF_ARP_SPA OXM_OF_ARP_SPA"),
  row("arp_tpa", be(4, FLOW_NW_DST), "ipv4", "arp", "mask of10cidr of11mask", "NXM_OF_ARP_TPA OXM_OF_ARP_TPA"),
  row("arp_sha", be(6, FLOW_ARP_SHA), ETH, "arp", "mask", "NXM_NX_ARP_SHA OXM_OF_ARP_SHA"),
  row("arp_tha", be(6, FLOW_ARP_THA), ETH, "arp", "mask", "NXM_NX_ARP_THA OXM_OF_ARP_THA"),
];

const TRANSPORT_ROWS: readonly MfRow[] = [
  row("tcp_src tp_src", be(2, FLOW_TP_SRC), "decimal", "tcp", "mask of10 of11", "NXM_OF_TCP_SRC OXM_OF_TCP_SRC"),
  row("tcp_dst tp_dst", be(2, FLOW_TP_DST), "decimal", "tcp", "mask of10 of11", "NXM_OF_TCP_DST OXM_OF_TCP_DST"),
  row(
    "tcp_flags",
    be(2, FLOW_TCP_FLAGS),
    "tcp_flags",
    "tcp",
    "mask readonly",
    "NXM_NX_TCP_FLAGS ONFOXM_ET_TCP_FLAGS OXM_OF_TCP_FLAGS",
    12,
  ),
  row("udp_src", be(2, FLOW_TP_SRC), "decimal", "udp", "mask of10 of11", "NXM_OF_UDP_SRC OXM_OF_UDP_SRC"),
  row("udp_dst", be(2, FLOW_TP_DST), "decimal", "udp", "mask of10 of11", "NXM_OF_UDP_DST OXM_OF_UDP_DST"),
  row("sctp_src", be(2, FLOW_TP_SRC), "decimal", "sctp", "mask of11", "OXM_OF_SCTP_SRC"),
  row("sctp_dst", be(2, FLOW_TP_DST), "decimal", "sctp", "mask of11", "OXM_OF_SCTP_DST"),
  row("icmp_type", icmp(FLOW_TP_SRC), "decimal", "icmpv4", "of10 of11", "NXM_OF_ICMP_TYPE OXM_OF_ICMPV4_TYPE"),
  row("icmp_code", icmp(FLOW_TP_DST), "decimal", "icmpv4", "of10 of11", "NXM_OF_ICMP_CODE OXM_OF_ICMPV4_CODE"),
  row("icmpv6_type", icmp(FLOW_TP_SRC), "decimal", "icmpv6", "", "NXM_NX_ICMPV6_TYPE OXM_OF_ICMPV6_TYPE"),
  row("icmpv6_code", icmp(FLOW_TP_DST), "decimal", "icmpv6", "", "NXM_NX_ICMPV6_CODE OXM_OF_ICMPV6_CODE"),
  row("nd_target", be(16, FLOW_ND_TARGET), "ipv6", "nd", "mask", "NXM_NX_ND_TARGET OXM_OF_IPV6_ND_TARGET"),
  row("nd_sll", be(6, FLOW_ARP_SHA), ETH, "nd_solicit", "mask", "NXM_NX_ND_SLL OXM_OF_IPV6_ND_SLL"),
  row("nd_tll", be(6, FLOW_ARP_THA), ETH, "nd_advert", "mask", "NXM_NX_ND_TLL OXM_OF_IPV6_ND_TLL"),
  row("nd_reserved", be(4, FLOW_IGMP_GROUP), "decimal", "nd", "", "ERICOXM_OF_ICMPV6_ND_RESERVED"),
  row("nd_options_type", icmp(FLOW_TCP_FLAGS), "decimal", "nd", "", "ERICOXM_OF_ICMPV6_ND_OPTIONS_TYPE"),
];

const NSH_ROWS: readonly MfRow[] = [
  row("nsh_flags", be(1, NSH_FLAGS), "decimal", "nsh", "mask", "NXOXM_NSH_FLAGS"),
  row("nsh_mdtype", be(1, NSH_MDTYPE), "decimal", "nsh", "readonly", "NXOXM_NSH_MDTYPE"),
  row("nsh_np", be(1, NSH_NP), "decimal", "nsh", "readonly", "NXOXM_NSH_NP"),
  row("nsh_spi nsp", bits(4, NSH_PATH_HDR, 4, 8, 24, 0), "hexadecimal", "nsh", "", "NXOXM_NSH_SPI", 24),
  row("nsh_si nsi", bits(1, NSH_PATH_HDR, 4, 0, 8, 0), "decimal", "nsh", "", "NXOXM_NSH_SI"),
  ...[1, 2, 3, 4].map((i) =>
    row(`nsh_c${i} nshc${i}`, be(4, NSH_CONTEXT + 4 * (i - 1)), "hexadecimal", "nsh", "mask", `NXOXM_NSH_C${i}`),
  ),
  row("nsh_ttl", be(1, NSH_TTL), "decimal", "nsh", "", "NXOXM_NSH_TTL"),
];

export const PACKET_ROWS: readonly MfRow[] = [...LINK_ROWS, ...NETWORK_ROWS, ...TRANSPORT_ROWS, ...NSH_ROWS];
