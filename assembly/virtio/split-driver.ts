// split-driver - the driver (guest) side of a split ring: what a virtio PMD does. virtio 1.3, 2.7; follows DPDK 22.11's
// virtio_recv_pkts, virtio_recv_mergeable_pkts, virtio_xmit_pkts in which buffer is posted when, and how many are taken a call.
//
// Invariants: V1 avail.idx is published once a burst, after descriptors and entries. V2 every posted descriptor has its mbuf in
// `mbufs`; freed descriptors go to the tail of the free list. V3 a used id or length from the device is checked before use.
// Writers: desc, avail, DriverQueue: this side.
// Not modelled here: in-order and vector paths, indirect tables (they have an issue of their own).
import { DROP_RX_SEGMENTS, DROP_RX_SHORT } from "../abi/drops";
import { MBUF_HEADROOM } from "../abi/limits";
import { mbufFree, mbufFreeBurst } from "../mbuf/free";
import { lengthsAreOneSegment, Mbuf, mbufChain, mbufReset, SINGLE, SINGLE_MASK } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { loadIndex16, publish16 } from "../memory/barrier";
import { NET_HEADER_FLAGS, NET_HEADER_NUM_BUFFERS, netHeaderToMbuf } from "./net-header";
import { LFN_WRITE, RING_ENTRIES, RING_F_NO_NOTIFY, RING_FLAGS, RING_IDX, VRING_DESC_F_NEXT } from "./split-ring";
import { DriverQueue } from "./virtqueue";

const DESC_NEXT: usize = 14;
/** VIRTIO_MBUF_BURST_SZ: most packets a call takes. */
const RX_BURST_MAX: u32 = 64;
/** Descriptors a cache line: a call of more than this many stops at a line's end. */
const DESC_PER_CACHELINE: u32 = 4;
/** Shortest frame the PMD accepts behind the net header: RTE_ETHER_HDR_LEN. */
const RX_MIN: u32 = 14;

// @ts-ignore: decorator
@inline
function usedCount(q: DriverQueue): u32 {
  const n = (loadIndex16(q.used + RING_IDX) - q.usedCons) & 0xffff;
  return n > q.mask + 1 - q.freeCount ? 0 : n; // more than is posted: a device that lies is not listened to
}

// @ts-ignore: decorator
@inline
function kick(q: DriverQueue): void {
  if (!(loadIndex16(q.used + RING_FLAGS) & RING_F_NO_NOTIFY)) q.kicks++;
}

/**
 * Takes received packets, then posts fresh buffers for all that are free.
 * packets  u32[n] to fill. DriverQueue.errors: packets dropped as malformed
 * @returns packets, 0..min(n, 64); a call that could take more than 4 stops at a cache line of descriptors
 */
export function splitDriverRx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DriverQueue>(queue);
  q.errors = 0;
  let usedCons = q.usedCons, num = usedCount(q), strays: u32 = 0;
  if (num > n) num = n;
  if (num > RX_BURST_MAX) num = RX_BURST_MAX;
  if (num > DESC_PER_CACHELINE) num -= (usedCons + num) & (DESC_PER_CACHELINE - 1);
  if (num == 0) {
    if (q.freeCount) splitDriverRefill(lcore, queue);
    return 0;
  }
  const desc: usize = q.desc, used: usize = q.used, mask = q.mask, mbufs: usize = q.mbufs, ids: usize = q.ids;
  const header = q.headerBytes, rearm = q.rearm, room = MBUF_HEADROOM - header;
  // Where the number of buffers stands; without mergeable buffers the flags are read there instead, and 2 or more goes the slow way.
  const numBuffersAt = q.mergeable ? NET_HEADER_NUM_BUFFERS : NET_HEADER_FLAGS;
  let tail = q.freeCount ? q.freeTail : firstFreed(q, num), out = packets, i: u32 = 0, bytes: u32 = 0;
  for (; i < num; i++) {
    const entry = load<u64>(used + ((usedCons & mask) << 3), RING_ENTRIES), head = (entry as u32) & mask;
    const length = ((entry >> 32) as u32) - header, place = mbufs + (head << 2), m: usize = load<u32>(place);
    usedCons++;
    if (u32(m == 0) | u32((entry as u32) > mask)) {
      strays++;
      continue;
    }
    store<u32>(place, 0);
    store<u16>(desc + (tail << 4), head as u16, DESC_NEXT);
    tail = head;
    store<u64>(m, rearm, offsetof<Mbuf>("dataOff"));
    store<u64>(m, <u64>length * 0x1_0000_0001, offsetof<Mbuf>("pktLen"));
    store<u64>(m, <u64>load<u32>(ids + (head << 2)) << 32, offsetof<Mbuf>("next"));
    store<u64>(m, 0, offsetof<Mbuf>("olFlags"));
    const h = load<u32>(m) + room;
    // 14..room bytes, one buffer, no flags: in four compares of values at hand.
    if (
      u32(length - RX_MIN > <u32>load<u16>(m, offsetof<Mbuf>("bufferLength")) - MBUF_HEADROOM - RX_MIN) |
      u32(load<u16>(h + numBuffersAt) > 1) | <u32>load<u16>(h)
    ) {
      const errors = q.errors, more = rxUncommon(lcore, q, m, h, length, usedCons, tail);
      if (more) {
        usedCons += more;
        i += more;
        tail = q.freeTail;
      }
      if (q.errors != errors) continue;
    }
    bytes += load<u32>(m, offsetof<Mbuf>("pktLen"));
    store<u32>(out, m as u32);
    out += 4;
  }
  q.burstBytes = bytes;
  // The last packet may have needed used entries past num.
  q.freeCount += usedCons - q.usedCons - strays;
  q.strays += strays;
  q.usedCons = usedCons & 0xffff;
  q.freeTail = tail;
  splitDriverRefill(lcore, queue);
  return ((out - packets) >> 2) as u32;
}

