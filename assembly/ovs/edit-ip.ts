// edit-ip - actions on IPv4 and IPv6 headers, with the checksums that depend on them. Follows odp_set_ipv4, odp_set_ipv6
// (lib/odp-execute.c), packet_set_ipv4_addr and packet_set_ipv6 (lib/packets.c) of OVS 3.1. Only addresses that change touch a checksum;
// a routing header that is not used up, and a fragment header but a first fragment's, leave it as it is.
import { Mbuf, mbufData } from "../mbuf/mbuf";
import { IPV6_BYTES, PROTO_TCP, PROTO_UDP, UDP_BYTES } from "../net/layers";
import { update16, update32, updateBytes } from "./checksum-update";
import { isExtension, PROTO_AH, PROTO_FRAGMENT, PROTO_ROUTING } from "./extract-l3";
import { Layers, NO_LAYER } from "./layers";

const PROTO_ICMPV6: u32 = 58;
const IPV4_BYTES: u32 = 20;
const TCP_BYTES: u32 = 20;
const ICMP_BYTES: u32 = 4;
const TCP_SUM: usize = 16;
const UDP_SUM: usize = 6;
const ICMP_SUM: usize = 2;
const IP_SUM: usize = 10;
const IPV4_SRC: usize = 12;
const IPV4_DST: usize = 16;
const IPV6_SRC: usize = 8;
const IPV6_DST: usize = 24;
/** Where the arguments have each, and their masks so much farther. */
const ARG_TOS: usize = 8;
const ARG_TTL: usize = 9;
const IPV4_MASKS: usize = 12;
const ARG6_LABEL: usize = 32;
const ARG6_CLASS: usize = 36;
const ARG6_HOPS: usize = 37;
const IPV6_MASKS: usize = 40;

/** dp_packet_l4_size */
export function l4Bytes(m: usize, layers: usize): u32 {
  const l = changetype<Layers>(layers);
  return <u32>l.l4 == NO_LAYER ? 0 : changetype<Mbuf>(m).pktLen - <u32>l.l4 - <u32>l.padding;
}

/** args: src, dst, tos with ttl above it, and their masks */
export function setIpv4(m: usize, layers: usize, args: usize): void {
  const l3: u32 = changetype<Layers>(layers).l3;
  if (l3 + IPV4_BYTES > <u32>changetype<Mbuf>(m).dataLen) return; // cut off; OVS writes behind it
  const ip = mbufData(m) + l3;
  setAddress(m, layers, ip, IPV4_SRC, load<u32>(args), load<u32>(args, IPV4_MASKS));
  setAddress(m, layers, ip, IPV4_DST, load<u32>(args, 4), load<u32>(args, IPV4_MASKS + 4));
  const tos: u32 = load<u8>(ip, 1), ttl: u32 = load<u8>(ip, 8);
  const newTos = <u32>load<u8>(args, ARG_TOS) | (tos & ~(<u32>load<u8>(args, IPV4_MASKS + ARG_TOS)));
  const newTtl = <u32>load<u8>(args, ARG_TTL) | (ttl & ~(<u32>load<u8>(args, IPV4_MASKS + ARG_TTL)));
  if (newTos != tos) {
    // the low byte of its 16 bits, so the high one as it lies in memory
    store<u16>(ip, update16(load<u16>(ip, IP_SUM), tos << 8, newTos << 8) as u16, IP_SUM);
    store<u8>(ip, newTos as u8, 1);
  }
  if (newTtl != ttl) {
    store<u16>(ip, update16(load<u16>(ip, IP_SUM), ttl, newTtl) as u16, IP_SUM);
    store<u8>(ip, newTtl as u8, 8);
  }
}

/** packet_set_ipv4_addr */
function setAddress(m: usize, layers: usize, ip: usize, offset: usize, value: u32, mask: u32): void {
  const before = load<u32>(ip + offset), after = value | (before & ~mask);
  if (before == after) return;
  const l4 = mbufData(m) + <u32>changetype<Layers>(layers).l4, bytes = l4Bytes(m, layers), proto: u32 = load<u8>(ip, 9);
  if (proto == PROTO_TCP && bytes >= TCP_BYTES) {
    store<u16>(l4, update32(load<u16>(l4, TCP_SUM), before, after) as u16, TCP_SUM);
  } else if (proto == PROTO_UDP && bytes >= UDP_BYTES && load<u16>(l4, UDP_SUM)) {
    storeUdpSum(l4, update32(load<u16>(l4, UDP_SUM), before, after));
  }
  store<u16>(ip, update32(load<u16>(ip, IP_SUM), before, after) as u16, IP_SUM);
  store<u32>(ip + offset, after);
}

/** UDP's zero says that there is no checksum. */
export function storeUdpSum(udp: usize, sum: u32): void {
  store<u16>(udp, (sum ? sum : 0xffff) as u16, UDP_SUM);
}

