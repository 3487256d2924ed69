// flush - what `start` does with packets that wait in rx queues, unless --no-flush-rx: reads and frees them by the main lcore, in two passes
// of some milliseconds a queue that never runs dry. Follows flush_fwd_rx_queues of app/test-pmd 22.11. A whole capture ends here.
// In virtual time a queue that never runs dry is read once.
import { COUNTER_CONSUMED } from "../../assembly/abi/counters.ts";
import { MAX_BURST } from "../../assembly/abi/limits.ts";
import type { Executor } from "../dpdk/executor.ts";
import type { Machine } from "../wasm/machine.ts";
import type { Port } from "./app.ts";

const PASSES = 2;
const PAUSE_MS = 10;

export class Flush {
  private readonly executor: Executor;
  private readonly mainLcore: number;
  private readonly burst: number;

  /** mainLcore: linear address of its context */
  constructor(machine: Machine, executor: Executor, mainLcore: number) {
    this.executor = executor;
    this.mainLcore = mainLcore;
    this.burst = machine.arena.allocate(MAX_BURST * 4, "a flushed burst");
  }

  async flush(ports: readonly Port[]): Promise<void> {
    const { executor, mainLcore, burst } = this;
    for (let pass = 0; pass < PASSES; pass++) {
      for (const { dev, rxQueueStarted } of ports) {
        for (const [q, queue] of dev.rxQueues.entries()) {
          if (rxQueueStarted[q] === false) continue;
          const drained = await executor.drain({
            lcore: mainLcore,
            queue: queue.address,
            burst,
            endless: dev.endless,
          });
          queue.counters[COUNTER_CONSUMED]! += BigInt(drained);
        }
      }
      await executor.sleep(PAUSE_MS);
    }
  }
}
