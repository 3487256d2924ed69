// packed-driver-rx - the driver side's rx ring, packed: taking received packets, posting fresh buffers. Follows DPDK 22.11's
// virtio_recv_pkts_packed and virtio_recv_mergeable_pkts_packed in how many are taken a call, what is dropped, which buffer is posted when.
//
// In order a device may give several buffers back by one descriptor that has the last one's id: those before it count as filled completely.
import { DROP_RX_SEGMENTS, DROP_RX_SHORT } from "../abi/drops";
import { MBUF_HEADROOM } from "../abi/limits";
import { mbufFree } from "../mbuf/free";
import { Mbuf, mbufChain, mbufReset } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { loadDesc64 } from "../memory/barrier";
import { NET_HEADER_NUM_BUFFERS, netHeaderToMbuf } from "./net-header";
import { freeId, isUsed, passAvail, passUsed, publish, usedWord } from "./packed-driver";
import { availBits, PACKED_DESC_F_BOTH, PACKED_DESC_F_WRITE, PACKED_ID, PACKED_LEN, usedBits, WORD_FLAGS, WORD_ID } from "./packed-ring";
import { DriverQueue, RX_MIN } from "./virtqueue";

/** VIRTIO_MBUF_BURST_SZ: most packets a call takes. */
const RX_BURST_MAX: u32 = 64;
/** Descriptors a cache line: a call for more than this many stops at a line's end. */
const DESC_PER_CACHELINE: u32 = 4;

/** As driverRx. */
export function packedDriverRx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DriverQueue>(queue);
  q.errors = 0;
  q.burstBytes = 0;
  let num = min<u32>(n, RX_BURST_MAX);
  if (num > DESC_PER_CACHELINE) num -= (q.usedCons + num) & (DESC_PER_CACHELINE - 1);
  let taken: u32 = 0;
  if (!(q.broken | q.batchLast)) {
    taken = packedRxUsual(queue, packets, num);
    if (taken < num && q.usedCons == 0) taken += packedRxUsual(queue, packets + (taken << 2), num - taken);
  }
  if (taken < num && available(q)) taken += rxAny(lcore, queue, packets + (taken << 2), num - taken);
  if (q.freeCount) packedDriverRefill(lcore, queue);
  return taken;
}

/**
 * Takes packets of one buffer, 14 bytes or more, without flags, completed in order, up to the ring's end; stops at the first other one.
 * Exported to stay apart from its caller, see split-usual. @returns packets taken. Their descriptors are free
 */
export function packedRxUsual(queue: usize, packets: usize, num: u32): u32 {
  const q = changetype<DriverQueue>(queue), slot = q.usedCons;
  const header = q.headerBytes, rearm = q.rearm, headerAt = q.headerAt, longest = q.longest, buffersAt = q.buffersAt;
  let wanted = slot | ((usedBits(q.usedWrap) | PACKED_DESC_F_WRITE) << 16), bytes: u32 = 0, out = packets;
  let d: usize = q.desc + (slot << 4), place: usize = q.mbufs + (slot << 2), id: usize = q.ids + (slot << 2);
  for (const end = packets + (min<u32>(num, q.mask + 1 - slot) << 2); out < end; out += 4, d += 16, place += 4, id += 4, wanted++) {
    const word = loadDesc64(d + PACKED_LEN), length = (word as u32) - header, m: usize = load<u32>(place);
    if (((word >> WORD_ID) as u32) != wanted) break;
    if (m == 0) break;
    if (length - RX_MIN > longest) break;
    const buffer = load<u32>(m);
    if (load<u16>(buffer + buffersAt) > 1) break;
    if (load<u16>(buffer + headerAt)) break;
    store<u32>(place, 0);
    bytes += length;
    mbufReset(m, rearm, length, load<u32>(id));
    store<u32>(out, m as u32);
  }
  const taken = ((out - packets) >> 2) as u32;
  passUsed(q, taken);
  q.freeCount += taken;
  q.burstBytes += bytes;
  return taken;
}

