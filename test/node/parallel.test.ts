// The parallel executor: two workers over one memory give what the virtual executor gives, and end whatever happens.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SLICE_DONE } from "../../assembly/abi/status.ts";
import { RunError } from "../../src/errors.ts";
import { nodeHost } from "../../src/node/host.ts";
import { packageFile } from "../../src/node/package-file.ts";
import { ParallelRun, runParallel } from "../../src/node/parallel.ts";
import { allowedCores } from "../../src/node/pin.ts";
import { Feed } from "../../src/run/feed.ts";
import { type ReplayOptions, settle } from "../../src/run/options.ts";
import { Outlet } from "../../src/run/outlet.ts";
import { pollsForEgress } from "../../src/run/parallel.ts";
import { buildPlan, EGRESS_BYTES, EGRESS_PACKETS, type Plan } from "../../src/run/plan.ts";
import { parseProfile } from "../../src/run/profile.ts";
import { addScheduler } from "../../src/run/replay.ts";
import { dropsOfPorts, reportPorts } from "../../src/run/summary.ts";
import { buildLoop, type LoopRetry } from "../../src/run/throughput.ts";
import { buildTopology } from "../../src/run/topology.ts";
import { compileEngine, createMemory, instantiateEngine } from "../../src/wasm/engine.ts";
import { Machine } from "../../src/wasm/machine.ts";
import { random as seeded } from "../support/random.ts";

/** 10^7; RINGBED_PARALLEL_PACKETS=1e8 is the long run. */
const PACKETS = Number(process.env.RINGBED_PARALLEL_PACKETS ?? 1e7);
const CAPTURED = 20_000;
const TIMEOUT_MS = 30_000 + (PACKETS / 1e6) * 6_000;

const host = nodeHost(() => {});
const folder = mkdtempSync(join(tmpdir(), "ringbed-parallel-"));
const capture = join(folder, "mixed.pcap");

beforeAll(() => writeFileSync(capture, mixedCapture(CAPTURED)));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Frames of random bytes: mostly 60 to 200 bytes, every sixteenth up to 2048 (one data room). */
function mixedCapture(count: number): Uint8Array {
  const random = seeded(1);
  const lengths = Array.from({ length: count }, (_, i) => 60 + random.below(i % 16 === 0 ? 1989 : 141));
  const file = new Uint8Array(24 + lengths.reduce((sum, n) => sum + 16 + n, 0));
  const view = new DataView(file.buffer);
  [0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1].forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  let at = 24;
  lengths.forEach((length, i) => {
    [1_700_000_000, i, length, length].forEach((word, k) => {
      view.setUint32(at + 4 * k, word, true);
    });
    for (let b = at + 16; b < at + 16 + length; b++) file[b] = random.below(256);
    at += 16 + length;
  });
  return file;
}

