// live - over real vhost-user sockets: DPDK with itself, our guest on DPDK's vhost, DPDK's guest on our vhost. One process a side, its forwarding
// lcore pinned to a core of its own; packets one way (txonly to rxonly), as many as the sink's console says, or in a loop (both sides in mac
// mode, the host's tx_first begins), as many as the host receives. Rounds go through the set-ups in turn, and ratios are of one round's figures. Before each measurement and behind it a ping-pong tells near from far (two-core.ts): one
// during which that changed is left out, and so is one in which a side waited for its core; a ratio is a mode's own.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { packageFile } from "../src/node/package-file.ts";
import { allowedCores } from "../src/node/pin.ts";
import { findTestpmd, TestpmdProcess } from "../src/reference/testpmd-process.ts";
import { parseNicStatistics } from "../src/reference/testpmd-stats.ts";
import { WAITED_MAX } from "./disturbance.ts";
import { runPingPong } from "./peers/native.ts";
import type { Goal, Results } from "./rows.ts";
import { type Mode, modeOf } from "./two-core.ts";

type Player = "ours" | "DPDK";
interface Setup {
  readonly name: string;
  readonly host: Player;
  readonly guest: Player;
}

const SELF: Setup = { name: "DPDK with itself", host: "DPDK", guest: "DPDK" };
const SETUPS: readonly Setup[] = [
  SELF,
  { name: "our guest on DPDK's vhost", host: "DPDK", guest: "ours" },
  { name: "DPDK's guest on our vhost", host: "ours", guest: "DPDK" },
];
/** What net_virtio_user is told, and so the rings and the burst functions. */
interface Layout {
  /** "": the driver's own choice. */
  readonly name: string;
  readonly args: string;
}

type Direction = "towards the guest" | "towards the host" | "loop";

/** What is measured. */
export interface LivePlan {
  readonly layouts: readonly Layout[];
  readonly lengths: readonly number[];
  readonly directions: readonly Direction[];
  readonly goals: Goals;
}

/** Of DPDK with itself, by set-up and frame length. */
type Goals = Readonly<Record<string, Readonly<Record<number, Goal>>>>;
const GOALS: Goals = {
  "our guest on DPDK's vhost": { 64: { least: 1 }, 1500: { least: 0.95 } },
  "DPDK's guest on our vhost": { 64: { least: 1.2, aim: 1.5 }, 1500: { least: 0.95 } },
};
/** As `bench --live` has it. */
export const USUAL: LivePlan = {
  layouts: [{ name: "", args: "" }],
  lengths: [64, 1500],
  directions: ["towards the guest", "towards the host"],
  goals: GOALS,
};
const MATRIX_GOALS = { 60: { least: 1 }, 1514: { least: 0.95 } };
/** Every layout of rings, both ways and round. */
export const MATRIX: LivePlan = {
  layouts: [
    { name: "split in-order mrg", args: "" },
    { name: "split mrg", args: ",in_order=0" },
    { name: "split in-order", args: ",mrg_rxbuf=0" },
    { name: "split", args: ",in_order=0,mrg_rxbuf=0" },
    { name: "split vectorized", args: ",in_order=0,mrg_rxbuf=0,vectorized=1" },
    { name: "packed in-order mrg", args: ",packed_vq=1" },
    { name: "packed mrg", args: ",packed_vq=1,in_order=0" },
    { name: "packed in-order", args: ",packed_vq=1,mrg_rxbuf=0" },
    { name: "packed", args: ",packed_vq=1,in_order=0,mrg_rxbuf=0" },
    { name: "packed vectorized", args: ",packed_vq=1,mrg_rxbuf=0,vectorized=1" },
  ],
  lengths: [60, 1514],
  directions: ["loop", "towards the guest", "towards the host"],
  goals: { "our guest on DPDK's vhost": MATRIX_GOALS, "DPDK's guest on our vhost": MATRIX_GOALS },
};
/** Packed vector paths want AVX-512, which EAL uses only when it is told to. */
const EAL = ["--force-max-simd-bitwidth=512"];
/** Bursts that a loop has on its way. */
const LOOP_BURSTS = 4;
const WARM_UP_MS = 400;
const MEASURE_MS = 700;
const PING_PONG_SECONDS = 0.1;
/** Rounds are repeated until as many as asked for count, up to so many times. */
const MORE_ROUNDS = 2;

