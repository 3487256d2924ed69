// bench - the verb: throughput of the PVP loop against its peers. The measuring is in bench/, which the published package does not carry;
// there, only our own figures are shown.
import { Command } from "commander";
import { nodeHost } from "../node/host.ts";
import { packageFile } from "../node/package-file.ts";
import { textTable } from "../report/table.ts";
import { measureLoop } from "../run/throughput.ts";
import { decimal, wholeNumber } from "./parse.ts";
import type { Terminal } from "./terminal.ts";

const EXAMPLE = `
Example:
  ringbed bench --quick

Million packets a second through NIC -> vhost -> guest mac -> vhost -> NIC, wall clock, on one core and two; replay, captures, start-up.
In a checkout, \`npm run bench\` holds them against goals and against the peers that are there: the same loop in C, on typed arrays, and
real testpmd's. Exit codes: 0 goals reached, or not judged; 1 a goal missed; 3 a measurement broke.`;
const LENGTHS = [64, 512, 1518];
const OWN_SECONDS = 0.5;
const OWN_RUNS = 5;

interface Options {
  readonly seconds?: number;
  readonly runs?: number;
  readonly quick?: boolean;
  readonly stages?: boolean;
  readonly live?: boolean;
  readonly matrix?: boolean;
  readonly json?: boolean;
}

/** What bench/main offers: not imported by name, because a published package has none. */
interface BenchModule {
  runBench(options: {
    readonly quick: boolean;
    readonly stages: boolean;
    readonly live: boolean;
    readonly matrix: boolean;
    readonly seconds: number | undefined;
    readonly runs: number | undefined;
    readonly progress: (line: string) => void;
  }): Promise<{ readonly text: string; readonly json: object; readonly missed: readonly string[] }>;
}

export function benchCommand(terminal: Terminal, done: (code: number) => void): Command {
  return new Command("bench")
    .description("Measures how many packets a second this machine moves through the simulated PVP loop.")
    .option("--seconds <s>", "wall time of each run (default: 0.5)", decimal("seconds", 0.01, 60))
    .option(
      "--runs <n>",
      "pairs or runs of each figure; the median is shown (default: 7)",
      wholeNumber("runs", 1, 1000),
    )
    .option("--quick", "few short runs, held against no goal")
    .option("--live", "only over real vhost-user sockets, beside DPDK with itself")
    .option("--matrix", "likewise, every layout of rings both ways and round; some minutes a run")
    .option("--stages", "only the stages of the data plane, each by itself")
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLE)
    .action(async (options: Options) => done(await bench(options, terminal)));
}

async function bench(options: Options, terminal: Terminal): Promise<number> {
  const { quick = false, stages = false, live = false, matrix = false, seconds, runs } = options;
  const module = await loadBench();
  if (module === undefined) {
    ownFigures(options, terminal);
    return 0;
  }
  const progress = (line: string): void => terminal.err(`ringbed: ${line}\n`);
  const { text, json, missed } = await module.runBench({ quick, stages, live, matrix, seconds, runs, progress });
  terminal.out(options.json ? `${JSON.stringify(json, undefined, 2)}\n` : text);
  return missed.length === 0 ? 0 : 1;
}

/** bench/main of a checkout; undefined in a published package. */
async function loadBench(): Promise<BenchModule | undefined> {
  let url: string;
  try {
    url = packageFile("dist/bench/main.js").href;
  } catch {
    return undefined;
  }
  const loaded: unknown = await import(url);
  return isBench(loaded) ? loaded : undefined;
}

function isBench(value: unknown): value is BenchModule {
  return typeof value === "object" && value !== null && "runBench" in value && typeof value.runBench === "function";
}

function ownFigures(options: Options, terminal: Terminal): void {
  const host = nodeHost((line) => terminal.err(`ringbed: ${line}\n`));
  const seconds = options.seconds ?? OWN_SECONDS;
  const rows = LENGTHS.map((lengthBytes) => measureLoop(host, lengthBytes, seconds, options.runs ?? OWN_RUNS));
  if (options.json) {
    terminal.out(`${JSON.stringify({ format: "ringbed-bench/1", pvp: rows }, undefined, 2)}\n`);
    return;
  }
  const cells = rows.map((r) => [`${r.length} bytes`, r.median.toFixed(1), r.least.toFixed(1), r.most.toFixed(1)]);
  terminal.out(`${textTable(["pvp, one core, Mpps", "median", "least", "most"], cells).join("\n")}\n`);
  terminal.out("The simulator's speed on this machine; peers and goals are in a checkout (npm run bench).\n");
}
