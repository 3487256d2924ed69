// words - a word of the shell's becomes fields: quotes, variables, command substitution, arithmetic, braces, splitting and file names, in bash's
// order. Arrays are not modelled.
import { UsageError } from "../errors.ts";
import { evaluate, type Variables } from "./arithmetic.ts";
import { braces, closing, findOutside } from "./braces.ts";
import { patternOf } from "./pattern.ts";

export interface WordContext extends Variables {
  /** The output of a command line, run in a subshell. */
  substitute(command: string): Promise<string>;
  /** Names of files that match, sorted; none: the pattern stands for itself. */
  glob(pattern: string): readonly string[];
  /** Positional parameters. */
  readonly positional: readonly string[];
}

/** A piece of a field: quoted pieces are neither split nor patterns. */
interface Piece {
  readonly text: string;
  readonly quoted: boolean;
  /** It came from `"$@"`: the fields that it begins with and ends with join their neighbours. */
  readonly fields?: readonly string[];
}

/** All fields that a word stands for. */
export async function expandWord(source: string, context: WordContext): Promise<string[]> {
  const fields: string[] = [];
  for (const word of braces(source)) {
    const pieces = await piecesOf(word, context);
    for (const field of split(pieces)) {
      const pattern = field.map(({ text, quoted }) => (quoted ? text.replace(/[*?[\]\\]/g, "\\$&") : text)).join("");
      const plain = field.map(({ text }) => text).join("");
      const isPattern = field.some(({ text, quoted }) => !quoted && /[*?[]/.test(text));
      const names = isPattern ? context.glob(pattern) : [];
      fields.push(...(names.length > 0 ? names : [plain]));
    }
  }
  return fields;
}

/** The word as one string: an assignment's value, a redirection's file. */
export async function expandString(source: string, context: WordContext): Promise<string> {
  return (await piecesOf(source, context)).map(({ text, fields }) => fields?.join(" ") ?? text).join("");
}

/** The word as a pattern of `case`: quoted characters mean themselves. */
export async function expandPattern(source: string, context: WordContext): Promise<RegExp> {
  const pieces = await piecesOf(source, context);
  return patternOf(pieces.map(({ text, quoted }) => (quoted ? text.replace(/[*?[\]\\]/g, "\\$&") : text)).join(""));
}

/** A here-document's text: variables and commands, no quotes. */
export async function expandHereDocument(source: string, context: WordContext): Promise<string> {
  const scan = new Scanner(source, context);
  return scan.inQuotes();
}

async function piecesOf(source: string, context: WordContext): Promise<Piece[]> {
  return new Scanner(source, context).word();
}

/** Splits unquoted text at blanks; `"$@"` at its own places. */
function split(pieces: readonly Piece[]): Piece[][] {
  const fields: Piece[][] = [];
  let field: Piece[] | undefined;
  const end = (): void => {
    if (field !== undefined) fields.push(field);
    field = undefined;
  };
  for (const piece of pieces) {
    if (piece.fields !== undefined) {
      piece.fields.forEach((text, i) => {
        if (i > 0) end();
        field = [...(field ?? []), { text, quoted: true }];
      });
      continue;
    }
    if (piece.quoted) {
      field = [...(field ?? []), piece];
      continue;
    }
    piece.text.split(/[ \t\n]+/).forEach((text, i) => {
      if (i > 0) end();
      if (text !== "") field = [...(field ?? []), { text, quoted: false }];
    });
  }
  end();
  return fields;
}

class Scanner {
  private readonly text: string;
  private readonly context: WordContext;
  private at = 0;

  constructor(text: string, context: WordContext) {
    this.text = text;
    this.context = context;
  }

  async word(): Promise<Piece[]> {
    const pieces: Piece[] = [];
    const { text } = this;
    while (this.at < text.length) {
      const c = text[this.at]!;
      if (c === "'") {
        const end = text.indexOf("'", this.at + 1);
        pieces.push({ text: text.slice(this.at + 1, end), quoted: true });
        this.at = end + 1;
      } else if (c === '"') {
        this.at++;
        pieces.push(...(await this.quoted()));
      } else if (c === "\\") {
        if (text[this.at + 1] !== "\n") pieces.push({ text: text[this.at + 1] ?? "\\", quoted: true });
        this.at += 2;
      } else if (text.startsWith("$'", this.at)) {
        pieces.push({ text: this.ansiC(), quoted: true });
      } else if (c === "$" || c === "`") {
        pieces.push(await this.dollar(false));
      } else if (c === "~" && this.at === 0 && /^~(?:\/|$)/.test(text)) {
        pieces.push({ text: this.context.get("HOME") ?? "~", quoted: true });
        this.at++;
      } else {
        const plain = /^[^'"\\$`]+/.exec(text.slice(this.at))![0];
        pieces.push({ text: plain, quoted: false });
        this.at += plain.length;
      }
    }
    return pieces;
  }

  /** Up to the closing quote. */
  private async quoted(): Promise<Piece[]> {
    const pieces: Piece[] = [];
    let plain = "";
    for (; this.at < this.text.length && this.text[this.at] !== '"'; ) {
      const c = this.text[this.at]!;
      if (c === "\\" && /["\\$`\n]/.test(this.text[this.at + 1] ?? "")) {
        if (this.text[this.at + 1] !== "\n") plain += this.text[this.at + 1];
        this.at += 2;
      } else if (c === "$" || c === "`") {
        pieces.push({ text: plain, quoted: true }, await this.dollar(true));
        plain = "";
      } else {
        plain += c;
        this.at++;
      }
    }
    this.at++;
    return [...pieces, { text: plain, quoted: true }];
  }

  /** All that is left as between double quotes, which themselves mean nothing. */
  async inQuotes(): Promise<string> {
    let result = "";
    while (this.at < this.text.length) {
      const c = this.text[this.at]!;
      if (c === "\\" && /[\\$`\n]/.test(this.text[this.at + 1] ?? "")) {
        if (this.text[this.at + 1] !== "\n") result += this.text[this.at + 1];
        this.at += 2;
      } else if (c === "$" || c === "`") result += (await this.dollar(true)).text;
      else {
        result += c;
        this.at++;
      }
    }
    return result;
  }

  private ansiC(): string {
    const [all, body = ""] = /^\$'((?:[^'\\]|\\[\s\S])*)'/.exec(this.text.slice(this.at)) ?? ["$'"];
    this.at += all.length;
    const named: Readonly<Record<string, string>> = {
      n: "\n",
      t: "\t",
      r: "\r",
      a: "\x07",
      b: "\b",
      e: "\x1b",
      f: "\f",
      v: "\v",
    };
    return body.replace(/\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|[\s\S])/g, (_, code: string) => {
      if (/^x./.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
      if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
      return named[code] ?? code;
    });
  }

  /** A `$` or a backquote and what belongs to it. */
  private async dollar(quoted: boolean): Promise<Piece> {
    const rest = this.text.slice(this.at);
    if (rest.startsWith("`")) {
      const end = /^`((?:[^`\\]|\\[\s\S])*)`/.exec(rest);
      if (end === null) throw new UsageError("unexpected EOF while looking for matching ``'");
      this.at += end[0].length;
      return { text: await this.output(end[1]!.replace(/\\([$`\\])/g, "$1")), quoted };
    }
    if (rest.startsWith("$((")) {
      const end = matching(rest, 1);
      this.at += end + 1;
      const inner = await new Scanner(rest.slice(3, end - 1), this.context).inQuotes();
      return { text: String(evaluate(inner, this.context)), quoted };
    }
    if (rest.startsWith("$(")) {
      const end = matching(rest, 1);
      this.at += end + 1;
      return { text: await this.output(rest.slice(2, end)), quoted };
    }
    if (rest.startsWith("${")) {
      const end = closing(rest, 1);
      if (end < 0) throw new UsageError(`${rest}: bad substitution`);
      this.at += end + 1;
      return this.parameter(rest.slice(2, end), quoted);
    }
    const name = /^\$([A-Za-z_]\w*|[0-9@*#?$!-])/.exec(rest);
    if (name === null) {
      this.at++;
      return { text: "$", quoted: true };
    }
    this.at += name[0].length;
    return this.parameter(name[1]!, quoted);
  }

  private async output(command: string): Promise<string> {
    return (await this.context.substitute(command)).replace(/\n+$/, "");
  }

  /** The inside of `${...}`. */
  private async parameter(inner: string, quoted: boolean): Promise<Piece> {
    const { context } = this;
    if (inner === "@" || inner === "*") {
      if (inner === "@" && quoted) return { text: "", quoted, fields: context.positional };
      return { text: context.positional.join(" "), quoted };
    }
    const [, length, name = "", operator, word = ""] =
      /^(#?)([A-Za-z_]\w*|[0-9]+|[@*#?$!-])(?:(:?[-=?+]|##?|%%?|\/\/?|:)([\s\S]*))?$/.exec(inner) ?? [];
    if (name === "") throw new UsageError(`\${${inner}}: bad substitution`);
    const value = context.get(name);
    if (length === "#") return { text: String((value ?? "").length), quoted };
    const other = (): Promise<string> => expandString(word, context);
    const isUnset = value === undefined || (operator?.startsWith(":") === true && value === "");
    switch (operator?.replace(/^:(?=.)/, "")) {
      case undefined:
        return { text: value ?? "", quoted };
      case "-":
        return { text: isUnset ? await other() : (value ?? ""), quoted };
      case "=":
        if (isUnset) context.set(name, await other());
        return { text: context.get(name) ?? "", quoted };
      case "+":
        return { text: isUnset ? "" : await other(), quoted };
      case "?":
        if (isUnset) throw new UsageError(`${name}: ${(await other()) || "parameter null or not set"}`);
        return { text: value ?? "", quoted };
      case ":": {
        const [from = "0", count] = word.split(":");
        const start = Number(evaluate(from, context));
        const end = count === undefined ? undefined : start + Number(evaluate(count, context));
        return { text: (value ?? "").slice(start, end), quoted };
      }
      default:
        return { text: await this.trimmed(value ?? "", operator!, word), quoted };
    }
  }

  /** `#`, `##`, `%`, `%%`, `/`, `//`. */
  private async trimmed(value: string, operator: string, word: string): Promise<string> {
    if (operator.startsWith("/")) {
      const slash = findOutside(word, "/", 0);
      const pattern = await expandPattern(slash < 0 ? word : word.slice(0, slash), this.context);
      const replacement = slash < 0 ? "" : await expandString(word.slice(slash + 1), this.context);
      const anywhere = new RegExp(
        pattern.source.slice(1, -1).replaceAll("[\\s\\S]*", "[\\s\\S]*?"),
        operator === "//" ? "g" : "",
      );
      return value.replace(anywhere, () => replacement);
    }
    const pattern = await expandPattern(word, this.context);
    const lengths = Array.from({ length: value.length + 1 }, (_, i) => i);
    const longest = operator.length === 2;
    for (const n of longest ? lengths.reverse() : lengths) {
      if (operator.startsWith("#") && pattern.test(value.slice(0, n))) return value.slice(n);
      if (operator.startsWith("%") && pattern.test(value.slice(value.length - n)))
        return value.slice(0, value.length - n);
    }
    return value;
  }
}

/** Index of the parenthesis that closes the one at `open`. */
function matching(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    const c = text[at];
    if (c === "\\") at++;
    else if (c === "'") at = text.indexOf("'", at + 1);
    else if (c === '"') for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === "\\") at++;
    if (at < 0) break;
    if (text[at] === "(") depth++;
    else if (text[at] === ")" && --depth === 0) return at;
  }
  throw new UsageError("unexpected EOF while looking for matching `)'");
}
