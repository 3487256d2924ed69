// The device side of a packed ring against a hand-written driver: what virtio 1.3, 2.8 demands of it, and what a driver may do that it must not.
import { describe, expect, it } from "vitest";
import { payload } from "../../support/captures.ts";
import { INDIRECT, WRITE } from "../../support/driver-mock.ts";
import { AVAIL, USED } from "../../support/packed-driver-mock.ts";
import { PackedDeviceRig } from "../../support/packed-rings.ts";
import { STOP } from "../../support/rings.ts";

const HEAD = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0];
/** A packet as a driver sends it. */
const framed = (n: number, seed = 0, header = 12): Uint8Array =>
  Uint8Array.from([...new Array<number>(header).fill(0), ...payload(n, seed)]);
const packet = (rig: PackedDeviceRig, n = 60, seed = 0): number => rig.hands.packet(rig.pool, payload(n, seed));

describe("virtio/packed-ring layout", () => {
  it.each([1, 3, 20, 256, 32768])("a ring of %i has its event areas where vring_init_packed has them", (n) => {
    const { engine } = new PackedDeviceRig().machine;
    const driver = 16 * n;
    const device = Math.ceil((driver + 4) / 4096) * 4096;
    expect([engine.ringAvailOffset(n, 2), engine.ringUsedOffset(n, 2), engine.ringBytes(n, 2)]).toEqual([
      driver,
      device,
      device + 4,
    ]);
  });

  it.each([0, 32769, 65536])("a ring of %i is refused by both sides", (size) => {
    const { machine, queue, ring, window } = new PackedDeviceRig();
    expect(machine.engine.deviceQueueInit(queue, ring, size, 12, 3, window.memory, 0, 0, 0)).toBe(1);
    expect(machine.engine.driverQueueInit(queue, ring, size, 12, 3, 0n, 0, 0, 0, 0, 0)).toBe(1);
  });

  it.each([
    [20, 0x8014, 1],
    [20, 0x8013, 0],
    [20, 19, 0],
    [20, 0x7fff, 1],
  ])("a ring of %i attached at base 0x%s: status %i", (size, position, status) => {
    const { machine, queue, ring, window } = new PackedDeviceRig();
    const { engine } = machine;
    const at = [ring, ring + 4096, ring + 4100] as const;
    expect(engine.deviceQueueAttach(queue, ...at, position, size, 12, 3, window.memory, 0, 0, 0)).toBe(status);
    if (status === 0) expect(engine.deviceQueuePosition(queue) >>> 0).toBe(position);
  });
});

