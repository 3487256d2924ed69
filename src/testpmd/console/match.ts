// match - finds the command that a line means: cmdline_parse of DPDK 22.11's lib/cmdline.
// Each command is tried on the line. Exactly one that takes it whole runs; two are ambiguous; and the line is a bad one
// ("Bad arguments") rather than unknown as soon as any command took its first word.
import type { Command } from "./command.ts";
import { isBlank, isEndOfCommand, type Value } from "./token.ts";

/** How many tokens of a command a line holds, and whether that is all of both. */
interface Walk {
  readonly tokens: number;
  readonly whole: boolean;
  readonly values: Readonly<Record<string, Value>>;
}

function walk(command: Command, line: string, limit: number): Walk {
  const values: Record<string, Value> = {};
  let at = 0;
  let tokens = 0;
  const skipBlanks = (): void => {
    while (isBlank(line[at])) at++;
  };
  for (const token of command.tokens.slice(0, limit)) {
    skipBlanks();
    if (isEndOfCommand(line[at])) break;
    const taken = token.take(line, at);
    if (taken === undefined) break;
    const name = command.names[tokens] ?? "";
    if (name !== "") values[name] = taken.value;
    at += taken.length;
    tokens++;
  }
  skipBlanks();
  return { tokens, whole: tokens === command.tokens.length && isEndOfCommand(line[at]), values };
}

/** Whether the first words of a line are a command's first tokens, so that Tab may offer its next one. */
export function beginsWith(command: Command, line: string, words: number): boolean {
  if (command.tokens.slice(0, words).some((token) => !token.completable)) return false;
  return walk(command, line, words).tokens === words;
}

export type Match =
  | { readonly kind: "command"; readonly command: Command; readonly values: Readonly<Record<string, Value>> }
  | { readonly kind: "nothing" | "ambiguous" | "bad arguments" | "not found" };

/** What a line, without its end, means. A line of blanks or a comment means nothing. */
export function matchLine(grammar: readonly Command[], line: string): Match {
  if (/^[ \t]*(#|$)/.test(line)) return { kind: "nothing" };
  let known = false;
  let found: Match | undefined;
  for (const command of grammar) {
    const { tokens, whole, values } = walk(command, line, Number.POSITIVE_INFINITY);
    known ||= tokens > 0;
    if (!whole) continue;
    if (found !== undefined) return { kind: "ambiguous" };
    found = { kind: "command", command, values };
  }
  return found ?? { kind: known ? "bad arguments" : "not found" };
}
