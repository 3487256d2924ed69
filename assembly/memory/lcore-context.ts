// lcore-context - the one address from which an lcore's code reaches everything. One writer: that lcore (between polls the
// executor). Its poll loop is in lcore/, at the other end of the layers; the struct is here because everyone takes it.
//
// Not modelled: sockets (one NUMA node).

import { MAX_BURST } from "../abi/limits";
import { TRACE_BYTES } from "../abi/trace";
import { randomSeed } from "./random";

@unmanaged
export class Lcore {
  id: u32;
  deferred: u32; // 1: virtual time, publications wait for the poll's end
  deferredList: u32; // {address, value, width} x DEFERRED_MAX
  deferredCount: u32;
  clock: u64; // ps: advances inside a poll as stages are charged
  pollEnd: u64; // ps: when the held-back publications become visible
  profile: u32; // STAGE_COUNT cost records, or zeros when time is the wall's
  packets: u32; // u32[MAX_BURST]: the burst in hand,
  packetCount: u32; // how many it has,
  packetBytes: u32; // and their bytes
  streams: u32; // u32[streamCapacity]: the poll list
  streamCount: u32;
  nextStream: u32;
  waiting: u32; // the stream that waits for its tx queue, 0: none
  idle: u32; // polls in a row that moved nothing, since moveSeen
  moveSeen: u32; // the scheduler's move number at the first of them
  streamCapacity: u32;
  traceOn: u32; // 1: look at every burst for packets that carry TRACE_BIT
  traceList: u32; // TRACE_BYTES x traceCapacity
  traceCount: u32;
  traceCapacity: u32;
  traceLost: u32; // records that found the list full
  scratch: u32; // u32[MAX_BURST]
  places: u32; // u32[MAX_BURST]: the ring buffers of a burst (virtio/split-usual)
  polls: u64;
  emptyPolls: u64;
  busy: u64; // ps spent in polls that moved packets
  endBatch: u32; // 1: the parallel executor's batch ends here, something has to be emptied: an egress, the list of dumps
  stirred: u32; // 1: the last poll moved nothing and changed something all the same: a record that found no mbuf
  batchPolls: u32; // polls of the parallel executor's last batch,
  batchMoved: u32; // and how many of them moved packets
  dumpList: u32; // testpmd's verbose dumps (abi/dump.ts), 0: nobody wants them
  dumpUsed: u32; // bytes
  dumpCapacity: u32; // bytes
  dumpLost: u32; // bursts that found the list full
  random: u64; // state of memory/random
  nextFlow: i32; // flowgen's, as 22.11 keeps it: one a lcore
  ipVariation: u32; // txonly's multi-flow counter, 8 bits, likewise
  upcall: u32; // the OVS thread whose poll waits for an answer, 0: none
  resumed: u32; // the poll that waited is over: packets it moved, and 1; 0: there was none
  pollStart: u64; // ps: when it began
  rounds: u64; // over all streams, those included that were skipped
  sleepMax: u64; // ps that a round may end with sleeping (pmd-maxsleep), 0: it does not
  sleep: u64; // ps that the next round ends with: each adds a microsecond
  pause: u64; // ps of the poll just made: the scheduler adds them when its publications are dated
  sleeps: u64; // rounds that ended with sleeping,
  slept: u64; // and ps
  wake: u64; // ps: when it is up again, while it sleeps until an rx interrupt comes; u64.MAX_VALUE: by an interrupt only
  asleep: u32; // 1: it does
  byInterrupts: u32; // 1: after a round that moved nothing it sleeps until an rx interrupt comes (lcoreWaitByInterrupts)
  armed: u32; // 1: its rx interrupts are on
  emptyRun: u32; // polls in a row that moved nothing, of such an lcore
  asks: u32; // what it wrote to rings that have a vector and has not published: ASK_BYTES x ASKS_MAX (virtio/interrupt)
  askCount: u32;
}

/** PMD_SLEEP_INC_US. */
const SLEEP_STEP: u64 = 1_000_000;
/** Where the lists that the struct points to begin. */
const LCORE_BYTES: u32 = 384;
if (offsetof<Lcore>() > LCORE_BYTES) ERROR();

/**
 * Index publications that one poll can hold back: rx refill or used, and tx, of each packet in the worst case of single tries. A poll of OVS may
 * flood to more ports than that; what is too many is published at once.
 */
export const DEFERRED_MAX: u32 = 256;
/** Rings with a vector that one poll can write to before calls are decided at once, and bytes of a note about one. */
export const ASKS_MAX: u32 = 64;
export const ASK_BYTES: u32 = 16;

