// split-driver-rx - the driver side's rx ring: taking received packets, posting fresh buffers. Follows DPDK 22.11's virtio_recv_pkts and
// virtio_recv_mergeable_pkts in how many are taken a call, what is dropped, and which buffer is posted when.
// In order (virtio_recv_pkts_inorder) a buffer's descriptor is its place in the ring; what a device gives back in batches is taken in rx-buffers.
import { DROP_RX_OFFLOAD, DROP_RX_SEGMENTS, DROP_RX_SHORT } from "../abi/drops";
import { MBUF_HEADROOM } from "../abi/limits";
import { mbufFree } from "../mbuf/free";
import { Mbuf, mbufChain, mbufReset } from "../mbuf/mbuf";
import { mempoolGet, mempoolPut } from "../mbuf/mempool";
import { loadIndex16, publish16 } from "../memory/barrier";
import { driverTakeRequest, NET_HEADER_CSUM_OFFSET, NET_HEADER_NUM_BUFFERS } from "./net-header";
import { splitKick } from "./notification";
import { firstFreed, usedCount } from "./split-driver";
import { RX_BURST_MAX, rxAny as rxBuffers, rxDrop } from "./rx-buffers";
import { DESC_NEXT, LFN_WRITE, RING_ENTRIES, RING_IDX } from "./split-ring";
import { DriverQueue, RX_MIN } from "./virtqueue";

/** Descriptors a cache line: a call of more than this many stops at a line's end. */
const DESC_PER_CACHELINE: u32 = 4;

/**
 * Takes received packets, then posts fresh buffers for all that are free.
 * packets  u32[n] to fill. DriverQueue.errors: packets dropped as malformed
 * @returns packets, 0..min(n, 64); a call that could take more than 4 stops at a cache line of descriptors
 */
export function splitDriverRx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DriverQueue>(queue);
  q.errors = 0;
  q.burstBytes = 0;
  if (q.broken) return 0;
  let num = usedCount(q);
  if (num > n) num = n;
  if (num > RX_BURST_MAX) num = RX_BURST_MAX;
  if (num > DESC_PER_CACHELINE) num -= (q.usedCons + num) & (DESC_PER_CACHELINE - 1);
  if (num == 0) {
    if (q.freeCount) splitDriverRefill(lcore, queue);
    return 0;
  }
  if (q.inOrder && !isSequential(q, num)) return rxOrdered(lcore, queue, packets, num);
  if (q.freeCount || !mempoolGet(lcore, q.pool, q.scratch, num)) {
    return q.inOrder ? rxOrdered(lcore, queue, packets, num) : rxAny(lcore, queue, packets, num);
  }
  const first = q.usedCons, taken = rxUsual(queue, packets, num);
  if (taken == num) {
    const old = q.availIdx;
    const posted = exchange(queue, first, num);
    if (posted < num) breakRing(lcore, q, q.scratch + (posted << 2), num - posted);
    publish16(lcore, q.avail + RING_IDX, q.availIdx);
    splitKick(q, old);
    return num;
  }
  // Something else is among them: the fresh mbufs go back to the cache's top, as they came from there, and all goes the common way.
  for (let i = num; i > 0; i--) mempoolPut(lcore, q.pool, q.scratch + ((i - 1) << 2), 1);
  if (taken) giveBack(q, first, taken);
  packets += taken << 2;
  return taken + (q.inOrder ? rxOrdered(lcore, queue, packets, num - taken) : rxAny(lcore, queue, packets, num - taken));
}

/** In order: takes num used buffers of whatever kind, then refills. */
function rxOrdered(lcore: usize, queue: usize, packets: usize, num: u32): u32 {
  num = rxBuffers(lcore, queue, packets, num);
  splitDriverRefill(lcore, queue);
  return num;
}

/** In order: whether num used entries say what they must, one a buffer, and buffers taken are posted again where they were. */
function isSequential(q: DriverQueue, num: u32): bool {
  if (q.partial | q.batchLast | q.freeCount) return false;
  const mask = q.mask;
  let index = q.usedCons, differs: u32 = 0;
  for (const end = index + num; index < end; index++) {
    const slot = index & mask;
    differs |= load<u32>(q.used + (slot << 3), RING_ENTRIES) ^ slot;
  }
  return differs == 0;
}

