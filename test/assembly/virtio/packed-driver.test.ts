// The driver side of a packed ring against a hand-written device: how packets lie in it, in which order they may come back, and a device that lies.
import { describe, expect, it } from "vitest";
import { payload } from "../../support/captures.ts";
import { INDIRECT, NEXT, WRITE } from "../../support/driver-mock.ts";
import { AVAIL, DESC, DISABLE, ENABLE } from "../../support/packed-driver-mock.ts";
import { PackedDriverRig, type PackedOptions } from "../../support/packed-rings.ts";

const HEADER = new Array<number>(12).fill(0);

function frames(rig: PackedDriverRig, n: number, length = 60): number[] {
  return Array.from({ length: n }, (_, i) => rig.hands.packet(rig.pool, payload(length, i), i));
}

/** Fills a posted buffer with a frame and gives it back. */
function give(rig: PackedDriverRig, seed: number, length = 60): void {
  const [chain] = rig.device.take(1);
  rig.device.write(chain!, 12, payload(length, seed));
  rig.device.give(chain!.id, 12 + length);
}

function received(rig: PackedDriverRig, n = 32): Uint8Array[] {
  const got = rig.rx(n);
  const bytes = got.map((m) => rig.hands.bytes(m));
  rig.hands.free(got);
  return bytes;
}

