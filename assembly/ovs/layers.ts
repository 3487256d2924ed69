// layers - where a frame's layers begin, as extraction leaves it in a packet (l2_5_ofs, l3_ofs, l4_ofs and l2_pad_size of struct dp_packet),
// with what the simple match table wants (parse_tcp_flags). Follows lib/flow.c of OVS 3.1, to what a broken header leaves unset. A packet
// carries the offsets while its actions are carried out; what is pushed and popped moves them.
import { BE_IPV4, BE_IPV6, ipv4HeaderBytes, IPV6_BYTES, PROTO_TCP, TAG_BYTES } from "../net/layers";
import { BE_MPLS, BE_MPLS_MCAST, ETH_TYPE_MIN, isSnap, isVlan, SNAP_BYTES, snapType, TAG_PRESENT } from "./extract";
import { be16, FRAG_LATER, ipv4Frag, ipv4IsSane, ipv6IsSane, Ipv6Walk, ipv6Walk } from "./extract-l3";

@unmanaged
export class Layers {
  l25: u16; // MPLS
  l3: u16;
  l4: u16;
  padding: u16; // bytes behind what the IP header covers
  // of the frame just looked at; packets do not carry these
  type: u16; // Ethernet's, as it lies in memory
  tci: u16; // the first tag's, as the CPU has it, 0: none
  frag: u16; // nw_frag
  tcpFlags: u16;
}

/** Of a layer that is not there (UINT16_MAX). */
export const NO_LAYER: u32 = 0xffff;
/** Bytes of what packets carry. */
export const LAYERS_BYTES: usize = 8;
/** Bytes that layersParse writes: the struct, and behind it what its walk over IPv6 found. */
export const LAYERS_PARSED_BYTES: u32 = 32;
const WALK: usize = 16;
if (offsetof<Layers>() != WALK || (WALK as u32) + offsetof<Ipv6Walk>() > LAYERS_PARSED_BYTES) ERROR();

/** None of the three, no padding. */
const NOTHING: u64 = 0x0000_ffff_ffff_ffff;
const TCP_BYTES: u32 = 20;

/** frame: n bytes, 14 or more; vlanLimit: as extraction's. to: LAYERS_PARSED_BYTES */
export function layersParse(to: usize, frame: usize, n: u32, vlanLimit: u32): void {
  const l = changetype<Layers>(to);
  store<u64>(to, NOTHING);
  store<u64>(to, 0, 8);
  let at: u32 = 12, type: u32 = load<u16>(frame, 12);
  for (let tags: u32 = 0; isVlan(type) && tags < vlanLimit && n - at >= TAG_BYTES + 2; tags++) {
    if (tags == 0) l.tci = bswap<u16>(((load<u32>(frame + at) | TAG_PRESENT) >> 16) as u16);
    at += TAG_BYTES;
    type = load<u16>(frame + at);
  }
  at += 2;
  if (<u32>bswap<u16>(type as u16) < ETH_TYPE_MIN) {
    type = snapType(frame + at, n - at);
    if (isSnap(frame + at, n - at)) at += SNAP_BYTES;
  }
  l.type = type as u16;
  if (type == BE_MPLS || type == BE_MPLS_MCAST) {
    l.l25 = at as u16;
    at += labelBytes(frame + at, n - at);
  }
  l.l3 = at as u16;
  if (type == BE_IPV4) parseIpv4(l, frame, at, n);
  else if (type == BE_IPV6) parseIpv6(l, frame, at, n);
}

/** Of a label stack, to its bottom. */
function labelBytes(stack: usize, n: u32): u32 {
  let bytes: u32 = 0;
  while (n - bytes >= 4) {
    bytes += 4;
    if (load<u8>(stack + bytes - 2) & 1) break;
  }
  return bytes;
}

function parseIpv4(l: Layers, frame: usize, l3: u32, n: u32): void {
  const ip = frame + l3;
  if (!ipv4IsSane(ip, n - l3)) return;
  const header = ipv4HeaderBytes(ip), total = be16(ip + 2);
  l.padding = (n - l3 - total) as u16;
  l.frag = ipv4Frag(ip) as u16;
  l.l4 = (l3 + header) as u16;
  if (load<u8>(ip, 9) == PROTO_TCP) parseTcp(l, ip + header, total - header);
}

function parseIpv6(l: Layers, frame: usize, l3: u32, n: u32): void {
  const ip = frame + l3, walk = changetype<usize>(l) + WALK, w = changetype<Ipv6Walk>(walk);
  if (!ipv6IsSane(ip, n - l3)) return;
  l.padding = (n - l3 - IPV6_BYTES - be16(ip + 4)) as u16;
  if (!ipv6Walk(walk, ip)) return;
  l.frag = w.frag as u16;
  l.l4 = (w.l4 - (frame as u32)) as u16;
  if (w.proto == PROTO_TCP) parseTcp(l, w.l4, w.left);
}

/** Unlike extraction's, the flags of a header whose length is wrong count. */
function parseTcp(l: Layers, tcp: usize, n: u32): void {
  if (<u32>l.frag & FRAG_LATER || n < TCP_BYTES) return;
  l.tcpFlags = (be16(tcp + 12) & 0xfff) as u16;
}
