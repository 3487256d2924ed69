// `ringbed compare`: what it refuses, what it finds, its exit codes. The other side is a recorded run, or ours under the real one's name.
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compare } from "../../src/cli/compare.ts";
import { cli, type Ended, expectOneLine } from "../support/cli.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** mac over tags.pcap: 12 packets from port 0 to port 1. */
const RECORDED = join(ROOT, "test/recorded/testpmd/mac__tags");
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

let folder = "";
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "ringbed-compare-")), "run");
  cpSync(RECORDED, folder, { recursive: true });
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

const against = (...options: string[]): Promise<Ended> =>
  cli("compare", "testpmd", "--virtual", ...options, "--against", folder);

function edit(name: string, change: (text: string) => string): void {
  writeFileSync(join(folder, name), change(readFileSync(join(folder, name), "latin1")), "latin1");
}

/** Replaces p1's capture by one that `change` has changed; at: where packet n begins, n from 1. */
function editCapture(change: (bytes: Buffer, at: (n: number) => number) => Buffer): void {
  const bytes = gunzipSync(readFileSync(join(folder, "p1.pcap.gz")));
  const at = (n: number): number => {
    let offset = FILE_HEADER_BYTES;
    for (let i = 1; i < n; i++) offset += RECORD_HEADER_BYTES + bytes.readUInt32LE(offset + 8);
    return offset + RECORD_HEADER_BYTES;
  };
  writeFileSync(join(folder, "p1.pcap"), change(bytes, at));
}

describe("compare testpmd --against", () => {
  it("finds nothing where nothing differs: exit code 0", async () => {
    const run = await against();
    expect([run.code, run.err]).toEqual([0, ""]);
    expect(run.out).toContain("p1.pcap: 12 packets, all as expected\nno difference\n");
    expect(run.out).toMatch(/forward, port 0, RX-packets +12 +12 +0\n/);
  });

  it("finds one changed byte of a packet: its number, both bytes, exit code 1", async () => {
    editCapture((bytes, at) => {
      bytes[at(5) + 6]! ^= 0xff;
      return bytes;
    });
    const run = await against();
    expect(run.code).toBe(1);
    expect(run.out).toContain("p1.pcap: packet 5, byte 6: found 0x02, expected 0xfd (64 bytes)\n");
    expect(run.out).toContain("  found    0000  02  00  00  00  00  01 [02] 70  63  61  70  01 ");
    expect(run.out).toContain("  expected 0000  02  00  00  00  00  01 [fd] 70  63  61  70  01 ");
    expect(run.out).toContain("12 packets found, 12 expected: 1 different, 0 missing, 0 extra\n");
    expect(run.out).toContain("1 difference\n");
  });

  it("finds a packet that is missing", async () => {
    editCapture((bytes, at) => bytes.subarray(0, at(12) - RECORD_HEADER_BYTES));
    const run = await against();
    expect(run.code).toBe(1);
    expect(run.out).toContain("packet 12: found");
  });

  it("finds another counter, and the line it is in", async () => {
    edit("stdout.txt", (text) => text.replace("RX-packets: 12 ", "RX-packets: 13 "));
    const run = await against();
    expect(run.code).toBe(1);
    expect(run.out).toMatch(
      /stdout, after "stop":\n {2}ours: {2}" {2}RX-packets: 12 .*\n {2}DPDK 22\.11\.11: {2}" {2}RX-packets: 13 /,
    );
  });

  it("finds another exit code", async () => {
    edit("run.json", (text) => text.replace('"exitCode": 0', '"exitCode": 1'));
    expect(await against()).toMatchObject({
      code: 1,
      out: expect.stringContaining("exit code: found 0, expected 1\n"),
    });
  });

  it("prints one JSON document", async () => {
    const run = await against("--json");
    const { format, against: version, differences, captures, counters } = JSON.parse(run.out);
    expect([run.code, format, version, differences]).toEqual([0, "ringbed-compare/1", "DPDK 22.11.11", 0]);
    expect(captures.map(({ name }: { name: string }) => name)).toEqual(["p0.pcap", "p1.pcap"]);
    expect(counters.length).toBeGreaterThan(20);
  });
});

