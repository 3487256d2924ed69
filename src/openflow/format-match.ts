// format-match - a match as ovs-ofctl dump-flows and ofproto/trace's Megaflow line print it (match_format of OVS 3.1):
// fields in a fixed order, shorthands for well-known types, decimal where the mask is exact and mostly hexadecimal
// where it is not.
import {
  FLOW_CT_LABEL,
  FLOW_CT_MARK,
  FLOW_CT_STATE,
  FLOW_CT_ZONE,
  FLOW_DL_DST,
  FLOW_DL_SRC,
  FLOW_DL_TYPE,
  FLOW_DP_HASH,
  FLOW_IN_PORT,
  FLOW_METADATA,
  FLOW_PACKET_TYPE,
  FLOW_PKT_MARK,
  FLOW_RECIRC_ID,
  FLOW_REGS,
  FLOW_SKB_PRIORITY,
  FLOW_VLAN_TCI,
} from "../../assembly/abi/flow.ts";
import {
  ETH_TYPE_ARP,
  ETH_TYPE_IP,
  ETH_TYPE_IPV6,
  ETH_TYPE_MPLS,
  ETH_TYPE_MPLS_MCAST,
  ETH_TYPE_RARP,
  hasDefaultPacketType,
  OFPHTN_ETHERTYPE,
} from "./field-prereqs.ts";
import { formatHexBytes, formatPacketType } from "./field-text.ts";
import { CT_STATES, formatFlags, formatFlagsMasked } from "./flags.ts";
import type { Flow, Match } from "./flow.ts";
import {
  FLOW_ACTSET_OUTPUT,
  FLOW_CONJ_ID,
  FLOW_CT_IPV6_DST,
  FLOW_CT_IPV6_SRC,
  FLOW_CT_NW_DST,
  FLOW_CT_NW_PROTO,
  FLOW_CT_NW_SRC,
  FLOW_CT_TP_DST,
  FLOW_CT_TP_SRC,
} from "./flow-offsets.ts";
import { networkParts, protocolName } from "./format-match-network.ts";
import { tunnelParts } from "./format-match-tunnel.ts";
import { altHex, MatchParts } from "./match-parts.ts";
import { formatPort, type PortMap } from "./ports.ts";

/** A flow's priority where none is given; it is not printed. */
export const OFP_DEFAULT_PRIORITY = 0x8000;

const VLAN_VID_MASK = 0x0fff;
const VLAN_PCP_MASK = 0xe000;
const VLAN_CFI = 0x1000;
const hex4 = (value: number): string => value.toString(16).padStart(4, "0");

function metadataParts(out: MatchParts, ports: PortMap | undefined): void {
  const { flow, mask } = out;
  out.u32("pkt_mark", FLOW_PKT_MARK);
  out.u32("recirc_id", FLOW_RECIRC_ID);
  out.u32("dp_hash", FLOW_DP_HASH);
  if (mask.u32(FLOW_CONJ_ID) !== 0) out.push(`conj_id=${flow.u32(FLOW_CONJ_ID)}`);
  if (mask.u32(FLOW_SKB_PRIORITY) !== 0) out.push(`skb_priority=${altHex(flow.u32(FLOW_SKB_PRIORITY))}`);
  if (mask.u32(FLOW_ACTSET_OUTPUT) !== 0) out.push(`actset_output=${formatPort(flow.u32(FLOW_ACTSET_OUTPUT), ports)}`);
}

function connectionParts(out: MatchParts): void {
  const { flow, mask } = out;
  const states = mask.u8(FLOW_CT_STATE);
  if (states === 0xff) out.push(`ct_state=${formatFlags(flow.u8(FLOW_CT_STATE), CT_STATES)}`);
  else if (states !== 0) out.push(`ct_state=${formatFlagsMasked(flow.u8(FLOW_CT_STATE), states, CT_STATES, 0xff)}`);
  const zone = (of: Flow): number => of.u8(FLOW_CT_ZONE) | (of.u8(FLOW_CT_ZONE + 1) << 8);
  out.u16("ct_zone", zone(flow), zone(mask));
  out.u32("ct_mark", FLOW_CT_MARK);
  if (!mask.isZero(FLOW_CT_LABEL, 16)) {
    const label = (of: Flow): Uint8Array => of.slice(FLOW_CT_LABEL, 16).reverse();
    const exact = label(mask).every((byte) => byte === 0xff);
    out.push(`ct_label=${formatHexBytes(label(flow))}${exact ? "" : `/${formatHexBytes(label(mask))}`}`);
  }
  out.ipv4("ct_nw_src", FLOW_CT_NW_SRC);
  out.ipv6("ct_ipv6_src", FLOW_CT_IPV6_SRC);
  out.ipv4("ct_nw_dst", FLOW_CT_NW_DST);
  out.ipv6("ct_ipv6_dst", FLOW_CT_IPV6_DST);
  if (mask.u8(FLOW_CT_NW_PROTO) !== 0) {
    out.push(`ct_nw_proto=${flow.u8(FLOW_CT_NW_PROTO)}`);
    out.be16("ct_tp_src", FLOW_CT_TP_SRC);
    out.be16("ct_tp_dst", FLOW_CT_TP_DST);
  }
}

