// Which thread polls which queue: what tests/pmd.at of Open vSwitch 3.1 expects, in the lab.
import { describe, expect, it } from "vitest";
import { lab } from "../../src/node/index.ts";

const PORT = [
  "ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev",
  "ovs-vsctl add-port br0 p0 -- set Interface p0 type=dpdk options:dpdk-devargs=net_null0,no-rx=1",
];
const SHOW = "ovs-appctl dpif-netdev/pmd-rxq-show";

/** Queues of p0 by core, `!` behind isolated ones, of each pmd-rxq-show. */
async function placements(...lines: readonly string[]): Promise<Record<string, number[]>[]> {
  const { commands } = await lab([...PORT, ...lines].join("\n"), { cores: 16 });
  const shown = commands.filter(({ words }) => words.includes("dpif-netdev/pmd-rxq-show"));
  return shown.map(({ stdout }) =>
    Object.fromEntries(
      stdout
        .split(/^pmd thread numa_id 0 core_id /m)
        .slice(1)
        .map((block) => {
          const isolated = block.includes("isolated : true") ? "!" : "";
          const queues = [...block.matchAll(/queue-id: +(\d+)/g)].map(([, queue]) => Number(queue));
          return [`${Number.parseInt(block, 10)}${isolated}`, queues];
        }),
    ),
  );
}

const global = (text: string): string => `ovs-vsctl set Open_vSwitch . other_config:${text}`;
const ofPort = (text: string): string => `ovs-vsctl set Interface p0 ${text}`;

describe("PMD", () => {
  it("creating a thread/add-port", async () => expect(await placements(SHOW)).toEqual([{ 1: [0] }]));

  it("multiqueue support", async () => {
    expect(await placements(ofPort("options:n_rxq=8"), SHOW)).toEqual([{ 1: [0, 1, 2, 3, 4, 5, 6, 7] }]);
  });

  it("pmd-cpu-mask/distribution of rx queues", async () => {
    const assigned = ["roundrobin", "cycles", "group"].flatMap((name) => [global(`pmd-rxq-assign=${name}`), SHOW]);
    expect(await placements(ofPort("options:n_rxq=8"), global("pmd-cpu-mask=0x3"), ...assigned)).toEqual([
      { 0: [0, 2, 4, 6], 1: [1, 3, 5, 7] },
      { 0: [0, 3, 4, 7], 1: [1, 2, 5, 6] },
      { 0: [0, 2, 4, 6], 1: [1, 3, 5, 7] },
    ]);
  });

  it("rxq affinity", async () => {
    const pinned = ofPort("options:n_rxq=4 other_config:pmd-rxq-affinity=0:3,1:7,2:2,3:8");
    const alone = ofPort("other_config:pmd-rxq-affinity=0:1");
    expect(
      await placements(global("pmd-cpu-mask=1fe"), pinned, SHOW, global("pmd-cpu-mask=6"), SHOW, alone, SHOW),
    ).toEqual([
      { 1: [], "2!": [2], "3!": [0], 4: [], 5: [], 6: [], "7!": [1], "8!": [3] },
      { 1: [0, 1, 3], "2!": [2] },
      { "1!": [0], 2: [1, 2, 3] },
    ]);
  });

  it("rxq affinity - non-isolate", async () => {
    const shared = [global("pmd-rxq-assign=group"), global("pmd-rxq-isolate=false")];
    const pinned = ofPort("options:n_rxq=4 other_config:pmd-rxq-affinity=0:1");
    expect(await placements(global("pmd-cpu-mask=6"), ...shared, pinned, SHOW)).toEqual([{ 1: [0, 2], 2: [1, 3] }]);
  });

  it("reconfigure n_rxq", async () => {
    const back = "ovs-vsctl remove Interface p0 options n_rxq";
    expect(await placements(ofPort("options:n_rxq=2"), SHOW, ofPort("options:n_rxq=4"), SHOW, back, SHOW)).toEqual([
      { 1: [0, 1] },
      { 1: [0, 1, 2, 3] },
      { 1: [0] },
    ]);
  });

  it("pmd-rxq-show pmd usage time", async () => {
    const seconds = [-1, 0, 1, 5, 6, 51, 56, 61];
    const { commands } = await lab([...PORT, ...seconds.map((s) => `${SHOW} -secs ${s}`)].join("\n"));
    const heads = commands.slice(PORT.length).map(({ stdout }) => /last (\d+) seconds/.exec(stdout)?.[1]);
    expect(heads).toEqual(["60", "60", "5", "5", "10", "55", "60", "60"]);
  });
});
