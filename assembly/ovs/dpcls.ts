// dpcls - the datapath classifier: the megaflows of one input port, as subtables that are looked at one after the other. Follows struct
// dpcls of OVS 3.1 (lib/dpif-netdev.c, lib/pvector.c). Megaflows have no priorities and do not overlap: the first subtable that has one,
// has it.
// Subtables stand by their hits in the last second, as of the last dpclsSort; new ones at the end. Ties stay in their order, as glibc's
// merging qsort leaves them.
import { FLOW_BYTES, FLOW_WORDS } from "../abi/flow";
import { FLOW_KEY_BYTES } from "../abi/ovs";
import { blockGet, blockPut } from "./blocks";
import { FlowKey, keyEqual, keyFromMask } from "./flow-key";
import { hashMask } from "./hash";
import { Megaflow, megaflowSetValues } from "./megaflow";
import {
  Subtable, subtableBytes, subtableEnd, subtableInit, subtableInsert, subtableLookup, SUBTABLE_MASK, subtableRemove,
} from "./subtable";

@unmanaged
export class Dpcls {
  inPort: u32;
  next: u32; // the next port's
  count: u32; // subtables
  capacity: u32; // of the vector, entries
  vector: u32; // u32[2] each: subtable, priority
  blocks: u32;
  flows: u32; // megaflows,
  simple: u32; // and those of them that the simple match table has
}
export const DPCLS_BYTES: u32 = 32;
const ENTRY_BYTES: u32 = 8;
const FIRST_ENTRIES: u32 = 8;
if (offsetof<Dpcls>() != DPCLS_BYTES || FLOW_BYTES != FLOW_WORDS << 3) ERROR();

/** @returns 0 when the memory is used up */
export function dpclsNew(blocks: usize, inPort: u32, next: usize): usize {
  const at = blockGet(blocks, DPCLS_BYTES);
  if (!at) return 0;
  const cls = changetype<Dpcls>(at);
  cls.inPort = inPort;
  cls.next = next as u32;
  cls.blocks = blocks as u32;
  return at;
}

/**
 * dpcls_lookup: a burst. keys: u32[n] addresses, n 1 to 32; flows: u32[n], gets the megaflows, untouched for a miss; lookups: u64 to
 * which for every hit the position of its subtable is added, from 1.
 * @returns the misses, a bit a key
 */
export function dpclsLookup(cls: usize, keys: usize, n: u32, flows: usize, lookups: usize): u32 {
  let map: u32 = 0xffff_ffff >> (32 - n), sum: u32 = 0, position: u32 = 1;
  const c = changetype<Dpcls>(cls);
  for (let entry: usize = c.vector, end = entry + c.count * ENTRY_BYTES; entry < end; entry += ENTRY_BYTES, position++) {
    const found = subtableLookup(load<u32>(entry), keys, map, flows);
    sum += (popcnt<u32>(found) as u32) * position;
    map &= ~found;
    if (!map) break;
  }
  store<u64>(lookups, load<u64>(lookups) + sum);
  return map;
}

/** Files a new megaflow with the values of `flow`, a struct flow, in the subtable of its mask. @returns false when the memory is used up */
export function dpclsInsert(cls: usize, megaflow: usize, flow: usize, subtable: usize): bool {
  megaflowSetValues(megaflow, flow, subtable + SUBTABLE_MASK);
  return subtableInsert(subtable, megaflow, changetype<Dpcls>(cls).blocks);
}

/**
 * The subtable of a mask (struct flow without in_port), made if there is none. scratch: FLOW_KEY_BYTES. @returns 0 when there is no
 * memory or the mask is too big
 */
export function dpclsSubtable(cls: usize, mask: usize, scratch: usize): usize {
  const c = changetype<Dpcls>(cls), key = changetype<FlowKey>(scratch);
  memory.fill(scratch, 0, FLOW_KEY_BYTES);
  if (!keyFromMask(scratch, mask, FLOW_WORDS)) return 0;
  key.hash = hashMask(scratch);
  for (let i: u32 = 0; i < c.count; i++) {
    const subtable: usize = load<u32>(c.vector + i * ENTRY_BYTES);
    if (changetype<FlowKey>(subtable + SUBTABLE_MASK).hash == key.hash && keyEqual(subtable + SUBTABLE_MASK, scratch)) return subtable;
  }
  if (c.count == c.capacity && !growVector(cls)) return 0;
  const subtable = blockGet(c.blocks, subtableBytes(key.words));
  if (!subtable) return 0;
  if (!subtableInit(subtable, scratch, c.blocks)) {
    blockPut(c.blocks, subtable, subtableBytes(key.words));
    return 0;
  }
  store<u64>(c.vector + c.count * ENTRY_BYTES, subtable as u64); // priority 0
  c.count++;
  return subtable;
}

function growVector(cls: usize): bool {
  const c = changetype<Dpcls>(cls), capacity = c.capacity ? c.capacity << 1 : FIRST_ENTRIES;
  const vector = blockGet(c.blocks, capacity * ENTRY_BYTES);
  if (!vector) return false;
  memory.copy(vector, c.vector, c.count * ENTRY_BYTES);
  if (c.capacity) blockPut(c.blocks, c.vector, c.capacity * ENTRY_BYTES);
  c.vector = vector as u32;
  c.capacity = capacity;
  return true;
}

/** Takes a megaflow out, and its subtable with it when it was the last; pvector_remove puts the last subtable in its place, then sorts. */
export function dpclsRemove(cls: usize, megaflow: usize): void {
  const subtable: usize = changetype<Megaflow>(megaflow).subtable;
  subtableRemove(subtable, megaflow);
  dpclsPrune(cls, subtable);
}

/** Drops a subtable if it has no megaflows. */
export function dpclsPrune(cls: usize, subtable: usize): void {
  const c = changetype<Dpcls>(cls), s = changetype<Subtable>(subtable);
  if (s.count) return;
  let entry: usize = c.vector;
  while (load<u32>(entry) != (subtable as u32)) entry += ENTRY_BYTES;
  c.count--;
  store<u64>(entry, load<u64>(c.vector + c.count * ENTRY_BYTES));
  sort(cls);
  subtableEnd(subtable, c.blocks);
  blockPut(c.blocks, subtable, subtableBytes(s.words));
}

/** dpcls_sort_subtable_vector: the hits since the last time become priorities. */
export function dpclsSort(cls: usize): void {
  const c = changetype<Dpcls>(cls);
  for (let i: u32 = 0; i < c.count; i++) {
    const entry: usize = c.vector + i * ENTRY_BYTES, s = changetype<Subtable>(load<u32>(entry) as usize);
    store<u32>(entry, s.hits, 4);
    s.hits = 0;
  }
  sort(cls);
}

/** By priority, highest first, equal ones as they stood. */
function sort(cls: usize): void {
  const c = changetype<Dpcls>(cls);
  for (let i: u32 = 1; i < c.count; i++) {
    let at: usize = c.vector + i * ENTRY_BYTES;
    const moved = load<u64>(at), priority = (moved >> 32) as u32;
    for (; at > c.vector && load<u32>(at - ENTRY_BYTES, 4) < priority; at -= ENTRY_BYTES) store<u64>(at, load<u64>(at - ENTRY_BYTES));
    store<u64>(at, moved);
  }
}
