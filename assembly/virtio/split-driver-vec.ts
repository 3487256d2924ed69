// split-driver-vec - the driver side's rx ring, split, by vectors: DPDK 22.11's virtio_recv_pkts_vec, without mergeable buffers and not in order.
// It takes no burst below eight, whole eights of what is asked for, and never goes past the ring's end in a call; buffers are posted 32 at a time,
// before anything is received. Net headers are not looked at, and frames may be shorter than an Ethernet header.
//
// Invariants: W1 an avail entry is its place for ever, and so is a posted buffer's descriptor. W2 the driver of DPDK does not look at used ids: here they
// are compared, four at a time; a device that completes out of order is served a buffer at a time (rx-buffers.ts), and 32 descriptors are
// posted when all of them have come back.
import { MBUF_HEADROOM } from "../abi/limits";
import { mbufResetFour } from "../mbuf/mbuf";
import { Mempool, mempoolGet } from "../mbuf/mempool";
import { publish16 } from "../memory/barrier";
import { splitKick } from "./notification";
import { rxAny } from "./rx-buffers";
import { usedCount } from "./split-driver";
import { DESC_LEN, LFN_WRITE, RING_ENTRIES, RING_IDX } from "./split-ring";
import { DriverQueue } from "./virtqueue";

/** RTE_VIRTIO_DESC_PER_LOOP and RTE_VIRTIO_VPMD_RX_REARM_THRESH. */
const PACKETS_PER_LOOP: u32 = 8;
const REARM: u32 = 32;

/** As driverRx, by this path's rules. @returns packets, 0..n rounded down to a multiple of 8 */
export function splitVecRx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DriverQueue>(queue);
  q.errors = 0;
  q.burstBytes = 0;
  q.missing = 0;
  if (q.broken | u32(n < PACKETS_PER_LOOP)) return 0;
  if (q.freeCount >= REARM) rearm(lcore, q);
  const num = min<u32>(min<u32>(usedCount(q), n & ~(PACKETS_PER_LOOP - 1)), q.mask + 1 - (q.usedCons & q.mask));
  if (num == 0) return 0;
  const taken = splitVecFours(queue, packets, num);
  return taken == num ? taken : taken + rxAny(lcore, queue, packets + (taken << 2), num - taken);
}

/**
 * Takes received buffers four at a time, as long as all four are what the usual device gives: their ids their places, their lengths within
 * the buffer. n: not past the ring's end. Exported to stay apart from its caller, see split-usual. @returns packets
 */
export function splitVecFours(queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DriverQueue>(queue), first = q.usedCons & q.mask, rearmed = i64x2.splat(q.rearm), zero = i32x4.splat(0);
  const less = i32x4.splat(<i32>(q.headerBytes + q.shortest)), longest = i32x4.splat(<i32>q.longest), shortest = i32x4.splat(<i32>q.shortest);
  let entry: usize = q.used + (first << 3), place: usize = q.mbufs + (first << 2), id: usize = q.ids + (first << 2), out = packets;
  let wanted = i32x4.add(i32x4.splat(<i32>first), i32x4(0, 1, 2, 3)), bytes = zero;
  for (const end = packets + ((n & ~3) << 2); out < end; out += 16, entry += 32, place += 16, id += 16) {
    const a = v128.load(entry, RING_ENTRIES), b = v128.load(entry, RING_ENTRIES + 16), handles = v128.load(place), numbers = v128.load(id);
    const beyond = i32x4.sub(v128.shuffle<u32>(a, b, 1, 3, 5, 7), less);
    const unusual = v128.or(v128.xor(v128.shuffle<u32>(a, b, 0, 2, 4, 6), wanted), i32x4.gt_u(beyond, longest));
    if (v128.any_true(v128.or(unusual, i32x4.eq(handles, zero)))) break;
    const lengths = i32x4.add(beyond, shortest);
    v128.store(place, zero);
    v128.store(out, handles);
    mbufResetFour(handles, rearmed, lengths, numbers);
    bytes = i32x4.add(bytes, lengths);
    wanted = i32x4.add(wanted, i32x4.splat(4));
  }
  const taken = ((out - packets) >> 2) as u32;
  q.usedCons = (q.usedCons + taken) & 0xffff;
  q.freeCount += taken;
  q.burstBytes = i32x4.extract_lane(bytes, 0) + i32x4.extract_lane(bytes, 1) + i32x4.extract_lane(bytes, 2) + i32x4.extract_lane(bytes, 3);
  return taken;
}

/** Posts 32 buffers, all or none. @returns whether it did */
function rearm(lcore: usize, q: DriverQueue): bool {
  const slot = q.availIdx & q.mask, places: usize = q.mbufs + (slot << 2);
  if (!isVacant(places)) return false;
  if (!mempoolGet(lcore, q.pool, places, REARM)) {
    memory.fill(places, 0, REARM << 2); // what a pool that runs low leaves there
    q.missing = REARM;
    return false;
  }
  splitVecPost(changetype<usize>(q), slot);
  const old = q.availIdx;
  q.availIdx = (old + REARM) & 0xffff;
  q.freeCount -= REARM;
  publish16(lcore, q.avail + RING_IDX, q.availIdx);
  splitKick(q, old);
  return true;
}

/** Whether no buffer is in flight in 32 places. */
function isVacant(places: usize): bool {
  let any = v128.load(places);
  for (let at: usize = 16; at < <usize>(REARM << 2); at += 16) any = v128.or(any, v128.load(places + at));
  return !v128.any_true(any);
}

/** Points 32 descriptors at the buffers of their places. Exported, see split-usual. */
export function splitVecPost(queue: usize, slot: u32): void {
  const q = changetype<DriverQueue>(queue), gpa = q.gpa + q.headerAt;
  let d: usize = q.desc + (slot << 4), place: usize = q.mbufs + (slot << 2);
  for (const end = place + (REARM << 2); place < end; place += 16, d += 64) {
    const a: usize = load<u32>(place), b: usize = load<u32>(place, 4), c: usize = load<u32>(place, 8), e: usize = load<u32>(place, 12);
    store<u64>(d, gpa + load<u32>(a));
    store<u64>(d, gpa + load<u32>(b), 16);
    store<u64>(d, gpa + load<u32>(c), 32);
    store<u64>(d, gpa + load<u32>(e), 48);
  }
}

/**
 * As driverRefill. Of a ring that is new this writes what stays as it is: avail entries, and lengths and flags of descriptors. A ring of fewer
 * than 32 descriptors never gets a buffer, as the driver's does not.
 */
export function splitVecRefill(lcore: usize, queue: usize): u32 {
  const q = changetype<DriverQueue>(queue), length = changetype<Mempool>(q.pool as usize).bufferLength - MBUF_HEADROOM + q.headerBytes;
  q.missing = 0;
  if (q.broken) return 0;
  for (let i: u32 = 0; i <= q.mask; i++) {
    store<u64>(q.desc + (i << 4), <u64>length | LFN_WRITE, DESC_LEN);
    store<u16>(q.avail + (i << 1), i as u16, RING_ENTRIES);
  }
  const free = q.freeCount;
  while (q.freeCount >= REARM) if (!rearm(lcore, q)) break;
  return free - q.freeCount;
}