const TYPE_NAMES = new Map<number, string>([
  [ETH_TYPE_ARP, "arp"],
  [ETH_TYPE_RARP, "rarp"],
  [ETH_TYPE_MPLS, "mpls"],
  [ETH_TYPE_MPLS_MCAST, "mplsm"],
]);

/** Pushes the type's shorthand, if there is one. @returns whether it also says the IP protocol */
function typePart(out: MatchParts, dlType: number): { type: boolean; proto: boolean } {
  if (dlType === ETH_TYPE_IP || dlType === ETH_TYPE_IPV6) {
    const known = protocolName(out, dlType);
    out.push(known ?? (dlType === ETH_TYPE_IP ? "ip" : "ipv6"));
    return { type: true, proto: known !== undefined };
  }
  const name = TYPE_NAMES.get(dlType);
  if (name !== undefined) out.push(name);
  return { type: name !== undefined, proto: false };
}

function vlanParts(out: MatchParts): void {
  for (let i = 0; i < 2; i++) {
    const at = FLOW_VLAN_TCI + 4 * i;
    const mask = out.mask.be16(at);
    const tci = out.flow.be16(at);
    if (mask === 0) return;
    const suffix = i === 0 ? "" : String(i);
    const vid = mask & VLAN_VID_MASK;
    const pcp = mask & VLAN_PCP_MASK;
    const whole = (vid === 0 || vid === VLAN_VID_MASK) && (pcp === 0 || pcp === VLAN_PCP_MASK) && (vid | pcp) !== 0;
    if ((mask & tci & VLAN_CFI) !== 0 && whole) {
      if (vid !== 0) out.push(`dl_vlan${suffix}=${tci & VLAN_VID_MASK}`);
      if (pcp !== 0) out.push(`dl_vlan_pcp${suffix}=${tci >>> 13}`);
    } else {
      out.push(`vlan_tci${suffix}=0x${hex4(tci)}${mask === 0xffff ? "" : `/0x${hex4(mask)}`}`);
    }
  }
}

/** The fields that are matched on, in OVS's order, with commas between them. ports: names instead of numbers. */
export function formatMatch(match: Match, ports?: PortMap, priority = OFP_DEFAULT_PRIORITY): string {
  const out = new MatchParts(match);
  const { flow, mask } = match;
  if (priority !== OFP_DEFAULT_PRIORITY) out.push(`priority=${priority}`);
  metadataParts(out, ports);
  connectionParts(out);
  let dlType = flow.be16(FLOW_DL_TYPE);
  const typeMask = mask.be32(FLOW_PACKET_TYPE);
  // a datapath flow, which recirc_id tells, always says its packet type
  if (typeMask !== 0 && (!hasDefaultPacketType(match) || mask.u32(FLOW_RECIRC_ID) !== 0)) {
    const type = flow.be32(FLOW_PACKET_TYPE);
    out.push(formatPacketType(type, typeMask));
    if (type >>> 16 === OFPHTN_ETHERTYPE) dlType = type & 0xffff;
  }
  const said = mask.be16(FLOW_DL_TYPE) === 0 ? { type: false, proto: false } : typePart(out, dlType);
  for (let i = 0; i < 16; i++) out.u32(`reg${i}`, FLOW_REGS + 4 * i);
  tunnelParts(out);
  out.be64("metadata", FLOW_METADATA);
  if (mask.u32(FLOW_IN_PORT) !== 0) out.push(`in_port=${formatPort(flow.u32(FLOW_IN_PORT), ports)}`);
  vlanParts(out);
  out.mac("dl_src", FLOW_DL_SRC);
  out.mac("dl_dst", FLOW_DL_DST);
  if (!said.type && mask.be16(FLOW_DL_TYPE) !== 0) out.push(`dl_type=0x${hex4(dlType)}`);
  networkParts(out, dlType, said.proto);
  return out.parts.join(",");
}
