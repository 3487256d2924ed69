// The device side of a packed ring, dequeue and notification, against a hand-written driver: what virtio 1.3, 2.8 demands of it, and what a driver may do that it must not.
import { describe, expect, it } from "vitest";
import { payload } from "../../support/captures.ts";
import { INDIRECT, NEXT, WRITE } from "../../support/driver-mock.ts";
import { AVAIL, DESC, DISABLE, ENABLE, PackedDriverMock, USED } from "../../support/packed-driver-mock.ts";
import { PackedDeviceRig, type PackedOptions } from "../../support/packed-rings.ts";
import { STOP } from "../../support/rings.ts";

/** A packet as a driver sends it. */
const framed = (n: number, seed = 0, header = 12): Uint8Array =>
  Uint8Array.from([...new Array<number>(header).fill(0), ...payload(n, seed)]);
const packet = (rig: PackedDeviceRig, n = 60, seed = 0): number => rig.hands.packet(rig.pool, payload(n, seed));
const read = (rig: PackedDeviceRig, n = 32): Uint8Array[] => {
  const got = rig.dequeue(n);
  const bytes = got.map((m) => rig.hands.bytes(m));
  rig.hands.free(got);
  return bytes;
};
const FEATURES: PackedOptions[] = [{}, { inOrder: true }, { indirect: true }, { inOrder: true, eventIdx: true }];

