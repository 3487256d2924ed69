// worker - the thread of one lcore under the parallel executor: started by parallel.ts with an LcoreJob. It instantiates the compiled
// module over the shared memory, pins itself, and polls until told to stop. What it throws reaches parallel.ts as the
// worker's error; its one message is why it could not be pinned.
import { parentPort, workerData } from "node:worker_threads";
import { driveLcore, type LcoreJob, ParallelControl } from "../run/parallel.ts";
import { instantiateEngine } from "../wasm/engine.ts";
import { pinThread } from "./pin.ts";

/** What parallel.ts gives a worker. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
  readonly job: LcoreJob;
  /** The core to run on; undefined: wherever the system likes. */
  readonly core: number | undefined;
  /** process.hrtime of the run's time 0, ns. */
  readonly startNs: bigint;
}

const { module, memory, control, job, core, startNs }: WorkerStart = workerData;
const shared = new ParallelControl(0, control);
if (core !== undefined) {
  const pinned = await pinThread(core);
  if (pinned.core === undefined) parentPort?.postMessage(pinned.reason);
}
driveLcore(instantiateEngine(module, memory), shared, job, () => (process.hrtime.bigint() - startNs) * 1000n);
