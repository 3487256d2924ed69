// console-process - one run of a testpmd console, the real program or ours: started in a folder of its own, given commands one after the
// other, each when the one before has printed its prompt, and always ended.
// Invariants: C1 a command is written only at a prompt. C2 a program that does not end in time is killed by its own process id, and so
// is one that lives when this process exits.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { RunError } from "../errors.ts";

const PROMPT = "testpmd> ";
const PROMPT_MS = 60_000;
const END_MS = 30_000;
const LOOK_MS = 2;
/** A program without a prompt has time to start before its input goes on. */
const START_MS = 1500;

export interface ConsoleOptions {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly commands: readonly string[];
  /** It has a prompt: -i. */
  readonly interactive: boolean;
  /** How long it has for a prompt, ms. */
  readonly promptMs?: number;
}

export interface ConsoleOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined: it was ended by a signal. */
  readonly exitCode: number | undefined;
}

/** `sleep SECONDS` of a list of commands: time between two, not a command. @returns seconds, or undefined */
export function sleepOf(command: string): number | undefined {
  const found = /^\s*sleep\s+(\d+(?:\.\d+)?)\s*$/.exec(command);
  return found === null ? undefined : Number(found[1]);
}

/** Runs it to its end. @throws RunError when it cannot be started or does not answer */
export async function runConsole(options: ConsoleOptions): Promise<ConsoleOutput> {
  const run = new ConsoleRun(options);
  try {
    return await run.toEnd();
  } finally {
    run.kill();
  }
}

class ConsoleRun {
  private readonly options: ConsoleOptions;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly onExit = (): void => this.kill();
  private stdout = "";
  private stderr = "";
  private prompts = 0;
  private ended = false;
  private failure: Error | undefined;
  private exitCode: number | undefined;

  constructor(options: ConsoleOptions) {
    this.options = options;
    const [program = "", ...words] = options.argv;
    this.child = spawn(program, words, { cwd: options.cwd });
    process.once("exit", this.onExit);
    this.child.stdout.on("data", (chunk: Buffer) => {
      this.stdout += chunk.toString("latin1");
      this.prompts = this.stdout.split(PROMPT).length - 1;
    });
    this.child.stderr.on("data", (chunk: Buffer) => {
      this.stderr += chunk.toString("latin1");
    });
    this.child.stdin.on("error", () => {});
    this.child.on("error", (error) => {
      this.failure = error;
      this.ended = true;
    });
    this.child.on("close", (code) => {
      this.exitCode = code ?? undefined;
      this.ended = true;
      process.removeListener("exit", this.onExit);
    });
  }

  async toEnd(): Promise<ConsoleOutput> {
    const { interactive, commands, promptMs = PROMPT_MS } = this.options;
    if (interactive) await this.until(() => this.prompts >= 1, promptMs, "its prompt");
    else await sleep(START_MS);
    for (const command of commands) {
      if (this.ended) break;
      const seconds = sleepOf(command);
      if (seconds !== undefined) {
        await sleep(seconds * 1000);
        continue;
      }
      const before = this.prompts;
      this.child.stdin.write(`${command}\n`);
      if (!interactive) continue;
      await this.until(() => this.prompts > before, promptMs, `its prompt after ${JSON.stringify(command)}`);
    }
    this.child.stdin.end();
    await this.until(() => this.ended, END_MS, "its end");
    return { stdout: this.stdout, stderr: this.stderr, exitCode: this.exitCode };
  }

  /** Waits for a condition, or the program's end. */
  private async until(done: () => boolean, timeoutMs: number, expected: string): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!done() && !this.ended) {
      if (performance.now() > deadline) {
        const tail = JSON.stringify(this.stdout.slice(-200));
        throw new RunError(
          `${this.options.argv.join(" ")}: found nothing for ${timeoutMs} ms, expected ${expected} after ${tail}`,
        );
      }
      await sleep(LOOK_MS);
    }
    if (this.failure !== undefined) {
      throw new RunError(`${this.options.argv[0]}: found ${this.failure.message}, expected a program that starts`);
    }
  }

  kill(): void {
    if (!this.ended) this.child.kill("SIGKILL");
  }
}
