// shell - a shell's state and what commands it knows: variables, functions, folder, options, jobs. Commands of the caller come first, then the
// shell's own, then programs of the machine. How statements run is in statements.ts.
import { UsageError } from "../errors.ts";
import { BUILTINS } from "./builtins.ts";
import { type Job, Leave, type ShellCore, type ShellOptions } from "./command.ts";
import type { Node } from "./grammar.ts";
import { readAll, type ShellHost, type Streams } from "./host.ts";
import { patternOf } from "./pattern.ts";
import { Statements } from "./statements.ts";

/** Codes of a shell's own. */
export const NOT_FOUND = 127;
/** Programs whose first word is the command that they run. */
const WRAPPERS: ReadonlyMap<string, number> = new Map([
  ["sudo", 0],
  ["nohup", 0],
  ["command", 0],
  ["taskset", 1],
  ["timeout", 1],
  ["nice", 0],
  ["stdbuf", 0],
]);

export class Shell implements ShellCore {
  readonly host: ShellHost;
  readonly options: ShellOptions;
  cwd: string;
  positional: readonly string[] = [];
  lastCode = 0;
  errexit = false;
  nounset = false;
  xtrace = false;
  pipefail = false;
  readonly functions: Map<string, Node>;
  readonly jobs: Map<number, Job>;
  /** In which it runs. */
  job: Pick<Job, "interrupt"> | undefined;
  private readonly variables: Map<string, string>;
  private readonly exported: Set<string>;
  private readonly statements: Statements;
  private locals: (() => void)[] = [];
  /** The stderr that substitutions use. */
  private errors: Streams["err"] = () => {};

  constructor(options: ShellOptions, parent?: Shell) {
    this.options = options;
    this.host = options.host;
    this.cwd = parent?.cwd ?? options.cwd;
    this.functions = new Map(parent?.functions);
    this.jobs = parent?.jobs ?? new Map();
    this.job = parent?.job;
    this.variables = new Map(parent?.variables ?? Object.entries(options.env));
    this.exported = new Set(parent?.exported ?? Object.keys(options.env));
    if (parent !== undefined) {
      this.positional = parent.positional;
      this.lastCode = parent.lastCode;
      this.errexit = parent.errexit;
      this.nounset = parent.nounset;
      this.pipefail = parent.pipefail;
    }
    this.statements = new Statements(this);
  }

  onInterrupt(stop: () => void): boolean {
    if (this.job === undefined) return false;
    this.job.interrupt = stop;
    return true;
  }

  /** A shell whose changes stay its own. */
  subshell(): Shell {
    return new Shell(this.options, this);
  }

  get(name: string): string | undefined {
    switch (name) {
      case "?":
        return String(this.lastCode);
      case "#":
        return String(this.positional.length);
      case "0":
        return "ringbed";
      case "$":
        return "1";
      case "!":
        return String([...this.jobs.keys()].at(-1) ?? "");
      case "PWD":
        return this.cwd;
      default: {
        const value = /^\d+$/.test(name) ? this.positional[Number(name) - 1] : this.variables.get(name);
        if (value === undefined && this.nounset) throw new UsageError(`${name}: unbound variable`);
        return value;
      }
    }
  }

  set(name: string, value: string): void {
    this.variables.set(name, value);
  }

  unset(name: string): void {
    this.variables.delete(name);
    this.exported.delete(name);
  }

  export(name: string): void {
    this.exported.add(name);
  }

  /** @returns what gives a variable back its value of now */
  hold(name: string): () => void {
    const [value, exported] = [this.variables.get(name), this.exported.has(name)];
    return () => {
      if (value === undefined) this.variables.delete(name);
      else this.variables.set(name, value);
      if (!exported) this.exported.delete(name);
    };
  }

  /** `local`: the variable is as it was when the function that runs ends. */
  keep(name: string): void {
    this.locals.push(this.hold(name));
  }

  /** A function begins. @returns what ends it */
  enter(args: readonly string[]): () => void {
    const outer = { positional: this.positional, locals: this.locals };
    Object.assign(this, { positional: args, locals: [] });
    return () => {
      for (const back of this.locals.reverse()) back();
      Object.assign(this, outer);
    };
  }

  get environment(): Record<string, string> {
    return Object.fromEntries([...this.exported].map((name) => [name, this.variables.get(name) ?? ""]));
  }

  async substitute(command: string): Promise<string> {
    let text = "";
    const streams: Streams = { input: { line: async () => undefined }, out: (t) => (text += t), err: this.errors };
    const inner = this.subshell();
    this.lastCode = await inner.runText(command, streams);
    return text;
  }

  glob(pattern: string): readonly string[] {
    const slash = pattern.lastIndexOf("/");
    const folder = slash < 0 ? "." : pattern.slice(0, slash + 1);
    const name = patternOf(pattern.slice(slash + 1));
    return this.host
      .list(this.host.resolve(this.cwd, folder))
      .filter((entry) => name.test(entry) && (!entry.startsWith(".") || pattern.slice(slash + 1).startsWith(".")))
      .map((entry) => (slash < 0 ? entry : `${folder}${entry}`))
      .sort();
  }

  /** Runs whole text. @returns the last command's code, exit's if it ran */
  async runText(text: string, streams: Streams): Promise<number> {
    const parsed = this.options.grammar.parse(text);
    if (parsed.kind !== "program") {
      const what =
        parsed.kind === "error"
          ? `line ${parsed.line}: syntax error near \`${parsed.near}'`
          : "syntax error: unexpected end of file";
      streams.err(`ringbed: ${what}\n`);
      this.lastCode = 2;
      return 2;
    }
    try {
      await this.runNode(parsed.root, streams);
    } catch (error) {
      if (!(error instanceof Leave) || error.what !== "exit") throw error;
      this.lastCode = error.value;
    }
    return this.lastCode;
  }

  /** Runs a program's node; `exit` comes out as Leave. */
  async runNode(root: Node, streams: Streams): Promise<number> {
    this.errors = streams.err;
    return this.statements.run(root, streams);
  }

  /** Runs one command by its words. */
  async runWords(words: readonly string[], streams: Streams): Promise<number> {
    const [name = "", ...args] = words;
    if (name === "") return 0;
    const body = this.functions.get(name);
    if (body !== undefined) return this.statements.call(body, args, streams);
    const base = name.slice(name.lastIndexOf("/") + 1);
    const command = this.options.commands.get(base) ?? BUILTINS.get(name);
    if (command !== undefined) return command(args, streams, this);
    const skipped = WRAPPERS.get(base);
    if (skipped !== undefined) {
      const first = args.findIndex((word) => !word.startsWith("-"));
      return first < 0 ? 0 : this.runWords(args.slice(first + skipped), streams);
    }
    return this.program(name, args, streams);
  }

  /** A program of the machine. */
  private async program(name: string, args: readonly string[], streams: Streams): Promise<number> {
    const stdin = streams.input.isScript ? "" : await readAll(streams.input);
    const code = await this.host.run(name, args, {
      cwd: this.cwd,
      env: this.environment,
      stdin,
      out: (text) => streams.out(text),
      err: (text) => streams.err(text),
      started: (stop) => this.onInterrupt(stop),
    });
    if (code !== undefined) return code;
    streams.err(`ringbed: ${name}: command not found\n`);
    return NOT_FOUND;
  }
}
