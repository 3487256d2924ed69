// csum - writes the checksums of IPv4, UDP, TCP (0 for SCTP) anew, of a tunnel's inner packet first and then of the outer one where
// `csum parse-tunnel` is on; a checksum that the tx port computes is only flagged. Follows testpmd 22.11's csumonly.
//
// "csum mac-swap", on by default, swaps nothing: it writes the peer's and the tx port's addresses. UDP checksums of 0 stay 0. The
// parser is csum-parse.ts with its limits, sums are csum-sum.ts, `txsplit` csum-split.ts. VLAN flags are never set: no tags.
// Not modelled: GRO, GSO.
import { DROP_TX_PREPARE } from "../abi/drops";
import {
  DUMP_CSUM, DUMP_CSUM_ETHERTYPE, DUMP_CSUM_L2, DUMP_CSUM_L3, DUMP_CSUM_L4, DUMP_CSUM_OUTER_ETHERTYPE, DUMP_CSUM_OUTER_L2, DUMP_CSUM_OUTER_L3,
  DUMP_CSUM_PROTOCOL, DUMP_CSUM_RX_FLAGS, DUMP_CSUM_TSO, DUMP_CSUM_TUNNEL, DUMP_CSUM_TUNNEL_TSO, DUMP_CSUM_TX_OFFLOADS,
} from "../abi/dump";
import {
  TX_OFFLOAD_IPV4_CKSUM, TX_OFFLOAD_OUTER_IPV4_CKSUM, TX_OFFLOAD_OUTER_UDP_CKSUM, TX_OFFLOAD_SCTP_CKSUM, TX_OFFLOAD_TCP_CKSUM,
  TX_OFFLOAD_UDP_CKSUM,
} from "../abi/forwarding";
import {
  OL_FLAGS_KEPT, RX_IP_CKSUM_BAD, RX_IP_CKSUM_MASK, RX_L4_CKSUM_BAD, RX_L4_CKSUM_MASK, RX_OUTER_IP_CKSUM_BAD, RX_OUTER_L4_CKSUM_BAD, TX_IP_CKSUM,
  TX_IPV4, TX_IPV6, TX_OUTER_IP_CKSUM, TX_OUTER_IPV4, TX_OUTER_IPV6, TX_OUTER_UDP_CKSUM, TX_SCTP_CKSUM, TX_TCP_CKSUM, TX_TCP_SEG, TX_UDP_CKSUM,
} from "../mbuf/flags";
import { Mbuf, mbufBytes, mbufData } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { ipv4WriteChecksum } from "../net/checksum";
import { etherSetAddresses } from "../net/ethernet";
import { BE_IPV4, BE_IPV6, PROTO_SCTP, PROTO_TCP, PROTO_UDP } from "../net/layers";
import { portTxPrepare } from "../port/port";
import { PortQueue } from "../port/queue";
import { ForwardConfig, PortConfig } from "./config";
import { Parsed, parseFrame, parseTunnel } from "./csum-parse";
import { csumSplit } from "./csum-split";
import { l4WriteChecksum } from "./csum-sum";
import { dumpParsed } from "./dump";
import { Stream, streamCharge, streamDrop, streamHold, streamRx, streamTx } from "./stream";

const UDP_CHECKSUM: usize = 6;
const TCP_CHECKSUM: usize = 16;
const SCTP_CHECKSUM: usize = 8;

/** @returns packets received */
export function csumForward(lcore: usize, stream: usize): u32 {
  const n = streamRx(lcore, stream);
  if (n) {
    const s = changetype<Stream>(stream), c = changetype<ForwardConfig>(s.config as usize), packets: usize = changetype<Lcore>(lcore).packets;
    changetype<Parsed>(s.parsed as usize).outerProto = 0; // testpmd clears all once a burst
    if (c.split | c.verbose) csumOneByOne(lcore, s, c, packets, n);
    else csumBurst(s, packets, n);
    streamCharge(lcore, stream, n);
    const prepared = changetype<PortConfig>(s.txPort as usize).txOffloads ? prepare(lcore, s, packets, n) : n;
    if (prepared) streamTx(lcore, stream, prepared);
  }
  return n;
}

/** What cannot be prepared is dropped, with what is behind it in the burst. @returns packets prepared */
function prepare(lcore: usize, s: Stream, packets: usize, n: u32): u32 {
  const prepared = portTxPrepare(s.txq, packets, n);
  s.dropped += n - prepared;
  streamDrop(lcore, s, packets + (prepared << 2), n - prepared, DROP_TX_PREPARE);
  return prepared;
}

