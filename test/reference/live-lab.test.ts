// A live lab beside the real Open vSwitch: the same script, the same real testpmd as a guest, attached over vhost-user to either of them.
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compareLab, comparisonText } from "../../src/reference/lab-compare.ts";
import { runOurs, runReal } from "../../src/reference/lab-run.ts";
import { whyNoRealOvs } from "../../src/reference/ovs-process.ts";
import { findTestpmd } from "../../src/reference/testpmd-process.ts";
import { pcapPath } from "../support/recordings.ts";

const FOLDER = fileURLToPath(new URL("../recorded/lab-live/", import.meta.url));
/** RINGBED_SWEEP=1: also a guest that goes and comes back, over two queue pairs. */
const SCRIPTS = process.env.RINGBED_SWEEP === undefined ? ["pvp"] : ["pvp", "reattach"];
const reason = whyNoRealOvs() ?? (findTestpmd() === undefined ? "found no dpdk-testpmd" : undefined);
if (reason !== undefined) console.log(`skipped: a live lab: ${reason}`);

describe.skipIf(reason !== undefined)("a live lab and the real Open vSwitch, each with a real guest", () => {
  it.each(SCRIPTS)("%s: same answers, counters and packets", { timeout: 120_000 }, async (script) => {
    const job = { script: `${FOLDER}${script}.sh`, capture: pcapPath("in/mix.pcap"), pci: new Map(), live: true };
    const theirs = await runReal(job);
    const ours = await runOurs(job);
    expect(comparisonText(script, compareLab(ours, theirs))).toMatch(/\n0 differences\n$/);
    expect(ours.stdout.match(/RX-packets.*/g)).toEqual(theirs.stdout.match(/RX-packets.*/g));
    expect(ours.captures.get("out.pcap")?.length).toBeGreaterThan(40_000);
  });
});