describe("virtio/packed-device dequeue", () => {
  it.each(FEATURES)("%j: packets as they were cut, in order, used buffers without a length", (options) => {
    const rig = new PackedDeviceRig({ ...options, size: 20 });
    const cuts = [[72], [12, 60], [5, 4, 3, 60], [0, 72], [12, 0, 60], [6, 0, 0, 46, 20], [73]];
    cuts.forEach((lens, i) => {
      rig.postReadable(i * 3, framed(i === 6 ? 61 : 60, i), lens);
    });
    expect(rig.ready).toBe(7);
    expect(read(rig)).toEqual(cuts.map((_, i) => payload(i === 6 ? 61 : 60, i)));
    const used = rig.driver.takeUsed(options.inOrder);
    expect(used.map(({ id }) => id)).toEqual(options.inOrder ? [18] : [0, 3, 6, 9, 12, 15, 18]);
    for (const { flags } of used) expect(flags & WRITE).toBe(0);
    expect([rig.ready, rig.available]).toEqual([0, 64]);
  });

  it.each([60, 200, 1500])(
    "44 in order a burst of %i-byte packets is given back by one descriptor, the rest stays",
    (n) => {
      const rig = new PackedDeviceRig({ inOrder: true, size: 8 });
      for (let i = 0; i < 6; i++) rig.postReadable(i, framed(n, i));
      const before = rig.driver.snapshot();
      expect(read(rig)).toHaveLength(6);
      const after = rig.driver.snapshot();
      expect(after.subarray(16, 6 * 16)).toEqual(before.subarray(16, 6 * 16));
      expect(rig.driver.takeUsed(true)).toEqual([{ id: 5, len: 0, flags: AVAIL | USED, slot: 0 }]);
      for (let i = 0; i < 4; i++) rig.postReadable(i, framed(n, i)); // slots 6, 7, 0, 1
      expect(read(rig)).toHaveLength(4);
      expect(rig.driver.takeUsed(true)).toEqual([{ id: 3, len: 0, flags: AVAIL | USED, slot: 6 }]);
    },
  );

  it("38 a chain whose head is made available last is not seen before", () => {
    const rig = new PackedDeviceRig();
    const buffers = rig.readable(framed(60, 2), [12, 20, 40]);
    buffers.forEach((buffer, i) => {
      const flags = i === 0 ? 0 : AVAIL | (i < 2 ? NEXT : 0);
      rig.driver.describe(i, { ...buffer, id: 4, flags });
    });
    expect([rig.dequeue(), rig.ready]).toEqual([[], 0]);
    rig.driver.setFlags(0, AVAIL | NEXT);
    expect(read(rig)).toEqual([payload(60, 2)]);
  });

  it.each([16, 2])("47 an indirect table, aligned to %i, with WRITE on the header and old flags inside", (align) => {
    const rig = new PackedDeviceRig({ indirect: true });
    const [head, ...rest] = rig.readable(framed(600, 3), [12, 200, 400]);
    const flags = [2, 0x81, 0x8001];
    const table = rig.table(
      [head!, ...rest].map((buffer, i) => ({ ...buffer, flags: flags[i]! })),
      align,
    );
    rig.driver.post(6, [{ ...table, flags: INDIRECT | WRITE }]);
    expect(read(rig)).toEqual([payload(600, 3)]);
    expect(rig.driver.takeUsed()).toMatchObject([{ id: 6, slot: 0 }]);
  });

  it("34 does not write what it may only read", () => {
    const rig = new PackedDeviceRig({ indirect: true, inOrder: true });
    const bytes = framed(1500, 5);
    const buffers = rig.readable(bytes, [700, 812]);
    const table = rig.table(buffers);
    const before = Uint8Array.from(rig.bytes.subarray(table.at, table.at + table.len));
    rig.driver.post(0, [{ ...table, flags: INDIRECT }]);
    expect(read(rig)).toHaveLength(1);
    expect(Uint8Array.from(rig.bytes.subarray(table.at, table.at + table.len))).toEqual(before);
    expect(buffers.flatMap(({ at, len }) => [...rig.bytes.subarray(at, at + len)])).toEqual([...bytes]);
  });

  it.each([
    [12, STOP.short, 0],
    [0, STOP.short, 0],
    [13, STOP.none, 1],
  ])("57 a chain of %i bytes: stop %i, %i packets, and it is used", (len, stop, packets) => {
    const rig = new PackedDeviceRig();
    rig.postReadable(3, framed(1).subarray(0, len));
    expect(read(rig)).toHaveLength(packets);
    expect(rig.status.stop).toBe(stop);
    expect(rig.driver.takeUsed()).toMatchObject([{ id: 3 }]);
  });

  it("with no mbufs the ring is as it was", () => {
    const rig = new PackedDeviceRig({ pool: 2 });
    for (let i = 0; i < 3; i++) rig.postReadable(i, framed(60));
    const before = rig.driver.snapshot();
    expect([rig.dequeue(), rig.status.stop]).toEqual([[], STOP.noMbuf]);
    expect(rig.driver.snapshot()).toEqual(before);
    expect(read(rig, 2)).toHaveLength(2);
  });

  const outside = 0x7_0000_0000n;
  const bad: [string, number, (rig: PackedDeviceRig) => void][] = [
    ["an unmapped first buffer", 1, (rig) => rig.driver.post(7, [{ addr: outside, len: 72 }])],
    [
      "an unmapped second buffer",
      3,
      (rig) => rig.driver.post(7, [rig.buffer(12), { addr: outside, len: 60 }, rig.buffer(9)]),
    ],
    ["a buffer that runs past its region", 1, (rig) => rig.driver.post(7, [{ ...rig.buffer(8), len: 0x7fff_ffff }])],
    ["an address near 2^64", 1, (rig) => rig.driver.post(7, [{ addr: 0xffff_ffff_ffff_fff0n, len: 64 }])],
    ["a table longer than the ring", 1, (rig) => rig.driver.post(7, [{ ...rig.buffer(16 * 9), flags: INDIRECT }])],
    ["a table of 24 bytes", 1, (rig) => rig.driver.post(7, [{ ...rig.buffer(24), flags: INDIRECT }])],
    ["a table of no bytes", 1, (rig) => rig.driver.post(7, [{ ...rig.buffer(0), flags: INDIRECT }])],
    ["an unmapped table", 1, (rig) => rig.driver.post(7, [{ addr: outside, len: 32, flags: INDIRECT }])],
    [
      "an unmapped entry",
      1,
      (rig) => rig.driver.post(7, [{ ...rig.table([{ addr: outside, len: 80 }]), flags: INDIRECT }]),
    ],
    [
      "a table behind a buffer",
      2,
      (rig) => rig.driver.post(7, [rig.buffer(12), { ...rig.buffer(32), flags: INDIRECT }]),
    ],
  ];

  it.each(bad)("48 %s: dropped and counted, and the ring lives", (_, slots, post) => {
    for (const inOrder of [false, true]) {
      const rig = new PackedDeviceRig({ indirect: true, inOrder, size: 8 });
      rig.postReadable(1, framed(60, 1));
      post(rig);
      rig.postReadable(2, framed(60, 2));
      expect(read(rig)).toEqual([payload(60, 1)]);
      expect(rig.status).toMatchObject({ stop: STOP.malformed, broken: 0 });
      expect(rig.driver.takeUsed(inOrder).at(-1)).toMatchObject({ id: 7 });
      expect(rig.driver.usedSlot).toBe(1 + slots);
      expect(read(rig)).toEqual([payload(60, 2)]);
      expect(rig.available).toBe(64);
    }
  });

  it("48 a chain without end takes the whole ring, once, and the ring lives", () => {
    const rig = new PackedDeviceRig({ size: 8 });
    for (let slot = 0; slot < 8; slot++) rig.driver.describe(slot, { ...rig.buffer(20), id: 3, flags: AVAIL | NEXT });
    expect([rig.dequeue(), rig.status.stop]).toEqual([[], STOP.malformed]);
    expect(rig.driver.flags(0)).toBe(AVAIL | USED);
    expect(rig.dequeue()).toEqual([]);
    rig.driver.wrap = 0;
    rig.driver.usedWrap = 0;
    rig.postReadable(1, framed(60, 9));
    expect(read(rig)).toEqual([payload(60, 9)]);
  });

  it("an indirect table that was not negotiated is malformed", () => {
    const rig = new PackedDeviceRig();
    rig.driver.post(1, [{ ...rig.table(rig.readable(framed(60))), flags: INDIRECT }]);
    expect([rig.dequeue(), rig.status.stop]).toEqual([[], STOP.malformed]);
  });

  it.each(bad)("P3 towards the driver, %s stops the ring: nothing is written", (_, __, post) => {
    for (const mergeable of [true, false]) {
      const rig = new PackedDeviceRig({ indirect: true, mergeable });
      post(rig);
      const before = rig.driver.snapshot();
      for (let i = 0; i < 3; i++) expect(rig.enqueue([packet(rig, 600)])).toBe(0);
      expect(rig.driver.snapshot()).toEqual(before);
      expect(rig.status).toMatchObject({ stop: STOP.broken, broken: 1 });
    }
  });
});

