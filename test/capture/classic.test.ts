import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import {
  INGRESS_BYTES,
  INGRESS_DATA,
  INGRESS_ID,
  INGRESS_LENGTH,
  INGRESS_PORT,
  INGRESS_QUEUE,
  INGRESS_TIME,
} from "../../assembly/abi/ingress.ts";
import { CaptureError } from "../../src/capture/error.ts";
import { CaptureIndexer } from "../../src/capture/indexer.ts";
import { UsageError } from "../../src/errors.ts";
import {
  bytes,
  classic,
  fixture,
  MICROSECONDS,
  NANOSECONDS,
  options,
  payload,
  readAll,
  readInChunks,
  u32,
} from "../support/captures.ts";

const SECOND = 1_000_000_000n;

interface OraclePacket {
  readonly header: { timestampSeconds: number; timestampMicroseconds: number; originalLength: number };
  readonly data: Uint8Array;
}

/** What the npm package pcap-parser makes of a classic microsecond capture. */
function oracle(capture: Uint8Array): Promise<OraclePacket[]> {
  const { parse } = createRequire(import.meta.url)("pcap-parser") as {
    parse(stream: Readable): { on(event: string, take: (value: OraclePacket & Error) => void): void };
  };
  return new Promise((resolve, reject) => {
    const packets: OraclePacket[] = [];
    const parser = parse(Readable.from([Buffer.from(capture)]));
    parser.on("packet", (packet) => packets.push({ header: { ...packet.header }, data: Uint8Array.from(packet.data) }));
    parser.on("error", reject);
    parser.on("end", () => resolve(packets));
  });
}

