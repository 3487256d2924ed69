// csum-parse - what csum finds in a frame: Ethernet with any number of 0x8100 and 0x88a8 tags, IPv4 or IPv6, the L4 protocol; and of a
// tunnel (GTP, VXLAN-GPE, VXLAN, Geneve, GRE, IP in IP) the same of what is inside. Follows the parser of testpmd 22.11's csumonly.
//
// Its limits are kept: IPv6 extension headers are not followed, fragments are whole packets, of GTP only data packets of IPv4 or IPv6,
// IP in IP only as protocol 4, and what an IP-in-IP packet leaves unset (outerProto) is that of the tunnel before it in the burst.
// No length is looked at. Ours: headers that would begin behind the buffer's end are none; the real one reads and writes other memory.
import { Mbuf, mbufData } from "../mbuf/mbuf";
import {
  BE_IPV4, BE_IPV6, BE_QINQ, BE_TEB, BE_VLAN, ETHER_BYTES, IPV6_BYTES, ipv4HeaderBytes, PROTO_GRE, PROTO_IPIP, PROTO_TCP, PROTO_UDP, TAG_BYTES,
  tcpHeaderBytes, UDP_BYTES,
} from "../net/layers";
import { TX_TUNNEL_GENEVE, TX_TUNNEL_GRE, TX_TUNNEL_GTP, TX_TUNNEL_IPIP, TX_TUNNEL_VXLAN, TX_TUNNEL_VXLAN_GPE } from "../mbuf/flags";
import { ForwardConfig } from "./config";

/** Lengths in bytes, types as they lie in memory; after a tunnel was found, those of what is inside, where l2 begins behind the outer L3. */
@unmanaged
export class Parsed {
  l2: u32;
  l3: u32;
  l4: u32;
  ethertype: u32;
  proto: u32;
  tunnel: u32; // 1: the outer ones say something
  outerL2: u32;
  outerL3: u32;
  outerEthertype: u32;
  outerProto: u32;
  limit: u32; // bytes of the buffer from the frame's first byte on that headers may begin in
}

/** Bytes that the longest IP header and an L4 header take. */
const HEADERS_MAX: u32 = 60 + 20;
const BE_GTPC: u32 = 0x4b08; // 2123
const BE_GTPU: u32 = 0x6808; // 2152
const BE_VXLAN: u32 = 0xb512; // 4789
const VXLAN_BYTES: u32 = 8;
const GENEVE_BYTES: u32 = 8;
const GTP_BYTES: u32 = 8;
const GTP_DATA: u32 = 0xff;
const GTP_OPTIONAL: u32 = 7; // E, S and PN: any brings a word of four bytes
const GRE_BYTES: u32 = 4;
const GRE_WORD: u32 = 4;
const GPE_IPV4: u32 = 1;
const GPE_IPV6: u32 = 2;
const GPE_ETHERNET: u32 = 3;

/** Parses the frame of m. The tunnel is not looked for. */
// @ts-ignore: decorator
@inline
export function parseFrame(i: Parsed, m: usize, frame: usize): void {
  const mbuf = changetype<Mbuf>(m);
  i.limit = <u32>mbuf.bufferLength - <u32>mbuf.dataOff - HEADERS_MAX;
  i.tunnel = 0;
  parseEthernet(i, frame, 0);
}

/** at: where the Ethernet header begins in the frame */
// @ts-ignore: decorator
@inline
function parseEthernet(i: Parsed, frame: usize, at: u32): void {
  const header = frame + at;
  let type: u32 = load<u16>(header, 12), l2 = ETHER_BYTES;
  while (type == BE_VLAN || type == BE_QINQ) {
    if (at + l2 > i.limit) {
      type = 0;
      break;
    }
    type = load<u16>(header + l2, 2);
    l2 += TAG_BYTES;
  }
  i.l2 = l2;
  i.ethertype = type;
  if (type == BE_IPV4) {
    parseIpv4(i, header + l2);
  } else if (type == BE_IPV6) {
    parseIpv6(i, header + l2);
  } else {
    i.l3 = 0;
    i.l4 = 0;
    i.proto = 0;
  }
}

// @ts-ignore: decorator
@inline
function parseIpv4(i: Parsed, ip: usize): void {
  const l3 = ipv4HeaderBytes(ip), proto: u32 = load<u8>(ip, 9);
  i.l3 = l3;
  i.proto = proto;
  i.l4 = proto == PROTO_TCP ? tcpHeaderBytes(ip + l3) : proto == PROTO_UDP ? UDP_BYTES : 0;
}

// @ts-ignore: decorator
@inline
function parseIpv6(i: Parsed, ip: usize): void {
  const proto: u32 = load<u8>(ip, 6);
  i.l3 = IPV6_BYTES;
  i.proto = proto;
  i.l4 = proto == PROTO_TCP ? tcpHeaderBytes(ip + IPV6_BYTES) : proto == PROTO_UDP ? UDP_BYTES : 0;
}

/** Looks for a tunnel behind the L3 header that was parsed. @returns TX_TUNNEL_*, 0: none */
export function parseTunnel(i: Parsed, m: usize, c: ForwardConfig): u64 {
  const frame = mbufData(m), at = i.l2 + i.l3;
  let found: u64 = 0;
  if (i.proto == PROTO_UDP) {
    found = parseGtp(i, frame, at) ? TX_TUNNEL_GTP
      : parseVxlanGpe(i, frame, at, bswap<u16>(c.vxlanGpePort)) ? TX_TUNNEL_VXLAN_GPE
      : parseVxlan(i, frame, at) ? TX_TUNNEL_VXLAN
      : parseGeneve(i, frame, at, bswap<u16>(c.genevePort)) ? TX_TUNNEL_GENEVE
      : 0;
  } else if (i.proto == PROTO_GRE) {
    if (parseGre(i, frame, at)) found = TX_TUNNEL_GRE;
  } else if (i.proto == PROTO_IPIP) {
    if (parseEncapsulated(i, frame, at)) found = TX_TUNNEL_IPIP;
  }
  if (found && i.outerL2 + i.outerL3 + i.l2 > i.limit) i.ethertype = 0;
  return found;
}

