// packed-cursor - a chain of a packed ring, a buffer at a time: descriptors of the ring, or of an indirect table. virtio 1.3, 2.8.5 to 2.8.8.
//
// A chain is walked in at most N steps, all of a burst's in walkBudget. In an indirect table but WRITE no flag means anything, and that on a control
// queue only (real drivers leave old ones there); a table stands alone.
//
// With quirks (fill_vec_buf_packed of DPDK): a table may stand anywhere in a chain, be empty, not agreed on, and end in bytes that are no entry, but has
// less entries than the ring; a chain that is refused ends where it was; WRITE is not looked at; a packet has VECTORS_MAX pieces of memory.
import { FAULT_LOOP, FAULT_TABLE, FAULT_WRITE } from "../abi/faults";
import { loadDesc64 } from "../memory/barrier";
import { bufferAt, bufferNext, tableAt, tableEntry, VECTORS_MAX } from "./buffer-cursor";
import {
  PACKED_DESC_F_BOTH, PACKED_DESC_F_INDIRECT, PACKED_DESC_F_NEXT, PACKED_DESC_F_WRITE, PACKED_FLAGS, PACKED_ID, PACKED_LEN, usedBits, WORD_FLAGS, WORD_ID,
} from "./packed-ring";
import { DeviceQueue, refuse } from "./virtqueue";

/** Stands the cursor at a descriptor's or entry's buffer. @returns false: the rules forbid it */
function stand(q: DeviceQueue, addr: u64, len: u32, flags: u32): bool {
  q.write = flags & PACKED_DESC_F_WRITE;
  if (q.budget == 0) return refuse(q, FAULT_LOOP);
  q.budget--;
  return bufferAt(q, addr, len);
}

/** Stands the cursor at the descriptor in `slot`, or at its table's first entry. @returns false: the rules forbid it */
function cursorAt(q: DeviceQueue, slot: u32): bool {
  q.more = 0;
  q.rest = 0;
  if (q.quirks && q.vectors >= VECTORS_MAX) return false;
  if (q.steps > q.mask) return refuse(q, FAULT_LOOP);
  const d: usize = q.desc + (slot << 4), word = loadDesc64(d + PACKED_LEN), flags = (word >> WORD_FLAGS) as u32, len = word as u32;
  q.descriptor = slot;
  q.steps++;
  q.chainId = ((word >> WORD_ID) & 0xffff) as u32;
  if (!(flags & PACKED_DESC_F_INDIRECT)) {
    q.more = flags & PACKED_DESC_F_NEXT;
    if (q.writes && !q.quirks && !(flags & PACKED_DESC_F_WRITE)) return refuse(q, FAULT_WRITE);
    return stand(q, load<u64>(d), len, flags);
  }
  q.more = flags & PACKED_DESC_F_NEXT;
  if (!q.quirks && (!q.indirect || q.more || q.steps > 1 || len == 0 || len & 15 || len >> 4 > q.mask + 1)) return refuse(q, FAULT_TABLE);
  if (!tableAt(q, load<u64>(d), len)) return false;
  if (q.quirks && len >> 4 > q.mask) return refuse(q, FAULT_TABLE);
  q.entries = len >> 4;
  q.next = 0;
  q.left = 0;
  q.at = 0;
  return q.entries == 0 || entryNext(q);
}

/** Stands the cursor at the table's next entry. */
function entryNext(q: DeviceQueue): bool {
  if (q.quirks && q.vectors >= VECTORS_MAX) return false;
  const entry = tableEntry(q, q.next);
  q.next++;
  return stand(q, load<u64>(entry), load<u32>(entry, PACKED_LEN), load<u16>(entry, PACKED_FLAGS));
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
  if (q.rest) return bufferNext(q) ? 1 : -1;
  if (q.table) {
    if (q.next < q.entries) return entryNext(q) ? 1 : -1;
    q.table = 0;
  }
  if (!q.more) return 0;
  return cursorAt(q, after(q, q.descriptor)) ? 1 : -1;
}

/** Bytes that the chain at `slot` holds; its slots and id are then known. @returns -1 when the rules forbid it */
export function packedChainCapacity(q: DeviceQueue, slot: u32): i64 {
  let good = packedChainOpen(q, slot), bytes: i64 = good ? q.left : 0, more: i32 = 0;
  while (good) {
    more = packedChainNext(q);
    if (more <= 0) break;
    bytes += q.left;
  }
  if (!good || more < 0) {
    // What is left of it belongs to it all the same; DPDK takes the rest for a chain of its own.
    const fault = q.fault;
    while (!q.quirks && q.more && q.steps <= q.mask) cursorAt(q, after(q, q.descriptor));
    q.fault = fault;
    good = false;
  }
  q.chainSlots = q.steps;
  return good ? bytes : -1;
}

/** Gives back the chain at lastAvail, of `slots` descriptors and with buffer id `id`, and goes on to the next. */
export function packedChainClose(q: DeviceQueue, id: u32, slots: u32, filled: u32, write: u32): void {
  const d: usize = q.desc + (q.lastAvail << 4);
  if (q.quirks) quirkClose(q, d, id, filled, write);
  else if (write || !q.inOrder) {
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

/**
 * As DPDK writes a used descriptor. Dequeued: flags that stood there stay, the burst's first keeps its length, and in order nothing else is written.
 * Enqueued: without WRITE when nothing was. Source: vhost_shadow_dequeue_single_packed, vhost_flush_enqueue_shadow_packed.
 */
function quirkClose(q: DeviceQueue, d: usize, id: u32, filled: u32, write: u32): void {
  const stays = write ? (filled ? write : 0) : (loadDesc64(d + PACKED_LEN) >> WORD_FLAGS) as u32 & ~PACKED_DESC_F_BOTH;
  if (!q.held) q.heldFlags = usedBits(q.wrap) | stays;
  if (!write && q.inOrder) return;
  if (write || q.held) store<u32>(d, filled, PACKED_LEN);
  store<u16>(d, id as u16, PACKED_ID);
  if (q.held) store<u16>(d, (usedBits(q.wrap) | stays) as u16, PACKED_FLAGS);
}

/** Gives back the chain that the cursor is in, whose rest stays empty. */
export function packedChainEnd(q: DeviceQueue, filled: u32): void {
  let more: i32 = 1;
  while (more > 0) more = packedChainNext(q);
  packedChainClose(q, q.chainId, q.steps, filled, PACKED_DESC_F_WRITE);
}
