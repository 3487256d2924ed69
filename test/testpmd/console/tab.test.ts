// What Tab gives for a line: the real console's answers, recorded by record-commands.py --tab.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CommandLine } from "../../../src/testpmd/console/command-line.ts";
import { FakeApp, fakeNull } from "../../support/testpmd-app.ts";

const RECORDED = new URL("../../recorded/testpmd-commands/tab.tab", import.meta.url);

interface Tab {
  readonly line: string;
  /** The lines of the list. */
  readonly choices: readonly string[];
  /** The line that stands there afterwards. */
  readonly becomes: string;
}

function recordedTabs(): Tab[] {
  return readFileSync(RECORDED, "utf8")
    .split(/^> /m)
    .slice(1)
    .map((part) => {
      const [line = "", ...rest] = part.split("\n").filter((text, i) => i === 0 || text.startsWith("| "));
      const texts = rest.map((text) => text.slice(2));
      const choices = texts.slice(1).filter((text) => text.endsWith("\\r"));
      const becomes =
        /testpmd> (.*)\\e\[0K$/.exec(texts.at(-1) ?? "")?.[1] ?? (texts.at(-1) ?? "").replace("\\e[0K", "");
      return { line, choices: choices.map((text) => text.slice(1, -2)), becomes };
    });
}

function tab(console: CommandLine, line: string): Tab {
  const choices: string[] = [];
  let answer = console.complete(line, 0);
  if (answer.kind === "append") return { line, choices, becomes: line + answer.text };
  while (answer.kind === "choice") {
    choices.push(answer.text);
    answer = console.complete(line, answer.state);
  }
  return { line, choices, becomes: line };
}

describe("Tab", () => {
  const console = new CommandLine(new FakeApp([fakeNull(0)]));
  const recorded = recordedTabs();

  it("was recorded on lines of all kinds", () => expect(recorded.length).toBeGreaterThan(20));

  it.each(recorded)("after '$line'", (real) => expect(tab(console, real.line)).toEqual(real));

  it("asked for the list at once, tells what it would else append", () => {
    expect(console.complete("set bu", 0)).toEqual({ kind: "append", text: "rst ", state: 0 });
    expect(console.complete("set bu", -1)).toEqual({
      kind: "choice",
      text: "burst [Mul-choice STRING]: set nbport|nbcore|burst|verbose <value>",
      state: 1,
    });
  });
});
