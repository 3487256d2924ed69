// testpmd-modes - `ringbed testpmd` beside real dpdk-testpmd: the same command line and commands, in turn. Each mode on two net_null ports,
// one forwarding lcore on core 1, rates as both consoles print them; and a million packets from net_pcap to net_pcap, as the
// cycles that both spent on them.
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allowedCores } from "../src/node/pin.ts";
import { findTestpmd } from "../src/reference/testpmd-process.ts";
import { type Runner, realRunner, wallRunner } from "../src/reference/testpmd-run.ts";
import { parseForwardStatistics, parseNicStatistics } from "../src/reference/testpmd-stats.ts";
import { frameTemplate } from "../src/run/throughput.ts";
import { type Goal, pairRatios, type Results } from "./rows.ts";

/** At least 0.7 of the real one's rate. */
const GOAL: Goal = { least: 0.7 };
const MODES = ["io", "mac", "macswap", "5tswap", "rxonly", "txonly", "flowgen", "csum", "icmpecho", "noisy"];
const FRAME_BYTES = 60;
const WARM_UP_S = 0.3;

const words = (vdevs: readonly string[], prefix: string): string[] => [
  ...["--lcores", "0@0,1@1", "--no-pci", "--no-huge", "-m", "512", `--file-prefix=${prefix}`],
  ...vdevs.flatMap((vdev) => ["--vdev", vdev]),
  ...["--", "-i", "--no-mlockall", "--no-flush-rx", "--total-num-mbufs=16384"],
];

/** All modes, and the capture. */
export async function testpmdModes(results: Results): Promise<void> {
  const real = findTestpmd();
  if (real === undefined) {
    results.skip("dpdk-testpmd", "not installed (apt-get install dpdk-dev librte-net-null23 librte-net-pcap23)");
    return;
  }
  if (allowedCores().length < 2) {
    results.skip("dpdk-testpmd", "one core only: a forwarding lcore wants one of its own");
    return;
  }
  const theirRunner = realRunner(real.program);
  for (const mode of MODES) {
    await pair(results, mode, "Mpps", [wallRunner, theirRunner], (runner) => modeRate(runner, mode, results), GOAL);
  }
  const capture = writeCapture(results.effort.packets);
  const name = `net_pcap to net_pcap, ${results.effort.packets} packets, mac`;
  await pair(results, name, "ns", [wallRunner, theirRunner], (runner) => captureNs(runner, capture), { most: 1 });
}

/** Measures ours and theirs in turn. */
async function pair(
  results: Results,
  name: string,
  unit: "Mpps" | "ns",
  [our, their]: readonly [Runner, Runner],
  measure: (runner: Runner) => Promise<number>,
  goal: Goal,
): Promise<void> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < results.effort.testpmdRuns; round++) {
    results.progress(`testpmd, ${name}: ${round + 1} of ${results.effort.testpmdRuns}`);
    ours.push(await measure(our));
    theirs.push(await measure(their));
  }
  results.add(`${name}: ours`, unit, ours);
  results.add(`${name}: dpdk-testpmd`, unit, theirs);
  results.add(`${name}: ours / dpdk-testpmd`, "x", pairRatios(ours, theirs), { goal });
}

/** Million packets a second of both ports together, since the last `show port stats`. */
async function modeRate(runner: Runner, mode: string, results: Results): Promise<number> {
  const show = "show port stats all";
  const seconds = results.effort.testpmdSeconds / 2;
  const commands = [`set fwd ${mode}`, "start", `sleep ${WARM_UP_S}`, show, `sleep ${seconds}`, show, "stop"];
  const noisy = ["--noisy-lkup-memory=1", "--noisy-lkup-num-reads=1"];
  const run = await runner(
    [...words(["net_null0", "net_null1"], "bench"), ...(mode === "noisy" ? noisy : [])],
    commands,
  );
  const ports = [...parseNicStatistics(run.stdout.replaceAll("\r", "")).values()];
  const word = mode === "rxonly" || mode === "icmpecho" ? "Rx-pps" : "Tx-pps";
  return ports.reduce((sum, port) => sum + (port[word] ?? 0), 0) / 1e6;
}

/** Nanoseconds a packet that the forwarding lcore was busy. */
async function captureNs(runner: Runner, capture: string): Promise<number> {
  const vdevs = [`net_pcap0,rx_pcap=${capture},tx_pcap=p0.pcap`, "net_pcap1,tx_pcap=p1.pcap"];
  const commands = ["set fwd mac", "start", "sleep 2", "stop"];
  const run = await runner([...words(vdevs, "bench"), "--record-core-cycles"], commands);
  const { cycles } = parseForwardStatistics(run.stdout.replaceAll("\r", ""));
  return cycles === undefined ? Number.NaN : (cycles.perPacket * 1000) / cycles.clockMHz;
}

/** A capture of so many frames of 60 bytes. @returns its path */
function writeCapture(packets: number): string {
  const path = join(tmpdir(), `ringbed-bench-${process.pid}.pcap`);
  const record = 16 + FRAME_BYTES;
  const bytes = new Uint8Array(24 + packets * record);
  const view = new DataView(bytes.buffer);
  bytes.set(new Uint8Array(new Uint32Array([0xa1b2c3d4, 0x0004_0002, 0, 0, 65535, 1]).buffer));
  const frame = frameTemplate(FRAME_BYTES).subarray(0, FRAME_BYTES);
  for (let i = 0, at = 24; i < packets; i++, at += record) {
    view.setUint32(at, 1_700_000_000 + Math.floor(i / 1e6), true);
    view.setUint32(at + 4, i % 1e6, true);
    view.setUint32(at + 8, FRAME_BYTES, true);
    view.setUint32(at + 12, FRAME_BYTES, true);
    bytes.set(frame, at + 16);
  }
  writeFileSync(path, bytes);
  return path;
}
