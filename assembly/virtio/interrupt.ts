// interrupt - rx interrupts in virtual time, one vector a queue: who sleeps until an rx ring's device calls, and when the call reaches it.
// A vector i + 1 is rx queue i's alone, as the virtio PMD binds them (virtio_queues_bind_intr, 22.11); vector 0, the config interrupt, is no ring's.
//
// Invariants: I1 whether a device calls is decided when its used entries become visible, at the end of the poll that wrote them: not before, when
// the driver may still be about to ask and would be forgotten. I2 who arms looks at its rings afterwards and then sleeps, in one poll: entries
// that were visible before are seen, later ones call. I3 a call that nobody waits for is forgotten when the vector is armed next.
// Writers: the one scheduler, and under it the lcore that arms.
import { STAGE_BURST, STAGE_INTERRUPT_WAKE } from "../abi/stages";
import { ASK_BYTES, ASKS_MAX, Lcore } from "../memory/lcore-context";
import { packedWantsCall, splitWantsCall } from "./notification";
import { DeviceQueue } from "./virtqueue";

@unmanaged
export class Interrupt {
  lcore: u32; // who armed it, 0: nobody
  pending: u32; // 1: a call has come and nobody has taken it
  raised: u64; // calls so far
  woken: u64; // of these, those that woke somebody
}

/** What an lcore has written to a ring with a vector and not yet published: an entry of Lcore.asks. */
@unmanaged
export class Ask {
  queue: u32; // DeviceQueue
  from: u32; // where it began: used.idx (split), or a slot
  wrap: u32; // packed: of that slot
  moved: u32; // packed: slots from there on
}

if (offsetof<Ask>() != ASK_BYTES) ERROR();

const INTERRUPT_BYTES: u32 = 32;
if (offsetof<Interrupt>() > INTERRUPT_BYTES) ERROR();

export function interruptBytes(): u32 {
  return INTERRUPT_BYTES;
}

/** Binds a vector to the ring whose device side is given. interrupt: interruptBytes */
export function deviceQueueBind(at: usize, interrupt: usize): void {
  changetype<DeviceQueue>(at).interrupt = interrupt as u32;
}

/** (raised, woken) as u64[2] at `to`. */
export function interruptCounts(at: usize, to: usize): void {
  const it = changetype<Interrupt>(at);
  store<u64>(to, it.raised);
  store<u64>(to, it.woken, 8);
}

/**
 * Notes what a device has just written to a ring with a vector, for when it becomes visible. Packed: from a slot of that wrap counter on. Each lcore has
 * notes of its own: two that write to one ring publish at different times.
 */
export function interruptAsk(lcore: usize, q: DeviceQueue, from: u32, wrap: u32, moved: u32): void {
  const l = changetype<Lcore>(lcore), at = changetype<usize>(q) as u32, end: usize = l.asks + l.askCount * ASK_BYTES;
  for (let p: usize = l.asks; p < end; p += ASK_BYTES) {
    const ask = changetype<Ask>(p);
    if (ask.queue != at) continue;
    ask.moved += moved;
    return;
  }
  if (l.askCount == ASKS_MAX) interruptsDeliver(lcore, l.clock); // as publications that are too many for a poll
  const ask = changetype<Ask>((l.asks + l.askCount * ASK_BYTES) as usize);
  ask.queue = at;
  ask.from = from;
  ask.wrap = wrap;
  ask.moved = moved;
  l.askCount++;
}

/**
 * What an lcore published became visible at `now` (ps): calls whoever wants it. A sleeper is up when the call has reached it, which is what the
 * profile says of a wake-up. @returns true: somebody's time to wake has changed
 */
export function interruptsDeliver(lcore: usize, now: u64): bool {
  const l = changetype<Lcore>(lcore), end: usize = l.asks + l.askCount * ASK_BYTES;
  let changed = false;
  for (let p: usize = l.asks; p < end; p += ASK_BYTES) {
    const ask = changetype<Ask>(p), q = changetype<DeviceQueue>(ask.queue as usize);
    const wanted = q.packed ? packedWantsCall(q, ask.from, ask.wrap, ask.moved) : splitWantsCall(q, ask.from);
    if (wanted && raise(q, now)) changed = true;
  }
  l.askCount = 0;
  return changed;
}

/** A device's call. @returns true: it is the first to reach a sleeper */
function raise(q: DeviceQueue, now: u64): bool {
  const it = changetype<Interrupt>(q.interrupt as usize), sleeper = changetype<Lcore>(it.lcore as usize);
  q.calls++;
  it.raised++;
  it.pending = 1;
  if (!it.lcore || !sleeper.asleep) return false;
  const up = now + <u64>load<u32>(sleeper.profile + (STAGE_INTERRUPT_WAKE << 4), STAGE_BURST);
  if (up >= sleeper.wake) return false;
  sleeper.wake = up;
  return true;
}

/** An lcore will wait for this vector. */
export function interruptArm(at: usize, lcore: usize): void {
  const it = changetype<Interrupt>(at);
  it.lcore = lcore as u32;
  it.pending = 0;
}

/** It waits no more. @returns true: a call had come */
export function interruptDisarm(at: usize): bool {
  const it = changetype<Interrupt>(at), came = it.pending != 0;
  it.lcore = 0;
  it.pending = 0;
  if (came) it.woken++;
  return came;
}
