// stage-turns - cycles a turn of a real testpmd's stream, without any probe: time divided by --record-burst-stats' polls.
// For what is too cheap to put time stamps around: empty polls, net_ring, small bursts of net_null; and for the check of
// the profile, whole one-core PVP loops.
// Follows: DPDK 22.11 testpmd; one poll of each port is one turn of its lcore's loop.
// Not modelled: the few cycles that counting the polls costs itself.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestpmdProcess } from "../../src/reference/testpmd-process.ts";
import { BURSTS } from "./stage-samples.ts";
import { sleep, withOneCorePvp } from "./testpmd-pvp.ts";

/** Cycles a turn of the whole poll list. */
export interface Turn {
  /** "idle/vhost", "ring/io", "null/io", "pvp/mac". */
  readonly place: string;
  /** Streams in the poll list. */
  readonly streams: number;
  readonly burst: number;
  readonly lengthBytes: number;
  readonly cycles: number;
}

const CLOCK_HZ = 2.6e9;
const STARTS = 3;
const STATS: readonly string[] = ["--no-flush-rx", "--record-burst-stats"];

/** Forwards for `ms` and divides; NaN when other programs disturbed it four times over. */
async function cyclesPerTurn(testpmd: TestpmdProcess, port: number, ms: number, how = "start"): Promise<number> {
  for (let attempt = 0; attempt < 4; attempt++) {
    await testpmd.startForwarding(attempt === 0 ? how : "start");
    const waited = testpmd.waitedMs();
    const t0 = performance.now();
    await sleep(ms);
    const elapsed = performance.now() - t0;
    const disturbed = testpmd.waitedMs() - waited > 0.03 * ms;
    const turns = (await testpmd.stopForwarding()).ports.get(port)?.rxBursts?.bursts ?? 0;
    if (!disturbed && turns > 0) return ((elapsed / 1000) * CLOCK_HZ) / turns;
  }
  return Number.NaN;
}

async function idle(): Promise<Turn[]> {
  const out: Turn[] = [];
  await withOneCorePvp({ lengthBytes: 60, idle: true, app: STATS }, async (testpmd) => {
    for (const [name, list, first] of [
      ["null", "0,3", 0],
      ["vhost", "1,2", 1],
      ["virtio", "4,5", 4],
    ] as const) {
      await testpmd.command(`set portlist ${list}`);
      const cycles = await cyclesPerTurn(testpmd, first, 400);
      out.push({ place: `idle/${name}`, streams: 2, burst: 0, lengthBytes: 0, cycles });
    }
  });
  return out;
}

async function single(vdev: string, use: (testpmd: TestpmdProcess) => Promise<void>): Promise<void> {
  const testpmd = await TestpmdProcess.start({
    prefix: `turns${process.pid}`,
    lcores: "0@0,1@1",
    vdevs: [vdev],
    app: [...STATS, "--total-num-mbufs=16384", "--port-topology=loop"],
  });
  try {
    await use(testpmd);
  } finally {
    await testpmd.quit();
  }
}

async function setBurst(testpmd: TestpmdProcess, burst: number): Promise<void> {
  await testpmd.command(`set burst ${burst}`, /Number of packets per burst set to/);
}

async function onePort(): Promise<Turn[]> {
  const out: Turn[] = [];
  const common = { streams: 1, lengthBytes: 60 };
  await single("net_null0,size=60", async (testpmd) => {
    for (const burst of BURSTS) {
      await setBurst(testpmd, burst);
      out.push({ ...common, place: "null/io", burst, cycles: await cyclesPerTurn(testpmd, 0, 250) });
    }
  });
  await single("net_ring0", async (testpmd) => {
    out.push({ ...common, place: "idle/ring", burst: 0, cycles: await cyclesPerTurn(testpmd, 0, 300) });
    let how = "start tx_first 8"; // 8 bursts of 32 circulate from then on
    for (const engine of ["io", "mac"]) {
      await testpmd.command(`set fwd ${engine}`, /Set .* packet forwarding mode/);
      for (const burst of [32, ...BURSTS]) {
        await setBurst(testpmd, burst);
        const cycles = await cyclesPerTurn(testpmd, 0, 250, how);
        out.push({ ...common, place: `ring/${engine}`, burst, cycles });
        how = "start";
      }
    }
  });
  const folder = mkdtempSync(join(tmpdir(), "ringbed-turns-"));
  const empty = join(folder, "empty.pcap");
  const header = Buffer.alloc(24);
  for (const [i, word] of [0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1].entries()) header.writeUInt32LE(word, 4 * i);
  writeFileSync(empty, header);
  await single(`net_pcap0,rx_pcap=${empty}`, async (testpmd) => {
    out.push({ ...common, place: "idle/pcap", burst: 0, cycles: await cyclesPerTurn(testpmd, 0, 300) });
  });
  rmSync(folder, { recursive: true });
  return out;
}

/** The one-core loop as it is: what the profile must predict. */
async function pvp(): Promise<Turn[]> {
  const out: Turn[] = [];
  for (const [lengthBytes, bursts, engines] of [
    [60, BURSTS, ["mac", "io", "macswap"]],
    [512, [32], ["mac"]],
    [1514, [32], ["mac"]],
  ] as const) {
    await withOneCorePvp({ lengthBytes, app: STATS }, async (testpmd) => {
      await cyclesPerTurn(testpmd, 0, 200); // until every mbuf has been used once, small bursts are slow
      for (const engine of engines) {
        await testpmd.command(`set fwd ${engine}`, /Set .* packet forwarding mode/);
        for (const burst of bursts) {
          await setBurst(testpmd, burst);
          const cycles = await cyclesPerTurn(testpmd, 0, 300);
          out.push({ place: `pvp/${engine}`, streams: 6, burst, lengthBytes, cycles });
        }
      }
    });
  }
  return out;
}

/** All turns, of all starts; takes about two minutes. `say` is told what comes next. */
export async function takeTurns(say: (what: string) => void): Promise<Turn[]> {
  const out: Turn[] = [];
  for (let start = 0; start < STARTS; start++) {
    for (const [name, take] of Object.entries({ idle, onePort, pvp })) {
      say(`start ${start + 1}: ${name}`);
      out.push(...(await take()));
    }
  }
  return out.filter((turn) => Number.isFinite(turn.cycles));
}
