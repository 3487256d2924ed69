// notification - who is told of what a burst published, and what each side asks for itself. virtio 1.3, 2.7.7 to 2.7.10 and 2.8.10.
//
// Split: a flag, or with EVENT_IDX an index behind the other side's entries: tell when the index that was passed is the one asked for.
// Packed: an event area a side: enabled, disabled, or (EVENT_IDX) one descriptor.
// Both are advice; whoever sleeps looks at the ring once more after asking, which closes the race (sequentially consistent accesses).
// With EVENT_IDX a split ring has no way to ask for nothing: what has just passed is asked for, so once in 65536 somebody is told.
// With quirks a ring's first burst is called for, whatever index was asked for (signalled_used_valid of DPDK).
import { loadIndex16, storeFlags16 } from "../memory/barrier";
import { EVENT_FLAGS, EVENT_OFF_WRAP, packedNeedsEvent, RING_EVENT_FLAGS_DESC, RING_EVENT_FLAGS_DISABLE, RING_EVENT_FLAGS_ENABLE } from "./packed-ring";
import { RING_ENTRIES, RING_F_NO_NOTIFY, RING_FLAGS } from "./split-ring";
import { DeviceQueue, DriverQueue } from "./virtqueue";

/** vring_need_event: the index `event` is among [old, now). */
function passed(event: u32, now: u32, old: u32): bool {
  return ((now - event - 1) & 0xffff) < ((now - old) & 0xffff);
}

/** Where a split ring's driver asks (used_event), and its device (avail_event). */
// @ts-ignore: decorator
@inline
function usedEventAt(avail: usize, mask: u32): usize {
  return avail + RING_ENTRIES + ((mask + 1) << 1);
}

// @ts-ignore: decorator
@inline
function availEventAt(used: usize, mask: u32): usize {
  return used + RING_ENTRIES + ((mask + 1) << 3);
}

/** A split ring's used.idx went from `old` to what lastAvail says: whether the driver wants a call. */
export function splitWantsCall(q: DeviceQueue, old: u32): bool {
  // Race closed: the driver clears NO_NOTIFY, then looks at used.idx once more.
  if (q.eventIdx) return splitWantsCallByIndex(q, old);
  return !(loadIndex16(q.avail + RING_FLAGS) & RING_F_NO_NOTIFY);
}

function splitWantsCallByIndex(q: DeviceQueue, old: u32): bool {
  const wants = passed(loadIndex16(usedEventAt(q.avail, q.mask)), q.lastAvail, old) || q.uncalled != 0;
  q.uncalled = 0;
  return wants;
}

/** A split ring's avail.idx went from `old` to what availIdx says: whether the device wants a kick. */
// @ts-ignore: decorator
@inline
export function splitKick(q: DriverQueue, old: u32): void {
  if (q.eventIdx) splitKickByIndex(q, old);
  else if (!(loadIndex16(q.used + RING_FLAGS) & RING_F_NO_NOTIFY)) q.kicks++;
}

function splitKickByIndex(q: DriverQueue, old: u32): void {
  if (passed(loadIndex16(availEventAt(q.used, q.mask)), q.availIdx, old)) q.kicks++;
}

/** A packed ring's device used `moved` slots from `slot` on, on the lap of wrap counter `wrap`: whether the driver wants a call. */
export function packedWantsCall(q: DeviceQueue, slot: u32, wrap: u32, moved: u32): bool {
  const area: usize = q.avail, flags = loadIndex16(area + EVENT_FLAGS), first = q.uncalled != 0 && flags == RING_EVENT_FLAGS_DESC;
  q.uncalled = 0;
  return packedNeedsEvent(flags, loadIndex16(area + EVENT_OFF_WRAP), slot, wrap, moved, q.mask + 1, q.eventIdx != 0) || first;
}

/** A packed ring's driver made `moved` slots available: whether the device wants a kick. */
export function packedKick(q: DriverQueue, slot: u32, wrap: u32, moved: u32): void {
  const area: usize = q.used;
  if (packedNeedsEvent(loadIndex16(area + EVENT_FLAGS), loadIndex16(area + EVENT_OFF_WRAP), slot, wrap, moved, q.mask + 1, q.eventIdx)) q.kicks++;
}

/** Writes an event area; where EVENT_IDX was agreed on the next descriptor is what is asked for. */
function askPacked(area: usize, wanted: u32, eventIdx: u32, slot: u32, wrap: u32): void {
  if (eventIdx) storeFlags16(area + EVENT_OFF_WRAP, slot | (wrap << 15));
  storeFlags16(area + EVENT_FLAGS, !wanted ? RING_EVENT_FLAGS_DISABLE : eventIdx ? RING_EVENT_FLAGS_DESC : RING_EVENT_FLAGS_ENABLE);
}

/**
 * Tells the driver whether this side sleeps (1: kicks are wanted) or polls (0), before whatever is looked at next. Of the set-up calls the only
 * one that touches the driver's memory.
 */
export function deviceQueueWantKicks(at: usize, wanted: u32): void {
  const q = changetype<DeviceQueue>(at);
  // DPDK leaves what it asked for where it is, and so is told once in 65536 or of a slot that nobody passes.
  if (q.quirks && q.eventIdx && !wanted) {
    if (q.packed) storeFlags16(q.used + EVENT_FLAGS, RING_EVENT_FLAGS_DISABLE);
  } else if (q.packed) askPacked(q.used, wanted, q.eventIdx, q.lastAvail, q.wrap);
  else if (q.eventIdx) storeFlags16(availEventAt(q.used, q.mask), wanted ? q.lastAvail : q.lastAvail - 1);
  else storeFlags16(q.used, wanted ? 0 : RING_F_NO_NOTIFY);
}

/** Likewise the device, and its calls. */
export function driverQueueWantCalls(at: usize, wanted: u32): void {
  const q = changetype<DriverQueue>(at);
  if (q.packed) askPacked(q.avail, wanted, q.eventIdx, q.usedCons, q.usedWrap);
  else if (q.eventIdx) storeFlags16(usedEventAt(q.avail, q.mask), wanted ? q.usedCons : q.usedCons - 1);
  else storeFlags16(q.avail, wanted ? 0 : RING_F_NO_NOTIFY);
}
