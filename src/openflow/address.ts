// address - MAC, IPv4 and IPv6 addresses with masks as OVS reads and prints them. Bytes are in the order of the wire;
// an IPv4 address is a number as well.
import { UsageError } from "../errors.ts";
import { Scanner } from "./scan.ts";

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

/** `00:11:22:33:44:55`, from bytes[at]. */
export function formatMac(bytes: Uint8Array, at = 0): string {
  const hex = (i: number): string => HEX[bytes[at + i]!]!;
  return `${hex(0)}:${hex(1)}:${hex(2)}:${hex(3)}:${hex(4)}:${hex(5)}`;
}

/** Reads a MAC address into out; more than two digits of a byte are cut, as the reference does. */
export function scanMac(scanner: Scanner, out: Uint8Array, at = 0): boolean {
  const start = scanner.at;
  for (let i = 0; i < 6; i++) {
    if ((i > 0 && !scanner.literal(":")) || !scanner.int(16)) {
      scanner.at = start;
      return false;
    }
    out[at + i] = scanner.value;
  }
  return true;
}

/** The address that a text begins with. @throws UsageError */
export function parseMacStart(text: string): Uint8Array {
  const mac = new Uint8Array(6);
  if (!scanMac(new Scanner(text), mac)) throw new UsageError(`invalid mac address ${text}`);
  return mac;
}

/** `MAC` or `MAC/MASK`. @throws UsageError */
export function parseMacMasked(text: string, value: Uint8Array, mask: Uint8Array): void {
  const scanner = new Scanner(text);
  let ok = scanMac(scanner, value);
  if (ok && scanner.done) {
    mask.fill(0xff);
    return;
  }
  ok = ok && scanner.literal("/") && scanMac(scanner, mask) && scanner.done;
  if (!ok) throw new UsageError(`${text}: invalid Ethernet address`);
}

/** From big-endian bytes. */
function formatIpv4Bytes(bytes: Uint8Array, at = 0): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

export function formatIpv4(ip: number): string {
  return `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`;
}

/** The number of leading ones, or -1 where ones follow a zero. */
export function ipv4PrefixLength(mask: number): number {
  const inverted = ~mask >>> 0;
  return (inverted & (inverted + 1)) === 0 ? Math.clz32(inverted) : -1;
}

export function formatIpv4Masked(ip: number, mask: number): string {
  if (mask === 0xffffffff) return formatIpv4(ip);
  const prefix = ipv4PrefixLength(mask);
  return `${formatIpv4(ip)}/${prefix >= 0 ? prefix : formatIpv4(mask)}`;
}

/** Reads four decimal bytes, each modulo 256, into scanner.value. */
export function scanIpv4(scanner: Scanner): boolean {
  const start = scanner.at;
  let ip = 0;
  for (let i = 0; i < 4; i++) {
    if ((i > 0 && !scanner.literal(".")) || !scanner.int(10)) {
      scanner.at = start;
      return false;
    }
    ip = ((ip << 8) | (scanner.value & 255)) >>> 0;
  }
  scanner.value = ip;
  return true;
}

const prefixMask = (prefix: number): number => (prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0);

/** `IP`, `IP/PREFIX` or `IP/MASK` from the scanner on. @throws UsageError */
function scanIpv4Masked(scanner: Scanner): { ip: number; mask: number } {
  const { text } = scanner;
  if (!scanIpv4(scanner)) throw new UsageError(`${text}: invalid IP address`);
  const ip = scanner.value;
  const end = scanner.at;
  if (scanner.literal("/")) {
    if (scanIpv4(scanner)) return { ip, mask: scanner.value };
    if (scanner.int(10)) {
      const prefix = scanner.value | 0;
      if (prefix >= 0 && prefix <= 32) return { ip, mask: prefixMask(prefix) };
      throw new UsageError(`${text}: IPv4 network prefix bits not between 0 and 32, inclusive`);
    }
  }
  scanner.at = end;
  return { ip, mask: 0xffffffff };
}

/** The whole text. @throws UsageError */
export function parseIpv4Masked(text: string): { ip: number; mask: number } {
  const scanner = new Scanner(text);
  const found = scanIpv4Masked(scanner);
  if (!scanner.done) throw new UsageError(`${text}: invalid IP address`);
  return found;
}

