// Published attacks on descriptor chains: too short, cut anywhere, without end, more than the ring has, rewritten between two looks.
// Entries of docs/security.md.
import { describe, expect, it } from "vitest";
import { INDIRECT, NEXT, WRITE } from "../support/driver-mock.ts";
import { type Layout, Siege } from "../support/siege.ts";

const LAYOUTS: readonly Layout[] = ["split", "packed"];
const frame = (n: number, seed = 1): Uint8Array => Uint8Array.from({ length: n }, (_, i) => (i * 7 + seed) & 0xff);
const zeros = (n: number): { len: number }[] => Array.from({ length: n }, () => ({ len: 0 }));

describe("CVE-2022-2132: chains shorter than the net header, and headers over several descriptors", () => {
  describe.each(LAYOUTS)("%s", (layout) => {
    it.each([0, 1, 6, 10, 11, 12])("a chain of %i bytes gives no packet and is counted", (length) => {
      const siege = new Siege({ layout });
      siege.post([{ addr: siege.buffer(length).addr, len: length }]);
      expect(siege.receive()).toEqual([]);
      expect(siege.counted).toEqual({ packets: 0, errors: 1, rx_short: 1 });
      siege.postPacket(frame(60));
      expect(siege.receive()).toEqual([frame(60)]);
      siege.unharmed();
    });

    it.each([
      [1, 1, 1, 1, 1, 1, 1, 71],
      [5, 4, 3, 60],
      [4, 4, 4, 60],
      [0, 12, 0, 60],
      [11, 61],
    ])("a header cut %j is read as one, the packet behind it whole", (...cuts) => {
      const siege = new Siege({ layout });
      const whole = Uint8Array.from([...new Uint8Array(12), ...frame(cuts.reduce((a, b) => a + b, 0) - 12)]);
      let from = 0;
      const buffers = cuts.map((len) => {
        const buffer = siege.buffer(len);
        siege.bytes.set(whole.subarray(from, from + len), buffer.at);
        from += len;
        return buffer;
      });
      siege.post(buffers);
      expect(siege.receive()).toEqual([whole.slice(12)]);
      siege.unharmed();
    });

    it("a header is written over as many descriptors as it takes", () => {
      const siege = new Siege({ layout });
      const buffers = [5, 4, 0, 3, 60].map((len) => ({ ...siege.buffer(len), flags: WRITE }));
      siege.post(buffers);
      expect(siege.send([frame(60)])).toBe(1);
      const written = buffers.flatMap(({ at, len }) => [...siege.bytes.subarray(at, at + len)]);
      expect(Uint8Array.from(written)).toEqual(Uint8Array.from([...new Uint8Array(10), 1, 0, ...frame(60)]));
      siege.unharmed();
    });
  });
});

describe("chains without end, and of nothing (CVE-2016-6490, CVE-2011-2212)", () => {
  it.each([
    ["a descriptor that is its own next", [0]],
    ["two that follow each other", [1, 0]],
    ["a next behind the ring", [8]],
    ["a next far behind it", [0xffff]],
  ])("split: %s stops the ring", (_, nexts) => {
    for (const len of [0, 64]) {
      const siege = new Siege({ layout: "split" });
      const { addr } = siege.buffer(64);
      for (const [i, next] of nexts.entries()) siege.split.describe(i, { addr, len, flags: NEXT, next });
      siege.split.post(0);
      expect(siege.receive()).toEqual([]);
      expect(siege.status).toMatchObject({ stop: 3, broken: 1 });
      expect(siege.split.usedIdx).toBe(0);
      siege.unharmed();
    }
  });

  it("packed: a ring of nothing but NEXT is one chain, dropped by name", () => {
    const siege = new Siege({ layout: "packed" });
    const { addr } = siege.buffer(64);
    for (let slot = 0; slot < 8; slot++) siege.packed.describe(slot, { addr, len: 64, id: 3, flags: NEXT | 0x80 });
    expect(siege.receive()).toEqual([]);
    expect(siege.counted).toEqual({ packets: 0, errors: 1, chain_broken: 1 });
    siege.unharmed();
  });

  it.each(LAYOUTS)("%s: a table of more entries than the ring has descriptors is refused", (layout) => {
    const siege = new Siege({ layout });
    const { addr } = siege.buffer(64);
    siege.postTable(siege.table(Array.from({ length: 9 }, () => ({ addr, len: 64 }))));
    expect(siege.receive()).toEqual([]);
    expect(siege.status).toMatchObject(layout === "split" ? { stop: 3, broken: 1 } : { stop: 7, broken: 0 });
    siege.unharmed();
  });

  it("split: a table in a table, a table whose entries go round, and one that leads out of itself are refused", () => {
    for (const bad of ["nested", "round", "out"]) {
      const siege = new Siege({ layout: "split" });
      const { addr } = siege.buffer(64);
      const inner = siege.table([{ addr, len: 64 }]);
      const entries = {
        nested: [{ ...inner, flags: INDIRECT }],
        round: [
          { addr, len: 64, flags: NEXT, next: 1 },
          { addr, len: 64, flags: NEXT, next: 0 },
        ],
        out: [{ addr, len: 64, flags: NEXT, next: 5 }],
      }[bad]!;
      siege.postTable(siege.table(entries));
      expect(siege.receive()).toEqual([]);
      expect(siege.status).toMatchObject({ stop: 3, broken: 1 });
      siege.unharmed();
    }
  });

  it.each(LAYOUTS)("%s: empty descriptors in front of a packet, and a chain of nothing else", (layout) => {
    const siege = new Siege({ layout });
    const addr = siege.buffer(1).addr;
    const payload = siege.buffer(72, 0);
    siege.post([...zeros(7).map(({ len }) => ({ addr, len })), payload]);
    expect(siege.receive()).toEqual([new Uint8Array(60)]);
    siege.post(zeros(8).map(({ len }) => ({ addr, len })));
    expect(siege.receive()).toEqual([]);
    expect(siege.counted).toEqual({ packets: 1, errors: 1, rx_short: 1 });
    siege.unharmed();
  });
});

