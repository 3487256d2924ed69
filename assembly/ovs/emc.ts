// emc - the exact match cache: keys seen lately and their megaflows. Follows struct emc_cache of OVS 3.1 (lib/dpif-netdev-private-dfc.h,
// lib/dpif-netdev.c): 8192 entries; a key may be in either of two, which bits 0 to 12 and 13 to 25 of its hash name and which may be the
// same.
// Memory: FLOW_KEY_BYTES an entry, zero at first: a key with its megaflow.
// Invariant: E1 an entry with a megaflow holds a reference to it, dead or alive.
import { EM_FLOW_HASH_ENTRIES, FLOW_KEY_BYTES } from "../abi/ovs";
import { EMC_DEAD, EMC_EMPTY, EMC_OTHER } from "../abi/trace";
import { FlowKey, keyCopy, keyEqual } from "./flow-key";
import { Megaflow, megaflowCookie, megaflowUnref } from "./megaflow";

const SHIFT: u32 = 13; // EM_FLOW_HASH_SHIFT
const MASK: u32 = EM_FLOW_HASH_ENTRIES - 1;

// @ts-ignore: decorator
@inline
function entryOf(emc: usize, hash: u32): usize {
  return emc + (((hash & MASK) as usize) * FLOW_KEY_BYTES);
}

/** The entry's megaflow if it stands for the key, else 0. */
// @ts-ignore: decorator
@inline
function hit(entry: usize, key: usize, hash: u32): u32 {
  if (load<u32>(entry) != hash) return 0;
  const flow = load<u32>(entry, offsetof<FlowKey>("flow"));
  return flow && !load<u32>(flow, offsetof<Megaflow>("dead")) && keyEqual(entry, key) ? flow : 0;
}

/**
 * Looks up a burst. keys: n keys side by side; flows: u32[n], gets the megaflows, 0 for a miss.
 * @returns the misses, a bit a key
 */
export function emcLookup(emc: usize, keys: usize, n: u32, flows: usize): u32 {
  let misses: u32 = 0;
  for (let i: u32 = 0; i < n; i++, keys += FLOW_KEY_BYTES, flows += 4) {
    const hash = load<u32>(keys);
    let flow = hit(entryOf(emc, hash), keys, hash);
    if (!flow) {
      flow = hit(entryOf(emc, hash >> SHIFT), keys, hash);
      if (!flow) misses |= 1 << i;
    }
    store<u32>(flows, flow);
  }
  return misses;
}

/**
 * emc_insert: where the key has an entry, only its megaflow is set. Else the first slot is the victim, unless it is alive and the second is
 * not, or the second's hash is smaller, alive or not. @returns 1 + the number of the live megaflow whose entry it took, 0: none
 */
export function emcInsert(emc: usize, table: usize, key: usize, flow: usize): u32 {
  const hash = changetype<FlowKey>(key).hash, first = entryOf(emc, hash), second = entryOf(emc, hash >> SHIFT);
  if (changetype<FlowKey>(first).hash == hash && keyEqual(first, key)) {
    setFlow(first, table, flow);
    return 0;
  }
  const entry = changetype<FlowKey>(second);
  if (entry.hash == hash && keyEqual(second, key)) {
    setFlow(second, table, flow);
    return 0;
  }
  const victim = (alive(first) && !alive(second)) || entry.hash < changetype<FlowKey>(first).hash ? second : first;
  const evicted = alive(victim) ? megaflowCookie(changetype<FlowKey>(victim).flow as usize) + 1 : 0;
  setFlow(victim, table, flow);
  keyCopy(victim, key);
  return evicted;
}

/** Why a key is not found: EMC_* of its first slot, and in the upper half of its second. */
export function emcMissed(emc: usize, key: usize): u32 {
  const hash = changetype<FlowKey>(key).hash;
  return missed(entryOf(emc, hash)) | (missed(entryOf(emc, hash >> SHIFT)) << 16);
}

function missed(entry: usize): u32 {
  if (!changetype<FlowKey>(entry).flow) return EMC_EMPTY;
  return alive(entry) ? EMC_OTHER : EMC_DEAD;
}

function alive(entry: usize): bool {
  const flow: usize = changetype<FlowKey>(entry).flow;
  return flow != 0 && !changetype<Megaflow>(flow).dead;
}

function setFlow(entry: usize, table: usize, flow: usize): void {
  const e = changetype<FlowKey>(entry), old: usize = e.flow;
  if (old == flow) return;
  changetype<Megaflow>(flow).refs++;
  e.flow = flow as u32;
  if (old) megaflowUnref(table, old);
}

/** Lets go of all entries. */
export function emcClear(emc: usize, table: usize): void {
  for (let i: u32 = 0; i < EM_FLOW_HASH_ENTRIES; i++) {
    const e = changetype<FlowKey>(entryOf(emc, i));
    if (e.flow) megaflowUnref(table, e.flow);
    e.flow = 0;
  }
}

/** emc_cache_slow_sweep: lets go of entry `index` if its megaflow is dead. @returns the next index */
export function emcSweep(emc: usize, table: usize, index: u32): u32 {
  const entry = entryOf(emc, index), e = changetype<FlowKey>(entry);
  if (e.flow && !alive(entry)) {
    megaflowUnref(table, e.flow);
    e.flow = 0;
  }
  return (index + 1) & MASK;
}
