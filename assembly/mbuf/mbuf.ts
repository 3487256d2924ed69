// mbuf - the packet buffer's private header (after rte_mbuf) reset and chains.
//
// An mbuf is two parts: this header, never in memory that a peer maps, and a buffer (headroom + data room) elsewhere.
// In the pool: refcnt 1, nbSegs 1, next 0. The header is one cache line; pairs of fields that the fast path writes together
// lie in one u64: (dataOff, refcnt, nbSegs, port), (pktLen, dataLen, vlanTci), (next, id).
// Writers: the lcore that holds the packet. refcnt above 1 is changed atomically.
// Not modelled: external and indirect buffers, private area, dynamic fields.
import { MBUF_HEADROOM } from "../abi/limits";

/** The number of packets that no capture brought. */
export const NO_NUMBER: u32 = 0x7fff_ffff;

@unmanaged
export class Mbuf {
  buffer: u32; // linear address of the headroom's first byte
  pool: u32;
  dataOff: u16;
  refcnt: u16;
  nbSegs: u16;
  port: u16; // input port
  pktLen: u32; // all segments
  dataLen: u16; // this segment
  vlanTci: u16;
  next: u32; // next segment, 0: last
  id: u32; // ingress number, with TRACE_BIT when traced; 0 before it has one
  olFlags: u64; // RTE_MBUF_F_*
  txOffload: u64; // l2_len:7 l3_len:9 l4_len:8 tso_segsz:16 outer_l3_len:9 outer_l2_len:7
  rss: u32;
  bufferLength: u16; // headroom + data room
  vlanTciOuter: u16;
  packetType: u32;
  number: u32; // position in its pool
}

/** The fresh state of (dataOff, refcnt, nbSegs, port): headroom 128, refcnt 1, one segment, port unknown. */
export const REARM: u64 = (MBUF_HEADROOM as u64) | (1 << 16) | ((1 as u64) << 32) | ((0xffff as u64) << 48);
/** refcnt and nbSegs of that u64, and their value in an mbuf that is one segment and nobody else's. */
export const SINGLE_MASK: u64 = 0x0000_ffff_ffff_0000;
export const SINGLE: u64 = 0x0000_0001_0001_0000;

/** tx_offload with l2_len in bits 0-6 and l3_len in bits 7-15: what testpmd's engines write of a packet they forward or make. */
export const TX_OFFLOAD_ETHER_IPV4: u64 = 14 | (20 << 7);

/** (dataOff, refcnt, nbSegs, port) of a packet received on `port`: what a PMD keeps as its mbuf_initializer. */
export function mbufRearm(port: u32): u64 {
  return (REARM & 0x0000_ffff_ffff_ffff) | (<u64>port << 48);
}

/** What rte_pktmbuf_reset leaves, for a packet of one segment of `length` bytes with number `id`. */
// @ts-ignore: decorator
@inline
export function mbufReset(m: usize, rearm: u64, length: u32, id: u32): void {
  store<u64>(m, rearm, offsetof<Mbuf>("dataOff"));
  store<u32>(m, length, offsetof<Mbuf>("pktLen"));
  store<u32>(m, length, offsetof<Mbuf>("dataLen")); // and vlanTci 0: length is below 65536, or the caller chains
  store<u64>(m, <u64>id << 32, offsetof<Mbuf>("next"));
  store<u64>(m, 0, offsetof<Mbuf>("olFlags"));
}

/** mbufReset of four mbufs. handles, lengths, ids: u32[4]; rearm: twice */
// @ts-ignore: decorator
@inline
export function mbufResetFour(handles: v128, rearm: v128, lengths: v128, ids: v128): void {
  const zero = i32x4.splat(0);
  const a: usize = i32x4.extract_lane(handles, 0), b: usize = i32x4.extract_lane(handles, 1);
  const c: usize = i32x4.extract_lane(handles, 2), d: usize = i32x4.extract_lane(handles, 3);
  v128.store(a, v128.shuffle<u32>(rearm, lengths, 0, 1, 4, 4), offsetof<Mbuf>("dataOff"));
  v128.store(a, v128.shuffle<u32>(zero, ids, 0, 4, 0, 0), offsetof<Mbuf>("next"));
  v128.store(b, v128.shuffle<u32>(rearm, lengths, 0, 1, 5, 5), offsetof<Mbuf>("dataOff"));
  v128.store(b, v128.shuffle<u32>(zero, ids, 0, 5, 0, 0), offsetof<Mbuf>("next"));
  v128.store(c, v128.shuffle<u32>(rearm, lengths, 0, 1, 6, 6), offsetof<Mbuf>("dataOff"));
  v128.store(c, v128.shuffle<u32>(zero, ids, 0, 6, 0, 0), offsetof<Mbuf>("next"));
  v128.store(d, v128.shuffle<u32>(rearm, lengths, 0, 1, 7, 7), offsetof<Mbuf>("dataOff"));
  v128.store(d, v128.shuffle<u32>(zero, ids, 0, 7, 0, 0), offsetof<Mbuf>("next"));
}