export function csumBurst(s: Stream, packets: usize, n: u32): void {
  for (let p = packets, end = packets + (n << 2); p < end; p += 4) csumPacket(s, load<u32>(p));
}

/** The burst where each packet is split, or said what was found in it. */
function csumOneByOne(lcore: usize, s: Stream, c: ForwardConfig, packets: usize, n: u32): void {
  for (let p = packets, end = packets + (n << 2); p < end; p += 4) {
    const m: usize = load<u32>(p), received = changetype<Mbuf>(m).olFlags;
    csumPacket(s, m);
    if (c.split) store<u32>(p, csumSplit(lcore, c, changetype<PortQueue>(s.rxq as usize).pool, m) as u32);
    if (c.verbose) dump(lcore, s, load<u32>(p), received);
  }
  streamHold(lcore, n, mbufBytes(packets, n));
}

// @ts-ignore: decorator
@inline
function csumPacket(s: Stream, m: usize): void {
  const port = changetype<PortConfig>(s.txPort as usize), i = changetype<Parsed>(s.parsed as usize), frame = mbufData(m);
  const received = load<u64>(m, offsetof<Mbuf>("olFlags"));
  if (received) countBad(s, received);
  let flags = received & OL_FLAGS_KEPT;
  if (port.macSwap) etherSetAddresses(frame, s.addresses, s.addressesRest);
  parseFrame(i, m, frame);
  if (port.parseTunnel && i.proto) flags |= parseTunnel(i, m, changetype<ForwardConfig>(s.config as usize));
  if (i.tunnel) {
    flags |= writeInner(i, m, frame + i.outerL2 + i.outerL3 + i.l2, i.outerL2 + i.outerL3 + i.l2, port);
    flags |= writeOuter(i, m, frame + i.outerL2, port, (flags & TX_TCP_SEG) != 0);
    setTunnelLengths(i, m, port);
  } else {
    if (i.ethertype == BE_IPV4 || i.ethertype == BE_IPV6) flags |= writeInner(i, m, frame + i.l2, i.l2, port);
    store<u64>(m, lengths(i.l2, i.l3, i.l4, port.tso), offsetof<Mbuf>("txOffload"));
  }
  store<u64>(m, flags, offsetof<Mbuf>("olFlags"));
}

/** Counts what the flags of a received packet say of its checksums. */
function countBad(s: Stream, flags: u64): void {
  if ((flags & RX_IP_CKSUM_MASK) == RX_IP_CKSUM_BAD) s.badIp++;
  if ((flags & RX_L4_CKSUM_MASK) == RX_L4_CKSUM_BAD) s.badL4++;
  if (flags & RX_OUTER_L4_CKSUM_BAD) s.badOuterL4++;
  if (flags & RX_OUTER_IP_CKSUM_BAD) s.badOuterIp++;
}

/** Checksums of the packet (of a tunnel: the inner one) whose IP header is at `ip`, `at` bytes into the frame. @returns flags */
export function writeInner(i: Parsed, m: usize, ip: usize, at: u32, port: PortConfig): u64 {
  const offloads = port.txOffloads, l4 = ip + i.l3, proto = i.proto;
  const segment = tcpSegment(i, changetype<Mbuf>(m).pktLen, port);
  let flags: u64 = 0;
  if (i.ethertype == BE_IPV4) {
    flags = TX_IPV4;
    if ((proto == PROTO_TCP && segment) || offloads & TX_OFFLOAD_IPV4_CKSUM) flags |= TX_IP_CKSUM;
    else ipv4WriteChecksum(ip);
  } else if (i.ethertype == BE_IPV6) {
    flags = TX_IPV6;
  } else {
    return 0;
  }
  if (proto == PROTO_UDP) {
    if (load<u16>(l4, UDP_CHECKSUM) == 0) return flags; // the sender made none
    if (offloads & TX_OFFLOAD_UDP_CKSUM) return flags | TX_UDP_CKSUM;
    l4WriteChecksum(m, ip, at + i.l3, i.ethertype, l4 + UDP_CHECKSUM);
  } else if (proto == PROTO_TCP) {
    if (segment) return flags | TX_TCP_SEG;
    if (offloads & TX_OFFLOAD_TCP_CKSUM) return flags | TX_TCP_CKSUM;
    l4WriteChecksum(m, ip, at + i.l3, i.ethertype, l4 + TCP_CHECKSUM);
  } else if (proto == PROTO_SCTP) {
    // IPv4's total length, of IPv6 too; only a multiple of 4 is left to the port. CRC32c itself was never written.
    if (offloads & TX_OFFLOAD_SCTP_CKSUM && (load<u8>(ip, 3) & 3) == 0) return flags | TX_SCTP_CKSUM;
    store<u32>(l4, 0, SCTP_CHECKSUM);
  }
  return flags;
}

