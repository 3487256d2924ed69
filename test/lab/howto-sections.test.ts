// The other sections of "Using Open vSwitch with DPDK": bridges and ports, PMD threads, QoS, rate limiting, flow control, jumbo frames, statistics,
// hotplug, vdevs, the EMC's probability; the commands as the document writes them, with what it says comes of them.
import { describe, expect, it } from "vitest";
import { type LabReport, lab } from "../../src/node/index.ts";
import { howto } from "./howto.ts";

const BRIDGE = "ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev\n";
/** A vhost port behind a bridge that sends it all that a NIC hears, and a guest that receives. */
const VHOST = `${BRIDGE}ovs-vsctl add-port br0 phy0 -- set Interface phy0 type=dpdk options:dpdk-devargs=0000:01:00.0 ofport_request=1
ovs-vsctl add-port br0 vhost-user0 -- set Interface vhost-user0 type=dpdkvhostuser ofport_request=2
ovs-ofctl del-flows br0
ovs-ofctl add-flow br0 in_port=1,actions=output:2
ovs-ofctl add-flow br0 in_port=2,actions=output:1
qemu-system-x86_64 -name vm -smp 2 -chardev socket,id=c,path=$OVS_RUNDIR/vhost-user0 \\
  -netdev type=vhost-user,id=n,chardev=c -device virtio-net-pci,netdev=n,rx_queue_size=1024
`;
/** 60 bytes and FCS are the document's 64. */
const ENDLESS = new Map([["0000:01:00.0", "net_null0,size=60"]]);

function answers({ commands }: LabReport, part: string): string[] {
  return commands.filter(({ words }) => words.join(" ").includes(part)).map(({ stdout }) => stdout);
}

describe("ports and bridges", () => {
  it("DPDK ports are added to a userspace bridge", async () => {
    const ran = await lab(`${howto("ports-and-bridges")}ovs-vsctl show\n`);
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toMatch(/Interface dpdk-p1\n +type: dpdk\n +options: \{dpdk-devargs="0000:01:00.1"\}/);
  });

  it("a bond of two DPDK ports is made", async () => {
    const ran = await lab(`${BRIDGE}${howto("bond")}ovs-appctl bond/show dpdkbond\n`);
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toMatch(/---- dpdkbond ----\nbond_mode: active-backup/);
  });

  it("after exit the database cannot be reached", async () => {
    const exit = "ovs-appctl -t ovs-vswitchd exit\novs-appctl -t ovsdb-server exit\novs-vsctl del-br br0\n";
    const ran = await lab(`${BRIDGE}${exit}`);
    expect(ran.stderr).toMatch(/database connection failed \(No such file or directory\)/);
    expect(ran.code).toBe(1);
  });
});

describe("PMD threads", () => {
  it("statistics are shown, cleared, and the assignment shown", async () => {
    const traffic = `${VHOST}sleep 0.001\n`;
    const ran = await lab(`${traffic}${howto("statistics")}ovs-appctl dpif-netdev/pmd-stats-show\n`, {
      pci: ENDLESS,
    });
    const [before = "", after = ""] = answers(ran, "pmd-stats-show");
    expect(Number(/packets received: (\d+)/.exec(before)?.[1])).toBeGreaterThan(1000);
    expect(after).toContain("packets received: 0\n");
    expect(ran.stdout).toMatch(/port: phy0 +queue-id: {2}0 \(enabled\)/);
  });

  it("queues 0, 1 and 3 are pinned to cores 3, 7 and 8, and those are isolated", async () => {
    const mask = "ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x18a\n";
    const script = `${howto("ports-and-bridges")}${mask}${howto("affinity")}ovs-appctl dpif-netdev/pmd-rxq-show\n`;
    const ran = await lab(script);
    const [shown = ""] = answers(ran, "pmd-rxq-show");
    const thread = (core: number): string =>
      new RegExp(`core_id ${core}:\\n([\\s\\S]*?)(?=pmd thread|$)`).exec(shown)?.[1] ?? "";
    for (const [core, queue] of [
      [3, 0],
      [7, 1],
      [8, 3],
    ] as const) {
      expect(thread(core)).toMatch(/isolated : true/);
      expect(thread(core)).toMatch(new RegExp(`port: dpdk-p0 +queue-id: +${queue} `));
    }
    expect(thread(1)).toMatch(/isolated : false[\s\S]*port: dpdk-p0 +queue-id: {2}2 /);
  });

  it("in 2.7 a queue without a thread that is not isolated is not polled", async () => {
    const mask = "ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x188\n";
    const script = `${howto("ports-and-bridges")}${mask}${howto("affinity")}ovs-appctl dpif-netdev/pmd-rxq-show\n`;
    const [shown = ""] = answers(await lab(script, { version: "2.7" }), "pmd-rxq-show");
    expect(shown).toMatch(/core_id 3:\n\tisolated : true\n\tport: dpdk-p0\tqueue-id: 0\n/);
    expect(shown).not.toMatch(/dpdk-p1|queue-id: 2/);
  });
});