/** args: src, dst, label, traffic class with hop limit above it, and their masks. scratch: 16 bytes */
export function setIpv6(m: usize, layers: usize, args: usize, scratch: usize): void {
  const l = changetype<Layers>(layers);
  if (<u32>l.l3 + IPV6_BYTES > <u32>changetype<Mbuf>(m).dataLen) return;
  const ip = mbufData(m) + <u32>l.l3, walked = walk(ip, l), proto = walked & 0xff;
  const sums = !(walked & NO_SUM);
  setAddress6(m, layers, ip + IPV6_SRC, args, sums, proto, scratch);
  setAddress6(m, layers, ip + IPV6_DST, args + 16, sums && !(walked & ROUTED), proto, scratch);
  const first = bswap<u32>(load<u32>(ip)), oldClass = first >> 20 & 0xff, label = load<u32>(ip) & BE_LABEL;
  const newClass = <u32>load<u8>(args, ARG6_CLASS) | (oldClass & ~(<u32>load<u8>(args, IPV6_MASKS + ARG6_CLASS)) & 0xff);
  const newLabel = load<u32>(args, ARG6_LABEL) | (label & ~load<u32>(args, IPV6_MASKS + ARG6_LABEL));
  store<u32>(ip, (bswap<u32>((first & 0xf000_0000) | (newClass << 20))) | newLabel);
  const hops: u32 = load<u8>(ip, 7);
  store<u8>(ip, (<u32>load<u8>(args, ARG6_HOPS) | (hops & ~(<u32>load<u8>(args, IPV6_MASKS + ARG6_HOPS)))) as u8, 7);
}

/** The flow label's bits, as they lie in memory. */
const BE_LABEL: u32 = 0xffff_0f00;

/** packet_set_ipv6_addr, if it changes. args: value, and IPV6_MASKS behind it the mask */
function setAddress6(m: usize, layers: usize, at: usize, args: usize, sums: bool, proto: u32, scratch: usize): void {
  const before = v128.load(at), after = v128.or(v128.load(args), v128.andnot(before, v128.load(args + IPV6_MASKS)));
  if (!v128.any_true(v128.xor(before, after))) return;
  v128.store(scratch, after);
  if (sums) updateL4Sum(m, layers, at, scratch, proto);
  v128.store(at, after);
}

/** packet_update_csum128: the transport's checksum when 16 bytes change that it covers. */
export function updateL4Sum(m: usize, layers: usize, before: usize, after: usize, proto: u32): void {
  const l4 = mbufData(m) + <u32>changetype<Layers>(layers).l4, bytes = l4Bytes(m, layers);
  if (proto == PROTO_TCP && bytes >= TCP_BYTES) {
    store<u16>(l4, updateBytes(load<u16>(l4, TCP_SUM), before, after, 16) as u16, TCP_SUM);
  } else if (proto == PROTO_UDP && bytes >= UDP_BYTES) {
    if (load<u16>(l4, UDP_SUM)) storeUdpSum(l4, updateBytes(load<u16>(l4, UDP_SUM), before, after, 16));
  } else if (proto == PROTO_ICMPV6 && bytes >= ICMP_BYTES) {
    store<u16>(l4, updateBytes(load<u16>(l4, ICMP_SUM), before, after, 16) as u16, ICMP_SUM);
  }
}

/** Beside the protocol: a routing header has segments left, and checksums stay. */
const ROUTED: u32 = 0x100;
const NO_SUM: u32 = 0x200;

/** packet_rh_present: the last protocol that its walk up to the transport's header finds, with the two bits. */
function walk(ip: usize, l: Layers): u32 {
  // without a transport's header it goes as far as the offset's 16 bits say
  let left: u32 = <u32>l.l4 - <u32>l.l3, at = ip + IPV6_BYTES, flags: u32 = 0;
  if (<i32>left < <i32>IPV6_BYTES) return 0;
  let proto: u32 = load<u8>(ip, 6);
  left -= IPV6_BYTES;
  while (isExtension(proto)) {
    if (left < 8) break;
    const next: u32 = load<u8>(at);
    let bytes = (<u32>load<u8>(at, 1) + 1) << 3;
    if (proto == PROTO_AH) {
      bytes = (<u32>load<u8>(at, 1) + 2) << 2;
    } else if (proto == PROTO_FRAGMENT) {
      const offset: u32 = load<u16>(at, 2);
      flags = (flags & ~NO_SUM) | (!(offset & BE_OFFSET) && offset & BE_MORE ? 0 : NO_SUM);
      bytes = 8;
    } else if (proto == PROTO_ROUTING && load<u8>(at, 3)) {
      return flags | ROUTED | proto;
    }
    proto = next;
    if (left < bytes) break;
    left -= bytes;
    at += bytes;
  }
  return flags | proto;
}

/** IP6F_OFF_MASK and IP6F_MORE_FRAG, as they lie in memory. */
const BE_OFFSET: u32 = 0xf8ff;
const BE_MORE: u32 = 0x0100;
