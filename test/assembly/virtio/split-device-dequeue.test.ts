import { describe, expect, it } from "vitest";
import { payload } from "../../support/captures.ts";
import { NEXT, WRITE } from "../../support/driver-mock.ts";
import { udpFrame } from "../../support/frames.ts";
import { DeviceRig, STOP } from "../../support/rings.ts";

/** A net header of zeros, then the frame. */
function wire(header: number, frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(header + frame.length);
  bytes.set(frame, header);
  return bytes;
}

describe("virtio/split-device dequeue", () => {
  it.each([10, 12])(
    "gives the frame behind a header of %i, used length 0, and frees nothing of the pool twice",
    (header) => {
      const rig = new DeviceRig({ header, mergeable: false });
      rig.postReadable(5, wire(header, payload(60, 4)));
      const [m = 0, ...more] = rig.dequeue();
      expect(more).toEqual([]);
      expect(rig.hands.bytes(m)).toEqual(payload(60, 4));
      expect(rig.hands.fields(m)).toMatchObject({
        pktLen: 60,
        dataLen: 60,
        segments: 1,
        refcnt: 1,
        port: 7,
        dataOff: 128,
        olFlags: 0n,
      });
      expect(rig.driver.takeUsed()).toEqual([{ id: 5, len: 0 }]);
      expect(rig.available).toBe(63);
      expect(rig.status).toMatchObject({ stop: STOP.none, burstBytes: 60 });
    },
  );

  it.each([1, 2, 4, 256, 1024, 32768])("a ring of %i gives what was posted, in order", (size) => {
    const rig = new DeviceRig({ size, pool: 700, room: 8 << 20 });
    const posted = Math.min(size, 300);
    for (let i = 0; i < posted; i++) rig.postReadable(i, wire(12, payload(60 + i, i)));
    const got: number[] = [];
    for (;;) {
      const burst = rig.dequeue(64);
      if (burst.length === 0) break;
      got.push(...burst);
    }
    expect(got.map((m) => rig.hands.bytes(m))).toEqual(Array.from({ length: posted }, (_, i) => payload(60 + i, i)));
    expect(rig.driver.takeUsed()).toEqual(Array.from({ length: posted }, (_, id) => ({ id, len: 0 })));
  });

  it.each([1, 4, 256])("S1 the indexes of a ring of %i run over 65535 to 0", (size) => {
    const rig = new DeviceRig({ size });
    const { at, addr } = rig.buffer(128);
    for (let i = 0; i < size; i++) rig.driver.describe(i, { addr, len: 72 });
    const burst = Math.min(size, 32);
    for (let n = 0; n < 66_000; n += burst) {
      const heads = Array.from({ length: burst }, (_, i) => (n + i * 5) % size);
      rig.bytes[at + 12] = n & 0xff;
      rig.driver.post(...heads);
      const got = rig.dequeue();
      if (got.length !== burst || rig.hands.bytes(got[0]!)[0] !== (n & 0xff))
        expect.fail(`found ${got.length} packets at ${n}`);
      rig.hands.free(got);
      if (
        rig.driver
          .takeUsed()
          .map(({ id }) => id)
          .join() !== heads.join()
      )
        expect.fail(`found other heads at ${n}`);
    }
    expect(rig.available).toBe(64);
  });

  it.each([
    { cuts: [12, 60], what: "the header a descriptor of its own" },
    { cuts: [5, 4, 3, 60], what: "the header cut 5 + 4 + 3" },
    { cuts: [0, 72], what: "an empty descriptor first" },
    { cuts: [12, 0, 60], what: "an empty descriptor in the middle" },
    { cuts: [6, 0, 0, 26, 40, 0], what: "empty descriptors between and last" },
    { cuts: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 57], what: "all descriptors of the ring" },
  ])("reads a chain with $what", ({ cuts }) => {
    const rig = new DeviceRig({ size: 16 });
    rig.postReadable(0, wire(12, payload(60, 6)), cuts);
    expect(rig.dequeue().map((m) => rig.hands.bytes(m))).toEqual([payload(60, 6)]);
    expect(rig.driver.takeUsed()).toEqual([{ id: 0, len: 0 }]);
  });

  it("takes chains whose descriptors carry WRITE, as DPDK does", () => {
    const rig = new DeviceRig();
    const { at, addr } = rig.buffer(72);
    rig.bytes.set(wire(12, payload(60)), at);
    rig.driver.describe(0, { addr, len: 12, flags: NEXT | WRITE, next: 1 });
    rig.driver.describe(1, { addr: addr + 12n, len: 60, flags: WRITE });
    rig.driver.describe(2, { addr, len: 72, flags: WRITE });
    rig.driver.post(0, 2);
    expect(rig.dequeue().map((m) => rig.hands.bytes(m))).toEqual([payload(60), payload(60)]);
  });

  it.each([2048, 2049, 4096, 4097, 9000, 65535])("a frame of %i bytes takes an mbuf for each 2048", (length) => {
    const rig = new DeviceRig({ size: 8 });
    for (const cuts of [[length + 12], [12, length], [100, 2000, length - 2088]].filter((c) =>
      c.every((n) => n >= 0),
    )) {
      rig.postReadable(0, wire(12, payload(length, 2)), cuts);
      const [m = 0] = rig.dequeue(1);
      expect(rig.hands.bytes(m)).toEqual(payload(length, 2));
      expect(rig.hands.fields(m)).toMatchObject({
        pktLen: length,
        segments: Math.ceil(length / 2048),
        dataLen: Math.min(length, 2048),
      });
      expect(rig.available).toBe(64 - Math.ceil(length / 2048));
      expect(rig.status.burstBytes).toBe(length);
      rig.hands.free([m]);
      expect(rig.available).toBe(64);
    }
  });

  it.each([
    [12, 13, 1],
    [10, 11, 1],
    [12, 14, 2],
    [12, 75, 63],
  ])("header %i: a chain of %i bytes is a packet of %i", (header, total, length) => {
    for (const cuts of [[total], [3, total - 3]]) {
      const rig = new DeviceRig({ header, mergeable: false });
      rig.postReadable(0, wire(header, payload(length, 9)), cuts);
      expect(rig.dequeue().map((m) => rig.hands.bytes(m))).toEqual([payload(length, 9)]);
    }
  });

  it.each([
    ["of nothing", 12, [0]],
    ["of 6 bytes", 12, [6]],
    ["of its header only", 12, [12]],
    ["of its header only, in pieces", 12, [5, 7, 0]],
    ["of its header only", 10, [10]],
  ] as const)(
    "a chain %s (header %i, cut %s) is used up without a packet and ends the burst; the ring lives",
    (_, header, cuts) => {
      const rig = new DeviceRig({ header, mergeable: false });
      rig.postReadable(0, wire(header, payload(60, 1)));
      rig.postReadable(1, new Uint8Array(cuts.reduce((a: number, b) => a + b, 0)), cuts);
      rig.postReadable(4, wire(header, payload(60, 2)));
      const first = rig.dequeue();
      expect(first.map((m) => rig.hands.bytes(m))).toEqual([payload(60, 1)]);
      expect(rig.status).toMatchObject({ stop: STOP.short, broken: 0 });
      expect(rig.driver.takeUsed()).toEqual([
        { id: 0, len: 0 },
        { id: 1, len: 0 },
      ]);
      expect(rig.available).toBe(63);
      expect(rig.dequeue().map((m) => rig.hands.bytes(m))).toEqual([payload(60, 2)]);
      expect(rig.driver.takeUsed()).toEqual([{ id: 4, len: 0 }]);
    },
  );

  it("with too few mbufs for the burst returns 0 and leaves the ring as it was", () => {
    const rig = new DeviceRig({ pool: 5 });
    const taken = rig.hands.take(rig.pool, 3);
    for (let i = 0; i < 3; i++) rig.postReadable(i, wire(12, payload(60, i)));
    const before = rig.driver.snapshot();
    expect(rig.dequeue()).toEqual([]);
    expect(rig.status.stop).toBe(STOP.noMbuf);
    expect(rig.driver.snapshot()).toEqual(before);
    expect(rig.available).toBe(2);
    rig.hands.free(taken);
    expect(rig.dequeue()).toHaveLength(3);
  });

  it("without an mbuf for a further segment the packet is used up and lost, the burst ends", () => {
    const rig = new DeviceRig({ pool: 4 });
    rig.postReadable(0, wire(12, payload(60, 1)));
    rig.postReadable(1, wire(12, payload(9000, 2)));
    rig.postReadable(2, wire(12, payload(60, 3)));
    const got = rig.dequeue();
    expect(got.map((m) => rig.hands.bytes(m))).toEqual([payload(60, 1)]);
    expect(rig.status).toMatchObject({ stop: STOP.lost, broken: 0 });
    expect(rig.driver.takeUsed().map(({ id }) => id)).toEqual([0, 1]);
    expect(rig.available).toBe(3);
    expect(rig.dequeue().map((m) => rig.hands.bytes(m))).toEqual([payload(60, 3)]);
  });

  it("keeps the guest's buffers as they are", () => {
    const rig = new DeviceRig();
    rig.postReadable(0, wire(12, payload(900, 1)), [12, 400, 500]);
    const room = (): Uint8Array => Uint8Array.from(rig.bytes.subarray(rig.ring + 8192, rig.ring + rig.windowBytes));
    const before = room();
    expect(rig.dequeue()).toHaveLength(1);
    expect(room()).toEqual(before);
  });

  it.each([
    [0, true, 0n],
    [1, true, 0x108n], // NEEDS_CSUM: RX_L4_CKSUM_NONE is both bits
    [2, true, 0n], // DATA_VALID is for drivers
    [1, false, 0n],
  ])("header flags %i become, with offloads agreed on %s, ol_flags %s", (flags, offloads, olFlags) => {
    const rig = new DeviceRig({ offloads });
    const bytes = wire(12, udpFrame(60));
    bytes[0] = flags;
    rig.postReadable(0, bytes);
    rig.postReadable(1, bytes, [5, 67]);
    expect(rig.dequeue().map((m) => rig.hands.fields(m).olFlags)).toEqual([olFlags, olFlags]);
  });

  it("calls the driver once a burst unless it wants none, and not for nothing", () => {
    const rig = new DeviceRig();
    rig.postReadable(0, wire(12, payload(60)));
    rig.postReadable(1, wire(12, payload(60)));
    rig.dequeue();
    expect(rig.status.calls).toBe(1);
    rig.dequeue();
    expect(rig.status.calls).toBe(1);
    rig.driver.wantsNoCall = true;
    rig.postReadable(2, wire(12, payload(60)));
    expect(rig.dequeue()).toHaveLength(1);
    expect(rig.status.calls).toBe(1);
  });

  const broken: [string, (rig: DeviceRig) => void][] = [
    ["head index N", ({ driver, size }) => driver.post(size)],
    ["head index 65535", ({ driver }) => driver.post(65535)],
    ["next index N", (rig) => spoil(rig, { next: rig.size })],
    ["a descriptor that leads to itself", (rig) => spoil(rig, { next: 1 })],
    [
      "two descriptors that lead to each other",
      (rig) => {
        rig.driver.describe(2, { addr: rig.buffer(8).addr, len: 8, flags: NEXT, next: 1 });
        spoil(rig, { next: 2 });
      },
    ],
    [
      "two empty descriptors that lead to each other",
      (rig) => {
        rig.driver.describe(2, { addr: 0n, len: 0, flags: NEXT, next: 1 });
        spoil(rig, { len: 0, next: 2 });
      },
    ],
    ["an unmapped address", (rig) => spoil(rig, { addr: 0x7_0000_0000n, flags: 0 })],
    [
      "an unmapped second descriptor",
      (rig) => {
        rig.driver.describe(2, { addr: 0x7_0000_0000n, len: 60 });
        spoil(rig, { next: 2 });
      },
    ],
    ["an address near 2^64", (rig) => spoil(rig, { addr: 0xffff_ffff_ffff_fff0n, len: 72, flags: 0 })],
    ["a buffer that runs past its region", (rig) => spoil(rig, { len: 0x7fff_ffff, flags: 0 })],
    [
      "a chain of more than 4 GiB",
      (rig) => {
        rig.driver.describe(2, { addr: rig.buffer(8).addr, len: 0xffff_ffff });
        spoil(rig, { next: 2, len: 0xffff_ffff });
      },
    ],
    ["an indirect table, which was not negotiated", (rig) => spoil(rig, { flags: 4, len: 32 })],
    ["avail.idx one more than N ahead", ({ driver, size }) => (driver.availIdx += size)],
    ["avail.idx 40000 ahead", ({ driver }) => (driver.availIdx += 40000)],
    ["avail.idx stepping back", ({ driver }) => (driver.availIdx -= 2)],
  ];

  function spoil(rig: DeviceRig, change: { addr?: bigint; len?: number; flags?: number; next?: number }): void {
    rig.driver.describe(1, { addr: rig.buffer(8).addr, len: 80, flags: NEXT, ...change });
    rig.driver.post(1);
  }

  it.each(broken)("D3 stands still at %s: nothing is consumed, no mbuf is lost", (_, spoilRing) => {
    const rig = new DeviceRig({ size: 8 });
    rig.postReadable(0, wire(12, payload(60)));
    spoilRing(rig);
    const first = rig.dequeue();
    expect(rig.driver.usedIdx).toBe(first.length);
    const before = rig.driver.snapshot();
    for (let i = 0; i < 3; i++) expect(rig.dequeue()).toEqual([]);
    expect(rig.driver.snapshot()).toEqual(before);
    expect(rig.status).toMatchObject({ stop: STOP.broken, broken: 1 });
    rig.hands.free(first);
    expect(rig.available).toBe(64);
  });
});
