// barrier - the only atomics in the tree.
//
// Ring indexes are stored and loaded with sequentially consistent atomics, once a burst: a store orders all that was written
// before it (descriptors, payload) ahead of the index, and, followed by an atomic load of the other side's flags, closes the
// race "I publish, you go to sleep" without a further fence. `atomic.fence` is not usable in AssemblyScript 0.28 (dropped or
// refused by version); nothing here needs it.
//
// Under the virtual executor a poll's publications are held back until the poll's end (Lcore.deferred): what a poll did is
// visible to other lcores only from its end in virtual time. See lcore/scheduler.
import { DEFERRED_MAX, Lcore } from "./lcore-context";

/** Of a held-back publication: no index, so neither width. */
const FLAGS: u32 = 1;

/** Reads a u16 ring index that another lcore publishes; all it wrote before is visible after. */
export function loadIndex16(address: usize): u32 {
  return atomic.load<u16>(address);
}

/** Writes a ring's flags, for the other side to see before anything that is loaded here afterwards. */
export function storeFlags16(address: usize, value: u32): void {
  atomic.store<u16>(address, value as u16);
}

/** Reads the (len, id, flags) of a packed descriptor that another lcore makes available or used; all it wrote before is visible after. */
// @ts-ignore: decorator
@inline
export function loadDesc64(address: usize): u64 {
  return atomic.load<u64>(address);
}

/** Reads a u32 ring index that another lcore publishes. */
export function loadIndex32(address: usize): u32 {
  return atomic.load<u32>(address);
}

/** Publishes a u16 ring index: at once, or at the end of this poll when the lcore runs in virtual time. */
export function publish16(lcore: usize, address: usize, value: u32): void {
  const l = changetype<Lcore>(lcore);
  if (l.deferred) defer(l, address, value, 2);
  else atomic.store<u16>(address, value as u16);
}

/** Publishes a u32 ring index, likewise. */
export function publish32(lcore: usize, address: usize, value: u32): void {
  const l = changetype<Lcore>(lcore);
  if (l.deferred) defer(l, address, value, 4);
  else atomic.store<u32>(address, value);
}

/** Publishes the flags of a packed descriptor, and with it all those behind it that were written before, likewise. */
export function publishFlags16(lcore: usize, address: usize, value: u32): void {
  const l = changetype<Lcore>(lcore);
  if (l.deferred) defer(l, address, value, FLAGS);
  else atomic.store<u16>(address, value as u16);
}

function defer(l: Lcore, address: usize, value: u32, width: u32): void {
  if (l.deferredCount == DEFERRED_MAX) publishDeferred(changetype<usize>(l));
  const entry = l.deferredList + l.deferredCount * 12;
  store<u32>(entry, address as u32);
  store<u32>(entry, value, 4);
  store<u32>(entry, width, 8);
  l.deferredCount++;
}

/**
 * Makes visible what the last poll held back. An index that is further already stays: lcores that share a tx queue write it in the order of
 * their polls' starts, and may publish it in the order of their ends. @returns the number of indexes published
 */
export function publishDeferred(lcore: usize): u32 {
  const l = changetype<Lcore>(lcore);
  const n = l.deferredCount;
  let entry = l.deferredList;
  for (let i: u32 = 0; i < n; i++, entry += 12) {
    const address: usize = load<u32>(entry), value = load<u32>(entry, 4);
    const width = load<u32>(entry, 8);
    if (width == FLAGS) {
      atomic.store<u16>(address, value as u16);
    } else if (width == 2) {
      // forward is up to a whole ring of the largest size
      if (((value - <u32>atomic.load<u16>(address) & 0xffff) - 1) < 0x8000) atomic.store<u16>(address, value as u16);
    } else if (((value - atomic.load<u32>(address)) as i32) > 0) {
      atomic.store<u32>(address, value);
    }
  }
  l.deferredCount = 0;
  return n;
}

/** Takes a lock word that lcores share for a few dozen instructions. Spins; an lcore that was preempted inside holds up the others, as rte_ring's does. */
export function lockTake(address: usize): void {
  while (atomic.cmpxchg<u32>(address, 0, 1) != 0) {}
}

export function lockGive(address: usize): void {
  atomic.store<u32>(address, 0);
}

/** Adds to a reference count that several lcores may hold. @returns the value after */
export function addRefcnt(address: usize, delta: i32): u32 {
  return (<u32>atomic.add<u16>(address, delta as u16) + <u32>delta) & 0xffff;
}

/** Sets bits of a byte in which others set bits too. */
export function setBits8(address: usize, bits: u32): void {
  if ((load<u8>(address) & bits) != bits) atomic.or<u8>(address, bits as u8);
}

/** Raises a flag word; what was written before is visible to who takes it. */
export function raiseFlag(address: usize): void {
  atomic.store<u32>(address, 1);
}

/** @returns true to one of those who find it raised */
export function takeFlag(address: usize): bool {
  return atomic.cmpxchg<u32>(address, 1, 0) == 1;
}
