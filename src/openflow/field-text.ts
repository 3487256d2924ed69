// field-text - a field's value and mask as text (mf_parse and mf_format of OVS 3.1).
import { UsageError } from "../errors.ts";
import {
  formatIpv4Masked,
  formatIpv6Masked,
  formatMac,
  parseIpv4Masked,
  parseIpv6Masked,
  parseMacMasked,
} from "./address.ts";
import type { MfField } from "./field.ts";
import { isAllOnes, isAllZeros, mfIsMaskValid, putNumber, valueNumber } from "./field-value.ts";
import { CT_STATES, formatFlagsMasked, parseFlagsMasked, TCP_FLAGS, TUNNEL_FLAGS } from "./flags.ts";
import { formatPort, type OfLog, type PortMap, parsePort, portFromOfp11, portToOfp11 } from "./ports.ts";
import { parseIntString } from "./scan.ts";

/** Fragments: mask and value of the two bits "is a fragment" and "is not the first". */
const FRAGS: readonly (readonly [name: string, mask: number, value: number])[] = [
  ["no", 3, 0],
  ["first", 3, 1],
  ["later", 3, 3],
  ["no", 1, 0],
  ["yes", 1, 1],
  ["not_later", 2, 0],
  ["later", 2, 2],
];

/** What names in values are looked up in, and where remarks go. */
export interface NameContext {
  readonly ports?: PortMap | undefined;
  readonly log?: OfLog | undefined;
}

export const formatHexBytes = (bytes: Uint8Array): string => {
  let text = "";
  for (const byte of bytes)
    text += text === "" ? (byte === 0 ? "" : byte.toString(16)) : byte.toString(16).padStart(2, "0");
  return text === "" ? "0" : `0x${text}`;
};

function parseInteger(field: MfField, text: string, value: Uint8Array, mask: Uint8Array): void {
  let what = "value";
  let end = parseIntString(text, 0, value);
  if (typeof end === "number" && text[end] === "/") {
    what = "mask";
    end = parseIntString(text, end + 1, mask);
  } else {
    mask.fill(0xff);
  }
  if (end === "ERANGE") throw new UsageError(`${text}: ${what} too large for ${field.bytes}-byte field ${field.name}`);
  if (end !== text.length) throw new UsageError(`${text}: bad syntax for ${field.name} ${what}`);
}

function parsePortField(field: MfField, text: string, value: Uint8Array, mask: Uint8Array, names: NameContext): void {
  const port = parsePort(text, names.ports, names.log);
  if (port === undefined) {
    const what = field.format === "port" ? "invalid or unknown port" : "port value out of range";
    throw new UsageError(`${text}: ${what} for ${field.name}`);
  }
  putNumber(value, field.format === "port" ? port : portToOfp11(port));
  mask.fill(0xff);
}

function parseFrag(text: string, value: Uint8Array, mask: Uint8Array): void {
  const found = FRAGS.find(([name]) => name === text.toLowerCase());
  if (found === undefined) {
    throw new UsageError(`${text}: unknown fragment type (valid types are "no", "yes", "first", "later", "not_later"`);
  }
  // the bits that no fragment has are given as ones, so that a mask of both bits is an exact one
  mask[0] = found[1] | 0xfc;
  value[0] = found[2];
}

function parsePacketType(text: string, value: Uint8Array): void {
  let at = 0;
  const fail = (what: string): UsageError => new UsageError(`${text.slice(at)}: bad syntax for packet type ${what}`);
  if (text[0] !== "(") throw fail("missing '('");
  at = 1;
  const comma = parseIntString(text, at, value.subarray(0, 2));
  if (typeof comma !== "number") throw fail("ns");
  if (text[comma] !== ",") throw fail("missing ','");
  at = comma + 1;
  const end = parseIntString(text, at, value.subarray(2, 4));
  if (typeof end !== "number") throw fail("ns_type");
  if (text[end] !== ")") throw fail("missing ')'");
}

