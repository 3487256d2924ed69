// vector - the driver's vector burst functions beside its plain ones, 64-byte frames: the rx and tx stages by themselves, and the loop on one core. All in
// this one process, in short slices in turn, every second round backwards; ratios are of one round's figures, so they stand where others use
// the machine.
import { RunError } from "../src/errors.ts";
import { nodeHost } from "../src/node/host.ts";
import { buildLoop, ENDLESS, frameTemplate, runLoop } from "../src/run/throughput.ts";
import { compileEngine, createMemory, instantiateEngine } from "../src/wasm/engine.ts";
import { Machine } from "../src/wasm/machine.ts";
import type { RingAgreement } from "../src/wasm/parts.ts";
import { pairRatios, type Results } from "./rows.ts";
import { Bench32, BURST, BURSTS } from "./stages.ts";

const FRAME_BYTES = 64;
const RING_SIZE = 256;
const ROUNDS = 25;
/** Timings of a stage and runs of the loop a slice, of which the median counts; slices before the first round; seconds of a run. */
const TIMINGS = 400;
const LOOPS = 9;
const WARM_UP = 30;
const LOOP_SECONDS = 0.004;
/** Of a stage, plain by vector. */
const GOAL = { least: 1.2 };

const KINDS: readonly { readonly name: string; readonly agreed: RingAgreement }[] = [
  { name: "split", agreed: { mergeable: false } },
  { name: "packed, in order", agreed: { mergeable: false, packed: true, inOrder: true } },
];

interface Slices {
  /** Nanoseconds a packet. */
  readonly rx: number[];
  readonly tx: number[];
  readonly mpps: number[];
}

interface Subject {
  readonly slices: Slices;
  slice(): void;
  audit(): void;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** Bursts from a NIC through a ring each way, of which the guest's two bursts are timed; and a loop of its own. */
function subject(agreed: RingAgreement): Subject {
  const host = nodeHost(() => {});
  const fresh = (): Machine => {
    const memory = createMemory();
    return new Machine(instantiateEngine(compileEngine(host.engineBytes()), memory), memory);
  };
  const b = new Bench32(fresh());
  const { machine, hostPool } = b;
  const ring = { size: RING_SIZE, headerBytes: 12, mergeable: false, ...agreed };
  const window = machine.addWindow(2 * machine.ringWindowBytes(RING_SIZE, ring) + 4104 * Machine.bufferBytes);
  const guestPool = machine.addPool(4096, 256, 1, window);
  const at = (port: number, pool: number) => ({ port, number: 0, pool });
  const guest = (port: number) => ({ ...at(port, guestPool), window, lcore: b.lcore });
  const down = machine.addVirtqueue(true, ring, at(1, hostPool), guest(2));
  const up = machine.addVirtqueue(false, { ...ring, freeThreshold: RING_SIZE - BURST }, at(4, hostPool), guest(3));
  const source = machine.addNicGenerator(0, 0, hostPool, frameTemplate(FRAME_BYTES), FRAME_BYTES, ENDLESS);
  const loop = buildLoop(fresh(), FRAME_BYTES, 1, ENDLESS, false, undefined, agreed);
  const slices: Slices = { rx: [], tx: [], mpps: [] };
  const perPacket = (ms: number): number => (ms * 1e6) / (BURST * BURSTS);
  const once = (): [rx: number, tx: number] => {
    b.rx(source);
    b.tx(down.host);
    const start = performance.now();
    b.rx(down.guest);
    const between = performance.now();
    b.tx(up.guest);
    const end = performance.now();
    b.rx(up.host);
    b.free();
    return [perPacket(between - start), perPacket(end - between)];
  };
  return {
    slices,
    slice: () => {
      const timings = Array.from({ length: TIMINGS }, once);
      slices.rx.push(median(timings.map(([rx]) => rx)));
      slices.tx.push(median(timings.map(([, tx]) => tx)));
      slices.mpps.push(median(Array.from({ length: LOOPS }, () => runLoop(loop, LOOP_SECONDS, host.nowMs))));
    },
    audit: () => {
      const away = machine.mbufsAway();
      if (away !== 0) throw new RunError(`vector: found ${away} mbufs away, expected none`);
      loop.machine.ledger();
    },
  };
}

/** Measures both layouts. The thread is pinned by its caller. */
export function vectorPaths(results: Results): void {
  const rounds = results.effort.judged ? ROUNDS : 5;
  for (const { name, agreed } of KINDS) {
    results.progress(`vector burst functions: ${name}`);
    const both = [subject(agreed), subject({ ...agreed, vector: true })];
    for (let i = 0; i < WARM_UP; i++) for (const one of both) one.slice();
    for (const { slices } of both) for (const list of [slices.rx, slices.tx, slices.mpps]) list.length = 0;
    for (let i = 0; i < rounds; i++) for (const one of i % 2 === 0 ? both : [...both].reverse()) one.slice();
    for (const one of both) one.audit();
    const [plain, vector] = both.map(({ slices }) => slices) as [Slices, Slices];
    const add = (what: string, key: keyof Slices, unit: "ns" | "Mpps", goal?: typeof GOAL): void => {
      results.add(`${what}, ${name}: plain`, unit, plain[key]);
      results.add(`${what}, ${name}: vector`, unit, vector[key]);
      const [above, below] = unit === "ns" ? [plain[key], vector[key]] : [vector[key], plain[key]];
      results.add(`${what}, ${name}: vector's gain`, "x", pairRatios(above, below), { goal });
    };
    add("virtio rx", "rx", "ns", GOAL);
    if (agreed.packed === true) add("virtio tx", "tx", "ns");
    add("loop on one core", "mpps", "Mpps");
  }
}
