// ovs-recorded - what real Open vSwitch 3.1 printed (test/recorded/ovs, made by record-ovs.py), and the frames it was of.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { readPackets } from "../../src/capture/packets.ts";
import { packetsOf, pcapPath } from "./recordings.ts";

const FOLDER = new URL("../recorded/ovs/", import.meta.url);

function unzipped(name: string): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(new URL(name, FOLDER))));
}

function lines(name: string): string[] {
  return new TextDecoder()
    .decode(unzipped(name))
    .split("\n")
    .filter((line) => line !== "");
}

/** Frames with cut, lying and rare headers. */
export function oddFrames(): Uint8Array[] {
  return readPackets(unzipped("odd.pcap.gz"), "odd.pcap");
}

/** Of each capture, its name and what parse-pcap printed of each packet. */
export function parsedCaptures(): { name: string; frames: () => Uint8Array[]; flows: string[] }[] {
  const captures: { name: string; frames: () => Uint8Array[]; flows: string[] }[] = [];
  for (const line of lines("parse-pcap.txt.gz")) {
    if (!line.startsWith("# ")) {
      captures.at(-1)!.flows.push(line);
      continue;
    }
    const name = line.slice(2);
    const frames = () => (name === "odd.pcap" ? oddFrames() : packetsOf(pcapPath(`in/${name}`)));
    captures.push({ name, frames, flows: [] });
  }
  return captures;
}

/** dump-flows -m, megaflows disabled. */
export function exactFlows(): string[] {
  return lines("exact.txt.gz");
}

/** pmd-stats-show's names. */
export interface RecordedStats {
  readonly "packets received": number;
  readonly "simple match hits": number;
  readonly "emc hits": number;
  readonly "smc hits": number;
  readonly "megaflow hits": number;
  readonly "avg. subtable lookups per megaflow hit": number;
  readonly "miss with success upcall": number;
  readonly "miss with failed upcall": number;
}

export interface RecordedRun {
  /** dummy: a packet a batch; sorted: that twice, more than a second between; pcap: bursts of 32 */
  readonly kind: "dummy" | "sorted" | "pcap";
  readonly capture: string;
  readonly times: number;
  readonly config: { readonly "emc-insert-inv-prob": number; readonly "smc-enable"?: "true" };
  readonly first?: RecordedStats;
  readonly stats: RecordedStats;
  /** dump-flows -m at the end. */
  readonly flows: readonly string[];
}

export function recordedRuns(): RecordedRun[] {
  return JSON.parse(readFileSync(new URL("runs.json", FOLDER), "utf8")) as RecordedRun[];
}