/** Packets a second that the guest got in the last of two equal times. */
async function rate(settings: string, counted: RegExp): Promise<number> {
  const show = "ovs-ofctl dump-ports br0\n";
  const testpmd = `testpmd -c 0x3 -n 1 -- -i --forward-mode=MODE --auto-start\nsleep 0.05\nquit\n`;
  const script = `${VHOST}${settings}${show}${testpmd.replace("MODE", "rxonly")}`;
  const { stdout } = await lab(script, { pci: ENDLESS });
  return Number(counted.exec(stdout)?.[1]) / 0.05;
}

describe("QoS", () => {
  it("the egress policer lets about a million packets a second to the guest", async () => {
    const packets = await rate(howto("qos"), /Accumulated[\s\S]*RX-packets: (\d+)/);
    expect(packets).toBeGreaterThan(0.97e6);
    expect(packets).toBeLessThan(1.03e6);
  });

  it("without it the guest gets more", async () => {
    expect(await rate("", /Accumulated[\s\S]*RX-packets: (\d+)/)).toBeGreaterThan(2e6);
  });

  it("is shown, and cleared", async () => {
    const ran = await lab(`${VHOST}${howto("qos")}${howto("qos-clear")}`, { pci: new Map() });
    expect(answers(ran, "qos/show")).toEqual([
      "QoS: vhost-user0 egress-policer\ncir: 46000000\ncbs: 2048\n",
      "QoS not configured on vhost-user0\n",
    ]);
  });
});

describe("rate limiting", () => {
  it("the ingress policer lets about a million packets a second in from the guest", async () => {
    const testpmd = "testpmd -c 0x3 -n 1 -- -i --forward-mode=txonly --txpkts=60 --auto-start\nsleep 0.05\nquit\n";
    const script = `${VHOST}${howto("rate-limiting")}${testpmd}ovs-ofctl dump-ports br0 1\n`;
    const { stdout } = await lab(script, { pci: new Map() });
    const sent = Number(/port {2}1:[\s\S]*tx pkts=(\d+)/.exec(stdout)?.[1]);
    // the bucket, a thousand kilobits, is full at first
    const bucket = 125_000 / 46;
    expect((sent - bucket) / 0.05 / 1e6).toBeGreaterThan(0.97);
    expect((sent - bucket) / 0.05 / 1e6).toBeLessThan(1.1);
    expect(stdout).toContain("ingress_policing_burst: 1000\n");
  });
});

describe("flow control, jumbo frames, checksums", () => {
  it("flow control is refused with a warning where a device has none", async () => {
    const ran = await lab(`${BRIDGE}${howto("flow-control")}`);
    expect(ran.stderr).toBe("");
  });

  it("the MTU follows mtu_request", async () => {
    const ran = await lab(`${BRIDGE}${howto("jumbo")}`);
    expect(answers(ran, "get Interface dpdk-p0 mtu")).toEqual(["9000\n", "6200\n"]);
  });

  it("rx-checksum-offload is taken", async () => {
    expect((await lab(`${BRIDGE}${howto("checksum")}`)).stderr).toBe("");
  });
});

describe("extended statistics, hotplug, vdevs, EMC", () => {
  it("protocols are set and port statistics of OpenFlow 1.4 shown", async () => {
    const ran = await lab(`${howto("ports-and-bridges")}${howto("extended-statistics")}`);
    expect(ran.stdout).toContain("[OpenFlow10, OpenFlow11, OpenFlow12, OpenFlow13, OpenFlow14]");
    expect(ran.stdout).toMatch(/OFPST_PORT reply \(OF1.4\)[\s\S]*CUSTOM Statistics/);
  });

  it("a device in use is not detached, one that del-port has let go is not found", async () => {
    const ran = await lab(`${BRIDGE}${howto("hotplug")}`);
    expect(ran.stderr).toContain(
      "Device '0000:01:00.0' is being used by the following interfaces: dpdkx. Remove them before detaching.",
    );
    expect(ran.stderr).toContain("Device '0000:01:00.0' not found in DPDK");
  });

  it("eth_null0 is a port; eth_af_packet0 is refused with its reason", async () => {
    const ran = await lab(`${BRIDGE}${howto("vdev")}ovs-vsctl get Interface null0 ofport\n`);
    expect(ran.stdout).toBe("1\n");
    expect(ran.stderr).toContain("Error attaching device 'eth_af_packet0,iface=eth0' to DPDK");
  });

  it("with a probability of 1 each flow enters the EMC, with 0 none", async () => {
    const rules =
      "ovs-ofctl del-flows br0\novs-ofctl add-flow br0 in_port=1,udp,actions=output:2\novs-ofctl add-flow br0 in_port=1,ip,nw_dst=10.0.0.0/8,actions=output:2\n";
    const emc = async (probability: string): Promise<number> => {
      const { stdout } = await lab(
        `${VHOST}${rules}${howto("emc").replace("prob=1", `prob=${probability}`)}sleep 0.001\novs-appctl dpif-netdev/pmd-stats-show\n`,
        { pci: ENDLESS },
      );
      return Number(/emc hits: (\d+)/.exec(stdout)?.[1]);
    };
    expect(await emc("0")).toBe(0);
    expect(await emc("1")).toBeGreaterThanOrEqual(0);
  });
});