/**
 * A received packet that is short, has header flags, or lies in several buffers.
 * usedCons: the next used entry. @returns further used entries taken (then freeTail is the new tail). A dropped packet moves errors
 */
function rxUncommon(lcore: usize, q: DriverQueue, m: usize, h: usize, length: u32, usedCons: u32, tail: u32): u32 {
  if (<i32>length < <i32>RX_MIN) return rxDrop(lcore, q, m, DROP_RX_SHORT);
  const room = <u32>changetype<Mbuf>(m).bufferLength - MBUF_HEADROOM;
  if (length > room) return rxDrop(lcore, q, m, DROP_RX_SEGMENTS); // the device claims more than it was given
  const flags = load<u8>(h, NET_HEADER_FLAGS);
  if (flags) netHeaderToMbuf(flags, m);
  if (!q.mergeable) return 0;
  const buffers: u32 = load<u16>(h, NET_HEADER_NUM_BUFFERS);
  if (buffers <= 1) return 0;
  const available = (loadIndex16(q.used + RING_IDX) - usedCons) & 0xffff;
  let last = m, taken: u32 = 0;
  for (; taken < buffers - 1 && taken < available; taken++) {
    const entry = load<u64>(q.used + (((usedCons + taken) & q.mask) << 3), RING_ENTRIES), head = (entry as u32) & q.mask;
    const part = (entry >> 32) as u32, place: usize = q.mbufs + (head << 2), s: usize = load<u32>(place), segment = changetype<Mbuf>(s);
    if (s == 0 || (entry as u32) > q.mask) break;
    store<u32>(place, 0);
    store<u16>(q.desc + (tail << 4), head as u16, DESC_NEXT);
    tail = head;
    // A further buffer has no header: its data starts where the first one's header does.
    mbufReset(s, (q.rearm & ~(0xffff as u64)) | <u64>(MBUF_HEADROOM - q.headerBytes), min<u32>(part, room + q.headerBytes), 0);
    mbufChain(m, last, s);
    last = s;
    segment.port = changetype<Mbuf>(m).port;
  }
  q.freeTail = tail;
  if (taken < buffers - 1) {
    // "No enough segments for packet": dropped, with what was there of it. The used entries stay taken.
    rxDrop(lcore, q, m, DROP_RX_SEGMENTS);
  }
  return taken;
}

/** Counts a malformed packet and frees it. @returns 0: no further used entry */
function rxDrop(lcore: usize, q: DriverQueue, m: usize, reason: u32): u32 {
  if (q.errors < RX_BURST_MAX) {
    const record: usize = q.errorPackets + (q.errors << 3);
    store<u32>(record, changetype<Mbuf>(m).id);
    store<u32>(record, reason, 4);
  }
  q.errors++;
  mbufFree(lcore, m);
  return 0;
}

/**
 * Posts a buffer for every free descriptor, all or none. Called after every rx burst, also an empty one (the PMD's habit).
 * @returns buffers posted; 0 with free descriptors left: the pool could not give them (DriverQueue.freeCount is the number)
 */
