// docs/security.md and the tests name the same attacks.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const HERE = new URL("./", import.meta.url);
const CVE = /CVE-\d{4}-\d+/g;
const sources = new Map(
  readdirSync(HERE)
    .filter((name) => name.endsWith(".test.ts") && name !== "entries.test.ts")
    .map((name) => [name.replace(".test.ts", ""), readFileSync(new URL(name, HERE), "utf8")]),
);
const rows = readFileSync(new URL("../../docs/security.md", HERE), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| CVE-"))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, ids = "", , , , tests = ""]) => ({ ids: ids.match(CVE)!, tests: tests.split(", ") }));

describe("docs/security.md", () => {
  it("has entries", () => expect(rows.length).toBeGreaterThan(25));

  it.each(rows)("$ids.0: each of its tests names it", ({ ids, tests }) => {
    for (const test of tests) {
      const source = sources.get(test) ?? "";
      expect(
        ids.some((id) => source.includes(id)),
        `${test}: ${ids}`,
      ).toBe(true);
    }
  });

  it("every attack of a test has an entry", () => {
    const entered = new Set(rows.flatMap(({ ids }) => ids));
    const tested = [...sources.values()].flatMap((source) => source.match(CVE) ?? []);
    expect(tested.filter((id) => !entered.has(id))).toEqual([]);
  });
});
