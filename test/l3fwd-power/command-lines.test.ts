// Every command line that the real l3fwd-power was recorded with (test/recorded/l3fwd-power/record-l3fwd-power.py) prints the same on both streams
// here, and ends with the same code. Lcores of the real one write at the same time: of standard error the lines are compared, not their order.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { VirtioLinks } from "../../src/dpdk/devices/virtio-link.ts";
import { VirtualTime } from "../../src/dpdk/virtual-time.ts";
import { runL3fwdPower } from "../../src/l3fwd-power/l3fwd-power.ts";
import { l3fwdUsage } from "../../src/l3fwd-power/usage.ts";
import { freshMachine } from "../support/engine.ts";
import { benchContext, benchVhost } from "../support/l3fwd-bench.ts";

interface Case {
  readonly words: readonly string[];
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const FOLDER = new URL("../recorded/l3fwd-power/", import.meta.url);
const { usage, cases } = JSON.parse(readFileSync(new URL("command-lines.json", FOLDER), "utf8")) as {
  usage: string;
  cases: Case[];
};
const EAL = ["--no-pci", "--no-huge", "-m", "256", "--file-prefix", "l3fwd", "--no-telemetry"];
const START = `EAL: Detected CPU lcores: 2
EAL: Detected NUMA nodes: 1
EAL: Detected shared linkage of DPDK
EAL: Multi-process socket /var/run/dpdk/l3fwd/mp_socket
EAL: Physical addresses are unavailable, selecting IOVA as VA mode.
EAL: Selected IOVA mode 'VA'
`;
/** What the real one had no memory for, by its -m, and what it crashes of: a queue that was not set up, or while it cleans up behind a refusal. */
const isLeftOut = ({ words, code }: Case): boolean => words.includes("--config=(0,127,1)") || code < 0;

async function printed(words: readonly string[]): Promise<Omit<Case, "words">> {
  const machine = freshMachine();
  const links = new VirtioLinks(machine);
  if (words.some((word) => word.includes("{peer}"))) benchVhost(machine, links, "{peer}", 8, 2);
  let out = "";
  let err = "";
  const code = await runL3fwdPower([...EAL, ...words.map((word) => word.replace("{here}/", FOLDER.pathname))], {
    program: "l3fwd-power",
    io: {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
    },
    machine: { cpus: [0, 1], affinity: [0, 1], numaNodes: 1 },
    time: new VirtualTime(machine, 4, async () => {}),
    links,
    pci: [],
    context: (log) => benchContext(machine, log),
    pathKind: (path) => (links.hasHost(path) ? "socket" : "missing"),
    interrupted: async () => {},
  });
  out = out.replace(l3fwdUsage("l3fwd-power"), "{usage}").replace(/([0-9A-F]{2}:){5}[0-9A-F]{2}/g, "{mac}");
  return { code, out, err: err.replace(START, "{start}") };
}

const lines = (text: string): string[] => text.split("\n").sort();

it("the usage text is that of the real one", () => expect(l3fwdUsage("l3fwd-power")).toBe(usage));

describe("command lines", () => {
  it("are as many as were recorded", () => expect(cases).toHaveLength(141));

  it.each(cases.filter((one) => !isLeftOut(one)))("$words", async ({ words, code, out, err }) => {
    const ours = await printed(words);
    expect({ ...ours, err: lines(ours.err) }).toEqual({ code, out, err: lines(err) });
  });
});
