// driver - the driver side's bursts, by the layout that was agreed on, and what both have in common: the table of mbufs in flight.
import { mbufFree } from "../mbuf/free";
import { Mbuf } from "../mbuf/mbuf";
import { packedDriverRefill, packedDriverRx, packedDriverRxWaiting } from "./packed-driver-rx";
import { packedDriverTx, packedDriverTxFree } from "./packed-driver-tx";
import { packedVecRx } from "./packed-driver-vec-rx";
import { packedVecTx } from "./packed-driver-vec-tx";
import { splitDriverRefill, splitDriverRx, splitDriverRxWaiting } from "./split-driver-rx";
import { splitDriverTx, splitDriverTxFree } from "./split-driver-tx";
import { splitVecRefill, splitVecRx } from "./split-driver-vec";
import { DriverQueue } from "./virtqueue";

/** Vector paths look at no net header: over packed rings they step back where one may ask for something (over split ones nothing can then). */
// @ts-ignore: decorator
@inline
export function takesVector(q: DriverQueue): bool {
  return q.vector != 0 && (!q.packed || !q.offloads);
}

/**
 * Takes received packets, then posts fresh buffers for all that are free.
 * packets  u32[n] to fill. DriverQueue.errors: packets dropped as malformed
 * @returns packets, 0..min(n, 64); a call that could take more than 4 stops at a cache line of descriptors
 */
// @ts-ignore: decorator
@inline
export function driverRx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  if (takesVector(changetype<DriverQueue>(queue))) return driverVecRx(lcore, queue, packets, n);
  if (changetype<DriverQueue>(queue).packed) return packedDriverRx(lcore, queue, packets, n);
  return splitDriverRx(lcore, queue, packets, n);
}

/** Likewise by the layout's vector path, which does not refill to the brim: DriverQueue.missing says what it could not post. */
function driverVecRx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  return changetype<DriverQueue>(queue).packed ? packedVecRx(lcore, queue, packets, n) : splitVecRx(lcore, queue, packets, n);
}

/**
 * Posts a buffer for every free descriptor, all or none. Called after every rx burst, also an empty one (the PMD's habit);
 * where a vector path refills by itself, for the first fill only.
 * @returns buffers posted; 0 with free descriptors left: the pool could not give them (DriverQueue.freeCount is the number)
 */
export function driverRefill(lcore: usize, queue: usize): u32 {
  const q = changetype<DriverQueue>(queue);
  if (q.packed) return packedDriverRefill(lcore, queue);
  return q.vector ? splitVecRefill(lcore, queue) : splitDriverRefill(lcore, queue);
}

/**
 * Publishes packets; they are the ring's until a later burst frees them.
 * packets  u32[n]. @returns packets taken, 0..n, in order; the PMD never drops one
 */
// @ts-ignore: decorator
@inline
export function driverTx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DriverQueue>(queue);
  if (q.packed) return takesVector(q) ? packedVecTx(lcore, queue, packets, n) : packedDriverTx(lcore, queue, packets, n);
  return splitDriverTx(lcore, queue, packets, n);
}

/** Places for packets of one segment on a tx ring, after taking back what is used. */
export function driverTxFree(lcore: usize, queue: usize): u32 {
  return changetype<DriverQueue>(queue).packed ? packedDriverTxFree(lcore, queue) : splitDriverTxFree(lcore, queue);
}

/** Packets on an rx ring that the device handed over and no burst has taken: a mergeable one counts once. */
export function driverRxWaiting(queue: usize): u32 {
  return changetype<DriverQueue>(queue).packed ? packedDriverRxWaiting(queue) : splitDriverRxWaiting(queue);
}

/** The ring index of the next rx burst's first packet, or of the next tx burst's. */
// @ts-ignore: decorator
@inline
export function driverIndex(queue: usize, position: u32): u32 {
  const q = changetype<DriverQueue>(queue);
  return q.packed ? position : position & q.mask;
}

/** mbufs that the ring holds: posted or in flight. For the audit. */
export function driverHeld(queue: usize): u32 {
  const q = changetype<DriverQueue>(queue);
  let held: u32 = 0;
  for (let place: usize = q.mbufs, end: usize = q.mbufs + ((q.mask + 1) << 2); place < end; place += 4) {
    const m: usize = load<u32>(place);
    if (m) held += <u32>changetype<Mbuf>(m).nbSegs;
  }
  return held;
}

/** Frees all packets and buffers that a ring holds, whose device is gone; the ring is then to be set up anew. */
export function driverRelease(lcore: usize, queue: usize): void {
  const q = changetype<DriverQueue>(queue);
  for (let place: usize = q.mbufs, end: usize = q.mbufs + ((q.mask + 1) << 2); place < end; place += 4) {
    const m = load<u32>(place);
    if (m) mbufFree(lcore, m);
    store<u32>(place, 0);
  }
  q.freeCount = q.mask + 1;
  q.chained = 0;
}