/** Of one round and set-up, by length and direction. */
interface Measured {
  readonly mpps: number;
  /** Undefined: it changed meanwhile. Without a ping-pong all are of one mode, that nobody knows. */
  readonly mode: Mode | "unknown" | undefined;
  /** The larger share of the time that a side waited for its core. */
  readonly waited: number;
}
type Round = ReadonlyMap<string, Measured>;

/** All that the plan says, on all set-ups. */
export async function live(results: Results, plan: LivePlan): Promise<void> {
  if (findTestpmd() === undefined) {
    results.skip("vhost-user", "dpdk-testpmd is not installed (ringbed doctor)");
    return;
  }
  if (allowedCores().length < 2) {
    results.skip("vhost-user", "one core only: each side polls on one of its own");
    return;
  }
  const rounds: Round[] = [];
  const { runs } = results.effort;
  const keys = keysOf(plan);
  for (let n = 0; n < MORE_ROUNDS * runs && !enough(rounds, keys, runs); n++) {
    results.progress(`live vhost-user: round ${n + 1}, of ${runs} that count`);
    const round = new Map<string, Measured>();
    for (const layout of plan.layouts) {
      for (const setup of n % 2 === 0 ? SETUPS : [...SETUPS].reverse()) {
        const measured = await measureSetup(setup, layout, plan);
        for (const [key, figures] of measured) round.set(`${key}|${setup.name}`, figures);
      }
    }
    rounds.push(round);
  }
  const all = rounds.flatMap((round) => [...round.values()]);
  const changed = all.filter(({ mode }) => mode === undefined).length;
  const waited = all.filter((measured) => isDisturbed(measured)).length;
  if (changed > 0) results.skip(`${changed} measurements`, "the ping-pong changed between near and far");
  if (waited > 0) results.skip(`${waited} measurements`, "a side waited for its core over 5 % of the time");
  for (const key of keys)
    for (const mode of ["near", "far", "unknown"] as const) add(results, rounds, key, mode, plan.goals);
}

interface Key {
  readonly text: string;
  readonly length: number;
}

function keysOf({ layouts, lengths, directions }: LivePlan): Key[] {
  return layouts.flatMap((layout) =>
    lengths.flatMap((length) => directions.map((direction) => ({ text: keyOf(layout, length, direction), length }))),
  );
}

function keyOf({ name }: Layout, length: number, direction: Direction): string {
  return `${name === "" ? "" : `${name}, `}${length} bytes, ${direction}`;
}

function isDisturbed({ waited }: Measured): boolean {
  return waited > WAITED_MAX;
}

/** A round's figures of DPDK with itself and of another, where both were measured in the mode and undisturbed. */
function pairsOf(rounds: readonly Round[], key: string, name: string, mode: Measured["mode"]): [number, number][] {
  return rounds.flatMap((round): [number, number][] => {
    const pair = [SELF.name, name].map((who) => round.get(`${key}|${who}`));
    const [self, other] = pair;
    if (self === undefined || other === undefined) return [];
    return pair.every((m) => m?.mode === mode && m !== undefined && !isDisturbed(m)) ? [[self.mpps, other.mpps]] : [];
  });
}

/** Whether each ratio has as many pairs as asked for, whatever their mode. */
function enough(rounds: readonly Round[], keys: readonly Key[], runs: number): boolean {
  return keys.every(({ text: key }) =>
    SETUPS.filter((setup) => setup !== SELF).every(({ name }) =>
      (["near", "far", "unknown"] as const).some((mode) => pairsOf(rounds, key, name, mode).length >= runs),
    ),
  );
}

