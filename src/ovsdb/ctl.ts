// ctl - runs a command line of ovs-vsctl's kind: all its commands are one transaction (lib/db-ctl-base.c of OVS 3.1). A row that is created under
// a name may be referred to by commands that stand before it.
import { UsageError } from "../errors.ts";
import { type Call, type CommandShape, type Globals, parseWords } from "./ctl-words.ts";
import { type Database, TransactionError } from "./database.ts";
import { formatTable, type TextTable } from "./table-text.ts";

/** One command as it runs. */
export interface CtlContext {
  readonly db: Database;
  /** Without the command's name. */
  readonly args: readonly string[];
  /** --data=bare. */
  readonly bare: boolean;
  /** An option's value; "" when it has none; undefined: not given. */
  option(name: string): string | undefined;
  /** The row that `@name` of this transaction stands for, made or still to be made. */
  symbol(name: string): string;
  /** The uuid for a row that is created as `@name`. @throws UsageError when there is one */
  create(name: string): string;
  /** Calls a row that is there `@name`. @throws UsageError when the name stands for another */
  define(name: string, uuid: string): void;
  /** Prints a line. */
  line(text: string): void;
  /** Prints as --format has it. */
  table(table: TextTable): void;
  /** Logs a warning on standard error. */
  warn(module: string, text: string): void;
  /** The exit code, instead of 0. */
  exit(code: number): void;
}

export interface CtlCommand extends CommandShape {
  run(context: CtlContext): void;
}

export interface CtlReply {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
  /** --no-wait. */
  readonly noWait: boolean;
}

interface Symbol {
  readonly uuid: string;
  created: boolean;
  used: boolean;
}

export class Ctl {
  private readonly program: string;
  private readonly commands: ReadonlyMap<string, CtlCommand>;
  private readonly version: string;

  constructor(program: string, commands: ReadonlyMap<string, CtlCommand>, version: string) {
    this.program = program;
    this.commands = commands;
    this.version = version;
  }

  /** Runs a command line. words: behind the program's name. date: what log lines begin with */
  run(words: readonly string[], db: Database, date: string): CtlReply {
    // the first line says how the program was called, and goes to syslog only
    let logged = 1;
    let stderr = "";
    const warn = (module: string, text: string): void => {
      stderr += `${date}|${String(++logged).padStart(5, "0")}|${module}|WARN|${text}\n`;
    };
    try {
      const { globals, calls } = parseWords(words, this.commands);
      if (globals.version) return { stdout: this.version, stderr, code: 0, noWait: true };
      const { outputs, code } = this.transact(db, globals, calls, warn);
      const stdout = outputs.map((text) => (globals.oneline ? oneLine(text) : text)).join("");
      return { stdout, stderr, code, noWait: globals.noWait };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      if (error instanceof TransactionError) warn("ovsdb_idl", error.message);
      return { stdout: "", stderr: `${stderr}${this.program}: ${error.message}\n`, code: 1, noWait: true };
    }
  }

  private transact(
    db: Database,
    globals: Globals,
    calls: readonly Call[],
    warn: (module: string, text: string) => void,
  ): { readonly outputs: readonly string[]; readonly code: number } {
    let code = 0;
    const symbols = new Map<string, Symbol>();
    const symbolOf = (name: string): Symbol => {
      const found = symbols.get(name) ?? { uuid: db.newUuid(), created: false, used: false };
      symbols.set(name, found);
      return found;
    };
    const run = ({ name, args, options }: Call): string => {
      let text = "";
      this.commands.get(name)!.run({
        db,
        args,
        bare: globals.bare,
        option: (option) => options.get(option),
        symbol: (id) => {
          const symbol = symbolOf(id);
          symbol.used = true;
          return symbol.uuid;
        },
        create: (id) => {
          const symbol = symbolOf(id);
          if (symbol.created) throw new UsageError(`row id "${id}" may only be specified on one --id option`);
          symbol.created = true;
          return symbol.uuid;
        },
        define: (id, uuid) => {
          if (symbols.has(id))
            throw new UsageError(`row id "${id}" specified on "get" command was used before it was defined`);
          symbols.set(id, { uuid, created: true, used: true });
        },
        line: (added) => {
          text += `${added}\n`;
        },
        table: (table) => {
          text += formatTable(table, globals.format, globals.headings);
        },
        warn,
        exit: (value) => {
          code = value;
        },
      });
      return text;
    };
    const outputs: string[] = [];
    const change = (): void => {
      for (const call of calls) outputs.push(run(call));
      for (const [id, { created, used }] of symbols) {
        if (!created)
          throw new UsageError(`row id "${id}" is referenced but never created (e.g. with "-- --id=${id} create ...")`);
        if (!used)
          warn(
            "vsctl",
            `row id "${id}" was created but no reference to it was inserted, so it will not actually appear in the database`,
          );
      }
    };
    if (globals.dryRun) db.tryOut(change);
    else db.transact(change);
    return { outputs, code };
  }
}

/** --oneline: a command's output as one line. */
function oneLine(text: string): string {
  return `${text.replace(/\n$/, "").replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n`;
}
