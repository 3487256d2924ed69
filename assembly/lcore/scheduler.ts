// scheduler - the virtual executor: all lcores on one thread; the one with the smallest clock polls next (ties by id), and its clock
// advances by what the poll cost. A heap keeps the order.
//
// Invariants: T1 what a poll publishes is visible to others only from the poll's end: publications are held back until the clock
// order reaches it. T2 no poll starts after `horizon`, the last arrival known of a capture that is still being read. T3 when
// every lcore has polled all its streams since the last movement and found nothing, the clocks jump by whole empty rounds to
// the next arrival (or free place in a NIC's tx queue, where a stream waits for one, or engine's timer); with nothing to come, the run is over.
// T4 an lcore alone in finding nothing skips empty rounds up to the others' next event. Jumps and skips change no result.
// T5 an lcore that sleeps until an rx interrupt comes is not polled before its time to wake; a call that reaches it brings that forward.
import { SCHEDULER_BYTES } from "../abi/sizes";
import { SLICE_DONE, SLICE_EGRESS, SLICE_INGRESS, SLICE_MORE, SLICE_TRACE, SLICE_UPCALL } from "../abi/status";
import { publishDeferred } from "../memory/barrier";
import { endSleep, Lcore, nextSleep } from "../memory/lcore-context";
import { egressIsFull } from "../port/egress";
import { portRxNext, portTxNext } from "../port/port";
import { Stream } from "../testpmd/stream";
import { interruptsDeliver } from "../virtio/interrupt";
import { lcoreEmptyRound, lcorePoll } from "./poll";

@unmanaged
export class Scheduler {
  count: u32; // lcores
  heap: u32; // u32[count]: Lcore, smallest key first
  moveNumber: u32; // counts movements: a poll that moved packets, or publications that became visible
  idleLcores: u32; // lcores that have seen a full empty round since the last one
  sleepers: u32; // lcores that sleep until an rx interrupt comes
  egresses: u32; // u32[egressCount]: Egress
  egressCount: u32;
  horizon: u64; // ps, u64.MAX_VALUE: all arrivals are known
  polls: u64;
  jumps: u64;
}

if (offsetof<Scheduler>() > SCHEDULER_BYTES) ERROR();

/** When the lcore is next to be looked at: the end of its last poll if that published something, else its next poll, or when it wakes. */
// @ts-ignore: decorator
@inline
function keyOf(l: Lcore): u64 {
  return l.deferredCount ? l.pollEnd : l.asleep ? l.wake : l.clock;
}

function isBefore(a: usize, b: usize): bool {
  const x = changetype<Lcore>(a), y = changetype<Lcore>(b), kx = keyOf(x), ky = keyOf(y);
  return kx < ky || (kx == ky && x.id < y.id);
}

function siftDown(s: Scheduler, at: u32): void {
  const heap: usize = s.heap, lcore: usize = load<u32>(heap + (at << 2));
  for (;;) {
    let child: u32 = 2 * at + 1;
    if (child >= s.count) break;
    if (child + 1 < s.count && isBefore(load<u32>(heap + ((child + 1) << 2)), load<u32>(heap + (child << 2)))) child++;
    const below: usize = load<u32>(heap + (child << 2));
    if (!isBefore(below, lcore)) break;
    store<u32>(heap + (at << 2), below as u32);
    at = child;
  }
  store<u32>(heap + (at << 2), lcore as u32);
}

function heapify(s: Scheduler): void {
  for (let i = s.count >> 1; i > 0; i--) siftDown(s, i - 1);
}

