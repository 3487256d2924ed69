// compare-lab - the verb `compare lab`: one portable script in the lab and on the real Open vSwitch with its DPDK datapath.

import { UsageError } from "../errors.ts";
import { compareLab, comparisonText } from "../reference/lab-compare.ts";
import { readRecording, writeRecording } from "../reference/lab-recording.ts";
import { checkFiles, type LabJob, nameOf, runOurs, runReal } from "../reference/lab-run.ts";
import { whyNoRealOvs } from "../reference/ovs-process.ts";
import { pciMap } from "./lab.ts";
import type { Terminal } from "./terminal.ts";

const USAGE = `Usage: ringbed compare lab SCRIPT [CAPTURE...] [--map PCI=VDEV]... [--json]
       ringbed compare lab SCRIPT [CAPTURE] --record FILE | --against FILE

Runs a portable script in the lab and, by bash, on the real Open vSwitch (3.1, DPDK datapath, no hugepages), each in a folder of its own with
links to the captures beside the script. Compares every command of Open vSwitch (answers without ages, cycles, uuids; flows and ports in any
order) and every packet of every capture that was written. With CAPTUREs the script runs once for each: it is capture.pcap there ($CAPTURE).

Options:
  --map PCI=VDEV   the virtual device behind a PCI address, for both
  --json           print one JSON document
  --record FILE    keep the real run in a file, and compare nothing
  --against FILE   compare with such a file instead of a real switch

Example:
  ringbed compare lab test/recorded/lab/p2p.sh pcaps/in/mix.pcap

Exit codes: 0 no difference; 1 differences; 2 usage; 3 a run broke.
`;

/** words: all behind `compare lab`. @returns the exit code */
export async function labVerb(words: readonly string[], terminal: Terminal): Promise<number> {
  if (words.includes("--help")) {
    terminal.out(USAGE);
    return 0;
  }
  const { rest, maps, json, record, against } = read(words);
  const [script, ...captures] = rest;
  if (script === undefined) throw new UsageError("script: found none, expected one (ringbed compare lab --help)");
  checkFiles(rest);
  if (record !== undefined && against !== undefined)
    throw new UsageError("option: found --record and --against, expected one of them");
  if ((record ?? against) !== undefined && captures.length > 1)
    throw new UsageError(`capture: found ${captures.length}, expected one for a recording`);
  const why = against === undefined ? whyNoRealOvs() : undefined;
  if (why !== undefined) throw new UsageError(`compare: ${why}, expected one to compare with (ringbed doctor)`);
  const pci = pciMap(maps);
  const jobs: LabJob[] =
    captures.length === 0 ? [{ script, pci }] : captures.map((capture) => ({ script, capture, pci }));
  let differences = 0;
  const all = [];
  for (const job of jobs) {
    const { run: theirs, cores } = against === undefined ? { run: await runReal(job) } : readRecording(against);
    if (record !== undefined) {
      writeRecording(record, theirs);
      return 0;
    }
    const comparison = compareLab(await runOurs(job, cores), theirs);
    differences += comparison.differences;
    all.push({ name: nameOf(job), ...comparison });
    if (!json) terminal.out(comparisonText(nameOf(job), comparison));
  }
  if (json)
    terminal.out(`${JSON.stringify({ format: "ringbed-compare-lab/1", runs: all, differences }, undefined, 2)}\n`);
  return differences === 0 ? 0 : 1;
}

interface Words {
  readonly rest: readonly string[];
  readonly maps: readonly string[];
  readonly json: boolean;
  readonly record: string | undefined;
  readonly against: string | undefined;
}

/** @throws UsageError */
function read(words: readonly string[]): Words {
  const values = new Map<string, string[]>([
    ["--map", []],
    ["--record", []],
    ["--against", []],
  ]);
  const rest: string[] = [];
  let json = false;
  for (let i = 0; i < words.length; i++) {
    const [, name = "", attached] = /^(--[a-z]+)(?:=(.*))?$/s.exec(words[i]!) ?? [];
    if (name === "--json") json = true;
    else if (values.has(name)) {
      const value = attached ?? words[++i];
      if (value === undefined) throw new UsageError(`option: found ${name} without a value`);
      values.get(name)!.push(value);
    } else if (words[i]!.startsWith("-"))
      throw new UsageError(`option: found ${words[i]}, expected --map, --json, --record or --against`);
    else rest.push(words[i]!);
  }
  const last = (name: string): string | undefined => values.get(name)!.at(-1);
  return { rest, json, maps: values.get("--map")!, record: last("--record"), against: last("--against") };
}
