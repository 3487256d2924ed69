// worker - the thread of one lcore under the parallel executor: started by parallel.ts with an LcoreJob. It instantiates the compiled
// module over the shared memory, pins itself, and polls until told to stop. What it throws reaches parallel.ts as the worker's error.
// It writes the files that its lcore fills, and sends the dumps of its bursts and why it could not be pinned as messages.
import { writeSync } from "node:fs";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { Asking, PolledSide } from "../dpdk/executor.ts";
import { driveLcore, type LcoreJob, ParallelControl } from "../run/parallel.ts";
import { AskLine } from "../wasm/ask-line.ts";
import { takeDumps } from "../wasm/dump.ts";
import { type Engine, instantiateEngine } from "../wasm/engine.ts";
import { LcoreSleep, wantNotifications } from "./lcore-sleep.ts";
import { Libc } from "./native-libc.ts";
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

/** What a worker does with its lcore, and where the results go. */
export interface WorkerJob extends LcoreJob {
  readonly files: readonly LcoreFile[];
  readonly sides: readonly PolledSide[];
  /** It may sleep when nothing has come for a while: peers tell of all that can. */
  readonly sleeps: boolean;
  /** Of an OVS thread: who answers it. */
  readonly asks: Asking | undefined;
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

/** Looks that a question's asker takes at its answer before it lets others have the core. */
const LOOKS = 2000;
const NAP_MS = 0.05;
const nap = new Int32Array(new SharedArrayBuffer(4));

/** Has the questions of a poll answered, one after the other. */
function ask(lcore: number, { line, bell }: Asking): void {
  const words = new AskLine(memory.buffer, line);
  while (engine.lcoreUpcall(lcore) !== 0) {
    words.ask();
    writeSync(bell, ONE);
    for (let looks = 0; !words.isAnswered; looks++) if (looks > LOOKS) Atomics.wait(nap, 0, 0, NAP_MS);
    engine.pmdAnswer(lcore, ...words.take());
  }
}

/** Rings the bells of sides that have something to tell since the last batch: also where it moved no packet, or was the one before a pause. */
function ring(sides: readonly PolledSide[], counts: number[]): void {
  for (const [i, { notified, bell }] of sides.entries()) {
    const now = words[notified / 4];
    if (bell === undefined || now === counts[i]) continue;
    counts[i] = now ?? 0;
    try {
      writeSync(bell, ONE);
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
const libc = await Libc.load().catch(() => undefined);
let { files, sides, lcore, asks } = job;
let counts: number[] = [];
let sleeper: LcoreSleep | undefined;
const nowPs = (): bigint => (process.hrtime.bigint() - startNs) * 1000n;
driveLcore(engine, new ParallelControl(0, control), index, {
  job() {
    const given: { message: WorkerJob } | undefined =
      parentPort === null ? undefined : receiveMessageOnPort(parentPort);
    const next = given?.message ?? job;
    ({ files, sides, asks } = next);
    wantNotifications(engine, sides, false);
    counts = sides.map(({ notified }) => words[notified / 4] ?? 0);
    lcore = next.lcore;
    const poll = (): number => engine.lcoreRun(lcore, 1, nowPs()) >>> 0;
    sleeper = next.sleeps && libc !== undefined ? new LcoreSleep(engine, libc, sides, poll) : undefined;
    return next;
  },
  nowPs,
  afterBatch: (moved) => {
    if (asks !== undefined) ask(lcore, asks);
    if (files.length > 0) writeFiles(engine, bytes, files, moved);
    if (sides.length > 0) ring(sides, counts);
    const dumps = takeDumps(engine, bytes, lcore);
    if (dumps !== undefined) say({ kind: "dumps", bytes: dumps });
    sleeper?.afterBatch(moved);
  },
});
