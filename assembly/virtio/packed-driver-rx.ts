// packed-driver-rx - the driver side's rx ring, packed: taking received packets, posting fresh buffers. Follows DPDK 22.11's
// virtio_recv_pkts_packed and virtio_recv_mergeable_pkts_packed in how many are taken a call, what is dropped, which buffer is posted when.
// The usual packets are taken here, all others in rx-buffers.ts.
import { Mbuf, mbufReset } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { loadDesc64 } from "../memory/barrier";
import { NET_HEADER_NUM_BUFFERS } from "./net-header";
import { freeId, passAvail, passUsed, publish } from "./packed-driver";
import { availBits, PACKED_DESC_F_BOTH, PACKED_DESC_F_WRITE, PACKED_ID, PACKED_LEN, usedBits, WORD_FLAGS, WORD_ID } from "./packed-ring";
import { RX_BURST_MAX, rxAny, rxAvailable } from "./rx-buffers";
import { DriverQueue, RX_MIN } from "./virtqueue";

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
  if (taken < num && rxAvailable(q)) taken += rxAny(lcore, queue, packets + (taken << 2), num - taken);
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

/** As driverRefill. */
export function packedDriverRefill(lcore: usize, queue: usize): u32 {
  const q = changetype<DriverQueue>(queue), n = q.freeCount, handles: usize = q.scratch, slot = q.availIdx, wrap = q.availWrap;
  if (n == 0 || q.broken) return 0;
  if (!mempoolGet(lcore, q.pool, handles, n)) return 0;
  const length = <u32>changetype<Mbuf>(load<u32>(handles) as usize).bufferLength - q.headerAt;
  postFirst(q, load<u32>(handles), length);
  for (let posted: u32 = 1; posted < n; ) posted += postRun(q, handles + (posted << 2), n - posted, length);
  q.freeCount = 0;
  publish(lcore, q, slot, wrap, PACKED_DESC_F_WRITE);
  return n;
}

/** Posts a burst's first buffer, whose flags wait. */
export function postFirst(q: DriverQueue, m: usize, length: u32): void {
  const d: usize = q.desc + (q.availIdx << 4), id = freeId(q);
  store<u32>(q.mbufs + (id << 2), m as u32);
  store<u64>(d, q.gpa + q.headerAt + load<u32>(m));
  store<u32>(d, length, PACKED_LEN);
  store<u16>(d, id as u16, PACKED_ID);
  passAvail(q, 1);
}

/** Posts up to n buffers, up to the ring's end or, if it is the next one, one whose id is not its slot. @returns how many, at least 1 */
export function postRun(q: DriverQueue, handles: usize, n: u32, length: u32): u32 {
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
