// program - the `ringbed` command as a function: picks the verb, prints, and turns every error into one line and an exit code.
import { Command, CommanderError } from "commander";
import { RingbedError } from "../errors.ts";
import { packageVersion } from "../node/package-file.ts";
import { readStandardInput } from "../node/standard-input.ts";
import { benchCommand } from "./bench.ts";
import { doctorCommand } from "./doctor.ts";
import { labCommand } from "./lab.ts";
import { negotiateCommand } from "./negotiate.ts";
import { replayCommand } from "./replay.ts";
import type { Terminal } from "./terminal.ts";
import { compareCommand, testpmdCommand } from "./verbs.ts";

const USAGE = 2;

/**
 * Runs a command line. Bad input is one line on standard error, `ringbed: <what>: found X, expected Y`.
 * @param words what follows `ringbed`
 * @returns the exit code: 0 pass, 1 a comparison failed, 2 usage or unreadable input, 3 the run broke
 */
export async function ringbed(words: readonly string[], terminal: Terminal): Promise<number> {
  let code = 0;
  const done = (value: number): void => {
    code = value;
  };
  const quiet = { writeOut: terminal.out, writeErr: () => {}, outputError: () => {} };
  const program = new Command("ringbed")
    .description("Packet-forwarding simulator and test bed: DPDK's rings, mbufs and testpmd engines in WebAssembly.")
    .version(packageVersion())
    .exitOverride()
    .configureOutput(quiet);
  const commands = [
    replayCommand(terminal, done),
    testpmdCommand(),
    labCommand(terminal, done),
    compareCommand(),
    benchCommand(terminal, done),
    negotiateCommand(terminal, done),
    doctorCommand(terminal, done),
  ];
  for (const command of commands) program.addCommand(command.exitOverride().configureOutput(quiet));
  try {
    const [verb, ...rest] = words;
    // words that are DPDK's
    if (verb === "testpmd") return await (await import("./testpmd.ts")).testpmd(rest, terminal);
    if (verb === "compare") {
      return await (await import("./compare.ts")).compare(rest, terminal, readStandardInput);
    }
    await program.parseAsync([...words], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      const verbs = commands.map((command) => command.name()).join(", ");
      terminal.err(`ringbed: ${usageWords(error, verbs)}\n`);
      return USAGE;
    }
    if (error instanceof RingbedError) {
      terminal.err(`ringbed: ${error.message.replaceAll("\n", " ")}\n`);
      return error.exitCode;
    }
    throw error;
  }
  return code;
}

/** What commander found wrong, in our words. */
function usageWords(error: CommanderError, verbs: string): string {
  const [text = "", ...more] = error.message.replace(/^error: /, "").split("\n");
  const name = /'([^']*)'/.exec(text)?.[1] ?? "";
  const hint = more.length === 0 ? "" : ` ${more.join(" ").replace("(Did", "(did")}`;
  switch (error.code) {
    case "commander.help":
      return `verb: found none, expected ${verbs} (ringbed --help)`;
    case "commander.unknownCommand":
      return `verb: found ${name}, expected ${verbs}${hint}`;
    case "commander.unknownOption":
      return `option: found ${name}, expected one that --help lists${hint}`;
    case "commander.optionMissingArgument":
      return `option: found ${name.replace(/ [<[].*/, "")} without a value, expected ${name}`;
    case "commander.missingArgument":
      return `${name}: found none, expected at least one`;
    case "commander.excessArguments":
      return `arguments: ${text}`;
    default:
      return `${text}${hint}`;
  }
}
