// net-header - struct virtio_net_hdr; virtio 1.3, 5.1.6. Ten bytes for a legacy device without mergeable buffers, else twelve.
// | 0 flags u8 | 1 gso_type u8 | 2 hdr_len u16 | 4 gso_size u16 | 6 csum_start u16 | 8 csum_offset u16 | 10 num_buffers u16 |
// The first eight bytes are handled as one u64, the "word", read once: a peer may change them while we look.
//
// Follows DPDK 22.11: virtio_rx_offload and virtqueue_xmit_offload of the PMD, vhost_dequeue_offload (with legacy-ol-flags its other form) and
// virtio_enqueue_offload of the vhost library. Kept of theirs: a driver drops ECN, UDP segments and a segment size of 0, a device passes such
// packets on as they are; requests are believed without NEEDS_CSUM. Ours: a checksum that would begin behind the packet is not summed (theirs
// reads on through memory): the driver drops the packet, the device passes it on.
import { TX_IP_CKSUM, TX_IPV4, TX_IPV6, TX_L4_MASK, TX_SCTP_CKSUM, TX_TCP_CKSUM, TX_TCP_SEG, TX_UDP_CKSUM, TX_UDP_SEG, RX_L4_CKSUM_GOOD, RX_L4_CKSUM_NONE, RX_LRO } from "../mbuf/flags";
import { Mbuf, mbufData } from "../mbuf/mbuf";
import {
  mbufL2, mbufL3, mbufL4, mbufSegmentSize, mbufSetLengths, mbufSetSegmentSize, prepareChecksums, SCTP_CHECKSUM_AT, TCP_CHECKSUM_AT, TX_REQUESTS, UDP_CHECKSUM_AT,
} from "../mbuf/prepare";
import { NO_SUM, packetSum } from "../mbuf/packet-sum";
import { ipv4WriteChecksum, sumFold } from "../net/checksum";
import { BE_IPV4, BE_IPV6, BE_VLAN, ETHER_BYTES, IPV6_BYTES, ipv4HeaderBytes, PROTO_SCTP, PROTO_TCP, PROTO_UDP, TAG_BYTES, tcpHeaderBytes } from "../net/layers";
import { headerLengths, lengthsEnd, lengthsProto } from "../net/lengths";
import { DeviceQueue } from "./virtqueue";

/** flags and gso_type as one u16: 0 where nothing is asked. */
export const NET_HEADER_FLAGS: usize = 0;
export const NET_HEADER_CSUM_OFFSET: usize = 8;
export const NET_HEADER_NUM_BUFFERS: usize = 10;
const VIRTIO_NET_HDR_F_NEEDS_CSUM: u32 = 1;
const VIRTIO_NET_HDR_F_DATA_VALID: u32 = 2;
const VIRTIO_NET_HDR_GSO_TCPV4: u32 = 1;
const VIRTIO_NET_HDR_GSO_UDP: u32 = 3;
const VIRTIO_NET_HDR_GSO_TCPV6: u32 = 4;
const VIRTIO_NET_HDR_GSO_ECN: u32 = 0x80;

// @ts-ignore: decorator
@inline
function gsoType(word: u64): u32 {
  return ((word >> 8) & 0xff) as u32;
}

// @ts-ignore: decorator
@inline
function gsoSize(word: u64): u32 {
  return ((word >> 32) & 0xffff) as u32;
}

/** Sums from csum_start to the packet's end and writes the result. @returns false: it begins behind the packet */
function finishChecksum(m: usize, word: u64, offset: u32): bool {
  const mbuf = changetype<Mbuf>(m), start = (word >> 48) as u32, at = (start + offset) & 0xffff;
  if (start > mbuf.pktLen) return false;
  const sum = packetSum(m, start, mbuf.pktLen - start);
  if (sum == NO_SUM) return false;
  let checksum = sumFold(sum);
  if (checksum != 0xffff) checksum = ~checksum;
  if (<u32>mbuf.dataLen >= at + 1 && <u32>mbuf.dataOff + at + 2 <= <u32>mbuf.bufferLength) store<u16>(mbufData(m) + at, checksum as u16);
  return true;
}

/** NEEDS_CSUM: left to whoever gets the packet where its L4 protocol is known, else done here. @returns false: it could not be done */
function takeChecksum(m: usize, word: u64, offset: u32, lengths: u64): bool {
  if (((word >> 48) as u32) > lengthsEnd(lengths) || lengthsProto(lengths) == 0) return finishChecksum(m, word, offset);
  changetype<Mbuf>(m).olFlags |= RX_L4_CKSUM_NONE;
  return true;
}

