// PMD auto load balance under load: what real Open vSwitch 3.1.0 with DPDK logged of two net_null ports on one of two threads (and idle dummy-pmd
// ports on another node), from the cycles that it had measured, and the edges of each condition.
import { describe, expect, it } from "vitest";
import { AutoLb, type AutoLbView, type BalancedRxq } from "../../src/vswitchd/auto-lb.ts";
import type { AutoLbSettings } from "../../src/vswitchd/dpif-settings.ts";
import { Log } from "../../src/vswitchd/log.ts";
import { INTERVALS, PmdLoad } from "../../src/vswitchd/pmd-load.ts";
import type { Assignment } from "../../src/vswitchd/rxq-scheduling.ts";

const LB: AutoLbSettings = { enabled: true, intervalMinutes: 1, loadThreshold: 50, improvementThreshold: 25 };

function rxq(port: string, number: number, cycles: bigint, numa = 0): BalancedRxq {
  return { port, number, queue: 0, numa, pinned: undefined, cycles, minutePs: cycles };
}

/** A load of intervals as long as that, busy to `percent`. */
function loadOf(interval: bigint, percent: bigint, intervals = INTERVALS + 1, isolated = false): PmdLoad {
  const load = new PmdLoad({ nowPs: 0n, busyPs: 0n });
  for (let i = 1n; i <= intervals; i++)
    load.close({ nowPs: i * interval, busyPs: (i * interval * percent) / 100n }, isolated, LB);
  return load;
}

const C = rxq("c", 4, 2_412_601_326n);
const A = rxq("a", 2, 2_070_773_092n);
const B = rxq("b", 3, 0n);
const D = rxq("d", 5, 0n, 1);
const E = rxq("e", 6, 0n, 1);

function view(assignment: Assignment, loaded: PmdLoad, nodes: readonly [number, number] = [0, 1]): AutoLbView {
  const [near, far] = nodes;
  return {
    threads: [
      { cpu: { core: 0, numa: near }, isolated: false, rxqs: [C, A], load: loaded },
      { cpu: { core: 1, numa: near }, isolated: false, rxqs: [B], load: loadOf(433_000_000n, 0n) },
      { cpu: { core: 2, numa: far }, isolated: false, rxqs: [D], load: loadOf(400_000_000n, 0n) },
      { cpu: { core: 3, numa: far }, isolated: false, rxqs: [E], load: loadOf(400_000_000n, 0n) },
    ],
    rxqs: [C, D, E, A, B],
    settings: { mask: "0xf", assignment, isolate: true },
  };
}

/** A first turn, and one a minute later. @returns its answer, and what it logged */
function check(shown: AutoLbView, lb = LB, ready = true): { again: boolean; lines: string[] } {
  const lines: string[] = [];
  const log = new Log(
    () => "",
    (line) => lines.push(line.replace(/^\|\d+\|dpif_netdev\|/, "")),
  );
  log.levels.set("dpif_netdev:dbg");
  const autoLb = new AutoLb(log);
  expect(autoLb.run(0, lb, ready, shown)).toBe(false);
  expect(autoLb.run(60_000, lb, ready, shown)).toBe(false);
  expect(lines).toEqual([]);
  return { again: autoLb.run(60_001, lb, ready, shown), lines };
}

describe("auto load balance", () => {
  it("logs what the real one logged, and asks for a reconfiguration", () => {
    expect(check(view("group", loadOf(395_000_000n, 94n)))).toEqual({
      again: true,
      lines: [
        "DBG|PMD auto load balance performing dry run.",
        "DBG|Core  0 on numa node 0 assigned port 'c' rx queue 0 (measured processing cycles 2412601326).",
        "DBG|Core  1 on numa node 0 assigned port 'a' rx queue 0 (measured processing cycles 2070773092).",
        "DBG|Core  0 on numa node 0 assigned port 'b' rx queue 0 (measured processing cycles 0).",
        "DBG|Core  2 on numa node 1 assigned port 'd' rx queue 0 (measured processing cycles 0).",
        "DBG|Core  3 on numa node 1 assigned port 'e' rx queue 0 (measured processing cycles 0).",
        "DBG|Numa node 0. Current variance 2209 Estimated variance 30. Variance improvement 98%.",
        "DBG|Numa node 1. Current variance 0 Estimated variance 0. Variance improvement 98%.",
        "DBG|PMD load variance improvement threshold 25% is met.",
        "INFO|PMD auto load balance dry run. Requesting datapath reconfigure.",
      ],
    });
  });

  it("does nothing when the improvement is too small", () => {
    const { again, lines } = check(view("group", loadOf(395_000_000n, 94n)), { ...LB, improvementThreshold: 99 });
    expect(again).toBe(false);
    expect(lines.at(-1)).toBe("DBG|PMD load variance improvement threshold 99% is not met.");
  });

  it.each([
    ["a load below the threshold", loadOf(395_000_000n, 49n)],
    ["eleven intervals only", loadOf(395_000_000n, 94n, INTERVALS - 1)],
    ["a thread that is isolated", loadOf(395_000_000n, 94n, INTERVALS + 1, true)],
  ])("says nothing at all of %s", (_, load) => {
    expect(check(view("group", load))).toEqual({ again: false, lines: [] });
  });

  it("says nothing while a reconfiguration waits", () => {
    expect(check(view("group", loadOf(395_000_000n, 94n)), LB, false)).toEqual({ again: false, lines: [] });
  });

  it("begins to count anew when a thread is reloaded", () => {
    const load = loadOf(395_000_000n, 94n);
    expect(load.isOverloaded).toBe(true);
    load.reload({ nowPs: 0n, busyPs: 0n });
    expect(load.isOverloaded).toBe(false);
    expect(load.intervalPs).toBe(0n);
  });

  it("cannot tell when queues are polled from another node", () => {
    const { again, lines } = check(view("group", loadOf(395_000_000n, 94n), [1, 2]));
    expect(again).toBe(false);
    expect(lines.at(-1)).toMatch(/detected cross-numa polling with multiple numa nodes/);
  });
});