/**
 * Takes packets of one buffer, 14 bytes or more, without flags; stops at the first other one.
 * Exported to stay apart from its caller, see split-usual. @returns packets taken. Their descriptors are neither free nor posted
 */
export function rxUsual(queue: usize, packets: usize, num: u32): u32 {
  const q = changetype<DriverQueue>(queue);
  const used: usize = q.used, mask = q.mask, mbufs: usize = q.mbufs, ids: usize = q.ids;
  const header = q.headerBytes, rearm = q.rearm, headerAt = q.headerAt, longest = q.longest, buffersAt = q.buffersAt;
  let usedCons = q.usedCons, bytes: u32 = 0, out = packets;
  for (const end = packets + (num << 2); out < end; out += 4) {
    const entry = used + ((usedCons & mask) << 3), head = load<u32>(entry, RING_ENTRIES), length = load<u32>(entry, RING_ENTRIES + 4) - header;
    if (head > mask) break;
    const place = mbufs + (head << 2), m: usize = load<u32>(place);
    if (m == 0) break;
    if (length - RX_MIN > longest) break;
    const buffer = load<u32>(m);
    if (load<u16>(buffer + buffersAt) > 1) break;
    if (load<u16>(buffer + headerAt)) break;
    store<u32>(place, 0);
    usedCons++;
    bytes += length;
    mbufReset(m, rearm, length, load<u32>(ids + (head << 2)));
    store<u32>(out, m as u32);
  }
  q.usedCons = usedCons & 0xffff;
  q.burstBytes = bytes;
  return ((out - packets) >> 2) as u32;
}

/**
 * Posts the fresh mbufs of q.scratch under the descriptors of n used entries: on a ring that was full this is where giving them back
 * and refilling would put them. Length and flags stand from the first fill. Does not publish. Exported, see split-usual.
 * @returns how many; fewer: a device that has rewritten its entries since
 */
export function exchange(queue: usize, first: u32, n: u32): u32 {
  const q = changetype<DriverQueue>(queue);
  const used: usize = q.used, mask = q.mask, mbufs: usize = q.mbufs, desc: usize = q.desc, avail: usize = q.avail;
  const gpa = q.gpa + q.headerAt;
  let idx = q.availIdx, fresh: usize = q.scratch;
  for (const end = fresh + (n << 2); fresh < end; fresh += 4, first++, idx++) {
    const head = load<u32>(used + ((first & mask) << 3), RING_ENTRIES) & mask, m: usize = load<u32>(fresh);
    if (load<u32>(mbufs + (head << 2))) break;
    store<u32>(mbufs + (head << 2), m as u32);
    store<u64>(desc + (head << 4), gpa + load<u32>(m));
    store<u16>(avail + ((idx & mask) << 1), head as u16, RING_ENTRIES);
  }
  q.availIdx = idx & 0xffff;
  return ((fresh - <usize>q.scratch) >> 2) as u32;
}

/** A device has written where only this side may: the ring stands still. Frees n fresh mbufs. */
function breakRing(lcore: usize, q: DriverQueue, handles: usize, n: u32): void {
  q.broken = 1;
  for (let i: u32 = 0; i < n; i++) mbufFree(lcore, load<u32>(handles + (i << 2)));
}

/** Makes the free list of the descriptors of n used entries; it was empty. */
function giveBack(q: DriverQueue, first: u32, n: u32): void {
  let tail: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const head = load<u32>(q.used + (((first + i) & q.mask) << 3), RING_ENTRIES) & q.mask;
    if (i == 0) q.freeHead = head;
    else store<u16>(q.desc + (tail << 4), head as u16, DESC_NEXT);
    tail = head;
  }
  q.freeTail = tail;
  q.freeCount = n;
}