describe("classic pcap", () => {
  const packets = [
    { seconds: 1_700_000_000, subsecond: 999_999, data: payload(60, 1) },
    { seconds: 1_700_000_001, subsecond: 0, data: payload(61, 2) },
    { seconds: 0xffffffff, subsecond: 999_999, data: payload(1514, 3), original: 9000 },
  ];

  for (const little of [true, false]) {
    for (const [magic, unit, words] of [
      [MICROSECONDS, 1000n, "microseconds"],
      [NANOSECONDS, 1n, "nanoseconds"],
    ] as const) {
      it(`reads ${little ? "little" : "big"}-endian ${words} exactly`, () => {
        const { entries, summary } = readAll(classic(packets, { little, magic }));
        expect(entries).toEqual(
          packets.map(({ seconds, subsecond, data }, id) => {
            return { data, ns: BigInt(seconds) * SECOND + BigInt(subsecond) * unit, port: 0, id };
          }),
        );
        expect(summary).toMatchObject({ format: "pcap", packets: 3, truncated: 1, timeBackwards: 0, sawUndirected: 3 });
        expect(summary.firstNs).toBe(entries[0]!.ns);
        expect(summary.lastNs).toBe(entries[2]!.ns);
      });
    }
  }

  it("fills the fields of an index entry where the engine reads them", () => {
    const memory = classic([{ seconds: 5, data: payload(3) }]);
    const index = new Uint32Array(18).fill(0xffffffff);
    const indexer = new CaptureIndexer(options({ portOf: () => 2 }));
    expect(indexer.index(memory, 0, memory.length, true, index, 1)).toEqual({ consumed: 43, packets: 1, full: false });
    const view = new DataView(index.buffer, INGRESS_BYTES);
    expect(view.getUint32(INGRESS_DATA, true)).toBe(40);
    expect(view.getUint32(INGRESS_LENGTH, true)).toBe(3);
    expect(view.getBigUint64(INGRESS_TIME, true)).toBe(5n * SECOND);
    expect([view.getUint16(INGRESS_PORT, true), view.getUint16(INGRESS_QUEUE, true)]).toEqual([2, 0]);
    expect(view.getUint32(INGRESS_ID, true)).toBe(0);
    expect(index.filter((word) => word === 0xffffffff).length).toBe(12);
  });

  it("takes every second of 32 bits and every nanosecond carry exactly", () => {
    const times: [number, number][] = [];
    for (let i = 0; i < 3000; i++) times.push([(i * 2_654_435_761) >>> 0, (i * 40_503_331) % 1_000_000_000]);
    const capture = classic(
      times.map(([seconds, subsecond]) => ({ seconds, subsecond, data: payload(1) })),
      { magic: NANOSECONDS },
    );
    const { entries } = readAll(capture);
    expect(entries.map(({ ns }) => ns)).toEqual(times.map(([s, n]) => BigInt(s) * SECOND + BigInt(n)));
  });

  it("gives the same entries however the capture is cut into chunks", () => {
    const capture = fixture("in/runts.pcap");
    const whole = readAll(capture);
    for (const chunk of [1, 2, 3, 7, 16, 24, 25, 100]) expect(readInChunks(capture, chunk)).toEqual(whole);
  });

  it("stops at a full index and goes on where it stopped", () => {
    const capture = fixture("in/mix.pcap");
    expect(readInChunks(capture, capture.length, {}, 7)).toEqual(readAll(capture));
  });

  it("agrees with pcap-parser on every microsecond capture", async () => {
    const built = [true, false].map((little) => classic(packets, { little }));
    const made = ["mix", "jumbo", "runts", "sizes", "bad", "big"].map((name) => fixture(`in/${name}.pcap`));
    for (const capture of [...built, ...made]) {
      const { entries, summary } = readAll(capture);
      const theirs = await oracle(capture);
      expect(entries.map(({ data }) => data)).toEqual(theirs.map(({ data }) => data));
      expect(entries.map(({ ns }) => ns)).toEqual(
        theirs.map(
          ({ header }) => BigInt(header.timestampSeconds) * SECOND + BigInt(header.timestampMicroseconds) * 1000n,
        ),
      );
      expect(summary.truncated).toBe(theirs.filter(({ header, data }) => header.originalLength > data.length).length);
    }
  });

  it("indexes and counts a packet of zero bytes", () => {
    const { entries, summary } = readAll(classic([{ data: payload(0) }, { data: payload(5) }]));
    expect(entries.map(({ data }) => data.length)).toEqual([0, 5]);
    expect(summary.zeroLength).toBe(1);
  });

  it("takes a snaplen of 0 as no limit", () => {
    expect(readAll(classic([{ data: payload(9000) }], { snaplen: 0 })).summary.packets).toBe(1);
  });

  it("takes packets longer than the snaplen", () => {
    expect(readAll(classic([{ data: payload(9000) }], { snaplen: 96 })).entries[0]!.data.length).toBe(9000);
  });

  it("counts steps back in time and leaves the times", () => {
    const steps = [5, 3, 4, 4, 1].map((seconds) => ({ seconds }));
    const { entries, summary } = readAll(classic(steps));
    expect(summary.timeBackwards).toBe(2);
    expect(entries.map(({ ns }) => ns / SECOND)).toEqual([5n, 3n, 4n, 4n, 1n]);
  });

  it("carries a sub-second field of a second or more into the seconds and counts it", () => {
    for (const [magic, unit] of [
      [MICROSECONDS, 1000n],
      [NANOSECONDS, 1n],
    ] as const) {
      const { entries, summary } = readAll(classic([{ seconds: 7, subsecond: 0xffffffff }], { magic }));
      expect(entries[0]!.ns).toBe(7n * SECOND + 0xffffffffn * unit);
      expect(summary.subsecondOverflow).toBe(1);
    }
  });

  it("reads a capture of only a header as no packets", () => {
    const { entries, summary } = readAll(classic([]));
    expect(entries).toEqual([]);
    expect(summary).toMatchObject({ format: "pcap", packets: 0, firstNs: undefined, fault: undefined });
  });

  it("asks portOf once, without a direction, and skips everything on -1", () => {
    const asked: unknown[] = [];
    const portOf = (...question: unknown[]) => {
      asked.push(question);
      return -1;
    };
    const { entries, summary } = readAll(fixture("in/mix.pcap"), { portOf });
    expect(asked).toEqual([[0, "unknown", undefined]]);
    expect(entries).toEqual([]);
    expect(summary).toMatchObject({ packets: 0, skipped: 124, sawUndirected: 124 });
  });

  it("ignores the FCS bits of the link type", () => {
    expect(readAll(classic([{}], { linkType: 0x34000001 })).summary.interfaces[0]!.linkType).toBe(1);
  });
});

