// The device side of a control queue over both layouts: what each command does, in any legal framing, and what is refused. Conformance cases 60 to 65
// of virtio 1.3, 5.1.6.5; where it leaves a choice, QEMU 7.2's.
import { describe, expect, it } from "vitest";
import * as abi from "../../../assembly/abi/control.ts";
import { ControlSiege, le16, le32, macBytes, multicast, OWN, tables, unicast } from "../../support/control-siege.ts";
import { INDIRECT, WRITE } from "../../support/driver-mock.ts";
import type { Layout } from "../../support/siege.ts";

const { VIRTIO_NET_OK: OK, VIRTIO_NET_ERR: ERR } = abi;
const BROADCAST = 0xffff_ffff_ffffn;
const LAYOUTS: readonly Layout[] = ["split", "packed"];
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe.each(LAYOUTS)("%s: MAC tables (60)", (layout) => {
  it("empty tables let in the device's own address and broadcast, nothing else", () => {
    const siege = new ControlSiege(layout);
    expect(siege.mode(abi.VIRTIO_NET_CTRL_RX_PROMISC, false)).toBe(OK);
    expect(siege.setTable([], [])).toBe(OK);
    expect([OWN, BROADCAST, unicast(1), multicast(1)].map((mac) => siege.accepts(mac))).toEqual([
      ...[true, true, false, false],
    ]);
    siege.unharmed();
  });

  it("a table lets in what it lists, and replaces the one before", () => {
    const siege = new ControlSiege(layout);
    siege.mode(abi.VIRTIO_NET_CTRL_RX_PROMISC, false);
    expect(siege.setTable([unicast(1), unicast(2)], [multicast(1)])).toBe(OK);
    expect([unicast(1), unicast(2), unicast(3), multicast(1), multicast(2), OWN].map((m) => siege.accepts(m))).toEqual([
      ...[true, true, false, true, false, true],
    ]);
    expect(siege.setTable([unicast(3)], [])).toBe(OK);
    expect([unicast(1), unicast(3), multicast(1)].map((mac) => siege.accepts(mac))).toEqual([false, true, false]);
    expect(siege.told).toMatchObject({ unicast: [unicast(3)], multicast: [] });
  });

  it.each([
    [70, 3, true, false],
    [64, 1, false, true],
    [64, 0, false, false],
    [60, 4, false, false],
    [60, 5, false, true],
    [65, 65, true, true],
    [0, 64, false, false],
  ])("%i unicast and %i multicast addresses overflow: %s, %s; the answer is OK", (uni, multi, overU, overM) => {
    const siege = new ControlSiege(layout);
    siege.mode(abi.VIRTIO_NET_CTRL_RX_PROMISC, false);
    expect(siege.setTable(range(uni).map(unicast), range(multi).map(multicast))).toBe(OK);
    expect(siege.told).toMatchObject({ unicastOverflow: overU, multicastOverflow: overM });
    // What overflowed lets in all of its kind.
    expect(siege.accepts(unicast(200))).toBe(overU);
    expect(siege.accepts(multicast(200))).toBe(overM);
    if (multi > 0) expect(siege.accepts(multicast(multi - 1))).toBe(true);
    if (uni > 0) expect(siege.accepts(unicast(uni - 1))).toBe(true);
    siege.unharmed();
  });

  it.each([
    ["no data", []],
    ["half a number", [1, 0]],
    ["more addresses than follow", [...le32(2), ...macBytes(unicast(1)), ...le32(0)]],
    ["a number whose bytes wrap around", [...le32(0x2aaa_aaab), 0, 0, ...le32(0)]],
    ["no second table", [...le32(1), ...macBytes(unicast(1))]],
    ["a second table that is too short", [...le32(0), ...le32(1), 1, 2]],
    ["bytes behind it", [...tables([], []), 0]],
  ])("%s is an error, and the tables stay", (_, data) => {
    const siege = new ControlSiege(layout);
    siege.setTable([unicast(9)], [multicast(9)]);
    expect(siege.command(abi.VIRTIO_NET_CTRL_MAC, abi.VIRTIO_NET_CTRL_MAC_TABLE_SET, data)).toBe(ERR);
    expect(siege.told).toMatchObject({ unicast: [unicast(9)], multicast: [multicast(9)] });
    expect(siege.setTable([], [])).toBe(OK);
    siege.unharmed();
  });

  it("ADDR_SET takes six bytes, no other number", () => {
    const siege = new ControlSiege(layout);
    const set = (data: readonly number[]): number | undefined =>
      siege.command(abi.VIRTIO_NET_CTRL_MAC, abi.VIRTIO_NET_CTRL_MAC_ADDR_SET, data);
    siege.mode(abi.VIRTIO_NET_CTRL_RX_PROMISC, false);
    expect([set(macBytes(unicast(5)).slice(1)), set([...macBytes(unicast(5)), 0])]).toEqual([ERR, ERR]);
    expect(siege.accepts(OWN)).toBe(true);
    expect(set(macBytes(unicast(5)))).toBe(OK);
    expect([siege.accepts(OWN), siege.accepts(unicast(5))]).toEqual([false, true]);
  });
});

