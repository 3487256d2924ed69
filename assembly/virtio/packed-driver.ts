// packed-driver - what both rings of the driver (guest) side of a packed ring share: which slot is next, which buffer ids are free. The driver
// side is what a virtio PMD does; virtio 1.3, 2.8. Its rx ring is packed-driver-rx, its tx ring packed-driver-tx.
//
// Invariants: U1 the first descriptor of a burst is made available last. U2 a buffer's id is the slot of its first descriptor, unless a buffer that
// began there is still in flight (a device may complete out of order): then any free one. U3 what the device says of an id is checked
// before use; an id that is not in flight breaks the ring, since how many slots it skips nobody knows.
// Writers: descriptors made available, driver event area, DriverQueue: this side.
import { loadDesc64, publishFlags16 } from "../memory/barrier";
import { packedKick } from "./notification";
import { availBits, PACKED_DESC_F_BOTH, PACKED_FLAGS, PACKED_LEN, usedBits, WORD_FLAGS } from "./packed-ring";
import { DriverQueue } from "./virtqueue";

/** (len, id, flags) of the next used descriptor, or 0 in a place that no descriptor has: see isUsed. */
// @ts-ignore: decorator
@inline
export function usedWord(q: DriverQueue): u64 {
  return loadDesc64(q.desc + (q.usedCons << 4) + PACKED_LEN);
}

/** Whether that descriptor was used. */
// @ts-ignore: decorator
@inline
export function isUsed(q: DriverQueue, word: u64): bool {
  return (((word >> WORD_FLAGS) as u32) & PACKED_DESC_F_BOTH) == usedBits(q.usedWrap);
}

/** Goes on by n slots, n <= N. */
// @ts-ignore: decorator
@inline
export function passUsed(q: DriverQueue, n: u32): void {
  q.usedCons += n;
  if (q.usedCons > q.mask) {
    q.usedCons -= q.mask + 1;
    q.usedWrap ^= 1;
  }
}

// @ts-ignore: decorator
@inline
export function passAvail(q: DriverQueue, n: u32): void {
  q.availIdx += n;
  if (q.availIdx > q.mask) {
    q.availIdx -= q.mask + 1;
    q.availWrap ^= 1;
  }
}

/** Slots of the buffer with this id. */
export function slotsOf(q: DriverQueue, id: u32): u32 {
  return max<u32>(load<u16>(q.chains + (id << 2), 2), 1);
}

/** An id for a buffer that begins at the next slot; there is one as long as a descriptor is free. */
export function freeId(q: DriverQueue): u32 {
  let id = q.availIdx;
  if (!load<u32>(q.mbufs + (id << 2))) return id;
  id = q.nextId;
  for (let tries: u32 = 0; tries <= q.mask && load<u32>(q.mbufs + (id << 2)); tries++) id = id == q.mask ? 0 : id + 1;
  q.nextId = id;
  return id;
}

/** Makes the burst available that began at `slot` on the lap of `wrap`. flags: of its first descriptor, without AVAIL and USED */
export function publish(lcore: usize, q: DriverQueue, slot: u32, wrap: u32, flags: u32): void {
  publishFlags16(lcore, q.desc + (slot << 4) + PACKED_FLAGS, availBits(wrap) | flags);
  packedKick(q, slot, wrap, q.availIdx + (q.availWrap == wrap ? 0 : q.mask + 1) - slot);
}