describe("virtio/packed-device enqueue", () => {
  it("39 a ring of zeros holds nothing: nothing is taken for available", () => {
    const rig = new PackedDeviceRig();
    expect(rig.enqueue([packet(rig)])).toBe(0);
    expect([rig.dequeue(), rig.ready]).toEqual([[], 0]);
    expect(rig.status).toMatchObject({ stop: STOP.none, broken: 0 });
  });

  it.each([10, 12])("writes a header of %i bytes, the frame, and the used descriptor at the head's slot", (header) => {
    const rig = new PackedDeviceRig({ header, mergeable: false });
    const [buffer] = rig.postWritable(5, 1530);
    expect(rig.enqueue([packet(rig, 60, 1)])).toBe(1);
    const written = [...rig.bytes.subarray(buffer!.at, buffer!.at + header + 60)];
    expect(written).toEqual([...HEAD.slice(0, header), ...payload(60, 1)]); // 52: one buffer is said also without mergeable ones
    expect(rig.driver.takeUsed()).toEqual([{ id: 5, len: header + 60, flags: WRITE | AVAIL | USED, slot: 0 }]);
  });

  it.each([1, 3, 20, 256, 32768])("40 wrap counters of a ring of %i turn at its end, in both directions", (size) => {
    const rig = new PackedDeviceRig({ size, room: 1 << 20, pool: 64 });
    const { addr } = rig.buffer(128);
    const out = new PackedDeviceRig({ size, pool: 64 });
    const [sent] = out.readable(framed(60));
    const burst = Math.min(size, 32);
    const packets = Array.from({ length: burst }, () => packet(rig));
    for (let n = 0; n < 3 * size + 100; n += burst) {
      const ids = Array.from({ length: burst }, (_, i) => (n + i * 7) % 65536);
      for (const id of ids) rig.driver.post(id, [{ addr, len: 128, flags: WRITE }]);
      if (rig.enqueue(packets) !== burst) expect.fail(`found a short burst at ${n}`);
      expect(rig.driver.takeUsed().map(({ id }) => id)).toEqual(ids);
      for (const id of ids) out.driver.post(id, [sent!]);
      const got = out.dequeue(burst);
      if (got.length !== burst) expect.fail(`found a short burst at ${n}`);
      out.hands.free(got);
      expect(out.driver.takeUsed().map(({ id }) => id)).toEqual(ids);
    }
    expect(rig.machine.engine.deviceQueuePosition(rig.queue) >>> 0).toBe(rig.driver.slot | (rig.driver.wrap << 15));
  });

  it("41 a chain across the ring's end is used at its head's slot, the next one behind it", () => {
    const rig = new PackedDeviceRig({ size: 5 });
    for (let i = 0; i < 4; i++) rig.postWritable(i, 200);
    expect(rig.enqueue([0, 1, 2, 3].map(() => packet(rig)))).toBe(4);
    rig.driver.takeUsed();
    rig.postWritable(9, 12, 30, 100); // slots 4, 0, 1
    rig.postWritable(8, 200);
    expect(rig.enqueue([packet(rig, 60, 1), packet(rig, 61, 2)])).toBe(2);
    expect(rig.driver.takeUsed()).toEqual([
      { id: 9, len: 72, flags: WRITE | AVAIL | USED, slot: 4 },
      { id: 8, len: 73, flags: WRITE, slot: 2 },
    ]);
  });

  it.each([
    { frame: 9000, buffer: 2048, lens: [2048, 2048, 2048, 2048, 820] },
    { frame: 200, buffer: 64, lens: [64, 64, 64, 20] },
    { frame: 20, buffer: 8, lens: [8, 8, 8, 8] },
  ])("50 mergeable: $frame bytes into buffers of $buffer use $lens", ({ frame, buffer, lens }) => {
    const rig = new PackedDeviceRig({ size: 11 });
    const buffers = Array.from({ length: 8 }, (_, i) => rig.postWritable(i, buffer)[0]!);
    const cuts = Array.from({ length: Math.ceil(frame / 2048) }, (_, i) => Math.min(2048, frame - i * 2048));
    expect(rig.enqueue([rig.hands.packet(rig.pool, payload(frame, 3), 0, cuts)])).toBe(1);
    expect(rig.driver.takeUsed().map(({ id, len }) => ({ id, len }))).toEqual(lens.map((len, id) => ({ id, len })));
    const written = lens.flatMap((len, i) => [...rig.bytes.subarray(buffers[i]!.at, buffers[i]!.at + len)]);
    expect(written.slice(0, 12)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, lens.length, 0]);
    expect(Uint8Array.from(written.slice(12))).toEqual(payload(frame, 3));
  });

  it("51 mergeable: with too few buffers nothing is consumed, and with one more the packet goes", () => {
    const rig = new PackedDeviceRig({ size: 16 });
    for (let i = 0; i < 4; i++) rig.postWritable(i, 2048);
    const big = rig.hands.packet(rig.pool, payload(8181, 1), 0, [2048, 2048, 2048, 2037]);
    const before = rig.driver.snapshot();
    expect([rig.enqueue([big]), rig.status.stop]).toEqual([0, STOP.full]);
    expect(rig.driver.snapshot()).toEqual(before);
    rig.postWritable(4, 2048);
    expect(rig.enqueue([big])).toBe(1);
    expect(rig.driver.takeUsed().map(({ len }) => len)).toEqual([2048, 2048, 2048, 2048, 1]);
  });

  it("49 not mergeable: a frame longer than the buffer stops the burst and takes nothing, the ring lives", () => {
    const rig = new PackedDeviceRig({ mergeable: false });
    rig.postWritable(0, 100);
    expect([rig.enqueue([packet(rig, 600)]), rig.status.stop]).toEqual([0, STOP.tooBig]);
    expect(rig.enqueue([packet(rig)])).toBe(1);
  });

  it.each([16, 2])("fills an indirect table of 19, at an address aligned to %i, whatever its flags", (align) => {
    const rig = new PackedDeviceRig({ indirect: true, mergeable: false, size: 32 });
    const entries = Array.from({ length: 19 }, (_, i) => ({
      ...rig.buffer(40),
      flags: WRITE | (i === 3 ? 0x8085 : 0),
    }));
    rig.driver.post(2, [{ ...rig.table(entries, align), flags: INDIRECT }]);
    expect(rig.enqueue([packet(rig, 600, 4)])).toBe(1);
    const written = entries.flatMap(({ at, len }) => [...rig.bytes.subarray(at, at + len)]);
    expect(written.slice(0, 612)).toEqual([...HEAD, ...payload(600, 4)]);
    expect(rig.driver.takeUsed()).toMatchObject([{ id: 2, len: 612 }]);
  });

  it("a burst is published by its first descriptor", () => {
    const rig = new PackedDeviceRig();
    for (let i = 0; i < 3; i++) rig.postWritable(i, 200);
    const lcore = rig.machine.addLcore(true, 1, 0); // in virtual time: published at the end of a poll
    const { engine, arena } = rig.machine;
    arena.u32(rig.hands.packets, 3).set([0, 1, 2].map(() => packet(rig)));
    expect(engine.deviceEnqueue(lcore, rig.queue, rig.hands.packets, 3)).toBe(3);
    expect(rig.driver.takeUsed()).toEqual([]);
    expect(rig.driver.flags(1) & (AVAIL | USED)).toBe(AVAIL | USED);
    engine.publishDeferred(lcore);
    expect(rig.driver.takeUsed().map(({ id }) => id)).toEqual([0, 1, 2]);
  });
});
