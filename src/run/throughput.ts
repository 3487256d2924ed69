// throughput - the PVP loop at full speed on the wall clock: a NIC that generates frames -> vhost -> a guest's mac -> vhost -> a NIC. What
// the benchmark measures; everything that a replay does is in it (ledger, packet numbers, statistics), but no cost profile.
import { ENGINE_IO, ENGINE_MAC } from "../../assembly/abi/engines.ts";
import { RunError } from "../errors.ts";
import { compileEngine, createMemory, instantiateEngine } from "../wasm/engine.ts";
import { Machine, type Queue } from "../wasm/machine.ts";
import type { RingAgreement } from "../wasm/parts.ts";
import type { Host } from "./host.ts";
import { defaultPeer, guestMac } from "./mac.ts";

/** tx_free_thresh that makes the driver take used descriptors back every burst, as the C and array twins do. */
const TX_FREE_THRESHOLD = 224;
const RING_SIZE = 256;
const BURST = 32;
/** Frames of a source that does not end. */
export const ENDLESS: bigint = 2n ** 62n;

/** One lcore (all three streams) or two (host and guest) over the loop. */
export interface Loop {
  readonly machine: Machine;
  readonly lcores: readonly number[];
  /** Packets that have gone all the way round. */
  sent(): number;
}

/** Further attempts of a burst that its tx queue does not take, and the delay before each, ps. */
export interface LoopRetry {
  readonly num: number;
  readonly delayPs: bigint;
}

/** Builds the loop. frames: how many the NIC generates. lossless: no stream takes more than its tx queue has places for. agreed: beside mergeable buffers */
export function buildLoop(
  machine: Machine,
  lengthBytes: number,
  lcoreCount: 1 | 2,
  frames: bigint,
  lossless: boolean,
  retry: LoopRetry = { num: 0, delayPs: 0n },
  agreed: RingAgreement = {},
): Loop {
  const lcores = Array.from({ length: lcoreCount }, () => machine.addLcore(false, 3, 0));
  const [host = 0, guest = host] = lcores;
  const hostPool = machine.addPool(4096, 256, lcoreCount);
  const ring = { size: RING_SIZE, headerBytes: 12, mergeable: true, freeThreshold: TX_FREE_THRESHOLD, ...agreed };
  const window = machine.addWindow(2 * machine.ringWindowBytes(RING_SIZE, ring) + 4104 * Machine.bufferBytes);
  const guestPool = machine.addPool(4096, 256, lcoreCount, window);
  const at = (port: number, pool: number) => ({ port, number: 0, pool });
  const down = machine.addVirtqueue(true, ring, at(1, hostPool), { ...at(2, guestPool), window, lcore: guest });
  const up = machine.addVirtqueue(false, ring, at(4, hostPool), { ...at(3, guestPool), window, lcore: guest });
  const egress = machine.addEgress(false, 0, 0, 0, 0);
  const source = machine.addNicGenerator(0, 0, hostPool, frameTemplate(lengthBytes), lengthBytes, frames);
  const sink = machine.addNicTx(5, 0, 512, machine.addNicTxPort(0), egress.at);
  const stream = (lcore: number, engine: number, rx: Queue, tx: Queue): void => {
    machine.addStream(lcore, {
      engine,
      rx,
      tx,
      burst: BURST,
      peerMac: defaultPeer(1),
      sourceMac: guestMac(0, 1),
      retryNum: retry.num,
      retryDelayPs: retry.delayPs,
      waits: lossless,
      txFirst: 0,
    });
  };
  stream(host, ENGINE_IO, source, down.host);
  stream(guest, ENGINE_MAC, down.guest, up.guest);
  stream(host, ENGINE_IO, up.host, sink);
  return { machine, lcores, sent: () => machine.readQueues().find((q) => q.queue === sink)!.counters.packets };
}

/** A UDP frame's first 64 bytes. */
export function frameTemplate(lengthBytes: number): Uint8Array {
  const frame = new Uint8Array(64);
  const view = new DataView(frame.buffer);
  frame.set([2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 8, 0, 0x45]);
  view.setUint16(16, lengthBytes - 14);
  frame.set([64, 17], 22);
  frame.set([198, 18, 0, 1, 198, 18, 0, 2], 26);
  view.setUint16(36, 9);
  view.setUint16(38, lengthBytes - 34);
  return frame;
}

/** Runs the one-lcore loop for `seconds` of wall time. @returns million packets a second through the whole loop */
export function runLoop(loop: Loop, seconds: number, nowMs: () => number): number {
  const { engine } = loop.machine;
  const [lcore = 0] = loop.lcores;
  const start = nowMs();
  const before = loop.sent();
  let now = start;
  while (now - start < seconds * 1000) {
    for (let i = 0; i < 32; i++) engine.lcoreRun(lcore, 192, 0n);
    now = nowMs();
  }
  const sent = loop.sent() - before;
  if (sent === 0) throw new RunError("bench: found no packet through the loop, expected some");
  return sent / (now - start) / 1000;
}

export interface Measured {
  /** Frame length, bytes. */
  readonly length: number;
  /** Million packets a second. */
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly all: readonly number[];
}

/** Measures the one-lcore loop `runs` times after a warm-up; the ledger is audited. */
export function measureLoop(host: Host, lengthBytes: number, seconds: number, runs: number): Measured {
  const memory = createMemory();
  const machine = new Machine(instantiateEngine(compileEngine(host.engineBytes()), memory), memory);
  const loop = buildLoop(machine, lengthBytes, 1, ENDLESS, false);
  runLoop(loop, 0.2, host.nowMs);
  const all = Array.from({ length: Math.max(1, runs) }, () => runLoop(loop, seconds, host.nowMs));
  machine.ledger();
  return { length: lengthBytes, all, ...spread(all) };
}

/** Median, least and most. */
export function spread(values: readonly number[]): { median: number; least: number; most: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (i: number): number => sorted[i] ?? 0;
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { median, least: at(0), most: at(sorted.length - 1) };
}
