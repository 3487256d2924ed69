// The arithmetic of the benchmark: medians against goals, ratios of pairs, rounds that others disturbed, the modes of two cores.
import { describe, expect, it } from "vitest";
import { waitedByChild } from "../../bench/disturbance.ts";
import { benchText, type Environment } from "../../bench/render.ts";
import { rounds } from "../../bench/rounds.ts";
import { FULL, judge, pairRatios, QUICK, Results } from "../../bench/rows.ts";
import { syntheticCapture } from "../../bench/synthetic.ts";
import { modeOf } from "../../bench/two-core.ts";
import { readPackets } from "../../src/capture/packets.ts";

const quiet = (): void => {};
const results = (runs = 3): Results => new Results({ ...FULL, runs }, quiet).in("a section");

describe("a row", () => {
  it("is judged by its median", () => {
    const r = results();
    r.add("fast enough", "Mpps", [1, 31, 40], { goal: { least: 30 } });
    r.add("too slow", "ms", [20, 41, 90], { goal: { most: 40 } });
    expect(r.rows.map(({ median, least, most, result }) => [median, least, most, result])).toEqual([
      [31, 1, 40, "pass"],
      [41, 20, 90, "miss"],
    ]);
  });

  it.each([
    ["it has no goal", FULL, {}],
    ["it was disturbed", FULL, { goal: { least: 2 }, disturbed: true }],
    ["the run is quick", QUICK, { goal: { least: 2 } }],
  ])("is not judged when %s", (_, effort, options) => {
    const r = new Results(effort, quiet);
    r.add("a figure", "x", [1, 1, 1], options);
    expect(r.rows[0]?.result).toBeUndefined();
  });

  it("is not judged by two figures", () => {
    const r = results();
    r.add("a figure", "x", [1, 1], { goal: { least: 2 } });
    expect(r.rows[0]?.result).toBeUndefined();
  });

  it("is left out without figures", () => {
    const r = results();
    r.add("nothing", "x", []);
    expect(r.rows).toEqual([]);
  });

  it("reaches a goal that it equals", () =>
    expect([judge(2, { least: 2 }), judge(2, { most: 2 })]).toEqual(["pass", "pass"]));
});

describe("pairs", () => {
  it("give a ratio each", () => expect(pairRatios([2, 9], [4, 3])).toEqual([0.5, 3]));

  it("are as many figures of ours as of theirs", () =>
    expect(() => pairRatios([1], [])).toThrow(/^pairs: found 1 and 0 /));
});

describe("rounds", () => {
  it("measure in turn, every second round backwards", () => {
    const order: string[] = [];
    const turn = (name: string) => () => {
      order.push(name);
      return { value: order.length, waited: 0 };
    };
    const { figures } = rounds(results(2), "x", [turn("a"), turn("b")]);
    expect(order).toEqual(["a", "b", "b", "a"]);
    expect(figures).toEqual([
      [1, 4],
      [2, 3],
    ]);
  });

  it("are repeated when others had the core, and said to be", () => {
    const r = results(2);
    const waits = [0, 0.2, 0.01];
    let n = 0;
    const { figures, undisturbed } = rounds(r, "x", [() => ({ value: n, waited: waits[n++] ?? 0 })]);
    expect([figures, undisturbed]).toEqual([[[0, 2]], true]);
    expect(r.skipped.map((s) => s.name)).toEqual(["1 rounds of x"]);
  });

  it("keep disturbed figures when there are no others", () => {
    const { figures, undisturbed } = rounds(results(2), "x", [() => ({ value: 1, waited: 1 })]);
    expect([figures, undisturbed]).toEqual([[[1, 1, 1, 1]], false]);
  });

  it("leave out what cannot be had", () => {
    const { figures } = rounds(results(1), "x", [() => ({ value: 1, waited: 0 }), () => undefined]);
    expect(figures).toEqual([[1], []]);
  });
});

describe("two cores", () => {
  it.each([
    [79, 101, "near"],
    [371, 520, "far"],
    [79, 371, undefined],
    [520, 101, undefined],
  ])("with ping-pongs of %d and %d ns are %s", (beforeNs, afterNs, mode) => {
    expect(modeOf({ beforeNs, afterNs })).toBe(mode);
  });
});

describe("a child", () => {
  it.runIf(process.platform === "linux")("that never runs has waited all the time", () => {
    const waited = waitedByChild(1, () => {
      for (const end = performance.now() + 200; performance.now() < end; );
    });
    expect(waited).toBeGreaterThan(0.8);
  });
});

describe("the synthetic capture", () => {
  it("is one that our reader takes, packet by packet", () => {
    const packets = readPackets(syntheticCapture(3), "synthetic");
    expect(packets.map((p) => [p.length, p[34]! * 256 + p[35]!])).toEqual([
      [60, 0],
      [60, 1],
      [60, 2],
    ]);
  });
});

describe("the text", () => {
  const environment: Environment = {
    date: "2026-11-20",
    cpu: "a CPU",
    cores: 2,
    node: "20",
    load: 0,
    unpinned: undefined,
    quick: false,
  };

  it("has a row a figure, the goal and whether it is reached, and what was skipped", () => {
    const r = results();
    r.add("ours", "Mpps", [38, 39, 40], { goal: { least: 30, aim: 45 } });
    r.add("ours / C twin", "x", [0.5, 0.5, 0.5], { goal: { least: 0.6 } });
    r.skip("C twin", "gcc is not installed");
    const text = benchText(environment, r.rows, r.skipped, false);
    expect(text).toMatch(/^ {2}ours +39\.0 +38\.0 +40\.0 +3 +Mpps +>= 30, aim 45 +pass$/m);
    expect(text).toMatch(/^ {2}ours \/ C twin +0\.50 +0\.50 +0\.50 +3 +x +>= 0\.6 +MISS$/m);
    expect(text).toMatch(/^skipped: a section: C twin: gcc is not installed$/m);
    expect(text).toMatch(/^1 of 2 goals missed$/m);
  });

  it("never calls a figure one of hardware", () => {
    expect(benchText(environment, [], [], false)).toContain("No figure here is one of hardware.");
    expect(benchText({ ...environment, unpinned: "koffi is not installed" }, [], [], true)).toContain(
      "not pinned: koffi",
    );
  });
});
