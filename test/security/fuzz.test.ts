// Rings under a peer that lies in any field, in volume: descriptors, chains, tables, indexes, flags, event areas, headers and lengths of either
// layout, both sides and both ways, every other ring with DPDK's quirks, every third with a dirty log. Each burst ends, no byte
// beside the peer's memory changes, each mbuf is accounted for after every burst.
// RINGBED_FUZZ: descriptors in all, 1e9 for a long run. RINGBED_FUZZ_SEED: where to begin; a failure says the seed of its ring's life.
import { describe, expect, it } from "vitest";
import { checkedMachine } from "../support/checked-engine.ts";
import { freshMachine } from "../support/engine.ts";
import { Chance, configName, FuzzBench, type FuzzConfig } from "../support/fuzz-bench.ts";
import { FuzzDevice, FuzzDriver, FuzzNoise } from "../support/fuzz-peers.ts";

const DESCRIPTORS = Number(process.env.RINGBED_FUZZ ?? 3e6);
const SEED = Number(process.env.RINGBED_FUZZ_SEED ?? 1);
/** Polls of one ring before another one takes its place. */
const LIFE = 400;
const BOUND_MS = 10_000;
/** The guards are looked at once in this many lives: a failure of theirs is of one of the lives since. */
const GUARDED = 64;

const flags = [false, true];
const CONFIGS: readonly FuzzConfig[] = (["device", "driver", "both"] as const).flatMap((side) =>
  (["rx", "tx"] as const).flatMap((way) =>
    flags.flatMap((packed) =>
      (packed ? [1, 3, 64, 100] : [1, 4, 64, 128]).flatMap((size, i) =>
        flags.map((inOrder) => {
          // Each size in order or not, the other features turn by turn.
          const turn = i + (inOrder ? 2 : 0) + (way === "rx" ? 1 : 0);
          return {
            side,
            way,
            packed,
            size,
            inOrder,
            indirect: turn % 4 !== 3,
            mergeable: turn % 3 !== 2,
            eventIdx: turn % 2 === 0,
            header: packed || turn % 5 !== 4 ? 12 : 10,
            quirksFirst: (i + (inOrder ? 1 : 0)) % 2 === 0,
          };
        }),
      ),
    ),
  ),
);

/** A ring's life: a peer's turn, then polls. @returns descriptors written */
function live(bench: FuzzBench, seed: number): number {
  const { config } = bench;
  const chance = new Chance(seed);
  const PeerOf = { device: FuzzDriver, driver: FuzzDevice, both: FuzzNoise }[config.side];
  const peer = new PeerOf(bench, chance);
  for (let poll = 0; poll < LIFE; poll++) {
    peer.turn();
    if (config.side === "both") {
      bench.send(1 + chance.below(32), chance);
      bench.receive(32);
    } else if (config.way === "rx") {
      bench.receive(1 + chance.below(64));
    } else {
      bench.send(1 + chance.below(32), chance);
    }
    if (chance.rarely(8)) bench.ask();
    bench.account();
    if (bench.broken) break;
  }
  bench.audit();
  return peer.written;
}

function run(config: FuzzConfig, bench: FuzzBench, descriptors: number): number {
  let written = 0;
  for (let seed = SEED; written < descriptors; seed++) {
    const began = performance.now();
    try {
      written += live(bench, seed) + 1;
      if (seed % GUARDED === 0 || written >= descriptors) bench.guarded();
    } catch (error) {
      if (error instanceof Error) error.message = `${configName(config)}, seed ${seed}: ${error.message}`;
      throw error;
    }
    if (performance.now() - began > BOUND_MS) throw new Error(`${configName(config)}, seed ${seed}: took too long`);
  }
  return written;
}

describe("rings under a peer that lies", () => {
  it.each(CONFIGS.map((config) => [configName(config), config] as const))(
    "%s",
    (_, config) => {
      const bench = new FuzzBench(config, freshMachine());
      expect(run(config, bench, DESCRIPTORS / CONFIGS.length)).toBeGreaterThanOrEqual(DESCRIPTORS / CONFIGS.length);
      expect(bench.received + bench.sent).toBeGreaterThan(0);
    },
    7_200_000,
  );
});

describe("the same, every load and store looked at", () => {
  it.each(CONFIGS.map((config) => [configName(config), config] as const))("%s", (_, config) => {
    const { machine, checker } = checkedMachine();
    const bench = new FuzzBench(config, machine, (at, bytes) => checker.allow(at, bytes, 0));
    run(config, bench, 200);
    expect(checker.accesses).toBeGreaterThan(1000);
  });
});
