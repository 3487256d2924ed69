/**
 * Holds an egress stream against an expected capture, packet by packet: `--expect`.
 *
 * Ordered: packet n must equal expected packet n, byte for byte. Unordered: the same packets as a multiset. The stream comes in
 * batches of [u32 little-endian length][bytes] and is not kept; the first difference is, with the bytes around it.
 * Packets are numbered from 1 as Wireshark numbers those of a file. Times and original lengths are not compared.
 */
import { recordLength } from "./chunk-buffer.ts";

export interface Comparison {
  readonly equal: boolean;
  /** Lines for the user: one when equal, else the first difference, its bytes, and the counts. */
  readonly text: string;
  /** Packets compared, and those expected. */
  readonly found: number;
  readonly expected: number;
  /** Ordered: packets that are not the expected one of their number. Unordered: always 0. */
  readonly different: number;
  /** Expected packets that did not come. */
  readonly missing: number;
  /** Packets that nothing expected. */
  readonly extra: number;
}

export interface Comparer {
  /** Compares the next packets of the stream. */
  push(batch: Uint8Array): void;
  /** The outcome, once the stream has ended. */
  finish(): Comparison;
}

/** Bytes of a packet that are shown around a difference. */
const SHOWN_BYTES = 16;
/** How far ahead a packet is looked for among the expected ones, to say that some were lost rather than changed. */
const LOOKAHEAD = 256;

/**
 * Compares bytes and order.
 * @param expected the packets that must come, in order (see readPackets)
 */
export function compareOrdered(expected: readonly Uint8Array[]): Comparer {
  let found = 0;
  let different = 0;
  let extra = 0;
  let first: string[] | undefined;
  return {
    push(batch) {
      for (const packet of packetsOf(batch)) {
        const wanted = expected[found];
        found++;
        if (wanted === undefined) {
          extra++;
          first ??= [
            `packet ${found}: found ${packet.length} bytes, expected no more packets`,
            ...row("found", packet, 0),
          ];
          continue;
        }
        const at = firstDifference(packet, wanted);
        if (at < 0) continue;
        different++;
        first ??= describe(found, packet, wanted, at, lostBefore(packet, expected, found));
      }
    },
    finish() {
      const missing = Math.max(0, expected.length - found);
      if (missing > 0 && first === undefined) {
        const next = expected[found]!;
        first = [`packet ${found + 1}: found the end, expected ${next.length} bytes`, ...row("expected", next, 0)];
      }
      return outcome(first, { found, expected: expected.length, different, missing, extra });
    },
  };
}

/**
 * Compares bytes only: the same packets the same number of times, in any order.
 * @param expected the packets that must come
 */
export function compareUnordered(expected: readonly Uint8Array[]): Comparer {
  const byHash = new Map<number, number[]>();
  for (const [number, packet] of expected.entries()) {
    const hash = hashOf(packet);
    const same = byHash.get(hash);
    if (same === undefined) byHash.set(hash, [number]);
    else same.push(number);
  }
  let found = 0;
  let extra = 0;
  let first: string[] | undefined;
  return {
    push(batch) {
      for (const packet of packetsOf(batch)) {
        found++;
        const candidates = byHash.get(hashOf(packet)) ?? [];
        const match = candidates.findIndex((number) => firstDifference(packet, expected[number]!) < 0);
        if (match >= 0) {
          candidates.splice(match, 1);
          continue;
        }
        extra++;
        const line = `packet ${found}: found ${packet.length} bytes that no (further) expected packet has`;
        first ??= [line, ...row("found", packet, 0)];
      }
    },
    finish() {
      const left = [...byHash.values()].flat().sort((a, b) => a - b);
      if (left.length > 0) {
        const packet = expected[left[0]!]!;
        const line = `expected packet ${left[0]! + 1} of ${packet.length} bytes was not found`;
        first = [...(first ?? []), line, ...row("expected", packet, 0)];
      }
      return outcome(first, { found, expected: expected.length, different: 0, missing: left.length, extra });
    },
  };
}

function outcome(first: string[] | undefined, counts: Omit<Comparison, "equal" | "text">): Comparison {
  const { found, expected, different, missing, extra } = counts;
  if (first === undefined) return { equal: true, text: `${found} packets, all as expected`, ...counts };
  const kinds = [`${missing} missing`, `${extra} extra`];
  if (different > 0) kinds.unshift(`${different} different`);
  const last = `${found} packets found, ${expected} expected: ${kinds.join(", ")}`;
  return { equal: false, text: [...first, last].join("\n"), ...counts };
}

function describe(number: number, found: Uint8Array, expected: Uint8Array, at: number, lost: number): string[] {
  const byte = (packet: Uint8Array) => (at < packet.length ? `0x${hex(packet[at]!)}` : "the end");
  const head = `packet ${number}, byte ${at}: found ${byte(found)}, expected ${byte(expected)}`;
  const lengths =
    found.length === expected.length ? `${found.length} bytes` : `${found.length} bytes, not ${expected.length}`;
  const lines = [`${head} (${lengths})`, ...row("found", found, at), ...row("expected", expected, at)];
  if (lost > 0)
    lines.push(`  it equals expected packet ${number + lost}: ${lost === 1 ? "one" : lost} may be lost before it`);
  return lines;
}

/** How many expected packets on from its own number a packet is found; 0 when it is not near. `number` counts from 1. */
function lostBefore(packet: Uint8Array, expected: readonly Uint8Array[], number: number): number {
  const near = expected.slice(number, number + LOOKAHEAD);
  return near.findIndex((candidate) => firstDifference(packet, candidate) < 0) + 1;
}

/** One line of the bytes around `at`, that byte in brackets. */
function row(label: string, packet: Uint8Array, at: number): string[] {
  const from = Math.max(0, (at & ~7) - SHOWN_BYTES / 2);
  const shown = [...packet.subarray(from, from + SHOWN_BYTES * 1.5)];
  const bytes = shown.map((byte, i) => (from + i === at ? `[${hex(byte)}]` : ` ${hex(byte)} `)).join("");
  return [`  ${label.padEnd(8)} ${from.toString(16).padStart(4, "0")} ${bytes.trimEnd() || " (no bytes)"}`];
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

function* packetsOf(batch: Uint8Array): Generator<Uint8Array> {
  for (let position = 0; position < batch.length; ) {
    const length = recordLength(batch, position);
    yield batch.subarray(position + 4, position + 4 + length);
    position += 4 + length;
  }
}

/** The first byte in which two packets differ, the shorter one's length when it begins the longer, -1 when they are equal. */
function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return i;
  return a.length === b.length ? -1 : shared;
}

/** FNV-1a over length and bytes: only finds candidates, which are then compared. */
function hashOf(packet: Uint8Array): number {
  let hash = 0x811c9dc5 ^ packet.length;
  for (const byte of packet) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
