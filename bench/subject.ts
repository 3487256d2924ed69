// subject - one measurement in a process of its own: fresh code, fresh memory, pinned to core 0 as the C twin is.
// usage: node dist/bench/subject.js JOB    JOB: a Job as JSON; prints a Measurement as JSON
// Invariants: J1 a loop is warmed up for 0.3 s, as the C twin is, before it is timed. J2 the ledger is audited after it.
import { setTimeout as sleep } from "node:timers/promises";
import { CaptureIndexer } from "../src/capture/indexer.ts";
import { nodeHost } from "../src/node/host.ts";
import { replay } from "../src/node/index.ts";
import { openInput } from "../src/node/input.ts";
import { ParallelRun } from "../src/node/parallel.ts";
import { pinThread } from "../src/node/pin.ts";
import { buildLoop, ENDLESS, runLoop } from "../src/run/throughput.ts";
import { compileEngine, createMemory, instantiateEngine } from "../src/wasm/engine.ts";
import { Machine } from "../src/wasm/machine.ts";
import type { RingAgreement } from "../src/wasm/parts.ts";
import { type Figure, waitedByProcess, waitedByThread } from "./disturbance.ts";
import { type OvsLoop, ovsLoop } from "./ovs-loops.ts";
import { runArrayTwin } from "./peers/pvp-array.ts";

export type Job =
  /** Our PVP loop: millions of packets a second. */
  | {
      readonly kind: "loop";
      readonly lengthBytes: number;
      readonly seconds: number;
      readonly lcores: 1 | 2;
      /** What the rings' sides agree on beside mergeable buffers; undefined: nothing, split rings. */
      readonly agreed?: RingAgreement;
    }
  /** The array twin's. */
  | { readonly kind: "array"; readonly lengthBytes: number; readonly seconds: number }
  /** A capture replayed through pvp in virtual time: millions of packets entered a second, from call to report. */
  | {
      readonly kind: "replay";
      readonly file: string;
      readonly switch: "wire" | "ovs";
      readonly speed: string;
      readonly loop: number;
    }
  /** A capture read into memory and indexed: ms. */
  | { readonly kind: "index"; readonly file: string }
  /** The datapath's caches by themselves: millions of packets a second. */
  | { readonly kind: "ovs"; readonly loop: OvsLoop; readonly seconds: number }
  /** The same capture through npm's pcap-parser: ms. */
  | { readonly kind: "pcap-parser"; readonly file: string };

export interface Measurement extends Figure {
  /** Why threads were not pinned; empty: they were. */
  readonly unpinned: string;
  readonly note?: string;
}

const WARM_UP_SECONDS = 0.3;
const READ_BYTES = 4 << 20;

async function loop(job: Extract<Job, { kind: "loop" }>): Promise<Measurement> {
  const host = nodeHost(() => {});
  const memory = createMemory();
  const module = compileEngine(host.engineBytes());
  const machine = new Machine(instantiateEngine(module, memory), memory);
  if (job.lcores === 2) return loopOfTwo(job, machine, module, memory);
  const unpinned = await pin();
  const made = buildLoop(machine, job.lengthBytes, 1, ENDLESS, false, undefined, job.agreed);
  runLoop(made, WARM_UP_SECONDS, host.nowMs);
  const figure = timed(() => runLoop(made, job.seconds, host.nowMs));
  machine.ledger();
  return { ...figure, unpinned };
}

async function caches(job: Extract<Job, { kind: "ovs" }>): Promise<Measurement> {
  const host = nodeHost(() => {});
  const memory = createMemory();
  const machine = new Machine(instantiateEngine(compileEngine(host.engineBytes()), memory), memory);
  const unpinned = await pin();
  const run = ovsLoop(machine, job.loop, WARM_UP_SECONDS);
  return { ...timed(() => run(job.seconds)), unpinned };
}

/** What `run` gives, and the share of its time that this thread waited. */
function timed(run: () => number): Figure {
  const waitedBefore = waitedByThread();
  const start = performance.now();
  const value = run();
  return { value, waited: (waitedByThread() - waitedBefore) / 1e6 / (performance.now() - start) };
}

