// The failover pair of libvirt's document: its command line builds the guest, traffic moves from the virtual function to virtio and back, what was in
// the function's rings is named. Order of events: recorded from QEMU 7.2.22 with Linux 6.1 in it.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Ledger, TraceRecord } from "../../src/node/index.ts";
import { lab } from "../../src/node/index.ts";
import {
  arpRequest,
  captureOf,
  echoRequest,
  eventsOf,
  failoverFile,
  failoverLab,
  qmp,
  requests,
  TEAMING,
  TEAMING_Q35,
} from "./failover.ts";

const MS = 1_000_000;
const SETUP = `${qmp("cont")}ip link set eth0 up\nip addr add 10.0.0.2/24 dev eth0\n`;

function balance({ received, generated, copied, sent, consumed, dropped, queued }: Ledger): [number, number] {
  return [received + generated + copied, sent + consumed + dropped + queued];
}

/** The guest's netdev that took a packet from its ring; undefined: none did */
function takenBy(trace: readonly TraceRecord[], packet: number): string | undefined {
  return trace.find((hop) => hop.packet === packet && hop.hop === "rx" && hop.port.startsWith("QEMUGuest1."))?.port;
}

describe("the document's command line", () => {
  it("builds a guest that waits for cont, then has a master, a standby and a primary a pair", async () => {
    const show = "ip link | grep -A1 eth | grep -o 'eth[0-9]:\\|master eth[0-9]\\|link/ether [0-9a-f:]*'\n";
    const ran = await lab(`${TEAMING}${qmp("query-status")}dmesg\n${qmp("cont")}dmesg\n${show}`);
    expect(ran.stdout).toContain('{"return": {"status": "prelaunch", "singlestep": false, "running": false}}');
    expect(eventsOf(ran.stdout)).toEqual([
      "RESUME",
      "FAILOVER_NEGOTIATED ua-backup0",
      "FAILOVER_NEGOTIATED ua-backup1",
    ]);
    expect([...ran.stdout.matchAll(/^virtio_net .*/gm)].map(([line]) => line)).toEqual([
      "virtio_net virtio0 eth0: failover master:eth0 registered",
      "virtio_net virtio0 eth0: failover standby slave:eth1 registered",
      "virtio_net virtio1 eth2: failover master:eth2 registered",
      "virtio_net virtio1 eth2: failover standby slave:eth3 registered",
      "virtio_net virtio0 eth0: failover primary slave:eth4 registered",
      "virtio_net virtio1 eth2: failover primary slave:eth5 registered",
    ]);
    const [first, second] = ["00:11:22:33:44:55", "66:44:33:22:11:00"].map((mac) => `link/ether ${mac}\n`);
    const links = `eth0:\n${first}eth1:\nmaster eth0\n${first}eth2:\n${second}eth3:\nmaster eth2\n${second}`;
    expect(ran.stdout.endsWith(`${links}eth4:\nmaster eth0\n${first}eth5:\nmaster eth2\n${second}`)).toBe(true);
  });

  it("has its primaries on a conventional bus: QEMU's warning is given, and that they are plugged all the same", async () => {
    const { stderr } = await lab(`${TEAMING}${qmp("cont")}`);
    const warning = "qemu-system-i386: warning:";
    const each = (id: string): string =>
      `${warning} failover primary device must be on PCIExpress bus\n${warning} ${id} is plugged all the same: PCI hotplug is not modelled\n`;
    expect(stderr).toBe(each("hostdev0") + each("hostdev1"));
  });

  it("with root ports for its primaries it gives no warning", async () => {
    const { stderr } = await lab(`${TEAMING_Q35}${qmp("cont")}`);
    expect(stderr).toBe("");
  });
});

describe("docs/failover.sh", () => {
  it("has a peer's echo requests, one each 10 ms, on the NIC's line", () => {
    const capture = readFileSync(new URL("../../pcaps/failover.pcap", import.meta.url));
    expect(new Uint8Array(capture)).toEqual(requests(140, 10 * MS));
  });
});

