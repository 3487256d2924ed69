// ringbed replay as a user meets it: the report as text and JSON, --expect, -w, --trace, warnings, and every shipped capture.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunReport } from "../../src/node/index.ts";
import { readAll } from "../support/captures.ts";
import { cli, expectOneLine } from "../support/cli.ts";
import { packetsOf, pcapPath } from "../support/recordings.ts";
import { scratch } from "../support/replayed.ts";

const MIX = pcapPath("in/mix.pcap");

async function report(...words: string[]): Promise<{ report: RunReport; err: string }> {
  const { code, out, err } = await cli("replay", ...words, "--json");
  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^\{[\s\S]*\}\n$/) });
  return { report: JSON.parse(out) as RunReport, err };
}

describe("npm start", () => {
  it("replays what real dpdk-pdump captured and finds what it captured behind testpmd", async () => {
    const start = (JSON.parse(readFileSync(pcapPath("../package.json"), "utf8")) as { scripts: { start: string } })
      .scripts.start;
    const words = start
      .split(" ")
      .slice(2)
      .map((word) => word.replace(/pcaps\//, pcapPath("")));
    const { code, out, err } = await cli(...words);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("124 packets through pvp, guests in mac mode");
    expect(out).toMatch(/expect phy1 = .*pdump_tx1\.pcap: equal\n {2}124 packets, all as expected\n$/);
    expect(out).toContain("a model, not a measurement of hardware");
  });
});

describe("every shipped capture of a real tool and every input", () => {
  const files = ["", "in"].flatMap((folder) =>
    readdirSync(pcapPath(folder))
      .filter((name) => /\.pcap(ng)?$/.test(name))
      .map((name) => join(folder, name)),
  );

  it.each(files)("%s: ledger balanced, the same twice, the same under another seed", async (name) => {
    const first = await report(pcapPath(name));
    const { received, generated, copied, sent, consumed, dropped, queued, drops } = first.report.ledger;
    expect(received + generated + copied).toBe(sent + consumed + dropped + queued);
    expect(received).toBe(first.report.capture.packets);
    expect(dropped).toBe(Object.values(drops).reduce((sum, n) => sum + n, 0));
    expect((await report(pcapPath(name))).report).toEqual(first.report);
    expect((await report(pcapPath(name), "--seed", "7")).report).toEqual({ ...first.report, seed: 7 });
  });
});

describe("--expect", () => {
  it("names the first packet that differs and its bytes, and ends with 1", async () => {
    const { code, out, err } = await cli("replay", MIX, "--expect", MIX);
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(out).toMatch(
      /expect phy1 = .*mix\.pcap: different\n {2}packet 1, byte 0: found 0x02, expected 0x00 \(60 bytes\)\n/,
    );
    expect(out).toMatch(/found {4}0000 \[02\] 00 {2}00 {2}00 {2}00 {2}01/);
    expect(out).toMatch(/expected 0000 \[00\] 10 {2}94/);
  });

  it("has its outcome in the JSON report", async () => {
    const { code, out } = await cli("replay", MIX, "--expect", `phy1=${MIX}`, "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ expect: [{ port: "phy1", equal: false, found: 124, expected: 124 }] });
  });

  it("takes any order with --unordered, and nothing where a port sends nothing", async () => {
    const options = ["--topology", "p2p", "--fwd-mode", "io", "--in", "phy0"];
    const twice = ["replay", MIX, pcapPath("in/runts.pcap"), ...options];
    const output = `${scratch()}/swapped.pcap`;
    expect((await cli("replay", twice[2]!, twice[1]!, ...options, "-w", output)).code).toBe(0);
    expect((await cli(...twice, "--expect", output)).code).toBe(1);
    expect((await cli(...twice, "--expect", output, "--unordered")).code).toBe(0);
    expect((await cli(...twice, "--expect", `phy0=${pcapPath("in/empty.pcap")}`)).code).toBe(0);
  });

  it("without a port is refused where packets may leave by several", async () => {
    const capture = pcapPath("dumpcap.pcapng");
    expect((await cli("replay", capture, "--expect", capture)).code).toBe(1);
    expectOneLine(
      await cli("replay", MIX, MIX, "--expect", MIX),
      2,
      "expected PORT=FILE, as packets may leave by phy0 and phy1",
    );
  });
});

describe("-w", () => {
  const where = (name: string) => `${scratch()}/${name}`;

  it("writes pcapng with one interface a port, or classic pcap for a name ending .pcap", async () => {
    for (const name of ["out.pcapng", "out.pcap", "out"]) {
      await report(MIX, "-w", where(name), "--fwd-mode", "io");
      expect(packetsOf(where(name))).toEqual(packetsOf(MIX));
    }
    const { summary } = readAll(new Uint8Array(readFileSync(where("out.pcapng"))));
    expect(summary).toMatchObject({ format: "pcapng", sawOutbound: 124, sawInbound: 0 });
    expect(summary.interfaces.map(({ name, resolution }) => [name, resolution])).toEqual([
      ["phy0", "10^-9 s"],
      ["phy1", "10^-9 s"],
    ]);
    expect(readAll(new Uint8Array(readFileSync(where("out.pcap")))).summary.format).toBe("pcap");
  });

  it.each([
    ["in", 124, 0],
    ["out", 0, 124],
    ["all", 124, 124],
  ] as const)(
    "holds with --direction %s what came in %i times and what left %i times",
    async (direction, inbound, outbound) => {
      await report(MIX, "-w", where("direction.pcapng"), "--direction", direction);
      const { entries, summary } = readAll(new Uint8Array(readFileSync(where("direction.pcapng"))));
      expect(summary).toMatchObject({ sawInbound: inbound, sawOutbound: outbound, timeBackwards: 0 });
      expect(entries).toHaveLength(inbound + outbound);
    },
  );

  it("holds what came in as often as it was looped, in the order of time", async () => {
    await report(MIX, "-w", where("loops.pcapng"), "--direction", "all", "--loop", "3");
    const { summary } = readAll(new Uint8Array(readFileSync(where("loops.pcapng"))));
    expect(summary).toMatchObject({ sawInbound: 372, sawOutbound: 372, timeBackwards: 0 });
  });

  it("can be replayed: its outbound packets are not, its inbound ones are", async () => {
    await report(MIX, "-w", where("again.pcapng"), "--direction", "all");
    const again = await report(where("again.pcapng"));
    expect(again.report.capture).toMatchObject({ packets: 124, skipped_outbound: 124 });
    expect(again.report.egress_sha256).toBe((await report(MIX)).report.egress_sha256);
  });

  it("leaves no file and no temporary one where a run fails", async () => {
    const before = readdirSync(scratch());
    expectOneLine(await cli("replay", MIX, pcapPath("README.md"), "-w", where("never.pcap")), 2, "README.md");
    expect(readdirSync(scratch())).toEqual(before);
  });

  it("keeps the file that was there where a run fails", async () => {
    await report(MIX, "-w", where("kept.pcap"));
    const before = readFileSync(where("kept.pcap"));
    expect((await cli("replay", MIX, pcapPath("README.md"), "-w", where("kept.pcap"))).code).toBe(2);
    expect(readFileSync(where("kept.pcap"))).toEqual(before);
  });

  it("on a full disk ends with 3", async (context) => {
    if (!existsSync("/dev/full")) return context.skip("no /dev/full on this system");
    expectOneLine(await cli("replay", MIX, "-w", "/dev/full"), 3, "output: found no space left on the device");
  });
});

describe("--trace", () => {
  it("beyond the capture prints nothing and is no error", async () => {
    const { code, out } = await cli("replay", MIX, "--trace", "125-200");
    expect(code).toBe(0);
    expect(out).not.toMatch(/^packet \d/m);
    expect((await report(MIX, "--trace", "125")).report.trace).toEqual([]);
  });

  it("prints one line a hop", async () => {
    const { out } = await cli("replay", MIX, "--trace", "3-4");
    expect(out.match(/^packet \d+$/gm)).toEqual(["packet 3", "packet 4"]);
    expect(out.match(/ns {2}(host|vm0) +\S+\/0 +(on the wire|rx|tx)/g)).toHaveLength(2 * 7);
  });

  it("of a whole large capture loses no hop", async () => {
    const { report: large } = await report(
      pcapPath("in/big.pcap"),
      "--switch",
      "wire",
      "--trace",
      "1-3072",
      "--speed",
      "max",
    );
    const lost = large.ledger.drops.rx_missed ?? 0;
    expect(large.trace).toHaveLength(7 * (3072 - lost) + lost);
  });
});

describe("warnings go to standard error, one a line, and the report stays whole", () => {
  it.each<[name: string, lines: RegExp]>([
    ["dumpcap.pcapng", /^ringbed: \S+: times corrected from 2251-\d\d-\d\d to 2026-\d\d-\d\d: [^\n]+\n$/],
    [
      "dumpcap.pcap",
      /^ringbed: \S+: the capture looks two-sided: 124 of its first 248 [^\n]+\nringbed: \S+: times corrected: [^\n]+\n$/,
    ],
    ["dumpcap_s96.pcapng", /: 61 packets were cut by the snaplen and are replayed as captured\n$/],
    ["in/mix.pcap", /^$/],
  ])("%s", async (name, lines) => {
    expect((await report(pcapPath(name))).err).toMatch(lines);
  });

  it("--raw-time leaves dpdk-dumpcap's times as they are", async () => {
    expect((await report(pcapPath("dumpcap.pcapng"), "--raw-time")).err).toBe("");
  });
});
