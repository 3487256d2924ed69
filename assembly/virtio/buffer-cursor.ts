// buffer-cursor - what a descriptor or table entry points to, in whatever regions it lies: the cursor of either layout stands on one piece of memory
// at a time. A buffer, or a table, may begin in one region and end in the next: to the driver they are one memory.
// Invariant: B1 DeviceQueue.at is 0 or an address of which DeviceQueue.left bytes lie in one region.
import { FAULT_ADDRESS } from "../abi/faults";
import { guestRun, guestToLinear } from "./guest-memory";
import { DeviceQueue, refuse } from "./virtqueue";

/** BUF_VECTOR_MAX of DPDK's vhost library: pieces of memory that a packet has at most, with quirks. */
export const VECTORS_MAX: u32 = 256;

/** Stands the cursor at a buffer's first piece. @returns false: it lies in no region */
export function bufferAt(q: DeviceQueue, addr: u64, len: u32): bool {
  q.rest = 0;
  q.left = len;
  q.at = 0;
  if (len == 0) return true;
  if (q.quirks && ++q.vectors > VECTORS_MAX) return false; // no fault of the driver's
  q.at = guestToLinear(q.memory, addr, len) as u32;
  if (q.at) return true;
  const run = guestRun(q.memory, addr, len);
  if (run == 0) return refuse(q, FAULT_ADDRESS);
  q.at = guestToLinear(q.memory, addr, run) as u32;
  q.left = run;
  q.rest = len - run;
  q.restGuest = addr + run;
  return true;
}

/** The next piece of a buffer that has one. */
export function bufferNext(q: DeviceQueue): bool {
  return bufferAt(q, q.restGuest, q.rest);
}

/** Notes the table of a descriptor. @returns false: not all of it lies in regions */
export function tableAt(q: DeviceQueue, addr: u64, len: u32): bool {
  q.tableGuest = addr;
  q.table = guestToLinear(q.memory, addr, max<u32>(len, 1)) as u32;
  if (q.table) return true;
  for (let rest = len; rest; ) {
    const run = guestRun(q.memory, addr, rest);
    if (run == 0) break;
    addr += run;
    rest -= run;
    if (rest == 0) q.table = entryPlace(q) as u32;
  }
  return q.table ? true : refuse(q, FAULT_ADDRESS);
}

/** Where entry `index` of the table can be read: there, or in a copy when the table lies in several regions. */
export function tableEntry(q: DeviceQueue, index: u32): usize {
  const copy = entryPlace(q);
  if (q.table != (copy as u32)) return (q.table + (index << 4)) as usize;
  const from = q.tableGuest + ((index as u64) << 4);
  for (let i: u32 = 0; i < 16; i++) store<u8>(copy + i, load<u8>(guestToLinear(q.memory, from + i, 1)));
  return copy;
}

// @ts-ignore: decorator
@inline
function entryPlace(q: DeviceQueue): usize {
  return changetype<usize>(q) + offsetof<DeviceQueue>("entry0");
}
