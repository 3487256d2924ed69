// vlan - a VLAN tag put into a packet, or taken out, in software: follows rte_vlan_insert and rte_vlan_strip of DPDK 22.11.
import { OL_FLAGS_KEPT, RX_VLAN, RX_VLAN_STRIPPED, TX_TUNNEL_MASK, TX_VLAN } from "./flags";
import { Mbuf } from "./mbuf";

const TAG_BYTES: u32 = 4;
/** 0x8100 as it lies in memory. */
const BE_VLAN: u32 = 0x0081;
const ADDRESSES: usize = 12;
/** l2_len and outer_l2_len: 7-bit fields of tx_offload. */
const L2_LENGTH: u64 = 0x7f;
const OUTER_L2_SHIFT: u64 = 49;

/**
 * Inserts 0x8100 and vlanTci behind the addresses, before tags that are there; the headroom gives the four bytes.
 * @returns false, and nothing is changed: the packet is shared, its first segment shorter than two addresses, or the headroom used up
 */
export function vlanInsert(m: usize): bool {
  const p = changetype<Mbuf>(m), flags = p.olFlags;
  if (flags & OL_FLAGS_KEPT || p.refcnt > 1 || <usize>p.dataLen < ADDRESSES || <u32>p.dataOff < TAG_BYTES) return false;
  p.dataOff = p.dataOff - 4;
  p.dataLen = p.dataLen + 4;
  p.pktLen += TAG_BYTES;
  const frame: usize = p.buffer + <u32>p.dataOff;
  const low = load<u64>(frame, 4), high = load<u32>(frame, 12);
  store<u64>(frame, low);
  store<u32>(frame, high, 8);
  store<u32>(frame, 0x0081 | (<u32>bswap<u16>(p.vlanTci) << 16), 12);
  p.olFlags = flags & ~(RX_VLAN_STRIPPED | TX_VLAN);
  const shift: u64 = flags & TX_TUNNEL_MASK ? OUTER_L2_SHIFT : 0, field = L2_LENGTH << shift;
  p.txOffload = (p.txOffload & ~field) | ((p.txOffload + (<u64>TAG_BYTES << shift)) & field);
  return true;
}

/**
 * Takes the first tag, of 0x8100, out of a packet and into vlanTci: rte_vlan_strip.
 * @returns whether there was one. A first segment that ends in it is left alone
 */
export function vlanStrip(m: usize): bool {
  const p = changetype<Mbuf>(m), frame: usize = p.buffer + <u32>p.dataOff;
  if (<u32>load<u16>(frame, ADDRESSES) != BE_VLAN || <usize>p.dataLen < ADDRESSES + 2 + TAG_BYTES) return false;
  const low = load<u64>(frame), high = load<u32>(frame, 8);
  p.vlanTci = bswap<u16>(load<u16>(frame, ADDRESSES + 2));
  p.olFlags |= RX_VLAN | RX_VLAN_STRIPPED;
  store<u64>(frame, low, TAG_BYTES);
  store<u32>(frame, high, 8 + TAG_BYTES);
  p.dataOff = p.dataOff + 4;
  p.dataLen = p.dataLen - 4;
  p.pktLen -= TAG_BYTES;
  return true;
}
