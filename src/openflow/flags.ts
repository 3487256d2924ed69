// flags - sets of named bits: TCP flags, connection states, tunnel flags; `+syn-ack` where some are masked, `syn|ack`
// where all are given (format_flags_masked and parse_flags of OVS 3.1).
import { UsageError } from "../errors.ts";
import { Scanner } from "./scan.ts";

/** Names by bit number; a bit without a name is written as a number. */
export interface FlagNames {
  /** What error messages call them. */
  readonly title: string;
  readonly names: readonly string[];
  /** The bits that may be given. */
  readonly allowed: number;
  /** The mask that counts as exact. */
  readonly exact: number;
}

export const TCP_FLAGS: FlagNames = {
  title: "TCP",
  names: ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ns", "[200]", "[400]", "[800]"],
  allowed: 0xfff,
  exact: 0xfff,
};
/** The field is 32 bits wide, and its exact mask never is all of those that count. */
export const CT_STATES: FlagNames = {
  title: "ct_state",
  names: ["new", "est", "rel", "rpl", "inv", "trk", "snat", "dnat"],
  allowed: 0xff,
  exact: 0xffff,
};
/** Of a tunnel's flags only oam is OpenFlow's; the others are shown of datapath flows. */
export const TUNNEL_FLAGS: FlagNames = { title: "tunnel", names: ["oam", "df", "csum", "key"], allowed: 1, exact: 0xf };

/** `a|b`, or 0. */
export function formatFlags(flags: number, { names }: FlagNames, separator = "|"): string {
  const words: string[] = [];
  let unnamed = 0;
  for (let bit = 0; bit < 32; bit++) {
    if (((flags >>> bit) & 1) === 0) continue;
    const name = names[bit];
    if (name === undefined) unnamed |= 1 << bit;
    else words.push(name);
  }
  if (unnamed !== 0) words.push(`0x${(unnamed >>> 0).toString(16)}`);
  return words.length === 0 ? "0" : words.join(separator);
}

/** `+a-b`, or `a|b` where the mask is exact. */
export function formatFlagsMasked(flags: number, mask: number, kind: FlagNames, exact = kind.exact): string {
  if (mask === exact) return formatFlags(flags, kind);
  if (mask === 0) return "0/0";
  let text = "";
  for (let bit = 0; bit < 32; bit++) {
    if (((mask >>> bit) & 1) === 0) continue;
    text += `${(flags >>> bit) & 1 ? "+" : "-"}${kind.names[bit] ?? "[Unknown]"}`;
  }
  return text;
}

function unknownFlag(text: string, kind: FlagNames): UsageError {
  return new UsageError(`${text}: unknown ${kind.title} flag(s)`);
}

/** `FLAGS/MASK` in numbers, `+a-b`, or `a|b|0x4`, which is exact. @throws UsageError */
export function parseFlagsMasked(text: string, kind: FlagNames): { flags: number; mask: number } {
  const scanner = new Scanner(text);
  if (scanner.int(0)) {
    const flags = scanner.value;
    if (scanner.literal("/") && scanner.int(0)) {
      if ((flags | scanner.value) & ~kind.allowed) throw unknownFlag(text, kind);
      return { flags, mask: scanner.value };
    }
  }
  if (text.startsWith("+") || text.startsWith("-")) return parseSigned(text, kind);
  return { flags: parseFlags(text, kind), mask: 0xffffffff };
}

function parseSigned(text: string, kind: FlagNames): { flags: number; mask: number } {
  let flags = 0;
  let mask = 0;
  let at = 0;
  while (at < text.length) {
    const sign = text[at]!;
    if (sign !== "+" && sign !== "-") {
      throw new UsageError(`${text.slice(at)}: ${kind.title} must be preceded by '+' (for SET) or '-' (NOT SET)`);
    }
    const rest = text.slice(at + 1);
    const bit = kind.names.findIndex((name) => rest.startsWith(name) && /^$|^[+-]/.test(rest.slice(name.length)));
    if (bit < 0) throw unknownFlag(rest, kind);
    if ((mask >>> bit) & 1) throw new UsageError(`${rest}: Each ${kind.title} flag can be specified only once`);
    if (((kind.allowed >>> bit) & 1) === 0) throw unknownFlag(rest, kind);
    if (sign === "+") flags |= 1 << bit;
    mask |= 1 << bit;
    at += 1 + kind.names[bit]!.length;
  }
  return { flags, mask };
}

/** `a|b|0x4`. @throws UsageError */
function parseFlags(text: string, kind: FlagNames): number {
  let flags = 0;
  let at = 0;
  while (at < text.length) {
    const scanner = new Scanner(text, at);
    let bits: number;
    if (scanner.int(0)) {
      bits = scanner.value;
      at = scanner.at + (text[scanner.at] === "|" ? 1 : 0);
    } else {
      const end = text.indexOf("|", at);
      const word = text.slice(at, end < 0 ? text.length : end);
      const bit = kind.names.indexOf(word);
      if (bit < 0) throw unknownFlag(text, kind);
      bits = 1 << bit;
      at += word.length + (end < 0 ? 0 : 1);
    }
    if (bits & ~kind.allowed) throw unknownFlag(text, kind);
    flags |= bits;
  }
  return flags;
}