/** Charges one call of a stage: what it costs to look, and if it moved n packets of `bytes`, to move them. */
// @ts-ignore: decorator
@inline
export function charge(lcore: usize, stage: u32, n: u32, bytes: u64): void {
  const l = changetype<Lcore>(lcore);
  if (!l.deferred) return; // wall time passes by itself
  const cost: usize = l.profile + (stage << 4);
  let ps: u64 = load<u32>(cost);
  if (n) ps += <u64>load<u32>(cost, 4) + <u64>load<u32>(cost, 8) * n + <u64>load<u32>(cost, 12) * bytes;
  l.clock += ps;
}

/** Bytes of the struct and of what it points to: its lists and arrays. */
export function lcoreBytes(streamCapacity: u32, traceCapacity: u32): u32 {
  return LCORE_BYTES + ((DEFERRED_MAX * 12 + 63) & ~63) + 3 * (MAX_BURST << 2) + ((streamCapacity * 4 + 63) & ~63) + ASKS_MAX * ASK_BYTES + traceCapacity * TRACE_BYTES;
}

/** at: lcoreBytes, 64-byte aligned and zero. profile: STAGE_COUNT records. deferred: 1 for virtual time */
export function lcoreInit(at: usize, id: u32, deferred: u32, profile: usize, streamCapacity: u32, traceCapacity: u32): void {
  const l = changetype<Lcore>(at);
  l.id = id;
  l.deferred = deferred;
  l.profile = profile as u32;
  l.deferredList = (at as u32) + LCORE_BYTES;
  l.packets = l.deferredList + ((DEFERRED_MAX * 12 + 63) & ~63);
  l.scratch = l.packets + (MAX_BURST << 2);
  l.places = l.scratch + (MAX_BURST << 2);
  l.streams = l.places + (MAX_BURST << 2);
  l.streamCapacity = streamCapacity;
  l.asks = l.streams + ((streamCapacity * 4 + 63) & ~63);
  l.traceList = l.asks + ASKS_MAX * ASK_BYTES;
  l.traceCapacity = traceCapacity;
  l.traceOn = traceCapacity ? 1 : 0;
  l.random = randomSeed(id);
}

/** Moves the clock on to `now` (ps), never back. */
export function lcoreSetClock(lcore: usize, now: u64): void {
  const l = changetype<Lcore>(lcore);
  if (now > l.clock) l.clock = now;
}

/** Up at `l.wake`, from sleeping until an rx interrupt comes. */
// @ts-ignore: decorator
@inline
export function endSleep(l: Lcore): void {
  l.asleep = 0;
  l.slept += l.wake - l.clock;
  l.clock = l.wake;
}

/** A round's sleep: PMD_SLEEP_INC_US longer than the last one's, up to the most. @returns ps of this one */
// @ts-ignore: decorator
@inline
export function nextSleep(l: Lcore): u64 {
  const sleep = l.sleep;
  l.sleep = sleep < l.sleepMax ? sleep + SLEEP_STEP : l.sleepMax;
  if (sleep) l.sleeps++;
  l.slept += sleep;
  return sleep;
}

/** How long a round may sleep at its end, ps; 0: not at all. */
export function lcoreSetSleep(lcore: usize, most: u64): void {
  const l = changetype<Lcore>(lcore);
  l.sleepMax = most;
  if (!most) l.sleep = 0;
}

/** Rounds that slept, ps slept and, of a sleep until an rx interrupt that goes on, since when (u64.MAX_VALUE: none does): as u64[3] at `to`. */
export function lcoreSlept(lcore: usize, to: usize): void {
  const l = changetype<Lcore>(lcore);
  store<u64>(to, l.sleeps);
  store<u64>(to, l.slept, 8);
  store<u64>(to, l.asleep ? l.clock : u64.MAX_VALUE, 16);
}

/** Starts the lcore's chance anew (memory/random); lcoreInit takes its id for a seed. */
export function lcoreSeed(lcore: usize, seed: u64): void {
  changetype<Lcore>(lcore).random = randomSeed(seed);
}

/** Trace records in the list, which is then empty again. */
export function lcoreTakeTrace(lcore: usize): u32 {
  const l = changetype<Lcore>(lcore), n = l.traceCount;
  l.traceCount = 0;
  return n;
}

export function lcoreTraceList(lcore: usize): usize {
  return changetype<Lcore>(lcore).traceList;
}

export function lcoreTraceLost(lcore: usize): u32 {
  return changetype<Lcore>(lcore).traceLost;
}

/** Polls made, polls that moved nothing, ps in polls that moved something, and the clock: as u64[4] at `to`. */
export function lcoreUsage(lcore: usize, to: usize): void {
  const l = changetype<Lcore>(lcore);
  store<u64>(to, l.polls);
  store<u64>(to, l.emptyPolls, 8);
  store<u64>(to, l.busy, 16);
  store<u64>(to, l.clock, 24);
}