describe("virtio/packed-driver rx", () => {
  it.each([1, 3, 20, 256])("posts %i buffers: one descriptor each, the header in the headroom", (size) => {
    const rig = new PackedDriverRig({ size, pool: 600 });
    expect(rig.refill()).toBe(size);
    const chains = rig.device.take();
    expect(chains.map(({ slot }) => slot)).toEqual(Array.from({ length: size }, (_, i) => i));
    expect(new Set(chains.map(({ id }) => id)).size).toBe(size);
    for (const { buffers } of chains) expect(buffers).toMatchObject([{ len: 2060, flags: WRITE }]);
    expect([rig.held, rig.status.free, rig.refill()]).toEqual([size, 0, 0]);
  });

  it.each([1, 3, 20, 256, 1000])("40 wrap counters of a ring of %i turn at its end: order and bytes stay", (size) => {
    const rig = new PackedDriverRig({ size, pool: 1200 });
    rig.refill();
    let seed = 0;
    for (let n = 0; n < 3 * size + 50; n += 1) {
      const burst = 1 + (n % Math.min(size, 7));
      const seeds = Array.from({ length: burst }, () => seed++ % 200);
      for (const one of seeds) give(rig, one);
      // a call for more than four stops at a line of descriptors: what is left comes with the next
      const got = [...received(rig), ...received(rig), ...received(rig)];
      expect(got).toEqual(seeds.map((one) => payload(60, one)));
    }
    expect(rig.available + rig.held).toBe(1200);
  });

  it("42 buffers given back out of order, by id: each packet is the one of its buffer, fresh ids are free ones", () => {
    const rig = new PackedDriverRig({ size: 4 });
    rig.refill();
    const chains = rig.device.take();
    for (const [i, chain] of chains.entries()) rig.device.write(chain, 12, payload(60, i));
    for (const i of [2, 0]) rig.device.give(chains[i]!.id, 72);
    expect(received(rig)).toEqual([payload(60, 2), payload(60, 0)]);
    const fresh = rig.device.take(); // two, while ids 1 and 3 are in flight
    expect(new Set([...fresh.map(({ id }) => id), 1, 3])).toEqual(new Set([0, 1, 2, 3]));
    for (const i of [3, 1]) rig.device.give(chains[i]!.id, 72);
    fresh.forEach((chain, i) => {
      rig.device.write(chain, 12, payload(60, 10 + i));
      rig.device.give(chain.id, 72);
    });
    expect([...received(rig), ...received(rig)]).toEqual([3, 1, 10, 11].map((i) => payload(60, i)));
    expect([rig.available, rig.held, rig.status.broken]).toEqual([60, 4, 0]);
  });

  it("44 in order one descriptor gives back several: those before it count as filled", () => {
    const rig = new PackedDriverRig({ size: 8, inOrder: true, mergeable: false });
    rig.refill();
    const chains = rig.device.take(3);
    for (const [i, chain] of chains.entries()) rig.device.write(chain, 12, payload(i < 2 ? 2048 : 60, i));
    rig.device.give(2, 72, 3);
    expect(received(rig, 2)).toEqual([payload(2048, 0), payload(2048, 1)]);
    expect(received(rig)).toEqual([payload(60, 2)]);
    expect([rig.available, rig.held, rig.status.errors]).toEqual([56, 8, 0]);
  });

  it("a mergeable packet lies in several buffers; one of them missing drops it", () => {
    const rig = new PackedDriverRig({ size: 8 });
    rig.refill();
    const bytes = payload(4000, 1);
    const give2 = (second: boolean): void => {
      const [a, b] = rig.device.take(second ? 2 : 1);
      rig.device.write(a!, 12, bytes.subarray(0, 2048), 2);
      if (second) {
        rig.device.at(b!.buffers[0]!).set(bytes.subarray(2048));
        rig.device.give(a!.id, 2060);
        rig.device.give(b!.id, 1952);
      } else rig.device.give(a!.id, 2060);
    };
    give2(true);
    expect(received(rig)).toEqual([bytes]);
    give2(false);
    expect([received(rig), rig.status.errors]).toEqual([[], 1]);
    give(rig, 3);
    expect(received(rig)).toEqual([payload(60, 3)]);
    expect([rig.available, rig.held]).toEqual([56, 8]);
  });

  it.each([
    ["a length beyond the buffer", 2061, 2, 1],
    ["a length of 2^32 - 1", 0xffff_ffff, 2, 1],
    ["a length shorter than the header", 5, 2, 1],
    ["13 bytes of frame", 25, 2, 1],
    ["a length without WRITE, which means none", 72, 0, 1],
  ])("37 %s is dropped and counted, the buffer comes back", (_, len, flags, errors) => {
    const rig = new PackedDriverRig();
    rig.refill();
    const [chain] = rig.device.take(1);
    rig.device.at(chain!.buffers[0]!).fill(0, 0, 12);
    rig.device.give(chain!.id, len, 1, flags);
    expect([received(rig), rig.status.errors]).toEqual([[], errors]);
    give(rig, 4);
    expect(received(rig)).toEqual([payload(60, 4)]);
    expect([rig.available, rig.held]).toEqual([56, 8]);
  });

  it.each([8, 9, 0xffff])("U3 id %i, which is not in flight, breaks the ring: nothing is read or freed twice", (id) => {
    for (const inOrder of [false, true]) {
      const rig = new PackedDriverRig({ inOrder });
      rig.refill();
      give(rig, 1);
      rig.device.give(id, 72);
      expect(received(rig)).toEqual([payload(60, 1)]);
      expect([rig.rx(), rig.rx(), rig.status.broken]).toEqual([[], [], 1]);
      rig.machine.engine.driverRelease(rig.hands.lcore, rig.queue);
      expect([rig.available, rig.held]).toEqual([64, 0]);
    }
  });

  it("U3 the same id twice breaks the ring", () => {
    const rig = new PackedDriverRig({ size: 4 });
    rig.refill();
    const [chain] = rig.device.take(1);
    rig.device.write(chain!, 12, payload(60));
    rig.device.give(chain!.id, 72);
    rig.device.give(chain!.id, 72);
    expect([received(rig).length, received(rig).length, rig.status.broken]).toEqual([1, 0, 1]);
  });
});

const CUTS = [100, 200, 300];
/** virtio_xmit_pkts_packed_vec, which there is in order only. */
const VECTOR = { inOrder: true, vector: true };
const KINDS: readonly PackedOptions[] = [{}, { inOrder: true }, VECTOR];

