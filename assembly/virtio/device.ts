// device - the device side's bursts, by the layout that was agreed on.
import { packedDeviceDequeue, packedDeviceEnqueue, packedDeviceReady } from "./packed-device";
import { PACKED_LEN } from "./packed-ring";
import { splitDeviceDequeue, splitDeviceEnqueue, splitDeviceReady } from "./split-device";
import { RING_ENTRIES } from "./split-ring";
import { DeviceQueue } from "./virtqueue";

/**
 * Copies packets into the buffers that the driver posted.
 * packets  u32[n], mbuf addresses; they stay the caller's
 * @returns packets taken, 0..n, in order; DeviceQueue.stop says why fewer
 */
// @ts-ignore: decorator
@inline
export function deviceEnqueue(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  if (changetype<DeviceQueue>(queue).packed) return packedDeviceEnqueue(lcore, queue, packets, n);
  return splitDeviceEnqueue(lcore, queue, packets, n);
}

/**
 * Copies packets out of the buffers that the driver published, into mbufs of the queue's pool.
 * packets  u32[n] to fill
 * @returns packets, 0..n; DeviceQueue.stop says why fewer. With no mbufs 0, and the ring is left as it is
 */
// @ts-ignore: decorator
@inline
export function deviceDequeue(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  if (changetype<DeviceQueue>(queue).packed) return packedDeviceDequeue(lcore, queue, packets, n);
  return splitDeviceDequeue(lcore, queue, packets, n);
}

/** Buffers the driver has posted and this side has not taken: free places on an rx ring, waiting packets on a tx ring. */
export function deviceReady(queue: usize): u32 {
  return changetype<DeviceQueue>(queue).packed ? packedDeviceReady(queue) : splitDeviceReady(queue);
}

/** The ring index at which the next burst begins. */
// @ts-ignore: decorator
@inline
export function deviceIndex(queue: usize): u32 {
  const q = changetype<DeviceQueue>(queue);
  return q.packed ? q.lastAvail : q.lastAvail & q.mask;
}

/** `index` and `by` more. */
export function indexAfter(queue: usize, index: u32, by: u32): u32 {
  const q = changetype<DeviceQueue>(queue);
  return q.packed ? (index + by) % (q.mask + 1) : (index + by) & q.mask;
}

/** The length in the entry that was used at a ring index. */
export function usedLength(queue: usize, index: u32): u32 {
  const q = changetype<DeviceQueue>(queue);
  return q.packed ? load<u32>(q.desc + (index << 4), PACKED_LEN) : load<u32>(q.used + (index << 3), RING_ENTRIES + 4);
}