/** Reads `text` into the first field.bytes bytes of value and mask. @throws UsageError */
export function mfParse(field: MfField, text: string, value: Uint8Array, mask: Uint8Array, names: NameContext): void {
  if (text === "*") {
    value.fill(0);
    mask.fill(0);
    return;
  }
  switch (field.format) {
    case "decimal":
    case "hexadecimal":
      parseInteger(field, text, value, mask);
      break;
    case "ethernet":
      parseMacMasked(text, value, mask);
      break;
    case "ipv4": {
      const found = parseIpv4Masked(text);
      putNumber(value, found.ip);
      putNumber(mask, found.mask);
      break;
    }
    case "ipv6": {
      const found = parseIpv6Masked(text);
      value.set(found.ip);
      mask.set(found.mask);
      break;
    }
    case "port":
    case "port32":
      parsePortField(field, text, value, mask, names);
      break;
    case "frag":
      parseFrag(text, value, mask);
      break;
    case "packet_type":
      parsePacketType(text, value);
      mask.fill(0xff);
      break;
    default: {
      const found = parseFlagsMasked(text, flagsOf(field));
      putNumber(value, found.flags);
      putNumber(mask, found.mask);
    }
  }
  if (!mfIsMaskValid(field, mask)) throw new UsageError(`${text}: invalid mask for field ${field.name}`);
}

const flagsOf = (field: MfField) =>
  field.format === "tcp_flags" ? TCP_FLAGS : field.format === "ct_state" ? CT_STATES : TUNNEL_FLAGS;

/** A whole value. @throws UsageError where there is a mask */
export function mfParseValue(field: MfField, text: string, names: NameContext): Uint8Array {
  const value = new Uint8Array(field.bytes);
  const mask = new Uint8Array(field.bytes);
  mfParse(field, text, value, mask, names);
  if (!isAllOnes(mask)) throw new UsageError(`${text}: wildcards not allowed here`);
  return value;
}

function formatInteger(field: MfField, value: Uint8Array): string {
  if (field.format === "hexadecimal") return formatHexBytes(value);
  return field.bytes <= 4 ? String(valueNumber(value)) : BigInt.asIntN(64, BigInt(`0x${hexDigits(value)}`)).toString();
}

const hexDigits = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function formatPacketType(value: number, mask: number): string {
  if (value === 0 && mask === 0xffffffff) return "eth";
  const half = (v: number, m: number): string => {
    if (m === 0) return "*";
    return `${v > 9 ? `0x${v.toString(16)}` : v}${m === 0xffff ? "" : `/0x${m.toString(16)}`}`;
  };
  return `packet_type=(${half(value >>> 16, mask >>> 16)},${half(value & 0xffff, mask & 0xffff)})`;
}

/** `value` or `value/mask`; mask undefined: exact. */
export function mfFormat(field: MfField, value: Uint8Array, mask: Uint8Array | undefined, ports?: PortMap): string {
  if (mask !== undefined && isAllZeros(mask)) return "ANY";
  const part = mask === undefined || isAllOnes(mask) ? undefined : mask;
  switch (field.format) {
    case "port":
    case "port32":
      if (part !== undefined) return `${formatInteger(field, value)}/${formatHexBytes(part)}`;
      return formatPort(
        field.format === "port" ? valueNumber(value) : (portFromOfp11(valueNumber(value)) ?? 0xffff),
        ports,
      );
    case "decimal":
    case "hexadecimal":
      return formatInteger(field, value) + (part === undefined ? "" : `/${formatHexBytes(part)}`);
    case "ethernet":
      return formatMac(value) + (part === undefined ? "" : `/${formatMac(part)}`);
    case "ipv4":
      return formatIpv4Masked(valueNumber(value), part === undefined ? 0xffffffff : valueNumber(part));
    case "ipv6":
      return formatIpv6Masked(value, part);
    case "frag": {
      const bits = (part?.[0] ?? 3) & 3;
      return FRAGS.find(([, m, v]) => m === bits && v === (value[0]! & bits))?.[0] ?? "<error>";
    }
    case "packet_type":
      return formatPacketType(valueNumber(value), part === undefined ? 0xffffffff : valueNumber(part));
    default: {
      const kind = flagsOf(field);
      // 32 ones are not what ct_state takes for exact: bits 8 and up are unknown to it
      const bits = part === undefined ? (field.format === "ct_state" ? 0xffffffff : kind.exact) : valueNumber(part);
      const limit = field.format === "tun_flags" ? 1 : field.format === "tcp_flags" ? 0xfff : 0xffffffff;
      return formatFlagsMasked(valueNumber(value), bits & limit, kind, field.format === "tun_flags" ? 1 : kind.exact);
    }
  }
}
