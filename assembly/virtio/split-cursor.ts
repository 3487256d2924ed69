// split-cursor - a chain of a split ring, a buffer at a time: descriptors of the ring, or of an indirect table. virtio 1.3, 2.7.4 and 2.7.5.
//
// A chain is walked in at most N steps, an indirect table likewise, all of a burst's in walkBudget; every descriptor is read once a walk, its whole
// range must lie in one region.
import { guestToLinear } from "./guest-memory";
import { Desc, RING_ENTRIES, VRING_DESC_F_INDIRECT, VRING_DESC_F_NEXT } from "./split-ring";
import { DeviceQueue } from "./virtqueue";

/** Stands the cursor at descriptor `index` of the ring or of the table it is in. @returns false: the rules forbid it */
function cursorAt(q: DeviceQueue, index: u32): bool {
  const length = q.table ? q.entries : q.mask + 1;
  if (index >= length || q.steps >= length || q.budget == 0) return false;
  q.budget--;
  const at = (q.table ? q.table : q.desc) + (index << 4), d = changetype<Desc>(at as usize), flags = <u32>d.flags, len = d.len;
  q.descriptor = index;
  q.steps++;
  q.more = flags & VRING_DESC_F_NEXT;
  q.next = d.next;
  if (flags & VRING_DESC_F_INDIRECT) return tableOpen(q, d.addr, len);
  q.left = len;
  q.at = 0;
  if (len == 0) return true;
  q.at = guestToLinear(q.memory, d.addr, len) as u32;
  return q.at != 0;
}

/** Goes into an indirect table, where the chain then ends, whatever stood beside it. @returns false: the rules forbid it */
function tableOpen(q: DeviceQueue, addr: u64, len: u32): bool {
  if (!q.indirect || q.table || len == 0 || len & 15 || len >> 4 > q.mask + 1) return false;
  const table = guestToLinear(q.memory, addr, len) as u32;
  if (table == 0) return false;
  q.table = table;
  q.entries = len >> 4;
  q.steps = 0;
  return cursorAt(q, 0);
}

/** Opens the chain behind free-running avail position `position`. */
export function splitChainOpen(q: DeviceQueue, position: u32): bool {
  q.steps = 0;
  q.table = 0;
  q.chainId = splitHead(q, position);
  return cursorAt(q, q.chainId);
}

/** The next descriptor of the chain. @returns 1 moved, 0 the chain ends here, -1 the rules forbid it */
export function splitChainNext(q: DeviceQueue): i32 {
  if (!q.more) return 0;
  return cursorAt(q, q.next) ? 1 : -1;
}

/** Bytes that the chain at avail position `position` holds, capped at u32. @returns -1 when the rules forbid it */
export function splitChainCapacity(q: DeviceQueue, position: u32): i64 {
  if (!splitChainOpen(q, position)) return -1;
  let bytes: i64 = q.left, more: i32 = 0;
  while ((more = splitChainNext(q)) > 0) bytes += q.left;
  return more < 0 ? -1 : bytes;
}

/** The head that free-running avail position `position` names. */
export function splitHead(q: DeviceQueue, position: u32): u32 {
  return load<u16>(q.avail + ((position & q.mask) << 1), RING_ENTRIES);
}

/** Writes the used entry of the chain at lastAvail and goes on to the next. */
export function splitChainClose(q: DeviceQueue, filled: u32): void {
  const entry: usize = q.used + ((q.lastAvail & q.mask) << 3);
  store<u32>(entry, splitHead(q, q.lastAvail), RING_ENTRIES);
  store<u32>(entry, filled, RING_ENTRIES + 4);
  q.lastAvail = (q.lastAvail + 1) & 0xffff;
}