interface Fresh {
  readonly machine: Machine;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

function fresh(): Fresh {
  const memory = createMemory();
  const module = compileEngine(host.engineBytes());
  return { machine: new Machine(instantiateEngine(module, memory), memory), module, memory };
}

type Rings = Pick<ReplayOptions, "ring" | "inOrder" | "ringSize">;
const RINGS: readonly Rings[] = [{}, { ring: "packed" }, { ring: "packed", inOrder: false, ringSize: 100 }];

/** Loops of the capture: to PACKETS, and over packed rings a fifth of that. */
const loopsOf = ({ ring }: Rings): number => Math.ceil((ring === undefined ? PACKETS : PACKETS / 5) / CAPTURED);

/** The capture, looped, in a lossless PVP that keeps what leaves. */
function planned(made: Fresh, virtual: boolean, rings: Rings): { plan: Plan; outlet: Outlet } {
  const { machine } = made;
  const loop = loopsOf(rings);
  const settings = settle({ captures: [capture], switch: "wire", loop, speed: "max", ...rings });
  const topology = buildTopology("pvp", 1);
  if (virtual) {
    const name = host.defaultProfile();
    machine.setProfile(parseProfile(new TextDecoder().decode(host.readFile(name, "profile")), name).costs);
  }
  const feed = new Feed(machine, topology, settings, host);
  const part = feed.read(() => false);
  const mode = { virtual, lossless: true, keepEgress: true, maxFrame: feed.maxFrame };
  const plan = buildPlan(machine, topology, settings, mode);
  const { loops, span } = feed.engineLoops(part);
  machine.engine.ingressSourceFeed(plan.ingress, part.entries, part.count, 0, loops, span);
  return { plan, outlet: new Outlet(plan, settings, host, ["phy1"], 0n) };
}

function outcome(plan: Plan, outlet: Outlet) {
  const { sha256 } = outlet.finish(dropsOfPorts(plan));
  const { phy1 } = reportPorts(plan);
  return {
    sha256,
    packets: phy1?.tx_packets,
    bytes: phy1?.tx_bytes,
    ledger: plan.machine.ledger(),
    mbufsAway: plan.machine.mbufsAway(),
  };
}

function virtually(rings: Rings) {
  const { plan, outlet } = planned(fresh(), true, rings);
  const { engine } = plan.machine;
  const scheduler = addScheduler(plan);
  while (engine.schedulerRun(scheduler, 4096) >>> 0 !== SLICE_DONE) outlet.take();
  engine.schedulerSettle(scheduler);
  return outcome(plan, outlet);
}

async function inParallel(rings: Rings) {
  const made = fresh();
  const { plan, outlet } = planned(made, false, rings);
  const sink = made.machine.queues.find((q) => q.direction === "tx" && plan.ports[q.port] === "phy1");
  const total = BigInt(loopsOf(rings) * CAPTURED);
  const limits = plan.egress.map(({ at }) => ({ at, highWater: EGRESS_BYTES, timeHighWater: EGRESS_PACKETS }));
  await runParallel(made.module, made.memory, {
    lcores: made.machine.lcores,
    polls: pollsForEgress(32),
    egress: { lcore: made.machine.lcores[0] ?? 0, limits, take: () => outlet.take() },
    until: () => sink?.counters[0] === total,
    timeoutMs: TIMEOUT_MS,
  });
  return outcome(plan, outlet);
}

describe("two workers, host and guest, without loss", () => {
  it.each(RINGS)(
    `pass on the packets that the virtual executor passes on, byte for byte (up to ${PACKETS} packets), %j`,
    async (rings) => {
      const parallel = await inParallel(rings);
      const total = loopsOf(rings) * CAPTURED;
      expect(parallel.packets).toBe(total);
      expect(parallel.ledger).toMatchObject({ received: total, sent: total, dropped: 0, queued: 0 });
      expect(parallel.mbufsAway).toBe(0);
      expect(virtually(rings)).toEqual(parallel);
    },
    2 * TIMEOUT_MS,
  );
});

/** A loop of two lcores over a generator of `frames` frames. */
function generated(frames: number, retry?: LoopRetry) {
  const made = fresh();
  const loop = buildLoop(made.machine, 64, 2, BigInt(frames), retry === undefined, retry);
  return { ...made, loop };
}

describe("retry on the wall clock", () => {
  it("loses nothing while the other side keeps taking", async () => {
    const { machine, module, memory, loop } = generated(1_000_000, { num: 1_000_000, delayPs: 1_000_000n });
    const until = () => loop.sent() === 1_000_000;
    await runParallel(module, memory, { lcores: loop.lcores, polls: 8, until, timeoutMs: 30_000 });
    expect(machine.ledger()).toMatchObject({ received: 1_000_000, sent: 1_000_000, dropped: 0, queued: 0 });
    expect(machine.mbufsAway()).toBe(0);
  });

  it("waits its delay before each attempt, then drops", async () => {
    // The guest does not run: 256 packets fill its ring, and the ninth burst waits 3 x 50 ms.
    const { machine, module, memory, loop } = generated(288, { num: 3, delayPs: 50_000_000_000n });
    const start = performance.now();
    let droppedMs = 0;
    const until = () => {
      droppedMs = performance.now() - start;
      return machine.readQueues().some(({ counters }) => counters.drops.some((n) => n > 0));
    };
    const lcores = loop.lcores.slice(0, 1);
    const result = await runParallel(module, memory, { lcores, polls: 8, until, timeoutMs: 10_000 });
    expect(droppedMs).toBeGreaterThan(149);
    expect(result.wallMs).toBeLessThan(5_000);
    expect(machine.ledger()).toMatchObject({ received: 288, queued: 256, drops: { retry_exhausted: 32 } });
  });
});

describe("a run that breaks", () => {
  it("reports what a worker throws", async () => {
    const { module, memory, loop } = generated(1000);
    const lcores = [loop.lcores[0] ?? 0, 0xffff_fff0]; // the second lcore lies at the end of the memory
    const run = runParallel(module, memory, { lcores, until: () => false, timeoutMs: 10_000 });
    await expect(run).rejects.toThrow(RunError);
    await expect(run).rejects.toThrow(/^lcore 1: found memory access out of bounds/);
  });

  it("ends when its time is over, and says what the lcores were doing", async () => {
    const { module, memory, loop } = generated(1000);
    const run = runParallel(module, memory, { lcores: loop.lcores, until: () => false, timeoutMs: 50 });
    await expect(run).rejects.toThrow(/found lcores running, running after 50 ms, packets moved \d+, \d+/);
  });

  it("ends a worker that does not come back from a batch", async () => {
    const { module, memory, loop } = generated(1000);
    const lcores = loop.lcores;
    const run = await ParallelRun.start(module, memory, { lcores, polls: 0xffff_ffff, cores: false });
    const start = performance.now();
    await expect(run.stop()).rejects.toThrow(RunError);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

describe("pinning", () => {
  it.runIf(process.platform === "linux")("ties a thread to the core it names, or says why not", () => {
    const code = `const { pinThread } = await import(${JSON.stringify(packageFile("dist/src/node/pin.js").href)});
      const pinned = await pinThread([0]);
      const { readFileSync } = await import("node:fs");
      const list = /Cpus_allowed_list:\\s*(\\S+)/.exec(readFileSync("/proc/thread-self/status", "latin1"))[1];
      console.log(pinned.cores === undefined ? "because " + pinned.reason : "on " + list);`;
    const run = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
    expect(run.stdout).toMatch(/^on 0\n$|^because \w+/);
    expect(allowedCores().length).toBeGreaterThan(0);
  });

  it("is left out, with the reason, where there are fewer cores than lcores", async () => {
    const { module, memory, loop } = generated(1000);
    const options = { lcores: loop.lcores, cores: [[0]], until: () => loop.sent() === 1000, timeoutMs: 10_000 };
    const { unpinned, moved } = await runParallel(module, memory, options);
    expect(unpinned).toBe("2 lcores on 1 cores");
    expect(moved).toEqual([2000, 1000]);
  });
});
