// flow-wildcards - the mask of all that a packet has (flow_wildcards_init_for_packet of OVS 3.1): ones where its
// headers put something into struct flow, zeros where there is nothing to put and where only OpenFlow does.
import {
  FLOW_ARP_SHA,
  FLOW_CT_LABEL,
  FLOW_CT_MARK,
  FLOW_CT_STATE,
  FLOW_CT_ZONE,
  FLOW_DL_DST,
  FLOW_DL_TYPE,
  FLOW_DP_HASH,
  FLOW_IGMP_GROUP,
  FLOW_IN_PORT,
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
  FLOW_PACKET_TYPE,
  FLOW_PKT_MARK,
  FLOW_RECIRC_ID,
  FLOW_SKB_PRIORITY,
  FLOW_TCP_FLAGS,
  FLOW_TP_DST,
  FLOW_TP_SRC,
  FLOW_VLAN_TCI,
  FLOW_VLAN_TPID,
} from "../../assembly/abi/flow.ts";
import {
  ETH_TYPE_IP,
  ETH_TYPE_IPV6,
  ETH_TYPE_NSH,
  FRAG_ANY,
  FRAG_LATER,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IGMP,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  isArpType,
  isMplsType,
  ND_NEIGHBOR_ADVERT,
  ND_NEIGHBOR_SOLICIT,
  PT_ETH,
} from "./field-prereqs.ts";
import { Flow } from "./flow.ts";
import {
  FLOW_CT_IPV6_DST,
  FLOW_CT_IPV6_SRC,
  FLOW_CT_NW_DST,
  FLOW_CT_NW_PROTO,
  FLOW_CT_NW_SRC,
  FLOW_CT_TP_DST,
  FLOW_CT_TP_SRC,
  FLOW_TUN_FLAGS,
  FLOW_TUN_ID,
  FLOW_TUN_IP_DST,
  FLOW_TUN_IPV6_DST,
} from "./flow-offsets.ts";

const MPLS_BOS = 0x100;
const MPLS_LABELS = 3;
const VLANS = 2;
const TUN_FLAG_KEY = 8;
/** The options of a tunnel's header and their table stand at the end. */
const TUN_FIXED_BYTES = 72;
const PORT_PROTOS = new Set([IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_IGMP]);

const exact = (mask: Flow, at: number, bytes: number): void => mask.fill(at, bytes, 0xff);

function tunnel(flow: Flow, mask: Flow): void {
  const set = !flow.isZero(FLOW_TUN_IP_DST, 4) || !flow.isZero(FLOW_TUN_IPV6_DST, 16);
  if (!set) {
    if (!flow.isZero(FLOW_TUN_ID, 8)) exact(mask, FLOW_TUN_ID, 8);
    return;
  }
  exact(mask, 0, TUN_FIXED_BYTES - 4);
  if ((flow.u8(FLOW_TUN_FLAGS) & TUN_FLAG_KEY) === 0) mask.fill(FLOW_TUN_ID, 8, 0);
}

/** @returns the type of what follows the Ethernet header */
function ethernet(flow: Flow, mask: Flow): number {
  const type = flow.be32(FLOW_PACKET_TYPE);
  if (type !== PT_ETH) return type & 0xffff;
  exact(mask, FLOW_DL_DST, 12);
  exact(mask, FLOW_DL_TYPE, 2);
  for (let i = 0; i < VLANS; i++) {
    exact(mask, FLOW_VLAN_TPID + 4 * i, 4);
    // that there is no (further) tag is said by the first one that is not there
    if (flow.be16(FLOW_VLAN_TCI + 4 * i) === 0) break;
  }
  return flow.be16(FLOW_DL_TYPE);
}

function mpls(flow: Flow, mask: Flow): void {
  for (let i = 0; i < MPLS_LABELS; i++) {
    exact(mask, FLOW_MPLS_LSE + 4 * i, 4);
    if (flow.be32(FLOW_MPLS_LSE + 4 * i) & MPLS_BOS) break;
  }
}

