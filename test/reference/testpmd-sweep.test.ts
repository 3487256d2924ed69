// Every forwarding mode over every capture and topology, by real testpmd and by ours in virtual time, at once: same lines, counters, packets.
// CI takes the captures that few others are like; RINGBED_SWEEP=1 takes them all (two minutes).
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compareRuns } from "../../src/reference/testpmd-compare.ts";
import { findTestpmd } from "../../src/reference/testpmd-process.ts";
import { comparisonText } from "../../src/reference/testpmd-report.ts";
import { realRunner, virtualRunner } from "../../src/reference/testpmd-run.ts";
import { pcapPath } from "../support/recordings.ts";

const MODES = ["io", "mac", "mac retry", "macswap", "5tswap", "csum", "rxonly", "icmpecho", "noisy"];
const TOPOLOGIES = ["paired", "chained", "loop"];
/** Of thousands of equal packets, or of frames that want a larger pool. */
const LARGE = ["big", "big64k", "flows60"];
const SAMPLE = ["headers", "tunnels", "runts", "jumbo"];

const whole = process.env.RINGBED_SWEEP !== undefined;
const captures = readdirSync(pcapPath("in"))
  .map((file) => file.replace(/\.pcap$/, ""))
  .filter((name) => (whole ? !LARGE.includes(name) : SAMPLE.includes(name)));
const cases = TOPOLOGIES.filter((topology) => whole || topology === "paired").flatMap((topology) =>
  MODES.flatMap((mode) => captures.map((capture) => [topology, mode, capture] as const)),
);

const real = findTestpmd();
if (real === undefined) console.log("skipped: dpdk-testpmd is not installed (ringbed doctor says how)");

describe.skipIf(real === undefined)("real testpmd and ours", () => {
  it.each(cases)("%s, %s over %s: no difference", async (topology, mode, capture) => {
    const vdev = (port: number, input?: string): string[] => [
      "--vdev",
      `net_pcap${port},${input === undefined ? "" : `rx_pcap=${pcapPath(`in/${input}.pcap`)},`}tx_pcap=p${port}.pcap`,
    ];
    const words = [
      ...["--lcores", "0@0,1@0", "--no-pci", "--no-huge", "-m", "256", "--file-prefix=sweep"],
      ...[...vdev(0, capture), ...vdev(1, "tags"), ...vdev(2)],
      ...["--", "-i", "--no-mlockall", "--total-num-mbufs=4096", "--no-flush-rx", "--record-burst-stats"],
      `--port-topology=${topology}`,
    ];
    const tunnels = mode === "csum" ? [0, 1, 2].map((port) => `csum parse-tunnel on ${port}`) : [];
    const show = ["show port stats all", "show port xstats all"];
    const commands = [`set fwd ${mode}`, ...tunnels, "start", "sleep 0.2", "stop", ...show];
    const theirs = await realRunner(real!.program)(words, commands);
    const comparison = compareRuns(await virtualRunner(words, commands), theirs);
    expect(comparison.differences, comparisonText(comparison, real!.version)).toBe(0);
  });
});
