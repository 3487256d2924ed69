/**
 * Timestamps of 64 bits as two 32-bit words, because a double holds 53 bits and a BigInt a packet is far too slow.
 *
 * Every function is exact: products are split so that no intermediate passes 2^53. Words are unsigned numbers 0..2^32-1;
 * sums wrap at 2^64 ns (the year 2554), as the index's u64 does.
 */

const WORD = 2 ** 32;
const NS_PER_SECOND = 1_000_000_000n;

/** Nanoseconds in a year of 365 days: how far ahead of its file a capture's date may lie before it is doubted. */
export const YEAR_NS = 365n * 86_400n * NS_PER_SECOND;

// sec * 1e9 = (high half * 1e9) * 2^16 + (low half * 1e9): both products stay under 2^46.
function secondsLowSum(seconds: number): number {
  return ((Math.floor(seconds / 65536) * 1e9) % 65536) * 65536 + (seconds % 65536) * 1e9;
}

/** The low word of `seconds` * 10^9; `seconds` is 0..2^32-1. */
export function secondsToNsLow(seconds: number): number {
  return secondsLowSum(seconds) % WORD;
}

/** The high word of `seconds` * 10^9; `seconds` is 0..2^32-1. */
export function secondsToNsHigh(seconds: number): number {
  const carried = Math.floor(secondsLowSum(seconds) / WORD);
  return Math.floor((Math.floor(seconds / 65536) * 1e9) / 65536) + carried;
}

/** Two words as one BigInt. */
export function joinWords(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** The high word of a BigInt taken modulo 2^64. */
export function highWord(value: bigint): number {
  return Number(BigInt.asUintN(64, value) >> 32n);
}

/** The low word of a BigInt taken modulo 2^64. */
export function lowWord(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}

/** A pcapng clock: how often it ticks and what must be added to its nanoseconds. */
export interface Resolution {
  /** Nanoseconds a tick where that is a whole number the word arithmetic can take (1 .. 10^6), else 0. */
  readonly factor: number;
  /** Ticks a second. */
  readonly ticksPerSecond: bigint;
  /** In words: `10^-9 s` or `2^-20 s`. */
  readonly text: string;
}

/** The clock an if_tsresol octet describes: 10^-n s, or 2^-n s when its top bit is set. Source: pcapng, if_tsresol. */
export function resolutionOf(tsresol: number): Resolution {
  const exponent = tsresol & 0x7f;
  if (tsresol & 0x80) return { factor: 0, ticksPerSecond: 1n << BigInt(exponent), text: `2^-${exponent} s` };
  const factor = exponent >= 3 && exponent <= 9 ? 10 ** (9 - exponent) : 0;
  return { factor, ticksPerSecond: 10n ** BigInt(exponent), text: `10^-${exponent} s` };
}

/** Ticks in nanoseconds, rounded down: the slow way, for clocks without a whole `factor`. */
export function ticksToNs(high: number, low: number, ticksPerSecond: bigint): bigint {
  return (joinWords(high, low) * NS_PER_SECOND) / ticksPerSecond;
}

/** Nanoseconds since 1970 as `2026-11-20`, for messages; any u64 is a date JavaScript knows. */
export function dateOf(ns: bigint): string {
  return new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 10);
}
