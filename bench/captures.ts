// captures - replay in virtual time, reading and indexing a capture, and how long the command takes to start. The captures are made
// here: UDP frames of 60 bytes, one a microsecond, in classic pcap of microseconds (pcap-parser reads nothing else).
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunError } from "../src/errors.ts";
import { frameTemplate } from "../src/run/throughput.ts";
import { measure, startUpMs } from "./measure.ts";
import { rounds, type Turn } from "./rounds.ts";
import { pairRatios, type Results } from "./rows.ts";

const FRAME_BYTES = 60;
const RECORD_BYTES = 16 + FRAME_BYTES;
const SMALL_PACKETS = 100;
const REPLAY_GOAL = { least: 10 };
const INDEX_GOAL = { most: 40 };
const PARSER_GOAL = { least: 20 };
const START_UP_GOAL = { most: 150 };

/** A capture's bytes: `count` frames, the UDP source port counting. */
export function syntheticCapture(count: number): Uint8Array {
  const bytes = new Uint8Array(24 + count * RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  [0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1].forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  const frame = frameTemplate(FRAME_BYTES).subarray(0, FRAME_BYTES);
  for (let i = 0, at = 24; i < count; i++, at += RECORD_BYTES) {
    view.setUint32(at, 1_700_000_000 + Math.floor(i / 1e6), true);
    view.setUint32(at + 4, i % 1e6, true);
    view.setUint32(at + 8, FRAME_BYTES, true);
    view.setUint32(at + 12, FRAME_BYTES, true);
    bytes.set(frame, at + 16);
    view.setUint16(at + 16 + 34, i & 0xffff);
  }
  return bytes;
}

/** Everything that has to do with captures. */
export function captures(results: Results): void {
  const folder = mkdtempSync(join(tmpdir(), "ringbed-bench-"));
  try {
    const file = join(folder, "packets.pcap");
    const small = join(folder, "small.pcap");
    writeFileSync(file, syntheticCapture(results.effort.packets));
    writeFileSync(small, syntheticCapture(SMALL_PACKETS));
    const replayed = results.in("replay in virtual time, pvp, 60 bytes");
    replays(replayed, file, "max", 10, REPLAY_GOAL);
    replays(replayed, file, "max", 1, undefined);
    replays(replayed, file, "capture", 1, undefined);
    reading(results.in(`capture of ${results.effort.packets} packets`), file);
    startUp(results.in("start-up"), small);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** At capture speed (a packet a microsecond) every packet is polled by itself, at max they come in bursts. */
function replays(
  results: Results,
  file: string,
  speed: string,
  loop: number,
  goal: { least: number } | undefined,
): void {
  let note: string | undefined;
  const turn: Turn = () => {
    const measured = measure({ kind: "replay", file, speed, loop });
    note = measured.note;
    return measured;
  };
  const { figures, undisturbed } = rounds(results, `replay, speed ${speed}, loop ${loop}`, [turn]);
  const options = { goal, note, disturbed: !undisturbed };
  results.add(`--speed ${speed} --loop ${loop}, from call to report`, "Mpps", figures[0] ?? [], options);
}

function reading(results: Results, file: string): void {
  const theirs: Turn = () => {
    try {
      return measure({ kind: "pcap-parser", file });
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      const missing = /ERR_MODULE_NOT_FOUND|Cannot find/.test(error.message);
      results.skip("pcap-parser", missing ? "it is not installed (npm install)" : error.message);
      return undefined;
    }
  };
  let note: string | undefined;
  const indexed: Turn = () => {
    const measured = measure({ kind: "index", file });
    note = measured.note;
    return measured;
  };
  const turns = [indexed, theirs];
  const { figures, undisturbed } = rounds(results, "capture, read and indexed", turns);
  const [ours = [], parser = []] = figures;
  const disturbed = !undisturbed;
  results.add("read and indexed", "ms", ours, { goal: INDEX_GOAL, note, disturbed });
  results.add("npm pcap-parser 0.2.1", "ms", parser, { disturbed });
  if (parser.length === ours.length)
    results.add("pcap-parser / ours", "x", pairRatios(parser, ours), { goal: PARSER_GOAL, disturbed });
}

function startUp(results: Results, file: string): void {
  results.progress("start-up");
  const values = Array.from({ length: results.effort.runs }, () => startUpMs(file));
  results.add(`ringbed replay, ${SMALL_PACKETS} packets, node's start included`, "ms", values, { goal: START_UP_GOAL });
}
