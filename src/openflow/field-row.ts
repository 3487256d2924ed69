// field-row - how a row of the tables of fields is written down: storage by its shape, traits as words.
import type { MfFormat, MfPrereqs, MfRow, MfStorage, MfTrait } from "./field.ts";

/** Big-endian bytes of the flow. */
export function be(bytes: number, at: number): MfStorage {
  return { kind: "bytes", map: Array.from({ length: bytes }, (_, i) => at + i) };
}

/** A number in the CPU's order, or several, the most significant first. */
export function host(bytes: number, ...words: readonly number[]): MfStorage {
  return { kind: "bytes", map: words.flatMap((at) => Array.from({ length: bytes }, (_, i) => at + bytes - 1 - i)) };
}

/** One byte of the flow, the last of the value's. */
export function widened(bytes: number, at: number): MfStorage {
  return { kind: "bytes", map: Array.from({ length: bytes }, (_, i) => (i === bytes - 1 ? at : -1)) };
}

/** Bits of a big-endian word of the flow; lift: how far left of bit 0 the value has them. */
export function bits(
  valueBytes: number,
  at: number,
  bytes: number,
  shift: number,
  width: number,
  lift: number,
): MfStorage {
  return { kind: "bits", at, bytes, shift, width, valueBytes, lift };
}

export function port(at: number): MfStorage {
  return { kind: "port", at };
}

export function vlan(part: "tci" | "dl_vlan" | "vid" | "pcp"): MfStorage {
  return { kind: "vlan", part };
}

/** traits: words of MfTrait with blanks between them; width: bits, where it is not the whole bytes. */
export function row(
  names: string,
  storage: MfStorage,
  format: MfFormat,
  prereqs: MfPrereqs,
  traits: string,
  nxm: string,
  width?: number,
): MfRow {
  const words = traits.split(" ").filter((word): word is MfTrait => word !== "");
  return { names, storage, format, prereqs, traits: words, nxm, ...(width === undefined ? {} : { bits: width }) };
}
