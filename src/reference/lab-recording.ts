// lab-recording - a script's run on the real switch, kept in a file: answers, captures, how many cores it had. JSON, gzipped.
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { gunzipSync, gzipSync } from "node:zlib";
import { UsageError } from "../errors.ts";
import type { LabRun } from "./lab-run.ts";

const FORMAT = "ringbed-lab-recording/1";

interface Recorded extends Omit<LabRun, "captures"> {
  readonly format: string;
  readonly cores: number;
  /** Base64, by name. */
  readonly captures: Readonly<Record<string, string>>;
}

export function writeRecording(path: string, run: LabRun): void {
  const captures = Object.fromEntries(
    [...run.captures].map(([name, data]) => [name, Buffer.from(data).toString("base64")]),
  );
  const recorded: Recorded = { format: FORMAT, cores: cpus().length, ...run, captures };
  writeFileSync(path, gzipSync(JSON.stringify(recorded), { level: 9 }));
}

/** @throws UsageError for what is no recording */
export function readRecording(path: string): { readonly run: LabRun; readonly cores: number } {
  let recorded: Recorded;
  try {
    recorded = JSON.parse(gunzipSync(readFileSync(path)).toString("utf8")) as Recorded;
  } catch (error) {
    throw new UsageError(`recording: found ${path}: ${(error as Error).message}, expected what --record wrote`);
  }
  if (recorded.format !== FORMAT) throw new UsageError(`recording: found ${recorded.format}, expected ${FORMAT}`);
  const captures = new Map(
    Object.entries(recorded.captures).map(([name, text]) => [name, new Uint8Array(Buffer.from(text, "base64"))]),
  );
  const { commands, code, stdout, cores } = recorded;
  return { run: { commands, captures, code, stdout }, cores };
}
