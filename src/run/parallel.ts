// parallel - the parallel executor's inner half: what a worker does with its lcore, and the words through which it and the thread that
// started it understand each other. Pure: threads, clocks and pinning are src/node's.
//
// One line of words for all (the command), one a worker (its state and progress), each a cache line of its own, so that a progress
// report disturbs nobody. Invariants: P1 a worker looks at the command before each batch. P2 an egress buffer is emptied by the worker
// that fills it, or while that worker is parked: it parks itself, between two batches, when a buffer is full, and goes on when told to.
// P3 a batch makes no more polls than an egress has slack for, or ends where one is full. P4 a worker that is paused has no burst
// that waits, and asks for its job anew when it runs again.
import { MAX_BURST } from "../../assembly/abi/limits.ts";
import type { Engine } from "../wasm/engine.ts";

/** Words a line: 64 bytes. */
const LINE = 16;
const COMMAND = 0;
const STATE = 0;
const MOVED_LOW = 1;
const MOVED_HIGH = 2;
const LOW = 2 ** 30;
/** How long a parked or waiting worker sleeps before it looks at the command again, ms. */
const LOOK_MS = 50;

export const COMMAND_PAUSE = 0;
export const COMMAND_RUN = 1;
export const COMMAND_STOP = 2;

export const STATE_STARTING = 0;
export const STATE_READY = 1;
export const STATE_RUNNING = 2;
export const STATE_PARKED = 3;
export const STATE_ENDED = 4;

/** An egress that an lcore fills, and from where on it parks. */
export interface EgressLimit {
  readonly at: number;
  /** Bytes. */
  readonly highWater: number;
  /** Packets. */
  readonly timeHighWater: number;
}

/** What a worker is told about its lcore. */
export interface LcoreJob {
  /** Linear address of the Lcore. */
  readonly lcore: number;
  /** Polls a batch. */
  readonly polls: number;
  readonly egress: readonly EgressLimit[];
}

/** Polls a batch may make so that its bursts fit the slack of an egress buffer (P3). burst: packets */
export function pollsForEgress(burst: number): number {
  return Math.max(1, Math.floor(MAX_BURST / burst));
}

/** The words shared by all threads of a run. */
export class ParallelControl {
  readonly words: Int32Array<SharedArrayBuffer>;

  /** buffer: another thread's, to see the same words */
  constructor(workers: number, buffer: SharedArrayBuffer = new SharedArrayBuffer((1 + workers) * LINE * 4)) {
    this.words = new Int32Array(buffer);
  }

  get command(): number {
    return Atomics.load(this.words, COMMAND);
  }

  /** Gives all workers a command. */
  give(command: number): void {
    Atomics.store(this.words, COMMAND, command);
    Atomics.notify(this.words, COMMAND);
  }

  state(worker: number): number {
    return Atomics.load(this.words, (1 + worker) * LINE + STATE);
  }

  setState(worker: number, state: number): void {
    Atomics.store(this.words, (1 + worker) * LINE + STATE, state);
    Atomics.notify(this.words, (1 + worker) * LINE + STATE);
  }

  /** Packets that the worker's polls have moved so far. */
  moved(worker: number): number {
    const at = (1 + worker) * LINE;
    for (;;) {
      const high = Atomics.load(this.words, at + MOVED_HIGH);
      const low = Atomics.load(this.words, at + MOVED_LOW);
      if (Atomics.load(this.words, at + MOVED_HIGH) === high) return high * LOW + low;
    }
  }

  /** The low word first goes to 0 when the high one moves, so that a reader never sees too much. */
  setMoved(worker: number, moved: number): void {
    const at = (1 + worker) * LINE;
    const high = Math.floor(moved / LOW);
    if (Atomics.load(this.words, at + MOVED_HIGH) !== high) {
      Atomics.store(this.words, at + MOVED_LOW, 0);
      Atomics.store(this.words, at + MOVED_HIGH, high);
    }
    Atomics.store(this.words, at + MOVED_LOW, moved % LOW);
  }

  /** Stands still until the command is no longer `command`. */
  waitWhileCommand(command: number): void {
    while (this.command === command) Atomics.wait(this.words, COMMAND, command, LOOK_MS);
  }

  /** Stands still until the worker was taken out of the state, or all were told to stop. */
  waitWhileState(worker: number, state: number): void {
    while (this.state(worker) === state && this.command === COMMAND_RUN)
      Atomics.wait(this.words, (1 + worker) * LINE + STATE, state, LOOK_MS);
  }
}

/** What a worker's loop asks of the thread it runs in. */
export interface LcoreThread {
  /** What to do from now on: asked at the first start and after each pause. */
  job(): LcoreJob;
  /** Wall time in picoseconds; one clock for all workers. */
  nowPs(): bigint;
  /** After each batch: empties what it has filled. moved: packets; 0: there is time for it */
  afterBatch?(moved: number): void;
}

/** A worker's life: waits for the start, polls its lcore in batches, pauses and runs again as told, until the stop. */
export function driveLcore(engine: Engine, control: ParallelControl, index: number, thread: LcoreThread): void {
  let moved = 0;
  for (;;) {
    control.setState(index, STATE_READY);
    control.waitWhileCommand(COMMAND_PAUSE);
    if (control.command === COMMAND_STOP) break;
    const { lcore, polls, egress } = thread.job();
    control.setState(index, STATE_RUNNING);
    while (control.command === COMMAND_RUN) {
      const n = engine.lcoreRun(lcore, polls, thread.nowPs()) >>> 0;
      thread.afterBatch?.(n);
      if (n === 0) continue;
      moved += n;
      control.setMoved(index, moved);
      if (egress.some((e) => isFull(engine, e))) {
        control.setState(index, STATE_PARKED);
        control.waitWhileState(index, STATE_PARKED);
      }
    }
    if (control.command === COMMAND_STOP) break;
    while (engine.lcoreWaits(lcore)) engine.lcoreRun(lcore, 1, thread.nowPs());
    engine.lcorePause(lcore);
    thread.afterBatch?.(0);
  }
  control.setState(index, STATE_ENDED);
}

function isFull(engine: Engine, egress: EgressLimit): boolean {
  return (
    engine.egressUsed(egress.at) >>> 0 >= egress.highWater ||
    engine.egressCount(egress.at) >>> 0 >= egress.timeHighWater
  );
}
