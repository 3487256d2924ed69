// drain - reads and frees what waits in an rx queue, as flush_fwd_rx_queues of app/test-pmd 22.11 does: a queue that never runs dry is left
// after some milliseconds.
import { MAX_BURST } from "../../assembly/abi/limits.ts";
import type { Engine } from "../wasm/engine.ts";
import type { Drain } from "./executor.ts";

/** What the times since a queue's first read may sum up to. */
const QUEUE_NS = 1_000_000_000n;

/** nowNs: the executor's clock. once: one burst. @returns packets read */
export function drainQueue(engine: Engine, { lcore, queue, burst }: Drain, nowNs: () => bigint, once: boolean): number {
  const begin = nowNs();
  let drained = 0;
  for (let sum = 0n; sum < QUEUE_NS; sum += nowNs() - begin) {
    // from the beginning each time, as there: some ms and not a second
    const n = engine.portRxBurst(lcore, queue, burst, MAX_BURST) >>> 0;
    engine.mbufFreeBurst(lcore, burst, n);
    engine.publishDeferred(lcore);
    drained += n;
    if (n === 0 || once) break;
  }
  return drained;
}
