import { describe, expect, it } from "vitest";
import { payload } from "../../support/captures.ts";
import { NEXT, splitLayout, WRITE } from "../../support/driver-mock.ts";
import { DeviceRig, STOP } from "../../support/rings.ts";

/** The first bytes of the guest's window that `work` changes. */
function untouched(rig: DeviceRig, work: () => void): { at: number; was: number; is: number }[] {
  const from = rig.ring;
  const before = Uint8Array.from(rig.bytes.subarray(from, from + rig.windowBytes));
  work();
  const after = rig.bytes.subarray(from, from + rig.windowBytes);
  const changed: { at: number; was: number; is: number }[] = [];
  for (let i = 0; i < before.length && changed.length < 5; i++) {
    if (before[i] !== after[i]) changed.push({ at: from + i, was: before[i]!, is: after[i]! });
  }
  return changed;
}

describe("virtio/split-ring layout", () => {
  it.each([1, 2, 4, 8, 256, 1024, 32768])("a ring of %i has avail at 16 N and used on the next 4096", (n) => {
    const { engine } = new DeviceRig({ size: 2 }).machine;
    const { avail, used, bytes } = splitLayout(n);
    expect([engine.splitRingAvailOffset(n), engine.splitRingUsedOffset(n), engine.splitRingBytes(n)]).toEqual([
      avail,
      used,
      bytes,
    ]);
  });

  it("DPDK's ring of 256 has used at 0x2000", () => {
    expect(new DeviceRig().machine.engine.splitRingUsedOffset(256)).toBe(0x2000);
  });

  it.each([0, 3, 100, 65536])("a ring of %i is refused by both sides", (size) => {
    const { machine, queue, ring, window } = new DeviceRig();
    expect(machine.engine.deviceQueueInit(queue, ring, size, 12, 1, window.memory, 0, 0, 0)).toBe(1);
    expect(machine.engine.driverQueueInit(queue, ring, size, 12, 1, 0n, 0, 0, 0, 0, 0)).toBe(1);
  });

  it("a ring off the page is refused by both sides", () => {
    const { machine, queue, ring, window } = new DeviceRig();
    expect(machine.engine.deviceQueueInit(queue, ring + 16, 8, 12, 1, window.memory, 0, 0, 0)).toBe(2);
    expect(machine.engine.driverQueueInit(queue, ring + 16, 8, 12, 1, 0n, 0, 0, 0, 0, 0)).toBe(2);
  });
});

