// virtio_recv_pkts_vec and virtio_recv_pkts_packed_vec against a hand-written device: how much a call takes, when buffers are posted, and a device
// that lies.
import { describe, expect, it } from "vitest";
import { COUNTER_NOMBUF } from "../../../assembly/abi/counters.ts";
import { payload } from "../../support/captures.ts";
import type { DeviceMock } from "../../support/device-mock.ts";
import { freshMachine, Hands } from "../../support/engine.ts";
import type { PackedDeviceMock } from "../../support/packed-device-mock.ts";
import { withSeed } from "../../support/random.ts";
import { LAYOUTS, VectorRig } from "../../support/vector-rings.ts";

const lengths = (n: number): number[] => Array.from({ length: n }, (_, i) => 60 + (i % 7));
const frames = (n: number, from = 0): Uint8Array[] => lengths(n).map((length, i) => payload(length, (from + i) % 200));

describe("virtio: what a vector rx burst takes", () => {
  it.each([
    // used, asked for, from used index on: taken
    { used: 20, ask: 7, start: 0, taken: 0 },
    { used: 20, ask: 8, start: 0, taken: 8 },
    { used: 20, ask: 15, start: 0, taken: 8 },
    { used: 5, ask: 32, start: 0, taken: 5 },
    { used: 9, ask: 32, start: 0, taken: 9 },
    { used: 60, ask: 64, start: 0, taken: 60 },
    { used: 40, ask: 64, start: 40, taken: 24 },
    { used: 3, ask: 32, start: 63, taken: 1 },
    { used: 20, ask: 16, start: 56, taken: 8 },
  ])(
    "split, $used used from index $start, $ask asked for: $taken, up to the ring's end",
    ({ used, ask, start, taken }) => {
      const vector = new VectorRig("split");
      vector.rig.refill();
      for (let left = start; left > 0; ) {
        const n = Math.min(left, 32);
        vector.deliver(...lengths(n));
        left -= n;
        expect(vector.frames(64)).toHaveLength(n);
      }
      vector.frames(64); // posts what can be
      vector.deliver(...lengths(used));
      expect(vector.frames(ask)).toEqual(frames(taken, start));
      expect(vector.rig.status).toMatchObject({ errors: 0, strays: 0, broken: 0 });
      expect(vector.all).toBe(256);
    },
  );

  it.each([
    { used: 20, ask: 3, start: 0, taken: 3 },
    { used: 20, ask: 7, start: 0, taken: 4 },
    { used: 20, ask: 32, start: 0, taken: 20 },
    { used: 5, ask: 32, start: 0, taken: 5 },
    { used: 20, ask: 9, start: 3, taken: 9 },
    { used: 20, ask: 8, start: 3, taken: 5 },
    { used: 40, ask: 64, start: 40, taken: 40 },
    { used: 64, ask: 300, start: 0, taken: 64 },
  ])("packed, $used used from slot $start, $ask asked for: $taken", ({ used, ask, start, taken }) => {
    const vector = new VectorRig("packed");
    vector.rig.refill();
    for (let at = 0; at < start; at++) {
      vector.deliver(60);
      expect(vector.frames(1)).toHaveLength(1);
    }
    vector.deliver(...lengths(used));
    expect(vector.frames(ask)).toEqual(frames(taken, start));
    expect(vector.all).toBe(256);
  });

  it.each(LAYOUTS)("%s: fresh mbuf fields, header flags not looked at, frames from one byte on", (layout) => {
    const vector = new VectorRig(layout);
    vector.rig.refill();
    for (const [i, length] of [60, 1, 13, 2048, 61, 62, 63, 64].entries())
      vector.give(12 + length, payload(length, i), 3);
    const got = vector.rx();
    expect(got.map((m) => vector.rig.hands.bytes(m))).toEqual(
      [60, 1, 13, 2048, 61, 62, 63, 64].map((length, i) => payload(length, i)),
    );
    for (const [i, m] of got.entries()) {
      const pktLen = [60, 1, 13, 2048, 61, 62, 63, 64][i];
      const fresh = { segments: 1, refcnt: 1, next: 0, port: 5, dataOff: 128, olFlags: 0n };
      expect(vector.rig.hands.fields(m)).toMatchObject({ pktLen, dataLen: pktLen, ...fresh });
    }
    expect(vector.rig.status).toMatchObject({ errors: 0, burstBytes: 60 + 1 + 13 + 2048 + 61 + 62 + 63 + 64 });
    vector.rig.hands.free(got);
  });
});

