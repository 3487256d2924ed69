// packed-driver-vec-rx - the driver side's rx ring, packed, by vectors: DPDK 22.11's virtio_recv_pkts_packed_vec, in order and without mergeable
// buffers. Buffers are taken four at a time, single ones in rx-buffers.ts; rx_free_thresh of them are posted when so many are free, after
// receiving. Net headers are not looked at, and frames may be shorter than an Ethernet header.
// Invariants: those of packed-driver. Each descriptor is read once, and its id is compared: DPDK's driver believes it.
import { mbufResetFour } from "../mbuf/mbuf";
import { Mempool, mempoolGet } from "../mbuf/mempool";
import { loadDesc64 } from "../memory/barrier";
import { passAvail, passUsed, publish } from "./packed-driver";
import { postFirst, postRun } from "./packed-driver-rx";
import { availBits, PACKED_DESC_F_WRITE, PACKED_FLAGS, PACKED_LEN, usedBits, WORD_FLAGS, WORD_ID } from "./packed-ring";
import { RX_BURST_MAX, rxAny, rxAvailable } from "./rx-buffers";
import { DriverQueue } from "./virtqueue";

/** PACKED_BATCH_SIZE: descriptors a cache line. */
const BATCH: u32 = 4;

/** As driverRx, by this path's rules. */
export function packedVecRx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DriverQueue>(queue);
  q.errors = 0;
  q.burstBytes = 0;
  q.missing = 0;
  let num = min<u32>(n, RX_BURST_MAX);
  if (num > BATCH) num -= (q.usedCons + num) & (BATCH - 1);
  let taken: u32 = 0;
  if (!(q.broken | q.batchLast)) {
    taken = packedVecFours(queue, packets, num);
    if (taken < num && q.usedCons == 0) taken += packedVecFours(queue, packets + (taken << 2), num - taken);
  }
  if (taken < num && rxAvailable(q)) taken += rxAny(lcore, queue, packets + (taken << 2), num - taken);
  if (q.freeCount >= max<u32>(q.freeThreshold, 1) && !q.broken) refill(lcore, q);
  return taken;
}

/**
 * Takes received buffers four at a time up to the ring's end, as long as all four are what the usual device gives. Exported to stay apart
 * from its caller, see split-usual. @returns packets
 */
export function packedVecFours(queue: usize, packets: usize, num: u32): u32 {
  const q = changetype<DriverQueue>(queue), slot = q.usedCons, rearmed = i64x2.splat(q.rearm), zero = i32x4.splat(0);
  const less = i32x4.splat(<i32>(q.headerBytes + q.shortest)), longest = i32x4.splat(<i32>q.longest), shortest = i32x4.splat(<i32>q.shortest);
  let d: usize = q.desc + (slot << 4), place: usize = q.mbufs + (slot << 2), id: usize = q.ids + (slot << 2), out = packets;
  let wanted = i32x4.add(i32x4.splat(<i32>(slot | ((usedBits(q.usedWrap) | PACKED_DESC_F_WRITE) << 16))), i32x4(0, 1, 2, 3)), bytes = zero;
  for (const end = packets + ((min<u32>(num, q.mask + 1 - slot) & ~(BATCH - 1)) << 2); out < end; out += 16, d += 64, place += 16, id += 16) {
    const a = i64x2.replace_lane(i64x2.splat(loadDesc64(d + PACKED_LEN)), 1, loadDesc64(d + 16 + PACKED_LEN));
    const b = i64x2.replace_lane(i64x2.splat(loadDesc64(d + 32 + PACKED_LEN)), 1, loadDesc64(d + 48 + PACKED_LEN));
    const handles = v128.load(place), numbers = v128.load(id);
    const beyond = i32x4.sub(v128.shuffle<u32>(a, b, 0, 2, 4, 6), less);
    const unusual = v128.or(v128.xor(v128.shuffle<u32>(a, b, 1, 3, 5, 7), wanted), i32x4.gt_u(beyond, longest));
    if (v128.any_true(v128.or(unusual, i32x4.eq(handles, zero)))) break;
    const lengths = i32x4.add(beyond, shortest);
    v128.store(place, zero);
    v128.store(out, handles);
    mbufResetFour(handles, rearmed, lengths, numbers);
    bytes = i32x4.add(bytes, lengths);
    wanted = i32x4.add(wanted, i32x4.splat(4));
  }
  const taken = ((out - packets) >> 2) as u32;
  passUsed(q, taken);
  q.freeCount += taken;
  q.burstBytes += i32x4.extract_lane(bytes, 0) + i32x4.extract_lane(bytes, 1) + i32x4.extract_lane(bytes, 2) + i32x4.extract_lane(bytes, 3);
  return taken;
}

