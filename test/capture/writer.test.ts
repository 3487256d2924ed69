import { describe, expect, it } from "vitest";
import { formatOf, writerFor } from "../../src/capture/format.ts";
import { batchOf, bytes, fixture, payload, readAll } from "../support/captures.ts";

/** What a writer hands to its sink, chunk by chunk. */
function collect(name: string, ports: readonly string[]) {
  const chunks: Uint8Array[] = [];
  const writer = writerFor(name, ports, (chunk) => chunks.push(chunk.slice()));
  return { writer, chunks, file: () => Buffer.concat(chunks) };
}

const PACKETS = [0, 1, 2, 3, 4, 5, 59, 60, 63, 64, 65, 1514, 9000].map((length) => payload(length, length));
const TIMES = BigUint64Array.from(PACKETS, (_, i) => 1_700_000_000_999_999_998n + BigInt(i));

describe("a written capture", () => {
  it("is classic pcap when its name ends in .pcap, else pcapng", () => {
    expect(["a.pcap", "A.PCAP", "a.pcapng", "-", "pcap", "a.pcap.gz"].map(formatOf)).toEqual([
      "pcap",
      "pcap",
      "pcapng",
      "pcapng",
      "pcapng",
      "pcapng",
    ]);
  });

  it("in classic pcap gives back bytes and nanoseconds", () => {
    const { writer, file } = collect("out.pcap", ["phy0"]);
    writer.write(batchOf(PACKETS), TIMES, 0, "out");
    writer.finish();
    expect([...file().subarray(0, 24)]).toEqual([
      0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0,
    ]);
    const { entries, summary } = readAll(file());
    expect(entries.map(({ data }) => data)).toEqual(PACKETS);
    expect(entries.map(({ ns }) => ns)).toEqual([...TIMES]);
    expect(summary).toMatchObject({ truncated: 0, timeBackwards: 0, corrections: [] });
  });

  it("in pcapng gives back bytes, nanoseconds, ports and directions", () => {
    const { writer, file } = collect("out.pcapng", ["phy0", "vm0.eth1"]);
    for (const [port, direction] of [
      [0, "in"],
      [1, "out"],
      [0, "out"],
    ] as const) {
      writer.write(batchOf(PACKETS), TIMES, port, direction);
    }
    writer.finish([
      { received: 5n, dropped: 1n },
      { received: 2n ** 40n, dropped: 2n ** 33n },
    ]);
    const asked: unknown[] = [];
    const { entries, summary } = readAll(file(), {
      portOf: (...question) => {
        asked.push(question);
        return question[0];
      },
    });
    expect(entries.map(({ data }) => data)).toEqual([...PACKETS, ...PACKETS, ...PACKETS]);
    expect(entries.map(({ ns }) => ns)).toEqual([...TIMES, ...TIMES, ...TIMES]);
    expect(entries.map(({ port }) => port)).toEqual([0, 1, 0].flatMap((port) => PACKETS.map(() => port)));
    expect(asked).toEqual([
      [0, "in", "phy0"],
      [1, "out", "vm0.eth1"],
      [0, "out", "phy0"],
    ]);
    expect(summary.interfaces).toEqual(
      ["phy0", "vm0.eth1"].map((name) => ({ name, linkType: 1, snaplen: 262_144, resolution: "10^-9 s", section: 0 })),
    );
  });

  it("in pcapng ends with each port's received and dropped packets", () => {
    const { writer, file } = collect("-", ["phy0", "phy1"]);
    writer.write(batchOf([payload(60)]), BigUint64Array.of(0x0102_0304_0506_0708n), 1, "out");
    writer.finish([
      { received: 9n, dropped: 3n },
      { received: 8n, dropped: 0n },
    ]);
    const one = (port: number, received: number, dropped: number) => [
      [5, 0, 0, 0, 52, 0, 0, 0, port, 0, 0, 0, 4, 3, 2, 1, 8, 7, 6, 5],
      [4, 0, 8, 0, received, 0, 0, 0, 0, 0, 0, 0, 5, 0, 8, 0, dropped, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 52, 0, 0, 0],
    ];
    expect(file().subarray(-104)).toEqual(Buffer.from([one(0, 9, 3), one(1, 8, 0)].flat(3)));
  });

  it("without packets is a header that is read as no packets", () => {
    for (const name of ["out.pcap", "out.pcapng"]) {
      const { writer, file } = collect(name, ["phy0"]);
      writer.finish();
      expect(readAll(file()).summary.packets).toBe(0);
    }
  });

  it("is the same for the same packets, however they are batched", () => {
    for (const name of ["out.pcap", "out.pcapng"]) {
      const [together, apart] = [collect(name, ["phy0"]), collect(name, ["phy0"])];
      together.writer.write(batchOf(PACKETS), TIMES, 0, "in");
      for (const [i, packet] of PACKETS.entries())
        apart.writer.write(batchOf([packet]), TIMES.subarray(i, i + 1), 0, "in");
      together.writer.finish();
      apart.writer.finish();
      expect(together.file()).toEqual(apart.file());
    }
  });

  it("leaves in chunks of at least 64 KiB, packets of any length among them", () => {
    const packets = Array.from({ length: 400 }, (_, i) => payload(i % 7 === 0 ? 65_535 : i, i));
    const batch = new Uint8Array(new SharedArrayBuffer(batchOf(packets).length));
    batch.set(batchOf(packets));
    for (const name of ["out.pcap", "out.pcapng"]) {
      const { writer, chunks, file } = collect(name, ["phy0"]);
      writer.write(
        batch,
        BigUint64Array.from(packets, (_, i) => BigInt(i)),
        0,
        "in",
      );
      writer.finish();
      expect(chunks.slice(0, -1).every(({ length }) => length >= 65_536)).toBe(true);
      expect(Buffer.concat(readAll(file()).entries.map(({ data }) => data)).equals(Buffer.concat(packets))).toBe(true);
    }
  });

  it("in classic pcap follows times back and forth over seconds", () => {
    const times = BigUint64Array.of(
      5n,
      4_294_967_295_999_999_999n,
      0n,
      1_000_000_000n,
      999_999_999n,
      1_795_159_143_329_009_666n,
    );
    const { writer, file } = collect("out.pcap", ["phy0"]);
    writer.write(batchOf([...times].map(() => payload(1))), times, 0, "in");
    writer.finish();
    expect(readAll(file()).entries.map(({ ns }) => ns)).toEqual([...times]);
  });

  it("in classic pcap refuses times after 32 bits of seconds, by date", () => {
    const { writer } = collect("out.pcap", ["phy0"]);
    expect(() => writer.write(batchOf([payload(1)]), BigUint64Array.of(8_890_060_749_283_498_849n), 0, "in")).toThrow(
      "out.pcap: found a packet of 2251-09-19, expected one before 2106-02-07",
    );
  });

  it("of packets read from dpdk-pdump has the same records byte for byte", () => {
    const { entries } = readAll(fixture("pdump_rx.pcap"));
    const { writer, file } = collect("out.pcap", ["phy0"]);
    writer.write(
      batchOf(entries.map(({ data }) => data)),
      BigUint64Array.from(entries, ({ ns }) => ns),
      0,
      "in",
    );
    writer.finish();
    const original = fixture("pdump_rx.pcap");
    expect(file().subarray(24)).toEqual(Buffer.from(original.subarray(24)));
  });

  it("refuses a batch that is not whole, has too few times, or an unknown port: bugs of the caller", () => {
    for (const name of ["out.pcap", "out.pcapng"]) {
      const { writer } = collect(name, ["phy0"]);
      const time = BigUint64Array.of(1n);
      expect(() => writer.write(bytes([1, 0, 0]), time, 0, "in")).toThrow(RangeError);
      expect(() => writer.write(bytes([2, 0, 0, 0, 7]), time, 0, "in")).toThrow(RangeError);
      expect(() => writer.write(batchOf([payload(1), payload(1)]), time, 0, "in")).toThrow(RangeError);
      expect(() => writer.write(batchOf([payload(262_145)]), time, 0, "in")).toThrow(RangeError);
    }
    const { writer } = collect("out.pcapng", ["phy0"]);
    expect(() => writer.write(batchOf([payload(1)]), BigUint64Array.of(1n), 1, "in")).toThrow(RangeError);
  });
});