describe("virtio: when a vector rx path posts", () => {
  it("split: 32 at a time, before it receives, and nothing for a call below eight", () => {
    const vector = new VectorRig("split");
    expect([vector.rig.refill(), vector.rig.status.kicks]).toEqual([64, 2]);
    const steps: number[][] = [];
    for (const [used, ask] of [
      [31, 32],
      [1, 32],
      [0, 7],
      [0, 8],
      [32, 32],
      [0, 8],
    ] as const) {
      vector.deliver(...lengths(used));
      const taken = vector.frames(ask).length;
      steps.push([taken, vector.rig.status.free]);
    }
    expect(steps).toEqual([
      [31, 31],
      [1, 32],
      [0, 32],
      [0, 0],
      [32, 32],
      [0, 0],
    ]);
    expect(vector.rig.status.kicks).toBe(4);
  });

  it.each([16, 31])("split: a ring that may use %i descriptors never gets a buffer", (n) => {
    const vector = new VectorRig("split", { size: n === 16 ? 16 : 64 });
    vector.rig.machine.engine.driverQueueLimit(vector.rig.queue, n);
    expect([vector.rig.refill(), vector.posted(), vector.rig.held]).toEqual([0, 0, 0]);
    expect(vector.frames()).toEqual([]);
  });

  it("split: 100 of 256 descriptors: 96, and they go round the whole ring", () => {
    const vector = new VectorRig("split", { size: 256 });
    vector.rig.machine.engine.driverQueueLimit(vector.rig.queue, 100);
    expect(vector.rig.refill()).toBe(96);
    for (let i = 0; i < 40; i++) {
      vector.deliver(...lengths(32));
      expect(vector.frames()).toHaveLength(32);
    }
    expect([vector.rig.held, vector.all]).toEqual([64, 256]);
  });

  it.each([
    [0, 16],
    [4, 4],
    [28, 28],
  ])("packed: rx_free_thresh %i: %i at a time, behind what it receives", (freeThreshold, each) => {
    const vector = new VectorRig("packed", { freeThreshold });
    expect(vector.rig.refill()).toBe(64);
    let free = 0;
    for (const n of [3, 20, 1, 4, 32, 8]) {
      vector.deliver(...lengths(n));
      let taken = 0;
      for (let got = vector.frames().length; got > 0; got = vector.frames().length) {
        taken += got;
        free += got;
        if (free >= each) free -= each;
        expect(vector.rig.status.free).toBe(free);
      }
      if (free >= each) free -= each; // the burst that found none
      expect([taken, vector.rig.status.free]).toEqual([n, free]);
    }
  });

  it.each(LAYOUTS)("%s: a pool without mbufs posts none, and all is well when they come back", (layout) => {
    const vector = new VectorRig(layout, { pool: 70 });
    vector.rig.refill();
    vector.deliver(...lengths(32));
    const got = [...vector.rx(), ...vector.rx()];
    expect(got).toHaveLength(32);
    expect([vector.rig.available, vector.rig.status.free, vector.rig.held]).toEqual([6, 32, 32]);
    vector.rig.hands.free(got);
    for (let i = 0; i < 2; i++) vector.rx();
    expect([vector.rig.available, vector.rig.status.free]).toEqual([6, 0]);
    vector.deliver(...lengths(32));
    expect(vector.frames()).toEqual(frames(32, 32));
  });

  it.each([
    ["split", 32n],
    ["packed", 16n],
  ] as const)("%s: a port counts %s mbufs that it could not have, a burst", (layout, missing) => {
    const machine = freshMachine();
    const hands = new Hands(machine);
    const ring = {
      size: 64,
      headerBytes: 12,
      mergeable: false,
      packed: layout === "packed",
      inOrder: layout === "packed",
    };
    const window = machine.addWindow(4 * machine.ringWindowBytes(64) + 80 * 2176);
    const [hostPool, pool] = [machine.addPool(128, 0, 1), machine.addPool(64, 0, 1, window)];
    const guest = { port: 1, number: 0, pool, window, lcore: hands.lcore };
    const { host, guest: rx } = machine.addVirtqueue(
      true,
      { ...ring, vector: true },
      { port: 0, number: 0, pool: 0 },
      guest,
    );
    const { portRxBurst, portTxBurst } = machine.engine;
    const packets = Array.from({ length: 40 }, (_, i) => hands.packet(hostPool, payload(60, i), i));
    expect(hands.send(portTxBurst, host.address, packets)).toBe(40);
    const nombuf = (): bigint => rx.counters[COUNTER_NOMBUF]!;
    const got = [...hands.receive(portRxBurst, rx.address, 32), ...hands.receive(portRxBurst, rx.address, 8)];
    expect(got).toHaveLength(40);
    const before = nombuf();
    hands.receive(portRxBurst, rx.address, 32);
    expect(nombuf() - before).toBe(missing);
    hands.free(got);
    hands.receive(portRxBurst, rx.address, 32);
    expect(nombuf() - before).toBe(missing);
    expect(machine.mbufsAway()).toBe(0);
  });

  it.each(LAYOUTS)("%s: many laps, bursts of all lengths: bytes and order stay", (layout) => {
    for (const size of layout === "split" ? [32, 64, 256] : [1, 3, 4, 6, 20, 255, 256]) {
      const vector = new VectorRig(layout, { size, pool: 600 });
      vector.rig.refill();
      withSeed(size, (random) => {
        let sent = 0;
        let received = 0;
        for (let lap = 0; lap < 400; lap++) {
          const n = Math.min(random.between(1, 40), vector.rig.held - (sent - received));
          vector.deliver(...Array.from({ length: n }, (_, i) => 20 + ((sent + i) % 90)));
          sent += n;
          for (const frame of vector.frames(random.between(8, 40))) {
            if (Buffer.compare(frame, payload(20 + (received % 90), received % 200)) !== 0)
              expect(frame, `${size}: frame ${received}`).toEqual(payload(20 + (received % 90), received % 200));
            received++;
          }
        }
        expect(received).toBeGreaterThan(300);
        expect([vector.rig.status.broken, vector.rig.status.errors, vector.all]).toEqual([0, 0, 600]);
      });
    }
  });
});

