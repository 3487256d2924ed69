// vhost-user-testpmd - a real dpdk-testpmd for the live tests: started with one vdev, asked for things at its prompt, always ended, by its
// own process id.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

const PROMPT = "testpmd> ";

/** Why nothing of the native host can run here; undefined: it can. */
export function whyNoKoffi(): string | undefined {
  try {
    createRequire(import.meta.url).resolve("koffi");
  } catch {
    return "koffi is not installed";
  }
  return process.platform === "linux" ? undefined : `platform ${process.platform}`;
}

/** Why live tests cannot run here; undefined: they can. */
export function whyNotLive(): string | undefined {
  if (spawnSync("which", ["dpdk-testpmd"]).status !== 0) return "dpdk-testpmd is not installed";
  return whyNoKoffi();
}

let started = 0;

export class Testpmd {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly onExit = (): void => this.kill();
  /** All it has printed. */
  text = "";
  private ended = false;

  private constructor(vdev: string, options: readonly string[]) {
    // its output comes by lines: into a pipe it would else come when 4096 bytes are full. stdbuf becomes testpmd: same process id
    this.child = spawn("stdbuf", [
      ...["-oL", "dpdk-testpmd"],
      ...["--lcores", "0@0,1@0", "--no-pci", "--no-huge", "-m", "192"],
      ...[`--file-prefix=h5-${process.pid}-${started++}`, "--vdev", vdev],
      ...["--", "-i", "--no-mlockall", "--total-num-mbufs=4096", ...options],
    ]);
    process.once("exit", this.onExit);
    const add = (chunk: Buffer): void => {
      this.text += chunk.toString("latin1");
    };
    this.child.stdout.on("data", add);
    this.child.stderr.on("data", add);
    this.child.stdin.on("error", () => {});
    this.child.on("close", () => {
      this.ended = true;
      process.removeListener("exit", this.onExit);
    });
  }

  /** Starts it. ready: what it prints when that is done */
  static async start(vdev: string, ready: string = PROMPT, options: readonly string[] = []): Promise<Testpmd> {
    const testpmd = new Testpmd(vdev, options);
    await testpmd.until(() => testpmd.text.includes(ready), `"${ready}"`);
    return testpmd;
  }

  /** Gives a command. last: what it prints at its end (events print prompts of their own). @returns what it has printed with the prompt behind that */
  async command(line: string, last = line): Promise<string> {
    const from = this.text.length;
    this.child.stdin.write(`${line}\n`);
    const printed = (): string => this.text.slice(from);
    const done = (): boolean => printed().includes(PROMPT, printed().indexOf(last)) && printed().includes(last);
    await this.until(done, `"${last}" after ${line}`);
    return printed();
  }

  async until(done: () => boolean, what: string, timeoutMs = 20_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!done()) {
      if (this.ended) throw new Error(`dpdk-testpmd: found it ended, expected ${what}:\n${this.text}`);
      if (performance.now() > deadline) throw new Error(`dpdk-testpmd: found no ${what}:\n${this.text.slice(-2000)}`);
      await sleep(2);
    }
  }

  /** Waits until its port has received this many packets. @returns its statistics then */
  async received(packets: number): Promise<string> {
    const deadline = performance.now() + 10_000;
    for (;;) {
      const text = await this.command("show port stats 0", "Tx-bps");
      if (new RegExp(`RX-packets: ${packets}\\s`).test(text) || performance.now() > deadline) return text;
      await sleep(10);
    }
  }

  async quit(): Promise<void> {
    if (this.ended) return;
    this.child.stdin.write("quit\n");
    const deadline = performance.now() + 5000;
    while (!this.ended && performance.now() < deadline) await sleep(2);
    this.kill();
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** kill -9. */
  kill(): void {
    if (!this.ended) this.child.kill("SIGKILL");
  }

  /** Packets of a port as the last `stop` printed them. */
  static forwarded(stopText: string): { rx: number; tx: number; txDropped: number } {
    const found =
      /Forward statistics for port 0[\s\S]*?RX-packets: (\d+)[\s\S]*?TX-packets: (\d+)\s+TX-dropped: (\d+)/.exec(
        stopText,
      );
    if (found === null) throw new Error(`dpdk-testpmd: found no forward statistics in ${stopText}`);
    const [, rx, tx, txDropped] = found.map(Number) as [number, number, number, number];
    return { rx, tx, txDropped };
  }
}

/** Descriptors of shared memory, events and sockets that this process holds, and its shared mappings of memfds. */
export function holdings(): { fds: number; mappings: number } {
  let fds = 0;
  for (const name of readdirSync("/proc/self/fd")) {
    try {
      if (/eventfd|memfd|socket/.test(readlinkSync(`/proc/self/fd/${name}`))) fds++;
    } catch {
      // the folder's own descriptor
    }
  }
  const maps = readFileSync("/proc/self/maps", "latin1").split("\n");
  return { fds, mappings: maps.filter((line) => /memfd:|rtemap|\(deleted\)/.test(line) && / rw-s /.test(line)).length };
}
