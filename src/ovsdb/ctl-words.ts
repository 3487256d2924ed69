// ctl-words - a command line of ovs-vsctl's kind, read: the program's options, then commands between `--`, each behind options of its own.
import { UsageError } from "../errors.ts";
import type { TableFormat } from "./table-text.ts";

/** What may stand on the command line for one command. */
export interface CommandShape {
  readonly min: number;
  readonly max: number;
  /** Options that may stand before it; with `=`: they want a value. */
  readonly options?: readonly string[];
}

/** The program's own options. */
export interface Globals {
  format: TableFormat;
  /** --data=bare: strings without quotes. */
  bare: boolean;
  headings: boolean;
  oneline: boolean;
  noWait: boolean;
  dryRun: boolean;
  version: boolean;
}

export interface Call {
  readonly name: string;
  readonly options: ReadonlyMap<string, string>;
  readonly args: readonly string[];
}

/** Options that are without effect here: how a server is reached, and what is logged. */
const IGNORED =
  /^(?:--(?:db|timeout|verbose|log-file|syslog-target|syslog-method|no-syslog|retry|pretty|leader-only|no-leader-only|shuffle-remotes|no-shuffle-remotes|private-key|certificate|ca-cert|peer-ca-cert|bootstrap-ca-cert)(?:=.*)?|-v.*|-t\d+)$/;

/** Reads all words behind the program's name. @throws UsageError */
export function parseWords(
  words: readonly string[],
  commands: ReadonlyMap<string, CommandShape>,
): { readonly globals: Globals; readonly calls: readonly Call[] } {
  const globals: Globals = {
    format: "list",
    bare: false,
    headings: true,
    oneline: false,
    noWait: false,
    dryRun: false,
    version: false,
  };
  const [local, rest] = takeGlobals(
    words,
    globals,
    new Set([...commands.values()].flatMap(({ options = [] }) => options)),
  );
  if (globals.version) return { globals, calls: [] };
  return { globals, calls: split(local, rest).map((group) => readCall(group, commands)) };
}

/** Takes the options off the front: the program's into `globals`. @returns the first command's, and what follows */
function takeGlobals(
  words: readonly string[],
  globals: Globals,
  known: ReadonlySet<string>,
): [string[], readonly string[]] {
  const local = new Map<string, string>();
  let i = 0;
  for (; words[i]?.startsWith("-") === true && words[i] !== "--"; i++) {
    const word = words[i]!;
    const [, name = word, attached] = /^(--format|--data|-f|-d)=?(.+)?$/.exec(word) ?? [];
    const value = (): string => attached ?? words[++i] ?? "";
    if (word === "--version" || word === "-V") globals.version = true;
    else if (name === "--format" || name === "-f") globals.format = tableFormat(value());
    else if (name === "--data" || name === "-d") globals.bare = value() === "bare";
    else if (word === "--bare") Object.assign(globals, { bare: true, headings: false, format: "list" });
    else if (word === "--no-headings") globals.headings = false;
    else if (word === "--oneline") globals.oneline = true;
    else if (word === "--no-wait") globals.noWait = true;
    else if (word === "--dry-run") globals.dryRun = true;
    else if (word === "-t") i++;
    else if (!IGNORED.test(word)) {
      const option = /^[^=]*/.exec(word)![0];
      if (known.has(`${option}=`)) {
        if (option === word) throw new UsageError(`option '${option}' requires an argument`);
      } else if (!known.has(option)) throw new UsageError(`unrecognized option '${option}'`);
      else if (option !== word) throw new UsageError(`option '${option}' doesn't allow an argument`);
      local.set(option, word);
    }
  }
  return [[...local.values()], words.slice(words[i] === "--" ? i + 1 : i)];
}

function tableFormat(word: string): TableFormat {
  if (word === "list" || word === "table" || word === "csv" || word === "json") return word;
  throw new UsageError(`unknown output format "${word}"`);
}

function split(local: readonly string[], words: readonly string[]): string[][] {
  const groups: string[][] = [[...local]];
  for (const word of words) {
    if (word === "--") groups.push([]);
    else groups.at(-1)!.push(word);
  }
  return groups.filter((group, i) => i === 0 || group.length > 0);
}

function readCall(words: readonly string[], commands: ReadonlyMap<string, CommandShape>): Call {
  const options = new Map<string, string>();
  let i = 0;
  for (; words[i]?.startsWith("-") === true; i++) {
    const [, name = "", value = ""] = /^([^=]*)(?:=(.*))?$/s.exec(words[i]!) ?? [];
    if (options.has(name)) throw new UsageError(`'${name}' option specified multiple times`);
    options.set(name, value);
  }
  const name = words[i];
  if (name === undefined) throw new UsageError("missing command name (use --help for help)");
  const command = commands.get(name);
  if (command === undefined) throw new UsageError(`unknown command '${name}'; use --help for help`);
  for (const [option, value] of options) {
    const known = command.options?.find((o) => o === option || o === `${option}=`);
    if (known === undefined) throw new UsageError(`'${name}' command has no '${option}' option`);
    if (known.endsWith("=") && value === "")
      throw new UsageError(`missing argument to '${option}' option on '${name}' command`);
    if (!known.endsWith("=") && value !== "")
      throw new UsageError(`'${option}' option on '${name}' does not accept an argument`);
  }
  const args = words.slice(i + 1);
  if (args.length < command.min) throw new UsageError(`'${name}' command requires at least ${command.min} arguments`);
  if (args.length > command.max) throw new UsageError(`'${name}' command takes at most ${command.max} arguments`);
  return { name, options, args };
}
