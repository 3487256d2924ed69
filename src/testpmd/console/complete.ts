// complete - what Tab offers for the line so far: cmdline_complete of DPDK 22.11's lib/cmdline.
// A line editor calls it with state 0 at a first Tab: it gets characters to append, or nothing, or the first of a list of
// choices. While it gets choices it calls again with the state it was handed. State -1 asks for the list at once.
import type { Command } from "./command.ts";
import { beginsWith } from "./match.ts";
import { isBlank, type Token } from "./token.ts";

export type Completion =
  | { readonly kind: "none"; readonly state: number }
  /** Characters to append to the line. */
  | { readonly kind: "append"; readonly text: string; readonly state: number }
  /** A line of the list. */
  | { readonly kind: "choice"; readonly text: string; readonly state: number };

/** CMDLINE_BUFFER_SIZE: longer words are not offered. */
const WORD_BYTES = 64;

/** A way on: a word to type, or a token that has none to offer. */
interface Way {
  readonly word: string | undefined;
  readonly token: Token | undefined;
  readonly command: Command;
}

function waysOn(grammar: readonly Command[], line: string, words: number, partial: string): Way[] {
  return grammar
    .filter((command) => words === 0 || beginsWith(command, line, words))
    .flatMap((command): Way[] => {
      const token = command.tokens[words];
      if (token?.unlisted) return [];
      if (token === undefined || token.choices.length === 0) return [{ word: undefined, token, command }];
      return token.choices
        .filter((choice) => choice.length < WORD_BYTES)
        .map((choice) => (choice.length < WORD_BYTES - 1 ? `${choice} ` : choice))
        .filter((word) => word.startsWith(partial))
        .map((word) => ({ word, token, command }));
    });
}

function commonStart(a: string, b: string): string {
  let n = 0;
  while (n < a.length && a[n] === b[n]) n++;
  return a.slice(0, n);
}

function choiceText({ word = "", token, command }: Way): string {
  return token === undefined ? "[RETURN]" : `${word}[${token.help}]: ${token.about ?? command.help}`;
}

/** What Tab gives for a line; state: 0 at first, then the last answer's. */
export function complete(grammar: readonly Command[], line: string, state: number): Completion {
  const words = [...line].filter((c, i) => !isBlank(c) && isBlank(line[i + 1])).length;
  const partial = /[^ \t]*$/.exec(line)?.[0] ?? "";
  const ways = waysOn(grammar, line, words, partial);
  if (state <= 0) {
    if (ways.length === 0) return { kind: "none", state };
    const rests = ways.flatMap(({ word }) => (word === undefined ? [] : [word.slice(partial.length)]));
    const text = rests.length === 0 ? "" : rests.reduce(commonStart);
    if (state === 0 && partial !== "" && text !== "") return { kind: "append", text, state };
  }
  const index = Math.max(state, 0);
  const way = ways[index];
  return way === undefined
    ? { kind: "none", state: index }
    : { kind: "choice", text: choiceText(way), state: index + 1 };
}
