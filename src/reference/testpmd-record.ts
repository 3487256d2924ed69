// testpmd-record - a real run kept in a folder, so that others can be held against it without the program: `compare testpmd --record`
// writes one, `--against` reads it. run.json says what was run, by what and where; stdout.txt and stderr.txt are what it printed,
// captures are beside them, gzipped or (as scripts/record-testpmd.sh leaves them) as they are; inputs are copied into inputs/ unless
// they are to be found where they were.
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
const SUM_DIGITS = 12;

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

/**
 * Writes a run down. copyInputs: into the folder, so that it is complete in itself
 * @throws UsageError when the folder cannot be written
 */
export function writeRecord(folder: string, run: TestpmdRun, version: string, copyInputs: boolean): void {
  try {
    write(folder, run, version, copyInputs);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new UsageError(`record: found ${code}, expected a folder to write (${folder})`);
  }
}

function write(folder: string, run: TestpmdRun, version: string, copyInputs: boolean): void {
  const { inputs, endless } = readTestpmdWords(run.words, run.commands);
  mkdirSync(folder, { recursive: true });
  const sums: Record<string, string> = {};
  for (const input of inputs) {
    if (!existsSync(input)) continue;
    const bytes = readFileSync(input);
    const sum = sha256(bytes);
    sums[input] = sum;
    if (!copyInputs) continue;
    mkdirSync(join(folder, "inputs"), { recursive: true });
    writeFileSync(copyOf(folder, input, sum), bytes);
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

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Where a copied input is: under its name, which others may have too, behind the beginning of its sum. */
function copyOf(folder: string, input: string, sum: string): string {
  return join(folder, "inputs", `${sum.slice(0, SUM_DIGITS)}-${basename(input)}`);
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
  const record = parseRecord(readText(join(folder, "run.json"), "utf8"), folder);
  const captures = new Map(record.captures.map((name) => [name, readCapture(folder, name)]));
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
      const wanted = record.inputs[path];
      if (wanted === undefined) return resolve(path); // there was none, and shall be none
      const copy = copyOf(folder, path, wanted);
      const found = existsSync(copy) ? copy : path;
      if (!existsSync(found)) {
        throw new UsageError(`against: found no ${path}, expected the file that was recorded (${folder})`);
      }
      if (sha256(readFileSync(found)) !== wanted) {
        throw new UsageError(`against: found ${found} changed, expected the file that was recorded (${folder})`);
      }
      return resolve(found);
    },
  };
}

function readCapture(folder: string, name: string): Uint8Array {
  const plain = join(folder, name);
  try {
    if (existsSync(plain)) return new Uint8Array(readFileSync(plain));
    return new Uint8Array(gunzipSync(readFileSync(`${plain}.gz`)));
  } catch {
    throw new UsageError(`against: found no whole ${name}.gz, expected the capture that was recorded (${folder})`);
  }
}

function readText(path: string, encoding: "latin1" | "utf8" = "latin1"): string {
  try {
    return readFileSync(path, encoding);
  } catch {
    throw new UsageError(`against: found no ${basename(path)}, expected a folder of a recorded run (${path})`);
  }
}

function parseRecord(text: string, folder: string): RecordedRun {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (!isRecordedRun(value)) {
    throw new UsageError(`against: found another format, expected ${FORMAT} (${join(folder, "run.json")})`);
  }
  return value;
}

function isRecordedRun(value: unknown): value is RecordedRun {
  if (typeof value !== "object" || value === null) return false;
  const { format, version, words, commands, inputs, captures } = value as Record<string, unknown>;
  const isList = (list: unknown): boolean => Array.isArray(list) && list.every((one) => typeof one === "string");
  const isMap = typeof inputs === "object" && inputs !== null && Object.values(inputs).every((sum) => isList([sum]));
  return format === FORMAT && isList([version]) && [words, commands, captures].every(isList) && isMap;
}
