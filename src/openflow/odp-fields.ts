// odp-fields - the header fields of datapath flows by the groups and the names that datapath text has for them,
// `ipv4(src=...,ttl=...)` (struct ovs_key_* of OVS 3.1), and where they lie in struct flow.
import {
  FLOW_ARP_SHA,
  FLOW_ARP_THA,
  FLOW_DL_DST,
  FLOW_DL_SRC,
  FLOW_IPV6_DST,
  FLOW_IPV6_LABEL,
  FLOW_IPV6_SRC,
  FLOW_ND_TARGET,
  FLOW_NW_DST,
  FLOW_NW_FRAG,
  FLOW_NW_PROTO,
  FLOW_NW_SRC,
  FLOW_NW_TOS,
  FLOW_NW_TTL,
  FLOW_TP_DST,
  FLOW_TP_SRC,
} from "../../assembly/abi/flow.ts";
import type { SetKey } from "../wasm/ovs-actions.ts";
import {
  FLOW_CT_IPV6_DST,
  FLOW_CT_IPV6_SRC,
  FLOW_CT_NW_DST,
  FLOW_CT_NW_PROTO,
  FLOW_CT_NW_SRC,
  FLOW_CT_TP_DST,
  FLOW_CT_TP_SRC,
} from "./flow-offsets.ts";

/**
 * How a field is written, and how wide it is. `arp_op` is 16 bits in text and 8 in the flow; `icmp` is 8 in text and 16
 * in the flow.
 */
export type OdpKind = "mac" | "ipv4" | "ipv6" | "ipv6_label" | "u8" | "u8x" | "be16" | "frag" | "arp_op" | "icmp";

export interface OdpField {
  /** Its name in text. */
  readonly label: string;
  readonly kind: OdpKind;
  readonly at: number;
  /** Its name in datapath actions (ovs-flow's). */
  readonly name: string;
}

export interface OdpGroup {
  readonly name: SetKey | "ct_tuple4" | "ct_tuple6";
  readonly fields: readonly OdpField[];
}

const f = (label: string, kind: OdpKind, at: number, name: string): OdpField => ({ label, kind, at, name });

const NW_PROTO = f("proto", "u8", FLOW_NW_PROTO, "nw_proto");
const FRAG = f("frag", "frag", FLOW_NW_FRAG, "nw_frag");
const PORTS = [f("src", "be16", FLOW_TP_SRC, "tp_src"), f("dst", "be16", FLOW_TP_DST, "tp_dst")];
const TYPE_AND_CODE = [f("type", "icmp", FLOW_TP_SRC, "tp_src"), f("code", "icmp", FLOW_TP_DST, "tp_dst")];
const CT_PROTO = f("proto", "u8", FLOW_CT_NW_PROTO, "ct_nw_proto");

export const ODP_ETH: OdpGroup = {
  name: "eth",
  fields: [f("src", "mac", FLOW_DL_SRC, "dl_src"), f("dst", "mac", FLOW_DL_DST, "dl_dst")],
};
export const ODP_IPV4: OdpGroup = {
  name: "ipv4",
  fields: [
    f("src", "ipv4", FLOW_NW_SRC, "nw_src"),
    f("dst", "ipv4", FLOW_NW_DST, "nw_dst"),
    NW_PROTO,
    f("tos", "u8x", FLOW_NW_TOS, "nw_tos"),
    f("ttl", "u8", FLOW_NW_TTL, "nw_ttl"),
    FRAG,
  ],
};
export const ODP_IPV6: OdpGroup = {
  name: "ipv6",
  fields: [
    f("src", "ipv6", FLOW_IPV6_SRC, "ipv6_src"),
    f("dst", "ipv6", FLOW_IPV6_DST, "ipv6_dst"),
    f("label", "ipv6_label", FLOW_IPV6_LABEL, "ipv6_label"),
    NW_PROTO,
    f("tclass", "u8x", FLOW_NW_TOS, "nw_tos"),
    f("hlimit", "u8", FLOW_NW_TTL, "nw_ttl"),
    FRAG,
  ],
};
export const ODP_ARP: OdpGroup = {
  name: "arp",
  fields: [
    f("sip", "ipv4", FLOW_NW_SRC, "nw_src"),
    f("tip", "ipv4", FLOW_NW_DST, "nw_dst"),
    f("op", "arp_op", FLOW_NW_PROTO, "nw_proto"),
    f("sha", "mac", FLOW_ARP_SHA, "arp_sha"),
    f("tha", "mac", FLOW_ARP_THA, "arp_tha"),
  ],
};
export const ODP_ND: OdpGroup = {
  name: "nd",
  fields: [
    f("target", "ipv6", FLOW_ND_TARGET, "nd_target"),
    f("sll", "mac", FLOW_ARP_SHA, "arp_sha"),
    f("tll", "mac", FLOW_ARP_THA, "arp_tha"),
  ],
};
export const ODP_TCP: OdpGroup = { name: "tcp", fields: PORTS };
export const ODP_UDP: OdpGroup = { name: "udp", fields: PORTS };
export const ODP_SCTP: OdpGroup = { name: "sctp", fields: PORTS };
export const ODP_ICMP: OdpGroup = { name: "icmp", fields: TYPE_AND_CODE };
export const ODP_ICMPV6: OdpGroup = { name: "icmpv6", fields: TYPE_AND_CODE };
export const ODP_CT_TUPLE4: OdpGroup = {
  name: "ct_tuple4",
  fields: [
    f("src", "ipv4", FLOW_CT_NW_SRC, "ct_nw_src"),
    f("dst", "ipv4", FLOW_CT_NW_DST, "ct_nw_dst"),
    CT_PROTO,
    f("tp_src", "be16", FLOW_CT_TP_SRC, "ct_tp_src"),
    f("tp_dst", "be16", FLOW_CT_TP_DST, "ct_tp_dst"),
  ],
};
/** Printed with names of its own for the ports, read with those of ct_tuple4. */
export const ODP_CT_TUPLE6: OdpGroup = {
  name: "ct_tuple6",
  fields: [
    f("src", "ipv6", FLOW_CT_IPV6_SRC, "ct_ipv6_src"),
    f("dst", "ipv6", FLOW_CT_IPV6_DST, "ct_ipv6_dst"),
    CT_PROTO,
    f("src_port", "be16", FLOW_CT_TP_SRC, "ct_tp_src"),
    f("dst_port", "be16", FLOW_CT_TP_DST, "ct_tp_dst"),
  ],
};

export const ODP_GROUPS: readonly OdpGroup[] = [
  ODP_ETH,
  ODP_IPV4,
  ODP_IPV6,
  ODP_ARP,
  ODP_ND,
  ODP_TCP,
  ODP_UDP,
  ODP_SCTP,
  ODP_ICMP,
  ODP_ICMPV6,
];

/** The flow's bytes that a field takes. */
export function odpFieldBytes(kind: OdpKind): number {
  if (kind === "ipv6") return 16;
  if (kind === "mac") return 6;
  if (kind === "ipv4" || kind === "ipv6_label") return 4;
  return kind === "be16" || kind === "icmp" ? 2 : 1;
}