/** Host and guest on a core each; the host takes no more from its source than the ring has places for, as the C twin's. */
async function loopOfTwo(
  job: Extract<Job, { kind: "loop" }>,
  machine: Machine,
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<Measurement> {
  const made = buildLoop(machine, job.lengthBytes, 2, ENDLESS, true, undefined, job.agreed);
  const run = await ParallelRun.start(module, memory, { lcores: made.lcores });
  await sleep(WARM_UP_SECONDS * 1000);
  const waitedBefore = waitedByProcess();
  const before = made.sent();
  const start = performance.now();
  await sleep(job.seconds * 1000);
  const ms = performance.now() - start;
  const value = (made.sent() - before) / ms / 1000;
  const waited = (waitedByProcess() - waitedBefore) / 1e6 / ms / made.lcores.length;
  const { unpinned } = await run.stop();
  machine.ledger();
  return { value, waited, unpinned: unpinned ?? "" };
}

async function pin(): Promise<string> {
  const pinned = await pinThread([0]);
  return pinned.cores === undefined ? pinned.reason : "";
}

async function replayed(job: Extract<Job, { kind: "replay" }>): Promise<Measurement> {
  const unpinned = await pin();
  const waitedBefore = waitedByThread();
  const start = performance.now();
  const { ledger } = await replay({ captures: [job.file], switch: job.switch, speed: job.speed, loop: job.loop });
  const ms = performance.now() - start;
  const waited = (waitedByThread() - waitedBefore) / 1e6 / ms;
  const note = ledger.dropped === 0 ? "" : `${((100 * ledger.dropped) / ledger.received).toFixed(1)} % missed`;
  return { value: ledger.received / ms / 1000, waited, unpinned, note };
}

/** As a replay reads a long capture: parts of 4 MiB from the file into the same pages of the shared memory, indexed while they are in the cache. */
async function indexed(job: Extract<Job, { kind: "index" }>): Promise<Measurement> {
  const unpinned = await pin();
  const bytes = new Uint8Array(createMemory().buffer);
  const once = (): number => {
    const start = performance.now();
    readAndIndex(job.file, bytes);
    return performance.now() - start;
  };
  const figure = timed(once);
  return { ...figure, unpinned, note: `again into the same memory ${once().toFixed(1)} ms` };
}

function readAndIndex(file: string, bytes: Uint8Array<ArrayBufferLike>): void {
  const input = openInput(file);
  const size = input.size ?? 0;
  const index = new Uint32Array(bytes.buffer, 2 * READ_BYTES, (READ_BYTES / 16) * 6);
  const options = { name: file, tolerant: false, rawTime: false, referenceNs: 0n, portOf: () => 0 };
  const indexer = new CaptureIndexer(options);
  let left = size;
  let filled = 0;
  while (left > 0) {
    const got = input.read(bytes.subarray(filled, filled + Math.min(left, READ_BYTES)));
    left -= got;
    filled += got;
    const { consumed } = indexer.index(bytes, 0, filled, left === 0, index, 0);
    bytes.copyWithin(0, consumed, filled); // the record that the part cut
    filled -= consumed;
  }
  input.close();
  if (indexer.summary.packets === 0) throw new Error("index: found no packet, expected some");
}

interface PcapParser {
  parse(path: string): { on(event: string, listener: () => void): void };
}

async function pcapParser(job: Extract<Job, { kind: "pcap-parser" }>): Promise<Measurement> {
  const unpinned = await pin();
  const specifier: string = "pcap-parser"; // a development dependency without types
  const loaded: unknown = await import(specifier);
  const library = typeof loaded === "object" && loaded !== null && "default" in loaded ? loaded.default : loaded;
  if (!isPcapParser(library)) throw new Error("pcap-parser: found no parse(), expected one");
  const waitedBefore = waitedByThread();
  const start = performance.now();
  let packets = 0;
  await new Promise<void>((resolve) => {
    const parser = library.parse(job.file);
    parser.on("packet", () => packets++);
    parser.on("end", resolve);
  });
  const value = performance.now() - start;
  return { value, waited: (waitedByThread() - waitedBefore) / 1e6 / value, unpinned, note: `${packets} packets` };
}

function isPcapParser(value: unknown): value is PcapParser {
  return typeof value === "object" && value !== null && "parse" in value && typeof value.parse === "function";
}

async function measure(job: Job): Promise<Measurement> {
  switch (job.kind) {
    case "loop":
      return loop(job);
    case "array": {
      const unpinned = await pin();
      return { ...timed(() => runArrayTwin(job.lengthBytes, job.seconds)), unpinned };
    }
    case "replay":
      return replayed(job);
    case "ovs":
      return caches(job);
    case "index":
      return indexed(job);
    case "pcap-parser":
      return pcapParser(job);
  }
}

const job: Job = JSON.parse(process.argv[2] ?? "");
process.stdout.write(JSON.stringify(await measure(job)));
