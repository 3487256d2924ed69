// captures - replay in virtual time, reading and indexing a capture, and how long the command takes to start. The captures are made
// here: UDP frames of 60 bytes, one a microsecond, in classic pcap of microseconds (pcap-parser reads nothing else).
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunError } from "../src/errors.ts";
import { measure, startUpMs } from "./measure.ts";
import { rounds, type Turn } from "./rounds.ts";
import { pairRatios, type Results } from "./rows.ts";
import { syntheticCapture } from "./synthetic.ts";

const SMALL_PACKETS = 100;
const REPLAY_GOAL = { least: 10 };
const INDEX_GOAL = { most: 40 };
const PARSER_GOAL = { least: 20 };
const START_UP_GOAL = { most: 150 };

/** Everything that has to do with captures. */
export function captures(results: Results): void {
  const folder = mkdtempSync(join(tmpdir(), "ringbed-bench-"));
  try {
    const file = join(folder, "packets.pcap");
    const small = join(folder, "small.pcap");
    writeFileSync(file, syntheticCapture(results.effort.packets));
    writeFileSync(small, syntheticCapture(SMALL_PACKETS));
    const replayed = results.in("replay in virtual time, pvp, 60 bytes");
    replays(replayed, file, { switch: "wire", speed: "max", loop: 10 }, REPLAY_GOAL);
    replays(replayed, file, { switch: "wire", speed: "max", loop: 1 });
    replays(replayed, file, { switch: "wire", speed: "capture", loop: 1 });
    replays(replayed, file, { switch: "ovs", speed: "max", loop: 10 });
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
  how: { readonly switch: "wire" | "ovs"; readonly speed: string; readonly loop: number },
  goal?: { least: number },
): void {
  const words = `--switch ${how.switch} --speed ${how.speed} --loop ${how.loop}`;
  let note: string | undefined;
  const turn: Turn = () => {
    const measured = measure({ kind: "replay", file, ...how });
    note = measured.note;
    return measured;
  };
  const { figures, undisturbed } = rounds(results, `replay, ${words}`, [turn]);
  const options = { goal, note, disturbed: !undisturbed };
  results.add(`${words}, from call to report`, "Mpps", figures[0] ?? [], options);
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