/** Neighbor discovery is told by its type and code, which are looked at for it. */
function neighbor(flow: Flow, mask: Flow): boolean {
  exact(mask, FLOW_NW_PROTO, 1);
  if (flow.u8(FLOW_NW_PROTO) !== IPPROTO_ICMPV6) return false;
  exact(mask, FLOW_TP_DST, 2);
  if (flow.be16(FLOW_TP_DST) !== 0) return false;
  exact(mask, FLOW_TP_SRC, 2);
  const type = flow.be16(FLOW_TP_SRC);
  return type === ND_NEIGHBOR_SOLICIT || type === ND_NEIGHBOR_ADVERT;
}

function ipv6(flow: Flow, mask: Flow): void {
  exact(mask, FLOW_IPV6_SRC, 16);
  exact(mask, FLOW_IPV6_DST, 16);
  exact(mask, FLOW_IPV6_LABEL, 4);
  if (neighbor(flow, mask)) {
    exact(mask, FLOW_ARP_SHA, 12);
    exact(mask, FLOW_ND_TARGET, 16);
  } else {
    exact(mask, FLOW_CT_IPV6_SRC, 16);
    exact(mask, FLOW_CT_IPV6_DST, 16);
  }
}

function transport(flow: Flow, mask: Flow): void {
  mask.setU8(FLOW_NW_FRAG, FRAG_ANY | FRAG_LATER);
  exact(mask, FLOW_NW_TOS, 1);
  exact(mask, FLOW_NW_TTL, 1);
  exact(mask, FLOW_NW_PROTO, 1);
  exact(mask, FLOW_CT_NW_PROTO, 1);
  exact(mask, FLOW_CT_TP_SRC, 2);
  exact(mask, FLOW_CT_TP_DST, 2);
  const proto = flow.u8(FLOW_NW_PROTO);
  if ((flow.u8(FLOW_NW_FRAG) & FRAG_LATER) !== 0 || !PORT_PROTOS.has(proto)) return;
  exact(mask, FLOW_TP_SRC, 2);
  exact(mask, FLOW_TP_DST, 2);
  if (proto === IPPROTO_TCP) exact(mask, FLOW_TCP_FLAGS, 2);
  else if (proto === IPPROTO_IGMP) exact(mask, FLOW_IGMP_GROUP, 4);
}

export function wildcardsForPacket(flow: Flow): Flow {
  const mask = new Flow();
  tunnel(flow, mask);
  for (const at of [FLOW_SKB_PRIORITY, FLOW_PKT_MARK, FLOW_CT_MARK, FLOW_RECIRC_ID, FLOW_DP_HASH, FLOW_IN_PORT]) {
    exact(mask, at, 4);
  }
  exact(mask, FLOW_CT_STATE, 1);
  exact(mask, FLOW_CT_ZONE, 2);
  exact(mask, FLOW_CT_LABEL, 16);
  exact(mask, FLOW_PACKET_TYPE, 4);
  const dlType = ethernet(flow, mask);
  if (dlType === ETH_TYPE_IP) {
    exact(mask, FLOW_NW_SRC, 4);
    exact(mask, FLOW_NW_DST, 4);
    exact(mask, FLOW_CT_NW_SRC, 4);
    exact(mask, FLOW_CT_NW_DST, 4);
  } else if (dlType === ETH_TYPE_IPV6) {
    ipv6(flow, mask);
  } else if (isArpType(dlType)) {
    exact(mask, FLOW_NW_SRC, 4);
    exact(mask, FLOW_NW_DST, 4);
    exact(mask, FLOW_NW_PROTO, 1);
    exact(mask, FLOW_ARP_SHA, 12);
    return mask;
  } else if (isMplsType(dlType)) {
    mpls(flow, mask);
    return mask;
  } else if (flow.be16(FLOW_DL_TYPE) === ETH_TYPE_NSH) {
    exact(mask, FLOW_NSH, 24);
  } else {
    return mask;
  }
  transport(flow, mask);
  return mask;
}
