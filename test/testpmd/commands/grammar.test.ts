// The grammar is the real one: its commands, their tokens and helps, in its order (record-grammar.py).
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { grammar } from "../../../src/testpmd/commands/grammar.ts";
import type { Command } from "../../../src/testpmd/console/command.ts";
import { TOKENS, type Token } from "../../../src/testpmd/console/token.ts";

const RECORDED = new URL("../../recorded/testpmd-commands/grammar.list", import.meta.url);

const recorded = readFileSync(RECORDED, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => {
    const [tokens = "", help = ""] = line.split("\t");
    return { tokens, help };
  });

const kinds = new Map<Token["take"], string>(Object.entries(TOKENS).map(([kind, token]) => [token.take, kind]));

function words({ tokens }: Command): string {
  return tokens
    .map((token) => {
      const kind = kinds.get(token.take);
      if (kind !== undefined) return `<${kind}>`;
      return token.choices.length > 1 ? `<${token.choices.join("|")}>` : (token.choices[0] ?? "");
    })
    .join(" ");
}

/** The two commands that 22.11 makes tokens of as it goes, here several each. */
const DYNAMIC = /^(flow |add port meter policy |set (raw_encap|raw_decap|sample_actions) )/;

describe("the grammar", () => {
  const ours = grammar.map((command) => ({ tokens: words(command), help: command.help }));
  const fixed = ours.filter(({ tokens }) => !DYNAMIC.test(tokens));
  const real = recorded.filter(({ tokens }) => tokens !== "");

  it("has the commands of 22.11 as Debian builds it", () => expect(real.length).toBe(274));

  it("has them all, in order, with their helps", () => expect(fixed).toEqual(real));

  it("has the dynamic ones where they are", () => {
    const places = recorded.flatMap(({ tokens }, i) => (tokens === "" ? [recorded[i + 1]?.tokens] : []));
    const following = (pattern: RegExp): string | undefined => {
      const last = ours.findLastIndex(({ tokens }) => pattern.test(tokens));
      return ours[last + 1]?.tokens;
    };
    expect([following(/^(flow|add port meter policy) /), following(/^set raw_decap|^set sample_actions /)]).toEqual(
      places,
    );
  });

  it("begins with the words that the real one knows", () => {
    const firsts = (commands: readonly { tokens: string }[]): string[] => [
      ...new Set(commands.flatMap(({ tokens }) => (tokens.split(" ")[0] ?? "").replace(/[<>]/g, "").split("|"))),
    ];
    expect(firsts(ours).filter((word) => !firsts(recorded).includes(word))).toEqual(["flow"]);
    expect(firsts(recorded).filter((word) => word !== "" && !firsts(ours).includes(word))).toEqual([]);
  });
});
