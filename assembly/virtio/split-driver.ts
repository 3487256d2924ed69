// split-driver - what both rings of the driver (guest) side share: counting used entries, the free list of descriptors.
// The driver side is what a virtio PMD does; virtio 1.3, 2.7. Its rx ring is split-driver-rx, its tx ring split-driver-tx.
//
// Invariants: V1 avail.idx is published once a burst, after descriptors and entries. V2 every posted descriptor has its mbuf in
// `mbufs`; freed descriptors go to the tail of the free list. V3 a used id or length from the device is checked before use; the free list lies where the
// device may write, so no head is taken that is in flight: that breaks the ring.
// Writers: desc, avail, DriverQueue: this side.
import { loadIndex16 } from "../memory/barrier";
import { RING_ENTRIES, RING_IDX } from "./split-ring";
import { DriverQueue } from "./virtqueue";

/** Used entries that the device wrote and this side has not taken. */
// @ts-ignore: decorator
@inline
export function usedCount(q: DriverQueue): u32 {
  const n = (loadIndex16(q.used + RING_IDX) - q.usedCons) & 0xffff;
  return n > q.mask + 1 - q.freeCount ? 0 : n; // more than is posted: a device that lies is not listened to
}

/** The head with which an empty free list starts: the first of n used entries that stands for a posted buffer. @returns it, also as tail */
export function firstFreed(q: DriverQueue, n: u32): u32 {
  for (let i: u32 = 0; i < n; i++) {
    const head = load<u32>(q.used + (((q.usedCons + i) & q.mask) << 3), RING_ENTRIES);
    if (head <= q.mask && load<u32>(q.mbufs + (head << 2))) return (q.freeHead = head);
  }
  return q.freeHead;
}
