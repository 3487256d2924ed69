// parallel - the parallel executor: one worker thread an lcore on the wall clock, all over one shared memory, pinned where koffi is there.
//
// The workers share nothing but the linear memory and the words of run/parallel.ts. Invariants: X1 every wait here ends: by what
// was waited for, by a worker's error, or by its time. X2 whatever happens, no worker is left running after `stop`, and what a
// worker threw is thrown on as a RunError. X3 while a run goes on only its workers touch the machine's state; counters may be read.
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { RunError } from "../errors.ts";
import {
  COMMAND_PAUSE,
  COMMAND_RUN,
  COMMAND_STOP,
  type EgressLimit,
  type LcoreJob,
  ParallelControl,
  STATE_ENDED,
  STATE_PARKED,
  STATE_READY,
  STATE_RUNNING,
  STATE_STARTING,
} from "../run/parallel.ts";
import { packageFile } from "./package-file.ts";
import { allowedCores } from "./pin.ts";
import type { WorkerJob, WorkerMessage, WorkerStart } from "./worker.ts";

export interface ParallelOptions {
  /** Linear addresses of the lcores, one worker each. */
  readonly lcores: readonly number[];
  /** Cores of each lcore; undefined: the first that this process may use, one each; false: nothing is pinned */
  readonly cores?: readonly (readonly number[])[] | false;
  /** process.hrtime of the clock's 0, ns; undefined: now. */
  readonly startNs?: bigint;
  /** Polls between two looks at the command and the clock: a retry's delay is short by at most one such batch. */
  readonly polls?: number;
  /** Egress buffers that are kept: who fills them, and what empties them while that lcore stands still. */
  readonly egress?: { readonly lcore: number; readonly limits: readonly EgressLimit[]; readonly take: () => void };
}

export interface ParallelResult {
  /** Wall time between the start of the first batch and the end of the last, ms. */
  readonly wallMs: number;
  /** Packets that each lcore's polls moved. */
  readonly moved: readonly number[];
  /** Why threads are not pinned; undefined: they are. */
  readonly unpinned: string | undefined;
}

const POLLS = 128;
const START_MS = 20_000;
const STOP_MS = 2_000;
const LOOK_MS = 1;

export class ParallelRun {
  private readonly options: ParallelOptions;
  private readonly control: ParallelControl;
  private readonly workers: Worker[] = [];
  private failure: RunError | undefined;
  private startedMs = 0;
  private unpinned: string | undefined;

  private constructor(options: ParallelOptions) {
    this.options = options;
    this.control = new ParallelControl(options.lcores.length);
  }

  /** Starts the workers; resolves when all of them poll. @throws RunError when one cannot be started */
  static async start(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    options: ParallelOptions,
  ): Promise<ParallelRun> {
    const run = await ParallelRun.spawn(module, memory, options);
    await run.go();
    return run;
  }

  /** Starts the workers; resolves when all of them wait for `go`. @throws RunError when one cannot be started */
  static async spawn(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    options: ParallelOptions,
  ): Promise<ParallelRun> {
    const run = new ParallelRun(options);
    const cores = run.chooseCores();
    const file = packageFile("dist/src/node/worker.js");
    const startNs = options.startNs ?? process.hrtime.bigint();
    for (const [index, lcore] of options.lcores.entries()) {
      const egress = options.egress?.lcore === lcore ? options.egress.limits : [];
      const job: WorkerJob = {
        ...{ lcore, polls: options.polls ?? POLLS, egress },
        ...{ files: [], sides: [], sleeps: false, asks: undefined },
      };
      const control = run.control.words.buffer;
      const own = cores[index]?.length === 0 ? undefined : cores[index];
      const workerData: WorkerStart = { module, memory, control, index, job, cores: own, startNs };
      run.watch(new Worker(file, { workerData }), index);
    }
    await run.guarded(run.wait(() => run.all(STATE_READY), START_MS, "workers that are ready"));
    return run;
  }

  /** Lets the workers poll; resolves when all do. work: what each lcore fills and whom it tells; undefined: nothing, nobody */
  async go(work?: readonly (Omit<WorkerJob, keyof LcoreJob> & { readonly polls?: number })[]): Promise<void> {
    for (const [index, given] of (work ?? []).entries()) {
      const { lcores, polls } = this.options;
      const job: WorkerJob = { lcore: lcores[index]!, polls: polls ?? POLLS, egress: [], ...given };
      this.workers[index]!.postMessage(job);
    }
    this.startedMs = performance.now();
    this.control.give(COMMAND_RUN);
    await this.guarded(this.wait(() => !this.any(STATE_READY), START_MS, "workers that poll"));
  }

