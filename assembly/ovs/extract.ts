// extract - a frame's miniflow: its metadata, Ethernet, VLAN and MPLS here, what is above in extract-l3 and extract-l4. Follows
// miniflow_extract of OVS 3.1 (lib/flow.c), to what it leaves out of a broken header: where a check fails, the key ends before it.
// Frames are of one segment, as OVS has them without other_config:userspace-tso-enable.
// Not modelled: tunnel and conntrack metadata, packets without an Ethernet header.
import {
  FLOW_DL_DST, FLOW_DP_HASH, FLOW_MPLS_LSE, FLOW_PACKET_TYPE, FLOW_RECIRC_ID, FLOW_SKB_PRIORITY, FLOW_VLAN_TPID,
} from "../abi/flow";
import { METADATA_BYTES } from "../abi/ovs";
import { BE_ARP, BE_IPV4, BE_IPV6, BE_QINQ, BE_VLAN } from "../net/layers";
import { extractArp, extractIpv4, extractIpv6, extractNsh } from "./extract-l3";
import { bit, bits, FlowKey, KEY_VALUES, keySeal } from "./flow-key";

/** What a packet carries beside its bytes (struct pkt_metadata): all zero but inPort when it comes from a port. */
@unmanaged
export class Metadata {
  inPort: u32; // datapath port
  recircId: u32;
  dpHash: u32;
  skbPriority: u32;
  pktMark: u32;
}
if (offsetof<Metadata>() > METADATA_BYTES) ERROR();

/** Metadata of a packet from a port, or recirculated. at: METADATA_BYTES */
export function metadataSet(at: usize, inPort: u32, recircId: u32, dpHash: u32, skbPriority: u32, pktMark: u32): void {
  const md = changetype<Metadata>(at);
  md.inPort = inPort;
  md.recircId = recircId;
  md.dpHash = dpHash;
  md.skbPriority = skbPriority;
  md.pktMark = pktMark;
}

const BE_RARP: u32 = 0x3580;
export const BE_MPLS: u32 = 0x4788;
export const BE_MPLS_MCAST: u32 = 0x4888;
const BE_NSH: u32 = 0x4f89;
/** FLOW_DL_TYPE_NONE, 0x05ff: 802.2 frames without an Ethernet type. */
const BE_NONE: u32 = 0xff05;
export const ETH_TYPE_MIN: u32 = 0x600;
/** aa aa 03 00 00 00: SNAP of Ethernet, before the type. */
const SNAP: u64 = 0x0000_0003_aaaa;
export const SNAP_BYTES: u32 = 8;
/** Bit 12 of a TCI (VLAN_CFI), in a tag read as u32: OVS sets it in every tag of a frame. */
export const TAG_PRESENT: u32 = 0x10_0000;

/**
 * Writes the frame's key. frame: n bytes, 14 or more. vlanLimit: tags that are fields, 0 to 2 (other_config:vlan-limit; ovs-vswitchd's
 * default is 1, ovs-ofctl's 2)
 */
export function extract(key: usize, frame: usize, n: u32, metadata: usize, vlanLimit: u32): void {
  const k = changetype<FlowKey>(key), md = changetype<Metadata>(metadata);
  v128.store(key, i64x2.splat(0), KEY_VALUES + 32); // what keyEqual reads of a short key
  v128.store(key, i64x2.splat(0), KEY_VALUES + 48);
  let at = key + KEY_VALUES, map0 = bit(FLOW_DP_HASH >> 3) | bit(FLOW_PACKET_TYPE >> 3) | bits(FLOW_DL_DST >> 3, 2);
  const marks = load<u64>(metadata, offsetof<Metadata>("skbPriority"));
  if (marks) {
    map0 |= bit(FLOW_SKB_PRIORITY >> 3);
    store<u64>(at, marks);
    at += 8;
  }
  store<u64>(at, <u64>md.dpHash | (<u64>md.inPort << 32));
  at += 8;
  if (md.recircId) {
    map0 |= bit(FLOW_RECIRC_ID >> 3);
    store<u64>(at, <u64>md.recircId);
    at += 8;
  }
  store<u64>(at, 0); // ct_mark, and the packet type of Ethernet
  at += 8;

  // Ethernet: addresses and type fill two words, tags go behind them
  const ethernet = at;
  store<u64>(ethernet, load<u64>(frame));
  at += 16;
  let l3: u32 = 12, type: u32 = load<u16>(frame, 12);
  if (isVlan(type)) {
    let tags: u64 = 0, count: u32 = 0;
    for (; isVlan(type) && count < vlanLimit && n - l3 >= 6; count++) {
      tags |= <u64>(load<u32>(frame + l3) | TAG_PRESENT) << (count << 5);
      l3 += 4;
      type = load<u16>(frame + l3);
    }
    if (count) {
      map0 |= bit(FLOW_VLAN_TPID >> 3);
      store<u64>(at, tags);
      at += 8;
    }
  }
  l3 += 2;
  if (<u32>bswap<u16>(type as u16) < ETH_TYPE_MIN) {
    type = snapType(frame + l3, n - l3);
    l3 += SNAP_BYTES;
  }
  store<u64>(ethernet, <u64>load<u32>(frame, 8) | (<u64>type << 32), 8);

  k.map1 = 0;
  k.hashProto = 0;
  const l3Bytes = n - l3;
  if (type == BE_IPV4) at = extractIpv4(key, at, frame + l3, l3Bytes);
  else if (type == BE_IPV6) at = extractIpv6(key, at, frame + l3, l3Bytes);
  else if (type == BE_ARP || type == BE_RARP) at = extractArp(key, at, frame + l3, l3Bytes);
  else if (type == BE_NSH) at = extractNsh(key, at, frame + l3, l3Bytes);
  else if (type == BE_MPLS || type == BE_MPLS_MCAST) {
    const labels = mplsLabels(frame + l3, l3Bytes);
    if (labels) {
      map0 |= bits(FLOW_MPLS_LSE >> 3, labels > 2 ? 2 : 1);
      store<u64>(at, labels > 1 ? load<u64>(frame + l3) : <u64>load<u32>(frame + l3));
      at += 8;
      if (labels > 2) {
        store<u64>(at, <u64>load<u32>(frame + l3, 8));
        at += 8;
      }
    }
  }
  k.map0 = map0;
  keySeal(key, at);
}

// @ts-ignore: decorator
@inline
export function isVlan(type: u32): bool {
  return type == BE_VLAN || type == BE_QINQ;
}

/** Whether SNAP of Ethernet stands behind an 802.3 length. */
export function isSnap(llc: usize, n: u32): bool {
  return n >= SNAP_BYTES && (load<u64>(llc) & 0xffff_ffff_ffff) == SNAP;
}

/** The type of what stands there: SNAP's, if it is one. */
export function snapType(llc: usize, n: u32): u32 {
  if (!isSnap(llc, n)) return BE_NONE;
  const type: u32 = load<u16>(llc, 6);
  return <u32>bswap<u16>(type as u16) < ETH_TYPE_MIN ? BE_NONE : type;
}

/** Label stack entries up to the bottom of the stack, at most 3 (FLOW_MAX_MPLS_LABELS). */
function mplsLabels(stack: usize, n: u32): u32 {
  let count: u32 = 0;
  while (count < 3 && n >= 4) {
    count++;
    if (load<u8>(stack, 2) & 1) break;
    stack += 4;
    n -= 4;
  }
  return count;
}
