// Every command line that real testpmd was recorded with (test/recorded/record-options.py) is parsed, and must print the same on
// both streams and end with the same code.
import { describe, expect, it } from "vitest";
import { ealUsage } from "../../src/dpdk/eal/usage.ts";
import { testpmdUsage } from "../../src/testpmd/options/usage.ts";
import { parsedOptions, recordedOptions, recordedUsage } from "../support/recorded-options.ts";

describe("usage texts are those of real testpmd", () => {
  it("of EAL", () => expect(ealUsage("dpdk-testpmd")).toBe(recordedUsage("eal")));
  it("of testpmd", () => expect(testpmdUsage("dpdk-testpmd", 1, 2)).toBe(recordedUsage("testpmd")));
});

describe.each([
  ["eal", 203],
  ["vdev", 145],
  ["options", 522],
  ["together", 12],
])("command lines of group %s", (group, count) => {
  const cases = recordedOptions(group);

  it(`has ${count} recordings`, () => expect(cases).toHaveLength(count));

  it.each(cases)("$title", ({ words, exit, out, err }) => {
    const { settings: _, ...printed } = parsedOptions(words);
    expect(printed).toEqual({ exit, out, err });
  });
});
