import { describe, expect, it } from "vitest";
import { payload } from "../../support/captures.ts";
import { WRITE } from "../../support/driver-mock.ts";
import { udpFrame } from "../../support/frames.ts";
import { DriverRig } from "../../support/rings.ts";

/** The device gives the next n posted buffers back with frames of these lengths. */
function deliver(rig: DriverRig, ...lengths: number[]): void {
  for (const [i, chain] of rig.device.take(lengths.length).entries()) {
    rig.device.write(chain, rig.header, payload(lengths[i]!, i));
    rig.device.give(chain.head, rig.header + lengths[i]!);
  }
}

describe("virtio/split-driver rx: posting", () => {
  it.each([
    [12, 2060],
    [10, 2058],
  ])(
    "posts mbufs of 2176 bytes with a header of %i as one writable descriptor of %i, header in the headroom",
    (header, len) => {
      const rig = new DriverRig({ header, mergeable: false });
      expect(rig.refill()).toBe(8);
      const chains = rig.device.take();
      expect(chains.map(({ head }) => head)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      for (const { buffers } of chains) {
        expect(buffers).toHaveLength(1);
        expect(buffers[0]).toMatchObject({ len, flags: WRITE });
        expect(Number(buffers[0]!.addr % 64n)).toBe((128 - header) % 64);
      }
      expect(new Set(chains.map(({ buffers }) => buffers[0]!.addr)).size).toBe(8);
      expect(rig.available).toBe(56);
      expect(rig.held).toBe(8);
      expect(rig.device.availFlags).toBe(1); // a polling driver wants no call
    },
  );

  it("posts for all free descriptors or for none", () => {
    const rig = new DriverRig({ pool: 10 });
    expect(rig.refill()).toBe(8);
    deliver(rig, 60, 61, 62);
    const got = rig.rx();
    expect(got).toHaveLength(3);
    expect(rig.status.free).toBe(3); // the pool had two
    expect(rig.available).toBe(2);
    expect(rig.rx()).toEqual([]);
    expect(rig.status.free).toBe(3);
    rig.hands.free(got.slice(0, 1));
    expect(rig.rx()).toEqual([]); // an empty burst posts as well
    expect(rig.status.free).toBe(0);
    expect(rig.device.availIdx).toBe(11);
    rig.hands.free(got.slice(1));
    expect(rig.held).toBe(8);
  });

  it("kicks once a refill, unless the device wants none", () => {
    const rig = new DriverRig();
    rig.refill();
    expect(rig.status.kicks).toBe(1);
    deliver(rig, 60);
    rig.hands.free(rig.rx());
    expect(rig.status.kicks).toBe(2);
    rig.rx();
    expect(rig.status.kicks).toBe(2);
    rig.device.wantsNoKick = true;
    deliver(rig, 60);
    rig.hands.free(rig.rx());
    expect(rig.status.kicks).toBe(2);
  });

  it("appends freed descriptors to the tail of the free list", () => {
    const rig = new DriverRig({ pool: 9 });
    rig.refill();
    const order = rig.device.take();
    for (const i of [5, 2, 7]) {
      rig.device.write(order[i]!, 12, payload(60));
      rig.device.give(order[i]!.head, 72);
    }
    const three = rig.rx(); // nothing posted: one mbuf is left
    expect(rig.status.free).toBe(3);
    rig.device.write(order[0]!, 12, payload(60));
    rig.device.give(order[0]!.head, 72);
    const four = rig.rx();
    rig.hands.free([...three, ...four]);
    rig.rx();
    expect(rig.device.take().map(({ head }) => head)).toEqual([5, 2, 7, 0]);
  });
});

describe("virtio/split-driver rx: taking", () => {
  it.each([true, false])("gives frames in order with fresh mbuf fields, mergeable %s", (mergeable) => {
    const rig = new DriverRig({ mergeable });
    rig.refill();
    deliver(rig, 60, 1514, 14, 2048);
    const got = rig.rx();
    expect(got.map((m) => rig.hands.bytes(m))).toEqual([60, 1514, 14, 2048].map((n, i) => payload(n, i)));
    expect(rig.hands.fields(got[1]!)).toMatchObject({
      pktLen: 1514,
      dataLen: 1514,
      segments: 1,
      refcnt: 1,
      next: 0,
      port: 5,
      dataOff: 128,
      olFlags: 0n,
    });
    expect(rig.status).toMatchObject({ errors: 0, burstBytes: 60 + 1514 + 14 + 2048 });
    rig.hands.free(got);
    expect(rig.available).toBe(56);
  });

  it.each([
    // posted and used, asked for, at used index: taken
    { used: 4, ask: 32, start: 0, taken: 4 },
    { used: 5, ask: 32, start: 0, taken: 4 },
    { used: 7, ask: 32, start: 0, taken: 4 },
    { used: 8, ask: 32, start: 0, taken: 8 },
    { used: 8, ask: 6, start: 0, taken: 4 },
    { used: 8, ask: 3, start: 0, taken: 3 },
    { used: 8, ask: 8, start: 1, taken: 7 },
    { used: 6, ask: 8, start: 3, taken: 5 },
    { used: 4, ask: 8, start: 3, taken: 4 },
    { used: 100, ask: 512, start: 0, taken: 64 },
    { used: 100, ask: 512, start: 2, taken: 62 },
    { used: 64, ask: 64, start: 63, taken: 61 },
  ])("with $used used from index $start and $ask asked for takes $taken", ({ used, ask, start, taken }) => {
    const rig = new DriverRig({ size: 256, pool: 600 });
    rig.refill();
    for (let i = 0; i < start; i++) {
      deliver(rig, 60);
      rig.hands.free(rig.rx(1));
    }
    deliver(rig, ...Array.from({ length: used }, (_, i) => 60 + (i % 7)));
    const got = rig.rx(ask);
    expect(got).toHaveLength(taken);
    expect(got.map((m) => rig.hands.fields(m).pktLen)).toEqual(Array.from({ length: taken }, (_, i) => 60 + (i % 7)));
  });

  it.each([1, 4, 256])("S1 the indexes of a ring of %i run over 65535 to 0", (size) => {
    const rig = new DriverRig({ size, pool: size + 64 });
    rig.refill();
    let expected = 0;
    let next = 0;
    while (next < 66_000) {
      const chains = rig.device.take(Math.min(size, 32));
      for (const chain of chains) {
        rig.device.write(chain, 12, payload(16, next++));
        rig.device.give(chain.head, 28);
      }
      const got = rig.rx();
      for (const m of got)
        if (rig.hands.bytes(m)[0] !== ((expected++ * 37) & 0xff)) expect.fail(`found another frame at ${expected}`);
      rig.hands.free(got);
    }
    rig.hands.free(rig.rx());
    expect(rig.available).toBe(64);
  });

  it.each([0, 1, 13])("drops a frame of %i bytes as short, counts it, posts again", (length) => {
    const rig = new DriverRig();
    rig.refill();
    deliver(rig, 60, length, 61, 62);
    const got = rig.rx();
    expect(got.map((m) => rig.hands.fields(m).pktLen)).toEqual([60, 61, 62]);
    expect(rig.status).toMatchObject({ errors: 1, free: 0, burstBytes: 183 });
    rig.hands.free(got);
    expect(rig.available).toBe(56);
  });

  it.each([0, 5, 11, 2061, 65535, 0x7fff_ffff, 0xffff_ffff])(
    "drops a used length of %i, which header and buffer cannot have",
    (len) => {
      for (const mergeable of [true, false]) {
        const rig = new DriverRig({ mergeable });
        rig.refill();
        const [chain] = rig.device.take(1);
        rig.device.write(chain!, 12, payload(60));
        rig.device.give(chain!.head, len);
        deliver(rig, 60);
        const got = rig.rx();
        expect(got.map((m) => rig.hands.bytes(m))).toEqual([payload(60)]);
        expect(rig.status.errors).toBe(1);
        rig.hands.free(got);
        expect(rig.available).toBe(56);
      }
    },
  );

  it.each([
    { lens: [2060, 2060, 2060, 2060, 772], length: 9000 },
    { lens: [2060, 1], length: 2049 },
    { lens: [26, 3, 2], length: 19 },
  ])("mergeable: joins used lengths $lens to a frame of $length", ({ lens, length }) => {
    const rig = new DriverRig({ size: 16 });
    rig.refill();
    for (const before of [0, 3]) {
      deliver(rig, ...Array.from({ length: before }, () => 60));
      const frame = payload(length, 5);
      let from = 0;
      for (const [i, chain] of rig.device.take(lens.length).entries()) {
        const n = lens[i]! - (i === 0 ? 12 : 0);
        if (i === 0) rig.device.write(chain, 12, frame.subarray(0, n), lens.length);
        else rig.device.at(chain.buffers[0]!).set(frame.subarray(from, from + n));
        rig.device.give(chain.head, lens[i]!);
        from += n;
      }
      const got = [...rig.rx(), ...rig.rx()]; // a burst may stop at a line's end
      expect(got).toHaveLength(before + 1);
      expect(rig.hands.bytes(got[before]!)).toEqual(frame);
      expect(rig.hands.fields(got[before]!)).toMatchObject({ pktLen: length, segments: lens.length, port: 5 });
      expect(rig.status).toMatchObject({ errors: 0, free: 0 });
      rig.hands.free(got);
      expect(rig.available).toBe(48);
    }
  });

  it("mergeable: takes the segments of its last packet past the line where the burst ends", () => {
    const rig = new DriverRig({ size: 16 });
    rig.refill();
    deliver(rig, 60, 60, 60);
    for (const [i, chain] of rig.device.take(3).entries()) {
      rig.device.write(chain, i === 0 ? 12 : 0, payload(i === 0 ? 2048 : 2060, i), 3);
      rig.device.give(chain.head, 2060);
    }
    deliver(rig, 61); // index 6: behind the line
    const got = rig.rx();
    expect(got.map((m) => rig.hands.fields(m).pktLen)).toEqual([60, 60, 60, 2048 + 2 * 2060]);
    const rest = rig.rx();
    expect(rest.map((m) => rig.hands.fields(m).pktLen)).toEqual([61]);
    rig.hands.free([...got, ...rest]);
    expect([rig.available, rig.held]).toEqual([48, 16]);
  });

  it.each([2, 3, 100, 65535])(
    "mergeable: num_buffers %i with one buffer used drops the packet and counts it",
    (numBuffers) => {
      const rig = new DriverRig();
      rig.refill();
      const [chain] = rig.device.take(1);
      rig.device.write(chain!, 12, payload(60), numBuffers);
      rig.device.give(chain!.head, 72);
      expect(rig.rx()).toEqual([]);
      expect(rig.status).toMatchObject({ errors: 1, free: 0 });
      expect([rig.available, rig.held]).toEqual([56, 8]);
      deliver(rig, 60);
      expect(rig.rx()).toHaveLength(1);
    },
  );

  it("num_buffers 0 counts as 1, and without mergeable buffers it is not looked at", () => {
    for (const [mergeable, numBuffers] of [
      [true, 0],
      [false, 0],
      [false, 65535],
    ] as const) {
      const rig = new DriverRig({ mergeable });
      rig.refill();
      const [chain] = rig.device.take(1);
      rig.device.write(chain!, 12, payload(60), numBuffers);
      rig.device.give(chain!.head, 72);
      expect(rig.rx()).toHaveLength(1);
      expect(rig.status.errors).toBe(0);
    }
  });

  it.each([
    [1, true, 0x108n],
    [2, true, 0x100n],
    [3, true, 0x108n],
    [1, false, 0n],
  ])("header flags %i become, with offloads %s, ol_flags %s, and not the next packet's", (flags, offloads, olFlags) => {
    const rig = new DriverRig({ size: 2, pool: 2, offloads });
    rig.refill();
    const [chain] = rig.device.take(1);
    rig.device.write(chain!, 12, udpFrame(60), 1, flags);
    rig.device.give(chain!.head, 72);
    const [m = 0] = rig.rx();
    expect(rig.hands.fields(m).olFlags).toBe(olFlags);
    rig.hands.free([m]);
    for (let i = 0; i < 4; i++) {
      rig.rx();
      deliver(rig, 60);
      const [next = 0] = rig.rx();
      expect(rig.hands.fields(next).olFlags).toBe(0n);
      rig.hands.free([next]);
    }
  });
});

describe("virtio/split-driver rx waiting", () => {
  it("counts the packets that a burst would take, a mergeable one once", () => {
    const rig = new DriverRig({ size: 16 });
    rig.refill();
    const waiting = (): number => rig.machine.engine.splitDriverRxWaiting(rig.queue) >>> 0;
    expect(waiting()).toBe(0);
    deliver(rig, 60, 60);
    for (const [i, chain] of rig.device.take(3).entries()) {
      rig.device.write(chain, i === 0 ? 12 : 0, payload(2048), 3);
      rig.device.give(chain.head, 2060);
    }
    deliver(rig, 60);
    expect(waiting()).toBe(4);
    rig.hands.free(rig.rx(2));
    expect(waiting()).toBe(2);
  });
});
