// packed-cursor - a chain of a packed ring, a buffer at a time: descriptors of the ring, or of an indirect table. virtio 1.3, 2.8.5 to 2.8.8.
//
// A chain is walked in at most N steps, all of a burst's in walkBudget; every descriptor's whole range must lie in one region. In an indirect table
// flags mean nothing (real drivers leave old ones there); a table stands alone.
import { loadDesc64 } from "../memory/barrier";
import { guestToLinear } from "./guest-memory";
import {
  PACKED_DESC_F_INDIRECT, PACKED_DESC_F_NEXT, PACKED_DESC_F_WRITE, PACKED_FLAGS, PACKED_ID, PACKED_LEN, usedBits, WORD_FLAGS, WORD_ID,
} from "./packed-ring";
import { DeviceQueue } from "./virtqueue";

/** Stands the cursor at a buffer. @returns false: it lies in no region */
function bufferAt(q: DeviceQueue, addr: u64, len: u32): bool {
  q.left = len;
  q.at = 0;
  if (q.budget == 0) return false;
  q.budget--;
  if (len == 0) return true;
  q.at = guestToLinear(q.memory, addr, len) as u32;
  return q.at != 0;
}

/** Stands the cursor at the descriptor in `slot`, or in front of its table. @returns false: the rules forbid it */
function cursorAt(q: DeviceQueue, slot: u32): bool {
  q.more = 0;
  if (q.steps > q.mask) return false;
  const d: usize = q.desc + (slot << 4), word = loadDesc64(d + PACKED_LEN), flags = (word >> WORD_FLAGS) as u32, len = word as u32;
  q.descriptor = slot;
  q.steps++;
  q.chainId = ((word >> WORD_ID) & 0xffff) as u32;
  if (!(flags & PACKED_DESC_F_INDIRECT)) {
    q.more = flags & PACKED_DESC_F_NEXT;
    return bufferAt(q, load<u64>(d), len);
  }
  if (!q.indirect || q.steps > 1 || len == 0 || len & 15 || len >> 4 > q.mask + 1) return false;
  q.table = guestToLinear(q.memory, load<u64>(d), len) as u32;
  q.entries = (len >> 4) - 1;
  return q.table != 0 && bufferAt(q, load<u64>(q.table), load<u32>(q.table, PACKED_LEN));
}

export function packedChainOpen(q: DeviceQueue, slot: u32): bool {
  q.steps = 0;
  q.table = 0;
  return cursorAt(q, slot);
}

function after(q: DeviceQueue, slot: u32): u32 {
  return slot == q.mask ? 0 : slot + 1;
}

/** The next buffer of the chain. @returns 1 moved, 0 the chain ends here, -1 the rules forbid it */
export function packedChainNext(q: DeviceQueue): i32 {
  if (q.table) {
    if (q.entries == 0) return 0;
    q.entries--;
    q.table += 16;
    return bufferAt(q, load<u64>(q.table), load<u32>(q.table, PACKED_LEN)) ? 1 : -1;
  }
  if (!q.more) return 0;
  return cursorAt(q, after(q, q.descriptor)) ? 1 : -1;
}

/** Bytes that the chain at `slot` holds, capped at u32; its slots and id are then known. @returns -1 when the rules forbid it */
export function packedChainCapacity(q: DeviceQueue, slot: u32): i64 {
  let good = packedChainOpen(q, slot), bytes: i64 = good ? q.left : 0, more: i32 = 0;
  while (good) {
    more = packedChainNext(q);
    if (more <= 0) break;
    bytes += q.left;
  }
  if (!good || more < 0) {
    // What is left of it belongs to it all the same.
    while (q.more && q.steps <= q.mask) cursorAt(q, after(q, q.descriptor));
    good = false;
  }
  q.chainSlots = q.steps;
  return good ? bytes : -1;
}

/** Gives back the chain at lastAvail, of `slots` descriptors and with buffer id `id`, and goes on to the next. */
export function packedChainClose(q: DeviceQueue, id: u32, slots: u32, filled: u32, write: u32): void {
  const d: usize = q.desc + (q.lastAvail << 4);
  if (write || !q.inOrder) {
    store<u32>(d, filled, PACKED_LEN);
    store<u16>(d, id as u16, PACKED_ID);
    if (q.held) store<u16>(d, (usedBits(q.wrap) | write) as u16, PACKED_FLAGS);
  }
  q.held = 1;
  q.lastId = id;
  q.lastAvail += slots;
  if (q.lastAvail > q.mask) {
    q.lastAvail -= q.mask + 1;
    q.wrap ^= 1;
  }
}

/** Gives back the chain that the cursor is in, whose rest stays empty. */
export function packedChainEnd(q: DeviceQueue, filled: u32): void {
  let more: i32 = 1;
  while (more > 0) more = packedChainNext(q);
  packedChainClose(q, q.chainId, q.steps, filled, PACKED_DESC_F_WRITE);
}