/** Runs up to `polls` polls. @returns SLICE_* */
export function schedulerRun(scheduler: usize, polls: u32): u32 {
  const s = changetype<Scheduler>(scheduler);
  for (let i: u32 = 0; i < polls; i++) {
    const lcore: usize = load<u32>(s.heap), l = changetype<Lcore>(lcore), resumed = l.resumed;
    if (l.deferredCount && !resumed) {
      publishDeferred(lcore);
      moved(s);
      if (l.askCount && interruptsDeliver(lcore, l.pollEnd)) {
        heapify(s);
        continue;
      }
      if (keyOf(l) > l.pollEnd) {
        siftDown(s, 0);
        continue;
      }
    }
    if (keyOf(l) > s.horizon && !resumed) return SLICE_INGRESS;
    if (l.asleep) {
      if (l.wake == u64.MAX_VALUE) return SLICE_DONE; // nobody is left who could call
      endSleep(l);
      s.sleepers--;
      moved(s);
    }
    const waiting = l.waiting, n = lcorePoll(lcore);
    if (l.upcall) return SLICE_UPCALL; // the poll is not over: the lcore stays first
    s.polls++;
    l.pollEnd = l.clock;
    l.clock += l.pause;
    l.pause = 0;
    if (l.waiting) l.clock = max<u64>(l.clock, changetype<Stream>(l.waiting as usize).due);
    siftDown(s, 0);
    if (l.asleep) s.sleepers++;
    if (n || waiting || l.stirred || l.asleep) {
      l.stirred = 0;
      moved(s);
      for (let e: u32 = 0; e < s.egressCount; e++) if (egressIsFull(load<u32>(s.egresses + (e << 2)))) return SLICE_EGRESS;
      if (l.endBatch) {
        l.endBatch = 0;
        return SLICE_EGRESS;
      }
      if (l.traceOn && l.traceCount * 2 > l.traceCapacity) return SLICE_TRACE;
      if (l.dumpUsed) return SLICE_TRACE;
    } else if (isIdle(s, l)) {
      if (!jump(s)) return s.horizon == u64.MAX_VALUE ? SLICE_DONE : SLICE_INGRESS;
    } else if (l.idle >= l.streamCount && l.deferredCount == 0) {
      skip(s, lcore);
    }
  }
  return SLICE_MORE;
}

// @ts-ignore: decorator
@inline
function moved(s: Scheduler): void {
  s.moveNumber++;
  s.idleLcores = 0;
}

/** Counts an empty poll. @returns true: every lcore has seen an empty round since the last movement */
function isIdle(s: Scheduler, l: Lcore): bool {
  if (l.moveSeen != s.moveNumber) {
    l.moveSeen = s.moveNumber;
    l.idle = 0;
  }
  l.idle++;
  if (l.idle == l.streamCount) s.idleLcores++;
  return s.idleLcores + s.sleepers == s.count;
}

/**
 * Skips empty rounds of an lcore that has just seen one: until another lcore's next event nothing new can become visible to it, but
 * what arrives at its own NICs. The polls skipped are counted as if they had been made.
 */
function skip(s: Scheduler, lcore: usize): void {
  const l = changetype<Lcore>(lcore), heap: usize = s.heap;
  if (load<u32>(heap) != (lcore as u32)) return; // another one is first
  let until = s.horizon;
  for (let i: u32 = 1; i < min<u32>(s.count, 3); i++) until = min<u64>(until, keyOf(changetype<Lcore>(load<u32>(heap + (i << 2)) as usize)));
  const round = lcoreEmptyRound(lcore);
  if (until == u64.MAX_VALUE || until < l.clock + 2 * round) return;
  until = min<u64>(until, nextByTime(l));
  if (until <= l.clock) return;
  passEmptyRounds(l, until, round);
  siftDown(s, 0);
}

/** Counts the whole empty rounds that fit before `until` as if they had been polled. round: ps of one, without what it sleeps */
function passEmptyRounds(l: Lcore, until: u64, round: u64): void {
  for (; l.sleep != l.sleepMax && l.clock + round + l.sleep <= until; countRounds(l, 1)) l.clock += round + nextSleep(l);
  const each = round + l.sleep;
  if (l.clock + each > until) return;
  const rounds = (until - l.clock) / each;
  l.clock += rounds * each;
  if (l.sleep) {
    l.sleeps += rounds;
    l.slept += rounds * l.sleep;
  }
  countRounds(l, rounds);
}