function add(
  results: Results,
  rounds: readonly Round[],
  { text: key, length }: Key,
  mode: Mode | "unknown",
  goals: Goals,
): void {
  for (const { name } of SETUPS) {
    const pairs = pairsOf(rounds, key, name, mode);
    if (pairs.length === 0) continue;
    results.add(
      `${key}, ${mode}: ${name}`,
      "Mpps",
      pairs.map(([, other]) => other),
    );
    if (name === SELF.name) continue;
    const ratios = pairs.map(([self, other]) => other / self);
    results.add(`${key}, ${mode}: ${name} / DPDK with itself`, "x", ratios, { goal: goals[name]?.[length] });
  }
}

async function measureSetup({ host, guest }: Setup, layout: Layout, plan: LivePlan): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), "ringbed-bench-live-"));
  const socket = join(folder, "vhost.sock");
  const common = { memoryMB: 512, eal: EAL, app: ["--no-flush-rx", "--total-num-mbufs=16384"], cwd: folder };
  try {
    const h = await TestpmdProcess.start({
      ...common,
      program: programOf(host),
      prefix: `bl${process.pid}h`,
      lcores: "0@0,1@0",
      vdevs: [`net_vhost0,iface=${socket}`],
    });
    try {
      const g = await TestpmdProcess.start({
        ...common,
        program: programOf(guest),
        prefix: `bl${process.pid}g`,
        lcores: "0@1,1@1",
        vdevs: [`net_virtio_user0,path=${socket}${layout.args}`],
      });
      try {
        return await measurePair(h, g, layout, plan);
      } finally {
        await g.quit();
      }
    } finally {
      await h.quit();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function programOf(player: Player): readonly string[] | undefined {
  if (player === "DPDK") return undefined;
  return [process.execPath, fileURLToPath(packageFile("dist/src/cli/main.js")), "testpmd"];
}

async function measurePair(
  host: TestpmdProcess,
  guest: TestpmdProcess,
  layout: Layout,
  plan: LivePlan,
): Promise<Round> {
  const round = new Map<string, Measured>();
  let beforeNs = runPingPong(PING_PONG_SECONDS).value;
  for (const length of plan.lengths) {
    for (const direction of plan.directions) {
      const [source, sink] = direction === "towards the guest" ? [host, guest] : [guest, host];
      if (direction === "loop") await startLoop(host, guest, length);
      else await startOneWay(source, sink, length);
      await sleep(WARM_UP_MS);
      const before = [host, guest].map((side) => side.waitedMs());
      const packetsBefore = await received(sink);
      const start = performance.now();
      await sleep(MEASURE_MS);
      const packets = (await received(sink)) - packetsBefore;
      const ms = performance.now() - start;
      const waits = [host, guest].map((side, i) => (side.waitedMs() - before[i]!) / ms);
      await source.stopForwarding();
      await sink.stopForwarding();
      const afterNs = runPingPong(PING_PONG_SECONDS).value;
      const mode = beforeNs === undefined || afterNs === undefined ? "unknown" : modeOf({ beforeNs, afterNs });
      round.set(keyOf(layout, length, direction), { mpps: packets / ms / 1000, mode, waited: Math.max(...waits) });
      beforeNs = afterNs;
    }
  }
  return round;
}

async function startOneWay(source: TestpmdProcess, sink: TestpmdProcess, length: number): Promise<void> {
  await source.command(`set txpkts ${length}`);
  await source.command("set fwd txonly", /Set txonly/);
  await sink.command("set fwd rxonly", /Set rxonly/);
  await sink.startForwarding();
  await source.startForwarding();
}

async function startLoop(host: TestpmdProcess, guest: TestpmdProcess, length: number): Promise<void> {
  await host.command(`set txpkts ${length}`);
  for (const side of [host, guest]) await side.command("set fwd mac", /Set mac/);
  await guest.startForwarding();
  await host.startForwarding(`start tx_first ${LOOP_BURSTS}`);
}

/** Packets that port 0 has received so far. */
async function received(testpmd: TestpmdProcess): Promise<number> {
  const text = await testpmd.command("show port stats 0", /Tx-pps[\s\S]*\n {2}#{20,}\n/);
  return parseNicStatistics(text.replaceAll("\r", "")).get(0)?.["RX-packets"] ?? 0;
}