describe("virtio/packed-driver tx: layout", () => {
  it.each<[PackedOptions, number[], boolean]>([
    [{}, [60], true],
    [{ indirect: true }, [60], true],
    [{ indirect: true }, CUTS, false],
    [{ indirect: true, inOrder: true }, CUTS, false],
    [{ ...VECTOR }, [60], true],
    [{ ...VECTOR, indirect: true }, CUTS, false],
    [{ ...VECTOR }, CUTS, false],
    [{}, CUTS, false],
    [{ inOrder: true }, CUTS, false],
    [{ indirect: true, size: 12 }, new Array<number>(8).fill(50), false],
  ])("%j, segments %j: header pushed %s, else a table of up to eight, else a chain", (options, cuts, pushed) => {
    const rig = new PackedDriverRig(options);
    const length = cuts.reduce((a, b) => a + b, 0);
    const m = rig.hands.packet(rig.pool, payload(length, 3), 0, cuts);
    expect(rig.tx([m])).toBe(1);
    const [chain] = rig.device.take();
    const table = !pushed && options.indirect === true && cuts.length < 8;
    expect(chain!.slots).toBe(pushed || table ? 1 : cuts.length + 1);
    expect(chain!.flags).toBe(AVAIL | (table ? INDIRECT : pushed ? 0 : NEXT));
    expect(chain!.buffers.map(({ len }) => len)).toEqual(pushed ? [length + 12] : [12, ...cuts]);
    expect(rig.device.read(chain!)).toEqual(Uint8Array.from([...HEADER, ...payload(length, 3)]));
    expect([rig.held, rig.status.burstBytes]).toEqual([cuts.length, length]);
    rig.device.give(chain!.id, 0, chain!.slots, 0);
    expect([rig.clean(), rig.available, rig.held]).toEqual([options.size ?? 8, 64, 0]);
  });

  it.each([3, 5, 20].flatMap((size) => [{ size }, { size, ...VECTOR }]))(
    "41 chains across the end of a ring, many laps: %j",
    (options) => {
      const { size } = options;
      const rig = new PackedDriverRig(options);
      for (let n = 0; n < 200; n++) {
        const m = rig.hands.packet(rig.pool, payload(90, n % 100), n, n % 3 ? [30, 60] : [90]);
        expect(rig.tx([m])).toBe(1);
        const [chain] = rig.device.take();
        expect(rig.device.read(chain!)).toEqual(Uint8Array.from([...HEADER, ...payload(90, n % 100)]));
        rig.device.give(chain!.id, 0, chain!.slots, 0);
      }
      expect([rig.clean(), rig.available, rig.status.broken]).toEqual([size, 64, 0]);
    },
  );

  it.each([0, 1].flatMap((free) => KINDS.map((kind) => [free, kind] as const)))(
    "a full ring takes no more, and no chain in part (%i free, %j)",
    (free, kind) => {
      const rig = new PackedDriverRig({ size: 4, ...kind });
      expect(rig.tx(frames(rig, 4 - free))).toBe(4 - free);
      expect(rig.tx([rig.hands.packet(rig.pool, payload(90), 0, [30, 60])])).toBe(0);
      expect(rig.tx(frames(rig, 2))).toBe(free);
      expect(rig.device.take()).toHaveLength(4);
    },
  );

  it.each(KINDS)("a burst is made available by its first descriptor: %j", (kind) => {
    const rig = new PackedDriverRig(kind);
    const lcore = rig.machine.addLcore(true, 1, 0); // in virtual time: published at the end of a poll
    rig.machine.arena.u32(rig.hands.packets, 6).set(frames(rig, 6));
    expect(rig.machine.engine.driverTx(lcore, rig.queue, rig.hands.packets, 6)).toBe(6);
    expect(rig.device.take()).toEqual([]);
    rig.machine.engine.publishDeferred(lcore);
    expect(rig.device.take()).toHaveLength(6);
  });
});

