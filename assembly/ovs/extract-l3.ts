// extract-l3 - what miniflow_extract of OVS 3.1 takes of IPv4, IPv6 with its extension headers, ARP and NSH. Each function gets the key,
// where its next value goes, the header and the bytes there are (padding included), sets its bits in map1 and returns where the next
// value would go. L3 padding is never looked into: from an IP header on, only what its length covers counts.
import { FLOW_ARP_SHA, FLOW_IPV6_LABEL, FLOW_IPV6_SRC, FLOW_NSH, FLOW_NW_SRC } from "../abi/flow";
import { IPV6_BYTES, ipv4HeaderBytes, PROTO_TCP, PROTO_UDP } from "../net/layers";
import { extractL4 } from "./extract-l4";
import { bit, bits, FlowKey } from "./flow-key";

const IPV4_BYTES: u32 = 20;
const ARP_BYTES: u32 = 28;
const NSH_BASE_BYTES: u32 = 8;
const NSH_MD1_BYTES: u32 = 24;

/** FLOW_NW_FRAG_ANY and _LATER. */
const FRAG_ANY: u32 = 1;
export const FRAG_LATER: u32 = 2;

const PROTO_HOPOPTS: u32 = 0;
export const PROTO_ROUTING: u32 = 43;
export const PROTO_FRAGMENT: u32 = 44;
export const PROTO_AH: u32 = 51;
const PROTO_DSTOPTS: u32 = 60;

/** ar_hrd 1, ar_pro 0x0800, ar_hln 6, ar_pln 4, as they lie in memory. */
const ARP_ETHERNET_IPV4: u64 = 0x0406_0008_0100;

// @ts-ignore: decorator
@inline
export function be16(at: usize): u32 {
  return bswap<u16>(load<u16>(at));
}

/** ipv4_sanity_check: the version is not looked at; more than 65535 bytes of padding are refused. */
export function ipv4IsSane(ip: usize, n: u32): bool {
  if (n < IPV4_BYTES) return false;
  const header = ipv4HeaderBytes(ip), total = be16(ip + 2);
  return !(header < IPV4_BYTES || header > total || total > n || n - total > 0xffff);
}

/** ipv4_get_nw_frag */
export function ipv4Frag(ip: usize): u32 {
  const offset: u32 = load<u16>(ip, 6);
  if (!(offset & 0xff3f)) return 0;
  return offset & 0xff1f ? FRAG_ANY | FRAG_LATER : FRAG_ANY;
}

/** A header that is too short, or whose lengths cannot be, ends the key here. */
export function extractIpv4(key: usize, at: usize, ip: usize, n: u32): usize {
  if (!ipv4IsSane(ip, n)) return at;
  const header = ipv4HeaderBytes(ip), total = be16(ip + 2), proto: u32 = load<u8>(ip, 9), frag = ipv4Frag(ip);
  changetype<FlowKey>(key).map1 = bit(FLOW_NW_SRC >> 3) | bit(FLOW_IPV6_LABEL >> 3);
  store<u64>(at, load<u64>(ip, 12));
  store<u64>(at, <u64>(frag | (<u32>load<u8>(ip, 1) << 8) | (<u32>load<u8>(ip, 8) << 16) | (proto << 24)) << 32, 8);
  if (frag & FRAG_LATER) return at + 16;
  return extractL4(key, at + 16, ip + header, total - header, proto);
}

/** ipv6_sanity_check */
export function ipv6IsSane(ip: usize, n: u32): bool {
  if (n < IPV6_BYTES) return false;
  const length = be16(ip + 4);
  return !(length + IPV6_BYTES > n || n - (length + IPV6_BYTES) > 0xffff);
}

/** What a walk over extension headers found. */
@unmanaged
export class Ipv6Walk {
  l4: u32; // address of what is behind the last,
  left: u32; // its bytes
  proto: u32; // and protocol
  frag: u32; // nw_frag
}

