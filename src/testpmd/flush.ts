// flush - what `start` does with packets that wait in rx queues, unless --no-flush-rx: reads and frees them by the main lcore, in two passes
// of some milliseconds a queue that never runs dry. Follows flush_fwd_rx_queues of app/test-pmd 22.11. A whole capture ends here.
// In virtual time a queue that never runs dry is read once.
import { COUNTER_CONSUMED } from "../../assembly/abi/counters.ts";
import { MAX_BURST } from "../../assembly/abi/limits.ts";
import type { Machine } from "../wasm/machine.ts";
import type { Queue } from "../wasm/parts.ts";
import type { Port } from "./app.ts";
import type { Executor } from "./executor.ts";

const PASSES = 2;
const PAUSE_MS = 10;
/** What the times since a queue's first read may sum up to. */
const QUEUE_NS = 1_000_000_000n;

export class Flush {
  private readonly machine: Machine;
  private readonly executor: Executor;
  private readonly mainLcore: number;
  private readonly virtual: boolean;
  private readonly burst: number;

  /** mainLcore: linear address of its context */
  constructor(machine: Machine, executor: Executor, mainLcore: number, virtual: boolean) {
    this.machine = machine;
    this.executor = executor;
    this.mainLcore = mainLcore;
    this.virtual = virtual;
    this.burst = machine.arena.allocate(MAX_BURST * 4, "a flushed burst");
  }

  async flush(ports: readonly Port[]): Promise<void> {
    const { executor } = this;
    for (let pass = 0; pass < PASSES; pass++) {
      for (const { dev, rxQueueStarted } of ports) {
        for (const [q, queue] of dev.rxQueues.entries()) {
          if (rxQueueStarted[q] === false) continue;
          const begin = executor.nowNs();
          let sum = 0n;
          while (this.readBurst(queue) > 0 && !(this.virtual && dev.endless)) {
            sum += executor.nowNs() - begin; // from the beginning each time, as there: some ms and not a second
            if (sum >= QUEUE_NS) break;
          }
        }
      }
      await executor.sleep(PAUSE_MS);
    }
  }

  private readBurst({ address, counters }: Queue): number {
    const { mainLcore, burst } = this;
    const { engine } = this.machine;
    const n = engine.portRxBurst(mainLcore, address, burst, MAX_BURST) >>> 0;
    engine.mbufFreeBurst(mainLcore, burst, n);
    engine.publishDeferred(mainLcore);
    counters[COUNTER_CONSUMED]! += BigInt(n);
    return n;
  }
}
