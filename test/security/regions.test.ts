// Published attacks on how a guest's addresses become the host's: ranges longer than a region, regions that touch in guest memory alone,
// addresses that nothing maps. Entries of docs/security.md.
import { describe, expect, it } from "vitest";
import { WRITE } from "../support/driver-mock.ts";
import { type Layout, Siege } from "../support/siege.ts";

const LAYOUTS: readonly Layout[] = ["split", "packed"];
const frame = (n: number, seed = 1): Uint8Array => Uint8Array.from({ length: n }, (_, i) => (i * 7 + seed) & 0xff);

/** What a forbidden chain from a guest leads to: a split ring stands still, a packed one drops it by name and lives. before: packets received */
function refused(siege: Siege, layout: Layout, before = 0): void {
  expect(siege.receive()).toEqual([]);
  if (layout === "split") {
    expect(siege.status).toMatchObject({ stop: 3, broken: 1 });
    expect(siege.split.usedIdx).toBe(before);
    expect(siege.counted).toEqual({ packets: before });
  } else {
    expect(siege.status).toMatchObject({ stop: 7, broken: 0 });
    expect(siege.counted).toEqual({ packets: before, errors: 1, chain_broken: 1 });
    siege.postPacket(frame(60));
    expect(siege.receive()).toEqual([frame(60)]);
  }
}

/** And one that is to be written: nothing is consumed, the packets stay with the switch. */
function unwritten(siege: Siege): void {
  expect(siege.send([frame(60)])).toBe(0);
  expect(siege.status).toMatchObject({ stop: 3, broken: 1 });
  expect(siege.send([frame(1000)])).toBe(0);
}

describe("CVE-2018-1059: only a buffer's first byte was looked up in the memory table", () => {
  describe.each(LAYOUTS)("%s", (layout) => {
    it.each([
      ["past the end of its region", 64, 4096],
      ["past the end of all addresses", 64, 0xffff_ffff],
      ["from the last byte of its region", 1, 13],
    ])("a buffer %s is not read", (_, inside, length) => {
      const siege = new Siege({ layout });
      const home = siege.regions[0]!;
      siege.post([{ addr: home.guest + BigInt(home.bytes - inside), len: length }]);
      refused(siege, layout);
      siege.unharmed();
    });

    it("a buffer past the end of its region is not written", () => {
      const siege = new Siege({ layout });
      const home = siege.regions[0]!;
      siege.post([{ addr: home.guest + BigInt(home.bytes - 64), len: 2048, flags: WRITE }]);
      unwritten(siege);
      siege.unharmed();
    });

    it("a buffer over two regions that are neighbours for the guest alone is read where each lies, not past the first", () => {
      const siege = new Siege({ layout });
      const one = siege.region(8192, 0x40_0000_0000n);
      const two = siege.region(8192, 0x40_0000_0000n + 8192n);
      siege.bytes.fill(0x11, one.at, one.at + one.bytes);
      siege.bytes.fill(0x22, two.at, two.at + two.bytes);
      siege.post([{ addr: one.guest + 8192n - 100n, len: 200 }]);
      expect(siege.receive()).toEqual([Uint8Array.from({ length: 188 }, (_, i) => (i < 88 ? 0x11 : 0x22))]);
      siege.post([{ addr: two.guest + 8192n - 100n, len: 200 }]);
      refused(siege, layout, 1);
      siege.unharmed();
    });

    it("and a header over two of them is written so", () => {
      const siege = new Siege({ layout });
      const one = siege.region(8192, 0x40_0000_0000n);
      const two = siege.region(8192, 0x40_0000_0000n + 8192n);
      siege.post([{ addr: one.guest + 8192n - 6n, len: 2048, flags: WRITE }]);
      expect(siege.send([frame(60)])).toBe(1);
      const written = [siege.bytes.slice(one.at + 8186, one.at + 8192), siege.bytes.slice(two.at, two.at + 66)];
      expect(Buffer.concat(written)).toEqual(Buffer.from([...new Uint8Array(10), 1, 0, ...frame(60)]));
      siege.unharmed();
    });

    it.each([
      ["begins in a region and ends behind it", (end: bigint) => end - 16n],
      ["begins behind the region", (end: bigint) => end],
      ["lies in no region", () => 0x7fff_0000_0000n],
      ["lies at the top of all addresses", () => 0xffff_ffff_ffff_fff0n],
    ])("an indirect table that %s is not read", (_, address) => {
      const siege = new Siege({ layout });
      const home = siege.regions[0]!;
      const inside = home.at + home.bytes - 16;
      const buffer = siege.buffer(72);
      siege.table([{ addr: buffer.addr, len: 72, flags: 1, next: 1 }], inside);
      siege.postTable({ addr: address(home.guest + BigInt(home.bytes)), len: 64 });
      refused(siege, layout);
      siege.unharmed();
    });

    it("a table's entry that lies in no region is not read", () => {
      const siege = new Siege({ layout });
      const first = siege.buffer(72, 0);
      siege.postTable(siege.table([first, { addr: 0x10n, len: 2048 }]));
      refused(siege, layout);
      siege.unharmed();
    });
  });
});

describe("CVE-2020-10725: an address that nothing maps, with a length that hides it", () => {
  it.each(LAYOUTS)(
    "%s: a batch of readable descriptors without length gives no packet and touches nothing",
    (layout) => {
      const siege = new Siege({ layout });
      for (let i = 0; i < 4; i++) siege.post([{ addr: 0x7fff_ffff_f000n, len: 0 }]);
      for (let i = 0; i < 4; i++) expect(siege.receive()).toEqual([]);
      expect(siege.counted).toEqual({ packets: 0, errors: 4, rx_short: 4 });
      siege.postPacket(frame(64));
      expect(siege.receive()).toEqual([frame(64)]);
      siege.unharmed();
    },
  );

  it.each(LAYOUTS)("%s: a batch of writable ones takes no packet", (layout) => {
    const siege = new Siege({ layout, mergeable: false });
    for (let i = 0; i < 4; i++) siege.post([{ addr: 0x7fff_ffff_f000n, len: 0, flags: WRITE }]);
    expect(siege.send(...Array.from({ length: 4 }, () => [frame(60)] as const))).toBe(0);
    expect(siege.status).toMatchObject({ stop: 2, broken: 0 });
    siege.unharmed();
  });

  it.each(LAYOUTS)("%s: a batch of four of which one is not mapped gives those before it", (layout) => {
    const siege = new Siege({ layout });
    siege.postPacket(frame(60, 1));
    siege.postPacket(frame(60, 2));
    siege.post([{ addr: 0x7fff_ffff_f000n, len: 72 }]);
    siege.postPacket(frame(60, 3));
    expect(siege.receive()).toEqual([frame(60, 1), frame(60, 2)]);
    expect(siege.receive()).toEqual(layout === "packed" ? [frame(60, 3)] : []);
    expect(siege.status.broken).toBe(layout === "packed" ? 0 : 1);
    siege.unharmed();
  });
});
