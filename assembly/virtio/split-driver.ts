// split-driver - what both rings of the driver (guest) side share: counting used entries, kicking, the free list of descriptors.
// The driver side is what a virtio PMD does; virtio 1.3, 2.7. Its rx ring is split-driver-rx, its tx ring split-driver-tx.
//
// Invariants: V1 avail.idx is published once a burst, after descriptors and entries. V2 every posted descriptor has its mbuf in
// `mbufs`; freed descriptors go to the tail of the free list. V3 a used id or length from the device is checked before use.
// Writers: desc, avail, DriverQueue: this side.
import { mbufFree } from "../mbuf/free";
import { loadIndex16 } from "../memory/barrier";
import { RING_ENTRIES, RING_F_NO_NOTIFY, RING_FLAGS, RING_IDX } from "./split-ring";
import { DriverQueue } from "./virtqueue";

/** Used entries that the device wrote and this side has not taken. */
// @ts-ignore: decorator
@inline
export function usedCount(q: DriverQueue): u32 {
  const n = (loadIndex16(q.used + RING_IDX) - q.usedCons) & 0xffff;
  return n > q.mask + 1 - q.freeCount ? 0 : n; // more than is posted: a device that lies is not listened to
}

/** Tells the device of what was published, unless it asked not to be told. */
// @ts-ignore: decorator
@inline
export function kick(q: DriverQueue): void {
  if (!(loadIndex16(q.used + RING_FLAGS) & RING_F_NO_NOTIFY)) q.kicks++;
}

/** The head with which an empty free list starts: the first of n used entries that stands for a posted buffer. @returns it, also as tail */
export function firstFreed(q: DriverQueue, n: u32): u32 {
  for (let i: u32 = 0; i < n; i++) {
    const head = load<u32>(q.used + (((q.usedCons + i) & q.mask) << 3), RING_ENTRIES);
    if (head <= q.mask && load<u32>(q.mbufs + (head << 2))) return (q.freeHead = head);
  }
  return q.freeHead;
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

/** Frees all packets and buffers that a ring holds, whose device is gone; the ring is then to be set up anew. */
export function splitDriverRelease(lcore: usize, queue: usize): void {
  const q = changetype<DriverQueue>(queue);
  for (let place = q.mbufs, end = q.mbufs + ((q.mask + 1) << 2); place < end; place += 4) {
    const m = load<u32>(place);
    if (m) mbufFree(lcore, m);
    store<u32>(place, 0);
  }
  q.freeCount = q.mask + 1;
  q.chained = 0;
}
