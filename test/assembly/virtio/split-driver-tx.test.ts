import { describe, expect, it } from "vitest";
import { payload } from "../../support/captures.ts";
import { NEXT } from "../../support/driver-mock.ts";
import { DriverRig } from "../../support/rings.ts";

/** A device that has taken everything gives these heads back. */
function giveBack(rig: DriverRig, heads: readonly number[]): void {
  for (const head of heads) rig.device.give(head, 0);
}

function frames(rig: DriverRig, n: number, length = 60): number[] {
  return Array.from({ length: n }, (_, i) => rig.hands.packet(rig.pool, payload(length, i), i));
}

describe("virtio/split-driver tx: layout", () => {
  it.each([12, 10])("pushes a header of %i zeros into the headroom: one descriptor", (header) => {
    const rig = new DriverRig({ header });
    const m = rig.hands.packet(rig.pool, payload(60, 3));
    const { buffer } = rig.hands.fields(m);
    rig.bytes.fill(0xaa, buffer, buffer + 128);
    expect(rig.tx([m])).toBe(1);
    const [chain, ...more] = rig.device.take();
    expect(more).toEqual([]);
    expect(chain).toMatchObject({
      head: 0,
      buffers: [{ addr: BigInt(buffer + 128 - header) + rig.window.gpa, len: header + 60, flags: 0 }],
    });
    expect(rig.device.read(chain!)).toEqual(Uint8Array.from([...new Array<number>(header).fill(0), ...payload(60, 3)]));
    expect(new Set(rig.bytes.subarray(buffer, buffer + 128 - header))).toEqual(new Set([0xaa]));
    expect(rig.status).toMatchObject({ free: 7, burstBytes: 60 });
    expect(rig.held).toBe(1);
  });

  it.each([
    [12, [100, 60]],
    [10, [1, 1, 1, 1]],
    [12, [2048, 2048, 2048, 2048, 808]],
  ] as const)("header %i, segments %j: a header descriptor and one a segment", (header, cuts) => {
    const rig = new DriverRig({ header });
    const length = cuts.reduce((a: number, b) => a + b, 0);
    const m = rig.hands.packet(rig.pool, payload(length, 3), 0, cuts);
    expect(rig.tx([m])).toBe(1);
    const [chain] = rig.device.take();
    expect(chain!.buffers.map(({ len }) => len)).toEqual([header, ...cuts]);
    expect(chain!.buffers.map(({ flags }) => flags)).toEqual([...new Array<number>(cuts.length).fill(NEXT), 0]);
    expect(rig.device.read(chain!)).toEqual(
      Uint8Array.from([...new Array<number>(header).fill(0), ...payload(length, 3)]),
    );
    expect(rig.status).toMatchObject({ free: 8 - cuts.length - 1, burstBytes: length });
    expect(rig.held).toBe(cuts.length);
    giveBack(rig, [chain!.head]);
    rig.machine.engine.splitDriverTxFree(rig.hands.lcore, rig.queue);
    expect([rig.available, rig.held, rig.status.free]).toEqual([64, 0, 8]);
  });

  it("kicks once a burst unless the device wants none, and not for nothing", () => {
    const rig = new DriverRig({ size: 4 });
    expect(rig.tx(frames(rig, 3))).toBe(3);
    expect(rig.status.kicks).toBe(1);
    rig.device.wantsNoKick = true;
    expect(rig.tx(frames(rig, 1))).toBe(1);
    rig.device.wantsNoKick = false;
    expect(rig.tx(frames(rig, 1))).toBe(0);
    expect(rig.status.kicks).toBe(1);
  });
});

