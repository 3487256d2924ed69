// testpmd-process - one real dpdk-testpmd: started, given commands, waited for by its output, and always ended.
// Follows: DPDK 22.11 testpmd and EAL guides. testpmd block-buffers a pipe, so that echo and output come out of order and
// nothing can be waited for: it is started through `stdbuf -oL`, and every command waits for what it must print.
// Invariants: I1 a command is written only after the one before it has printed. I2 a testpmd that does not end is killed by
// its own process id, and so is one that lives when this process exits.
// Not modelled: testpmd on a terminal, secondary processes.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { RunError } from "../errors.ts";
import { type ForwardStatistics, parseForwardStatistics } from "./testpmd-stats.ts";

export interface TestpmdOptions {
  /** Another program with testpmd's command line, and its first words; undefined: dpdk-testpmd, line-buffered. */
  readonly program?: readonly string[];
  /** EAL's --file-prefix: lets several testpmd live side by side. */
  readonly prefix: string;
  /** EAL's --lcores, e.g. "0@0,1@1": the command line on lcore 0, forwarding on lcore 1. */
  readonly lcores: string;
  readonly vdevs: readonly string[];
  readonly memoryMB?: number;
  /** Further EAL options, before the "--". */
  readonly eal?: readonly string[];
  /** testpmd's own options, after "-i --no-mlockall". */
  readonly app?: readonly string[];
  readonly cwd?: string;
  readonly startTimeoutMs?: number;
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface TestpmdProgram {
  readonly program: string;
  /** As EAL prints it, e.g. "DPDK 22.11.11". */
  readonly version: string;
}

const READY = /testpmd>|\nDone\n/;
const ENDED = /\nDone\./;

/** The installed dpdk-testpmd, or undefined. DPDK_TESTPMD names another program. */
export function findTestpmd(): TestpmdProgram | undefined {
  const program = process.env.DPDK_TESTPMD ?? "dpdk-testpmd";
  if (spawnSync("stdbuf", ["--version"], { stdio: "ignore" }).error !== undefined) return undefined;
  const found = spawnSync(program, ["-v", "-h"], { encoding: "latin1", timeout: 20_000 });
  if (found.error !== undefined) return undefined;
  const version = /RTE Version: '([^']+)'/.exec(found.stdout + found.stderr)?.[1];
  return { program, version: version ?? "unknown version" };
}

export class TestpmdProcess {
  readonly argv: readonly string[];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  readonly #onExit: () => void;
  #text = "";
  #alive = true;
  #exitCode: number | undefined;
  #failure = "";
  #wake: () => void = () => {};

  private constructor(argv: readonly string[], options: TestpmdOptions) {
    this.argv = argv;
    this.#child = spawn(argv[0]!, argv.slice(1), { cwd: options.cwd, env: { ...process.env, ...options.env } });
    this.#onExit = () => this.kill();
    process.once("exit", this.#onExit);
    const take = (chunk: Buffer): void => {
      this.#text += chunk.toString("latin1");
      this.#wake();
    };
    this.#child.stdout.on("data", take);
    this.#child.stderr.on("data", take);
    this.#child.stdin.on("error", () => {});
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        this.#alive = false;
        process.removeListener("exit", this.#onExit);
        this.#wake();
        resolve();
      };
      this.#child.on("error", (error) => {
        this.#failure = error.message;
        end();
      });
      this.#child.on("close", (code, signal) => {
        this.#exitCode = code ?? undefined;
        if (signal !== null) this.#failure ||= `by ${signal}`;
        end();
      });
    });
  }

  /** Starts testpmd without hugepages, PCI or locked memory and waits for its prompt. */
  static async start(options: TestpmdOptions): Promise<TestpmdProcess> {
    const program = options.program ?? ["stdbuf", "-oL", process.env.DPDK_TESTPMD ?? "dpdk-testpmd"];
    const argv = [...program, "--lcores", options.lcores, "--no-pci", "--no-huge"];
    argv.push("-m", String(options.memoryMB ?? 512), `--file-prefix=${options.prefix}`, ...(options.eal ?? []));
    for (const vdev of options.vdevs) argv.push("--vdev", vdev);
    argv.push("--", "-i", "--no-mlockall", ...(options.app ?? []));
    const testpmd = new TestpmdProcess(argv, options);
    try {
      await testpmd.waitFor(READY, 0, options.startTimeoutMs ?? 30_000);
    } catch (error) {
      testpmd.kill();
      throw error;
    }
    return testpmd;
  }

  /** Everything printed so far, standard error included. */
  get text(): string {
    return this.#text;
  }

  /** stdbuf replaces itself by testpmd, so this is testpmd's own process id. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Undefined: it runs, or a signal ended it. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Waits until `pattern` matches what was printed after character `from`. */
  async waitFor(pattern: RegExp, from = 0, timeoutMs = 15_000): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(this.#text.slice(from));
      if (match !== null) return match;
      const left = deadline - Date.now();
      if (!this.#alive || left <= 0) {
        const why = this.#alive ? `nothing for ${timeoutMs} ms` : `it ended ${this.#failure}`.trimEnd();
        throw new RunError(
          `testpmd: found ${why}, expected ${pattern} after ${JSON.stringify(this.#text.slice(-300))}`,
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 100));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Writes one line; resolves with what was printed since, once `until` has matched, or after `settleMs`. */
  async command(line: string, until?: RegExp, settleMs = 150): Promise<string> {
    const from = this.#text.length;
    this.#child.stdin.write(`${line}\n`);
    if (until !== undefined) await this.waitFor(until, from);
    else await new Promise((resolve) => setTimeout(resolve, settleMs));
    return this.#text.slice(from);
  }

  /** `start`: resolves when the ports' configuration has been printed. */
  async startForwarding(how = "start"): Promise<void> {
    await this.command(how, /nb forwarding ports=\d+/);
  }

  /** `stop`, and the statistics it prints. */
  async stopForwarding(): Promise<ForwardStatistics> {
    return parseForwardStatistics(await this.command("stop", ENDED));
  }

  /**
   * Milliseconds the forwarding threads have been runnable without a core: what a measurement was disturbed by. Of a program whose threads
   * have other names it is the busiest one's.
   */
  waitedMs(): number {
    let named = 0;
    let busiest = { ran: 0, waited: 0 };
    const tasks = `/proc/${this.pid ?? 0}/task`;
    try {
      for (const tid of readdirSync(tasks)) {
        const [ran = 0, waited = 0] = readFileSync(`${tasks}/${tid}/schedstat`, "latin1").split(" ").map(Number);
        if (/^(rte|lcore|dpdk)-worker/.test(readFileSync(`${tasks}/${tid}/comm`, "latin1"))) named += waited;
        if (ran > busiest.ran) busiest = { ran, waited };
      }
    } catch {
      return 0; // not Linux, or the process has ended
    }
    return (named > 0 ? named : busiest.waited) / 1e6;
  }

  /** `quit`; killed when it has not ended in time. Resolves with the whole log. */
  async quit(timeoutMs = 15_000): Promise<string> {
    if (this.#alive) this.#child.stdin.end("quit\n");
    const timer = setTimeout(() => this.kill(), timeoutMs);
    await this.#ended;
    clearTimeout(timer);
    return this.#text;
  }

  /** Ends this testpmd at once. */
  kill(): void {
    if (this.#alive) this.#child.kill("SIGKILL");
  }
}