/** Linear address of the packet's first byte. */
// @ts-ignore: decorator
@inline
export function mbufData(m: usize): usize {
  return load<u32>(m) + <u32>load<u16>(m, offsetof<Mbuf>("dataOff"));
}

/** Bytes of n packets. */
export function mbufBytes(packets: usize, n: u32): u32 {
  let bytes: u32 = 0;
  for (const end = packets + (n << 2); packets < end; packets += 4) bytes += load<u32>(load<u32>(packets), offsetof<Mbuf>("pktLen"));
  return bytes;
}

/** Appends segment `tail` (one segment, dataLen set) to the packet `head` whose last segment is `last`. */
export function mbufChain(head: usize, last: usize, tail: usize): void {
  const h = changetype<Mbuf>(head), t = changetype<Mbuf>(tail);
  changetype<Mbuf>(last).next = tail as u32;
  h.nbSegs += 1;
  h.pktLen += t.dataLen;
}

/** Copies the whole packet, all segments, to `to`. @returns bytes written, the packet's length */
export function mbufRead(m: usize, to: usize): u32 {
  let written: u32 = 0;
  while (m) {
    const s = changetype<Mbuf>(m), n: u32 = s.dataLen;
    memory.copy(to + written, s.buffer + <u32>s.dataOff, n);
    written += n;
    m = s.next;
  }
  return written;
}

/** Copies the packet's first n bytes, of however many segments, to `to`. n <= pktLen */
export function mbufReadUpTo(m: usize, to: usize, n: u32): void {
  while (n && m) {
    const s = changetype<Mbuf>(m), part = min<u32>(n, s.dataLen);
    memory.copy(to, s.buffer + <u32>s.dataOff, part);
    to += part;
    n -= part;
    m = s.next;
  }
}

/** Fills an mbuf of one segment: for tests and for what enters by hand. bytes: n <= data room. */
export function mbufWrite(m: usize, from: usize, n: u32, id: u32): void {
  mbufReset(m, REARM, n, id);
  memory.copy(mbufData(m), from, n);
}

/** Sets ol_flags: for tests of what an engine makes of a PMD's. */
export function mbufSetFlags(m: usize, olFlags: u64): void {
  changetype<Mbuf>(m).olFlags = olFlags;
}

/** Sets tx_offload, likewise. */
export function mbufSetTxOffload(m: usize, txOffload: u64): void {
  changetype<Mbuf>(m).txOffload = txOffload;
}

/** Sets the input port, likewise. */
export function mbufSetPort(m: usize, port: u32): void {
  changetype<Mbuf>(m).port = port as u16;
}

/** Position in its pool: what makes two handles comparable with rte_mempool's object order. */
export function mbufNumber(m: usize): u32 {
  return changetype<Mbuf>(m).number;
}

/**
 * What the header says, as u32[10] (pktLen, dataLen, nbSegs, refcnt, port, id, dataOff, buffer, next, vlanTci with vlanTciOuter above
 * it) at `to`, then at to + 40 u64[2] (olFlags, txOffload).
 */
export function mbufFields(m: usize, to: usize): void {
  const mbuf = changetype<Mbuf>(m);
  store<u32>(to, mbuf.pktLen);
  store<u32>(to, mbuf.dataLen, 4);
  store<u32>(to, mbuf.nbSegs, 8);
  store<u32>(to, mbuf.refcnt, 12);
  store<u32>(to, mbuf.port, 16);
  store<u32>(to, mbuf.id, 20);
  store<u32>(to, mbuf.dataOff, 24);
  store<u32>(to, mbuf.buffer, 28);
  store<u32>(to, mbuf.next, 32);
  store<u32>(to, <u32>mbuf.vlanTci | (<u32>mbuf.vlanTciOuter << 16), 36);
  store<u64>(to, mbuf.olFlags, 40);
  store<u64>(to, mbuf.txOffload, 48);
}
