// SIGINT, SIGTERM and a reader that goes away end a testpmd console as they end the real one. What is claimed is claimed of both: of
// the real program where it is installed.
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { findTestpmd } from "../../src/reference/testpmd-process.ts";

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const OURS = [process.execPath, path("dist/src/cli/main.js"), "testpmd"];
const EAL = ["--lcores", "0@0,1@0", "--no-pci", "--no-huge", "-m", "256"];
const APP = ["--no-mlockall", "--total-num-mbufs=2048"];
const CAPTURE = ["--vdev", "net_pcap0,rx_pcap=pcaps/in/tags.pcap", "--vdev", "net_pcap1,tx_pcap=/dev/null"];
const ENDLESS = ["--vdev", "net_null0", "--vdev", "net_null1"];
const DEADLINE_MS = 15_000;

const started: Console[] = [];
afterEach(() => {
  for (const one of started.splice(0)) one.child.kill("SIGKILL");
});

class Console {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  shown = "";

  constructor(program: readonly string[], vdevs: readonly string[], options: readonly string[]) {
    const prefix = `--file-prefix=signals${process.pid}-${started.length}`;
    const [file = "", ...words] = [...program, ...EAL, prefix, ...vdevs, "--", ...APP, ...options];
    this.child = spawn(file, words, { cwd: path(""), stdio: ["pipe", "pipe", "ignore"] });
    this.child.stdin!.on("error", () => {});
    this.child.stdout!.on("data", (chunk: Buffer) => {
      this.shown += chunk.toString("latin1");
    });
    this.ended = new Promise((resolve) => {
      this.child.on("close", (code, signal) => resolve({ code, signal }));
    });
    started.push(this);
  }

  async until(text: string): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    while (!this.shown.includes(text)) {
      if (performance.now() > deadline) throw new Error(`no ${JSON.stringify(text)} in ${JSON.stringify(this.shown)}`);
      await sleep(5);
    }
  }

  type(text: string): void {
    this.child.stdin!.write(text);
  }

  /** What was shown from `text` on, line ends of the console as plain ones. */
  from(text: string): string {
    return this.shown.slice(this.shown.indexOf(text)).replaceAll("\r", "");
  }
}

const PORT = (id: number): string => `\nStopping port ${id}...\nStopping ports...\nDone\n`;
const SHUT = (id: number): string => `\nShutting down port ${id}...\nClosing ports...\nPort ${id} is closed\nDone\n`;
const END = `\nPrimary: Sending 'stop_req' request to secondary...\n${PORT(0)}${PORT(1)}${SHUT(0)}${SHUT(1)}\nBye...\n`;

/** The stop block over tags.pcap, port 0 to port 1, and the end behind it. */
const STOPPED = new RegExp(
  `Telling cores to stop\\.\\.\\.\nWaiting for lcores to finish\\.\\.\\.\n[\\s\\S]*RX-packets: 12 [\\s\\S]*TX-packets: 12 [\\s\\S]*\nDone\\.\n${END.replace(/[.']/g, "\\$&")}$`,
);

const real = findTestpmd();
if (real === undefined) console.log("skipped: signals to real testpmd (found no dpdk-testpmd)");
const programs: [name: string, program: readonly string[]][] = [["ours", OURS]];
if (real !== undefined) programs.push([real.version, ["stdbuf", "-o0", real.program]]);

describe.each(programs)("%s", (_, program) => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "%s while forwarding prints the statistics and closes ports",
    async (signal) => {
      const console = new Console(program, CAPTURE, ["-i", "--no-flush-rx"]);
      console.type("start\n");
      await console.until("testpmd> ");
      await sleep(500);
      console.type("sho"); // a line that is not finished is dropped
      await sleep(50);
      console.child.kill(signal);
      expect(await console.ended).toEqual({ code: 0, signal: null });
      expect(console.from("testpmd> sho")).toMatch(STOPPED);
    },
  );

  it("a second SIGINT changes nothing", async () => {
    const console = new Console(program, CAPTURE, ["-i", "--no-flush-rx"]);
    console.type("start\n");
    await console.until("TX RS bit threshold");
    await sleep(500);
    console.child.kill("SIGINT");
    console.child.kill("SIGINT");
    expect(await console.ended).toEqual({ code: 0, signal: null });
    expect(console.from("Telling cores")).toMatch(STOPPED);
  });

  it("SIGINT at the prompt ends it without statistics", async () => {
    const console = new Console(program, CAPTURE, ["-i"]);
    await console.until("testpmd> ");
    await sleep(50);
    console.child.kill("SIGINT");
    expect(await console.ended).toEqual({ code: 0, signal: null });
    expect(console.from("testpmd> ")).toBe(`testpmd> ${END}`);
  });

  it("SIGINT during start's flush of endless inputs lets it start, and then stops it", async () => {
    const console = new Console(program, ENDLESS, ["-i"]);
    await console.until("testpmd> ");
    console.type("start\n");
    await console.until("forwards packets on 2 streams");
    console.child.kill("SIGINT");
    expect(await console.ended).toEqual({ code: 0, signal: null });
    expect(console.from("testpmd> start")).toMatch(
      /TX RS bit threshold=0\n(testpmd> )?Telling cores to stop[\s\S]*\nDone\.\n[\s\S]*\nBye\.\.\.\n$/,
    );
  });

  it.each([[[]], [["--stats-period=1"]]])(
    "SIGINT without a prompt, %j: the statistics and the end",
    async (options) => {
      const console = new Console(program, CAPTURE, ["--no-flush-rx", ...options]);
      await console.until(options.length === 0 ? "Press enter to exit" : "NIC statistics for port 1");
      await sleep(500);
      console.child.kill("SIGINT");
      expect(await console.ended).toEqual({ code: 0, signal: null });
      expect(console.from("Telling cores")).toMatch(STOPPED);
    },
  );

  it("ends by SIGPIPE when nobody reads any more", async () => {
    const console = new Console(program, CAPTURE, ["-i"]);
    await console.until("testpmd> ");
    console.child.stdout!.destroy();
    console.type("show port info all\n");
    expect(await console.ended).toEqual({ code: null, signal: "SIGPIPE" });
  });
});