/** A plain dotted quad, as inet_pton takes it; undefined otherwise. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((ip, part) => ip * 256 + Number(part), 0);
}

const isIpv6Char = (code: number): boolean =>
  (code >= 48 && code <= 58) || code === 46 || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);

/** The characters that an IPv6 address may have, at most 46. */
export function scanIpv6Text(scanner: Scanner): string | undefined {
  return scanner.run(isIpv6Char, 46);
}

/** 16 bytes, as inet_pton reads them; undefined: not an address. */
export function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groups = halves.map(groupsOf);
  const [head, tail] = groups;
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...Array<number>(missing).fill(0), ...(tail ?? [])];
  return Uint8Array.from(all.flatMap((group) => [group >>> 8, group & 255]));
}

/** Groups of 16 bits between colons, the last two perhaps as a dotted quad; an empty text has none. */
function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const words = text.split(":");
  for (const [i, word] of words.entries()) {
    if (i === words.length - 1 && word.includes(".")) {
      const ip = parseIpv4(word);
      if (ip === undefined) return undefined;
      groups.push(ip >>> 16, ip & 0xffff);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(word)) return undefined;
      groups.push(Number.parseInt(word, 16));
    }
  }
  return groups;
}

/**
 * As inet_ntop writes it: the longest run of at least two zero groups is `::`, and embedded IPv4 addresses are dotted.
 */
export function formatIpv6(bytes: Uint8Array, at = 0): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[at + 2 * i]! << 8) | bytes[at + 2 * i + 1]!);
  let best = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && groups[i + n] === 0) n++;
    if (n > length) [best, length] = [i, n];
    i += n;
  }
  const dotted = best === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff));
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  if (best < 0) return hex(0, 8);
  if (dotted) return `::${length === 5 ? "ffff:" : ""}${formatIpv4Bytes(bytes, at + 12)}`;
  return `${hex(0, best)}::${hex(best + length, 8)}`;
}

/** The number of leading ones, or -1 where ones follow a zero. */
function ipv6PrefixLength(mask: Uint8Array): number {
  let n = 0;
  while (n < 128 && mask[n >> 3]! & (0x80 >> (n & 7))) n++;
  for (let i = n; i < 128; i++) if (mask[i >> 3]! & (0x80 >> (i & 7))) return -1;
  return n;
}

export function formatIpv6Masked(ip: Uint8Array, mask: Uint8Array | undefined): string {
  if (mask === undefined) return formatIpv6(ip);
  const prefix = ipv6PrefixLength(mask);
  if (prefix === 128) return formatIpv6(ip);
  return `${formatIpv6(ip)}/${prefix >= 0 ? prefix : formatIpv6(mask)}`;
}

function prefixMask6(prefix: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => 0xff00 >> Math.max(0, Math.min(8, prefix - 8 * i)));
}

/** `IP`, `IP/PREFIX` or `IP/MASK` from the scanner on. @throws UsageError */
function scanIpv6Masked(scanner: Scanner): { ip: Uint8Array; mask: Uint8Array } {
  const { text } = scanner;
  scanner.blanks();
  const word = scanIpv6Text(scanner);
  const ip = word === undefined ? undefined : parseIpv6(word);
  if (ip === undefined) throw new UsageError(`${text}: invalid IPv6 address`);
  const end = scanner.at;
  if (!scanner.literal("/")) return { ip, mask: prefixMask6(128) };
  const digits = scanner.at;
  if (scanner.int(10)) {
    const prefix = scanner.value | 0;
    if (prefix >= 0 && prefix <= 128) return { ip, mask: prefixMask6(prefix) };
    throw new UsageError(`${text}: IPv6 network prefix bits not between 0 and 128, inclusive`);
  }
  scanner.at = digits;
  const maskWord = scanIpv6Text(scanner);
  if (maskWord === undefined) {
    scanner.at = end;
    return { ip, mask: prefixMask6(128) };
  }
  const mask = parseIpv6(maskWord);
  if (mask === undefined) throw new UsageError(`${text}: Invalid IPv6 mask`);
  return { ip, mask };
}

/** The whole text. @throws UsageError */
export function parseIpv6Masked(text: string): { ip: Uint8Array; mask: Uint8Array } {
  const scanner = new Scanner(text);
  const found = scanIpv6Masked(scanner);
  if (!scanner.done) throw new UsageError(`${text}: invalid IPv6 address`);
  return found;
}
