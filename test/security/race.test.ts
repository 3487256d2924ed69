// A peer that rewrites the ring while a burst is under way, from another thread: what was looked at once is another thing the second time. Each
// burst ends, nothing beside the peer's memory changes, every mbuf is accounted for. What happens differs from run to run; the peer's chance has a seed.
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { freshMachine } from "../support/engine.ts";
import { Chance, configName, FuzzBench, type FuzzConfig } from "../support/fuzz-bench.ts";
import { FuzzDevice, FuzzDriver } from "../support/fuzz-peers.ts";

const MS = Number(process.env.RINGBED_RACE_MS ?? 400);

/** Rewrites single fields near what they are: lengths, flags, addresses' lower halves, indexes and entries. */
const REWRITER = `
const { workerData: { buffer, at, bytes, size, end, seed } } = require("node:worker_threads");
const u16 = new Uint16Array(buffer, at, bytes >> 1), u32 = new Uint32Array(buffer, at, bytes >> 2);
const u8 = new Uint8Array(buffer, at, bytes);
let x = seed | 1;
const next = () => { x ^= x << 13; x ^= x >>> 17; x ^= x << 5; return x >>> 0; };
for (;;) {
  const slot = next() % size, kind = next() & 15;
  if (kind < 4) u32[4 * slot + 2] = [0, 12, 13, 72, 2060, 65535, 0x7fffffff, 0xffffffff][next() & 7];
  else if (kind < 7) u16[8 * slot + 6] ^= 1 << (next() & 3);
  else if (kind < 9) u16[8 * slot + 7] ^= 1 << (next() & 15);
  else if (kind < 11) u32[4 * slot] = at + (next() % (bytes + 4096));
  else if (kind < 12) u8[next() % end] = next();
  else u32[4 * slot] = at + 8192 + (next() % (bytes - 80000));
  for (let wait = next() & 63; wait > 0; wait--);
}`;

const features = { inOrder: false, indirect: true, mergeable: true, eventIdx: true } as const;
const shared = { ...features, header: 12, size: 64, quirksFirst: false } as const;
const CONFIGS: readonly FuzzConfig[] = (["device", "driver"] as const).flatMap((side) =>
  (["rx", "tx"] as const).flatMap((way) => [false, true].map((packed) => ({ ...shared, side, way, packed }))),
);

describe("a ring that is rewritten while a burst is under way", () => {
  it.each(CONFIGS.map((config) => [configName(config), config] as const))("%s", async (_, config) => {
    const bench = new FuzzBench(config, freshMachine());
    const { at, bytes, used, machine } = bench;
    const end = used + 6 + 8 * config.size;
    const { buffer } = machine.arena.bytes;
    const workerData = { buffer, at, bytes, size: config.size, end, seed: 0x1234567 };
    const worker = new Worker(REWRITER, { eval: true, workerData });
    await new Promise((resolve) => worker.once("online", resolve));
    const chance = new Chance(7);
    let longest = 0;
    let bursts = 0;
    try {
      for (const until = performance.now() + MS; performance.now() < until; ) {
        bench.reset();
        const peer = config.side === "device" ? new FuzzDriver(bench, chance) : new FuzzDevice(bench, chance);
        for (let poll = 0; poll < 200 && !bench.broken; poll++, bursts++) {
          peer.turn();
          const began = performance.now();
          if (config.way === "rx") bench.receive(32);
          else bench.send(16, chance);
          bench.ask();
          longest = Math.max(longest, performance.now() - began);
          bench.account();
        }
      }
    } finally {
      await worker.terminate();
    }
    bench.guarded();
    bench.audit();
    expect(bursts).toBeGreaterThan(100);
    expect(longest).toBeLessThan(10_000); // with others on the same cores
  });
});
