// ovs-flow - struct flow by field names: what keys and masks are written as and read from. Names are OVS's (lib/meta-flow.xml, the old ones);
// numbers are as people write them, whatever the byte order of the field.
import * as at from "../../assembly/abi/flow.ts";

/** Offset, bytes, and whether it is big-endian. */
type Place = readonly [offset: number, bytes: number, network: boolean];

const HOST = false;
const NETWORK = true;

const PLACES = {
  skb_priority: [at.FLOW_SKB_PRIORITY, 4, HOST],
  pkt_mark: [at.FLOW_PKT_MARK, 4, HOST],
  dp_hash: [at.FLOW_DP_HASH, 4, HOST],
  in_port: [at.FLOW_IN_PORT, 4, HOST],
  recirc_id: [at.FLOW_RECIRC_ID, 4, HOST],
  ct_state: [at.FLOW_CT_STATE, 1, HOST],
  ct_zone: [at.FLOW_CT_ZONE, 2, HOST],
  ct_mark: [at.FLOW_CT_MARK, 4, HOST],
  packet_type: [at.FLOW_PACKET_TYPE, 4, NETWORK],
  ct_label: [at.FLOW_CT_LABEL, 16, HOST],
  dl_dst: [at.FLOW_DL_DST, 6, NETWORK],
  dl_src: [at.FLOW_DL_SRC, 6, NETWORK],
  dl_type: [at.FLOW_DL_TYPE, 2, NETWORK],
  vlan_tpid: [at.FLOW_VLAN_TPID, 2, NETWORK],
  vlan_tci: [at.FLOW_VLAN_TCI, 2, NETWORK],
  vlan_tpid1: [at.FLOW_VLAN_TPID1, 2, NETWORK],
  vlan_tci1: [at.FLOW_VLAN_TCI1, 2, NETWORK],
  mpls_lse: [at.FLOW_MPLS_LSE, 4, NETWORK],
  mpls_lse1: [at.FLOW_MPLS_LSE + 4, 4, NETWORK],
  mpls_lse2: [at.FLOW_MPLS_LSE + 8, 4, NETWORK],
  nw_src: [at.FLOW_NW_SRC, 4, NETWORK],
  nw_dst: [at.FLOW_NW_DST, 4, NETWORK],
  ipv6_src: [at.FLOW_IPV6_SRC, 16, NETWORK],
  ipv6_dst: [at.FLOW_IPV6_DST, 16, NETWORK],
  ipv6_label: [at.FLOW_IPV6_LABEL, 4, NETWORK],
  nw_frag: [at.FLOW_NW_FRAG, 1, HOST],
  nw_tos: [at.FLOW_NW_TOS, 1, HOST],
  nw_ttl: [at.FLOW_NW_TTL, 1, HOST],
  nw_proto: [at.FLOW_NW_PROTO, 1, HOST],
  nd_target: [at.FLOW_ND_TARGET, 16, NETWORK],
  arp_sha: [at.FLOW_ARP_SHA, 6, NETWORK],
  arp_tha: [at.FLOW_ARP_THA, 6, NETWORK],
  tcp_flags: [at.FLOW_TCP_FLAGS, 2, NETWORK],
  nsh_flags: [at.FLOW_NSH, 1, HOST],
  nsh_ttl: [at.FLOW_NSH + 1, 1, HOST],
  nsh_mdtype: [at.FLOW_NSH + 2, 1, HOST],
  nsh_np: [at.FLOW_NSH + 3, 1, HOST],
  nsh_path_hdr: [at.FLOW_NSH + 4, 4, NETWORK],
  nsh_c1: [at.FLOW_NSH + 8, 4, NETWORK],
  nsh_c2: [at.FLOW_NSH + 12, 4, NETWORK],
  nsh_c3: [at.FLOW_NSH + 16, 4, NETWORK],
  nsh_c4: [at.FLOW_NSH + 20, 4, NETWORK],
  tp_src: [at.FLOW_TP_SRC, 2, NETWORK],
  tp_dst: [at.FLOW_TP_DST, 2, NETWORK],
  igmp_group: [at.FLOW_IGMP_GROUP, 4, NETWORK],
} as const satisfies Record<string, Place>;

export type FlowField = keyof typeof PLACES;
export type FlowFields = Partial<Record<FlowField, number | bigint>>;

export const FLOW_FIELDS = Object.keys(PLACES) as readonly FlowField[];

/** All ones in these fields: an exact mask. */
export function exact(...fields: readonly FlowField[]): FlowFields {
  return Object.fromEntries(fields.map((field) => [field, (1n << BigInt(8 * PLACES[field][1])) - 1n]));
}

/** A struct flow with these fields, zero elsewhere. */
export function flowBytes(fields: FlowFields): Uint8Array {
  const bytes = new Uint8Array(at.FLOW_BYTES);
  for (const field of FLOW_FIELDS) {
    const [offset, length, network] = PLACES[field];
    let value = BigInt(fields[field] ?? 0);
    for (let i = 0; i < length; i++, value >>= 8n)
      bytes[offset + (network ? length - 1 - i : i)] = Number(value & 0xffn);
  }
  return bytes;
}

/** The fields of a struct flow, all of them. */
export function flowFields(flow: Uint8Array): Record<FlowField, bigint> {
  const read = (field: FlowField): bigint => {
    const [offset, length, network] = PLACES[field];
    const bytes = [...flow.subarray(offset, offset + length)];
    if (!network) bytes.reverse();
    return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  };
  return Object.fromEntries(FLOW_FIELDS.map((field) => [field, read(field)])) as Record<FlowField, bigint>;
}