/** What a header says to a driver, as Rx flags. m: complete but for further buffers. @returns false: the packet is to be dropped */
export function driverTakeRequest(m: usize, word: u64, offset: u32): bool {
  if (!(word & 0xffff)) return true;
  const mbuf = changetype<Mbuf>(m), lengths = headerLengths(mbufData(m), mbuf.dataLen), flags = (word & 0xff) as u32, gso = gsoType(word);
  if (flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
    if (!takeChecksum(m, word, offset, lengths)) return false;
  } else if (flags & VIRTIO_NET_HDR_F_DATA_VALID && lengthsProto(lengths)) {
    mbuf.olFlags |= RX_L4_CKSUM_GOOD;
  }
  if (gso == 0) return true;
  if (gsoSize(word) == 0 || (gso != VIRTIO_NET_HDR_GSO_TCPV4 && gso != VIRTIO_NET_HDR_GSO_TCPV6)) return false;
  mbufSetSegmentSize(m, gsoSize(word));
  mbuf.olFlags |= RX_LRO | RX_L4_CKSUM_NONE;
  return true;
}

/** What a header says to a device, as Rx flags. */
export function deviceTakeRequest(m: usize, word: u64, offset: u32): void {
  if (!(word & 0xffff)) return;
  const mbuf = changetype<Mbuf>(m), lengths = headerLengths(mbufData(m), mbuf.dataLen), gso = gsoType(word) & ~VIRTIO_NET_HDR_GSO_ECN;
  if (word & VIRTIO_NET_HDR_F_NEEDS_CSUM && !takeChecksum(m, word, offset, lengths)) return;
  if (gsoType(word) == 0 || gsoSize(word) == 0) return;
  const proto = gso == VIRTIO_NET_HDR_GSO_UDP ? PROTO_UDP : gso == VIRTIO_NET_HDR_GSO_TCPV4 || gso == VIRTIO_NET_HDR_GSO_TCPV6 ? PROTO_TCP : 0;
  if (proto == 0 || lengthsProto(lengths) != proto) return;
  mbuf.olFlags |= RX_LRO;
  mbufSetSegmentSize(m, gsoSize(word));
}

/** What a header says to a device, as Tx flags, for a port that sends the packet on unseen. A header that contradicts the packet leaves none. */
export function deviceTakeLegacy(m: usize, word: u64, offset: u32): void {
  if (!(word & 0xffff)) return;
  const proto = parseLegacy(m), mbuf = changetype<Mbuf>(m);
  if (proto && takeLegacy(m, proto, word, offset)) return;
  mbuf.olFlags = 0;
  mbufSetLengths(m, 0, 0, 0);
}

/** l2_len, l3_len and TX_IPV4 or TX_IPV6 of the first segment. @returns the L4 protocol, 0: none of the three, or headers cut off */
function parseLegacy(m: usize): u32 {
  const mbuf = changetype<Mbuf>(m), n: u32 = mbuf.dataLen, frame = mbufData(m);
  if (n < ETHER_BYTES) return 0;
  let l2 = ETHER_BYTES, type: u32 = load<u16>(frame, 12), l3: u32 = 0, proto: u32 = 0;
  if (type == BE_VLAN) {
    l2 += TAG_BYTES;
    if (n < l2) return 0;
    type = load<u16>(frame, 16);
  }
  if (type == BE_IPV4) {
    if (n < l2 + 20) return 0;
    l3 = ipv4HeaderBytes(frame + l2);
    proto = load<u8>(frame + l2, 9);
    mbuf.olFlags |= TX_IPV4;
  } else if (type == BE_IPV6) {
    if (n < l2 + IPV6_BYTES) return 0;
    l3 = IPV6_BYTES;
    proto = load<u8>(frame + l2, 6);
    mbuf.olFlags |= TX_IPV6;
  }
  const l4: u32 = proto == PROTO_TCP ? 20 : proto == PROTO_UDP ? 8 : proto == PROTO_SCTP ? 12 : 0;
  if (l4 == 0 || n < l2 + l3 + l4) return 0;
  mbufSetLengths(m, l2, l3, 0);
  return proto;
}

function takeLegacy(m: usize, proto: u32, word: u64, offset: u32): bool {
  const mbuf = changetype<Mbuf>(m), l2 = mbufL2(m), l3 = mbufL3(m), gso = gsoType(word) & ~VIRTIO_NET_HDR_GSO_ECN;
  if (((word & 0xff) as u32) == VIRTIO_NET_HDR_F_NEEDS_CSUM) {
    const wanted = proto == PROTO_TCP ? TCP_CHECKSUM_AT : proto == PROTO_UDP ? UDP_CHECKSUM_AT : SCTP_CHECKSUM_AT;
    if (((word >> 48) as u32) != l2 + l3 || offset != wanted) return false;
    mbuf.olFlags |= proto == PROTO_TCP ? TX_TCP_CKSUM : proto == PROTO_UDP ? TX_UDP_CKSUM : TX_SCTP_CKSUM;
  }
  if (gsoType(word) == 0) return true;
  if (gsoSize(word) == 0) return false;
  if (gso == VIRTIO_NET_HDR_GSO_UDP) {
    if (proto != PROTO_UDP) return false;
    mbuf.olFlags |= TX_UDP_SEG;
    mbufSetLengths(m, l2, l3, 8);
  } else if (gso == VIRTIO_NET_HDR_GSO_TCPV4 || gso == VIRTIO_NET_HDR_GSO_TCPV6) {
    if (proto != PROTO_TCP) return false;
    const l4 = tcpHeaderBytes(mbufData(m) + l2 + l3);
    if (<u32>mbuf.dataLen < l2 + l3 + l4) return false;
    mbuf.olFlags |= TX_TCP_SEG;
    mbufSetLengths(m, l2, l3, l4);
  } else {
    return false;
  }
  mbufSetSegmentSize(m, gsoSize(word));
  return true;
}

