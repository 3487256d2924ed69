// split-ring - the split virtqueue as it lies in shared memory; virtio 1.3, 2.7 "Split Virtqueues", byte for byte.
//
// desc[N]: | 0 addr u64 | 8 len u32 | 12 flags u16 | 14 next u16 |               align 16
// avail:   | 0 flags u16 | 2 idx u16 | 4 ring u16[N] | used_event u16 |           align 2, written by the driver
// used:    | 0 flags u16 | 2 idx u16 | 4 {id u32, len u32}[N] | avail_event u16 | align 4, written by the device
// Invariants: S1 idx runs free modulo 65536; the slot is idx & (N - 1). S2 N is a power of two up to 32768.
import { MAX_RING_SIZE } from "../abi/limits";

@unmanaged
export class Desc {
  addr: u64;
  len: u32;
  flags: u16;
  next: u16;
}

/** Offsets in a descriptor. */
export const DESC_LEN: usize = 8;
export const DESC_FLAGS: usize = 12;
export const DESC_NEXT: usize = 14;
export const VRING_DESC_F_NEXT: u32 = 1;
export const VRING_DESC_F_WRITE: u32 = 2;
export const VRING_DESC_F_INDIRECT: u32 = 4;

export const RING_FLAGS: usize = 0;
export const RING_IDX: usize = 2;
export const RING_ENTRIES: usize = 4;
/** avail.flags: the driver wants no call. used.flags: the device wants no kick. */
export const RING_F_NO_NOTIFY: u32 = 1;

/** (len, flags, next) as the u64 at offset 8 of a descriptor. */
export const LFN_WRITE: u64 = (VRING_DESC_F_WRITE as u64) << 32;

export function ringSizeIsValid(size: u32): bool {
  return size > 0 && size <= MAX_RING_SIZE && (size & (size - 1)) == 0;
}

/** Offsets of avail and used, and the whole, in DPDK's contiguous layout (used on the next 4096; vring_init). */
export function splitRingAvailOffset(size: u32): u32 {
  return size << 4;
}

export function splitRingUsedOffset(size: u32): u32 {
  return ((size << 4) + 6 + 2 * size + 4095) & ~4095;
}

export function splitRingBytes(size: u32): u32 {
  return splitRingUsedOffset(size) + 6 + 8 * size;
}
