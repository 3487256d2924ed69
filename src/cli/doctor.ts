// doctor - the verb: what this machine has, what each missing part disables, and the command that would provide it.
import { Command } from "commander";
import { probeMachine } from "../node/doctor-probe.ts";
import { doctorText } from "../report/doctor-text.ts";
import type { Terminal } from "./terminal.ts";

const EXAMPLE = `
Example:
  ringbed doctor`;

export function doctorCommand(terminal: Terminal, done: (code: number) => void): Command {
  return new Command("doctor")
    .description("Says what this machine has, what each missing part disables, and what would provide it.")
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLE)
    .action(async (options: { json?: boolean }) => {
      const report = await probeMachine();
      terminal.out(options.json ? `${JSON.stringify(report, undefined, 2)}\n` : doctorText(report));
      done(0);
    });
}
