// testpmd-record - a real run kept in a folder, so that others can be held against it without the program: `compare testpmd --record`
// writes one, `--against` reads it. run.json says what was run, by what and where; stdout.txt and stderr.txt are what it printed,
// captures are gzipped beside them, inputs are copied into inputs/ unless they are to be found where they were.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { basename, join, resolve } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { UsageError } from "../errors.ts";
import type { TestpmdRun } from "./testpmd-run.ts";
import { readTestpmdWords } from "./testpmd-words.ts";

const FORMAT = "ringbed-testpmd-run/1";
/** Packets that are kept of a capture of a run without end: only the first are compared. */
const ENDLESS_PACKETS = 256;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

/** run.json. */
interface RecordedRun {
  readonly format: typeof FORMAT;
  /** As EAL prints it. */
  readonly version: string;
  readonly cpu: string;
  readonly words: readonly string[];
  readonly commands: readonly string[];
  readonly exitCode: number | null;
  /** Captures that it read: path as given, and the SHA-256 of the content. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly captures: readonly string[];
}

/** Writes a run down. copyInputs: into the folder, so that it is complete in itself */
export function writeRecord(folder: string, run: TestpmdRun, version: string, copyInputs: boolean): void {
  const { inputs, endless } = readTestpmdWords(run.words, run.commands);
  mkdirSync(folder, { recursive: true });
  const sums: Record<string, string> = {};
  for (const input of inputs) {
    if (!existsSync(input)) continue;
    const bytes = readFileSync(input);
    sums[input] = createHash("sha256").update(bytes).digest("hex");
    if (!copyInputs) continue;
    mkdirSync(join(folder, "inputs"), { recursive: true });
    writeFileSync(join(folder, "inputs", basename(input)), bytes);
  }
  for (const [name, bytes] of run.captures) {
    const kept = endless ? firstPackets(bytes) : bytes;
    writeFileSync(join(folder, `${name}.gz`), gzipSync(kept, { level: 9 }));
  }
  writeFileSync(join(folder, "stdout.txt"), run.stdout, "latin1");
  writeFileSync(join(folder, "stderr.txt"), run.stderr, "latin1");
  const record: RecordedRun = {
    format: FORMAT,
    version,
    cpu: cpus()[0]?.model ?? "unknown",
    words: run.words,
    commands: run.commands,
    exitCode: run.exitCode ?? null,
    inputs: sums,
    captures: [...run.captures.keys()],
  };
  writeFileSync(join(folder, "run.json"), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** The beginning of a classic capture, of this machine's byte order, as net_pcap writes it. */
function firstPackets(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = FILE_HEADER_BYTES;
  for (let n = 0; n < ENDLESS_PACKETS && at + RECORD_HEADER_BYTES <= bytes.length; n++) {
    at += RECORD_HEADER_BYTES + view.getUint32(at + 8, true);
  }
  return bytes.subarray(0, Math.min(at, bytes.length));
}

export interface Recorded {
  readonly run: TestpmdRun;
  readonly version: string;
  /** Where an input of it is found now. */
  input(path: string): string;
}

/** Reads a recorded run. @throws UsageError when the folder holds none, or an input has changed */
export function readRecord(folder: string): Recorded {
  const text = (name: string): string => readText(join(folder, name));
  const record = parseRecord(text("run.json"), folder);
  const captures = new Map(
    record.captures.map((name) => [name, new Uint8Array(gunzipSync(readFileSync(join(folder, `${name}.gz`))))]),
  );
  const { words, commands, exitCode } = record;
  return {
    version: record.version,
    run: {
      words,
      commands,
      stdout: text("stdout.txt"),
      stderr: text("stderr.txt"),
      exitCode: exitCode ?? undefined,
      captures,
    },
    input(path) {
      const copy = join(folder, "inputs", basename(path));
      const found = existsSync(copy) ? copy : path;
      const wanted = record.inputs[path];
      if (wanted !== undefined && createHash("sha256").update(readFileSync(found)).digest("hex") !== wanted) {
        throw new UsageError(`against: found ${found} changed, expected the capture that was recorded (${folder})`);
      }
      return resolve(found);
    },
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    throw new UsageError(`against: found no ${basename(path)}, expected a folder that --record wrote (${path})`);
  }
}

function parseRecord(text: string, folder: string): RecordedRun {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== "object" || value === null || !("format" in value) || value.format !== FORMAT) {
    throw new UsageError(`against: found another format, expected ${FORMAT} (${join(folder, "run.json")})`);
  }
  return value as RecordedRun;
}
