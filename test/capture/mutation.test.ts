import { describe, it } from "vitest";
import { CaptureError } from "../../src/capture/error.ts";
import { CaptureIndexer } from "../../src/capture/indexer.ts";
import {
  bytes,
  fixture,
  flags,
  interfaceBlock,
  option,
  options,
  packetBlock,
  payload,
  sectionBlock,
  simpleBlock,
} from "../support/captures.ts";

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
const ROUNDS = 2000;

/** mulberry32: numbers in [0, limit), the same for the same seed. */
function random(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

function mutate(whole: Uint8Array, next: (limit: number) => number): Uint8Array {
  const bad = whole.slice(0, next(4) === 0 ? next(whole.length + 1) : whole.length);
  for (let flips = next(6); flips > 0 && bad.length > 0; flips--) {
    // Mostly in the front, where a capture of many packets has its headers.
    const at = next(next(2) === 0 ? Math.min(bad.length, 400) : bad.length);
    bad[at] = next(3) === 0 ? [0, 0xff, 0x7f, 0x80][next(4)]! : bad[at]! ^ (1 << next(8));
  }
  return bad;
}

/** Reads a capture in chunks of random lengths; fails on an entry outside it, an unknown exception, or no end. */
function survive(file: Uint8Array, next: (limit: number) => number): void {
  const tolerant = next(2) === 0;
  const indexer = new CaptureIndexer(options({ tolerant, rawTime: next(2) === 0, portOf: () => next(4) - 1 }));
  const index = new Uint32Array(6 * (1 + next(300)));
  let start = 0;
  let end = 0;
  let packets = 0;
  try {
    for (let turns = 0; ; turns++) {
      if (turns > 2 * file.length + 1000) throw new Error(`no end after ${turns} turns`);
      const step = indexer.index(file, start, end, end === file.length, index, 0);
      for (let word = 0; word < step.packets * 6; word += 6) {
        const [data = -1, length = -1] = index.subarray(word, word + 2);
        if (data < start || data + length > end)
          throw new Error(`packet of ${length} bytes at ${data}, expected it in ${end}`);
      }
      packets += step.packets;
      start += step.consumed;
      if (start > end) throw new Error(`${start} consumed of ${end}`);
      if (step.full) continue;
      if (end === file.length) break;
      end = Math.min(file.length, end + 1 + next(20_000));
    }
    const { summary } = indexer;
    if (summary.packets !== packets) throw new Error(`${summary.packets} packets in the summary, expected ${packets}`);
    const seen = summary.sawInbound + summary.sawOutbound + summary.sawUndirected;
    if (seen !== packets + summary.skipped)
      throw new Error(`${seen} directions, expected ${packets + summary.skipped}`);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
  }
}

describe("a capture with bytes flipped or cut off", () => {
  const built = bytes(
    sectionBlock(false),
    interfaceBlock({ little: false }),
    packetBlock({ little: false, options: [flags(1, false)] }),
    sectionBlock(),
    interfaceBlock({ options: [option(9, [0x94])] }),
    packetBlock({ type: 2, data: payload(33) }),
    simpleBlock(payload(20)),
  );
  const files = ["dumpcap.pcap", "dumpcap.pcapng", "dumpcap_s96.pcapng", "pdump_rx.pcap", "in/runts.pcap"].map(fixture);

  it(`is read or refused, and never anything else, ${ROUNDS} times (SEED=${SEED})`, () => {
    const next = random(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      const whole = [...files, built][next(files.length + 1)]!;
      survive(mutate(whole, next), next);
    }
  });
});
