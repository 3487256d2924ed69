#!/usr/bin/env node
// main - the `ringbed` command: picks the verb, and sets the exit code in one place.
import { Command, CommanderError } from "commander";
import { RingbedError } from "../errors.ts";
import { packageVersion } from "../node/package-file.ts";
import { benchCommand } from "./bench.ts";
import { doctorCommand } from "./doctor.ts";
import { replayCommand } from "./replay.ts";

const USAGE = 2;

async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const done = (value: number): void => {
    code = value;
  };
  const program = new Command("ringbed")
    .description("Packet-forwarding simulator and test bed: DPDK's rings, mbufs and testpmd engines in WebAssembly.")
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .showHelpAfterError(false);
  for (const command of [replayCommand(done), benchCommand(done), doctorCommand(done)]) {
    program.addCommand(command.exitOverride().configureOutput({ outputError: () => {} }));
  }
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      if (error.code === "commander.help") return USAGE;
      process.stderr.write(`ringbed: ${error.message.replace(/^error: /, "")}\n`);
      return USAGE;
    }
    if (error instanceof RingbedError) {
      process.stderr.write(`ringbed: ${error.message}\n`);
      return error.exitCode;
    }
    throw error;
  }
  return code;
}

process.exitCode = await main(process.argv);