describe("virtio/packed-driver tx: completion", () => {
  it.each([[[2, 0, 1]], [[1, 2, 0]], [[2, 1, 0]]])(
    "42 ids %j out of order: freed by id, slots skipped as remembered",
    (order) => {
      const rig = new PackedDriverRig({ size: 9 });
      const cuts = [[60], [20, 20, 20], [30, 30]];
      const packets = cuts.map((lens, i) => rig.hands.packet(rig.pool, payload(60, i), i, lens));
      expect(rig.tx(packets)).toBe(3); // 1 + 4 + 3 slots
      const chains = rig.device.take();
      const freed = [1, 3, 2];
      let back = 64 - 6;
      for (const i of order) {
        rig.device.give(chains[i]!.id, 0, chains[i]!.slots, 0);
        rig.clean();
        back += freed[i]!;
        expect(rig.available).toBe(back);
      }
      expect([rig.status.free, rig.held, rig.status.broken]).toEqual([9, 0, 0]);
      expect(rig.tx(frames(rig, 9))).toBe(9);
      expect(new Set(rig.device.take().map(({ id }) => id)).size).toBe(9);
    },
  );

  it.each([0x0, 0x1, 0x4, 0x2])("43 old flags 0x%i and a length in a used descriptor mean nothing", (flags) => {
    for (const kind of KINDS) {
      const rig = new PackedDriverRig(kind);
      rig.tx(frames(rig, 3));
      for (const { id } of rig.device.take()) rig.device.give(id, 0xffff, 1, flags);
      expect([rig.clean(), rig.available, rig.status.broken]).toEqual([8, 64, 0]);
    }
  });

  it.each([false, true])(
    "44 in order one descriptor with the last id gives the whole batch back, chains among it, over the ring's end (vector %s)",
    (vector) => {
      const rig = new PackedDriverRig({ size: 8, inOrder: true, vector });
      for (let n = 0; n < 50; n++) {
        const packets = [[60], [30, 30], [60], [60]].map((cuts, i) =>
          rig.hands.packet(rig.pool, payload(60, i), i, cuts),
        );
        expect(rig.tx(packets)).toBe(4);
        const chains = rig.device.take();
        const slots = chains.reduce((sum, chain) => sum + chain.slots, 0);
        rig.device.give(chains.at(-1)!.id, 0, slots, 0);
      }
      expect([rig.clean(), rig.available, rig.held, rig.status.broken]).toEqual([8, 64, 0, 0]);
    },
  );

  it.each([false, true])(
    "44 in order batches of single descriptors, of any length, over the ring's end (vector %s)",
    (vector) => {
      const rig = new PackedDriverRig({ size: 20, inOrder: true, vector });
      for (let n = 0; n < 100; n++) {
        const count = 1 + (n % 17);
        expect(rig.tx(frames(rig, count))).toBe(count);
        const chains = rig.device.take();
        rig.device.give(chains.at(-1)!.id, 0, count, 0);
      }
      expect([rig.clean(), rig.available, rig.status.broken]).toEqual([20, 64, 0]);
    },
  );

  it.each([
    ["an id of N", 8],
    ["an id of 65535", 65535],
    ["an id that is free", 6],
  ])("U3 %s breaks the ring: no mbuf is freed twice, further packets are refused", (_, id) => {
    for (const kind of KINDS) {
      const rig = new PackedDriverRig({ pool: 32, ...kind });
      rig.tx(frames(rig, 4));
      rig.device.give(0, 0, 1, 0);
      rig.device.give(id, 0, 1, 0);
      rig.clean();
      expect([rig.available, rig.held, rig.status.broken]).toEqual([29, 3, 1]);
      expect(rig.tx(frames(rig, 6))).toBe(0);
      rig.machine.engine.driverRelease(rig.hands.lcore, rig.queue);
      expect(rig.available).toBe(26);
      expect(new Set(rig.hands.take(rig.pool, 26)).size).toBe(26);
    }
  });
});

describe("virtio/packed-driver notification", () => {
  const kicks = (rig: PackedDriverRig, n: number): number => {
    const before = rig.status.kicks;
    expect(rig.tx(frames(rig, n))).toBe(n);
    for (const { id } of rig.device.take()) rig.device.give(id, 0, 1, 0);
    rig.clean();
    return rig.status.kicks - before;
  };

  it.each([
    [ENABLE, true, 1],
    [DISABLE, true, 0],
    [3, false, 1],
    [DESC, false, 1],
  ])("46 flags %i, EVENT_IDX %s: %i kicks a burst", (flags, eventIdx, expected) => {
    const rig = new PackedDriverRig({ eventIdx });
    rig.device.askFor(flags, 7, 0);
    expect([kicks(rig, 3), kicks(rig, 2)]).toEqual([expected, expected]);
    expect(rig.tx([])).toBe(0);
    expect(rig.status.kicks).toBe(2 * expected);
  });

  it("45 one descriptor: one kick, when that slot of that lap is made available", () => {
    const rig = new PackedDriverRig({ eventIdx: true, size: 10 });
    rig.device.askFor(DESC, 3, 1);
    expect([2, 1, 1, 1, 5, 4, 3].map((n) => kicks(rig, n))).toEqual([0, 0, 1, 0, 0, 0, 0]);
    rig.device.askFor(DESC, 2, 1);
    expect([2, 3, 1].map((n) => kicks(rig, n))).toEqual([0, 0, 1]);
  });

  it("asks for calls: not at all, or for the next descriptor", () => {
    const rig = new PackedDriverRig({ eventIdx: true });
    expect(rig.device.driverAsks.flags).toBe(DISABLE);
    kicks(rig, 3);
    rig.machine.engine.driverQueueWantCalls(rig.queue, 1);
    expect(rig.device.driverAsks).toEqual({ flags: DESC, slot: 3, wrap: 1 });
  });
});
