// replayed - replays for tests: the report, and what left each port as packets with their times, read back from a capture written by -w.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type ReplayOptions, type RunReport, replay } from "../../src/node/index.ts";
import { readAll } from "./captures.ts";

let folder: string | undefined;
let files = 0;

/** A folder that goes when the test file is done. */
export function scratch(): string {
  folder ??= mkdtempSync(join(tmpdir(), "ringbed-test-"));
  return folder;
}

afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
});

/** Writes bytes into the scratch folder. @returns the path */
export function writeScratch(bytes: Uint8Array, name = "in.pcap"): string {
  const path = join(scratch(), `${files++}-${name}`);
  writeFileSync(path, bytes);
  return path;
}

/** Packets that left, of all ports in the order of the file. */
export interface Left {
  /** Name of the port. */
  readonly port: string;
  readonly data: Uint8Array;
  /** Nanoseconds since the first packet of the capture. */
  readonly ns: number;
}

/** Replays, over wires unless another switch is asked for, and reads back what left. baseNs: date of the capture's first packet */
export async function replayed(
  options: ReplayOptions,
  baseNs = 0n,
  suffix: ".pcapng" | ".pcap" = ".pcapng",
): Promise<{ report: RunReport; left: Left[] }> {
  const output = join(scratch(), `${files++}-out${suffix}`);
  const report = await replay({ switch: "wire", ...options, output });
  const { entries } = readAll(new Uint8Array(readFileSync(output)), { rawTime: true, portOf: (id) => id });
  const left = entries.map(({ data, ns, port }) => ({ port: `phy${port}`, data, ns: Number(ns - baseNs) }));
  return { report, left };
}
