// test-command - `[ ... ]`, `[[ ... ]]` and `test`: a condition over words that are expanded already.
import { UsageError } from "../errors.ts";
import type { ShellHost } from "./host.ts";
import { patternOf } from "./pattern.ts";

export interface TestContext {
  readonly host: ShellHost;
  readonly cwd: string;
  /** `[[`: the right side of `==` is a pattern. */
  readonly patterns: boolean;
}

const NUMBERS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "-eq": (a, b) => a === b,
  "-ne": (a, b) => a !== b,
  "-lt": (a, b) => a < b,
  "-le": (a, b) => a <= b,
  "-gt": (a, b) => a > b,
  "-ge": (a, b) => a >= b,
};

/** @throws UsageError in bash's words */
export function testWords(words: readonly string[], context: TestContext): boolean {
  let at = 0;
  const path = (name: string): ReturnType<ShellHost["pathKind"]> =>
    context.host.pathKind(context.host.resolve(context.cwd, name));
  const isBinary = (word: string | undefined): boolean =>
    word !== undefined && (word in NUMBERS || ["=", "==", "!=", "<", ">", "=~"].includes(word));
  const unary = (operator: string, word: string): boolean => {
    switch (operator) {
      case "-z":
        return word === "";
      case "-n":
        return word !== "";
      case "-e":
        return path(word) !== "missing";
      case "-f":
        return path(word) === "file";
      case "-d":
        return path(word) === "folder";
      case "-S":
        return path(word) === "socket";
      case "-r":
      case "-w":
      case "-x":
        return path(word) !== "missing";
      case "-s": {
        const read = context.host.readText(context.host.resolve(context.cwd, word));
        return "text" in read && read.text !== "";
      }
      default:
        throw new UsageError(`${operator}: unary operator expected`);
    }
  };
  const binary = (a: string, operator: string, b: string): boolean => {
    const numeric = NUMBERS[operator];
    if (numeric !== undefined) {
      for (const word of [a, b])
        if (!/^\s*[-+]?\d+\s*$/.test(word)) throw new UsageError(`${word}: integer expression expected`);
      return numeric(Number(a), Number(b));
    }
    if (operator === "=~") return new RegExp(b).test(a);
    if (operator === "<") return a < b;
    if (operator === ">") return a > b;
    const equal = context.patterns ? patternOf(b).test(a) : a === b;
    return operator === "!=" ? !equal : equal;
  };
  const primary = (): boolean => {
    const word = words[at++];
    if (word === undefined) throw new UsageError("argument expected");
    if (word === "!" && !isBinary(words[at])) return !primary();
    if (word === "(" && !isBinary(words[at])) {
      const value = or();
      if (words[at++] !== ")") throw new UsageError("`)' expected");
      return value;
    }
    if (isBinary(words[at]) && words[at + 1] !== undefined) {
      const operator = words[at]!;
      at += 2;
      return binary(word, operator, words[at - 1]!);
    }
    if (/^-[a-zA-Z]$/.test(word) && words[at] !== undefined && !["-a", "-o", "&&", "||", ")"].includes(words[at]!))
      return unary(word, words[at++]!);
    return word !== "";
  };
  const and = (): boolean => {
    let value = primary();
    while (words[at] === "-a" || words[at] === "&&") {
      at++;
      const right = primary();
      value = value && right;
    }
    return value;
  };
  const or = (): boolean => {
    let value = and();
    while (words[at] === "-o" || words[at] === "||") {
      at++;
      const right = and();
      value = value || right;
    }
    return value;
  };
  if (words.length === 0) return false;
  const value = or();
  if (at < words.length) throw new UsageError("too many arguments");
  return value;
}