export function splitDriverRefill(lcore: usize, queue: usize): u32 {
  const q = changetype<DriverQueue>(queue), n = q.freeCount, handles: usize = q.scratch;
  if (n == 0) return 0;
  if (!mempoolGet(lcore, q.pool, handles, n)) return 0;
  const desc: usize = q.desc, avail: usize = q.avail, mask = q.mask, mbufs: usize = q.mbufs, header = q.headerBytes;
  const gpa = q.gpa + (MBUF_HEADROOM - header), end = handles + (n << 2);
  const length = <u32>changetype<Mbuf>(load<u32>(handles) as usize).bufferLength - MBUF_HEADROOM + header;
  let head = q.freeHead, idx = q.availIdx;
  for (let p = handles; p < end; p += 4) {
    const m: usize = load<u32>(p), d = desc + (head << 4), next: u32 = load<u16>(d, DESC_NEXT);
    store<u32>(mbufs + (head << 2), m as u32);
    store<u64>(d, gpa + load<u32>(m));
    store<u64>(d, <u64>length | LFN_WRITE | (<u64>next << 48), 8);
    store<u16>(avail + ((idx & mask) << 1), head as u16, RING_ENTRIES);
    idx++;
    head = next & mask;
  }
  q.freeCount = 0;
  q.freeHead = head;
  q.availIdx = idx & 0xffff;
  publish16(lcore, avail + RING_IDX, idx);
  kick(q);
  return n;
}

/**
 * Publishes packets; they are the ring's until a later burst frees them.
 * packets  u32[n]. @returns packets taken, 0..n, in order; the PMD never drops one
 */
export function splitDriverTx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DriverQueue>(queue);
  const done = usedCount(q);
  if (done > q.mask + 1 - q.freeThreshold) cleanUp(lcore, q, done);
  if (n > q.freeCount) cleanUp(lcore, q, min<u32>(n - q.freeCount, usedCount(q)));
  const desc: usize = q.desc, avail: usize = q.avail, mask = q.mask, mbufs: usize = q.mbufs, ids: usize = q.ids;
  const gpa = q.gpa, header = q.headerBytes;
  let free = q.freeCount, head = q.freeHead, idx = q.availIdx, p = packets, bytes: u32 = 0;
  const end = packets + (n << 2);
  for (; p < end; p += 4) {
    const m: usize = load<u32>(p), first = load<u64>(m, offsetof<Mbuf>("dataOff"));
    const lengths = load<u64>(m, offsetof<Mbuf>("pktLen")), offset = (first as u32) & 0xffff;
    if (free == 0) {
      q.freeCount = 0;
      q.availIdx = idx & 0xffff;
      cleanUp(lcore, q, min<u32>(1, usedCount(q)));
      free = q.freeCount;
      head = q.freeHead;
      if (free == 0) break;
    }
    bytes += lengths as u32;
    // Direct, one segment, nobody else's, headroom for the header: it is pushed and one descriptor serves.
    if (u32((first & SINGLE_MASK) != SINGLE) | u32(offset < header) | u32(!lengthsAreOneSegment(lengths))) {
      q.freeCount = free;
      q.freeHead = head;
      q.availIdx = idx & 0xffff;
      const published = txChain(lcore, q, m); // or not: it may have freed all the same
      free = q.freeCount;
      head = q.freeHead;
      idx = q.availIdx;
      if (published) continue;
      bytes -= lengths as u32;
      break;
    }
    const at = load<u32>(m) + offset - header, d = desc + (head << 4), next: u32 = load<u16>(d, DESC_NEXT);
    store<u32>(at + header - 4, 0);
    store<u64>(at, 0);
    store<u32>(mbufs + (head << 2), m as u32);
    store<u32>(ids + (head << 2), load<u32>(m, offsetof<Mbuf>("id")));
    store<u64>(d, gpa + at);
    store<u64>(d, <u64>((lengths as u32) + header) | (<u64>next << 48), 8);
    store<u16>(avail + ((idx & mask) << 1), head as u16, RING_ENTRIES);
    idx++;
    free--;
    head = next & mask;
  }
  const taken = ((p - packets) >> 2) as u32;
  q.burstBytes = bytes;
  if (taken == 0) return 0;
  q.freeCount = free;
  q.freeHead = head;
  q.availIdx = idx & 0xffff;
  publish16(lcore, avail + RING_IDX, idx);
  kick(q);
  return taken;
}

