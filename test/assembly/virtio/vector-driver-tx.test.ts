// virtio_xmit_pkts_packed_vec against a hand-written device: when it takes packets back, and how much a burst is cut to. Layout and lies are in
// packed-driver.test.ts.
import { describe, expect, it } from "vitest";
import { payload } from "../../support/captures.ts";
import { PackedDriverRig } from "../../support/packed-rings.ts";

function send(rig: PackedDriverRig, cuts: readonly (readonly number[])[], seed = 0): number {
  const packets = cuts.map((lens, i) => {
    const length = lens.reduce((a, b) => a + b, 0);
    return rig.hands.packet(rig.pool, payload(length, seed + i), i, lens);
  });
  const taken = rig.tx(packets);
  rig.hands.free(packets.slice(taken));
  return taken;
}

const plain = (n: number): number[][] => Array.from({ length: n }, () => [60]);

function complete(rig: PackedDriverRig, n: number): void {
  for (const { id, slots } of rig.device.take(n)) rig.device.give(id, 0, slots, 0);
}

describe("virtio: when the packed vector tx path takes packets back", () => {
  it.each([
    // tx_free_thresh; packets a burst; free descriptors behind each burst, all used in between
    { freeThreshold: 0, bursts: [8, 8, 8, 8], free: [56, 48, 56, 48] },
    { freeThreshold: 0, bursts: [15, 1, 1, 40], free: [49, 48, 63, 23] },
    { freeThreshold: 32, bursts: [31, 1, 1], free: [33, 32, 63] },
    { freeThreshold: 4, bursts: [3, 1, 1, 1], free: [61, 60, 63, 62] },
  ])("tx_free_thresh $freeThreshold, bursts $bursts: $free free", ({ freeThreshold, bursts, free }) => {
    const rig = new PackedDriverRig({ size: 64, pool: 256, inOrder: true, vector: true, freeThreshold });
    const found = bursts.map((n) => {
      expect(send(rig, plain(n))).toBe(n);
      complete(rig, 64);
      return rig.status.free;
    });
    expect(found).toEqual(free);
    expect(rig.available + rig.held).toBe(256);
  });

  it("a batch that one descriptor gives back is taken as a whole", () => {
    const rig = new PackedDriverRig({ size: 64, pool: 256, inOrder: true, vector: true });
    expect(send(rig, plain(40))).toBe(40);
    const chains = rig.device.take();
    rig.device.give(chains.at(-1)!.id, 0, 40, 0);
    expect([send(rig, plain(1)), rig.status.free, rig.available]).toEqual([1, 63, 255]);
  });

  it("a burst is cut to what is free behind the one clean-up; the plain path goes on cleaning", () => {
    const taken = [true, false].map((vector) => {
      const rig = new PackedDriverRig({ size: 8, pool: 64, inOrder: true, vector });
      expect(send(rig, plain(8))).toBe(8);
      complete(rig, 5);
      return send(rig, plain(6));
    });
    expect(taken).toEqual([2, 5]);
  });

  it("an id that is in flight is not given twice, even if the ring were not in order", () => {
    const rig = new PackedDriverRig({ size: 8, pool: 64, vector: true, freeThreshold: 4 });
    expect(send(rig, plain(8))).toBe(8);
    rig.device.take();
    for (const id of [4, 5, 6, 7]) rig.device.give(id, 0, 1, 0);
    expect(send(rig, plain(4))).toBe(4);
    expect(rig.device.take().map(({ id }) => id)).toEqual([4, 5, 6, 7]);
    expect([rig.held, rig.available]).toEqual([8, 56]);
  });

  it("a packet without headroom for the header is sent as header and segment", () => {
    const rig = new PackedDriverRig({ size: 16, pool: 64, inOrder: true, vector: true });
    const packets = Array.from({ length: 4 }, (_, i) => rig.hands.packet(rig.pool, payload(60, i), i));
    const DATA_OFF = 8; // struct Mbuf
    new DataView(rig.bytes.buffer).setUint16(packets[2]! + DATA_OFF, 11, true);
    expect(rig.tx(packets)).toBe(4);
    expect(rig.device.take().map(({ slots }) => slots)).toEqual([1, 1, 2, 1]);
  });

  it("chains among plain packets, for which it cleans up further: bytes and order stay", () => {
    const rig = new PackedDriverRig({ size: 20, pool: 256, inOrder: true, vector: true });
    let seed = 0;
    for (let n = 0; n < 200; n++) {
      const cuts = [[60], [60], n % 3 ? [60] : [20, 20, 20], [60], [60], [60]].slice(0, 1 + (n % 6));
      const taken = send(rig, cuts, seed);
      expect(taken).toBe(cuts.length);
      const chains = rig.device.take();
      expect(chains.map((chain) => rig.device.read(chain).subarray(12))).toEqual(
        cuts.map((_, i) => payload(60, seed + i)),
      );
      for (const { id, slots } of chains) rig.device.give(id, 0, slots, 0);
      seed = (seed + taken) % 150;
    }
    expect([rig.clean(), rig.available, rig.status.broken]).toEqual([20, 256, 0]);
  });
});
