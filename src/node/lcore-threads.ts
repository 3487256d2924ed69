// lcore-threads - the testpmd console's executor on the wall clock: one worker thread a forwarding lcore, started at the first `start`, kept
// until the end, pinned as --lcores says.
import { setTimeout as sleep } from "node:timers/promises";
import { drainQueue } from "../dpdk/drain.ts";
import type { Drain, Executor, LcoreWork } from "../dpdk/executor.ts";
import type { Engine } from "../wasm/engine.ts";
import { ParallelRun } from "./parallel.ts";

/** The forwarding lcores of a console. */
export interface Lcores {
  /** Linear addresses of their contexts. */
  readonly contexts: readonly number[];
  /** Where each may run. */
  readonly cores: readonly (readonly number[])[];
  /** process.hrtime of the clock's 0, ns: one clock for all processes of a machine. */
  readonly startNs: bigint;
}

export class LcoreThreads implements Executor {
  onDumps: (records: Uint8Array) => void = () => {};
  private readonly engine: Engine;
  private readonly module: WebAssembly.Module;
  private readonly memory: WebAssembly.Memory;
  private readonly lcores: Lcores;
  /** Threads by the set of lcores that take part: another `set nbcore` has others. */
  private readonly runs = new Map<string, ParallelRun>();
  private current: ParallelRun | undefined;
  /** Dumps that came while `run` was not over: the console shows its prompt before them, as the real one does. */
  private held: Uint8Array[] | undefined;

  /** engine: an instance of the module over the memory, for this thread */
  constructor(engine: Engine, module: WebAssembly.Module, memory: WebAssembly.Memory, lcores: Lcores) {
    this.engine = engine;
    this.module = module;
    this.memory = memory;
    this.lcores = lcores;
  }

  async prepare(indexes: readonly number[]): Promise<void> {
    await this.threads(indexes);
  }

  async run(work: readonly LcoreWork[]): Promise<void> {
    this.held = [];
    const indexes = work.map(({ index }) => index);
    const run = await this.threads(indexes);
    this.current = run;
    await run.go(
      work.map(({ files, sides, sleeps }) => ({
        files: files.map(({ egress, buffer, highWater, fd }) => ({ egress, buffer, highWater, fd })),
        sides,
        sleeps,
      })),
    );
    setImmediate(() => this.release());
  }

  private release(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const records of held) this.onDumps(records);
  }

  /** The threads of these lcores. */
  private async threads(indexes: readonly number[]): Promise<ParallelRun> {
    const key = indexes.join();
    const { contexts, cores, startNs } = this.lcores;
    let run = this.runs.get(key);
    if (run === undefined) {
      run = await ParallelRun.spawn(this.module, this.memory, {
        lcores: indexes.map((i) => contexts[i]!),
        cores: indexes.map((i) => cores[i]!),
        startNs,
      });
      run.onMessage = (message) => {
        if (message.kind !== "dumps") return;
        if (this.held === undefined) this.onDumps(message.bytes);
        else this.held.push(message.bytes);
      };
      this.runs.set(key, run);
    }
    return run;
  }

  async pause(): Promise<void> {
    await this.current?.pause();
    this.current = undefined;
    await sleep(0); // dumps that are under way
    this.release();
  }

  async drain(drain: Drain): Promise<number> {
    return drainQueue(this.engine, drain, () => this.nowNs(), false);
  }

  async sleep(ms: number): Promise<void> {
    await sleep(ms);
  }

  nowNs(): bigint {
    return process.hrtime.bigint() - this.lcores.startNs;
  }

  async close(): Promise<void> {
    for (const run of this.runs.values()) await run.stop();
    this.runs.clear();
  }
}