/** Publishes a packet as header descriptor and one descriptor a segment. @returns false: not enough descriptors, nothing done */
function txChain(lcore: usize, q: DriverQueue, m: usize): bool {
  const slots = <u32>changetype<Mbuf>(m).nbSegs + 1;
  if (slots > q.freeCount) {
    cleanUp(lcore, q, min<u32>(slots - q.freeCount, usedCount(q)));
    if (slots > q.freeCount) return false;
  }
  const first = q.freeHead, header: usize = q.headers + (first << 4);
  let d: usize = q.desc + (first << 4), last = first;
  store<u64>(header, 0);
  store<u64>(header, 0, 8);
  store<u64>(d, q.gpa + header);
  store<u32>(d, q.headerBytes, 8);
  for (let s = m; s; s = changetype<Mbuf>(s).next) {
    const segment = changetype<Mbuf>(s);
    store<u16>(d, VRING_DESC_F_NEXT as u16, 12);
    last = <u32>load<u16>(d, DESC_NEXT) & q.mask;
    d = q.desc + (last << 4);
    store<u64>(d, q.gpa + segment.buffer + <u32>segment.dataOff);
    store<u32>(d, segment.dataLen, 8);
  }
  store<u16>(d, 0, 12);
  const chain: usize = q.chains + (first << 2);
  store<u16>(chain, last as u16);
  store<u16>(chain, slots as u16, 2);
  store<u32>(q.mbufs + (first << 2), m as u32);
  store<u32>(q.ids + (first << 2), changetype<Mbuf>(m).id);
  store<u16>(q.avail + ((q.availIdx & q.mask) << 1), first as u16, RING_ENTRIES);
  q.availIdx = (q.availIdx + 1) & 0xffff;
  q.freeHead = <u32>load<u16>(d, DESC_NEXT) & q.mask;
  q.freeCount -= slots;
  q.chained++;
  return true;
}

/** Takes back n used packets: frees their mbufs in order and appends their descriptors to the free list. */
function cleanUp(lcore: usize, q: DriverQueue, n: u32): void {
  if (n == 0) return;
  const desc: usize = q.desc, used: usize = q.used, mask = q.mask, mbufs: usize = q.mbufs, handles: usize = q.scratch, chained = q.chained;
  let usedCons = q.usedCons, free = q.freeCount, tail = free ? q.freeTail : firstFreed(q, n), p = handles;
  for (let i: u32 = 0; i < n; i++, usedCons++) {
    const head = load<u32>(used + ((usedCons & mask) << 3), RING_ENTRIES), place = mbufs + ((head & mask) << 2), m = load<u32>(place);
    if (u32(m == 0) | u32(head > mask)) {
      q.strays++;
      continue;
    }
    store<u32>(place, 0);
    store<u32>(p, m);
    p += 4;
    if (tail != head) store<u16>(desc + (tail << 4), head as u16, DESC_NEXT);
    tail = head;
    free++;
    if (chained) {
      const chain: usize = q.chains + (head << 2), length = <u32>load<u16>(chain, 2);
      if (length > 1) {
        tail = load<u16>(chain);
        store<u16>(chain, 0, 2);
        free += length - 1;
        q.chained--;
      }
    }
  }
  q.usedCons = usedCons & 0xffff;
  q.freeTail = tail;
  q.freeCount = free;
  mbufFreeBurst(lcore, handles, ((p - handles) >> 2) as u32);
}

/** The head with which an empty free list starts: the first of n used entries that stands for a posted buffer. @returns it, also as tail */
function firstFreed(q: DriverQueue, n: u32): u32 {
  for (let i: u32 = 0; i < n; i++) {
    const head = load<u32>(q.used + (((q.usedCons + i) & q.mask) << 3), RING_ENTRIES);
    if (head <= q.mask && load<u32>(q.mbufs + (head << 2))) return (q.freeHead = head);
  }
  return q.freeHead;
}

/** Places for packets of one segment on a tx ring, after taking back what is used. */
export function splitDriverTxFree(lcore: usize, queue: usize): u32 {
  const q = changetype<DriverQueue>(queue);
  cleanUp(lcore, q, usedCount(q));
  return q.freeCount;
}

/** Packets on an rx ring that the device handed over and no burst has taken: counts heads of mergeable packets once. */
export function splitDriverRxWaiting(queue: usize): u32 {
  const q = changetype<DriverQueue>(queue);
  let n = usedCount(q), at = q.usedCons, packets: u32 = 0;
  while (n) {
    const head = load<u32>(q.used + ((at & q.mask) << 3), RING_ENTRIES) & q.mask, m: usize = load<u32>(q.mbufs + (head << 2));
    const h = load<u32>(m) + MBUF_HEADROOM - q.headerBytes;
    const buffers = q.mergeable ? max<u32>(load<u16>(h, NET_HEADER_NUM_BUFFERS), 1) : 1;
    packets++;
    at += buffers;
    n = n > buffers ? n - buffers : 0;
  }
  return packets;
}

/** mbufs that the ring holds: posted or in flight. For the audit. */
export function splitDriverHeld(queue: usize): u32 {
  const q = changetype<DriverQueue>(queue);
  let held = q.mask + 1 - q.freeCount;
  if (q.chained) {
    // a chain's descriptors hold one packet of (length - 1) mbufs; a freed head has length 0
    for (let i: u32 = 0; i <= q.mask; i++) if (load<u16>(q.chains + (i << 2), 2) > 1) held -= 1;
  }
  return held;
}
