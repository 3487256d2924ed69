// Every recorded run of real testpmd (test/recorded/testpmd), repeated by ours in virtual time: same lines, counters, packets, exit code.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compareRuns } from "../../src/reference/testpmd-compare.ts";
import { findTestpmd } from "../../src/reference/testpmd-process.ts";
import { readRecord, writeRecord } from "../../src/reference/testpmd-record.ts";
import { comparisonText } from "../../src/reference/testpmd-report.ts";
import { realRunner, virtualRunner } from "../../src/reference/testpmd-run.ts";
import { testpmdCases } from "../support/testpmd-cases.ts";

const folderOf = (name: string): string => fileURLToPath(new URL(`../recorded/testpmd/${name}`, import.meta.url));

if (process.env.RECORD_TESTPMD !== undefined)
  describe("real testpmd, recorded anew", () => {
    const real = findTestpmd();
    const only = process.env.RECORD_TESTPMD ?? "";
    const isNew = (name: string): boolean => !existsSync(folderOf(name));
    const isChosen = (name: string): boolean => (only === "new" ? isNew(name) : only === "1" || name.includes(only));
    const chosen = testpmdCases.filter(({ name }) => isChosen(name));

    it.each(chosen.map((one) => [one.name, one] as const))("%s", async (name, { words, commands }) => {
      const run = await realRunner(real!.program)(words, commands);
      writeRecord(folderOf(name), run, real!.version, false);
    });
  });

describe("recorded runs of testpmd", () => {
  it("are at least 115, each with a name of its own", () => {
    const names = testpmdCases.map(({ name }) => name);
    expect(names.length).toBeGreaterThanOrEqual(115);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(testpmdCases.map((one) => [one.name, one] as const))(
    "%s: no difference",
    async (name, { words, commands }) => {
      const { run, input, version } = readRecord(folderOf(name));
      expect([run.words, run.commands]).toEqual([words, commands]);
      const ours = await virtualRunner(words, commands, { input });
      const comparison = compareRuns(ours, run);
      expect(comparison.differences, comparisonText(comparison, version)).toBe(0);
    },
  );
});
