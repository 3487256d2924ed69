// Ours in a terminal: the same keys give the same bytes as real testpmd showed (test/recorded/testpmd-terminal.json), the terminal is in
// the same mode meanwhile and as before afterwards. `RECORD_TESTPMD=terminal npx vitest run test/testpmd/terminal.test.ts` records anew.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { withoutDumps } from "../../src/reference/testpmd-text.ts";

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const RECORDED = path("test/recorded/testpmd-terminal.json");
const OURS = [process.execPath, path("dist/src/cli/main.js"), "testpmd"];

/** Keys, once the text has been shown. */
interface Step {
  readonly expect: string;
  readonly send: string;
  /** Seconds between the two. */
  readonly pause?: number;
}

/** What is kept of a session: `changed` are the bits of the terminal's flag words that the program had changed. */
interface Session {
  readonly shown: string;
  readonly dumps: readonly string[];
  readonly exit: number;
  readonly changed: readonly number[];
  readonly restored: boolean;
}

const [UP, DOWN] = ["\x1b[A", "\x1b[B"];
const typed = (expected: string, send: string, pause?: number): Step => ({
  expect: expected,
  send,
  ...(pause !== undefined && { pause }),
});
const prompt = (send: string, pause?: number): Step => typed("testpmd> ", send, pause);
const ENTER = "Press enter to exit";

const sessions: Readonly<Record<string, { options: readonly string[]; steps: readonly Step[] }>> = {
  "echo, Tab, ?, history, editing, Ctrl-C and Ctrl-D at the prompt": {
    options: ["-i"],
    steps: [
      prompt("show port sum\t"),
      typed("summary", " al\t"),
      typed(" all", "\r"),
      prompt("bogus\r"),
      prompt("set fw\t"),
      typed("fwd", " m?"),
      prompt("ac\x01\x05\x17\x03"),
      prompt(UP),
      typed("bogus", UP),
      typed("summary", DOWN),
      typed("bogus", "\x7f\x7fxx\x02\x02\x0b\x19\r"),
      prompt("stop\r"),
      prompt("half\x03"),
      prompt("\x04"),
    ],
  },
  "forwarding under set verbose 1, a key at a time": {
    options: ["-i"],
    steps: [
      prompt("set fwd rxonly\r"),
      prompt("set verbose 1\r"),
      prompt("start\r"),
      prompt("s", 0.4),
      typed("s", "how port stats 0\r"),
      prompt("stop\r"),
      prompt("quit\r"),
    ],
  },
  "Ctrl-C while forwarding is a key, Ctrl-D stops it": {
    options: ["-i"],
    steps: [prompt("set fwd mac\r"), prompt("start\r"), prompt("sto\x03", 0.3), prompt("\x04")],
  },
  "forwarding at once, quit": { options: ["-i", "-a"], steps: [prompt("quit\r", 0.3)] },
  "not interactive, Enter": { options: [], steps: [typed(ENTER, "\r", 0.3)] },
  "not interactive, Ctrl-C": { options: [], steps: [typed(ENTER, "\x03", 0.3)] },
  "not interactive, Ctrl-D": { options: [], steps: [typed(ENTER, "\x04", 0.3)] },
  "--stats-period, Ctrl-C": {
    options: ["--stats-period=60"],
    steps: [typed("NIC statistics for port 1", "\x03", 0.3)],
  },
};

function inTerminal(program: readonly string[], name: string): Session {
  const { options, steps } = sessions[name]!;
  const vdevs = ["--vdev", "net_pcap0,rx_pcap=pcaps/in/tags.pcap", "--vdev", "net_pcap1,tx_pcap=/dev/null"];
  const eal = ["--lcores", "0@0,1@0", "--no-pci", "--no-huge", "-m", "256", "--file-prefix=terminal", ...vdevs];
  const own = ["--no-mlockall", "--total-num-mbufs=2048", "--no-flush-rx", ...options];
  const work = { argv: [...program, ...eal, "--", ...own], cwd: path(""), steps };
  const run = spawnSync("python3", [path("test/support/in-pty.py")], { input: JSON.stringify(work), encoding: "utf8" });
  if (run.status !== 0) throw new Error(`${name}: ${run.stderr}`);
  const answer = JSON.parse(run.stdout) as { shown: string; exit: number } & Record<
    "before" | "during" | "after",
    number[]
  >;
  const text = answer.shown.replaceAll("\r\n", "\n").replace(/^(EAL|TELEMETRY): .*\n/gm, "");
  const { rest, dumps } = withoutDumps(text);
  return {
    shown: rest.replace(/(?<=[RT]x-[pb]ps:) +\d+/g, " N"),
    dumps,
    exit: answer.exit,
    changed: answer.before.map((word, i) => word ^ answer.during[i]!),
    restored: answer.before.join() === answer.after.join(),
  };
}

const recorded = (): Record<string, Session> =>
  existsSync(RECORDED) ? (JSON.parse(readFileSync(RECORDED, "utf8")) as Record<string, Session>) : {};

if (process.env.RECORD_TESTPMD === "terminal")
  describe("real testpmd in a terminal, recorded anew", () => {
    it.each(Object.keys(sessions))("%s", (name) => {
      const all = { ...recorded(), [name]: inTerminal(["dpdk-testpmd"], name) };
      writeFileSync(RECORDED, `${JSON.stringify(all, undefined, 1)}\n`);
    });
  });

const hasPython = spawnSync("python3", ["-c", "import pty"]).status === 0;
if (!hasPython) console.log("skipped: testpmd in a terminal (found no python3 with pty)");

describe.skipIf(!hasPython)("testpmd in a terminal, as recorded from the real one", () => {
  it.each(Object.keys(sessions))("%s", (name) => {
    const real = recorded()[name]!;
    expect(real).toMatchObject({ exit: 0, restored: true });
    expect(inTerminal(OURS, name)).toEqual(real);
  });
});