/** Takes num used entries of whatever kind, then refills. */
function rxAny(lcore: usize, queue: usize, packets: usize, num: u32): u32 {
  const q = changetype<DriverQueue>(queue);
  let usedCons = q.usedCons, strays: u32 = 0;
  const desc: usize = q.desc, used: usize = q.used, mask = q.mask, mbufs: usize = q.mbufs, ids: usize = q.ids;
  let tail = q.freeCount ? q.freeTail : firstFreed(q, num), out = packets, i: u32 = 0, bytes = q.burstBytes;
  for (; i < num; i++) {
    const entry = load<u64>(used + ((usedCons & mask) << 3), RING_ENTRIES), head = (entry as u32) & mask;
    const length = ((entry >> 32) as u32) - q.headerBytes, place = mbufs + (head << 2), m: usize = load<u32>(place);
    usedCons++;
    if (u32(m == 0) | u32((entry as u32) > mask)) {
      strays++;
      continue;
    }
    store<u32>(place, 0);
    store<u16>(desc + (tail << 4), head as u16, DESC_NEXT);
    tail = head;
    mbufReset(m, q.rearm, length, load<u32>(ids + (head << 2)));
    const buffer = load<u32>(m), h = buffer + q.headerAt;
    if (u32(length - RX_MIN > q.longest) | u32(load<u16>(buffer + q.buffersAt) > 1) | <u32>load<u16>(h)) {
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
  if (<i32>length < <i32>RX_MIN) return <u32>rxDrop(lcore, q, m, DROP_RX_SHORT);
  const room = <u32>changetype<Mbuf>(m).bufferLength - MBUF_HEADROOM;
  if (length > room) return <u32>rxDrop(lcore, q, m, DROP_RX_SEGMENTS); // the device claims more than it was given
  if (q.offloads && !driverTakeRequest(m, load<u64>(h), load<u16>(h, NET_HEADER_CSUM_OFFSET))) return <u32>rxDrop(lcore, q, m, DROP_RX_OFFLOAD);
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

/**
 * Posts a buffer for every free descriptor, all or none. Called after every rx burst, also an empty one (the PMD's habit).
 * @returns buffers posted; 0 with free descriptors left: the pool could not give them (DriverQueue.freeCount is the number)
 */
export function splitDriverRefill(lcore: usize, queue: usize): u32 {
  const q = changetype<DriverQueue>(queue), n = q.freeCount, handles: usize = q.scratch;
  if (n == 0 || q.broken) return 0;
  if (!mempoolGet(lcore, q.pool, handles, n)) return 0;
  const desc: usize = q.desc, avail: usize = q.avail, mask = q.mask, mbufs: usize = q.mbufs, header = q.headerBytes;
  const gpa = q.gpa + (MBUF_HEADROOM - header), end = handles + (n << 2);
  const length = <u32>changetype<Mbuf>(load<u32>(handles) as usize).bufferLength - MBUF_HEADROOM + header;
  const old = q.availIdx;
  if (q.inOrder) q.freeHead = old & mask;
  let head = q.freeHead, idx = old;
  for (let p = handles; p < end; p += 4) {
    const m: usize = load<u32>(p), d = desc + (head << 4), next: u32 = q.inOrder ? head + 1 & mask : <u32>load<u16>(d, DESC_NEXT);
    if (load<u32>(mbufs + (head << 2))) {
      breakRing(lcore, q, p, ((end - p) >> 2) as u32);
      return 0;
    }
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
  splitKick(q, old);
  return n;
}

/** Packets on an rx ring that the device handed over and no burst has taken: counts heads of mergeable packets once. */
export function splitDriverRxWaiting(queue: usize): u32 {
  const q = changetype<DriverQueue>(queue);
  let n = usedCount(q), at = q.usedCons, packets: u32 = 0;
  while (n) {
    const head = load<u32>(q.used + ((at & q.mask) << 3), RING_ENTRIES) & q.mask, m: usize = load<u32>(q.mbufs + (head << 2));
    let buffers: u32 = 1;
    if (m) { // else a stray: no buffer is posted under this head
      if (q.mergeable) buffers = max<u32>(load<u16>(load<u32>(m) + MBUF_HEADROOM - q.headerBytes, NET_HEADER_NUM_BUFFERS), 1);
      packets++;
    }
    at += buffers;
    n = n > buffers ? n - buffers : 0;
  }
  return packets;
}
