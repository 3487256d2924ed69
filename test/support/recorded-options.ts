// recorded-options - what real testpmd printed for a command line (test/recorded/record-options.py), and what our parsing prints:
// EAL, the devices' arguments and testpmd's options, up to where real testpmd would make its pools.
import { readFileSync } from "node:fs";
import { logBusProbeFailed, logProbeFailed } from "../../src/dpdk/devices/vdev.ts";
import { ealInit } from "../../src/dpdk/eal/eal.ts";
import { LOG_WARNING } from "../../src/dpdk/eal/eal-log.ts";
import { ealUsage } from "../../src/dpdk/eal/usage.ts";
import { Exit, rteExit } from "../../src/dpdk/io.ts";
import type { OptionPort } from "../../src/testpmd/options/option-run.ts";
import { parseOptions } from "../../src/testpmd/options/options.ts";
import { testpmdUsage } from "../../src/testpmd/options/usage.ts";
import { defaultSettings, type Settings } from "../../src/testpmd/settings.ts";
import { type FakeFiles, probe } from "./fake-probe.ts";

const FOLDER = new URL("../recorded/testpmd-options/", import.meta.url);
const PROGRAM = "dpdk-testpmd";
const START = `EAL: Detected CPU lcores: 2
EAL: Detected NUMA nodes: 1
EAL: Detected shared linkage of DPDK
EAL: Multi-process socket /var/run/dpdk/options/mp_socket
EAL: Physical addresses are unavailable, selecting IOVA as VA mode.
EAL: Selected IOVA mode 'VA'
`;

/** The files that the recordings were made beside, by name: bytes as the script has them. */
const FILES: FakeFiles = new Map([
  ["in.pcap", "d4c3b2a1020004000000000000000000ffff000001000000"],
  ["empty", ""],
  ["text", Buffer.from("no capture at all, but some words").toString("hex")],
  ["short", "78"],
  ["magic", "d4c3b2a1"],
  ["cut", "d4c3b2a1020004000000000000000000ffff0000010000"],
  ["version", "d4c3b2a1030004000000000000000000ffff000001000000"],
  ["old", "d4c3b2a1010004000000000000000000ffff000001000000"],
  ["peers", Buffer.from("02:00:00:00:00:11\n02:00:00:00:00:12\n").toString("hex")],
  ["peer", Buffer.from("0200:0000:0011").toString("hex")],
]);

export interface Printed {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export interface Recorded extends Printed {
  /** As the test's title names it. */
  readonly title: string;
  readonly words: readonly string[];
}

/** The cases of a group. */
export function recordedOptions(group: string): Recorded[] {
  const bases = JSON.parse(readFileSync(new URL("bases.json", FOLDER), "utf8")) as Record<string, string[]>;
  const blocks = readFileSync(new URL(`${group}.txt`, FOLDER), "utf8")
    .trimEnd()
    .split("\n\n");
  return blocks.map((block) => {
    const [title = "", exit = "", ...lines] = block.split("\n");
    const space = title.indexOf(" ");
    const words = [...(bases[title.slice(0, space)] ?? []), ...(JSON.parse(title.slice(space)) as string[])];
    const stream = (mark: string): string =>
      lines
        .filter((line) => line.startsWith(mark))
        .map((line) => line.slice(2) + (line[1] === "|" ? "\n" : ""))
        .join("");
    const err = stream("2").replace("{start}\n", START);
    return { title, words, exit: Number(exit.slice(5)), out: stream("1"), err };
  });
}

/** A usage text as the real program printed it. */
export function recordedUsage(name: "eal" | "testpmd"): string {
  return readFileSync(new URL(`usage-${name}.txt`, FOLDER), "utf8");
}

/** Usage texts stand in recordings as their names. */
function withoutUsage(text: string, lcores: number, ports: number): string {
  return text
    .replace(ealUsage(PROGRAM), "{usage of EAL}\n")
    .replace(testpmdUsage(PROGRAM, lcores, ports), `{usage of testpmd: ${lcores} lcores, ${ports} ports}\n`);
}

/** What we print for the words, on a machine of two CPUs; and what the settings have become. */
export function parsedOptions(words: readonly string[]): Printed & { readonly settings: Settings } {
  const printed = { out: "", err: "" };
  const io = {
    out: (text: string): void => {
      printed.out += text;
    },
    err: (text: string): void => {
      printed.err += text;
    },
  };
  const settings = defaultSettings();
  const ports = new Map<number, OptionPort>();
  let lcores = 0;
  let exit = 0;
  try {
    const eal = ealInit(PROGRAM, words, { cpus: [0, 1], affinity: [0, 1], numaNodes: 1 }, io);
    lcores = eal.lcores.length - 1;
    let failed = false;
    for (const device of eal.vdevs) {
      const result = probe(device, eal.log, FILES);
      if (result === "failed") logProbeFailed(eal.log, device.name);
      failed ||= result === "failed";
      if (typeof result === "string") continue;
      for (const info of result) ports.set(ports.size, { id: ports.size, info });
    }
    if (failed) logBusProbeFailed(eal.log);
    if (ports.size === 0) eal.log.log("testpmd", LOG_WARNING, "testpmd: No probed ethernet devices\n");
    if (lcores === 0) rteExit(io, "No cores defined for forwarding\nCheck the core mask argument\n");
    parseOptions(PROGRAM, eal.words, {
      settings,
      ports,
      lcores: eal.lcores.map(({ id }) => id),
      mainLcore: eal.mainLcore,
      numaNodes: 1,
      io,
      readText: (path) => {
        const hex = FILES.get(path);
        return hex === undefined
          ? { error: "No such file or directory" }
          : { text: Buffer.from(hex, "hex").toString("latin1") };
      },
      log: (type, level, text) => eal.log.log(type, level, text),
    });
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    exit = error.code;
    // rte_exit closes the ports, in session.ts
    if (exit === 1) for (const port of ports.keys()) printed.out += `Port ${port} is closed\n`;
  }
  return { exit, out: withoutUsage(printed.out, lcores, ports.size), err: printed.err, settings };
}
