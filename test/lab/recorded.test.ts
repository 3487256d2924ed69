// Every script of test/recorded/lab over mix.pcap against what the real Open vSwitch 3.1 with DPDK answered and sent: commands, megaflows, cache
// counters, ports, packets. The recordings are of `ringbed compare lab SCRIPT pcaps/in/mix.pcap --record FILE`.
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { compareLab, comparisonText } from "../../src/reference/lab-compare.ts";
import { readRecording } from "../../src/reference/lab-recording.ts";
import { runOurs } from "../../src/reference/lab-run.ts";
import { pcapPath } from "../support/recordings.ts";

const FOLDER = fileURLToPath(new URL("../recorded/lab/", import.meta.url));
const scripts = readdirSync(FOLDER).flatMap((file) => (file.endsWith(".sh") ? [file.slice(0, -".sh".length)] : []));

it.each(scripts)("%s", async (script) => {
  const { run, cores } = readRecording(`${FOLDER}${script}.json.gz`);
  const job = { script: `${FOLDER}${script}.sh`, capture: pcapPath("in/mix.pcap"), pci: new Map() };
  const comparison = compareLab(await runOurs(job, cores), run);
  expect(comparisonText(script, comparison)).toMatch(/\n0 differences\n$/);
  expect(comparison.commands).toBe(run.commands.length);
});

it("every script has its recording", () => {
  expect(scripts.filter((script) => !existsSync(`${FOLDER}${script}.json.gz`))).toEqual([]);
});
