// worker - the thread of one lcore under the parallel executor: started by parallel.ts with an LcoreJob. It instantiates the compiled
// module over the shared memory, pins itself, and polls until told to stop. What it throws reaches parallel.ts as the worker's error.
// It writes the files that its lcore fills, and sends the dumps of its bursts and why it could not be pinned as messages.
import { writeSync } from "node:fs";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { driveLcore, type LcoreJob, ParallelControl } from "../run/parallel.ts";
import { takeDumps } from "../wasm/dump.ts";
import { type Engine, instantiateEngine } from "../wasm/engine.ts";
import { pinThread } from "./pin.ts";

/** A file that an lcore's tx queue fills: egress of pcap records. */
export interface LcoreFile {
  /** Linear addresses of the Egress and of its buffer. */
  readonly egress: number;
  readonly buffer: number;
  /** The buffer is written out from this many bytes on, or when there is time. */
  readonly highWater: number;
  /** The process's descriptor. */
  readonly fd: number;
}

/** A u64 of linear memory, and the eventfd that is written when it has moved. */
export interface LcoreBell {
  readonly counter: number;
  readonly fd: number;
}

/** What a worker does with its lcore, and where the results go. */
export interface WorkerJob extends LcoreJob {
  readonly files: readonly LcoreFile[];
  readonly bells: readonly LcoreBell[];
  /** Linear addresses of device sides whose drivers are told that we poll. */
  readonly devices: readonly number[];
}

/** What parallel.ts gives a worker. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
  readonly index: number;
  readonly job: WorkerJob;
  /** The cores to run on; undefined: wherever the system likes. */
  readonly cores: readonly number[] | undefined;
  /** process.hrtime of the run's time 0, ns. */
  readonly startNs: bigint;
}

/** What a worker says. */
export type WorkerMessage =
  | { readonly kind: "unpinned"; readonly reason: string }
  | { readonly kind: "dumps"; readonly bytes: Uint8Array };

const { module, memory, control, index, job, cores, startNs }: WorkerStart = workerData;

function say(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

/** Writes out what the files' egresses hold, where that is enough or there is time. */
function writeFiles(engine: Engine, bytes: Uint8Array, files: readonly LcoreFile[], moved: number): void {
  for (const { egress, buffer, highWater, fd } of files) {
    const used = engine.egressUsed(egress) >>> 0;
    if (used === 0 || (moved > 0 && used < highWater)) continue;
    for (let at = buffer; at < buffer + used; ) at += writeSync(fd, bytes, at, buffer + used - at);
    engine.egressClear(egress);
  }
}

const ONE = new Uint8Array(BigUint64Array.of(1n).buffer);

/** Writes the eventfds of queues that have told their peers since the last batch: also where it moved no packet, or was the one before a pause. */
function ring(bells: readonly LcoreBell[], counts: number[]): void {
  for (const [i, { counter, fd }] of bells.entries()) {
    const now = words[counter / 4];
    if (now === counts[i]) continue;
    counts[i] = now ?? 0;
    try {
      writeSync(fd, ONE);
    } catch {
      // its count is full: whoever waits for it wakes anyway
    }
  }
}

/** A counter's lower half is enough to see that it has moved. */
const words = new Uint32Array(memory.buffer);
const engine = instantiateEngine(module, memory);
const bytes = new Uint8Array(memory.buffer);
if (cores !== undefined) {
  const pinned = await pinThread(cores);
  if (pinned.cores === undefined) say({ kind: "unpinned", reason: pinned.reason });
}
let { files, bells, lcore } = job;
let counts: number[] = [];
driveLcore(engine, new ParallelControl(0, control), index, {
  job() {
    const given: { message: WorkerJob } | undefined =
      parentPort === null ? undefined : receiveMessageOnPort(parentPort);
    const next = given?.message ?? job;
    ({ files, bells } = next);
    for (const device of next.devices) engine.deviceQueueWantNoKicks(device);
    counts = bells.map(({ counter }) => words[counter / 4] ?? 0);
    lcore = next.lcore;
    return next;
  },
  nowPs: () => (process.hrtime.bigint() - startNs) * 1000n,
  afterBatch: (moved) => {
    if (files.length > 0) writeFiles(engine, bytes, files, moved);
    if (bells.length > 0) ring(bells, counts);
    const dumps = takeDumps(engine, bytes, lcore);
    if (dumps !== undefined) say({ kind: "dumps", bytes: dumps });
  },
});