/** parse_ipv6_ext_hdrs: walks them to the first that is none. @returns false: one is cut off */
export function ipv6Walk(to: usize, ip: usize): bool {
  const w = changetype<Ipv6Walk>(to);
  let l4 = ip + IPV6_BYTES, left = be16(ip + 4), proto: u32 = load<u8>(ip, 6), frag: u32 = 0;
  while (isExtension(proto)) {
    if (left < 8) return false;
    let bytes: u32 = 8;
    const next: u32 = load<u8>(l4);
    if (proto == PROTO_FRAGMENT) {
      const offset: u32 = load<u16>(l4, 2);
      if (offset & 0xf8ff) { // the offset is in the upper 13 bits
        frag = FRAG_ANY | FRAG_LATER;
        break; // what is behind is data: the fragment header is the protocol
      }
      if (offset) frag = FRAG_ANY;
    } else {
      // AH counts in words of 4 less 2, the others in words of 8 less 1
      bytes = proto == PROTO_AH ? (<u32>load<u8>(l4, 1) + 2) << 2 : (<u32>load<u8>(l4, 1) + 1) << 3;
    }
    if (bytes > left) return false;
    proto = next;
    l4 += bytes;
    left -= bytes;
  }
  w.l4 = l4 as u32;
  w.left = left;
  w.proto = proto;
  w.frag = frag;
  return true;
}

/** An extension header that is cut off leaves the addresses alone in the key. */
export function extractIpv6(key: usize, at: usize, ip: usize, n: u32): usize {
  if (!ipv6IsSane(ip, n)) return at;
  const k = changetype<FlowKey>(key), flow = bswap<u32>(load<u32>(ip)), firstProto: u32 = load<u8>(ip, 6);
  k.map1 = bits(FLOW_IPV6_SRC >> 3, 4);
  v128.store(at, v128.load(ip, 8));
  v128.store(at, v128.load(ip, 24), 16);
  at += 32;
  if (!ipv6Walk(at, ip)) return at; // values are not yet there
  const w = changetype<Ipv6Walk>(at), l4: usize = w.l4, left = w.left, proto = w.proto, frag = w.frag;
  k.map1 |= bit(FLOW_IPV6_LABEL >> 3);
  const low = bswap<u32>(flow & 0xf_ffff);
  const high = frag | ((flow >> 20 & 0xff) << 8) | (<u32>load<u8>(ip, 7) << 16) | (proto << 24);
  store<u64>(at, <u64>low | (<u64>high << 32));
  at += 8;
  if (frag & FRAG_LATER) return at;
  const end = extractL4(key, at, l4, left, proto);
  if (proto != firstProto && end != at && (proto == PROTO_TCP || proto == PROTO_UDP)) k.hashProto = 0x100 | firstProto;
  return end;
}

export function isExtension(proto: u32): bool {
  return proto == PROTO_HOPOPTS || proto == PROTO_ROUTING || proto == PROTO_FRAGMENT || proto == PROTO_AH || proto == PROTO_DSTOPTS;
}

/** ARP and RARP of Ethernet and IPv4. An opcode above 255 is no field, the addresses are. */
export function extractArp(key: usize, at: usize, arp: usize, n: u32): usize {
  if (n < ARP_BYTES || (load<u64>(arp) & 0xffff_ffff_ffff) != ARP_ETHERNET_IPV4) return at;
  const k = changetype<FlowKey>(key);
  k.map1 = bit(FLOW_NW_SRC >> 3) | bits(FLOW_ARP_SHA >> 3, 2);
  store<u64>(at, <u64>load<u32>(arp, 14) | (<u64>load<u32>(arp, 24) << 32));
  at += 8;
  if (!load<u8>(arp, 6)) {
    k.map1 |= bit(FLOW_IPV6_LABEL >> 3);
    store<u64>(at, <u64>load<u8>(arp, 7) << 56);
    at += 8;
  }
  store<u64>(at, (load<u64>(arp, 8) & 0xffff_ffff_ffff) | (<u64>load<u16>(arp, 18) << 48));
  store<u64>(at, <u64>load<u32>(arp, 20), 8);
  return at + 16;
}

/** A network service header of version 0; only MD type 1 has context headers in the key. */
export function extractNsh(key: usize, at: usize, nsh: usize, n: u32): usize {
  if (n < NSH_BASE_BYTES) return at;
  const first = be16(nsh), length = (first & 0x3f) << 2, mdType: u32 = load<u8>(nsh, 2);
  if (length > n || first >> 14) return at;
  if (mdType == 1 ? length != NSH_MD1_BYTES : mdType == 2 && length < NSH_BASE_BYTES) return at;
  changetype<FlowKey>(key).map1 = bits(FLOW_NSH >> 3, 3);
  const flags = first >> 12 & 3, ttl = first >> 6 & 0x3f;
  store<u64>(at, <u64>(flags | (ttl << 8) | (mdType << 16) | (<u32>load<u8>(nsh, 3) << 24)) | (<u64>load<u32>(nsh, 4) << 32));
  store<u64>(at, mdType == 1 ? load<u64>(nsh, 8) : 0, 8);
  store<u64>(at, mdType == 1 ? load<u64>(nsh, 16) : 0, 16);
  return at + 24;
}
