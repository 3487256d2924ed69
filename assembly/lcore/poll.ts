// poll - an lcore's loop: one call of one stream's engine after the other, or, while a burst waits for its tx queue, only that.
// Both executors run this same function: the virtual one call by call (scheduler.ts), the parallel one in batches (lcoreRun).
import { STAGE_POLL } from "../abi/stages";
import { STATUS_FULL, STATUS_OK } from "../abi/status";
import { Lcore } from "../memory/lcore-context";
import { lcoreSleepUntil, rxInterruptDisable, rxInterruptEnable } from "../port/interrupt";
import { PortQueue } from "../port/queue";
import { engineForward } from "../testpmd/engine";
import { Stream, streamResume } from "../testpmd/stream";

/**
 * Polls the next stream, or the burst that waits. A poll of an OVS thread may be left in the middle for an upcall's answer (Lcore.upcall); when
 * that has come and the poll is over, the next call only tells its end.
 * @returns packets it moved; in virtual time the clock has advanced by their cost
 */
export function lcorePoll(lcore: usize): u32 {
  const l = changetype<Lcore>(lcore), before = l.clock;
  if (l.resumed) {
    const moved = l.resumed - 1;
    l.resumed = 0;
    endPoll(l, l.pollStart, moved);
    return moved;
  }
  l.polls++;
  if (l.armed) interruptsOff(l);
  if (l.waiting) {
    const moved = streamResume(lcore, l.waiting);
    l.busy += l.clock - before;
    return moved;
  }
  const stream: usize = load<u32>(l.streams + (l.nextStream << 2));
  l.nextStream = l.nextStream + 1 == l.streamCount ? 0 : l.nextStream + 1;
  if (l.nextStream == 0) l.rounds++;
  const moved = engineForward(lcore, stream);
  if (l.upcall) l.pollStart = before;
  else endPoll(l, before, moved);
  return moved;
}

function endPoll(l: Lcore, start: u64, moved: u32): void {
  if (l.clock == start) l.clock += l.deferred; // virtual time never stands still: a profile's zero counts 1 ps
  if (moved) l.busy += l.clock - start;
  else l.emptyPolls++;
  if (l.byInterrupts) mayWait(l, moved);
}

/** Has an lcore sleep when a round over its streams has moved nothing, until an rx interrupt of one of them comes. Its rx queues have vectors. */
export function lcoreWaitByInterrupts(lcore: usize): void {
  changetype<Lcore>(lcore).byInterrupts = 1;
}

/** Turns the rx interrupts on, looks once more, and sleeps if nothing is there; engines' timers end that as well. */
function mayWait(l: Lcore, moved: u32): void {
  l.emptyRun = moved || l.waiting ? 0 : l.emptyRun + 1;
  if (l.emptyRun < l.streamCount || l.waiting) return;
  let waiting = false, wake = u64.MAX_VALUE;
  for (let i: u32 = 0; i < l.streamCount; i++) {
    const stream = changetype<Stream>(load<u32>(l.streams + (i << 2)) as usize);
    if (rxInterruptEnable(changetype<usize>(l), stream.rxq)) waiting = true;
    wake = min<u64>(wake, stream.timer);
  }
  l.armed = 1;
  if (!waiting && wake > l.clock) lcoreSleepUntil(changetype<usize>(l), wake);
}

function interruptsOff(l: Lcore): void {
  l.armed = 0;
  l.emptyRun = 0;
  for (let i: u32 = 0; i < l.streamCount; i++) rxInterruptDisable(changetype<Stream>(load<u32>(l.streams + (i << 2)) as usize).rxq);
}

/** The OVS thread whose poll waits for an answer (pmdAnswer), 0: none. The lcore is not to be polled before that. */
export function lcoreUpcall(lcore: usize): u32 {
  return changetype<Lcore>(lcore).upcall;
}

/**
 * The parallel executor's batch: up to `polls` polls at wall time `now` (ps). Ends early when a burst waits whose time has not come, or
 * when a poll asks for it (Lcore.endBatch) or waits for an upcall's answer. The time since the last batch counts as busy in the share of its polls that moved something.
 * @returns packets moved
 */
export function lcoreRun(lcore: usize, polls: u32, now: u64): u32 {
  const l = changetype<Lcore>(lcore);
  if (l.batchMoved) l.busy += ((now - l.clock) * l.batchMoved) / l.batchPolls;
  l.clock = now;
  l.endBatch = 0;
  let moved: u32 = 0, i: u32 = 0, moving: u32 = 0;
  for (; i < polls; i++) {
    if (l.waiting && changetype<Stream>(l.waiting as usize).due > now) break;
    const n = lcorePoll(lcore);
    moved += n;
    if (n) moving++;
    if (l.endBatch || l.upcall) {
      i++;
      break;
    }
  }
  l.batchPolls = i;
  l.batchMoved = moving;
  return moved;
}

/** A burst waits for its tx queue: nothing else of the lcore is polled until it is sent or given up. */
export function lcoreWaits(lcore: usize): bool {
  return changetype<Lcore>(lcore).waiting != 0;
}

/** Rounds over all streams so far. */
export function lcoreRounds(lcore: usize): u64 {
  return changetype<Lcore>(lcore).rounds;
}

/** Forgets the last batch: what passes until the next one is nobody's busy time. */
export function lcorePause(lcore: usize): void {
  changetype<Lcore>(lcore).batchMoved = 0;
}

/** Takes all streams off the poll list. Bursts that wait are the streams' own business. */
export function lcoreClearStreams(lcore: usize): void {
  const l = changetype<Lcore>(lcore);
  l.streamCount = 0;
  l.nextStream = 0;
  l.waiting = 0;
  l.idle = 0;
  l.batchMoved = 0;
  l.asleep = 0;
  l.armed = 0;
}

/** Puts a stream on the poll list. */
export function lcoreAddStream(lcore: usize, stream: usize): u32 {
  const l = changetype<Lcore>(lcore);
  if (l.streamCount == l.streamCapacity) return STATUS_FULL;
  store<u32>(l.streams + (l.streamCount << 2), stream as u32);
  l.streamCount++;
  return STATUS_OK;
}

/** What one round over all streams costs when nothing moves, ps. */
export function lcoreEmptyRound(lcore: usize): u64 {
  const l = changetype<Lcore>(lcore);
  let cost: u64 = 0;
  for (let i: u32 = 0; i < l.streamCount; i++) {
    const rxq = changetype<PortQueue>(changetype<Stream>(load<u32>(l.streams + (i << 2)) as usize).rxq as usize);
    cost += max<u32>(load<u32>(l.profile + (rxq.stage << 4), STAGE_POLL), 1);
  }
  return cost;
}