describe.each(LAYOUTS)("%s: VLANs (61) and modes (62)", (layout) => {
  it("with the filter agreed on a tagged frame passes by the table; an untagged one always", () => {
    const siege = new ControlSiege(layout);
    const vlan = (command: number, vid: number): number | undefined =>
      siege.command(abi.VIRTIO_NET_CTRL_VLAN, command, le16(vid));
    const passes = (): boolean[] => [
      ...[siege.accepts(OWN, 100), siege.accepts(OWN, 101), siege.accepts(OWN, 0xe064)],
      ...[siege.accepts(OWN), siege.accepts(OWN, 100, 0x88a8)],
    ];
    siege.mode(abi.VIRTIO_NET_CTRL_RX_PROMISC, false);
    expect(passes()).toEqual([false, false, false, true, true]);
    expect(vlan(abi.VIRTIO_NET_CTRL_VLAN_ADD, 100)).toBe(OK);
    expect(passes()).toEqual([true, false, true, true, true]);
    expect(vlan(abi.VIRTIO_NET_CTRL_VLAN_DEL, 100)).toBe(OK);
    expect(passes()).toEqual([false, false, false, true, true]);
    expect([vlan(abi.VIRTIO_NET_CTRL_VLAN_ADD, 4095), vlan(abi.VIRTIO_NET_CTRL_VLAN_ADD, 4096)]).toEqual([OK, ERR]);
    expect([vlan(2, 1), siege.command(abi.VIRTIO_NET_CTRL_VLAN, 0, [1])]).toEqual([ERR, ERR]);
    expect(siege.told.vlans).toEqual([4095]);
  });

  it("without it every VLAN passes", () => {
    const siege = new ControlSiege(layout, { vlans: false });
    siege.mode(abi.VIRTIO_NET_CTRL_RX_PROMISC, false);
    expect([siege.accepts(OWN, 0), siege.accepts(OWN, 4095), siege.accepts(unicast(1), 7)]).toEqual([
      ...[true, true, false],
    ]);
  });

  it("promiscuous mode lets all in, whatever else was told", () => {
    const siege = new ControlSiege(layout);
    for (const mode of [3, 4, 5]) expect(siege.mode(mode, true)).toBe(OK);
    expect([OWN, BROADCAST, unicast(1), multicast(1)].every((mac) => siege.accepts(mac, 7))).toBe(true);
    expect(siege.mode(abi.VIRTIO_NET_CTRL_RX_PROMISC, false)).toBe(OK);
    expect([OWN, BROADCAST, unicast(1), multicast(1)].some((mac) => siege.accepts(mac))).toBe(false);
  });

  // Frames: the device's own address, another one, one of the table, broadcast, a group, a group of the table.
  it.each([
    ["none", [], "own listed broadcast group-listed"],
    ["allmulti", [1], "own listed broadcast group group-listed"],
    ["alluni", [2], "own other listed broadcast group-listed"],
    ["nomulti", [3], "own listed broadcast"],
    ["nouni", [4], "broadcast group-listed"],
    ["nobcast", [5], "own listed group-listed"],
    ["allmulti and nomulti", [1, 3], "own listed broadcast"],
    ["alluni and nouni", [2, 4], "broadcast group-listed"],
    ["all three no", [3, 4, 5], ""],
  ])("of the modes %s let in these", (_, modes, expected) => {
    const siege = new ControlSiege(layout);
    siege.mode(abi.VIRTIO_NET_CTRL_RX_PROMISC, false);
    siege.setTable([unicast(1)], [multicast(1)]);
    for (const mode of modes) expect(siege.mode(mode, true)).toBe(OK);
    const frames = { own: OWN, other: unicast(2), listed: unicast(1), broadcast: BROADCAST };
    const groups = { group: multicast(2), "group-listed": multicast(1) };
    const passed = Object.entries({ ...frames, ...groups }).flatMap(([name, mac]) => (siege.accepts(mac) ? name : []));
    expect(passed.join(" ")).toBe(expected);
    for (const mode of modes) siege.mode(mode, false);
    expect(siege.accepts(unicast(1))).toBe(true);
  });
});

