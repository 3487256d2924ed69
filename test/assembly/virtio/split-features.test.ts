// Split rings with what may be agreed on beside: indirect tables, use in order, event indexes; each side of the engine against a hand-written other.
import { describe, expect, it } from "vitest";
import { payload } from "../../support/captures.ts";
import { INDIRECT, NEXT, WRITE } from "../../support/driver-mock.ts";
import { DeviceRig, DriverRig, STOP } from "../../support/rings.ts";

const HEADER = new Array<number>(12).fill(0);
const framed = (n: number, seed: number): Uint8Array => Uint8Array.from([...HEADER, ...payload(n, seed)]);

/** A table whose entries are chained as they lie, unless `next` says otherwise. @returns where it is */
function table(
  rig: DeviceRig,
  entries: readonly { addr: bigint; len: number; flags?: number; next?: number }[],
  align = 16,
): { addr: bigint; len: number } {
  const { at, addr, len } = rig.buffer(entries.length * 16, align);
  const view = new DataView(rig.bytes.buffer, at, len);
  entries.forEach(({ addr: to, len: bytes, flags, next }, i) => {
    const more = i + 1 < entries.length;
    view.setBigUint64(i * 16, to, true);
    view.setUint32(i * 16 + 8, bytes, true);
    view.setUint16(i * 16 + 12, flags ?? (more ? NEXT : 0), true);
    view.setUint16(i * 16 + 14, next ?? (more ? i + 1 : 0), true);
  });
  return { addr, len };
}

/** A packet's bytes in buffers of these lengths. */
function readable(rig: DeviceRig, bytes: Uint8Array, cuts: readonly number[]) {
  let from = 0;
  return cuts.map((len) => {
    const buffer = rig.buffer(len);
    rig.bytes.set(bytes.subarray(from, from + len), buffer.at);
    from += len;
    return buffer;
  });
}

function read(rig: DeviceRig): Uint8Array[] {
  const got = rig.dequeue();
  const bytes = got.map((m) => rig.hands.bytes(m));
  rig.hands.free(got);
  return bytes;
}

function frames(rig: DriverRig, n: number, cuts: readonly number[] = [60]): number[] {
  const length = cuts.reduce((a, b) => a + b, 0);
  return Array.from({ length: n }, (_, i) => rig.hands.packet(rig.pool, payload(length, i), i, cuts));
}

const clean = (rig: DriverRig): number => rig.machine.engine.driverTxFree(rig.hands.lcore, rig.queue) >>> 0;

describe("virtio/split-device: indirect tables", () => {
  it.each([16, 1])("6 a table at an address aligned to %i, its entries in any order", (align) => {
    const rig = new DeviceRig({ indirect: true });
    const [a, b, c] = readable(rig, framed(600, 3), [12, 200, 400]);
    const entries = [
      { ...a!, flags: NEXT, next: 2 },
      { ...c!, flags: 0 },
      { ...b!, flags: NEXT, next: 1 },
    ];
    rig.driver.describe(4, { ...table(rig, entries, align), flags: INDIRECT | NEXT, next: 99 }); // 5: NEXT beside INDIRECT says nothing
    rig.driver.post(4);
    expect(read(rig)).toEqual([payload(600, 3)]);
    expect(rig.driver.takeUsed()).toEqual([{ id: 4, len: 0 }]);
  });

  it("5 a descriptor, then a table", () => {
    const rig = new DeviceRig({ indirect: true });
    const [head, ...rest] = readable(rig, framed(600, 4), [12, 200, 400]);
    rig.driver.describe(0, { ...head!, flags: NEXT, next: 5 });
    rig.driver.describe(5, { ...table(rig, rest), flags: INDIRECT });
    rig.driver.post(0);
    expect(read(rig)).toEqual([payload(600, 4)]);
  });

  it("fills a table of 19 towards the driver", () => {
    const rig = new DeviceRig({ indirect: true, mergeable: false, size: 32 });
    const buffers = Array.from({ length: 19 }, () => rig.buffer(40));
    const entries = buffers.map((buffer, i) => ({ ...buffer, flags: WRITE | (i < 18 ? NEXT : 0), next: i + 1 }));
    rig.driver.describe(2, { ...table(rig, entries), flags: INDIRECT });
    rig.driver.post(2);
    expect(rig.enqueue([rig.hands.packet(rig.pool, payload(600, 4))])).toBe(1);
    const written = buffers.flatMap(({ at, len }) => [...rig.bytes.subarray(at, at + len)]);
    expect(written.slice(12, 612)).toEqual([...payload(600, 4)]);
    expect(rig.driver.takeUsed()).toEqual([{ id: 2, len: 612 }]);
  });

  it.each<[string, (rig: DeviceRig) => { addr: bigint; len: number }]>([
    ["of 24 bytes", (rig) => rig.buffer(24)],
    ["of no bytes", (rig) => rig.buffer(0)],
    ["longer than the ring", (rig) => rig.buffer(9 * 16)],
    ["in no region", () => ({ addr: 0x7_0000_0000n, len: 32 })],
    ["in a table", (rig) => table(rig, [{ ...table(rig, [rig.buffer(80)]), flags: INDIRECT }])],
    ["whose next is outside", (rig) => table(rig, [{ ...rig.buffer(80), flags: NEXT, next: 1 }])],
    ["that leads to itself", (rig) => table(rig, [{ ...rig.buffer(8), flags: NEXT, next: 0 }, rig.buffer(8)])],
    ["with an unmapped entry", (rig) => table(rig, [{ addr: 0x7_0000_0000n, len: 80 }])],
  ])("7 a table %s stops the ring", (_, made) => {
    for (const direction of ["enqueue", "dequeue"] as const) {
      const rig = new DeviceRig({ indirect: true });
      rig.driver.describe(0, { ...made(rig), flags: INDIRECT });
      rig.driver.post(0);
      const moved = direction === "dequeue" ? rig.dequeue() : rig.enqueue([rig.hands.packet(rig.pool, payload(600))]);
      expect(moved).toEqual(direction === "dequeue" ? [] : 0);
      expect(rig.status).toMatchObject({ stop: STOP.broken, broken: 1 });
      expect(rig.driver.usedIdx).toBe(0);
    }
  });
});