  /** Lets the workers finish the bursts in hand and wait; resolves when all do. */
  async pause(): Promise<void> {
    this.control.give(COMMAND_PAUSE);
    await this.guarded(this.wait(() => this.all(STATE_READY), STOP_MS, "workers that pause"));
  }

  /** What the workers have to tell, besides why they are not pinned. */
  onMessage: (message: WorkerMessage) => void = () => {};

  private async guarded(waiting: Promise<void>): Promise<void> {
    try {
      await waiting;
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  /** The cores to pin to; none, and why, where that cannot be. */
  private chooseCores(): readonly (readonly number[])[] {
    const { lcores, cores } = this.options;
    if (cores === false) {
      this.unpinned = "not asked for";
      return [];
    }
    const allowed = cores ?? allowedCores().map((core) => [core]);
    if (allowed.length < lcores.length) {
      this.unpinned = `${lcores.length} lcores on ${allowed.length} cores`;
      return [];
    }
    return allowed;
  }

  private watch(worker: Worker, index: number): void {
    this.workers.push(worker);
    worker.on("message", (message: WorkerMessage) => {
      if (message.kind === "unpinned") this.unpinned = message.reason;
      else this.onMessage(message);
    });
    worker.on("error", (error: unknown) => {
      this.failure ??= new RunError(
        `lcore ${index}: found ${error instanceof Error ? error.message : String(error)}, expected it to run (parallel)`,
      );
    });
    worker.on("exit", () => {
      if (this.control.state(index) !== STATE_ENDED)
        this.failure ??= new RunError(`lcore ${index}: found its thread ended, expected it to run (parallel)`);
    });
  }

  private all(state: number): boolean {
    return this.workers.every((_, i) => this.control.state(i) === state);
  }

  private any(state: number): boolean {
    return this.workers.some((_, i) => this.control.state(i) === state);
  }

  /** Packets that the lcores' polls have moved so far. */
  moved(): number[] {
    return this.workers.map((_, i) => this.control.moved(i));
  }

  /**
   * Lets the workers run until `done`, which is asked every millisecond; empties full egress buffers meanwhile.
   * @throws RunError when it is not done in time or a worker fails; all workers have then ended
   */
  async until(done: () => boolean, timeoutMs: number): Promise<void> {
    await this.guarded(this.wait(() => this.takeEgress() || done(), timeoutMs, "the run's end"));
  }

  /** Stops the workers between two batches; what is left in egress buffers is taken. @throws RunError when one does not stop */
  async stop(): Promise<ParallelResult> {
    try {
      this.control.give(COMMAND_STOP);
      await this.wait(() => this.all(STATE_ENDED), STOP_MS, "workers that stop");
    } finally {
      await this.end();
    }
    const wallMs = performance.now() - this.startedMs;
    this.options.egress?.take();
    return { wallMs, moved: this.moved(), unpinned: this.unpinned };
  }

  /** Empties the egress buffers when their lcore is parked. @returns false, so that it may stand in a condition */
  private takeEgress(): false {
    const { egress, lcores } = this.options;
    if (egress === undefined) return false;
    const index = lcores.indexOf(egress.lcore);
    if (this.control.state(index) === STATE_PARKED) {
      egress.take();
      this.control.setState(index, STATE_RUNNING);
    }
    return false;
  }

  private async wait(done: () => boolean, timeoutMs: number, expected: string): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!done()) {
      if (this.failure !== undefined) throw this.failure;
      if (performance.now() > end) {
        const states = this.workers.map((_, i) => STATE_WORDS[this.control.state(i)] ?? "?").join(", ");
        const moved = this.moved().join(", ");
        throw new RunError(
          `parallel: found lcores ${states} after ${timeoutMs} ms, packets moved ${moved}, expected ${expected}`,
        );
      }
      await sleep(LOOK_MS);
    }
    if (this.failure !== undefined) throw this.failure;
  }

  /** Ends all threads, whatever they do. */
  private async end(): Promise<void> {
    this.control.give(COMMAND_STOP);
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}

const STATE_WORDS: Readonly<Record<number, string>> = {
  [STATE_STARTING]: "starting",
  [STATE_READY]: "ready",
  [STATE_RUNNING]: "running",
  [STATE_PARKED]: "parked",
  [STATE_ENDED]: "ended",
};

/** Runs the lcores until `until`, then stops them. @throws RunError */
export async function runParallel(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  options: ParallelOptions & { readonly until: () => boolean; readonly timeoutMs: number },
): Promise<ParallelResult> {
  const run = await ParallelRun.start(module, memory, options);
  await run.until(options.until, options.timeoutMs);
  return run.stop();
}
