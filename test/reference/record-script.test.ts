// scripts/record-testpmd.sh keeps a run as `compare testpmd --record` does, in every shell that a host without Node may have.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compareRuns } from "../../src/reference/testpmd-compare.ts";
import { readRecord } from "../../src/reference/testpmd-record.ts";
import { virtualRunner } from "../../src/reference/testpmd-run.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SCRIPT = join(ROOT, "scripts/record-testpmd.sh");
const SHELLS = [["sh"], ["dash"], ["busybox", "sh"], ["bash", "--posix"]];
const COMMANDS = [
  "set fwd mac",
  'show "config" \\fwd',
  "load ours.cmd",
  "start",
  "sleep 0.2",
  "stop",
  "show fwd stats all",
];
const WORDS = ["--lcores", "0@0,1@0", "--no-pci", "--no-huge", "-m", "256"];
const APP = ["--", "-i", "--no-mlockall", "--total-num-mbufs=2048", "--no-flush-rx"];
const PORT_1 = "net_pcap1,tx_pcap=elsewhere/p 1.pcap";

let folder = "";
let program = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ringbed-script-"));
  program = join(folder, "testpmd");
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${ROOT}dist/src/cli/main.js" testpmd "$@"\n`);
  chmodSync(program, 0o755);
  writeFileSync(join(folder, "ours.cmd"), "set burst 4\n");
  writeFileSync(join(folder, "commands"), COMMANDS.map((line) => `${line}\n`).join(""));
  writeFileSync(join(folder, "in.pcap"), readFileSync(join(ROOT, "pcaps/in/tags.pcap")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function record(shell: readonly string[], words: readonly string[], env: Record<string, string> = {}) {
  return spawnSync(shell[0]!, [...shell.slice(1), SCRIPT, ...words], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, DPDK_TESTPMD: program, ...env },
  });
}

const here = SHELLS.filter(([shell = ""]) => spawnSync(shell, ["-c", "true"]).error === undefined);
const missing = SHELLS.filter((shell) => !here.includes(shell)).map(([shell]) => shell);
if (missing.length > 0) console.log(`skipped: record-testpmd.sh in ${missing.join(", ")} (not installed)`);
const noStdbuf = spawnSync("stdbuf", ["--version"]).error !== undefined;
if (noStdbuf) console.log("skipped: record-testpmd.sh (found no stdbuf)");

describe.skipIf(noStdbuf)("record-testpmd.sh", () => {
  it.each(here.map((shell) => [shell.join(" "), shell] as const))(
    "%s: ours held against the folder",
    async (_, shell) => {
      const vdevs = ["--vdev", "net_pcap0,rx_pcap=in.pcap,tx_pcap=p0.pcap", `--vdev=${PORT_1}`];
      const run = record(shell, ["kept", "commands", ...WORDS, ...vdevs, ...APP]);
      expect([run.status, run.stdout, run.stderr]).toEqual([0, "", `recorded: ${join(folder, "kept")}\n`]);
      expect(readdirSync(join(folder, "kept")).sort()).toEqual([
        "inputs",
        "p 1.pcap",
        "p0.pcap",
        "run.json",
        "stderr.txt",
        "stdout.txt",
      ]);
      const recorded = readRecord(join(folder, "kept"));
      expect(recorded.run.commands).toEqual(COMMANDS);
      expect(recorded.run.words).toEqual([...WORDS, ...vdevs, ...APP]);
      rmSync(join(folder, "in.pcap")); // the copy is enough
      const ours = await virtualRunner(recorded.run.words, recorded.run.commands, {
        input: (path) => recorded.input(path),
      });
      expect(compareRuns(ours, recorded.run)).toMatchObject({ differences: 0, exitCodes: [0, 0], text: [] });
      expect(recorded.run.stdout).toContain("Read CLI commands from ours.cmd");
    },
  );

  it("keeps a run that was refused, with its exit code and without captures", () => {
    expect(record(["sh"], ["kept", "commands", ...WORDS, "--nosuch", ...APP]).status).toBe(0);
    const { run } = readRecord(join(folder, "kept"));
    expect(run).toMatchObject({ exitCode: 1, captures: new Map() });
    expect(run.stderr).toContain("unrecognized option");
  });

  it.each<[string, string[], Record<string, string>, string]>([
    ["too few arguments", ["kept"], {}, "usage: record-testpmd.sh DIR COMMANDS-FILE"],
    ["no commands", ["kept", "nothere", "-l", "0"], {}, "found no nothere, expected a file of commands"],
    ["no program", ["kept", "commands", "-l", "0"], { DPDK_TESTPMD: "nosuch" }, "found no nosuch"],
    [
      "one name twice",
      ["kept", "commands", "--vdev", "net_pcap0,tx_pcap=a/x", "--vdev", "net_pcap1,tx_pcap=b/x"],
      {},
      "found tx_pcap x twice",
    ],
  ])("%s: one line and exit code 2, and no run.json", (_, words, env, line) => {
    const run = record(["sh"], words, env);
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/^record-testpmd: [^\n]+\n$/);
    expect(run.stderr).toContain(line);
    expect(existsSync(join(folder, "kept/run.json"))).toBe(false);
  });
});
