// What the real testpmd 22.11 dumped of packets (test/recorded/testpmd-dumps, made by record-dumps.py), and the captures they were of.
import { readdirSync, readFileSync } from "node:fs";

const DUMPS = new URL("../recorded/testpmd-dumps/", import.meta.url);
const CAPTURES = new URL("../../pcaps/in/", import.meta.url);

export interface RecordedDump {
  readonly kind: "rx" | "tx" | "echo";
  readonly capture: string;
  readonly text: string;
}

export const recordedDumps = readdirSync(DUMPS).map((file): RecordedDump => {
  const [kind = "", capture = ""] = file.replace(".txt", "").split("-");
  if (kind !== "rx" && kind !== "tx" && kind !== "echo") throw new Error(`dump of unknown kind: ${file}`);
  return { kind, capture, text: readFileSync(new URL(file, DUMPS), "utf8") };
});

export interface CapturedFrame {
  readonly bytes: Uint8Array;
  /** As net_pcap stamps it. */
  readonly microseconds: bigint;
}

/** The frames of a classic capture of this machine's byte order, micro- or nanoseconds. */
export function framesOf(capture: string): CapturedFrame[] {
  const file = readFileSync(new URL(`${capture}.pcap`, CAPTURES));
  const divisor = file.readUInt32LE(0) === 0xa1b23c4d ? 1000n : 1n;
  const frames: CapturedFrame[] = [];
  for (let at = 24; at < file.length; ) {
    const length = file.readUInt32LE(at + 8);
    const microseconds = BigInt(file.readUInt32LE(at)) * 1_000_000n + BigInt(file.readUInt32LE(at + 4)) / divisor;
    frames.push({ bytes: file.subarray(at + 16, at + 16 + length), microseconds });
    at += 16 + length;
  }
  return frames;
}