describe("a classic pcap that cannot be read", () => {
  const capture = classic([{}, { data: payload(70) }]);
  const refuse = (bad: Uint8Array, words: string) => expect(() => readAll(bad)).toThrow(words);

  it("is refused as usage: exit code 2", () => {
    expect(() => readAll(new Uint8Array(0))).toThrow(CaptureError);
    expect(() => readAll(new Uint8Array(0))).toThrow(UsageError);
  });

  it("refuses an empty file", () => {
    refuse(new Uint8Array(0), "x.pcap: capture: found an empty file, expected a pcap or pcapng header (byte 0)");
  });

  it("refuses what is not a capture, and says what it is", () => {
    refuse(
      bytes([0x47, 0x45, 0x54, 0x20, 0x2f]),
      "x.pcap: capture: found bytes 47455420, expected a pcap or pcapng file (byte 0)",
    );
    refuse(bytes([0x1f, 0x8b, 8, 0, 0]), "found gzip data: decompress it first, expected a pcap or pcapng file");
    refuse(bytes([0x34, 0xcd, 0xb2, 0xa1, 2]), "found a modified pcap: convert it with editcap");
  });

  for (let cut = 1; cut < 24; cut++) {
    it(`refuses a classic header cut at byte ${cut}`, () => {
      const what = cut < 4 ? "capture" : "pcap header";
      refuse(capture.subarray(0, cut), `x.pcap: ${what}: found ${cut === 1 ? "1 byte" : `${cut} bytes`}, expected `);
    });
  }

  it("refuses a record cut at any byte, naming the byte and the packet", () => {
    const second = 24 + 16 + 60;
    for (let cut = second + 1; cut < capture.length; cut++) {
      const words =
        cut < second + 16
          ? `packet header: found ${cut - second === 1 ? "1 byte" : `${cut - second} bytes`}, expected 16 bytes (byte ${second}, packet 2)`
          : `packet data: found ${cut - second - 16 === 1 ? "1 byte" : `${cut - second - 16} bytes`}, expected 70 bytes (byte ${second + 16}, packet 2)`;
      refuse(capture.subarray(0, cut), `x.pcap: ${words}`);
    }
  });

  it("uses everything before a cut when tolerant, and keeps the fault", () => {
    for (let cut = 24; cut <= capture.length; cut++) {
      const { entries, summary } = readAll(capture.subarray(0, cut), { tolerant: true });
      const whole = cut < 100 ? 0 : cut < capture.length ? 1 : 2;
      expect(entries.length).toBe(whole);
      expect(summary.fault === undefined).toBe([24, 100, capture.length].includes(cut));
    }
  });

  it("refuses a packet that reaches beyond the end of the file", () => {
    refuse(classic([{ captured: 1000 }]), "packet data: found 60 bytes, expected 1000 bytes (byte 40, packet 1)");
  });

  it("refuses a packet longer than 256 KiB before its bytes have come", () => {
    refuse(
      classic([{}, { captured: 262_145 }]),
      "packet length: found 262145 bytes, expected at most 262144 bytes (byte 108, packet 2)",
    );
    refuse(classic([{ captured: 0xffffffff }]), "packet length: found 4294967295 bytes");
    const longest = classic([{}]);
    longest.set(u32(262_144, true), 32);
    expect(readAll(bytes(longest.subarray(0, 40), new Uint8Array(262_144))).entries[0]!.data.length).toBe(262_144);
  });

  it("refuses another version", () => {
    refuse(classic([], { version: [2, 3] }), "pcap version: found 2.3, expected 2.4 (byte 4)");
  });

  it("refuses another link type by name, even when tolerant", () => {
    const cooked = classic([{}], { linkType: 113 });
    const words =
      "link type: found linux cooked capture (LINKTYPE_LINUX_SLL, 113), expected Ethernet (LINKTYPE_ETHERNET, 1) (byte 20)";
    refuse(cooked, words);
    expect(() => readAll(cooked, { tolerant: true })).toThrow(words);
    refuse(classic([{}], { linkType: 9999, little: false }), "link type: found link type 9999");
  });
});
