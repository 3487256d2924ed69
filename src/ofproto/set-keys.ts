// set-keys - header fields as datapath `set` actions group them (struct ovs_key_ethernet and so on): which they are, where they lie in struct
// flow, and how many bytes of Netlink a group takes.
import * as at from "../../assembly/abi/flow.ts";
import type { SetKey } from "../wasm/ovs-actions.ts";

export interface KeyField {
  /** ovs-flow's name */
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
  /** As the CPU has it, not big-endian. */
  readonly host?: true;
  /** Not for setting: compared with, but never in the mask. */
  readonly readOnly?: true;
}

export interface KeyGroup {
  readonly key: SetKey;
  readonly bytes: number;
  readonly fields: readonly KeyField[];
  /** The datapath sets all of it or nothing. */
  readonly whole?: true;
}

const field = (name: string, offset: number, bytes: number): KeyField => ({ name, offset, bytes });
const MACS = [field("dl_src", at.FLOW_DL_SRC, 6), field("dl_dst", at.FLOW_DL_DST, 6)];
const PORTS = [field("tp_src", at.FLOW_TP_SRC, 2), field("tp_dst", at.FLOW_TP_DST, 2)];
const HARDWARE = [field("arp_sha", at.FLOW_ARP_SHA, 6), field("arp_tha", at.FLOW_ARP_THA, 6)];
const ADDRESSES = [field("nw_src", at.FLOW_NW_SRC, 4), field("nw_dst", at.FLOW_NW_DST, 4)];
const IP = [field("nw_tos", at.FLOW_NW_TOS, 1), field("nw_ttl", at.FLOW_NW_TTL, 1)];
/** Makes a group inexact always: protocol and fragment bits cannot be set. */
const FIXED: KeyField = { name: "nw_proto", offset: at.FLOW_NW_PROTO, bytes: 1, readOnly: true };
/** Type and code are the lower bytes of ports. */
const ICMP = [field("tp_src", at.FLOW_TP_SRC + 1, 1), field("tp_dst", at.FLOW_TP_DST + 1, 1)];

export const ETHERNET: KeyGroup = { key: "eth", bytes: 12, fields: MACS };
export const IPV4: KeyGroup = { key: "ipv4", bytes: 12, fields: [...ADDRESSES, ...IP, FIXED] };
export const IPV6: KeyGroup = {
  key: "ipv6",
  bytes: 40,
  fields: [
    field("ipv6_src", at.FLOW_IPV6_SRC, 16),
    field("ipv6_dst", at.FLOW_IPV6_DST, 16),
    field("ipv6_label", at.FLOW_IPV6_LABEL, 4),
    ...IP,
    FIXED,
  ],
};
export const ARP: KeyGroup = {
  key: "arp",
  bytes: 24,
  fields: [...ADDRESSES, field("nw_proto", at.FLOW_NW_PROTO, 1), ...HARDWARE],
};
export const ND: KeyGroup = { key: "nd", bytes: 28, fields: [field("nd_target", at.FLOW_ND_TARGET, 16), ...HARDWARE] };
export const TCP: KeyGroup = { key: "tcp", bytes: 4, fields: PORTS };
export const UDP: KeyGroup = { key: "udp", bytes: 4, fields: PORTS };
export const SCTP: KeyGroup = { key: "sctp", bytes: 4, fields: PORTS };
export const ICMPV4: KeyGroup = { key: "icmp", bytes: 2, fields: ICMP, whole: true };
export const ICMPV6: KeyGroup = { key: "icmpv6", bytes: 2, fields: ICMP, whole: true };
export const PRIORITY: KeyGroup = {
  key: "skb_priority",
  bytes: 4,
  fields: [{ name: "skb_priority", offset: at.FLOW_SKB_PRIORITY, bytes: 4, host: true }],
};
export const MARK: KeyGroup = {
  key: "skb_mark",
  bytes: 4,
  fields: [{ name: "pkt_mark", offset: at.FLOW_PKT_MARK, bytes: 4, host: true }],
};