/** Whether something is there for rxAny, or for the rest of a packet. */
function available(q: DriverQueue): bool {
  if (q.broken) return false;
  return q.batchLast != 0 || isUsed(q, usedWord(q));
}

/**
 * Takes the next used buffer, of which `available` said that it is there. @returns its mbuf and, in the upper half, the bytes in it, header
 * included; 0: the device lies, and the ring is broken
 */
function takeUsed(q: DriverQueue): u64 {
  const slot = q.usedCons;
  let id = slot, length: u32 = 0;
  if (q.batchLast == 0) {
    const word = usedWord(q);
    id = ((word >> WORD_ID) & 0xffff) as u32;
    length = ((word >> WORD_FLAGS) as u32) & PACKED_DESC_F_WRITE ? (word as u32) : 0;
    if (q.inOrder && id != slot) {
      q.batchLast = id + 1;
      q.batchLength = length;
    }
  }
  if (q.batchLast) {
    id = slot;
    length = q.batchLength;
    if (slot + 1 == q.batchLast) q.batchLast = 0;
    else length = <u32>q.longest + RX_MIN + q.headerBytes;
  }
  const place: usize = q.mbufs + (id << 2), m: usize = id > q.mask ? 0 : load<u32>(place);
  if (m == 0) {
    q.broken = 1;
    return 0;
  }
  store<u32>(place, 0);
  mbufReset(m, q.rearm, 0, load<u32>(q.ids + (slot << 2)));
  passUsed(q, 1);
  q.freeCount++;
  return <u64>m | (<u64>length << 32);
}

/** Takes up to num packets of whatever kind. */
function rxAny(lcore: usize, queue: usize, packets: usize, num: u32): u32 {
  const q = changetype<DriverQueue>(queue);
  let out = packets;
  for (let i: u32 = 0; i < num && available(q); i++) {
    const taken = takeUsed(q), m: usize = taken as u32;
    if (m == 0) break;
    if (!rxOne(lcore, q, m, ((taken >> 32) as u32) - q.headerBytes)) continue;
    q.burstBytes += load<u32>(m, offsetof<Mbuf>("pktLen"));
    store<u32>(out, m as u32);
    out += 4;
  }
  return ((out - packets) >> 2) as u32;
}

/** A received packet, whose further buffers are taken here. @returns false: it was dropped */
function rxOne(lcore: usize, q: DriverQueue, m: usize, length: u32): bool {
  if (<i32>length < <i32>RX_MIN) return rxDrop(lcore, q, m, DROP_RX_SHORT);
  const room = <u32>changetype<Mbuf>(m).bufferLength - MBUF_HEADROOM;
  if (length > room) return rxDrop(lcore, q, m, DROP_RX_SEGMENTS); // the device claims more than it was given
  const mbuf = changetype<Mbuf>(m), h = load<u32>(m) + q.headerAt, flags = load<u8>(h);
  mbuf.pktLen = length;
  mbuf.dataLen = length as u16;
  if (flags) netHeaderToMbuf(flags, m);
  const buffers: u32 = q.mergeable ? load<u16>(h, NET_HEADER_NUM_BUFFERS) : 1;
  let last = m;
  for (let taken: u32 = 1; taken < buffers; taken++) {
    const next: u64 = available(q) ? takeUsed(q) : 0, s: usize = next as u32, part = (next >> 32) as u32;
    // "No enough segments for packet": dropped, with what was there of it. The used descriptors stay taken.
    if (s == 0) return rxDrop(lcore, q, m, DROP_RX_SEGMENTS);
    // A further buffer has no header: its data starts where the first one's header does.
    mbufReset(s, (q.rearm & ~(0xffff as u64)) | <u64>(MBUF_HEADROOM - q.headerBytes), min<u32>(part, room + q.headerBytes), 0);
    mbufChain(m, last, s);
    last = s;
  }
  return true;
}

