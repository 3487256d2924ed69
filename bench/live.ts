// live - over real vhost-user sockets: DPDK with itself, our guest on DPDK's vhost, DPDK's guest on our vhost. One process a side, its forwarding
// lcore pinned to a core of its own; packets one way (txonly to rxonly), as many as the sink's console says. Rounds go through the
// set-ups in turn, and ratios are of one round's figures. A round in which a side waited for its core is left out and said.
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
import { type Goal, pairRatios, type Results } from "./rows.ts";

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
/** Of DPDK with itself, by set-up and frame length. */
const GOALS: Readonly<Record<string, Readonly<Record<number, Goal>>>> = {
  "our guest on DPDK's vhost": { 64: { least: 1 }, 1500: { least: 0.95 } },
  "DPDK's guest on our vhost": { 64: { least: 1.2, aim: 1.5 }, 1500: { least: 0.95 } },
};
const LENGTHS = [64, 1500];
const DIRECTIONS = ["towards the guest", "towards the host"] as const;
const WARM_UP_MS = 400;
const MEASURE_MS = 700;

/** Both directions, both lengths, all set-ups. */
export async function live(results: Results): Promise<void> {
  if (findTestpmd() === undefined) {
    results.skip("vhost-user", "dpdk-testpmd is not installed (ringbed doctor)");
    return;
  }
  if (allowedCores().length < 2) {
    results.skip("vhost-user", "one core only: each side polls on one of its own");
    return;
  }
  const quiet = new Map<string, number[]>();
  const noisy = new Map<string, number[]>();
  let disturbed = 0;
  for (let round = 0; round < results.effort.runs; round++) {
    results.progress(`live vhost-user: ${round + 1} of ${results.effort.runs}`);
    const order = round % 2 === 0 ? SETUPS : [...SETUPS].reverse();
    const found = new Map<string, number>();
    let waited = 0;
    for (const setup of order) {
      const measured = await measureSetup(setup);
      for (const [key, value] of measured.rates) found.set(`${key}|${setup.name}`, value);
      waited = Math.max(waited, measured.waited);
    }
    if (waited > WAITED_MAX) disturbed++;
    const figures = waited > WAITED_MAX ? noisy : quiet;
    for (const [key, value] of found) figures.set(key, [...(figures.get(key) ?? []), value]);
  }
  const figures = quiet.size > 0 ? quiet : noisy;
  if (disturbed > 0) results.skip("rounds", `${disturbed} in which a side waited for its core over 5 % of the time`);
  for (const length of LENGTHS) {
    for (const direction of DIRECTIONS)
      add(results, `${length} bytes, ${direction}`, length, figures, figures === noisy);
  }
}

function add(
  results: Results,
  key: string,
  length: number,
  figures: ReadonlyMap<string, number[]>,
  disturbed: boolean,
): void {
  const self = figures.get(`${key}|${SELF.name}`) ?? [];
  for (const { name } of SETUPS)
    results.add(`${key}: ${name}`, "Mpps", figures.get(`${key}|${name}`) ?? [], { disturbed });
  for (const { name } of SETUPS) {
    if (name === SELF.name) continue;
    const ours = figures.get(`${key}|${name}`) ?? [];
    results.add(`${key}: ${name} / DPDK with itself`, "x", pairRatios(ours, self), {
      goal: GOALS[name]?.[length],
      disturbed,
    });
  }
}

interface Measured {
  readonly rates: ReadonlyMap<string, number>;
  /** The largest share of a measurement that a side waited for its core. */
  readonly waited: number;
}

async function measureSetup({ host, guest }: Setup): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "ringbed-bench-live-"));
  const socket = join(folder, "vhost.sock");
  const common = { memoryMB: 512, app: ["--no-flush-rx", "--total-num-mbufs=16384"], cwd: folder };
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
        vdevs: [`net_virtio_user0,path=${socket}`],
      });
      try {
        return await measurePair(h, g);
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

async function measurePair(host: TestpmdProcess, guest: TestpmdProcess): Promise<Measured> {
  const rates = new Map<string, number>();
  let waited = 0;
  for (const length of LENGTHS) {
    for (const direction of DIRECTIONS) {
      const [source, sink] = direction === "towards the guest" ? [host, guest] : [guest, host];
      await source.command(`set txpkts ${length}`);
      await source.command("set fwd txonly", /Set txonly/);
      await sink.command("set fwd rxonly", /Set rxonly/);
      await sink.startForwarding();
      await source.startForwarding();
      await sleep(WARM_UP_MS);
      const before = [host, guest].map((side) => side.waitedMs());
      const packetsBefore = await received(sink);
      const start = performance.now();
      await sleep(MEASURE_MS);
      const packets = (await received(sink)) - packetsBefore;
      const ms = performance.now() - start;
      const waits = [host, guest].map((side, i) => (side.waitedMs() - before[i]!) / ms);
      waited = Math.max(waited, ...waits);
      rates.set(`${length} bytes, ${direction}`, packets / ms / 1000);
      await source.stopForwarding();
      await sink.stopForwarding();
    }
  }
  return { rates, waited };
}

/** Packets that port 0 has received so far. */
async function received(testpmd: TestpmdProcess): Promise<number> {
  const text = await testpmd.command("show port stats 0", /Tx-pps[\s\S]*\n {2}#{20,}\n/);
  return parseNicStatistics(text.replaceAll("\r", "")).get(0)?.["RX-packets"] ?? 0;
}
