// command-line - testpmd's console: a line in, what the real program prints out.
// Follows lib/cmdline of DPDK 22.11 (cmdline_valid_buffer, cmdline_interact) and testpmd's cmdline_read_from_file: a file of
// commands has no output of its own, so "Bad arguments", help and the like are lost there; its last line needs a line end,
// a Tab in it completes, and its `quit` ends the file only.
import type { App } from "../app.ts";
import { grammar } from "../commands/grammar.ts";
import { legacyCommands } from "../commands/legacy.ts";
import type { Command, Shell } from "./command.ts";
import { type Completion, complete } from "./complete.ts";
import { matchLine } from "./match.ts";

/** RDLINE_BUF_SIZE: characters of a line that a line editor keeps. */
const LINE_MAXIMUM = 512;

/** Files that load each other: about as many as a process may hold open. */
const LOADS_MAXIMUM = 1000;

const COMPLAINTS = {
  ambiguous: "Ambiguous command\n",
  "bad arguments": "Bad arguments\n",
  "not found": "Command not found\n",
} as const;

export class CommandLine {
  private readonly app: App;
  private readonly commands: readonly Command[];
  /** Files that are being read. */
  private loads = 0;

  constructor(app: App, commands: readonly Command[] = grammar) {
    this.app = app;
    this.commands = commands;
  }

  /** Runs one line, given without its end. @returns "quit" after the command of that name */
  run(line: string): Promise<"continue" | "quit"> {
    return this.runLine(line, this.app.out.bind(this.app));
  }

  /** What a Tab at the end of a line gives; state: 0, then the last answer's. */
  complete(line: string, state: number): Completion {
    return complete(this.commands, line, state);
  }

  private async runLine(line: string, print: (text: string) => void): Promise<"continue" | "quit"> {
    let match = matchLine(this.commands, line);
    if (match.kind === "bad arguments") {
      const legacy = matchLine(legacyCommands, line);
      if (legacy.kind === "command") match = legacy;
    }
    if (match.kind === "nothing") return "continue";
    if (match.kind !== "command") {
      print(COMPLAINTS[match.kind]);
      return "continue";
    }
    let after: "continue" | "quit" = "continue";
    const shell: Shell = {
      print,
      quit: () => {
        after = "quit";
      },
      load: (path) => this.loadFile(path),
    };
    await match.command.run(this.app, match.values, shell);
    return after;
  }

  private async loadFile(path: string): Promise<void> {
    const text = this.loads < LOADS_MAXIMUM ? this.app.readText(path) : undefined;
    if (text === undefined) {
      this.app.err(`Failed to create file based cmdline context: ${path}\n`);
      return;
    }
    this.loads++;
    for (const line of this.linesOf(text)) {
      if ((await this.runLine(line, () => {})) === "quit") break;
    }
    this.loads--;
    this.app.out(`Read CLI commands from ${path}\n`);
  }

  /** The lines that a line editor makes of a text, one after the other; what follows the last line end is none. */
  private *linesOf(text: string): Generator<string> {
    let line = "";
    for (const c of text) {
      if (c === "\n" || c === "\r") {
        yield line;
        line = "";
      } else if (c === "\t") {
        const completion = this.complete(line, 0);
        if (completion.kind === "append") line += completion.text;
      } else if (c >= " " && c !== "\x7f" && line.length < LINE_MAXIMUM) {
        line += c;
      }
    }
  }
}
