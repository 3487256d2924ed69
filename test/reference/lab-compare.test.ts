// Scripts of the lab on the real Open vSwitch with its DPDK datapath and here, at once: every answer, megaflow, counter and packet equal.
// RINGBED_SWEEP=1 takes every script, and some of them over every capture that has frames of all sizes a port takes.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compareLab, comparisonText } from "../../src/reference/lab-compare.ts";
import { runOurs, runReal } from "../../src/reference/lab-run.ts";
import { whyNoRealOvs } from "../../src/reference/ovs-process.ts";
import { pcapPath } from "../support/recordings.ts";

const FOLDER = fileURLToPath(new URL("../recorded/lab/", import.meta.url));
/** Those that ask most of the datapath and of ofproto. */
const SAMPLE = ["p2p", "normal", "set-fields", "group-select", "patch", "smc", "errors", "rate", "pmd-assign"];
/** Scripts that the sweep runs over all captures. */
const WIDE = ["normal", "match-l3", "set-fields", "vlan-push", "conjunction", "prefixes", "resubmit"];
const CAPTURES = ["arpicmp", "bad", "frag", "headers", "l4", "mcast", "runts", "sizes", "tags", "tunnels"];

const whole = process.env.RINGBED_SWEEP !== undefined;
const scripts = readdirSync(FOLDER).flatMap((file) => (file.endsWith(".sh") ? [file.slice(0, -".sh".length)] : []));
const jobs = whole
  ? [
      ...scripts.map((script) => [script, "mix"] as const),
      ...WIDE.flatMap((script) => CAPTURES.map((name) => [script, name] as const)),
    ]
  : SAMPLE.map((script) => [script, "mix"] as const);

const reason = whyNoRealOvs();
if (reason !== undefined) console.log(`skipped: real Open vSwitch: ${reason}`);

describe.skipIf(reason !== undefined)("a script in the lab and on the real Open vSwitch", () => {
  it.each(jobs)("%s over %s: no difference", { timeout: 120_000 }, async (script, capture) => {
    const job = { script: `${FOLDER}${script}.sh`, capture: pcapPath(`in/${capture}.pcap`), pci: new Map() };
    const theirs = await runReal(job);
    const comparison = compareLab(await runOurs(job), theirs);
    expect(comparisonText(script, comparison)).toMatch(/\n0 differences\n$/);
    expect(comparison.commands).toBeGreaterThan(8);
  });
});

describe("the scripts", () => {
  it("are more than thirty", () => expect(scripts.length).toBeGreaterThan(30));
});