/** What a received header says to this device side, if it agreed to hear it. m: complete */
export function takeRequest(q: DeviceQueue, m: usize, word: u64, offset: u32): void {
  if (!q.offloads) return;
  if (q.legacy) deviceTakeLegacy(m, word, offset);
  else deviceTakeRequest(m, word, offset);
}

/** Byte i of the header that chainWrite writes: the request, then the number of buffers. */
export function requestByte(q: DeviceQueue, i: u32, buffers: u32): u8 {
  if (i < 8) return (q.request >> (i << 3)) as u8;
  return ((i < 10 ? q.requestOffset >> ((i - 8) << 3) : buffers >> ((i - 10) << 3)) & 0xff) as u8;
}

/** csum_offset of what a packet's flags ask for; 0: no checksum. sctp: of SCTP too, which only the vhost library asks for */
export function requestOffset(m: usize, sctp: bool): u32 {
  const flags = changetype<Mbuf>(m).olFlags, l4 = flags & TX_L4_MASK;
  // TCP_SEG brings TCP_CKSUM: with a UDP or SCTP flag beside it the sum of both is UDP's.
  const what = flags & TX_TCP_SEG ? l4 | TX_TCP_CKSUM : l4;
  return what == TX_TCP_CKSUM ? TCP_CHECKSUM_AT : what == TX_UDP_CKSUM ? UDP_CHECKSUM_AT : what == TX_SCTP_CKSUM && sctp ? SCTP_CHECKSUM_AT : 0;
}

function requestWord(m: usize, gso: u32, needs: bool): u64 {
  const at = mbufL2(m) + mbufL3(m);
  let word: u64 = needs ? (VIRTIO_NET_HDR_F_NEEDS_CSUM as u64) | (<u64>at << 48) : 0;
  if (gso) word |= (<u64>gso << 8) | (<u64>(at + mbufL4(m)) << 16) | (<u64>mbufSegmentSize(m) << 32);
  return word;
}

/** A driver's header for a packet. Its checksum fields were prepared (rte_eth_tx_prepare), or are as the engine left them. */
export function driverRequest(m: usize): u64 {
  const flags = changetype<Mbuf>(m).olFlags;
  if (!(flags & TX_REQUESTS)) return 0;
  return requestWord(m, flags & TX_TCP_SEG ? flags & TX_IPV6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4 : 0, requestOffset(m, false) != 0);
}

/** A device's header for a packet, whose checksum fields it prepares; an IPv4 header's checksum it writes. */
export function deviceRequest(m: usize): u64 {
  const flags = changetype<Mbuf>(m).olFlags;
  if (!(flags & TX_REQUESTS)) return 0;
  const needs = requestOffset(m, true) != 0;
  if (needs) prepareChecksums(m);
  const l2 = mbufL2(m);
  if (flags & TX_IP_CKSUM && <u32>changetype<Mbuf>(m).dataOff + l2 + 60 <= <u32>changetype<Mbuf>(m).bufferLength) ipv4WriteChecksum(mbufData(m) + l2);
  const tcp = flags & TX_IPV4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
  return requestWord(m, flags & TX_TCP_SEG ? tcp : flags & TX_UDP_SEG ? VIRTIO_NET_HDR_GSO_UDP : 0, needs);
}

/** Overwrites the zero headers of n packets, pushed into their headrooms, that ask for something. */
export function pushRequests(packets: usize, n: u32, header: u32): void {
  for (const end = packets + (n << 2); packets < end; packets += 4) {
    const m: usize = load<u32>(packets);
    if (!(changetype<Mbuf>(m).olFlags & TX_REQUESTS)) continue;
    writeRequest(m, mbufData(m) - header);
  }
}

/** Writes a driver's header for m, but for num_buffers. */
export function writeRequest(m: usize, header: usize): void {
  store<u64>(header, driverRequest(m));
  store<u16>(header, requestOffset(m, false) as u16, NET_HEADER_CSUM_OFFSET);
}