/** Segment size where the port is to cut the packet, 0: it is short enough or nobody asked. */
// @ts-ignore: decorator
@inline
function tcpSegment(i: Parsed, length: u32, port: PortConfig): u32 {
  const size: u32 = i.tunnel ? port.tunnelTso : port.tso;
  if (size == 0) return 0;
  const most = (i.tunnel ? i.outerL2 + i.outerL3 : 0) + i.l2 + i.l3 + i.l4 + size;
  return length > most ? size : 0;
}

/** Checksums of a tunnel's outer headers, whose IP header is at `ip`. segmented: the port will cut the packet. @returns flags */
function writeOuter(i: Parsed, m: usize, ip: usize, port: PortConfig, segmented: bool): u64 {
  const offloads = port.txOffloads;
  let flags = TX_OUTER_IPV6;
  if (i.outerEthertype == BE_IPV4) {
    flags = TX_OUTER_IPV4;
    if (offloads & TX_OFFLOAD_OUTER_IPV4_CKSUM) flags |= TX_OUTER_IP_CKSUM;
    else ipv4WriteChecksum(ip);
  }
  if (i.outerProto != PROTO_UDP) return flags;
  if (segmented) flags |= TX_TCP_SEG;
  if (offloads & TX_OFFLOAD_OUTER_UDP_CKSUM) return flags | TX_OUTER_UDP_CKSUM;
  const field = ip + i.outerL3 + UDP_CHECKSUM;
  if (segmented) store<u16>(field, 0); // it would be wrong once the packet is cut
  if (load<u16>(field)) l4WriteChecksum(m, ip, i.outerL2 + i.outerL3, i.outerEthertype, field);
  return flags;
}

/** tx_offload of these lengths: fields of 7, 9, 8 and 16 bits. */
// @ts-ignore: decorator
@inline
function lengths(l2: u32, l3: u32, l4: u32, tso: u32): u64 {
  return <u64>((l2 & 0x7f) | ((l3 & 0x1ff) << 7) | ((l4 & 0xff) << 16)) | (<u64>tso << 24);
}

function setTunnelLengths(i: Parsed, m: usize, port: PortConfig): void {
  let all = lengths(i.outerL2 + i.outerL3 + i.l2, i.l3, i.l4, 0);
  if (port.tunnelTso || port.txOffloads & (TX_OFFLOAD_OUTER_IPV4_CKSUM | TX_OFFLOAD_OUTER_UDP_CKSUM)) {
    all = lengths(i.l2, i.l3, i.l4, port.tunnelTso) | (<u64>(i.outerL3 & 0x1ff) << 40) | (<u64>(i.outerL2 & 0x7f) << 49);
  }
  changetype<Mbuf>(m).txOffload = all;
}

/** What csum prints of a packet. received: its flags when it came */
function dump(lcore: usize, s: Stream, m: usize, received: u64): void {
  const at = dumpParsed(lcore, DUMP_CSUM, s.rxq, m), i = changetype<Parsed>(s.parsed as usize), port = changetype<PortConfig>(s.txPort as usize);
  if (!at) return;
  store<u64>(at, received, DUMP_CSUM_RX_FLAGS);
  store<u16>(at, i.l2 as u16, DUMP_CSUM_L2);
  store<u16>(at, i.l3 as u16, DUMP_CSUM_L3);
  store<u16>(at, i.l4 as u16, DUMP_CSUM_L4);
  store<u16>(at, bswap<u16>(i.ethertype as u16), DUMP_CSUM_ETHERTYPE);
  store<u16>(at, i.proto as u16, DUMP_CSUM_PROTOCOL);
  store<u16>(at, i.tunnel as u16, DUMP_CSUM_TUNNEL);
  store<u16>(at, i.outerL2 as u16, DUMP_CSUM_OUTER_L2);
  store<u16>(at, i.outerL3 as u16, DUMP_CSUM_OUTER_L3);
  store<u16>(at, bswap<u16>(i.outerEthertype as u16), DUMP_CSUM_OUTER_ETHERTYPE);
  store<u16>(at, port.tso, DUMP_CSUM_TSO);
  store<u16>(at, port.tunnelTso, DUMP_CSUM_TUNNEL_TSO);
  store<u64>(at, port.txOffloads, DUMP_CSUM_TX_OFFLOADS);
}