/** Counts a malformed packet and frees it. @returns false */
function rxDrop(lcore: usize, q: DriverQueue, m: usize, reason: u32): bool {
  if (q.errors < RX_BURST_MAX) {
    const record: usize = q.errorPackets + (q.errors << 3);
    store<u32>(record, changetype<Mbuf>(m).id);
    store<u32>(record, reason, 4);
  }
  q.errors++;
  mbufFree(lcore, m);
  return false;
}

/** As driverRefill. */
export function packedDriverRefill(lcore: usize, queue: usize): u32 {
  const q = changetype<DriverQueue>(queue), n = q.freeCount, handles: usize = q.scratch, slot = q.availIdx, wrap = q.availWrap;
  if (n == 0 || q.broken) return 0;
  if (!mempoolGet(lcore, q.pool, handles, n)) return 0;
  const length = <u32>changetype<Mbuf>(load<u32>(handles) as usize).bufferLength - q.headerAt;
  // The first one's flags wait.
  const first: usize = q.desc + (slot << 4), m: usize = load<u32>(handles), id = freeId(q);
  store<u32>(q.mbufs + (id << 2), m as u32);
  store<u64>(first, q.gpa + q.headerAt + load<u32>(m));
  store<u32>(first, length, PACKED_LEN);
  store<u16>(first, id as u16, PACKED_ID);
  passAvail(q, 1);
  for (let posted: u32 = 1; posted < n; ) posted += postRun(q, handles + (posted << 2), n - posted, length);
  q.freeCount = 0;
  publish(lcore, q, slot, wrap, PACKED_DESC_F_WRITE);
  return n;
}

/** Posts up to n buffers, up to the ring's end or, if it is the next one, one whose id is not its slot. @returns how many, at least 1 */
function postRun(q: DriverQueue, handles: usize, n: u32, length: u32): u32 {
  const slot = q.availIdx, gpa = q.gpa + q.headerAt, flags: u64 = (<u64>(availBits(q.availWrap) | PACKED_DESC_F_WRITE)) << WORD_FLAGS;
  let d: usize = q.desc + (slot << 4), place: usize = q.mbufs + (slot << 2), p = handles;
  let word = <u64>length | (<u64>slot << WORD_ID) | flags;
  for (const end = handles + (min<u32>(n, q.mask + 1 - slot) << 2); p < end; p += 4, d += 16, place += 4, word += (1 as u64) << WORD_ID) {
    if (load<u32>(place)) break;
    const m: usize = load<u32>(p);
    store<u32>(place, m as u32);
    store<u64>(d, gpa + load<u32>(m));
    store<u64>(d, word, PACKED_LEN);
  }
  let posted = ((p - handles) >> 2) as u32;
  if (posted == 0) {
    const m: usize = load<u32>(handles), id = freeId(q);
    store<u32>(q.mbufs + (id << 2), m as u32);
    store<u64>(d, gpa + load<u32>(m));
    store<u64>(d, <u64>length | (<u64>id << WORD_ID) | flags, PACKED_LEN);
    posted = 1;
  }
  passAvail(q, posted);
  return posted;
}

/** As driverRxWaiting. */
export function packedDriverRxWaiting(queue: usize): u32 {
  const q = changetype<DriverQueue>(queue), size = q.mask + 1;
  if (q.broken) return 0;
  let slot = q.usedCons, bits = usedBits(q.usedWrap), packets: u32 = 0, rest: u32 = 0, steps: u32 = 0;
  for (; steps < size; steps++) {
    const word = loadDesc64(q.desc + (slot << 4) + PACKED_LEN), id = ((word >> WORD_ID) & 0xffff) as u32;
    if ((((word >> WORD_FLAGS) as u32) & PACKED_DESC_F_BOTH) != bits || id > q.mask) break;
    if (rest) {
      rest--;
    } else {
      const m: usize = load<u32>(q.mbufs + (id << 2));
      if (m == 0) break;
      if (q.mergeable) rest = max<u32>(load<u16>(load<u32>(m) + q.headerAt, NET_HEADER_NUM_BUFFERS), 1) - 1;
      packets++;
    }
    if (++slot == size) {
      slot = 0;
      bits ^= PACKED_DESC_F_BOTH;
    }
  }
  return packets;
}
