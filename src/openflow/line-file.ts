// line-file - files of flows and groups: a line each, with comments, each perhaps with a command's name before it.
import { UsageError } from "../errors.ts";

/** Lines without comments and empty ones, numbered from 1. */
function* numberedLines(text: string): Generator<readonly [number: number, line: string]> {
  let number = 0;
  for (let at = 0; at <= text.length; ) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(at, end);
    at = end + 1;
    number++;
    const hash = line.indexOf("#");
    const code = hash < 0 ? line : line.slice(0, hash);
    if (/[^ \t\r\n]/.test(code)) yield [number, code];
  }
}

/**
 * @param file its name for messages
 * @throws UsageError naming file and line
 */
export function eachLine(text: string, file: string, read: (line: string) => void): void {
  for (const [number, line] of numberedLines(text)) {
    try {
      read(line);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`${file}:${number}: ${error.message}`);
    }
  }
}

/** What is read of each line. @throws UsageError naming file and line */
export function parseLines<T>(text: string, file: string, parse: (line: string) => T): T[] {
  const parsed: T[] = [];
  eachLine(text, file, (line) => parsed.push(parse(line)));
  return parsed;
}

/** A command's name at the beginning, or a beginning of one, as the reference takes it; none is the first of them. */
export function splitCommand<Name extends string>(text: string, names: readonly [Name, ...Name[]]): [Name, string] {
  const rest = text.replace(/^[ \t\r\n]+/, "");
  const word = /^[^, \t\r\n]*/.exec(rest)![0];
  const name = names.find((known) => known.startsWith(word));
  return name === undefined ? [names[0], rest] : [name, rest.slice(word.length)];
}
