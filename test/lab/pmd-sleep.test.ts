// pmd-maxsleep: what threads sleep in virtual time, as pmd-perf-show counts it. What is logged of the setting is in pmd-stories.
import { describe, expect, it } from "vitest";
import { lab } from "../../src/node/index.ts";

const BRIDGE = [
  "ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail_mode=secure",
  "ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x6",
];
const port = (name: string, core: number, more = ",no-rx=1"): string =>
  `ovs-vsctl add-port br0 ${name} -- set Interface ${name} type=dpdk options:dpdk-devargs=net_null_${name}${more} ` +
  `other_config:pmd-rxq-affinity=0:${core}`;
const maxSleep = (us: number): string => `ovs-vsctl set Open_vSwitch . other_config:pmd-maxsleep=${us}`;
const CLEAR = "ovs-appctl dpif-netdev/pmd-stats-clear";
const SHOW = "ovs-appctl dpif-netdev/pmd-perf-show -pmd 1";

interface Sleep {
  readonly iterations: number;
  readonly sleeps: number;
  readonly us: number;
}

/** Of the thread on core 1, at each pmd-perf-show. */
async function sleepOf(...lines: readonly string[]): Promise<Sleep[]> {
  const { commands } = await lab([...BRIDGE, ...lines].join("\n"));
  const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
  return commands
    .filter(({ words }) => words.includes("dpif-netdev/pmd-perf-show"))
    .map(({ stdout }) => ({
      iterations: number(stdout, /Iterations: +(\d+)/),
      sleeps: number(stdout, /sleep iterations: +(\d+)/),
      us: number(stdout, /Sleep time \(us\): +(\d+)/),
    }));
}

/** Idle rounds that begin within `us`: each sleeps a microsecond more than the one before, up to `most`; polls take next to nothing. */
function idleRounds(us: number, most: number): Sleep {
  let [iterations, slept] = [0, 0];
  for (let sleep = 0; slept < us; sleep = Math.min(sleep + 1, most)) {
    slept += sleep;
    iterations++;
  }
  return { iterations, sleeps: iterations - 1, us: slept };
}

const near = (found: Sleep | undefined, expected: Sleep): void => {
  for (const key of ["iterations", "sleeps", "us"] as const)
    expect(Math.abs(found![key] - expected[key]) / expected[key], key).toBeLessThan(0.005);
};

describe("a thread with pmd-maxsleep", () => {
  it.each([50, 100, 1000, 10_000])("sleeps up to %d us when it is idle", async (us) => {
    const [found] = await sleepOf(port("a", 1), maxSleep(us), CLEAR, "sleep 2", SHOW);
    near(found, idleRounds(2_000_000, us));
    expect(found!.sleeps).toBe(found!.iterations - 1);
  });

  it("sleeps as much beside one that is busy", async () => {
    const script = [port("a", 1), maxSleep(50), CLEAR, "sleep 0.005", SHOW];
    const [alone] = await sleepOf(...script);
    const [beside] = await sleepOf(port("b", 2, ""), ...script);
    near(beside, alone!);
  });

  it("does not sleep while queues give half a burst", async () => {
    expect(await sleepOf(port("a", 1, ""), maxSleep(100), CLEAR, "sleep 0.002", SHOW)).toMatchObject([
      { sleeps: 0, us: 0 },
    ]);
  });

  it("does not sleep without it, and no more when it is taken back", async () => {
    const [before, during, after] = await sleepOf(
      ...[port("a", 1), CLEAR, "sleep 0.1", SHOW],
      ...[maxSleep(200), "sleep 0.1", SHOW],
      ...[maxSleep(0), CLEAR, "sleep 0.1", SHOW],
    );
    expect(before).toMatchObject({ sleeps: 0, us: 0 });
    expect(during!.sleeps).toBeGreaterThan(400);
    expect(after).toMatchObject({ sleeps: 0, us: 0 });
  });

  it("has no time asleep among its idle cycles", async () => {
    const script = [...BRIDGE, port("a", 1), maxSleep(100), CLEAR, "sleep 1", "ovs-appctl dpif-netdev/pmd-stats-show"];
    const { commands } = await lab(script.join("\n"));
    const idle = Number(/idle cycles: (\d+)/.exec(commands.at(-1)!.stdout)?.[1]);
    expect(idle).toBeGreaterThan(0);
    expect(idle).toBeLessThan(2_600_000_000 / 1000);
  });
});