describe("virtio/split-device enqueue", () => {
  it.each([
    { header: 12, head: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0] },
    { header: 10, head: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
  ])("writes a header of $header bytes, the frame, the used element and used.idx", ({ header, head }) => {
    const rig = new DeviceRig({ header, mergeable: header === 12 });
    const [buffer] = rig.postWritable(3, 1530);
    const frame = payload(60, 1);
    expect(rig.enqueue([rig.hands.packet(rig.pool, frame)])).toBe(1);
    expect([...rig.bytes.subarray(buffer!.at, buffer!.at + header + 60)]).toEqual([...head, ...frame]);
    expect(rig.driver.takeUsed()).toEqual([{ id: 3, len: header + 60 }]);
    expect(rig.driver.usedIdx).toBe(1);
    expect(rig.status).toMatchObject({ stop: STOP.none, burstBytes: 60 });
  });

  it.each([1, 2, 4, 256, 1024, 32768])("a ring of %i takes as many packets as were posted, in order", (size) => {
    const rig = new DeviceRig({ size, pool: 600, room: 40 << 20 });
    const posted = Math.min(size, 300);
    const buffers = Array.from({ length: posted }, (_, i) => rig.postWritable(i, 200)[0]!);
    const packets = Array.from({ length: posted + 1 }, (_, i) => rig.hands.packet(rig.pool, payload(100, i)));
    const burst = size === 1 ? 1 : 301;
    let sent = 0;
    for (;;) {
      const n = rig.enqueue(packets.slice(sent, sent + burst));
      if (n === 0) break;
      sent += n;
    }
    expect(sent).toBe(posted);
    expect(rig.status.stop).toBe(STOP.full);
    expect(rig.driver.takeUsed()).toEqual(buffers.map((_, i) => ({ id: i, len: 112 })));
    for (const [i, { at }] of buffers.entries()) {
      expect(Uint8Array.from(rig.bytes.subarray(at + 12, at + 112))).toEqual(payload(100, i));
    }
  });

  it.each([1, 2, 4, 256])("S1 the indexes of a ring of %i run over 65535 to 0 without gap or reorder", (size) => {
    const rig = new DeviceRig({ size, pool: 64 });
    const { at, addr } = rig.buffer(128);
    for (let i = 0; i < size; i++) rig.driver.describe(i, { addr, len: 128, flags: WRITE });
    const burst = Math.min(size, 32);
    const packets = Array.from({ length: burst }, () => rig.hands.packet(rig.pool, payload(60)));
    for (let n = 0; n < 66_000; n += burst) {
      const heads = Array.from({ length: burst }, (_, i) => (n + i * 7) % size);
      rig.driver.post(...heads);
      if (rig.enqueue(packets) !== burst) expect.fail(`found a short burst at ${n}`);
      const ids = rig.driver.takeUsed().map(({ id }) => id);
      if (ids.join() !== heads.join()) expect(ids, `at ${n}`).toEqual(heads);
    }
    expect(rig.bytes[at + 12]).toBe(0);
    expect(rig.driver.usedIdx).toBe((Math.ceil(66_000 / burst) * burst) & 0xffff);
  });

  it.each([
    { cuts: [12, 1518], what: "the header a descriptor of its own" },
    { cuts: [5, 4, 3, 1518], what: "the header cut 5 + 4 + 3" },
    { cuts: [0, 1530], what: "an empty descriptor first" },
    { cuts: [12, 0, 1518], what: "an empty descriptor in the middle" },
    { cuts: [6, 0, 0, 46, 20], what: "the end reached exactly" },
    { cuts: [1, 1, 1, 1, 1, 1, 60, 20], what: "eight descriptors" },
  ])("fills a chain with $what", ({ cuts }) => {
    for (const mergeable of [true, false]) {
      const rig = new DeviceRig({ mergeable, size: 16 });
      const buffers = rig.postWritable(2, ...cuts);
      const frame = payload(60, 5);
      expect(rig.enqueue([rig.hands.packet(rig.pool, frame)])).toBe(1);
      const written = buffers.flatMap(({ at, len }) => [...rig.bytes.subarray(at, at + len)]);
      expect(written.slice(0, 72)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, ...frame]);
      expect(new Set(written.slice(72))).toEqual(new Set(written.length > 72 ? [0xee] : []));
      expect(rig.driver.takeUsed()).toEqual([{ id: 2, len: 72 }]);
    }
  });

  it("writes a packet of several segments, an empty one at its end", () => {
    const rig = new DeviceRig({ size: 16 });
    const [one] = rig.postWritable(0, 72);
    const [two] = rig.postWritable(1, 200);
    const frame = payload(60, 8);
    const chain = rig.hands.packet(rig.pool, frame, 0, [20, 0, 40, 0]);
    expect(rig.enqueue([chain, rig.hands.packet(rig.pool, payload(70, 9))])).toBe(2);
    expect(Uint8Array.from(rig.bytes.subarray(one!.at + 12, one!.at + 72))).toEqual(frame);
    expect(Uint8Array.from(rig.bytes.subarray(two!.at + 12, two!.at + 82))).toEqual(payload(70, 9));
    expect(rig.driver.takeUsed()).toEqual([
      { id: 0, len: 72 },
      { id: 1, len: 82 },
    ]);
  });

  it.each([
    { frame: 9000, buffer: 2048, lens: [2048, 2048, 2048, 2048, 820] },
    { frame: 200, buffer: 64, lens: [64, 64, 64, 20] },
    { frame: 2036, buffer: 2048, lens: [2048] },
    { frame: 2037, buffer: 2048, lens: [2048, 1] },
    { frame: 20, buffer: 8, lens: [8, 8, 8, 8] },
  ])("mergeable: $frame bytes into buffers of $buffer use $lens.length, lens $lens", ({ frame, buffer, lens }) => {
    const rig = new DeviceRig({ size: 16 });
    const buffers = Array.from({ length: 8 }, (_, i) => rig.postWritable(i, buffer)[0]!);
    const bytes = payload(frame, 3);
    const cuts = Array.from({ length: Math.ceil(frame / 2048) }, (_, i) => Math.min(2048, frame - i * 2048));
    expect(rig.enqueue([rig.hands.packet(rig.pool, bytes, 0, cuts)])).toBe(1);
    expect(rig.driver.takeUsed()).toEqual(lens.map((len, id) => ({ id, len })));
    const written = lens.flatMap((len, i) => [...rig.bytes.subarray(buffers[i]!.at, buffers[i]!.at + len)]);
    expect(written.slice(0, 12)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, lens.length, 0]);
    expect(Uint8Array.from(written.slice(12))).toEqual(bytes);
  });

  it("mergeable: with too few buffers nothing is consumed, and with one more the packet goes", () => {
    const rig = new DeviceRig({ size: 16 });
    for (let i = 0; i < 4; i++) rig.postWritable(i, 2048);
    const packet = rig.hands.packet(rig.pool, payload(8181, 1), 0, [2048, 2048, 2048, 2037]); // 8193 with its header
    const changed = untouched(rig, () => expect(rig.enqueue([packet])).toBe(0));
    expect(changed).toEqual([]);
    expect(rig.status.stop).toBe(STOP.full);
    rig.postWritable(4, 2048);
    expect(rig.enqueue([packet])).toBe(1);
    expect(rig.driver.takeUsed().map(({ len }) => len)).toEqual([2048, 2048, 2048, 2048, 1]);
  });

  it.each([false, true])("a burst that stops at a packet gives those before it, mergeable %s", (mergeable) => {
    const rig = new DeviceRig({ size: 8, mergeable });
    for (let i = 0; i < 3; i++) rig.postWritable(i, 512);
    const packets = [60, 60, 1514, 60].map((n, i) => rig.hands.packet(rig.pool, payload(n, i)));
    expect(rig.enqueue(packets)).toBe(2);
    expect(rig.status).toMatchObject({ stop: mergeable ? STOP.full : STOP.tooBig, broken: 0, burstBytes: 120 });
    expect(rig.driver.takeUsed().map(({ id }) => id)).toEqual([0, 1]);
    expect(rig.enqueue(packets.slice(2))).toBe(0);
    expect(rig.enqueue(packets.slice(3))).toBe(1);
  });

  it("a packet that all buffers of the ring together could not hold stops with too big, not full", () => {
    const rig = new DeviceRig({ size: 4 });
    for (let i = 0; i < 4; i++) rig.postWritable(i, 100);
    expect(rig.enqueue([rig.hands.packet(rig.pool, payload(600))])).toBe(0);
    expect(rig.status.stop).toBe(STOP.tooBig);
    expect(rig.driver.usedIdx).toBe(0);
  });

  it.each([false, true])("a ring of one descriptor takes a chain's packet, mergeable %s", (mergeable) => {
    const rig = new DeviceRig({ size: 1, mergeable });
    rig.postWritable(0, 72); // too short for the straight copy of 64 bytes: the slow path
    expect(rig.enqueue([rig.hands.packet(rig.pool, payload(30))])).toBe(1);
    expect(rig.driver.takeUsed()).toEqual([{ id: 0, len: 42 }]);
  });

  it.each([
    [12, 14, 26],
    [12, 14, 30],
    [12, 1, 13],
    [10, 1, 11],
    [10, 0, 10],
    [12, 0, 12],
    [12, 63, 75],
    [12, 63, 76],
    [12, 33, 1530],
    [10, 100, 1530],
  ])("header %i, frame %i in a buffer of %i: no byte behind the used length is touched", (header, frame, len) => {
    const rig = new DeviceRig({ header, mergeable: header === 12 });
    const { at } = rig.postWritable(0, len)[0]!;
    rig.bytes.fill(0x77, at + len, at + len + 80);
    expect(rig.enqueue([rig.hands.packet(rig.pool, payload(frame, 1))])).toBe(1);
    const end = header + frame;
    expect(rig.driver.takeUsed()).toEqual([{ id: 0, len: end }]);
    expect(Uint8Array.from(rig.bytes.subarray(at + header, at + end))).toEqual(payload(frame, 1));
    expect(new Set(rig.bytes.subarray(at + end, at + len))).toEqual(new Set(len > end ? [0xee] : []));
    expect(new Set(rig.bytes.subarray(at + len, at + len + 80))).toEqual(new Set([0x77]));
  });

  it("calls the driver unless it wants none, and not for nothing", () => {
    const rig = new DeviceRig();
    rig.postWritable(0, 200);
    rig.postWritable(1, 200);
    rig.driver.wantsNoCall = true;
    rig.enqueue([rig.hands.packet(rig.pool, payload(60))]);
    expect(rig.status.calls).toBe(0);
    rig.driver.wantsNoCall = false;
    rig.enqueue([rig.hands.packet(rig.pool, payload(60))]);
    expect(rig.status.calls).toBe(1);
    expect(rig.enqueue([rig.hands.packet(rig.pool, payload(60))])).toBe(0);
    const big = new DeviceRig({ mergeable: false });
    big.postWritable(0, 30);
    expect(big.enqueue([big.hands.packet(big.pool, payload(600))])).toBe(0);
    expect([rig.status.calls, big.status.calls]).toEqual([1, 0]);
    expect(rig.driver.usedFlags).toBe(1); // a polling device wants no kick
  });

  /** Each spoils a ring that has a good buffer at head 0 and the bad chain behind it. */
  const outside = 0x7_0000_0000n;
  const broken: [string, (rig: DeviceRig) => void][] = [
    ["head index N", ({ driver, size }) => driver.post(size)],
    ["head index 65535", ({ driver }) => driver.post(65535)],
    ["next index N", (rig) => spoil(rig, { next: rig.size })],
    ["a descriptor that leads to itself", (rig) => spoil(rig, { next: 1 })],
    [
      "two descriptors that lead to each other",
      (rig) => {
        rig.driver.describe(2, { addr: rig.buffer(8).addr, len: 8, flags: NEXT | WRITE, next: 1 });
        spoil(rig, { next: 2 });
      },
    ],
    ["an unmapped address", (rig) => spoil(rig, { addr: outside, flags: WRITE })],
    [
      "an address below the region",
      (rig) => spoil(rig, { addr: rig.window.gpa + BigInt(rig.ring) - 4096n, flags: WRITE }),
    ],
    ["address 0", (rig) => spoil(rig, { addr: 0n, flags: WRITE })],
    ["an address near 2^64", (rig) => spoil(rig, { addr: 0xffff_ffff_ffff_fff0n, flags: WRITE })],
    ["a buffer that runs past its region", (rig) => spoil(rig, { len: 0x7fff_ffff, flags: WRITE })],
    ["a buffer of 4 GiB - 1", (rig) => spoil(rig, { len: 0xffff_ffff, flags: WRITE })],
    ["an indirect table, which was not negotiated", (rig) => spoil(rig, { flags: 4 | WRITE, len: 32 })],
    ["avail.idx one more than N ahead", ({ driver, size }) => (driver.availIdx += size)],
    ["avail.idx 40000 ahead", ({ driver }) => (driver.availIdx += 40000)],
    ["avail.idx stepping back", ({ driver }) => (driver.availIdx -= 2)],
  ];

  function spoil(rig: DeviceRig, change: { addr?: bigint; len?: number; flags?: number; next?: number }): void {
    rig.driver.describe(1, { addr: rig.buffer(8).addr, len: 8, flags: NEXT | WRITE, ...change });
    rig.driver.post(1);
  }

  it.each(broken)("D3 stands still at %s: nothing is written, the ring stays as it is", (_, spoilRing) => {
    for (const mergeable of [true, false]) {
      const rig = new DeviceRig({ size: 8, mergeable });
      rig.postWritable(0, 512);
      spoilRing(rig);
      const packets = [60, 61].map((n) => rig.hands.packet(rig.pool, payload(n)));
      // the good buffer in front is served, unless the index itself is impossible
      const first = rig.enqueue(packets);
      const used = rig.driver.usedIdx;
      expect(used).toBe(first);
      const changed = untouched(rig, () => {
        for (let i = 0; i < 3; i++) expect(rig.enqueue(packets.slice(first))).toBe(0);
      });
      expect(changed).toEqual([]);
      expect(rig.status).toMatchObject({ stop: STOP.broken, broken: 1 });
    }
  });

  it("takes buffers of a second region, and none that runs from one into the next", () => {
    const rig = new DeviceRig({ size: 8 });
    const other = rig.machine.arena.allocate(4096, "a second region", 4096);
    rig.machine.engine.guestMemoryAdd(rig.window.memory, 0x9_0000_0000n, 4096n, other);
    rig.driver.describe(0, { addr: 0x9_0000_0000n + 1000n, len: 200, flags: WRITE });
    rig.driver.describe(1, { addr: 0x9_0000_0000n + 4000n, len: 97, flags: WRITE });
    rig.driver.post(0, 1);
    expect(rig.enqueue([60, 60].map((n) => rig.hands.packet(rig.pool, payload(n, 2))))).toBe(1);
    expect(Uint8Array.from(rig.bytes.subarray(other + 1012, other + 1072))).toEqual(payload(60, 2));
    expect(rig.status.stop).toBe(STOP.broken);
  });
});
