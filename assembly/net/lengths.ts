// lengths - where a frame's headers lie and what its L4 protocol is, as rte_net_get_ptype of DPDK 22.11 finds it: one tag, or two behind 0x88a8;
// IPv6 extension headers up to five; fragments have no L4 header.
// Not modelled: headers beyond the first segment, what is inside a tunnel, MPLS (none has an L4 protocol here).
import { BE_IPV4, BE_IPV6, BE_QINQ, BE_VLAN, ETHER_BYTES, IPV6_BYTES, ipv4HeaderBytes, PROTO_SCTP, PROTO_TCP, PROTO_UDP, TAG_BYTES, tcpHeaderBytes, UDP_BYTES } from "./layers";

const IPV4_BYTES: u32 = 20;
const TCP_BYTES: u32 = 20;
const SCTP_BYTES: u32 = 12;
/** Offset and MF of a fragment, as they lie in memory. */
const BE_FRAGMENT: u32 = 0xff3f;
const EXTENSION_HOPOPTS: u32 = 0;
const EXTENSION_ROUTING: u32 = 43;
const EXTENSION_FRAGMENT: u32 = 44;
const EXTENSION_DSTOPTS: u32 = 60;
const EXTENSIONS_MAX: u32 = 5;

/** l2_len, l3_len, l4_len and the protocol, 16 bits each; protocol: TCP, UDP, SCTP or 0. */
// @ts-ignore: decorator
@inline
function lengthsOf(l2: u32, l3: u32, l4: u32, proto: u32): u64 {
  return <u64>l2 | (<u64>l3 << 16) | (<u64>l4 << 32) | (<u64>proto << 48);
}

// @ts-ignore: decorator
@inline
export function lengthsL4(l: u64): u32 {
  return ((l & 0xffff) + ((l >> 16) & 0xffff)) as u32;
}

// @ts-ignore: decorator
@inline
export function lengthsEnd(l: u64): u32 {
  return lengthsL4(l) + (((l >> 32) & 0xffff) as u32);
}

// @ts-ignore: decorator
@inline
export function lengthsProto(l: u64): u32 {
  return (l >> 48) as u32;
}

/** frame: n bytes in one piece. @returns see lengthsL4 (where the L4 header begins), lengthsEnd (where it ends) and lengthsProto */
export function headerLengths(frame: usize, n: u32): u64 {
  if (n < ETHER_BYTES) return 0;
  let l2 = ETHER_BYTES, type: u32 = load<u16>(frame, 12);
  const tags: u32 = type == BE_VLAN ? 1 : type == BE_QINQ ? 2 : 0;
  if (tags) {
    l2 += tags * TAG_BYTES;
    if (n < l2) return ETHER_BYTES;
    type = load<u16>(frame + l2 - 2);
  }
  if (type == BE_IPV4) {
    if (n < l2 + IPV4_BYTES) return l2;
    const ip = frame + l2, l3 = ipv4HeaderBytes(ip);
    if (<u32>load<u16>(ip, 6) & BE_FRAGMENT) return lengthsOf(l2, l3, 0, 0);
    return withL4(frame, n, l2, l3, load<u8>(ip, 9));
  }
  if (type != BE_IPV6 || n < l2 + IPV6_BYTES) return l2;
  let proto: u32 = load<u8>(frame + l2, 6), at = l2 + IPV6_BYTES;
  for (let i: u32 = 0; i < EXTENSIONS_MAX; i++) {
    if (proto == EXTENSION_FRAGMENT) return lengthsOf(l2, at + 8 - l2, 0, 0);
    if (proto != EXTENSION_HOPOPTS && proto != EXTENSION_ROUTING && proto != EXTENSION_DSTOPTS) return withL4(frame, n, l2, at - l2, proto);
    if (n < at + 2) break;
    proto = load<u8>(frame + at);
    at += (<u32>load<u8>(frame + at, 1) + 1) << 3;
  }
  return lengthsOf(l2, IPV6_BYTES, 0, 0);
}

function withL4(frame: usize, n: u32, l2: u32, l3: u32, proto: u32): u64 {
  const at = l2 + l3;
  if (proto == PROTO_UDP) return lengthsOf(l2, l3, UDP_BYTES, proto);
  if (proto == PROTO_SCTP) return lengthsOf(l2, l3, SCTP_BYTES, proto);
  if (proto != PROTO_TCP || n < at + TCP_BYTES) return lengthsOf(l2, l3, 0, 0);
  return lengthsOf(l2, l3, tcpHeaderBytes(frame + at), proto);
}