/** Posts rx_free_thresh buffers, all or none. */
function refill(lcore: usize, q: DriverQueue): void {
  const n = max<u32>(q.freeThreshold, 1), handles: usize = q.scratch, slot = q.availIdx, wrap = q.availWrap;
  if (!mempoolGet(lcore, q.pool, handles, n)) {
    q.missing = n;
    return;
  }
  const length = changetype<Mempool>(q.pool as usize).bufferLength - q.headerAt;
  let posted: u32 = 0;
  while (posted < n) {
    const from = handles + (posted << 2), fours = packedVecPost(changetype<usize>(q), from, n - posted, length, posted);
    posted += fours;
    if (fours || posted == n) continue;
    if (posted) {
      posted += postRun(q, from, min<u32>(n - posted, BATCH - 1), length);
    } else {
      postFirst(q, load<u32>(from), length);
      posted = 1;
    }
  }
  q.freeCount -= n;
  publish(lcore, q, slot, wrap, PACKED_DESC_F_WRITE);
}

/**
 * Posts buffers four at a time, up to the ring's end or to an id that is in flight. held: 0: the first is the burst's, whose flags stay as they
 * are. Exported, see split-usual. @returns how many
 */
export function packedVecPost(queue: usize, handles: usize, n: u32, length: u32, held: u32): u32 {
  const q = changetype<DriverQueue>(queue), slot = q.availIdx, gpa = q.gpa + q.headerAt, one: u64 = (1 as u64) << WORD_ID;
  const given: u64 = (<u64>(availBits(q.availWrap) | PACKED_DESC_F_WRITE)) << WORD_FLAGS;
  let d: usize = q.desc + (slot << 4), place: usize = q.mbufs + (slot << 2), p = handles, word = <u64>length | (<u64>slot << WORD_ID);
  let flags: u64 = held ? given : (<u64>load<u16>(d, PACKED_FLAGS)) << WORD_FLAGS;
  for (const end = handles + ((min<u32>(n, q.mask + 1 - slot) & ~(BATCH - 1)) << 2); p < end; p += 16, d += 64, place += 16, word += one << 2) {
    if (v128.any_true(v128.load(place))) break;
    const four = v128.load(p);
    v128.store(place, four);
    store<u64>(d, gpa + load<u32>(i32x4.extract_lane(four, 0)));
    store<u64>(d, word | flags, PACKED_LEN);
    store<u64>(d, gpa + load<u32>(i32x4.extract_lane(four, 1)), 16);
    store<u64>(d, (word + one) | given, 16 + PACKED_LEN);
    store<u64>(d, gpa + load<u32>(i32x4.extract_lane(four, 2)), 32);
    store<u64>(d, (word + 2 * one) | given, 32 + PACKED_LEN);
    store<u64>(d, gpa + load<u32>(i32x4.extract_lane(four, 3)), 48);
    store<u64>(d, (word + 3 * one) | given, 48 + PACKED_LEN);
    flags = given;
  }
  const posted = ((p - handles) >> 2) as u32;
  passAvail(q, posted);
  return posted;
}
