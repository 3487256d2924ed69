// The recorded runs that are marked `live`, against real testpmd here and now, ours on threads and the wall's clock as users run it.
import { describe, expect, it } from "vitest";
import { compareRuns } from "../../src/reference/testpmd-compare.ts";
import { findTestpmd } from "../../src/reference/testpmd-process.ts";
import { comparisonText } from "../../src/reference/testpmd-report.ts";
import { realRunner, wallRunner } from "../../src/reference/testpmd-run.ts";
import { testpmdCases } from "../support/testpmd-cases.ts";

const real = findTestpmd();
if (real === undefined) console.log("skipped: testpmd live (found no dpdk-testpmd or no stdbuf)");
const live = testpmdCases.filter((one) => one.live === true);

describe.skipIf(real === undefined)(`testpmd beside real testpmd, ${real?.version ?? "which is missing"}`, () => {
  it.each(live.map((one) => [one.name, one] as const))("%s: no difference", async (_, { words: own, commands }) => {
    const words = [`--file-prefix=live-${process.pid}`, ...own];
    const [theirs, ours] = [await realRunner(real!.program)(words, commands), await wallRunner(words, commands)];
    const comparison = compareRuns(ours, theirs);
    expect(comparison.differences, comparisonText(comparison, real!.version)).toBe(0);
  });
});
