// The program as a process: standard streams, pipes that break, full disks, signals.
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { RunReport } from "../../src/node/index.ts";
import { fixture } from "../support/captures.ts";
import { cliProcess, ended, expectOneLine, start } from "../support/cli.ts";
import { packetsOf, pcapPath } from "../support/recordings.ts";
import { scratch, writeScratch } from "../support/replayed.ts";

const MIX = pcapPath("in/mix.pcap");
const BIG = pcapPath("in/big.pcap");

describe("standard input as -", () => {
  it("gives the same as the file, and may be looped when it fits", async () => {
    const piped = await cliProcess(["replay", "-", "--loop", "3", "--json"], fixture("in/mix.pcap"));
    const file = await cliProcess(["replay", MIX, "--loop", "3", "--json"]);
    expect(piped).toMatchObject({ code: 0, err: "" });
    const found = JSON.parse(piped.out) as RunReport;
    expect(found.ledger.received).toBe(372);
    expect({ ...found, capture: { ...found.capture, files: [MIX] } }).toEqual(JSON.parse(file.out));
  });

  it("that is empty, or given twice, ends with 2", async () => {
    expectOneLine(
      await cliProcess(["replay", "-"], new Uint8Array(0)),
      2,
      "standard input: capture: found an empty file",
    );
    expectOneLine(await cliProcess(["replay", "-", "-"]), 2, "capture: found standard input twice, expected - once");
    const loop = await cliProcess(["replay", "-", MIX, "--loop", "2"], fixture("in/mix.pcap"));
    expectOneLine(loop, 2, "loop: found standard input, expected a file that can be read again");
  });
});

describe("standard output", () => {
  it("carries the capture alone with -w -, and standard error the report", async () => {
    const run = await cliProcess(["replay", MIX, "-w", "-", "--fwd-mode", "io", "--json"]);
    expect(run.code).toBe(0);
    expect(packetsOf(writeScratch(Buffer.from(run.out, "latin1")))).toEqual(packetsOf(MIX));
    expect(JSON.parse(run.err)).toMatchObject({ format: "ringbed-run/1" });
  });

  it.each([
    ["the report", ["replay", BIG, "--json", "--trace", "1-3072"]],
    ["a capture", ["replay", BIG, "--loop", "200", "-w", "-"]],
  ])("whose reader goes away before %s is out ends with 3", async (_, words) => {
    const child = start(words);
    child.stdout?.once("data", () => child.stdout?.destroy());
    const { code, err } = await ended(child);
    expect({ code, err }).toEqual({
      code: 3,
      err: "ringbed: output: found the reader of the pipe gone while writing, expected room for all of it (standard output)\n",
    });
  });

  it.each([[["replay", MIX]], [["replay", MIX, "--json"]], [["--help"]], [["doctor"]]])(
    "on a full disk ends %j with 3",
    async (words) => {
      if (!existsSync("/dev/full")) return;
      const full = openSync("/dev/full", "w");
      const run = await cliProcess(words, undefined, full);
      closeSync(full);
      expectOneLine(run, 3, "output: found no space left on the device while writing");
    },
  );
});

/** Starts a run that would last for hours, sends a signal once it is under way, and waits for its end. */
async function interrupted(signal: "SIGINT" | "SIGTERM", words: readonly string[]) {
  const child = start(["replay", ...words, "--loop", "1000000000", "--json"], "pipe", scratch());
  setTimeout(() => child.kill(signal), 700);
  return ended(child);
}

describe("a signal in the middle of a run", () => {
  it.each([
    ["SIGINT", "loopback at captured speed", [MIX, "--topology", "loopback"]],
    ["SIGINT", "pvp at line rate", [BIG, "--speed", "max"]],
    ["SIGINT", "pvp with pcap ports", [MIX, "--phy", "pcap"]],
    ["SIGTERM", "pvp at captured speed", [MIX]],
  ] as const)("%s, %s: what was done is reported, exit 3, no file is left", async (signal, _, words) => {
    const { code, out, err } = await interrupted(signal, [...words, "-w", "stopped.pcapng"]);
    expect({ code, err }).toEqual({ code: 3, err: "ringbed: interrupted: stopped.pcapng is not written\n" });
    const { interrupted: stopped, ledger } = JSON.parse(out) as RunReport;
    expect(stopped).toBe(true);
    expect(ledger.sent).toBeGreaterThan(1000);
    expect(ledger.received).toBe(ledger.sent + ledger.dropped + ledger.queued);
    expect(readdirSync(scratch()).filter((name) => /stopped|\.tmp$/.test(name))).toEqual([]);
  });
});

describe("the npm script start", () => {
  it("names files that the package carries", () => {
    const manifest = JSON.parse(readFileSync(pcapPath("../package.json"), "utf8")) as {
      files: string[];
      scripts: { start: string };
    };
    for (const [file] of manifest.scripts.start.matchAll(/pcaps\/\S+/g)) expect(manifest.files).toContain(file);
  });
});
