// getopt - command-line options as glibc's getopt_long reads them.
// Follows glibc 2.36, posix/getopt.c: words that are no options are moved behind those that are (permutation), "--" ends options,
// a long option may be cut to a unique beginning, its argument follows "=" or is the next word, short ones may be clustered.
// Invariants: `words[next]` is the next word to read, as optind; what follows it is in the order that glibc leaves in argv.
// A second pass after an error starts in the middle of a cluster, as glibc's does: its static state outlives optind = 1.
// Not modelled: POSIXLY_CORRECT, an option string that begins with + or -, long options behind one dash, -W: neither EAL nor
// testpmd asks for them.

export type ArgumentRule = "none" | "required" | "optional";

export interface LongOption {
  readonly name: string;
  readonly argument: ArgumentRule;
  /** What getopt_long returns for it. A beginning shared by options of one code and rule is not ambiguous: the first is meant. */
  readonly code: string;
  /** It must be written out, and is no candidate for any beginning: an option of ours among the real program's. */
  readonly whole?: boolean;
}

export interface GetoptTable {
  readonly short: Readonly<Record<string, ArgumentRule>>;
  readonly long: readonly LongOption[];
}

/** code: a short option's letter or a long one's code; "?" after an error, which has been printed. */
export interface GetoptResult {
  readonly code: string;
  /** The long option; undefined for a short one and after an error. */
  readonly long: LongOption | undefined;
  readonly argument: string | undefined;
}

export class Getopt {
  /** All words but the program's name, permuted as far as read. */
  readonly words: string[];
  /** Index of the next word: optind - 1. */
  next = 0;
  private readonly program: string;
  private readonly table: GetoptTable;
  private readonly err: (line: string) => void;
  /** Letters of the current cluster that are still to come. */
  private cluster = "";
  /** Words [skippedFrom, skippedTo) are no options and were passed over. */
  private skippedFrom = 0;
  private skippedTo = 0;

  /** program: as messages begin. err: takes a message, line end included */
  constructor(program: string, words: readonly string[], table: GetoptTable, err: (line: string) => void) {
    this.program = program;
    this.words = [...words];
    this.table = table;
    this.err = err;
  }

  /** The next option; undefined at the end of options. */
  read(): GetoptResult | undefined {
    if (this.cluster !== "") return this.readShort();
    if (!this.advance()) return undefined;
    const word = this.words[this.next] ?? "";
    if (word.startsWith("--")) {
      this.next++;
      return this.readLong(word.slice(2));
    }
    this.cluster = word.slice(1);
    return this.readShort();
  }

  /** Starts again at the first word, as setting optind to 1 does. */
  restart(): void {
    this.next = 0;
  }

  /** Moves to the next word that is an option; false: there is none. */
  private advance(): boolean {
    this.skippedTo = Math.min(this.skippedTo, this.next);
    this.skippedFrom = Math.min(this.skippedFrom, this.next);
    if (this.skippedFrom !== this.skippedTo && this.skippedTo !== this.next) this.exchange();
    else if (this.skippedTo !== this.next) this.skippedFrom = this.next;
    while (this.next < this.words.length && !isOption(this.words[this.next] ?? "")) this.next++;
    this.skippedTo = this.next;
    if (this.words[this.next] === "--") {
      this.next++;
      if (this.skippedFrom !== this.skippedTo) this.exchange();
      else this.skippedFrom = this.next;
      this.skippedTo = this.words.length;
      this.next = this.words.length;
    }
    if (this.next < this.words.length) return true;
    if (this.skippedFrom !== this.skippedTo) this.next = this.skippedFrom;
    return false;
  }

  /** Swaps the passed-over words with the options read since. */
  private exchange(): void {
    const skipped = this.words.slice(this.skippedFrom, this.skippedTo);
    const options = this.words.slice(this.skippedTo, this.next);
    this.words.splice(this.skippedFrom, skipped.length + options.length, ...options, ...skipped);
    this.skippedFrom += options.length;
    this.skippedTo = this.next;
  }

  private readShort(): GetoptResult {
    const letter = this.cluster.charAt(0);
    this.cluster = this.cluster.slice(1);
    if (this.cluster === "") this.next++;
    const rule = this.table.short[letter];
    if (rule === undefined) return this.fail(`invalid option -- '${letter}'`);
    if (rule === "none") return { code: letter, long: undefined, argument: undefined };
    if (this.cluster !== "") {
      const argument = this.cluster;
      this.cluster = "";
      this.next++;
      return { code: letter, long: undefined, argument };
    }
    if (rule === "optional") return { code: letter, long: undefined, argument: undefined };
    if (this.next >= this.words.length) return this.fail(`option requires an argument -- '${letter}'`);
    return { code: letter, long: undefined, argument: this.words[this.next++] };
  }

  private readLong(text: string): GetoptResult {
    const equals = text.indexOf("=");
    const name = equals < 0 ? text : text.slice(0, equals);
    const candidates = this.table.long.filter((option) =>
      option.whole === true ? option.name === name : option.name.startsWith(name),
    );
    const long = candidates.find((option) => option.name === name) ?? candidates[0];
    if (long === undefined) return this.fail(`unrecognized option '--${text}'`);
    if (long.name !== name) {
      const others = candidates.filter(({ code, argument }) => code !== long.code || argument !== long.argument);
      if (others.length > 0) {
        const list = candidates.filter((option) => option === long || others.includes(option));
        const possibilities = list.map((option) => ` '--${option.name}'`).join("");
        return this.fail(`option '--${text}' is ambiguous; possibilities:${possibilities}`);
      }
    }
    if (equals >= 0) {
      if (long.argument === "none") return this.fail(`option '--${long.name}' doesn't allow an argument`);
      return { code: long.code, long, argument: text.slice(equals + 1) };
    }
    if (long.argument !== "required") return { code: long.code, long, argument: undefined };
    if (this.next >= this.words.length) return this.fail(`option '--${long.name}' requires an argument`);
    return { code: long.code, long, argument: this.words[this.next++] };
  }

  private fail(what: string): GetoptResult {
    this.err(`${this.program}: ${what}\n`);
    return { code: "?", long: undefined, argument: undefined };
  }
}

/** A lone dash is an operand. */
function isOption(word: string): boolean {
  return word.startsWith("-") && word !== "-";
}
