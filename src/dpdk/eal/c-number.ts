// c-number - numbers as C's library reads them from text: atoi, strtol, strtoul, which options and device arguments are parsed with.
// Follows ISO C 7.22.1 with glibc's limits: 64-bit long; spaces and a sign may lead; reading stops at the first other character.
// Not modelled: locales.

export interface CNumber {
  /** strtoul: 0..2^64-1, a negative one wrapped; strtol: -2^63..2^63-1. */
  readonly value: bigint;
  /** Where reading stopped (endptr); 0 when there was no digit. */
  readonly end: number;
  /** errno is ERANGE: the value is the limit. */
  readonly overflow: boolean;
}

const ULONG_MAX = (1n << 64n) - 1n;
const LONG_MAX = (1n << 63n) - 1n;

/** strtoul and strtoull; base 0 takes 0x and 0 as prefixes. */
export function strtoul(text: string, base: 0 | 10 | 16): CNumber {
  const { negative, magnitude, end } = digits(text, base);
  if (magnitude > ULONG_MAX) return { value: ULONG_MAX, end, overflow: true };
  return { value: BigInt.asUintN(64, negative ? -magnitude : magnitude), end, overflow: false };
}

/** strtol and strtoll. */
export function strtol(text: string, base: 0 | 10 | 16): CNumber {
  const { negative, magnitude, end } = digits(text, base);
  const limit = negative ? LONG_MAX + 1n : LONG_MAX;
  const overflow = magnitude > limit;
  const value = overflow ? limit : magnitude;
  return { value: negative ? -value : value, end, overflow };
}

/** atoi: strtol cut to 32 bits; 0 when there is no number. */
export function atoi(text: string): number {
  return Number(BigInt.asIntN(32, strtol(text, 10).value));
}

/** An unsigned int that a wider number is assigned to. */
export function uint32(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}

function digits(text: string, base: 0 | 10 | 16): { negative: boolean; magnitude: bigint; end: number } {
  const lead = /^[ \t\n\v\f\r]*([+-]?)/.exec(text);
  const start = lead?.[0].length ?? 0;
  const negative = lead?.[1] === "-";
  const rest = text.slice(start);
  const prefixed = base !== 10 && /^0x[0-9a-f]/i.test(rest);
  const radix = base === 0 ? (prefixed ? 16 : rest.startsWith("0") ? 8 : 10) : base;
  const body = prefixed ? rest.slice(2) : rest;
  const match = DIGITS[radix].exec(body)?.[0] ?? "";
  if (match === "") return { negative: false, magnitude: 0n, end: 0 };
  const magnitude = BigInt(RADIX_PREFIX[radix] + match);
  return { negative, magnitude, end: start + (prefixed ? 2 : 0) + match.length };
}

const DIGITS = { 8: /^[0-7]+/, 10: /^\d+/, 16: /^[0-9a-f]+/i } as const;
const RADIX_PREFIX = { 8: "0o", 10: "", 16: "0x" } as const;
