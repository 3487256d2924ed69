// command - a command of the console: the pattern it is written in, its help, and what it does.
// A pattern reads as in the manual: words, and `<name:kind>` for values, where a kind is one of token.ts or a choice `on|off`.
// The types of a command's values come from its pattern, so a pattern is always a literal.
import type { App } from "../app.ts";
import { choiceToken, TOKENS, type Token, type Value } from "./token.ts";

interface Values {
  u8: number;
  u16: number;
  u32: number;
  u64: bigint;
  i32: number;
  string: string;
  text: string;
  mac: bigint;
  ip: string;
}

type Split<Choice extends string> = Choice extends `${infer First}|${infer Rest}` ? First | Split<Rest> : Choice;
type ValueOf<Kind extends string> = Kind extends keyof Values ? Values[Kind] : Split<Kind>;
type Slots<Pattern extends string> = Pattern extends `${string}<${infer Slot}>${infer Rest}`
  ? Slot | Slots<Rest>
  : never;
/** The values of a pattern: "set burst <n:u16>" has { n: number }. */
export type Arguments<Pattern extends string> = {
  readonly [Slot in Slots<Pattern> as Slot extends `${infer Name}:${string}`
    ? Name
    : never]: Slot extends `${string}:${infer Kind}` ? ValueOf<Kind> : never;
};

/** The console that a command was given to. */
export interface Shell {
  /** cmdline_printf: what the library prints, which a file of commands (`load`) swallows. */
  print(text: string): void;
  quit(): void;
  /** Runs the lines of a file as commands. */
  load(path: string): Promise<void>;
}

export interface Command {
  readonly tokens: readonly Token[];
  /** Names of the tokens' values; "" for words. */
  readonly names: readonly string[];
  /** What Tab shows behind a token's help. */
  readonly help: string;
  run(app: App, values: Readonly<Record<string, Value>>, shell: Shell): void | Promise<void>;
}

type Run<Pattern extends string> = (app: App, args: Arguments<Pattern>, shell: Shell) => void | Promise<void>;

const isKind = (kind: string): kind is keyof typeof TOKENS => kind in TOKENS;

/** The pattern as help writes it: without kinds, choices bare. */
function usage(pattern: string): string {
  return pattern.replace(/<([^:>]+):([^>]+)>/g, (_, name: string, kind: string) => (isKind(kind) ? `<${name}>` : kind));
}

/** The command with one of its tokens told by Tab in other words: those of the family that 22.11 makes one command of. */
export function toldAs(command: Command, index: number, help: string, about: string): Command {
  return withToken(command, index, { help, about });
}

/** The command with one of its tokens not told by Tab. */
export function untold(command: Command, index: number): Command {
  return withToken(command, index, { unlisted: true });
}

function withToken(command: Command, index: number, change: Partial<Token>): Command {
  return { ...command, tokens: command.tokens.map((token, i) => (i === index ? { ...token, ...change } : token)) };
}

/**
 * Declares a command: `command("set burst <value:u16>", ": Number of packets", (app, { value }) => ...)`.
 * help: the whole text; "" for the pattern alone, and one that begins with ":" follows the pattern
 */
export function command<const Pattern extends string>(pattern: Pattern, help: string, run: Run<Pattern>): Command {
  const words = [...pattern.matchAll(/<([^:>]+):([^>]+)>|\S+/g)].map(([word, name = "", kind = word]) => ({
    name,
    kind,
  }));
  return {
    tokens: words.map(({ name, kind }) => (name !== "" && isKind(kind) ? TOKENS[kind] : choiceToken(kind.split("|")))),
    names: words.map(({ name }) => name),
    help: help === "" || help.startsWith(":") ? usage(pattern) + help : help,
    run: (app, values, shell) => run(app, values as Arguments<Pattern>, shell),
  };
}
