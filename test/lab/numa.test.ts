// A host of several NUMA nodes: where its cores, NICs and guests' memory are, and which thread polls what.
import { describe, expect, it } from "vitest";
import { lab } from "../../src/node/index.ts";
import { parseNodes } from "../../src/vswitchd/cpu-set.ts";

const NUMA = parseNodes("0-3,4-7");
const SHOW = "ovs-appctl dpif-netdev/pmd-rxq-show";
const SWITCH = [
  "ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x22",
  "ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev",
];

function guest(memory: string): string[] {
  return [
    "ovs-vsctl add-port br0 v0 -- set Interface v0 type=dpdkvhostuserclient options:vhost-server-path=/tmp/v0",
    SHOW,
    [
      "qemu-system-x86_64 -name vm -m 1G -smp 2 -chardev socket,id=c,path=/tmp/v0,server=on",
      "-netdev type=vhost-user,id=n,chardev=c -device virtio-net-pci,netdev=n",
      `-object memory-backend-file,id=mem,size=1G,mem-path=/dev/hugepages,share=on${memory} -numa node,memdev=mem`,
    ].join(" "),
    "testpmd -c 0x3 -n 1 -- -i --auto-start",
    "quit",
    SHOW,
  ];
}

/** Ports by core, of each pmd-rxq-show; and what ovs-vsctl get said. */
async function run(lines: readonly string[], pciNodes?: ReadonlyMap<string, number>) {
  const options = pciNodes === undefined ? { numa: NUMA } : { numa: NUMA, pciNodes };
  const { commands } = await lab([...SWITCH, ...lines].join("\n"), options);
  const shown = commands.filter(({ words }) => words.includes("dpif-netdev/pmd-rxq-show"));
  return {
    polled: shown.map(({ stdout }) =>
      Object.fromEntries(
        stdout
          .split(/^pmd thread numa_id \d+ core_id /m)
          .slice(1)
          .map((block) => [Number.parseInt(block, 10), [...block.matchAll(/port: (\S+)/g)].map(([, port]) => port)]),
      ),
    ),
    got: commands.filter(({ words }) => words[1] === "get").map(({ stdout }) => stdout.trim()),
  };
}

describe("NUMA nodes", () => {
  it("of NICs are the set-up's", async () => {
    const nic = (name: string, address: string): string =>
      `ovs-vsctl add-port br0 ${name} -- set Interface ${name} type=dpdk options:dpdk-devargs=${address}`;
    const lines = [
      nic("near", "0000:01:00.0"),
      nic("far", "0000:01:00.1"),
      SHOW,
      "ovs-vsctl get Interface near status:numa_id",
      "ovs-vsctl get Interface far status:numa_id",
    ];
    expect(await run(lines, new Map([["0000:01:00.1", 1]]))).toEqual({
      polled: [{ 1: ["near"], 5: ["far"] }],
      got: ['"0"', '"1"'],
    });
  });

  it("of virtual devices are the main lcore's", async () => {
    const lines = [
      "ovs-vsctl set Open_vSwitch . other_config:dpdk-lcore-mask=0x30",
      "ovs-vsctl add-port br0 p0 -- set Interface p0 type=dpdk options:dpdk-devargs=net_null0,no-rx=1",
      SHOW,
      "ovs-vsctl get Interface p0 status:numa_id",
    ];
    expect(await run(lines)).toEqual({ polled: [{ 1: [], 5: ["p0"] }], got: ['"1"'] });
  });

  it("of vhost ports are their guest's memory's", async () => {
    const { polled } = await run(guest(",host-nodes=1,policy=bind"));
    expect(polled).toEqual([
      { 1: ["v0"], 5: [] },
      { 1: [], 5: ["v0"] },
    ]);
  });

  it("of a guest that nobody has bound are the first", async () => {
    expect((await run(guest(""))).polled.at(-1)).toEqual({ 1: ["v0"], 5: [] });
  });

  it.each([
    ["0-3,4-7", [0, 0, 0, 0, 1, 1, 1, 1]],
    ["0,1,2", [0, 1, 2]],
    ["0-1+4-5,2-3", [0, 0, 1, 1, 0, 0]],
  ])("are spelt %s", (text, nodes) => expect(parseNodes(text)).toEqual(nodes));

  it.each(["0-3,3-7", "1-2", "a", "0-3,", "3-0", "0-9999"])("cannot be %s", (text) => {
    expect(() => parseNodes(text)).toThrow(/expected cores by node/);
  });
});
