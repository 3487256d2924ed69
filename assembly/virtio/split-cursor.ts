// split-cursor - a chain of a split ring, a buffer at a time: descriptors of the ring, or of an indirect table. virtio 1.3, 2.7.4 and 2.7.5.
//
// A chain is walked in at most N steps, an indirect table likewise, all of a burst's in walkBudget; every descriptor is read once a walk.
//
// With quirks (fill_vec_buf_split of DPDK): INDIRECT counts at the head only, agreed on or not, else table and entry are data; a table's last bytes
// may be no entry; WRITE is not looked at; a packet has VECTORS_MAX pieces of memory.
import { FAULT_HEAD, FAULT_LOOP, FAULT_NEXT, FAULT_TABLE, FAULT_WRITE } from "../abi/faults";
import { bufferAt, bufferNext, tableAt, tableEntry } from "./buffer-cursor";
import { Desc, RING_ENTRIES, VRING_DESC_F_INDIRECT, VRING_DESC_F_NEXT, VRING_DESC_F_WRITE } from "./split-ring";
import { DeviceQueue, refuse } from "./virtqueue";

/** Stands the cursor at descriptor `index` of the ring or of the table it is in. @returns false: the rules forbid it */
function cursorAt(q: DeviceQueue, index: u32): bool {
  const length = q.table ? q.entries : q.mask + 1;
  if (index >= length) return refuse(q, q.table == 0 && q.steps == 0 ? FAULT_HEAD : q.entries == 0 && q.table != 0 ? FAULT_TABLE : FAULT_NEXT);
  if (q.steps >= length || q.budget == 0) return refuse(q, FAULT_LOOP);
  q.budget--;
  const at = q.table ? tableEntry(q, index) : (q.desc + (index << 4)) as usize, d = changetype<Desc>(at), flags = <u32>d.flags;
  q.descriptor = index;
  q.steps++;
  q.more = flags & VRING_DESC_F_NEXT;
  q.write = flags & VRING_DESC_F_WRITE;
  q.next = d.next;
  if (flags & VRING_DESC_F_INDIRECT && (!q.quirks || (q.steps == 1 && q.table == 0))) return tableOpen(q, d.addr, d.len);
  if (q.writes && !q.quirks && !(flags & VRING_DESC_F_WRITE)) return refuse(q, FAULT_WRITE);
  return bufferAt(q, d.addr, d.len);
}

/** Goes into an indirect table, where the chain then ends, whatever stood beside it. @returns false: the rules forbid it */
function tableOpen(q: DeviceQueue, addr: u64, len: u32): bool {
  if (!q.quirks && (!q.indirect || q.table || len == 0 || len & 15)) return refuse(q, FAULT_TABLE);
  if (len >> 4 > q.mask + 1) return refuse(q, FAULT_TABLE);
  if (!tableAt(q, addr, len)) return false;
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
  if (q.rest) return bufferNext(q) ? 1 : -1;
  if (!q.more) return 0;
  return cursorAt(q, q.next) ? 1 : -1;
}

/** Bytes that the chain at avail position `position` holds. @returns -1 when the rules forbid it */
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
