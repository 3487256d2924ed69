// host - what a shell asks of the machine: its files, and the programs that the shell has not itself.

export interface ShellHost {
  /** The bytes of the grammar, tree-sitter-bash.wasm. @throws UsageError when it is not installed */
  grammar(): Uint8Array;
  /** @returns an errno's words when it cannot be read */
  readText(path: string): { readonly text: string } | { readonly error: string };
  /** Writes or appends to a file. @returns an errno's words when it cannot be */
  writeText(path: string, text: string, append: boolean): string | undefined;
  pathKind(path: string): "missing" | "file" | "folder" | "socket";
  /** Names of a folder's entries. */
  list(folder: string): readonly string[];
  /** Joins a path to the folder it is relative to. */
  resolve(folder: string, path: string): string;
  /** Runs a program of the machine to its end. @returns its exit code, 128 and more: a signal ended it; undefined: there is none of that name */
  run(program: string, args: readonly string[], options: RunOptions): Promise<number | undefined>;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
  out(text: string): void;
  err(text: string): void;
  /** It runs, and can be told to end: SIGTERM. */
  started(stop: () => void): void;
}

/** Lines that a command reads. */
export interface LineInput {
  /** The next line with its end; undefined: there is none. */
  line(): Promise<string | undefined>;
  /** It is the script itself: commands of the shell take lines from it, programs of the machine do not. */
  readonly isScript?: true;
}

/** One command's streams. */
export interface Streams {
  readonly input: LineInput;
  out(text: string): void;
  err(text: string): void;
}

/** A text as input. */
export function textInput(text: string): LineInput {
  let at = 0;
  return {
    line: async () => {
      if (at >= text.length) return undefined;
      const end = text.indexOf("\n", at) + 1 || text.length;
      const line = text.slice(at, end);
      at = end;
      return line;
    },
  };
}

export async function readAll(input: LineInput): Promise<string> {
  let text = "";
  for (let line = await input.line(); line !== undefined; line = await input.line()) text += line;
  return text;
}
