// prompt - the console's conversation: bytes from the input through the line editor to commands, until `quit`, the end of the input or a
// signal. In virtual time `sleep SECONDS` (ours) lets time pass.
import type { CommandLine } from "./console/command-line.ts";
import { Rdline } from "./console/rdline.ts";
import type { TestpmdHost } from "./host.ts";
import type { Testpmd } from "./testpmd.ts";

const PROMPT = "testpmd> ";

export class Prompt {
  private readonly app: Testpmd;
  private readonly commands: CommandLine;
  private readonly host: TestpmdHost;
  /** What the line editor has shown since the last command or chunk of input. */
  private shown = "";

  constructor(app: Testpmd, commands: CommandLine, host: TestpmdHost) {
    this.app = app;
    this.commands = commands;
    this.host = host;
  }

  async converse(): Promise<void> {
    const { host } = this;
    const editor = new Rdline(PROMPT, {
      write: (text) => {
        this.shown += text;
      },
      complete: (line, state) => this.commands.complete(line, state),
    });
    this.show();
    for (;;) {
      const bytes = await host.input.readKeys();
      if (bytes === undefined || host.isInterrupted()) return;
      for (const byte of bytes) {
        const event = editor.take(byte);
        if (event === undefined) continue;
        this.show();
        if (event.kind === "end" || (await this.run(event.line)) === "quit") return;
        if (host.isInterrupted()) return;
        editor.next();
      }
      this.show();
    }
  }

  private show(): void {
    if (this.shown === "") return;
    this.app.out(this.shown);
    this.shown = "";
  }

  private async run(line: string): Promise<"continue" | "quit"> {
    const sleep = /^\s*sleep\s+(\d+(?:\.\d+)?)\s*$/.exec(line);
    if (sleep !== null && this.app.isVirtual) {
      await this.app.rest(Number(sleep[1]) * 1000);
      return "continue";
    }
    return this.commands.run(line);
  }
}