describe.each(LAYOUTS)("%s: pairs (63), unknown commands (64), acknowledgement (65)", (layout) => {
  const pairs = (siege: ControlSiege, n: number): number | undefined =>
    siege.command(abi.VIRTIO_NET_CTRL_MQ, abi.VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, le16(n));

  it("0 pairs, and more than there are, are errors; the number counts from the answer on", () => {
    const siege = new ControlSiege(layout, { pairs: 2 });
    expect(siege.control.pairs).toBe(1);
    expect([pairs(siege, 0), pairs(siege, 3), pairs(siege, 0x8001)]).toEqual([ERR, ERR, ERR]);
    expect(siege.control.pairs).toBe(1);
    expect([pairs(siege, 2), siege.control.pairs]).toEqual([OK, 2]);
    expect([pairs(siege, 1), siege.control.pairs]).toEqual([OK, 1]);
    expect(pairs(new ControlSiege(layout, { mq: false }), 1)).toBe(ERR);
  });

  it.each([
    [5, 0],
    [17, 0],
    [255, 255],
    [0, 6],
    [1, 2],
    [2, 2],
    [3, 1],
    [4, 1],
    [4, 2],
  ])("class %i, command %i is an error, and the ring lives", (kind, command) => {
    const siege = new ControlSiege(layout);
    expect(siege.command(kind, command, [1, 0])).toBe(ERR);
    expect(siege.command(kind, command)).toBe(ERR);
    expect(siege.mode(abi.VIRTIO_NET_CTRL_RX_ALLMULTI, true)).toBe(OK);
    siege.unharmed();
  });

  it("ANNOUNCE's bit is gone before the buffer is used; there is nothing to acknowledge twice", () => {
    const siege = new ControlSiege(layout);
    const acknowledge = (): number | undefined =>
      siege.command(abi.VIRTIO_NET_CTRL_ANNOUNCE, abi.VIRTIO_NET_CTRL_ANNOUNCE_ACK);
    expect(acknowledge()).toBe(ERR);
    siege.control.setStatus(abi.VIRTIO_NET_S_ANNOUNCE, true);
    expect(siege.control.status).toBe(3);
    expect([acknowledge(), siege.control.status]).toEqual([OK, abi.VIRTIO_NET_S_LINK_UP]);
    expect(acknowledge()).toBe(ERR);
  });

  it("its store precedes the one that uses the buffer", () => {
    const siege = new ControlSiege(layout);
    siege.control.setStatus(abi.VIRTIO_NET_S_ANNOUNCE, true);
    const [ack] = siege.writable(1);
    siege.post([...siege.readable([3, 0]), ack!]);
    // Nobody may write the ack: the device stops there, and the bit is gone already.
    siege.checker.allow(ack!.at, 1, 0);
    expect(() => siege.serve()).toThrow(/store of 1 bytes/);
    expect(siege.control.status).toBe(abi.VIRTIO_NET_S_LINK_UP);
    expect(siege.usedLength()).toBeUndefined();
  });
});