describe("more than the ring has (CVE-2016-5403)", () => {
  it.each([9, 300, 32768, 65535])(
    "split: avail.idx %i ahead of a ring of 8 stops it, for either direction",
    (ahead) => {
      for (const way of ["receive", "send"] as const) {
        const siege = new Siege({ layout: "split" });
        for (let i = 0; i < 8; i++)
          siege.split.describe(i, { ...siege.buffer(72, 0), flags: way === "send" ? WRITE : 0 });
        siege.split.availIdx = ahead;
        if (way === "receive") expect(siege.receive()).toEqual([]);
        else expect(siege.send([frame(60)])).toBe(0);
        expect(siege.status).toMatchObject({ stop: 3, broken: 1 });
        expect(siege.split.usedIdx).toBe(0);
        siege.unharmed();
      }
    },
  );

  it("split: avail.idx that goes back stops it", () => {
    const siege = new Siege({ layout: "split" });
    for (let i = 0; i < 3; i++) siege.postPacket(frame(60, i));
    expect(siege.receive()).toHaveLength(3);
    siege.split.availIdx = 1;
    expect(siege.receive()).toEqual([]);
    expect(siege.status).toMatchObject({ stop: 3, broken: 1 });
    siege.unharmed();
  });
});

describe("packets over several buffers (CVE-2015-7295, CVE-2021-3748, CVE-2022-26353)", () => {
  describe.each(LAYOUTS)("%s", (layout) => {
    it("one that the buffers at hand do not hold consumes none of them", () => {
      const siege = new Siege({ layout });
      const buffers = [512, 512].map((len) => ({ ...siege.buffer(len), flags: WRITE }));
      for (const buffer of buffers) siege.post([buffer]);
      expect(siege.send([frame(1500)])).toBe(0);
      expect(siege.status).toMatchObject({ stop: 1, broken: 0 });
      for (const { at, len } of buffers) expect(siege.bytes.subarray(at, at + len).every((b) => b === 0xee)).toBe(true);
      siege.post([{ ...siege.buffer(2048), flags: WRITE }]);
      expect(siege.send([frame(1500)])).toBe(1);
      siege.unharmed();
    });

    it("one whose second buffer is forbidden leaves the first one as it was", () => {
      const siege = new Siege({ layout });
      const first = { ...siege.buffer(512), flags: WRITE };
      siege.post([first]);
      siege.post([{ addr: 0x7fff_0000_0000n, len: 2048, flags: WRITE }]);
      expect(siege.send([frame(1500)])).toBe(0);
      expect(siege.status).toMatchObject({ stop: 3, broken: 1 });
      expect(siege.bytes.subarray(first.at, first.at + 512).every((b) => b === 0xee)).toBe(true);
      if (layout === "split") expect(siege.split.usedIdx).toBe(0);
      else expect(siege.packed.takeUsed()).toEqual([]);
      siege.unharmed();
    });

    it("num_buffers stands where the first buffer has it, however the header is cut", () => {
      const siege = new Siege({ layout });
      const head = { ...siege.buffer(11), flags: WRITE };
      const rest = { ...siege.buffer(501), flags: WRITE };
      siege.post([head, rest]);
      siege.post([{ ...siege.buffer(2048), flags: WRITE }]);
      expect(siege.send([frame(1500)])).toBe(1);
      expect([siege.bytes[head.at + 10], siege.bytes[rest.at]]).toEqual([2, 0]);
      siege.unharmed();
    });
  });
});

describe("CVE-2023-6693: a header longer than the place for it", () => {
  it.each(LAYOUTS)("%s: a chain of a hash-report header's 20 bytes is 12 of header and 8 of packet", (layout) => {
    const siege = new Siege({ layout });
    siege.post([siege.buffer(20, 0)]);
    expect(siege.receive()).toEqual([new Uint8Array(8)]);
    siege.unharmed();
  });
});
