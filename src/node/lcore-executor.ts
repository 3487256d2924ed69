// lcore-executor - the console's executor on the wall clock: threads of this process, or, once peers' memory may be mapped, of another.
import type { Drain, Executor, LcorePlace, LcoreWork } from "../dpdk/executor.ts";
import type { Machine } from "../wasm/machine.ts";
import { LcoreProcess } from "./lcore-process.ts";
import { LcoreThreads } from "./lcore-threads.ts";
import type { NativeVhostUserHost } from "./vhost-user-host.ts";

export class LcoreExecutor implements Executor {
  onDumps: (records: Uint8Array) => void = () => {};
  private readonly machine: Machine;
  private readonly startNs: bigint;
  private executor: Executor;

  /** startNs: process.hrtime of the clock's 0 */
  constructor(machine: Machine, module: WebAssembly.Module, memory: WebAssembly.Memory, startNs: bigint) {
    this.machine = machine;
    this.startNs = startNs;
    this.executor = new LcoreThreads(machine.engine, module, memory, startNs);
    this.executor.onDumps = (records) => this.onDumps(records);
  }

  /** Moves the lcores, which stand still, into a process of their own. usedBytes: of the linear memory, from its beginning */
  async moveOut({ libc, memory }: NativeVhostUserHost, usedBytes: number): Promise<void> {
    const { machine, startNs } = this;
    await this.executor.close();
    this.executor = await LcoreProcess.start(
      {
        libc,
        memory,
        startNs,
        size: machine.arena.bytes.length,
        recover: () => {
          for (const { address } of machine.pools) machine.engine.mempoolUnlock(address);
        },
        onDumps: (records) => this.onDumps(records),
      },
      usedBytes,
    );
  }

  prepare(places: readonly LcorePlace[]): Promise<void> {
    return this.executor.prepare(places);
  }

  run(work: readonly LcoreWork[]): Promise<void> {
    return this.executor.run(work);
  }

  pause(): Promise<void> {
    return this.executor.pause();
  }

  drain(drain: Drain): Promise<number> {
    return this.executor.drain(drain);
  }

  sleep(ms: number): Promise<void> {
    return this.executor.sleep(ms);
  }

  nowNs(): bigint {
    return this.executor.nowNs();
  }

  close(): Promise<void> {
    return this.executor.close();
  }
}
