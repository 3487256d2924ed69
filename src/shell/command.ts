// command - what a command of the shell is, what it sees of the shell that runs it, and how `exit`, `return`, `break` and `continue` get out.
import type { Grammar, Node } from "./grammar.ts";
import type { ShellHost, Streams } from "./host.ts";
import type { WordContext } from "./words.ts";

/** A command: its words behind its name. @returns the exit code */
export type Command = (args: readonly string[], streams: Streams, shell: ShellCore) => Promise<number> | number;

export interface ShellOptions {
  readonly host: ShellHost;
  /** Commands that are the caller's. */
  readonly commands: ReadonlyMap<string, Command>;
  /** Lets time pass, seconds. */
  sleep(seconds: number): Promise<void>;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly grammar: Grammar;
}

/** A command that runs beside the others. */
export interface Job {
  readonly id: number;
  readonly done: Promise<number>;
  /** kill: what it is to be told. */
  interrupt: (() => void) | undefined;
}

/** `exit`, `return`, `break` and `continue` on their way out. */
export class Leave extends Error {
  readonly what: "exit" | "return" | "break" | "continue";
  readonly value: number;

  constructor(what: Leave["what"], value: number) {
    super(what);
    this.what = what;
    this.value = value;
  }
}

/** A shell as commands and statements see it. */
export interface ShellCore extends WordContext {
  readonly host: ShellHost;
  readonly options: ShellOptions;
  cwd: string;
  positional: readonly string[];
  lastCode: number;
  errexit: boolean;
  nounset: boolean;
  xtrace: boolean;
  pipefail: boolean;
  readonly functions: Map<string, Node>;
  readonly jobs: Map<number, Job>;
  job: Pick<Job, "interrupt"> | undefined;
  subshell(): ShellCore;
  /** Has `stop` called when the job that this runs in is killed. @returns false: it is in no job */
  onInterrupt(stop: () => void): boolean;
  unset(name: string): void;
  export(name: string): void;
  hold(name: string): () => void;
  keep(name: string): void;
  enter(args: readonly string[]): () => void;
  runText(text: string, streams: Streams): Promise<number>;
  runWords(words: readonly string[], streams: Streams): Promise<number>;
}

/** What carries statements out. */
export interface Runner {
  run(parent: Node, streams: Streams): Promise<number>;
  checked(node: Node, streams: Streams): Promise<number>;
  guarded(node: Node, streams: Streams): Promise<number>;
}