function countRounds(l: Lcore, rounds: u64): void {
  l.rounds += rounds;
  l.polls += rounds * l.streamCount;
  l.emptyPolls += rounds * l.streamCount;
}

/** What time brings to an lcore's streams next: an arrival, a free place in a NIC's tx queue where a stream waits for one, an engine's timer. */
function nextByTime(l: Lcore): u64 {
  let next = u64.MAX_VALUE;
  for (let j: u32 = 0; j < l.streamCount; j++) {
    const stream = changetype<Stream>(load<u32>(l.streams + (j << 2)) as usize);
    next = min<u64>(next, portRxNext(stream.rxq));
    if (stream.waits) next = min<u64>(next, portTxNext(stream.txq));
    next = min<u64>(next, stream.timer);
  }
  return next;
}

/** Jumps all clocks to the next thing that time brings, or to the horizon: what happens there may bring something sooner. @returns false: nothing is to come */
function jump(s: Scheduler): bool {
  let next = u64.MAX_VALUE;
  for (let i: u32 = 0; i < s.count; i++) {
    const l = changetype<Lcore>(load<u32>(s.heap + (i << 2)) as usize);
    next = min<u64>(next, l.asleep ? l.wake : nextByTime(l));
  }
  moved(s);
  if (next == u64.MAX_VALUE && s.horizon == u64.MAX_VALUE) return false;
  if (s.horizon != u64.MAX_VALUE) next = min<u64>(next, s.horizon + 1);
  for (let i: u32 = 0; i < s.count; i++) {
    const lcore: usize = load<u32>(s.heap + (i << 2)), l = changetype<Lcore>(lcore);
    if (next > l.clock && !l.asleep) passEmptyRounds(l, next, lcoreEmptyRound(lcore));
  }
  s.jumps++;
  heapify(s);
  return true;
}

/** The smallest clock, ps: how far the run has come. */
export function schedulerNow(scheduler: usize): u64 {
  return changetype<Lcore>(load<u32>(changetype<Scheduler>(scheduler).heap) as usize).clock;
}

/** Makes everything visible: the end of a run, before the audit. */
export function schedulerSettle(scheduler: usize): void {
  const s = changetype<Scheduler>(scheduler);
  for (let i: u32 = 0; i < s.count; i++) {
    const lcore: usize = load<u32>(s.heap + (i << 2));
    publishDeferred(lcore);
    if (changetype<Lcore>(lcore).askCount) interruptsDeliver(lcore, changetype<Lcore>(lcore).pollEnd);
  }
  heapify(s);
}

/** at: SCHEDULER_BYTES, zero. lcores: u32[count], becomes the heap. egresses: u32[egressCount] */
export function schedulerInit(at: usize, lcores: usize, count: u32, egresses: usize, egressCount: u32): void {
  const s = changetype<Scheduler>(at);
  s.heap = lcores as u32;
  s.count = count;
  s.egresses = egresses as u32;
  s.egressCount = egressCount;
  s.horizon = u64.MAX_VALUE;
  s.sleepers = 0;
  for (let i: u32 = 0; i < count; i++) if (changetype<Lcore>(load<u32>(lcores + (i << 2)) as usize).asleep) s.sleepers++;
  heapify(s);
}

/** The last arrival known, while more of the capture is to be read; u64.MAX_VALUE when all is. */
export function schedulerSetHorizon(scheduler: usize, horizon: u64): void {
  const s = changetype<Scheduler>(scheduler);
  s.horizon = horizon;
  moved(s); // what was let in with the old part waits: a round that began before is not empty
}

export function schedulerPolls(scheduler: usize): u64 {
  return changetype<Scheduler>(scheduler).polls;
}
