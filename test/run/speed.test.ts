// --speed, --loop and --limit: when packets leave, seen in the egress capture's times.
import { describe, expect, it } from "vitest";
import { type ReplayOptions, replay } from "../../src/node/index.ts";
import { parseSpeed } from "../../src/run/speed.ts";
import { TRAFFIC_NS, traffic } from "../support/frames.ts";
import { pcapPath } from "../support/recordings.ts";
import { replayed, writeScratch } from "../support/replayed.ts";

/** A host that polls takes a packet within so many ns of its arrival, and the wire gives it on within the rest. */
const LATENCY_NS = 1500;
const LENGTHS = [60, 1514, 60, 300];
const wireBytes = (length: number): number => length + 24;

/** When packets leave p2p, ns after the first. */
async function departures(options: Partial<ReplayOptions>, capture: Uint8Array, suffix?: ".pcap" | ".pcapng") {
  const captures = [writeScratch(capture)];
  const { left } = await replayed({ captures, topology: "p2p", fwdMode: "io", ...options }, TRAFFIC_NS, suffix);
  const first = left[0]?.ns ?? 0;
  return left.map(({ ns }) => ns - first);
}

/** Each packet leaves when expected, but for what polling and the wire add. */
function expectAt(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  const late = found.map((ns, i) => Math.abs(ns - expected[i]!));
  expect(Math.max(...late)).toBeLessThan(LATENCY_NS);
}

const every = (gapNs: number, count = 200): number[] => Array.from({ length: count }, (_, i) => i * gapNs);

describe("--speed", () => {
  it.each<[speed: string, gapNs: number]>([
    ["capture", 50_000],
    ["1x", 50_000],
    ["2x", 25_000],
    ["0.5x", 100_000],
    ["2.5x", 20_000],
    ["1000000pps", 1000],
    ["500kpps", 2000],
    ["0.2Mpps", 5000],
    ["12345pps", 1e9 / 12345],
    ["0.5pps", 2e9],
  ])("%s of a capture with a gap of 50 us: one packet every %f ns", async (speed, gapNs) => {
    expectAt(await departures({ speed }, traffic(200, 50_000, LENGTHS)), every(gapNs));
  });

  it.each<[speed: string, bitsPerNs: number]>([
    ["1Gbps", 1],
    ["100Mbps", 0.1],
    ["2500000kbps", 2.5],
    ["max", 10],
    ["10Gbps", 10],
    ["400Gbps", 10],
  ])(
    "%s counts bits on the wire, (frame + 4 FCS + 20) x 8, and no more than the line's 10 Gbit/s",
    async (speed, bitsPerNs) => {
      let at = 0;
      const starts = Array.from({ length: 200 }, (_, i) => {
        const start = at;
        at += (wireBytes(LENGTHS[i % 4]!) * 8) / bitsPerNs;
        return start;
      });
      expectAt(await departures({ speed }, traffic(200, 50_000, LENGTHS)), starts);
    },
  );

  it("max of 60-byte frames is 14.88 Mpps: 67.2 ns each", async () => {
    const found = await departures({ speed: "max" }, traffic(1000, 50_000));
    expect(found[999]! / 999).toBeCloseTo(67.2, 0);
  });

  it("a capture faster than the line leaves at line rate", async () => {
    const found = await departures({}, traffic(100, 1, [1514]));
    expect(found[99]! / 99).toBeCloseTo((1538 * 8) / 10, 0);
  });

  it("steps back in time are clamped: packets leave one behind the other", async () => {
    const capture = pcapPath("in/big.pcap");
    const { report, left } = await replayed({ captures: [capture], topology: "p2p", fwdMode: "io" });
    expect(report.capture.time_backwards).toBe(11);
    expect(left.every(({ ns }, i) => i === 0 || ns >= left[i - 1]!.ns)).toBe(true);
  });

  it("writes the same times into classic pcap and pcapng", async () => {
    const capture = traffic(50, 12_345, LENGTHS);
    expect(await departures({}, capture, ".pcap")).toEqual(await departures({}, capture, ".pcapng"));
  });

  it.each([
    "1pps",
    "0.333333333pps",
    "1234567pps",
    "9999999999999Mpps",
    "9999999999999x",
    "0.000000001x",
    "1bps",
    "0.1Gbps",
  ])("%s is a fraction that the engine's 64 bits can multiply by", (text) => {
    const { numerator, denominator } = parseSpeed(text);
    expect(numerator).toBeGreaterThan(0n);
    expect(denominator).toBeGreaterThan(0n);
    expect(numerator * denominator).toBeLessThan(2n ** 62n);
  });

  it.each<[speed: string, ratio: number]>([
    ["0.333333333pps", 1e12 / 0.333333333],
    ["1234567.891pps", 1e12 / 1234567.891],
    ["1234.567Mbps", 8e12 / 1234.567e6],
    ["3.3x", 1 / 3.3],
  ])("%s is exact to a millionth of a millionth", (text, ratio) => {
    const { numerator, denominator } = parseSpeed(text);
    expect(Math.abs(Number(numerator) / Number(denominator) / ratio - 1)).toBeLessThan(1e-12);
  });
});

describe("--loop", () => {
  it("replays the capture so many times, a mean gap between the loops", async () => {
    const found = await departures({ loop: 3 }, traffic(100, 20_000));
    expectAt(found, every(20_000, 300));
  });

  it.each([1, 2, 7])("counts every packet of %i loops", async (loop) => {
    const report = await replay({ captures: [pcapPath("in/mix.pcap")], loop });
    expect(report.ledger).toMatchObject({ received: 124 * loop, sent: 124 * loop, queued: 0 });
    expect(report.capture.packets).toBe(124);
  });

  it("of several captures replays them all, in order, each time", async () => {
    const captures = [writeScratch(traffic(10, 1000, [60])), writeScratch(traffic(20, 1000, [70]))];
    const { left } = await replayed({ captures, loop: 2, topology: "p2p" });
    const lengths = left.map(({ data }) => data.length);
    const once = [...Array<number>(10).fill(60), ...Array<number>(20).fill(70)];
    expect(lengths).toEqual([...once, ...once]);
  });

  it("of a capture without packets ends", async () => {
    const report = await replay({ captures: [pcapPath("in/empty.pcap")], loop: 1000 });
    expect(report.ledger).toMatchObject({ received: 0, sent: 0 });
  });

  it("ends with an error where virtual time would pass 2^63 ps", async () => {
    const capture = writeScratch(traffic(2, 80 * 86_400e9));
    await expect(replay({ captures: [capture], loop: 3 })).rejects.toMatchObject({
      exitCode: 3,
      message: "virtual time: found more than 106 days, expected less (fewer loops, or --speed)",
    });
  });
});

describe("--limit", () => {
  it.each([
    [1, 1, 1],
    [50, 1, 50],
    [1000, 1, 124],
    [50, 3, 150],
  ])("%i with --loop %i: %i packets", async (limit, loop, packets) => {
    const report = await replay({ captures: [pcapPath("in/mix.pcap")], limit, loop });
    expect(report.ledger.received).toBe(packets);
  });

  it("counts over all captures of a loop", async () => {
    const captures = [pcapPath("in/runts.pcap"), pcapPath("in/mix.pcap")];
    const report = await replay({ captures, limit: 30, topology: "p2p", fwdMode: "io" });
    expect(report.ledger.received).toBe(30);
  });
});