describe("virtio/split-driver: indirect tables and order", () => {
  it.each<[boolean, boolean, number, boolean]>([
    [true, false, 3, true],
    [true, false, 7, true],
    [true, false, 8, false],
    [true, true, 3, false],
    [false, false, 3, false],
  ])("indirect %s, in order %s, %i segments: a table %s", (indirect, inOrder, segments, tabled) => {
    const rig = new DriverRig({ indirect, inOrder, size: 16 });
    const cuts = Array.from({ length: segments }, (_, i) => 50 + i);
    expect(rig.tx(frames(rig, 1, cuts))).toBe(1);
    const [chain] = rig.device.take();
    expect(rig.status.free).toBe(tabled ? 15 : 16 - segments - 1);
    if (tabled) {
      const [{ addr, len, flags } = { addr: 0n, len: 0, flags: 0 }, ...more] = chain!.buffers;
      expect([len, flags, more]).toEqual([(segments + 1) * 16, INDIRECT, []]);
      const entries = rig.device.at({ addr, len });
      const view = new DataView(entries.buffer, entries.byteOffset, len);
      const bytes: number[] = [];
      for (let i = 0; i <= segments; i++) {
        bytes.push(...rig.device.at({ addr: view.getBigUint64(i * 16, true), len: view.getUint32(i * 16 + 8, true) }));
        expect(view.getUint16(i * 16 + 12, true)).toBe(i < segments ? NEXT : 0);
        if (i < segments) expect(view.getUint16(i * 16 + 14, true)).toBe(i + 1);
      }
      expect(bytes.slice(12)).toEqual([...payload(bytes.length - 12, 0)]);
    } else expect(chain!.buffers).toHaveLength(segments + 1);
    rig.device.give(chain!.head, 0);
    expect([clean(rig), rig.available, rig.held]).toEqual([16, 64, 0]);
  });

  it("35, 36 in order: heads as descriptors lie, one element gives back eight, many laps", () => {
    const rig = new DriverRig({ inOrder: true, size: 16 });
    let head = 0;
    for (let n = 0; n < 200; n++) {
      const packets = Array.from({ length: 8 }, (_, i) => frames(rig, 1, (i + n) % 5 === 0 ? [30, 30] : [60])[0]!);
      const sent = rig.tx(packets);
      rig.hands.free(packets.slice(sent));
      const chains = rig.device.take();
      for (const chain of chains) {
        expect(chain.head).toBe(head);
        head = (head + chain.buffers.length) % 16;
      }
      rig.device.giveBatch(chains.at(-1)!.head, 0, chains.length);
    }
    expect([clean(rig), rig.available, rig.status.broken]).toEqual([16, 64, 0]);
  });

  it("in order a used index beyond what is in flight breaks nothing, and one beyond its packets breaks the ring", () => {
    const rig = new DriverRig({ inOrder: true, size: 8 });
    rig.tx(frames(rig, 2, [30, 30])); // six descriptors, two packets
    rig.device.usedIdx = 7;
    expect([clean(rig), rig.held, rig.status.broken]).toEqual([2, 4, 0]);
    rig.device.usedIdx = 3;
    expect([clean(rig), rig.held, rig.status.broken]).toEqual([8, 0, 1]);
    expect([rig.available, rig.tx(frames(rig, 1))]).toEqual([64, 0]);
  });

  it.each([1, 3, 40])("in order rx: %i bursts, then buffers given back by one element count as filled", (bursts) => {
    const rig = new DriverRig({ inOrder: true, size: 8, mergeable: false });
    rig.machine.engine.driverRefill(rig.hands.lcore, rig.queue);
    let slot = 0;
    const expectNext = (): void => {
      const [chain] = rig.device.take(1);
      expect(chain!.head).toBe(slot++ % 8);
      rig.device.write(chain!, 12, payload(60, slot));
    };
    for (let n = 0; n < bursts; n++) {
      for (let i = 0; i < 3; i++) {
        expectNext();
        rig.device.give((slot - 1) % 8, 72);
      }
      const got = rig.rx();
      expect(got.map((m) => rig.hands.bytes(m))).toEqual([2, 1, 0].map((back) => payload(60, slot - back)));
      rig.hands.free(got);
    }
    const chains = rig.device.take(3);
    for (const [i, chain] of chains.entries()) rig.device.write(chain, 12, payload(i < 2 ? 2048 : 60, i));
    rig.device.giveBatch(chains[2]!.head, 72, 3);
    const got = [...rig.rx(2), ...rig.rx()];
    expect(got.map((m) => rig.hands.bytes(m))).toEqual([payload(2048, 0), payload(2048, 1), payload(60, 2)]);
    rig.hands.free(got);
    expect([rig.available, rig.held, rig.status.broken]).toEqual([56, 8, 0]);
  });
});

