// compare - the verb: ours and the real program on the same work. `compare testpmd` takes testpmd's arguments and, on standard input, its
// commands; `sleep SECONDS` among them is time for both sides.
import { UsageError } from "../errors.ts";
import { compareRuns } from "../reference/testpmd-compare.ts";
import { findTestpmd } from "../reference/testpmd-process.ts";
import { readRecord, writeRecord } from "../reference/testpmd-record.ts";
import { comparisonText } from "../reference/testpmd-report.ts";
import { type Runner, realRunner, type TestpmdRun, virtualRunner, wallRunner } from "../reference/testpmd-run.ts";
import type { Places } from "../reference/testpmd-words.ts";
import { labVerb } from "./compare-lab.ts";
import { liveVerb } from "./compare-live.ts";
import type { Terminal } from "./terminal.ts";

const USAGE = `Usage: ringbed compare testpmd [options] [EAL options] -- [testpmd options] < commands
       ringbed compare testpmd [options] --against DIR
       ringbed compare live CAPTURE [options]            (ringbed compare live --help)
       ringbed compare lab SCRIPT [CAPTURE...] [options] (ringbed compare lab --help)

Runs Ringbed's testpmd and the real dpdk-testpmd with the same arguments and commands, each in a folder of its own, and compares every
line that they print, every counter of their blocks, every packet of their captures (tx_pcap) and their exit codes.
Rates, cycles, the share of empty bursts, totals of endless inputs and made-up addresses are compared by shape only.

Options, before DPDK's:
  --record DIR       keep the real run: captures, output, versions, command line, inputs
  --no-inputs        do not copy inputs into DIR
  --against DIR      compare with a run that --record kept, instead of running the real program
  --virtual          run ours in virtual time: deterministic, in this process (default: on the wall clock, as the real one)
  --json             print one JSON document
  --help             this text

Example:
  printf '%s\\n' 'set fwd mac' start 'sleep 1' stop 'show port stats all' quit | ringbed compare testpmd -l 0-1 --no-pci --no-huge \\
      --vdev net_pcap0,rx_pcap=in.pcap,tx_pcap=p0.pcap --vdev net_pcap1,tx_pcap=p1.pcap -- -i --no-flush-rx --no-mlockall

Exit codes: 0 no difference; 1 differences; 2 usage, or nothing to compare with; 3 a program did not run to its end.

scripts/record-testpmd.sh writes the same DIR on a host that has no Node.
`;

interface Options {
  record: string | undefined;
  against: string | undefined;
  copyInputs: boolean;
  virtual: boolean;
  json: boolean;
  help: boolean;
}

/** words: all behind `compare`. readInput: standard input, whole. @returns the exit code */
export async function compare(words: readonly string[], terminal: Terminal, readInput: () => string): Promise<number> {
  const [what, ...rest] = words;
  if (what === "live") return liveVerb(rest, terminal);
  if (what === "lab") return labVerb(rest, terminal);
  if (what !== "testpmd" && what !== "--help")
    throw new UsageError(`compare: found ${what ?? "nothing"}, expected testpmd, live or lab (ringbed compare --help)`);
  const { options, words: dpdk } = readOptions(rest);
  if (what === "--help" || options.help) {
    terminal.out(USAGE);
    return 0;
  }
  if (options.against !== undefined && options.record !== undefined)
    throw new UsageError("compare: found --against and --record, expected one of them");
  if (options.against !== undefined && dpdk.length > 0)
    throw new UsageError(
      `compare: found ${dpdk[0]} behind --against, expected no more: the recorded run has its own words`,
    );
  const runner = options.virtual ? virtualRunner : wallRunner;
  const [ours, theirs, name] = await bothRuns(options, dpdk, runner, readInput);
  const comparison = compareRuns(ours, theirs);
  if (options.json)
    terminal.out(`${JSON.stringify({ format: "ringbed-compare/1", against: name, ...comparison }, undefined, 2)}\n`);
  else terminal.out(comparisonText(comparison, name));
  return comparison.differences === 0 ? 0 : 1;
}

async function bothRuns(
  options: Options,
  words: readonly string[],
  runner: Runner,
  readInput: () => string,
): Promise<[ours: TestpmdRun, theirs: TestpmdRun, name: string]> {
  if (options.against !== undefined) {
    const recorded = readRecord(options.against);
    const places: Places = { input: (path) => recorded.input(path) };
    const ours = await runner(recorded.run.words, recorded.run.commands, places);
    return [ours, recorded.run, recorded.version];
  }
  const real = findTestpmd();
  if (real === undefined) {
    throw new UsageError("compare: found no dpdk-testpmd, expected one to compare with, or --against (ringbed doctor)");
  }
  const commands = readInput()
    .split("\n")
    .map((line) => line.replace(/\r$/, ""));
  if (commands.at(-1) === "") commands.pop();
  const theirs = await realRunner(real.program)(words, commands);
  if (options.record !== undefined) writeRecord(options.record, theirs, real.version, options.copyInputs);
  const ours = await runner(words, commands);
  return [ours, theirs, real.version];
}

function readOptions(words: readonly string[]): { options: Options; words: readonly string[] } {
  const options: Options = {
    record: undefined,
    against: undefined,
    copyInputs: true,
    virtual: false,
    json: false,
    help: false,
  };
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at]!;
    const [name = "", inline] = word.split(/=(.*)/s);
    const value = (): string => {
      const given = inline ?? words[++at];
      if (given === undefined || given === "" || given.startsWith("-"))
        throw new UsageError(`${name}: found no value, expected ${name} DIR`);
      return given;
    };
    if (name === "--record") options.record = value();
    else if (name === "--against") options.against = value();
    else if (word === "--no-inputs") options.copyInputs = false;
    else if (word === "--virtual") options.virtual = true;
    else if (word === "--json") options.json = true;
    else if (word === "--help") options.help = true;
    else break;
  }
  return { options, words: words.slice(at) };
}
