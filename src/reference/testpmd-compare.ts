// testpmd-compare - holds our run of a testpmd command line against the real one's: every line of both streams, every counter of every
// block, every packet of every capture, the exit code. What is compared by shape only is said in testpmd-text.ts.
// Pure: runs in, differences out.
import { type Comparison, compareOrdered } from "../capture/compare.ts";
import { readPackets } from "../capture/packets.ts";
import type { TestpmdRun } from "./testpmd-run.ts";
import { parseForwardStatistics, parseNicStatistics } from "./testpmd-stats.ts";
import { byCommand, comparableLines } from "./testpmd-text.ts";
import { readTestpmdWords } from "./testpmd-words.ts";

/** Ethernet, IPv4 and UDP; behind them a generated packet has what was in its buffer. */
const HEADER_BYTES = 42;
/** As many as a recorded run without end keeps. */
const DRAWN_PACKETS = 256;

/** One counter of one port's last block. */
export interface CounterRow {
  readonly block: string;
  readonly port: string;
  readonly counter: string;
  readonly ours: number | undefined;
  readonly theirs: number | undefined;
  /** byShape: both 0 or both not is enough. */
  readonly result: "equal" | "byShape" | "different";
}

export interface CaptureRow {
  readonly name: string;
  readonly comparison: Comparison;
}

export interface TextDifference {
  readonly stream: "stdout" | "stderr";
  /** The command whose output it is in; empty: before the first prompt. */
  readonly command: string;
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
}

export interface TestpmdComparison {
  readonly counters: readonly CounterRow[];
  readonly captures: readonly CaptureRow[];
  /** The first of each command. */
  readonly text: readonly TextDifference[];
  readonly exitCodes: readonly [ours: number | undefined, theirs: number | undefined];
  /** Differences in all. */
  readonly differences: number;
}

/** Compares two runs of one command line. */
export function compareRuns(ours: TestpmdRun, theirs: TestpmdRun): TestpmdComparison {
  const { endless, drivers, outputs, drawn } = readTestpmdWords(theirs.words, theirs.commands);
  const counters = compareCounters(ours.stdout, theirs.stdout, endless);
  const captures = outputs.map((name) =>
    compareCapture(name, ours.captures.get(name), theirs.captures.get(name), { endless, drawn }),
  );
  const options = { endless, drivers };
  const text = (["stdout", "stderr"] as const).flatMap((stream) =>
    compareText(stream, comparableLines(ours[stream], options), comparableLines(theirs[stream], options)),
  );
  const exits = ours.exitCode === theirs.exitCode ? 0 : 1;
  const differences =
    counters.filter(({ result }) => result === "different").length +
    captures.filter(({ comparison }) => !comparison.equal).length +
    text.length +
    exits;
  return { counters, captures, text, exitCodes: [ours.exitCode, theirs.exitCode], differences };
}

function compareCounters(ours: string, theirs: string, endless: boolean): CounterRow[] {
  const [a, b] = [blocks(ours), blocks(theirs)];
  const keys = [...new Set([...b.keys(), ...a.keys()])];
  return keys.map((key) => {
    const [block = "", port = "", counter = ""] = key.split("|");
    const [x, y] = [a.get(key), b.get(key)];
    const byTime = endless || counter.endsWith("ps");
    const result = x === y ? "equal" : byTime && (x === 0) === (y === 0) && x !== undefined ? "byShape" : "different";
    return { block, port, counter, ours: x, theirs: y, result };
  });
}

/** Every counter of the last blocks that were printed, by "block|port|counter". */
function blocks(text: string): Map<string, number> {
  const plain = text.replaceAll("\r", "");
  const found = new Map<string, number>();
  const put = (block: string, port: string, counters: Readonly<Record<string, number>>): void => {
    for (const [counter, value] of Object.entries(counters)) found.set(`${block}|${port}|${counter}`, value);
  };
  const forward = parseForwardStatistics(plain);
  for (const [port, { counters }] of forward.ports) put("forward", `port ${port}`, counters);
  put("forward", "all", forward.all);
  for (const [port, counters] of parseNicStatistics(plain)) put("NIC", `port ${port}`, counters);
  return found;
}

function compareCapture(
  name: string,
  ours: Uint8Array | undefined,
  theirs: Uint8Array | undefined,
  { endless, drawn }: { readonly endless: boolean; readonly drawn: boolean },
): CaptureRow {
  if ((ours === undefined) !== (theirs === undefined)) {
    const text = `found ${ours ? "a capture" : "none"}, expected ${theirs ? "one" : "none"}`;
    return { name, comparison: { equal: false, text, found: 0, expected: 0, different: 0, missing: 0, extra: 0 } };
  }
  const a = kinds(packetsOf(ours, name), drawn);
  const b = kinds(packetsOf(theirs, name), drawn);
  // Of a run without end both have the first packets; how many there are is a matter of time.
  const count = endless && a.length > 0 && b.length > 0 ? Math.min(a.length, b.length) : Math.max(a.length, b.length);
  const comparer = compareOrdered(b.slice(0, count));
  for (const packet of a.slice(0, count)) {
    const record = new Uint8Array(4 + packet.length);
    new DataView(record.buffer).setUint32(0, packet.length, true);
    record.set(packet, 4);
    comparer.push(record);
  }
  return { name, comparison: comparer.finish() };
}

/** A program that ended early leaves a file without even a header. */
function packetsOf(capture: Uint8Array | undefined, name: string): readonly Uint8Array[] {
  return capture === undefined || capture.length === 0 ? [] : readPackets(capture, name);
}

/** Of packets whose lengths are drawn one of each kind: its headers and its length; of others all. */
function kinds(packets: readonly Uint8Array[], drawn: boolean): readonly Uint8Array[] {
  if (!drawn) return packets;
  const found = new Map<string, Uint8Array>();
  for (const packet of packets.slice(0, DRAWN_PACKETS)) {
    const kind = new Uint8Array(packet.length);
    kind.set(packet.subarray(0, HEADER_BYTES));
    found.set(`${String(packet.length).padStart(6)} ${kind.subarray(0, HEADER_BYTES).join()}`, kind);
  }
  return [...found.keys()].sort().map((key) => found.get(key)!);
}

/** The first differing line of each command's output. */
function compareText(
  stream: "stdout" | "stderr",
  ours: readonly string[],
  theirs: readonly string[],
): TextDifference[] {
  const [a, b] = [byCommand(ours), byCommand(theirs)];
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i): TextDifference[] => {
    const [x, y] = [a[i], b[i]];
    const command = y?.command ?? x?.command ?? "";
    if (x?.command !== y?.command) return [{ stream, command, ours: x?.command, theirs: y?.command }];
    const lines = Math.max(x?.lines.length ?? 0, y?.lines.length ?? 0);
    for (let line = 0; line < lines; line++) {
      const [p, q] = [x?.lines[line], y?.lines[line]];
      if (p !== q) return [{ stream, command, ours: p, theirs: q }];
    }
    return [];
  }).flat();
}
