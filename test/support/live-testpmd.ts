// live-testpmd - two testpmd that talk vhost-user to each other, at least one of them ours as it is built: started, asked at their prompts, and
// always ended. Both forward on the core that the other does not use, where there are two.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Player } from "../../src/reference/live-run.ts";
import { findTestpmd, TestpmdProcess } from "../../src/reference/testpmd-process.ts";
import {
  type Counters,
  parseForwardStatistics,
  parseNicStatistics,
  parseXstats,
} from "../../src/reference/testpmd-stats.ts";

/** net_vhost is the host's, net_virtio_user the guest's. */
export type Side = "host" | "guest";

export const MAIN = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
/** A library's line on standard error may come in the middle of it. */
const PROMPT = new RegExp([..."testpmd> "].join("(?:\\n[^\\n]*\\n)?"));
const WAIT_MS = 10_000;

/** Why nothing of this can run here; undefined: it can. */
export function whyNotLiveTestpmd(): string | undefined {
  if (findTestpmd() === undefined) return "dpdk-testpmd is not installed";
  if (!existsSync(MAIN)) return "dist is not built";
  if (availableParallelism() < 2) return "there is one core only, and host and guest poll on one each";
  try {
    createRequire(import.meta.url).resolve("koffi");
  } catch {
    return "koffi is not installed";
  }
  return undefined;
}

let started = 0;

/** One console. */
export class Console {
  private readonly process: TestpmdProcess;
  readonly player: Player;

  private constructor(process: TestpmdProcess, player: Player) {
    this.process = process;
    this.player = player;
  }

  static async start(
    player: Player,
    core: number,
    cwd: string,
    vdevs: readonly string[],
    app: readonly string[],
    eal: readonly string[] = [],
  ) {
    const process_ = await TestpmdProcess.start({
      ...(player === "ours" && { program: [process.execPath, MAIN, "testpmd"] }),
      prefix: `lt${process.pid}n${started++}`,
      lcores: `0@${core},1@${core}`,
      vdevs,
      eal,
      memoryMB: 128,
      app: ["--total-num-mbufs=16384", "--no-flush-rx", ...app],
      cwd,
    });
    await process_.waitFor(PROMPT);
    return new Console(process_, player);
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** All it has printed. */
  get text(): string {
    return this.process.text.replaceAll("\r", "");
  }

  /** Gives a command. @returns what was printed up to the next prompt */
  async ask(line: string, timeoutMs = 20_000): Promise<string> {
    const from = this.process.text.length;
    void this.process.command(line, undefined, 0);
    await this.process.waitFor(PROMPT, from, timeoutMs);
    return this.process.text.slice(from).replaceAll("\r", "");
  }

  async start(mode: string, how = "start"): Promise<void> {
    await this.ask(`set fwd ${mode}`);
    expect(await this.ask(how)).toContain("packets/burst=32");
  }

  /** `stop`. @returns its sums over all ports */
  async stop(): Promise<Counters> {
    return parseForwardStatistics(await this.ask("stop")).all;
  }

  async stats(port = 0): Promise<Counters> {
    return parseNicStatistics(await this.ask(`show port stats ${port}`)).get(port) ?? {};
  }

  async count(counter: "RX-packets" | "TX-packets", port = 0): Promise<number> {
    return (await this.stats(port))[counter] ?? Number.NaN;
  }

  async xstats(port = 0): Promise<Counters> {
    return parseXstats(await this.ask(`show port xstats ${port}`));
  }

  async link(port = 0): Promise<string | undefined> {
    return /Link status: (\w+)/.exec(await this.ask(`show port info ${port}`))?.[1];
  }

  async linkIs(status: "up" | "down", port = 0): Promise<void> {
    await this.until(async () => (await this.link(port)) === status, `the link of port ${port} ${status}`);
  }

  /** Waits until a counter has this value, and for a moment longer: it must stay there. */
  async counts(counter: "RX-packets" | "TX-packets", value: number, port = 0): Promise<void> {
    let last = Number.NaN;
    const done = async (): Promise<boolean> => {
      last = await this.count(counter, port);
      return last === value;
    };
    await this.until(done, `${counter} ${value}`).catch(() => {});
    await sleep(20);
    last = await this.count(counter, port);
    expect(last, `${counter} of port ${port}`).toBe(value);
  }

  async printed(pattern: RegExp, from = 0): Promise<void> {
    await this.process.waitFor(pattern, from, WAIT_MS);
  }

  private async until(done: () => Promise<boolean>, what: string): Promise<void> {
    for (const end = performance.now() + WAIT_MS; !(await done()); await sleep(10)) {
      if (performance.now() > end) throw new Error(`found no ${what} in ${WAIT_MS} ms:\n${this.text.slice(-1500)}`);
    }
  }

  /** kill -9. */
  kill(): void {
    this.process.kill();
  }

  /** `quit`. @returns the exit code */
  async quit(): Promise<number | undefined> {
    await this.process.quit();
    return this.process.exitCode;
  }

  /** Ours ends as it should, whatever happened to its peer. The real one may not: its virtio-user crashes when it closes without a device. */
  async leave(): Promise<void> {
    const code = await this.quit();
    if (this.player === "real") return;
    expect({ code, tail: this.text.slice(-8) }).toEqual({ code: 0, tail: "\nBye...\n" });
    expect(this.text).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  }

  /** Descriptors, and pages shared with others, that the process and those that it has started hold. */
  holdings(): { processes: number; fds: number; mappings: number } {
    const pids = family(this.pid);
    const mappings = (pid: number): number =>
      readFileSync(`/proc/${pid}/maps`, "latin1")
        .split("\n")
        .filter((line) => / rw-s /.test(line)).length;
    const sum = (of: (pid: number) => number): number => pids.reduce((total, pid) => total + of(pid), 0);
    return {
      processes: pids.length,
      fds: sum((pid) => readdirSync(`/proc/${pid}/fd`).length),
      mappings: sum(mappings),
    };
  }
}

/** A process and its descendants. */
function family(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "latin1").split(" ").filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(family)];
}

