// guest-memory - the regions in which a device side may read and write, and the one place that computes a linear address from a
// guest one. Follows the memory table of vhost-user (VHOST_USER_SET_MEM_TABLE): up to eight regions.
// Invariant: G1 an address is used only after [address, address + length) was found inside one region.

import { GUEST_MEMORY_BYTES } from "../abi/sizes";

@unmanaged
export class GuestMemory {
  count: u32;
  rarp: u32; // 1: a RARP frame is to come in as if the guest had sent it (announcement.ts),
  mac: u64; // of this address, the first byte lowest
  // then regions: { guest u64, size u64, linear u64 }
}

if (offsetof<GuestMemory>() > GUEST_MEMORY_BYTES) ERROR();
const REGION_MAX: u32 = 8;
const REGION_BYTES: u32 = 24;
const REGIONS: usize = 16;
/** Within a region's entry. */
export const REGION_GUEST: usize = 0;
export const REGION_LINEAR: usize = 16;

/** The first region: what a queue keeps at hand. */
export function firstGuest(memory: usize): u64 {
  return load<u64>(memory, REGIONS);
}

export function firstSize(memory: usize): u64 {
  return load<u64>(memory, REGIONS + 8);
}

export function firstLinear(memory: usize): u32 {
  return load<u64>(memory, REGIONS + 16) as u32;
}

/** Takes all regions away. */
export function guestMemoryClear(memory: usize): void {
  changetype<GuestMemory>(memory).count = 0;
}

/** Adds a region. guest: its guest physical address; linear: where it lies in our memory. @returns false: the table is full */
export function guestMemoryAdd(memory: usize, guest: u64, size: u64, linear: u32): bool {
  const g = changetype<GuestMemory>(memory);
  if (g.count == REGION_MAX) return false;
  const r = memory + REGIONS + g.count * REGION_BYTES;
  store<u64>(r, guest);
  store<u64>(r, size, 8);
  store<u64>(r, <u64>linear, 16);
  g.count++;
  return true;
}

/** How many of [guest, guest + length)'s first bytes lie in one region. */
export function guestRun(memory: usize, guest: u64, length: u32): u32 {
  const g = changetype<GuestMemory>(memory);
  let r = memory + REGIONS;
  for (let i: u32 = 0; i < g.count; i++, r += REGION_BYTES) {
    const offset = guest - load<u64>(r), size = load<u64>(r, 8);
    if (offset < size) return min<u64>(length, size - offset) as u32;
  }
  return 0;
}

/** Linear address of [guest, guest + length), or 0 when no region holds all of it. */
export function guestToLinear(memory: usize, guest: u64, length: u32): usize {
  const g = changetype<GuestMemory>(memory);
  let r = memory + REGIONS;
  for (let i: u32 = 0; i < g.count; i++, r += REGION_BYTES) {
    const offset = guest - load<u64>(r), size = load<u64>(r, 8);
    if (offset < size && <u64>length <= size - offset) return (load<u64>(r, 16) + offset) as usize;
  }
  return 0;
}

/** The entry of the region that a linear address lies in, 0: none. */
export function regionOf(memory: usize, linear: usize): usize {
  const g = changetype<GuestMemory>(memory);
  let r = memory + REGIONS;
  for (let i: u32 = 0; i < g.count; i++, r += REGION_BYTES) {
    if (<u64>linear - load<u64>(r, REGION_LINEAR) < load<u64>(r, 8)) return r;
  }
  return 0;
}
