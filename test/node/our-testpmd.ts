// our-testpmd - a console of ours as a process, for tests beside real peers: asked for things at its prompt, looked at from outside.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { packageFile } from "../../src/node/package-file.ts";

export const PROMPT = "testpmd> ";

/** Our console. */
export class OurTestpmd {
  readonly child: ChildProcessWithoutNullStreams;
  text = "";

  constructor(vdevs: readonly string[], options: readonly string[] = []) {
    this.child = spawn(process.execPath, [
      ...[fileURLToPath(packageFile("dist/src/cli/main.js")), "testpmd"],
      ...["--lcores", "0@0,1@1", "--no-pci", "--no-huge", "-m", "192"],
      ...vdevs.flatMap((vdev) => ["--vdev", vdev]),
      ...["--", "-i", "--no-mlockall", "--total-num-mbufs=8192", "--forward-mode=rxonly", ...options],
    ]);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        this.text += chunk.toString("latin1");
      });
    }
    this.child.stdin.on("error", () => {});
  }

  async until(done: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + 20_000;
    while (!done()) {
      if (performance.now() > deadline)
        throw new Error(`ringbed testpmd: found no ${what}:\n${this.text.slice(-2000)}`);
      await sleep(5);
    }
  }

  async command(line: string): Promise<string> {
    const from = this.text.length;
    this.child.stdin.write(`${line}\n`);
    await this.until(() => this.text.includes(PROMPT, from), `prompt after ${line}`);
    return this.text.slice(from);
  }

  async received(port: number): Promise<number> {
    const text = await this.command(`show port stats ${port}`);
    return Number(/RX-packets: (\d+)/.exec(text)?.[1]);
  }

  /** Process ids of its children. */
  get children(): number[] {
    const { pid } = this.child;
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim().split(" ").filter(Boolean).map(Number);
  }

  /** Milliseconds of processor time that it and its children have used. */
  get cpuMs(): number {
    const { pid = 0 } = this.child;
    const ticks = [pid, ...this.children].map((id) => {
      const words = readFileSync(`/proc/${id}/stat`, "latin1")
        .replace(/^.*\) /, "")
        .split(" ");
      return Number(words[11]) + Number(words[12]);
    });
    return ticks.reduce((a, b) => a + b) * 10;
  }

  async quit(): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const exit = new Promise<number | null>((resolve) => this.child.once("exit", resolve));
    this.child.stdin.write("quit\n");
    return exit;
  }
}