describe("traffic", () => {
  it("goes by the function, by virtio while the guest migrates, and back; every packet is in one counter", async () => {
    const script = `${TEAMING}${failoverFile("traffic.sh")}`;
    const ran = await failoverLab(script, requests(1500, MS), { trace: [1, 1500] });
    expect(eventsOf(ran.stdout)).toEqual([
      "RESUME",
      "FAILOVER_NEGOTIATED ua-backup0",
      "FAILOVER_NEGOTIATED ua-backup1",
      "UNPLUG_PRIMARY hostdev0",
      "UNPLUG_PRIMARY hostdev1",
    ]);
    const ways = Array.from({ length: 1500 }, (_, i) => takenBy(ran.trace, i + 1) ?? "lost");
    const runs = ways.flatMap((way, i) => (way === ways[i - 1] ? [] : [`${i} ${way}`]));
    expect(runs).toEqual(["0 QEMUGuest1.eth4", "586 lost", "587 QEMUGuest1.eth1", "1040 QEMUGuest1.eth4"]);
    const lost = ran.trace.filter(({ hop }) => hop === "drop");
    expect(lost.map(({ packet, port, reason }) => [packet, port, reason])).toEqual([
      [587, "QEMUGuest1.eth4", "vf_unplugged"],
    ]);
    expect(ran.ledger).toMatchObject({ received: 1500, sent: 1499, dropped: 1, queued: 0, drops: { vf_unplugged: 1 } });
    expect(ran.left.map(({ data }) => (data[18]! << 8) | data[19]!)).toEqual(
      Array.from({ length: 1500 }, (_, i) => i).filter((i) => i !== 586),
    );
    expect(ran.left.every(({ data }) => data[34] === 0 && data[5] === 1 && data[11] === 0x55)).toBe(true);
  });

  it("that comes while the driver has let go and the function is not yet reset is lost, and named", async () => {
    const migrate = qmp("migrate", { uri: "exec:cat>/dev/null" });
    const script = `${TEAMING_Q35}${SETUP}sleep 0.01\n${migrate}sleep 0.5\n`;
    const ran = await failoverLab(script, requests(20_000, 10_000), { trace: [1, 20_000] });
    expect(ran.ledger.drops).toEqual({ vf_unplugged: 100 });
    const ends = ran.trace.filter(({ hop, port }) => hop === "drop" || (hop === "tx" && port === "0000:03:00.0"));
    expect(ends.map(({ packet }) => packet)).toEqual(Array.from({ length: 20_000 }, (_, i) => i + 1));
    expect(ran.ledger.received - ran.ledger.sent).toBe(100);
    expect(balance(ran.ledger)[0]).toBe(balance(ran.ledger)[1]);
  });

  it("faster than the guest takes it finds the function's ring full: rx_missed", async () => {
    const ran = await failoverLab(`${TEAMING_Q35}${SETUP}sleep 0.1\n`, requests(5000, 67));
    const { received, sent, dropped, drops } = ran.ledger;
    expect({ received, left: received - sent }).toEqual({ received: 5000, left: dropped });
    expect(Object.keys(drops)).toEqual(["rx_missed"]);
    expect(drops.rx_missed).toBeGreaterThan(1000);
  });

  it("for a group address comes by both ways: the standby's copy is nobody's, the answer is one", async () => {
    const line = captureOf([arpRequest(), echoRequest(1)], [MS, 2 * MS]);
    const ran = await failoverLab(`${TEAMING_Q35}${SETUP}sleep 0.1\n`, line);
    // four ports have it: two functions, two macvtaps; the other pair's master is down, so its two wait in their rings
    expect(ran.ledger).toMatchObject({ received: 2, copied: 3, sent: 2, dropped: 1, queued: 2 });
    expect(ran.ledger.drops).toEqual({ rx_nohandler: 1 });
    expect(ran.left.map(({ data }) => [data[12], data[13], data[21]])).toEqual([
      [8, 6, 2],
      [8, 0, 0],
    ]);
  });

  it("for an address that nobody has ends at the switch, for another guest's at its netdev only where flooded", async () => {
    const ran = await failoverLab(`${TEAMING_Q35}${SETUP}sleep 0.1\n`, requests(5, MS, [0x02, 9, 9, 9, 9, 9]));
    expect(ran.ledger).toMatchObject({ received: 5, dropped: 5, drops: { mac_filtered: 5 } });
  });

  it("moves with device_del as well; device_add cannot bring the primary back, QEMU has its id", async () => {
    const again = {
      driver: "vfio-pci",
      host: "0000:03:07.1",
      id: "hostdev0",
      failover_pair_id: "ua-backup0",
      bus: "rp0",
    };
    const steps = `sleep 0.1\n${qmp("device_del", { id: "hostdev0" })}sleep 0.2\n${qmp("device_add", again)}`;
    const script = `${TEAMING_Q35}${SETUP}${steps}${qmp("device_del", { id: "hostdev0" })}sleep 0.1\n`;
    const ran = await failoverLab(script, requests(400, MS), { trace: [1, 400] });
    expect(ran.stdout).toContain(`{"error": {"class": "GenericError", "desc": "Duplicate ID 'hostdev0' for device"}}`);
    expect(ran.stdout).toContain(`{"error": {"class": "DeviceNotFound", "desc": "Device 'hostdev0' not found"}}`);
    expect([100, 380].map((packet) => takenBy(ran.trace, packet))).toEqual(["QEMUGuest1.eth4", "QEMUGuest1.eth1"]);
    expect(ran.ledger.drops).toEqual({ vf_unplugged: 1 });
  });

  it("stays with virtio when the function has another address: the kernel pairs by MAC alone", async () => {
    const pci = new Map([["0000:03:07.1", "vf,mac=02:00:00:00:00:07"]]);
    const ran = await failoverLab(`${TEAMING_Q35}${SETUP}sleep 0.1\ndmesg\nip link show eth4\n`, requests(50, MS), {
      pci,
      trace: [1, 50],
    });
    expect(ran.stdout).not.toContain("virtio0 eth0: failover primary");
    expect(ran.stdout).toMatch(/eth4: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN/);
    expect(takenBy(ran.trace, 20)).toBe("QEMUGuest1.eth1");
    expect(ran.ledger).toMatchObject({ received: 50, sent: 50, dropped: 0 });
  });

  it("of functions without a standby goes to each by its own address, and nobody moves it", async () => {
    const words =
      "-device pcie-root-port,id=rp0 -device pcie-root-port,id=rp1 -device vfio-pci,host=03:07.1,id=h0,bus=rp0 -device vfio-pci,host=03:07.2,id=h1,bus=rp1";
    const pci = new Map([["0000:03:07.2", "vf,mac=00:11:22:33:44:55"]]);
    const up = "ip link set eth1 up\nip addr add 10.0.0.2/24 dev eth1\nip link show eth0\ndmesg\n";
    const script = `qemu-system-x86_64 -name QEMUGuest1 -machine q35 ${words}\n${up}sleep 0.1\n`;
    const ran = await failoverLab(script, requests(50, MS), { pci, trace: [1, 50] });
    expect(ran.stdout).toMatch(/^2: eth0: .*\n {4}link\/ether 02:09:c0:00:00:01 brd ff:ff:ff:ff:ff:ff\n$/);
    expect(takenBy(ran.trace, 20)).toBe("QEMUGuest1.eth1");
    expect(ran.ledger).toMatchObject({ received: 50, sent: 50, dropped: 0 });
  });

  it("of a guest whose CPUs stand still waits in its rings, and is answered when they go on", async () => {
    const script = `${TEAMING_Q35}${SETUP}sleep 0.01\n${qmp("stop")}sleep 0.1\n${qmp("cont")}sleep 0.1\n`;
    const ran = await failoverLab(script, requests(150, MS));
    expect(ran.ledger).toMatchObject({ received: 150, sent: 150, dropped: 0 });
  });
});
