// Topologies as plain data: ports, rings, streams, addresses; and MAC addresses as the engine stores them.
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { defaultPeer, formatMac, guestMac, parseMac, phyMac } from "../../src/run/mac.ts";
import { exits } from "../../src/run/replay.ts";
import { buildTopology, type Topology } from "../../src/run/topology.ts";

const streams = (t: Topology): string[] =>
  t.streams.map(({ lcore, role, rx, tx }) => `${lcore} ${role} ${rx.join("/")} -> ${tx.join("/")}`);

describe("a topology", () => {
  it("p2p: the host joins its two NICs in the chosen mode", () => {
    const t = buildTopology("p2p", 1);
    expect(streams(t)).toEqual(["host mode phy0/0 -> phy1/0", "host mode phy1/0 -> phy0/0"]);
    expect(t).toMatchObject({ vms: 0, links: [], lcores: ["host"] });
  });

  it("pvp: the host joins NICs and vhost ports by io, the guest its two NICs in the chosen mode", () => {
    expect(streams(buildTopology("pvp", 1))).toEqual([
      "host wire phy0/0 -> vhost0/0",
      "host wire vhost0/0 -> phy0/0",
      "host wire vhost1/0 -> phy1/0",
      "host wire phy1/0 -> vhost1/0",
      "vm0 mode vm0.eth0/0 -> vm0.eth1/0",
      "vm0 mode vm0.eth1/0 -> vm0.eth0/0",
    ]);
  });

  it("loopback: one NIC, one guest port that sends back what it receives", () => {
    const t = buildTopology("loopback", 1);
    expect(streams(t)).toEqual([
      "host wire phy0/0 -> vhost0/0",
      "host wire vhost0/0 -> phy0/0",
      "vm0 mode vm0.eth0/0 -> vm0.eth0/0",
    ]);
    expect(t.nics.map(({ name }) => name)).toEqual(["phy0"]);
  });

  it.each([1, 2, 3, 32])("pvvp:%i: the host joins the end of each VM and the beginning of the next", (vms) => {
    const t = buildTopology(`pvvp:${vms}`, 1);
    expect(t.links.map(({ name, guestName }) => `${name} ${guestName}`)).toEqual(
      Array.from({ length: 2 * vms }, (_, i) => `vhost${i} vm${i >> 1}.eth${i & 1}`),
    );
    for (let vm = 1; vm < vms; vm++) {
      expect(streams(t)).toContain(`host wire vhost${2 * vm - 1}/0 -> vhost${2 * vm}/0`);
    }
    expect(streams(t)).toContain(`host wire vhost${2 * vms - 1}/0 -> phy1/0`);
    expect(exits(t, ["phy0"])).toEqual(["phy1"]);
  });

  it.each([
    [1, 1],
    [3, 2],
  ])("pvpv:%i with %i queues: each VM has its group of the NICs' queues", (vms, queues) => {
    const t = buildTopology(`pvpv:${vms}`, queues);
    expect(t.nics.map((nic) => nic.queues)).toEqual([vms * queues, vms * queues]);
    for (let vm = 0; vm < vms; vm++) {
      for (let q = 0; q < queues; q++) {
        expect(streams(t)).toContain(`host wire phy0/${vm * queues + q} -> vhost${2 * vm}/${q}`);
        expect(streams(t)).toContain(`host wire vhost${2 * vm + 1}/${q} -> phy1/${vm * queues + q}`);
      }
    }
  });

  it("without a number has two VMs", () => {
    expect(buildTopology("pvvp", 1).vms).toBe(2);
    expect(buildTopology("pvpv", 1).vms).toBe(2);
  });

  it.each(["p2p", "pvp", "pvvp:3", "pvpv:2", "loopback"])("%s polls every rx queue exactly once", (name) => {
    const t = buildTopology(name, 2);
    const polled = t.streams.map(({ rx }) => rx.join("/"));
    expect(new Set(polled).size).toBe(polled.length);
    const queues = [...t.nics, ...t.links].flatMap((port) =>
      Array.from({ length: port.queues }, (_, q) => `${port.name}/${q}`),
    );
    const guests = t.links.flatMap((link) => Array.from({ length: link.queues }, (_, q) => `${link.guestName}/${q}`));
    expect(polled.sort()).toEqual([...queues, ...guests].sort());
  });

  it.each(["", "p2p:1", "loopback:2", "pvp:1", "pvvp:0", "pvvp:33", "pvvp:-1", "pvvp:1.5", "pvpv: 2", "ring"])(
    "%j is refused",
    (text) => expect(() => buildTopology(text, 1)).toThrow(UsageError),
  );

  it("leaves by phy0 what enters by phy1, and in loopback what enters by phy0", () => {
    expect(exits(buildTopology("pvp", 1), ["phy1"])).toEqual(["phy0"]);
    expect(exits(buildTopology("pvpv:3", 2), ["phy0", "phy1"])).toEqual(["phy0", "phy1"]);
    expect(exits(buildTopology("loopback", 1), ["phy0"])).toEqual(["phy0"]);
  });
});

describe("a MAC address", () => {
  it.each([
    ["02:70:63:61:70:01", 0x017061637002n],
    ["0:1:2:3:4:5", 0x050403020100n],
    ["FF:ff:FF:ff:FF:ff", 0xffffffffffffn],
  ])("%s has its first byte lowest", (text, value) => {
    expect(parseMac(text)).toBe(value);
    expect(parseMac(formatMac(value))).toBe(value);
  });

  it.each([
    "",
    "02:70:63:61:70",
    "02:70:63:61:70:01:02",
    "02:70:63:61:70:g1",
    "02-70-63-61-70-01",
    "002:70:63:61:70:01",
  ])("%j is refused", (text) => expect(() => parseMac(text)).toThrow(UsageError));

  it("of NICs, guests and peers is as the contract names it", () => {
    expect(formatMac(phyMac(1))).toBe("02:70:63:61:70:01");
    expect(formatMac(guestMac(3, 1))).toBe("02:00:00:00:03:01");
    expect(formatMac(defaultPeer(12))).toBe("02:00:00:00:00:0c");
  });
});