describe("virtio/packed-device notification", () => {
  const calls = (rig: PackedDeviceRig, n: number): number => {
    const before = rig.status.calls;
    for (let i = 0; i < n; i++) rig.postReadable(i, framed(60));
    expect(read(rig)).toHaveLength(n);
    rig.driver.takeUsed();
    return rig.status.calls - before;
  };

  it.each([
    [ENABLE, true, 1],
    [ENABLE, false, 1],
    [DISABLE, true, 0],
    [3, true, 1],
    [DESC, false, 1],
  ])("46 flags %i, EVENT_IDX %s: %i calls a burst", (flags, eventIdx, expected) => {
    const rig = new PackedDeviceRig({ eventIdx });
    rig.driver.askFor(flags, 7, 0);
    expect([calls(rig, 3), calls(rig, 2), rig.machine.engine.deviceReady(rig.queue)]).toEqual([expected, expected, 0]);
    expect(rig.dequeue()).toEqual([]);
    expect(rig.status.calls).toBe(2 * expected); // not for nothing
  });

  it("45 one descriptor: one call, when that slot of that lap is used", () => {
    const rig = new PackedDeviceRig({ eventIdx: true, size: 10 });
    rig.driver.askFor(DESC, 3, 1);
    expect([2, 1, 1, 1, 5, 4, 3].map((n) => calls(rig, n))).toEqual([0, 0, 1, 0, 0, 0, 0]);
    rig.driver.askFor(DESC, 2, 1); // the third lap begins at slot 7 of the second
    expect([2, 3, 1].map((n) => calls(rig, n))).toEqual([0, 0, 1]);
  });

  it("asks for kicks: not at all, or for the next descriptor", () => {
    const rig = new PackedDeviceRig({ eventIdx: true });
    const { engine } = rig.machine;
    expect(rig.driver.deviceAsks.flags).toBe(DISABLE);
    calls(rig, 3);
    engine.deviceQueueWantKicks(rig.queue, 1);
    expect(rig.driver.deviceAsks).toEqual({ flags: DESC, slot: 3, wrap: 1 });
    const plain = new PackedDeviceRig();
    plain.machine.engine.deviceQueueWantKicks(plain.queue, 1);
    expect(plain.driver.deviceAsks.flags).toBe(ENABLE);
    expect(PackedDriverMock.bits(1)).toBe(AVAIL);
  });
});