describe.each(LAYOUTS)("%s: framing", (layout) => {
  it.each([
    ["one buffer", [7]],
    ["a byte each", [1, 1, 1, 1, 1, 1, 1]],
    ["the header cut, data behind it", [1, 6]],
    ["header and data in one, the rest behind", [5, 2]],
    ["empty ones between", [0, 2, 0, 0, 5, 0]],
  ])("ALLMULTI, with bytes behind its data: %s", (_, cuts) => {
    const siege = new ControlSiege(layout);
    expect(siege.command(0, 1, [1, 9, 9, 9, 9], cuts)).toBe(OK);
    expect(siege.told.allMulticast).toBe(true);
    siege.unharmed();
  });

  it("a table cut anywhere is read as one", () => {
    const data = tables([unicast(1), unicast(2)], [multicast(3)]);
    for (let cut = 1; cut < data.length + 2; cut++) {
      const siege = new ControlSiege(layout);
      expect(siege.setTable([unicast(1), unicast(2)], [multicast(3)], [cut, data.length + 2 - cut])).toBe(OK);
      expect(siege.told).toMatchObject({ unicast: [unicast(1), unicast(2)], multicast: [multicast(3)] });
    }
  });

  it.each([
    ["in front of others", [2]],
    ["behind empty ones", [0, 0, 1]],
    ["in front of a whole buffer", [64]],
    ["with further buffers behind it", [1, 16, 16]],
  ])("the ack is the first writable byte: %s", (_, lengths) => {
    const siege = new ControlSiege(layout);
    const writable = siege.writable(...lengths);
    expect(siege.chain([...siege.readable([0, 1, 1]), ...writable])).toBe(1);
    const bytes = writable.flatMap(({ at, len }) => [...siege.bytes.subarray(at, at + len)]);
    expect(bytes).toEqual([OK, ...new Array(bytes.length - 1).fill(0xee)]);
    siege.unharmed();
  });

  it("a table of descriptors is a command, its WRITE flags mean what they say", () => {
    const siege = new ControlSiege(layout);
    const [ack] = siege.writable(1);
    siege.postTable(siege.table([...siege.readable([1, 0, ...tables([unicast(4)], [])], [2, 4, 10]), ack!]), WRITE);
    siege.serve();
    expect([siege.usedLength(), siege.bytes[ack!.at]]).toEqual([1, OK]);
    expect(siege.told.unicast).toEqual([unicast(4)]);
    siege.unharmed();
  });

  it.each([
    ["no ack byte", (s: ControlSiege) => s.readable([0, 1, 1])],
    ["an ack of no bytes", (s: ControlSiege) => [...s.readable([0, 1, 1]), ...s.writable(0)]],
    ["no header", (s: ControlSiege) => s.writable(1)],
    ["half a header", (s: ControlSiege) => [...s.readable([0]), ...s.writable(1)]],
    ["data behind the ack", (s: ControlSiege) => [...s.readable([0, 1]), ...s.writable(1), ...s.readable([1])]],
    ["memory that is nobody's", (s: ControlSiege) => [{ at: 0, addr: 5n, len: 3 }, ...s.writable(1)]],
    [
      "an ack in such memory",
      (s: ControlSiege) => [...s.readable([0, 1, 1]), { at: 0, addr: 5n, len: 1, flags: WRITE }],
    ],
  ])("%s: given back with nothing written and counted, and the ring lives", (_, framed) => {
    const siege = new ControlSiege(layout);
    expect(siege.chain(framed(siege))).toBe(0);
    expect(siege.control.counts).toEqual({ changes: 0, served: 0, refused: 1 });
    expect(siege.told.allMulticast).toBe(false);
    expect(siege.mode(abi.VIRTIO_NET_CTRL_RX_ALLMULTI, true)).toBe(OK);
    expect(siege.control.counts).toEqual({ changes: 1, served: 1, refused: 1 });
    siege.unharmed();
  });

  it("a table within a table is refused; so is a chain that never ends", () => {
    const siege = new ControlSiege(layout, { size: 8 });
    const inner = siege.table([...siege.readable([0, 1, 1]), ...siege.writable(1)]);
    if (layout === "split") {
      siege.postTable(siege.table([{ ...inner, flags: INDIRECT }]));
      for (let slot = 4; slot < 8; slot++)
        siege.split.describe(slot, { ...siege.buffer(1), flags: 1, next: slot === 7 ? 4 : slot + 1 });
      siege.split.post(4);
    } else {
      for (let slot = 0; slot < 8; slot++) siege.packed.describe(slot, { ...siege.buffer(1), id: 3, flags: 0x81 });
    }
    expect(siege.serve()).toBe(layout === "split" ? 2 : 1);
    expect(siege.control.counts).toMatchObject({ served: 0, refused: layout === "split" ? 2 : 1 });
    siege.unharmed();
  });

  it("commands that wait are served in their order, each published by itself", () => {
    const siege = new ControlSiege(layout);
    const acks = [1, 2, 3].map((mode) => {
      const [ack] = siege.writable(1);
      siege.post([...siege.readable([0, mode, 1]), ack!]);
      return ack!;
    });
    expect(siege.serve()).toBe(3);
    expect(acks.map(({ at }) => siege.bytes[at])).toEqual([OK, OK, OK]);
    expect(siege.told).toMatchObject({ allMulticast: true, allUnicast: true, noMulticast: true });
    expect([siege.status.calls, siege.serve()]).toEqual([3, 0]);
  });
});

describe("split: heads", () => {
  it("one that the ring does not have, and more of them than it has, break it", () => {
    for (const lie of [(s: ControlSiege) => s.split.post(16), (s: ControlSiege) => (s.split.availIdx = 17)]) {
      const siege = new ControlSiege("split");
      lie(siege);
      expect([siege.serve(), siege.status.broken]).toEqual([0, 1]);
      siege.unharmed();
    }
  });
});