describe("virtio/split: event indexes", () => {
  const calls = (rig: DeviceRig, n: number): number => {
    const before = rig.status.calls;
    for (let i = 0; i < n; i++) rig.postReadable(i, framed(60, i));
    expect(read(rig)).toHaveLength(n);
    return rig.status.calls - before;
  };

  it("11 the device calls when used_event is passed, and only then; avail.flags is not asked (31)", () => {
    const rig = new DeviceRig({ eventIdx: true, size: 8 });
    rig.driver.wantsNoCall = true;
    expect(calls(rig, 2)).toBe(1); // 0 at first asks for the first one
    rig.driver.usedEvent = 4;
    expect([calls(rig, 2), calls(rig, 1), calls(rig, 3), calls(rig, 8)]).toEqual([0, 1, 0, 0]);
    rig.driver.usedEvent = 18;
    expect(calls(rig, 5)).toBe(1);
    expect(rig.driver.usedFlags).toBe(0); // 30
  });

  it("11 over the index's end", () => {
    const rig = new DeviceRig({ eventIdx: true, size: 8, room: 16 << 20 });
    for (let n = 0; n < 65536; n += 8) calls(rig, 8);
    const before = rig.status.calls;
    rig.driver.usedEvent = 4;
    expect([calls(rig, 4), calls(rig, 1), rig.status.calls - before]).toEqual([0, 1, 1]);
  });

  it("32 without EVENT_IDX what lies behind the entries says nothing", () => {
    const rig = new DeviceRig();
    rig.driver.usedEvent = 77;
    expect([calls(rig, 1), calls(rig, 3)]).toEqual([1, 1]);
  });

  it("the driver kicks when avail_event is passed, and only then; used.flags is not asked", () => {
    const rig = new DriverRig({ eventIdx: true });
    const kicks = (n: number): number => {
      const before = rig.status.kicks;
      expect(rig.tx(frames(rig, n))).toBe(n);
      for (const { head } of rig.device.take()) rig.device.give(head, 0);
      clean(rig);
      return rig.status.kicks - before;
    };
    rig.device.wantsNoKick = true;
    rig.device.availEvent = 5;
    expect([kicks(3), kicks(2), kicks(1), kicks(4)]).toEqual([0, 0, 1, 0]);
  });

  it("13 each side asks for its next index, or for the one that has just passed", () => {
    const rig = new DeviceRig({ eventIdx: true });
    calls(rig, 3);
    const { engine } = rig.machine;
    engine.deviceQueueWantKicks(rig.queue, 1);
    expect([rig.driver.availEvent, rig.driver.usedFlags]).toEqual([3, 0]);
    engine.deviceQueueWantKicks(rig.queue, 0);
    expect([rig.driver.availEvent, rig.driver.usedFlags]).toEqual([2, 0]);
    const driver = new DriverRig({ eventIdx: true });
    expect([driver.device.usedEvent, driver.device.availFlags]).toEqual([0xffff, 0]);
    driver.machine.engine.driverQueueWantCalls(driver.queue, 1);
    expect([driver.device.usedEvent, driver.device.availFlags]).toEqual([0, 0]);
  });
});
