// The runs that the real l3fwd-power was recorded in (test/recorded/l3fwd-power/record-runs.py), again in virtual time: the same frames come back, in the
// same order and byte for byte, the same lines are printed, and a paced capture wakes the lcores as often. The real one's wake-ups differ by a few,
// where its machine had other things to do: two frames then met one wake-up.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { type Routed, routed, wakeUps } from "../support/l3fwd-bench.ts";

interface Run {
  readonly capture: string;
  readonly gapUs: number;
  readonly group: number;
  readonly queues: number;
  readonly ports: number;
  readonly lcores: string;
  readonly driver: string;
  readonly words: readonly string[];
  readonly out: string;
  readonly sent: number;
  readonly back: number;
  readonly err: readonly string[];
  readonly awayUs: readonly number[];
}

const FOLDER = new URL("../recorded/l3fwd-power/", import.meta.url);
const CAPTURES = new URL("../../pcaps/in/", import.meta.url);

/** A little-endian pcap's packets, with the two words that stand for their time. */
function packets(url: URL): { readonly port: number; readonly queue: number; readonly bytes: Buffer }[] {
  const data = readFileSync(url);
  const found: { port: number; queue: number; bytes: Buffer }[] = [];
  for (let at = 24; at < data.length; ) {
    const length = data.readUInt32LE(at + 8);
    const [port, queue] = [data.readUInt32LE(at), data.readUInt32LE(at + 4)];
    found.push({ port, queue, bytes: data.subarray(at + 16, at + 16 + length) });
    at += 16 + length;
  }
  return found;
}

function recorded(name: string): Run {
  return JSON.parse(readFileSync(new URL(`runs/${name}.json`, FOLDER), "utf8")) as Run;
}

function again({ capture, gapUs, group, queues, ports, lcores, driver, words }: Run): Promise<Routed> {
  const own = capture === "routes" || capture === "same";
  const arrivals = packets(new URL(`${capture}.pcap`, own ? FOLDER : CAPTURES)).map(({ bytes }, i) => ({
    bytes,
    time: BigInt(Math.floor(i / group) * gapUs) * 1_000_000n,
    queue: i % queues,
  }));
  return routed(words, arrivals, { ports, queues, driver, eal: ["--lcores", lcores] });
}

/** Frames by the port that they came back by: that order is the program's. Of several queues the order is the reader's. */
function byPort(frames: readonly { readonly port: number; readonly bytes: Uint8Array }[], queues: number): string[] {
  const texts = frames.map(({ port, bytes }) => `${port} ${Buffer.from(bytes).toString("hex")}`);
  return queues > 1 ? texts.sort() : texts.sort((a, b) => Number(a[0]) - Number(b[0]));
}

const isSleep = (line: string): boolean => /is waked up|sleeps until/.test(line);

describe.each([
  ["routes", 38],
  ["routes-packed", 38],
  ["routes-plain", 38],
  ["routes-vectorized", 38],
  ["routes-packed-vectorized", 38],
  ["routes-two-ports", 38],
  ["bad", 7],
  ["mix", 83],
  ["l4", 11],
  ["tags", 0],
  ["frag", 5],
  ["paced-20ms", 200],
  ["paced-5ms", 200],
  ["paced-1ms", 200],
  ["groups-20ms", 200],
  ["back-to-back", 200],
  ["two-queues", 200],
  ["two-queues-one-lcore", 200],
  ["document", 192],
  ["telemetry", 32],
] as const)("%s", (name, count) => {
  const real = recorded(name);
  let ours: Routed;
  beforeAll(async () => {
    ours = await again(real);
  });

  it(`${count} frames come back as they came from the real one`, () => {
    expect(real.back).toBe(count);
    const expected = packets(new URL(`runs/${name}.pcap`, FOLDER));
    expect(byPort(ours.back, real.queues)).toEqual(byPort(expected, real.queues));
  });

  it("the same lines", () => {
    expect({ code: ours.code, out: ours.out }).toEqual({ code: 0, out: real.out });
    const said = (lines: readonly string[]): string[] =>
      lines.filter((line) => line.startsWith("L3FWD") && !isSleep(line)).sort();
    expect(said(ours.err)).toEqual(said(real.err));
  });

  it("every packet is accounted for", () => {
    const { sent, dropped, queued, received } = ours.ledger;
    expect({ received, sent, all: sent + dropped + queued }).toEqual({
      received: real.sent,
      sent: count,
      all: real.sent,
    });
  });
});

it("of two queue pairs whose second rx queue is not set up the second takes nothing (the real one's took 1 and 0)", async () => {
  const { bytes } = packets(new URL("same.pcap", FOLDER))[0]!;
  const arrivals = [0, 1].map((queue) => ({ bytes, queue }));
  const { back, ledger } = await routed(["-p", "1", "--config=(0,0,1)", "--parse-ptype"], arrivals, { queues: 2 });
  expect({ back: back.length, drops: ledger.drops }).toEqual({ back: 1, drops: { tx_full: 1 } });
});

describe("wake-ups", () => {
  it.each([
    ["paced-20ms", 200],
    ["paced-5ms", 200],
    ["paced-1ms", 200],
    ["groups-20ms", 7],
    ["two-queues-one-lcore", 200],
    ["two-queues", 200],
    ["routes", 56],
  ] as const)("%s: %i, one a frame or group", async (name, count) => {
    const real = recorded(name);
    const { err } = await again(real);
    expect(wakeUps(err)).toHaveLength(count);
    const found = wakeUps(real.err).length;
    expect(found).toBeGreaterThanOrEqual(Math.floor(count * 0.96));
    expect(found).toBeLessThanOrEqual(count);
  });

  it("back to back few", async () => {
    const real = recorded("back-to-back");
    expect(wakeUps(real.err).length).toBeLessThanOrEqual(2);
    expect(wakeUps((await again(real)).err).length).toBeLessThanOrEqual(2);
  });

  it("one lcore says which of its two queues it was", async () => {
    const real = recorded("two-queues-one-lcore");
    expect(wakeUps((await again(real)).err)).toEqual(wakeUps(real.err));
  });

  it("two lcores wake for their own queue only", async () => {
    const { err } = await again(recorded("two-queues"));
    expect(new Set(wakeUps(err))).toEqual(new Set(["0 0 0", "1 0 1"]));
    expect(wakeUps(err).slice(0, 4)).toEqual(["0 0 0", "1 0 1", "0 0 0", "1 0 1"]);
  });

  it("a line says that the lcore sleeps again, before each wake-up but the first", async () => {
    for (const err of [recorded("groups-20ms").err, (await again(recorded("groups-20ms"))).err]) {
      const kinds = err.filter(isSleep).map((line) => (line.includes("waked") ? "wake" : "sleep"));
      expect(kinds).toEqual(["wake", ...Array.from({ length: 6 }, () => ["sleep", "wake"]).flat(), "sleep"]);
    }
  });

  it("a frame is away as long as the real one's median at a millisecond between frames, within a fifth", async () => {
    const real = recorded("paced-1ms");
    const { back } = await again(real);
    const median = (all: readonly number[]): number => [...all].sort((a, b) => a - b)[all.length >> 1] ?? 0;
    const ours = median(back.map(({ time }, i) => Number(time / 1_000_000n) - i * real.gapUs));
    expect(ours / median(real.awayUs)).toBeGreaterThan(0.8);
    expect(ours / median(real.awayUs)).toBeLessThan(1.2);
  });
});