describe("virtio/split-driver tx: room and cleaning up", () => {
  it.each([1, 2, 4, 256, 1024, 32768])("a ring of %i takes N packets and no more", (size) => {
    const rig = new DriverRig({ size, pool: Math.min(size, 1024) + 8 });
    const n = Math.min(size, 512);
    const packets = frames(rig, n);
    expect(rig.tx(packets)).toBe(n);
    expect(rig.status.free).toBe(size - n);
    if (size <= 512) {
      expect(rig.tx(frames(rig, 1))).toBe(0);
      expect(rig.status.free).toBe(0);
    }
    expect(rig.device.take().map((chain) => rig.device.read(chain).subarray(12))).toEqual(
      packets.map((_, i) => payload(60, i)),
    );
  });

  it("frees nothing while N - tx_free_thresh or fewer are used, then all at a burst's start", () => {
    const rig = new DriverRig({ size: 16, pool: 100, freeThreshold: 4 });
    expect(rig.tx(frames(rig, 15))).toBe(15);
    giveBack(
      rig,
      rig.device
        .take()
        .slice(0, 12)
        .map(({ head }) => head),
    );
    expect(rig.tx(frames(rig, 1))).toBe(1);
    expect(rig.available).toBe(100 - 16);
    rig.device.give(12, 0);
    expect(rig.tx([])).toBe(0);
    expect(rig.available).toBe(100 - 3);
    expect(rig.status.free).toBe(13);
  });

  it.each([4, 32, 256])("N %i: the default threshold is min(N / 4, 32)", (size) => {
    const rig = new DriverRig({ size, pool: 300 });
    const threshold = Math.min(size / 4, 32);
    expect(rig.tx(frames(rig, size))).toBe(size);
    const heads = rig.device.take().map(({ head }) => head);
    giveBack(rig, heads.slice(0, size - threshold));
    rig.tx([]);
    expect(rig.status.free).toBe(0);
    giveBack(rig, heads.slice(size - threshold, size - threshold + 1));
    rig.tx([]);
    expect(rig.status.free).toBe(size - threshold + 1);
  });

  it.each([5, 6, 8])("refuses tx_free_thresh %i for a ring of 8: N - 3 or more", (freeThreshold) => {
    expect(() => new DriverRig({ freeThreshold })).toThrow(/found status 1/);
  });

  it("on demand frees just what the burst lacks", () => {
    const rig = new DriverRig({ size: 8, pool: 100 });
    expect(rig.tx(frames(rig, 7))).toBe(7);
    giveBack(rig, [0, 1, 2, 3]); // 4 used: not more than 8 - 2
    expect(rig.tx(frames(rig, 3))).toBe(3); // one was free: frees two
    expect(rig.available).toBe(100 - 8);
    expect(rig.status.free).toBe(0);
    expect(rig.tx(frames(rig, 5))).toBe(2);
    expect(rig.available).toBe(100 - 8 - 3); // eight in flight, three that the ring did not take
  });

  it("on demand frees for a single packet that follows a chain", () => {
    const rig = new DriverRig({ size: 8, pool: 100 });
    expect(rig.tx(frames(rig, 6))).toBe(6);
    giveBack(rig, [0, 1, 2]); // not more than N - threshold
    const chain = rig.hands.packet(rig.pool, payload(200), 0, [100, 100]);
    expect(rig.tx([chain, ...frames(rig, 1)])).toBe(2); // 2 free, 3 for the chain, 1 more
    expect(rig.status.free).toBe(0);
    expect(rig.tx(frames(rig, 1))).toBe(1);
  });

  it("a chain that does not fit ends the burst and takes nothing", () => {
    const rig = new DriverRig({ size: 4, pool: 100 });
    expect(rig.tx(frames(rig, 2))).toBe(2);
    const chain = rig.hands.packet(rig.pool, payload(200), 0, [100, 100]);
    expect(rig.tx([...frames(rig, 1), chain, ...frames(rig, 1)])).toBe(1);
    expect(rig.status).toMatchObject({ free: 1, burstBytes: 60 });
    expect(rig.tx([chain])).toBe(0);
    giveBack(rig, [0, 1]);
    expect(rig.tx([chain])).toBe(1);
    expect(rig.device.take()[3]?.buffers.map(({ len }) => len)).toEqual([12, 100, 100]);
  });

  it("freed descriptors go to the tail of the free list: heads come round in the order they came back", () => {
    const rig = new DriverRig({ size: 8, pool: 100 });
    rig.tx(frames(rig, 5)); // 0..4; free: 5 6 7
    rig.device.take();
    giveBack(rig, [3, 0, 4, 1, 2]);
    rig.machine.engine.splitDriverTxFree(rig.hands.lcore, rig.queue);
    rig.tx(frames(rig, 8));
    expect(rig.device.take().map(({ head }) => head)).toEqual([5, 6, 7, 3, 0, 4, 1, 2]);
  });

  it("gives mbufs back in the order the device used them", () => {
    const rig = new DriverRig({ size: 4, pool: 4 });
    const packets = frames(rig, 4);
    rig.tx(packets);
    giveBack(rig, [2, 0, 3, 1]);
    rig.machine.engine.splitDriverTxFree(rig.hands.lcore, rig.queue);
    expect(rig.hands.take(rig.pool, 4)).toEqual([2, 0, 3, 1].map((i) => packets[i]));
  });

  it.each([1, 2, 4, 256])("S1 the indexes of a ring of %i run over 65535 to 0, chains among the packets", (size) => {
    const rig = new DriverRig({ size, pool: 1200 });
    let sent = 0;
    let seen = 0;
    while (seen < 66_000) {
      const long = size >= 4 && sent % 5 === 0;
      const packets = long
        ? [rig.hands.packet(rig.pool, payload(40, sent), 0, [30, 10])]
        : frames(rig, Math.min(size, 32), 40);
      const n = rig.tx(packets);
      rig.hands.free(packets.slice(n));
      sent += n;
      for (const chain of rig.device.take()) {
        seen++;
        if (chain.buffers.reduce((total, { len }) => total + len, 0) !== 52)
          expect.fail(`found another chain at ${seen}`);
        rig.device.give(chain.head, 0);
      }
    }
    rig.machine.engine.splitDriverTxFree(rig.hands.lcore, rig.queue);
    expect([seen, rig.available, rig.held, rig.status.free, rig.status.strays]).toEqual([sent, 1200, 0, size, 0]);
  });
});
