import { describe, expect, it } from "vitest";
import { CaptureError } from "../../src/capture/error.ts";
import type { Direction } from "../../src/capture/summary.ts";
import {
  block,
  bytes,
  type EnhancedOptions,
  flags,
  interfaceBlock,
  option,
  packetBlock,
  payload,
  readAll,
  readInChunks,
  sectionBlock,
  simpleBlock,
  text,
  u32,
} from "../support/captures.ts";

const NANOSECONDS = option(9, [9]);

/** A section with one microsecond interface and packets. */
function capture(...packets: EnhancedOptions[]): Uint8Array {
  return bytes(sectionBlock(), interfaceBlock(), ...packets.map(packetBlock));
}

function refuse(bad: Uint8Array, words: string): void {
  expect(() => readAll(bad)).toThrow(CaptureError);
  expect(() => readAll(bad)).toThrow(words);
}

describe("pcapng", () => {
  for (const little of [true, false]) {
    it(`reads ${little ? "little" : "big"}-endian sections`, () => {
      const name = option(2, text("eth0"), little);
      const packets = [
        packetBlock({ little, ticks: 1_700_000_000_123_456n, data: payload(61), options: [flags(1, little)] }),
        packetBlock({
          little,
          ticks: 1_700_000_000_123_457n,
          data: payload(62),
          original: 1514,
          options: [flags(2, little)],
        }),
        packetBlock({ little, ticks: 1_700_000_000_123_458n, data: payload(0) }),
        packetBlock({ little, ticks: 1_700_000_000_123_459n, data: payload(63), type: 2 }),
      ];
      const file = bytes(sectionBlock(little), interfaceBlock({ little, snaplen: 96, options: [name] }), ...packets);
      const { entries, summary } = readAll(file);
      expect(entries.map(({ data }) => data)).toEqual([61, 62, 0, 63].map((length) => payload(length)));
      expect(entries.map(({ ns }) => ns - 1_700_000_000_123_456_000n)).toEqual([0n, 1000n, 2000n, 3000n]);
      expect(summary).toMatchObject({ format: "pcapng", packets: 4, truncated: 1, zeroLength: 1, timeBackwards: 0 });
      expect(summary).toMatchObject({ sawInbound: 1, sawOutbound: 1, sawUndirected: 2 });
      expect(summary.interfaces).toEqual([
        { name: "eth0", linkType: 1, snaplen: 96, resolution: "10^-6 s", section: 0 },
      ]);
    });
  }

  it("reads several sections of both byte orders, each with its own interfaces", () => {
    const first = bytes(sectionBlock(), interfaceBlock(), interfaceBlock(), packetBlock({ id: 1 }));
    const second = bytes(sectionBlock(false), interfaceBlock({ little: false }), packetBlock({ little: false, id: 0 }));
    const { entries, summary } = readAll(bytes(first, second, first), { portOf: (id) => id });
    expect(entries.map(({ port }) => port)).toEqual([1, 0, 1]);
    expect(summary.interfaces.map(({ section }) => section)).toEqual([0, 0, 1, 2, 2]);
    refuse(
      bytes(first, sectionBlock(), packetBlock()),
      "interface of packet: found 0, expected an interface description block before it",
    );
  });

  it("gives the same entries however the capture is cut into chunks, and whatever the room", () => {
    const directions = [1, 2, 0, 3, 1, 1];
    const packets = directions.map((direction, i) => packetBlock({ data: payload(i), options: [flags(direction)] }));
    const long = block(0x0bad, payload(5000));
    const file = bytes(sectionBlock(), interfaceBlock(), ...packets, long, ...packets, simpleBlock(payload(9)), long);
    const whole = readAll(file);
    expect(whole.summary.packets).toBe(13);
    for (const chunk of [1, 2, 3, 4, 5, 11, 12, 13, 64, 100, 1000]) expect(readInChunks(file, chunk)).toEqual(whole);
    for (const room of [1, 2, 5]) expect(readInChunks(file, file.length, {}, room)).toEqual(whole);
  });

  it("converts every resolution and offset exactly", () => {
    const ticks = 0x0123_4567_89ab_cdefn;
    const cases: [tsresol: number, perSecond: bigint][] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 18].map((n) => [
      n,
      10n ** BigInt(n),
    ]);
    cases.push([0x80, 1n], [0x80 | 10, 1024n], [0x80 | 20, 1n << 20n], [0x80 | 32, 1n << 32n], [0xff, 1n << 127n]);
    for (const [tsresol, perSecond] of cases) {
      for (const seconds of [0n, 1_700_000_000n, -5n]) {
        const offset = new Uint8Array(8);
        new DataView(offset.buffer).setBigInt64(0, seconds, true);
        const source = interfaceBlock({ options: [option(9, [tsresol]), option(14, offset)] });
        const packets = [ticks, 1n, 0xffff_ffffn, 0x1_0000_0000n].map(
          (at) => [at, packetBlock({ ticks: at })] as const,
        );
        const { entries } = readAll(bytes(sectionBlock(), source, ...packets.map(([, packet]) => packet)), {
          rawTime: true,
        });
        const expected = packets.map(([at]) =>
          BigInt.asUintN(64, (at * 1_000_000_000n) / perSecond + seconds * 1_000_000_000n),
        );
        expect(entries.map(({ ns }) => ns)).toEqual(expected);
      }
    }
  });

  it("gives a simple packet block the time of the packet before it, and the snaplen's length", () => {
    const source = interfaceBlock({ snaplen: 40 });
    const file = bytes(
      sectionBlock(),
      source,
      simpleBlock(payload(8)),
      packetBlock({ ticks: 5n }),
      simpleBlock(payload(40), 1514),
    );
    const { entries, summary } = readAll(file);
    expect(entries.map(({ ns, data }) => [ns, data.length])).toEqual([
      [0n, 8],
      [5000n, 60],
      [5000n, 40],
    ]);
    expect(summary).toMatchObject({ packets: 3, truncated: 1, timeBackwards: 0, sawUndirected: 3 });
  });

  it("asks portOf once an interface and direction, and skips what it does not want", () => {
    const asked: [number, Direction, string | undefined][] = [];
    const names = ["dpdk:0", "dpdk:1"].map((name) => interfaceBlock({ options: [option(2, text(name)), NANOSECONDS] }));
    const packets = Array.from({ length: 40 }, (_, i) =>
      packetBlock({ id: i & 1, options: [flags(1 + ((i >> 1) & 1))] }),
    );
    const { entries, summary } = readAll(bytes(sectionBlock(), ...names, ...packets), {
      portOf: (id, direction, name) => {
        asked.push([id, direction, name]);
        return direction === "in" ? id + 4 : -1;
      },
    });
    expect(asked).toEqual([
      [0, "in", "dpdk:0"],
      [1, "in", "dpdk:1"],
      [0, "out", "dpdk:0"],
      [1, "out", "dpdk:1"],
    ]);
    expect(entries.map(({ port }) => port)).toEqual(Array.from({ length: 20 }, (_, i) => 4 + (i & 1)));
    expect(summary).toMatchObject({ packets: 20, skipped: 20, sawInbound: 20, sawOutbound: 20, sawUndirected: 0 });
  });

  it("finds the direction behind other options", () => {
    const odd = [option(1, text("a comment")), option(6, u32(3, true)), flags(2), option(4, new Uint8Array(8))];
    expect(readAll(capture({ options: odd })).summary.sawOutbound).toBe(1);
    expect(readAll(capture({ options: [option(0, []), flags(2)] })).summary.sawUndirected).toBe(1);
  });

  it("skips blocks it does not know, also one longer than any chunk", () => {
    const file = bytes(
      sectionBlock(),
      block(0x80000001, payload(600_000)),
      interfaceBlock(),
      block(5, payload(100)),
      packetBlock(),
    );
    expect(readInChunks(file, 65_536).summary.packets).toBe(1);
    expect(readAll(file).summary.packets).toBe(1);
  });

  it("reads long runs of ordinary blocks as it reads single ones of the other byte order", () => {
    const build = (little: boolean, tsresol: number, seconds: number) => {
      const offset = option(14, little ? [seconds, 0, 0, 0, 0, 0, 0, 0] : [0, 0, 0, 0, 0, 0, 0, seconds], little);
      const source = interfaceBlock({ little, options: [option(9, [tsresol], little), offset] });
      const packets = Array.from({ length: 5000 }, (_, i) => {
        const data = payload((i * 7) % 11, i);
        const ticks = BigInt(i) * 0x3ff_ffff_ff1n - (i % 5 === 0 ? 0x1_2345_6789n * BigInt(i) : 0n);
        const choices = [
          [],
          [flags(i & 3, little)],
          [flags(1, little), option(0, [], little)],
          [option(6, [1, 0, 0, 0], little), flags(2, little)],
        ];
        return packetBlock({
          little,
          id: i % 3,
          ticks,
          data,
          original: data.length + (i % 13 === 0 ? 1 : 0),
          options: choices[i & 3]!,
        });
      });
      return bytes(sectionBlock(little), source, source, interfaceBlock({ little }), ...packets);
    };
    for (const [tsresol, seconds] of [
      [9, 0],
      [9, 255],
      [6, 3],
      [3, 1],
    ] as const) {
      const portOf = (id: number, direction: Direction) => (id === 2 && direction === "in" ? -1 : id);
      const ordinary = readAll(build(true, tsresol, seconds), { portOf, rawTime: true });
      expect(ordinary.summary.timeBackwards).toBeGreaterThan(700);
      expect(ordinary.summary.skipped).toBeGreaterThan(0);
      expect(ordinary).toEqual(readAll(build(false, tsresol, seconds), { portOf, rawTime: true }));
    }
  });

  it("takes packets longer than the snaplen, and a snaplen of 0 as no limit", () => {
    for (const snaplen of [0, 20]) {
      expect(readAll(bytes(sectionBlock(), interfaceBlock({ snaplen }), packetBlock())).entries[0]!.data.length).toBe(
        60,
      );
    }
  });

  it("counts steps back in time and leaves the times", () => {
    const steps = [5n, 3n, 4n, 4n, 1n].map((ticks) => ({ ticks }));
    const { entries, summary } = readAll(capture(...steps));
    expect(summary.timeBackwards).toBe(2);
    expect(entries.map(({ ns }) => ns)).toEqual([5000n, 3000n, 4000n, 4000n, 1000n]);
  });

  it("takes an interface of another link type as long as none of its packets is wanted", () => {
    const usb = interfaceBlock({ linkType: 220, options: [option(2, text("usbmon0"))] });
    const file = bytes(sectionBlock(), usb, interfaceBlock(), packetBlock({ id: 1 }), packetBlock({ id: 0 }));
    expect(readAll(file, { portOf: (id) => (id === 1 ? 0 : -1) }).summary).toMatchObject({ packets: 1, skipped: 1 });
    refuse(
      file,
      "x.pcap: link type of interface usbmon0: found USB with a padded Linux header (LINKTYPE_USB_LINUX_MMAPPED, 220), expected Ethernet (LINKTYPE_ETHERNET, 1) (byte ",
    );
    refuse(file, ", packet 2)");
  });

  it("reads a capture of only a section header as no packets", () => {
    expect(readAll(sectionBlock()).summary).toMatchObject({ format: "pcapng", packets: 0, fault: undefined });
  });
});
