// scan - numbers in text as C reads them: the base told by 0x and 0, values wrapping where the reference lets them
// wrap. Scanner steps through formats, as sscanf does; the str-to functions take a whole word and say what is wrong in
// ovs-ofctl's words.
import { UsageError } from "../errors.ts";

const U64_MAX = (1n << 64n) - 1n;

/** The value of a hexadecimal digit, or 99. */
export function digitValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 0x20;
  return letter >= 97 && letter <= 102 ? letter - 87 : 99;
}

export function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** Reads what is expected, one piece after the other; a piece that is not there leaves `at` where it was. */
export class Scanner {
  readonly text: string;
  at: number;
  /** The last integer, modulo 2^32. */
  value = 0;

  constructor(text: string, at = 0) {
    this.text = text;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  literal(wanted: string): boolean {
    if (!this.text.startsWith(wanted, this.at)) return false;
    this.at += wanted.length;
    return true;
  }

  blanks(): void {
    while (isBlank(this.text.charCodeAt(this.at))) this.at++;
  }

  /** An integer; base 0: told by its prefix. Blanks before it are skipped, digits without end wrap. */
  int(base: 0 | 10 | 16): boolean {
    const { text } = this;
    let at = this.at;
    while (isBlank(text.charCodeAt(at))) at++;
    const negative = text[at] === "-";
    if (negative || text[at] === "+") at++;
    let radix: number = base;
    if (base !== 10 && text[at] === "0" && (text[at + 1] === "x" || text[at + 1] === "X")) {
      radix = 16;
      at += 2;
    } else if (base === 0) {
      radix = text[at] === "0" ? 8 : 10;
    }
    const start = at;
    let value = 0;
    for (let digit = digitValue(text.charCodeAt(at)); digit < radix; digit = digitValue(text.charCodeAt(++at))) {
      value = (value * radix + digit) >>> 0;
    }
    if (at === start) return false;
    this.value = negative ? -value >>> 0 : value;
    this.at = at;
    return true;
  }

  /** The characters of a set, at least one, at most max. */
  run(isMember: (code: number) => boolean, max: number): string | undefined {
    let end = this.at;
    while (end - this.at < max && end < this.text.length && isMember(this.text.charCodeAt(end))) end++;
    if (end === this.at) return undefined;
    const found = this.text.slice(this.at, end);
    this.at = end;
    return found;
  }
}

interface Strto {
  /** Modulo 2^64, a sign applied. */
  readonly value: bigint;
  readonly end: number;
  readonly negative: boolean;
  readonly overflow: boolean;
}

/** strtoull with base 0, from `at` on; undefined: there is no number. */
function strto(text: string, from: number): Strto | undefined {
  let at = from;
  while (isBlank(text.charCodeAt(at))) at++;
  const negative = text[at] === "-";
  if (negative || text[at] === "+") at++;
  let radix = 10;
  if (text[at] === "0") {
    const hex = (text[at + 1] === "x" || text[at + 1] === "X") && digitValue(text.charCodeAt(at + 2)) < 16;
    radix = hex ? 16 : 8;
    if (hex) at += 2;
  }
  const start = at;
  // in doubles as long as they are exact
  let value = 0;
  let big: bigint | undefined;
  for (let digit = digitValue(text.charCodeAt(at)); digit < radix; digit = digitValue(text.charCodeAt(++at))) {
    if (big !== undefined) big = big * BigInt(radix) + BigInt(digit);
    else if (value >= 2 ** 48) big = BigInt(value) * BigInt(radix) + BigInt(digit);
    else value = value * radix + digit;
  }
  if (at === start) return undefined;
  const whole = big ?? BigInt(value);
  const overflow = whole > U64_MAX;
  const wrapped = overflow ? U64_MAX : negative ? -whole & U64_MAX : whole;
  return { value: wrapped, end: at, negative, overflow };
}

/** A plain decimal word of at most 9 digits without a leading zero, or -1: most numbers are one. */
function plainDecimal(text: string): number {
  const { length } = text;
  if (length === 0 || length > 9 || (length > 1 && text.charCodeAt(0) === 48)) return -1;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function unsignedWord(text: string): bigint {
  if (text === "") throw new UsageError("missing required numeric argument");
  const found = strto(text, 0);
  if (found === undefined || found.end !== text.length || found.overflow) {
    throw new UsageError(`invalid numeric format ${text}`);
  }
  return found.value;
}

function limited(text: string, name: string, max: number): number {
  const plain = plainDecimal(text);
  if (plain >= 0 && plain <= max) return plain;
  const found = strto(text, 0);
  const ok = found !== undefined && found.end === text.length && !found.overflow && found.value <= BigInt(max);
  if (!ok) throw new UsageError(`invalid ${name} "${text}"`);
  return Number(found.value);
}

/** @throws UsageError */
export function strToU8(text: string, name: string): number {
  return limited(text, name, 255);
}

/** @throws UsageError */
export function strToU16(text: string, name: string): number {
  return limited(text, name, 65535);
}

/** What is above 32 bits is lost without a word, as in the reference. @throws UsageError */
export function strToU32(text: string): number {
  const plain = plainDecimal(text);
  return plain >= 0 ? plain : Number(unsignedWord(text) & 0xffffffffn);
}

/** @throws UsageError */
export function strToU64(text: string): bigint {
  return unsignedWord(text);
}

/** atoi: what follows the digits does not matter, and no digits are 0. */
export function atoi(text: string): number {
  return Number.parseInt(text, 10) | 0;
}

/** strtoull of a beginning: 0 where there is no number. */
export function strtoull(text: string): bigint {
  return strto(text, 0)?.value ?? 0n;
}

export type IntError = "ERANGE" | "EINVAL";

/**
 * Reads an integer of out.length bytes, however many those are, most significant first; blanks may stand between
 * hexadecimal digits.
 * @returns where it ends, or what is wrong
 */
export function parseIntString(text: string, from: number, out: Uint8Array): number | IntError {
  if (text[from] === "0" && (text[from + 1] === "x" || text[from + 1] === "X")) return parseHex(text, from + 2, out);
  const found = strto(text, from);
  if (found === undefined) return "EINVAL";
  if (found.overflow) return "ERANGE";
  if (out.length <= 4 && found.value <= 0xffffffffn) {
    let left = Number(found.value);
    for (let i = out.length - 1; i >= 0; i--, left >>>= 8) out[i] = left;
    return left === 0 ? found.end : "ERANGE";
  }
  let left = found.value;
  for (let i = out.length - 1; i >= 0; i--, left >>= 8n) out[i] = Number(left & 0xffn);
  return left === 0n ? found.end : "ERANGE";
}

function parseHex(text: string, from: number, out: Uint8Array): number | "ERANGE" {
  const digits: number[] = [];
  let at = from;
  for (; ; at++) {
    while (isBlank(text.charCodeAt(at))) at++;
    const digit = digitValue(text.charCodeAt(at));
    if (digit > 15) break;
    if (digit === 0 && digits.length === 0) continue;
    if (digits.length === 2 * out.length) return "ERANGE";
    digits.push(digit);
  }
  out.fill(0);
  for (let i = digits.length - 1, byte = out.length - 1; i >= 0; i -= 2, byte--) {
    out[byte] = digits[i]! | ((digits[i - 1] ?? 0) << 4);
  }
  return at;
}
