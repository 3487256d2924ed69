import { describe, expect, it } from "vitest";
import { payload } from "../../support/captures.ts";
import { DriverRig } from "../../support/rings.ts";

describe("virtio/split-driver rx: a device that lies", () => {
  it.each([
    ["an id of N", 8, 1],
    ["an id of 65536", 65536, 1],
    ["an id of 2^32 - 1", 0xffff_ffff, 1],
    ["the same id twice", 0, 1],
  ])("V3 %s is passed over", (_, id, strays) => {
    const rig = new DriverRig();
    rig.refill();
    const [first, second] = rig.device.take();
    if (id !== 0) rig.device.give(id, 72);
    rig.device.write(first!, 12, payload(60, 1));
    rig.device.give(first!.head, 72);
    if (id === 0) rig.device.give(first!.head, 72);
    rig.device.write(second!, 12, payload(60, 2));
    rig.device.give(second!.head, 72);
    const got = rig.rx();
    expect(got.map((m) => rig.hands.bytes(m))).toEqual([payload(60, 1), payload(60, 2)]);
    expect(rig.status).toMatchObject({ strays, errors: 0, free: 0 });
    rig.hands.free(got);
    expect([rig.available, rig.held]).toEqual([56, 8]);
    expect(
      rig.device
        .take()
        .map(({ head }) => head)
        .slice(-2),
    ).toEqual([0, 1]);
  });

  it("V3 a stray id among the buffers of a mergeable packet drops the packet", () => {
    const rig = new DriverRig();
    rig.refill();
    const [first, second] = rig.device.take();
    rig.device.write(first!, 12, payload(2048), 2);
    rig.device.give(first!.head, 2060);
    rig.device.give(99, 100);
    rig.device.write(second!, 12, payload(60, 2));
    rig.device.give(second!.head, 72);
    const got = rig.rx();
    expect(got.map((m) => rig.hands.bytes(m))).toEqual([payload(60, 2)]);
    expect(rig.status).toMatchObject({ strays: 1, errors: 1, free: 0 });
    rig.hands.free(got);
    expect([rig.available, rig.held]).toEqual([56, 8]);
  });

  it.each([9, 256, 40000, 65535])("V3 a used index %i ahead, more than is posted, is not looked at", (jump) => {
    const rig = new DriverRig();
    rig.refill();
    rig.device.usedIdx += jump;
    for (let i = 0; i < 3; i++) expect(rig.rx()).toEqual([]);
    expect([rig.available, rig.held]).toEqual([56, 8]);
    rig.device.usedIdx -= jump;
    const [chain] = rig.device.take(1);
    rig.device.write(chain!, 12, payload(60));
    rig.device.give(chain!.head, 72);
    expect(rig.rx()).toHaveLength(1);
  });
});

function frames(rig: DriverRig, n: number, length = 60): number[] {
  return Array.from({ length: n }, (_, i) => rig.hands.packet(rig.pool, payload(length, i), i));
}

describe("virtio/split-driver tx: a device that lies", () => {
  it.each([
    ["an id of N", [8, 0, 1]],
    ["an id of 2^32 - 1", [0xffff_ffff, 0, 1]],
    ["the same id twice", [0, 0, 1]],
    ["an id that is free", [7, 0, 1]],
  ])("V3 %s is passed over: no mbuf is freed twice", (_, ids) => {
    const rig = new DriverRig({ pool: 32 });
    rig.tx(frames(rig, 4));
    for (const id of ids) rig.device.give(id, 0);
    rig.machine.engine.splitDriverTxFree(rig.hands.lcore, rig.queue);
    expect([rig.available, rig.held, rig.status.free, rig.status.strays]).toEqual([30, 2, 6, 1]);
    expect(new Set(rig.hands.take(rig.pool, 30)).size).toBe(30);
  });

  it("V3 with the whole ring in flight a stray id first does not become the free list", () => {
    const rig = new DriverRig({ size: 4, pool: 32 });
    rig.tx(frames(rig, 4));
    rig.device.take();
    for (const id of [77, 2, 1]) rig.device.give(id, 0);
    rig.machine.engine.splitDriverTxFree(rig.hands.lcore, rig.queue);
    expect(rig.tx(frames(rig, 2))).toBe(2);
    expect(rig.device.take().map(({ head }) => head)).toEqual([2, 1]);
  });

  it.each([9, 300, 40000, 65535])("V3 a used index %i ahead, more than is in flight, is not looked at", (jump) => {
    const rig = new DriverRig({ pool: 32 });
    rig.tx(frames(rig, 4));
    rig.device.usedIdx += jump;
    expect(rig.machine.engine.splitDriverTxFree(rig.hands.lcore, rig.queue)).toBe(4);
    expect(rig.tx(frames(rig, 5))).toBe(4);
    expect([rig.available, rig.held]).toEqual([32 - 9, 8]);
  });
});