/** What was parsed becomes the outer layers. */
function becomeOuter(i: Parsed): void {
  i.tunnel = 1;
  i.outerEthertype = i.ethertype;
  i.outerL2 = i.l2;
  i.outerL3 = i.l3;
  i.outerProto = i.proto;
}

/** An inner IP packet at `at` of the frame; l2: bytes between the outer L3 header and it. */
function parseInner(i: Parsed, frame: usize, at: u32, ethertype: u32, l2: u32): void {
  becomeOuter(i);
  if (ethertype == BE_IPV4) parseIpv4(i, frame + at);
  else parseIpv6(i, frame + at);
  i.ethertype = ethertype;
  i.l2 = l2;
}

/** An inner Ethernet frame, likewise. */
function parseInnerEthernet(i: Parsed, frame: usize, at: u32, l2: u32): void {
  becomeOuter(i);
  parseEthernet(i, frame, at);
  i.l2 += l2;
}

/** at: where the UDP header begins. @returns whether it is one */
function parseGtp(i: Parsed, frame: usize, at: u32): bool {
  const udp = frame + at, to: u32 = load<u16>(udp, 2);
  if (to != BE_GTPC && <u32>load<u16>(udp) != BE_GTPC && to != BE_GTPU) return false;
  becomeOuter(i);
  const flags: u32 = load<u8>(udp, UDP_BYTES), bytes = GTP_BYTES + (flags & GTP_OPTIONAL ? 4 : 0);
  if (load<u8>(udp, UDP_BYTES + 1) == GTP_DATA) {
    const ip = udp + UDP_BYTES + bytes, version: u32 = load<u8>(ip) & 0xf0;
    if (version == 0x40) {
      i.ethertype = BE_IPV4;
      parseIpv4(i, ip);
    } else if (version == 0x60) {
      i.ethertype = BE_IPV6;
      parseIpv6(i, ip);
    } // else everything stays what the outer packet's was
  } else {
    i.ethertype = 0;
    i.l4 = 0;
    i.l3 = 0;
    i.proto = 0;
  }
  i.l2 = bytes + UDP_BYTES;
  return true;
}

function parseVxlanGpe(i: Parsed, frame: usize, at: u32, port: u32): bool {
  if (<u32>load<u16>(frame + at, 2) != port) return false;
  const next: u32 = load<u8>(frame + at, UDP_BYTES + 3), l2 = UDP_BYTES + VXLAN_BYTES;
  if (next == 0 || next == GPE_IPV4) parseInner(i, frame, at + l2, BE_IPV4, l2);
  else if (next == GPE_IPV6) parseInner(i, frame, at + l2, BE_IPV6, l2);
  else if (next == GPE_ETHERNET) parseInnerEthernet(i, frame, at + l2, l2);
  return i.tunnel != 0;
}

function parseVxlan(i: Parsed, frame: usize, at: u32): bool {
  if (<u32>load<u16>(frame + at, 2) != BE_VXLAN) return false;
  parseInnerEthernet(i, frame, at + UDP_BYTES + VXLAN_BYTES, UDP_BYTES + VXLAN_BYTES);
  return true;
}

function parseGeneve(i: Parsed, frame: usize, at: u32, port: u32): bool {
  if (<u32>load<u16>(frame + at, 2) != port) return false;
  const geneve = frame + at + UDP_BYTES, type: u32 = load<u16>(geneve, 2);
  const l2 = UDP_BYTES + GENEVE_BYTES + ((<u32>load<u8>(geneve) & 0x3f) << 2);
  if (type == 0 || type == BE_IPV4) parseInner(i, frame, at + l2, BE_IPV4, l2);
  else if (type == BE_IPV6) parseInner(i, frame, at + l2, BE_IPV6, l2);
  else if (type == BE_TEB) parseInnerEthernet(i, frame, at + l2, l2);
  return i.tunnel != 0;
}

/** at: where the GRE header begins */
function parseGre(i: Parsed, frame: usize, at: u32): bool {
  const flags: u32 = load<u8>(frame + at), type: u32 = load<u16>(frame + at, 2);
  // checksum, key and sequence: bits 7, 5 and 4 of the first byte
  const l2 = GRE_BYTES + GRE_WORD * (((flags >> 7) & 1) + ((flags >> 5) & 1) + ((flags >> 4) & 1));
  if (type == BE_IPV4 || type == BE_IPV6) parseInner(i, frame, at + l2, type, l2);
  else if (type == BE_TEB) parseInnerEthernet(i, frame, at + l2, l2);
  return i.tunnel != 0;
}

/** at: where the inner IP header begins */
function parseEncapsulated(i: Parsed, frame: usize, at: u32): bool {
  const version: u32 = load<u8>(frame + at) >> 4;
  if (version != 4 && version != 6) return false;
  const outerProto = i.outerProto;
  parseInner(i, frame, at, version == 4 ? BE_IPV4 : BE_IPV6, 0);
  i.outerProto = outerProto;
  return true;
}
