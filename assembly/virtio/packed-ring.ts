// packed-ring - the packed virtqueue as it lies in shared memory; virtio 1.3, 2.8 "Packed Virtqueues", byte for byte.
//
// desc[N]:      | 0 addr u64 | 8 len u32 | 12 id u16 | 14 flags u16 |   align 16, written by both sides
// driver event: | 0 off_wrap u16 | 2 flags u16 |                        align 4, written by the driver
// device event: likewise                                                align 4, written by the device
// Invariants: R1 N is 1 to 32768, any number. R2 each side has a wrap counter, 1 at first, that turns when it passes slot N - 1.
// R3 a descriptor is available when its AVAIL is the driver's wrap counter and its USED is not, used when both are the device's.
// R4 each side looks at the next slot only, so a burst is published by the flags of its first descriptor, which are written last.
import { MAX_RING_SIZE } from "../abi/limits";

/** Offsets in a descriptor. */
export const PACKED_LEN: usize = 8;
export const PACKED_ID: usize = 12;
export const PACKED_FLAGS: usize = 14;
export const PACKED_DESC_F_NEXT: u32 = 1;
export const PACKED_DESC_F_WRITE: u32 = 2;
export const PACKED_DESC_F_INDIRECT: u32 = 4;
export const PACKED_DESC_F_AVAIL: u32 = 0x80;
export const PACKED_DESC_F_USED: u32 = 0x8000;
export const PACKED_DESC_F_BOTH: u32 = PACKED_DESC_F_AVAIL | PACKED_DESC_F_USED;

/** In the u64 at offset 8: | len | id | flags |. */
export const WORD_ID: u64 = 32;
export const WORD_FLAGS: u64 = 48;

/** Offsets in an event area, and its flags. */
export const EVENT_OFF_WRAP: usize = 0;
export const EVENT_FLAGS: usize = 2;
export const RING_EVENT_FLAGS_ENABLE: u32 = 0;
export const RING_EVENT_FLAGS_DISABLE: u32 = 1;
export const RING_EVENT_FLAGS_DESC: u32 = 2;

/** AVAIL and USED of an available descriptor, by the driver's wrap counter. */
// @ts-ignore: decorator
@inline
export function availBits(wrap: u32): u32 {
  return wrap ? PACKED_DESC_F_AVAIL : PACKED_DESC_F_USED;
}

/** Likewise of a used one, by the device's. */
// @ts-ignore: decorator
@inline
export function usedBits(wrap: u32): u32 {
  return wrap ? PACKED_DESC_F_BOTH : 0;
}

export function packedSizeIsValid(size: u32): bool {
  return size > 0 && size <= MAX_RING_SIZE;
}

/** Offsets of the event areas in DPDK's contiguous layout (vring_init_packed: the device's on the next 4096). */
export function packedRingDriverOffset(size: u32): u32 {
  return size << 4;
}

export function packedRingDeviceOffset(size: u32): u32 {
  return ((size << 4) + 4 + 4095) & ~4095;
}

/**
 * Whether the other side wants to hear of descriptors that were made available or used, `moved` of them from `slot` on.
 * area: its event area. desc: whether it may ask for one descriptor (EVENT_IDX); reserved flags count as enabled
 */
export function packedNeedsEvent(flags: u32, offWrap: u32, slot: u32, wrap: u32, moved: u32, size: u32, desc: u32): bool {
  if (flags == RING_EVENT_FLAGS_DISABLE) return false;
  if (flags != RING_EVENT_FLAGS_DESC || !desc) return true;
  // Where it lies ahead of `slot`, on this lap or on the next.
  const at = (offWrap & 0x7fff) + (offWrap >> 15 == wrap ? 0 : size);
  return at - slot < moved;
}
