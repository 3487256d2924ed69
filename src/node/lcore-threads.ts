// lcore-threads - the testpmd console's executor on the wall clock: one worker thread a forwarding lcore, started at the first `start`, kept
// until the end, pinned as --lcores says.
import { setTimeout as sleep } from "node:timers/promises";
import { drainQueue } from "../dpdk/drain.ts";
import type { Drain, Executor, LcorePlace, LcoreWork } from "../dpdk/executor.ts";
import type { Engine } from "../wasm/engine.ts";
import { ParallelRun } from "./parallel.ts";

/** An OVS thread tells its time after each poll: what a queue takes is what passes until the next one. */
const ASKING_POLLS = 1;

export class LcoreThreads implements Executor {
  onDumps: (records: Uint8Array) => void = () => {};
  private readonly engine: Engine;
  private readonly module: WebAssembly.Module;
  private readonly memory: WebAssembly.Memory;
  /** process.hrtime of the clock's 0, ns: one clock for all processes of a machine. */
  private readonly startNs: bigint;
  /** Threads by the set of lcores that take part: another `set nbcore` has others. */
  private readonly runs = new Map<string, ParallelRun>();
  private current: ParallelRun | undefined;
  /** Dumps that came while `run` was not over: the console shows its prompt before them, as the real one does. */
  private held: Uint8Array[] | undefined;

  /** engine: an instance of the module over the memory, for this thread */
  constructor(engine: Engine, module: WebAssembly.Module, memory: WebAssembly.Memory, startNs: bigint) {
    this.engine = engine;
    this.module = module;
    this.memory = memory;
    this.startNs = startNs;
  }

  async prepare(places: readonly LcorePlace[]): Promise<void> {
    await this.threads(places);
  }

  async run(work: readonly LcoreWork[]): Promise<void> {
    this.held = [];
    const run = await this.threads(work);
    this.current = run;
    await run.go(
      work.map(({ files, sides, sleeps, asks }) => ({
        files: files.map(({ egress, buffer, highWater, fd }) => ({ egress, buffer, highWater, fd })),
        sides,
        sleeps,
        asks,
        ...(asks === undefined ? {} : { polls: ASKING_POLLS }),
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
  private async threads(places: readonly LcorePlace[]): Promise<ParallelRun> {
    const key = places.map(({ lcore }) => lcore).join();
    let run = this.runs.get(key);
    if (run === undefined) {
      run = await ParallelRun.spawn(this.module, this.memory, {
        lcores: places.map(({ lcore }) => lcore),
        cores: places.map(({ cores }) => cores),
        startNs: this.startNs,
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
    return process.hrtime.bigint() - this.startNs;
  }

  async close(): Promise<void> {
    for (const run of this.runs.values()) await run.stop();
    this.runs.clear();
  }
}