export interface PairOptions {
  /** Arguments of the two devices, behind a comma, and of both programs. */
  readonly host?: string;
  readonly guest?: string;
  readonly app?: readonly string[];
  /** EAL options of the guest. */
  readonly guestEal?: readonly string[];
  /** The guest listens and the host connects, which is how both come back after a crash. */
  readonly reversed?: boolean;
}

/** A host and a guest at one socket. */
export class Pair {
  host!: Console;
  guest!: Console;
  private readonly stage: Stage;
  private readonly path: string;
  private readonly ours: Side | undefined;
  private readonly options: PairOptions;

  constructor(stage: Stage, ours: Side | undefined, options: PairOptions) {
    this.stage = stage;
    this.path = stage.path();
    this.ours = ours;
    this.options = options;
  }

  /** Starts a side, again where it was killed. */
  async start(side: Side): Promise<Console> {
    const { host = "", guest = "", app = [], guestEal = [], reversed = false } = this.options;
    const vdev =
      side === "host"
        ? `net_vhost0,iface=${this.path}${host}${reversed ? ",client=1" : ""}`
        : `net_virtio_user0,path=${this.path}${guest}${reversed ? ",server=1" : ""}`;
    if ((side === "guest") === reversed) rmSync(this.path, { force: true }); // who was killed left it
    const core = side === "host" ? 0 : 1;
    this[side] = await this.stage.start(
      side === this.ours ? "ours" : "real",
      core,
      [vdev],
      app,
      side === "guest" ? guestEal : [],
    );
    return this[side];
  }

  async startBoth(): Promise<void> {
    if (this.options.reversed !== true) {
      await this.start("host");
      await this.start("guest");
    } else {
      const guest = this.start("guest"); // the real one has no prompt before the host is there
      while (!existsSync(this.path)) await sleep(5);
      await Promise.all([guest, this.start("host")]);
    }
    await this.up();
  }

  async up(): Promise<void> {
    await this.host.linkIs("up");
    await this.guest.linkIs("up");
  }

  async leave(): Promise<void> {
    await this.guest.leave();
    await this.host.leave();
  }
}

/** A folder with sockets, and the programs of one test. */
export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), "ringbed-live-"));
  private readonly consoles: Console[] = [];
  private sockets = 0;

  path(): string {
    return join(this.folder, `${this.sockets++}.sock`);
  }

  async start(
    player: Player,
    core: number,
    vdevs: readonly string[],
    app: readonly string[] = [],
    eal: readonly string[] = [],
  ): Promise<Console> {
    const console = await Console.start(player, core, this.folder, vdevs, app, eal);
    this.consoles.push(console);
    return console;
  }

  async pair(ours: Side | undefined, options: PairOptions = {}): Promise<Pair> {
    const pair = new Pair(this, ours, options);
    await pair.startBoth();
    return pair;
  }

  close(): void {
    for (const console of this.consoles) console.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Sends for a while and waits until all has arrived. @returns packets */
export async function send(from: Console, to: Console, ms: number): Promise<number> {
  const before = { tx: await from.count("TX-packets"), rx: await to.count("RX-packets") };
  await to.start("rxonly");
  await from.start("txonly");
  await sleep(ms);
  const { "TX-packets": sent = Number.NaN } = await from.stop();
  expect(sent).toBeGreaterThan(0);
  await from.counts("TX-packets", before.tx + sent);
  await to.counts("RX-packets", before.rx + sent);
  await to.stop();
  return sent;
}
