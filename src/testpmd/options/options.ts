// options - testpmd's arguments behind `--`: launch_args_parse of app/test-pmd/parameters.c (22.11).
// Each option takes effect where it stands; the first that is refused ends the program, with what came before it printed.
// The options themselves are in option-table.ts; option-older.ts has those that 22.11 does not know.
import { LOG_WARNING } from "../../dpdk/eal/eal-log.ts";
import { Getopt, type GetoptTable } from "../../dpdk/eal/getopt.ts";
import { Exit } from "../../dpdk/io.ts";
import { EXTRA_OPTIONS } from "./option-older.ts";
import { type Choices, type OptionContext, OptionRun } from "./option-run.ts";
import { SHORT_OPTIONS, TESTPMD_OPTIONS, type TestpmdOption } from "./option-table.ts";
import { testpmdUsage } from "./usage.ts";

/** All long options of testpmd return 0 from getopt_long, so that an abbreviation means the first of its kind. */
const LONG = "";

const TABLE: GetoptTable = {
  short: Object.fromEntries(Object.keys(SHORT_OPTIONS).map((letter) => [letter, "none"])),
  long: [
    ...TESTPMD_OPTIONS.map(({ name, argument }) => ({ name, argument, code: LONG })),
    ...EXTRA_OPTIONS.map(({ name, argument }) => ({ name, argument, code: LONG, whole: true })),
  ],
};

const BY_NAME: ReadonlyMap<string, TestpmdOption> = new Map(
  [...TESTPMD_OPTIONS, ...EXTRA_OPTIONS].map((option) => [option.name, option]),
);

/** Reads testpmd's words into the settings. program: argv[0]. @throws Exit */
export function parseOptions(program: string, words: readonly string[], context: OptionContext): Choices {
  const run = new OptionRun(context);
  const { settings } = context;
  const usage = (): void => run.out(testpmdUsage(program, run.lcoreCount, run.ports.size));
  const getopt = new Getopt(program, words, TABLE, (line) => run.err(line));
  for (let option = getopt.read(); option !== undefined; option = getopt.read()) {
    if (option.code === "?") {
      usage();
      run.err(`Invalid option: ${getopt.words[getopt.next - 1] ?? program}\n`);
      run.exit("Command line is incomplete or incorrect\n");
    }
    if (option.code === "h" || option.long?.name === "help") {
      usage();
      throw new Exit(0);
    }
    if (option.long === undefined) {
      SHORT_OPTIONS[option.code]?.(run, "");
      continue;
    }
    const known = BY_NAME.get(option.long.name);
    const apply = option.argument === undefined ? (known?.bare ?? known?.apply) : known?.apply;
    apply?.(run, option.argument ?? "");
    if (settings.rxq === 0 && settings.txq === 0) run.exit("Either rx or tx queues should be non-zero\n");
  }
  const operand = getopt.words[getopt.next];
  if (operand !== undefined) {
    usage();
    run.err(`Invalid parameter: ${operand}\n`);
    run.exit("Command line is incorrect\n");
  }
  checkTogether(run);
  return run;
}

/** What the options must be to each other. */
function checkTogether(run: OptionRun): void {
  const { procId, numProcs, mpAlloc } = run.settings;
  if (procId >= numProcs) {
    const what = `The multi-process option 'proc-id(${procId})' should be less than 'num-procs(${numProcs >>> 0})'`;
    run.exit(`${what}\n`);
  }
  if (run.noIovaContig && mpAlloc !== "anon") {
    const why = "cannot use no-iova-contig without mp-alloc=anon. mempool no-iova-contig is ignored";
    run.context.log("testpmd", LOG_WARNING, `testpmd: ${why}\n`);
  }
}