describe("a folder that is no recorded run is refused with exit code 2", () => {
  it.each<[what: string, break_: () => void, line: string]>([
    ["none", () => rmSync(folder, { recursive: true }), "found no run.json, expected a folder of a recorded run"],
    ["no JSON", () => edit("run.json", () => "{"), "found another format, expected ringbed-testpmd-run/1"],
    ["another format", () => edit("run.json", (text) => text.replace("run/1", "run/9")), "found another format"],
    ["words missing", () => edit("run.json", (text) => text.replace('"words"', '"word"')), "found another format"],
    ["no output", () => rmSync(join(folder, "stdout.txt")), "found no stdout.txt"],
    ["no capture", () => rmSync(join(folder, "p1.pcap.gz")), "found no whole p1.pcap.gz"],
    ["a cut capture", () => edit("p1.pcap.gz", (text) => text.slice(0, 40)), "found no whole p1.pcap.gz"],
    [
      "another input",
      () => edit("run.json", (text) => text.replace(/: "[0-9a-f]{64}"/, `: "${"0".repeat(64)}"`)),
      "tags.pcap changed, expected the file that was recorded",
    ],
    [
      "an input gone",
      () => edit("run.json", (text) => text.replaceAll("pcaps/in/tags", "pcaps/in/gone")),
      "found no pcaps/in/gone.pcap, expected the file that was recorded",
    ],
  ])("%s", async (_, break_, line) => {
    break_();
    expectOneLine(await against(), 2, line);
  });
});

describe("a command line that is wrong is refused with exit code 2", () => {
  it.each<[words: string[], line: string]>([
    [[], "compare: found nothing, expected testpmd"],
    [["lab"], "script: found none, expected one"],
    [["labs"], "compare: found labs, expected testpmd"],
    [["testpmd", "--against"], "--against: found no value, expected --against DIR"],
    [["testpmd", "--against", "--", "-i"], "--against: found no value"],
    [["testpmd", "--record="], "--record: found no value, expected --record DIR"],
    [["testpmd", "--record", "a", "--against", "b"], "found --against and --record, expected one of them"],
    [["testpmd", "--against", "b", "-l", "0-1"], "found -l behind --against, expected no more"],
  ])("%j", async (words, line) => expectOneLine(await cli("compare", ...words), 2, line));

  it("--help prints the usage", async () => {
    expect(await cli("compare", "--help")).toMatchObject({ code: 0, out: expect.stringContaining("--against DIR") });
    expect(await cli("compare", "testpmd", "--json", "--help")).toMatchObject({ code: 0 });
  });
});

describe("compare testpmd with a program", () => {
  const before = process.env.DPDK_TESTPMD;
  afterEach(() => {
    if (before === undefined) delete process.env.DPDK_TESTPMD;
    else process.env.DPDK_TESTPMD = before;
  });

  const words = (): string[] => {
    const vdevs = [`net_pcap0,rx_pcap=${ROOT}pcaps/in/tags.pcap,tx_pcap=p0.pcap`, "net_pcap1,tx_pcap=p1.pcap"];
    const eal = ["--lcores", "0@0,1@0", "--no-pci", "--no-huge", "-m", "256"];
    return [
      ...eal,
      ...vdevs.flatMap((vdev) => ["--vdev", vdev]),
      "--",
      "-i",
      "--total-num-mbufs=2048",
      "--no-flush-rx",
    ];
  };

  /** Makes a shell script the real program. */
  function program(script: string): void {
    const path = join(folder, "program");
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    process.env.DPDK_TESTPMD = path;
  }

  async function compared(...options: string[]): Promise<Ended> {
    let out = "";
    const terminal = {
      out: (text: string) => {
        out += text;
      },
      err: () => {},
    };
    const script = () => "set fwd mac\r\nstart\nsleep 0.2\nstop\n";
    return { code: await compare(["testpmd", ...options, ...words()], terminal, script), out, err: "" };
  }

  it("that is missing is refused", async () => {
    process.env.DPDK_TESTPMD = "/nosuch/dpdk-testpmd";
    expectOneLine(
      await cli("compare", "testpmd", ...words()),
      2,
      "found no dpdk-testpmd, expected one to compare with",
    );
  });

  it.each<[string[], boolean]>([
    [[], true],
    [["--no-inputs"], false],
  ])("--record %j keeps the run, and --against holds ours against it", async (options, copied) => {
    program(`exec "${process.execPath}" "${ROOT}dist/src/cli/main.js" testpmd "$@"`);
    const kept = join(folder, "kept");
    expect(await compared("--record", kept, ...options)).toMatchObject({ code: 0 });
    expect(existsSync(join(kept, "inputs"))).toBe(copied);
    expect(await cli("compare", "testpmd", "--against", kept)).toMatchObject({ code: 0 });
    expect(await cli("compare", "testpmd", "--virtual", `--against=${kept}`)).toMatchObject({ code: 0 });
  });

  it("that does something else differs", async () => {
    program("echo \"EAL: RTE Version: 'DPDK 0'\"; exit 5");
    const run = await compared("--virtual");
    expect(run.code).toBe(1);
    expect(run.out).toContain("exit code: found 0, expected 5\n");
  });

  it("whose run cannot be kept is refused", async () => {
    program("exit 0");
    await expect(compared("--record", "/dev/null/kept")).rejects.toThrow(
      /^record: found ENOTDIR, expected a folder to write/,
    );
  });
});