describe("virtio: a device that lies to a vector rx path", () => {
  const CLAIMS = [0, 11, 12, 2061, 65535, 0x7fff_ffff, 0xffff_ffff];
  it.each(LAYOUTS.flatMap((layout) => CLAIMS.map((length) => [layout, length] as const)))(
    "%s: a used length of %i is dropped and counted; the frames around it are not",
    (layout, length) => {
      for (const at of [0, 3, 5]) {
        const vector = new VectorRig(layout);
        vector.rig.refill();
        vector.deliver(...lengths(at));
        vector.give(length, payload(60));
        vector.deliver(...lengths(10 - at));
        const sizes: number[] = [];
        let errors = 0;
        for (let i = 0; i < 3; i++) {
          sizes.push(...vector.frames().map((bytes) => bytes.length));
          errors += vector.rig.status.errors;
        }
        expect(sizes).toEqual([...lengths(at), ...lengths(10 - at)]);
        expect([errors, vector.rig.status.broken, vector.all]).toEqual([1, 0, 256]);
      }
    },
  );

  it.each([64, 65536, 0xffff_ffff, 0])("split: id %i, which is not posted, breaks the ring", (id) => {
    const vector = new VectorRig("split");
    vector.rig.refill();
    vector.deliver(...lengths(5));
    (vector.rig.device as { give(id: number, len: number): void }).give(id, 72);
    vector.deliver(...lengths(5));
    expect(vector.frames()).toEqual(frames(5));
    expect([vector.frames(), vector.rig.status.broken]).toEqual([[], 1]);
    vector.rig.machine.engine.driverRelease(vector.rig.hands.lcore, vector.rig.queue);
    expect([vector.rig.available, vector.rig.held]).toEqual([256, 0]);
  });

  it.each([65, 256, 40000])("split: a used index %i ahead, more than is posted, is not looked at", (jump) => {
    const vector = new VectorRig("split");
    vector.rig.refill();
    const device = vector.rig.device as { usedIdx: number };
    device.usedIdx += jump;
    expect([vector.frames(), vector.rig.held]).toEqual([[], 64]);
    device.usedIdx -= jump;
    vector.deliver(...lengths(9));
    expect(vector.frames()).toEqual(frames(9));
  });

  it("split: buffers given back out of order are the right ones, and 32 are posted when all of theirs are back", () => {
    const vector = new VectorRig("split");
    vector.rig.refill();
    const { rig } = vector;
    const device = rig.device as DeviceMock;
    const chains = device.take();
    const give = (i: number): void => {
      device.write(chains[i]!, 12, payload(60, i));
      device.give(chains[i]!.head, 72);
    };
    const order = [...Array.from({ length: 32 }, (_, i) => 40 - i), ...[0, 1, 2, 3, 4, 5, 6, 7, 8]];
    for (const i of order) give(i);
    const got = [...vector.frames(), ...vector.frames()];
    expect(got).toEqual(order.map((i) => payload(60, i)));
    vector.frames();
    expect([rig.status.broken, rig.status.free, device.take().length]).toEqual([0, 9, 32]);
    expect(vector.all).toBe(256);
  });

  it.each([63, 64, 0xffff])("packed: id %i, not the next one, breaks the ring or completes a batch", (id) => {
    const vector = new VectorRig("packed");
    vector.rig.refill();
    vector.deliver(...lengths(5));
    (vector.rig.device as { give(id: number, len: number): void }).give(id, 72);
    const got = [vector.frames(), vector.frames(64), vector.frames(64)].flat();
    expect(got.slice(0, 5)).toEqual(frames(5));
    if (id === 63) expect(got.map((bytes) => bytes.length).slice(5)).toEqual([...new Array(58).fill(2048), 60]);
    else expect([got.length, vector.rig.status.broken]).toEqual([5, 1]);
    expect(vector.all).toBe(256);
  });

  it("packed: an id that is posted is not given twice, even if the ring were not in order", () => {
    const vector = new VectorRig("packed", { size: 8, inOrder: false, freeThreshold: 4 });
    vector.rig.refill();
    const device = vector.rig.device as PackedDeviceMock;
    const chains = device.take();
    for (const i of [4, 5, 6, 7]) {
      device.write(chains[i]!, 12, payload(60, i));
      device.give(chains[i]!.id, 72);
    }
    expect(vector.frames(4)).toEqual([4, 5, 6, 7].map((i) => payload(60, i)));
    const fresh = device.take().map(({ id }) => id);
    expect(new Set([...fresh, 0, 1, 2, 3]).size).toBe(8);
    expect([vector.rig.held, vector.all]).toEqual([8, 256]);
  });

  it("packed: a used descriptor without WRITE has no length", () => {
    const vector = new VectorRig("packed");
    vector.rig.refill();
    vector.deliver(...lengths(2));
    const device = vector.rig.device as PackedDeviceMock;
    const [chain] = device.take(1);
    device.give(chain!.id, 72, 1, 0);
    vector.deliver(...lengths(5));
    expect(vector.frames()).toHaveLength(7);
    expect([vector.rig.status.errors, vector.all]).toEqual([1, 256]);
  });
});
