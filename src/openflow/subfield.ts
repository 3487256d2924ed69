// subfield - a field's bits as actions name them, `NXM_NX_REG0[0..15]` (mf_subfield of OVS 3.1): text, checks, and
// moving them about. Values of a subfield are big-endian bytes, of which the last `bits` bits count.
import { UsageError } from "../errors.ts";
import type { MfField } from "./field.ts";
import { mfMatchPrereqsOk, mfPrereqsOk } from "./field-prereqs.ts";
import { mfFromAnyName } from "./field-table.ts";
import { mfGet, mfMaskFieldMasked, mfSet, mfSetFlow } from "./field-value.ts";
import type { Flow, Match } from "./flow.ts";
import type { Subfield } from "./ofpact.ts";
import type { OfLog } from "./ports.ts";
import { Scanner } from "./scan.ts";

/** Copies n bits between big-endian values; bit 0 is the last byte's lowest. */
export function copyBits(
  source: Uint8Array,
  sourceStart: number,
  destination: Uint8Array,
  destinationStart: number,
  n: number,
): void {
  for (let i = 0; i < n; i++) {
    const from = sourceStart + i;
    const to = destinationStart + i;
    const bit = (source[source.length - 1 - (from >>> 3)]! >>> (from & 7)) & 1;
    const at = destination.length - 1 - (to >>> 3);
    destination[at] = (destination[at]! & ~(1 << (to & 7))) | (bit << (to & 7));
  }
}

/** Whether n bits from start on are all zero. */
export function areBitsZero(value: Uint8Array, start: number, n: number): boolean {
  for (let i = start; i < start + n; i++) {
    if ((value[value.length - 1 - (i >>> 3)]! >>> (i & 7)) & 1) return false;
  }
  return true;
}

/** A value of `bytes` bytes with ones where the subfield is. */
export function subfieldMask({ field, start, bits }: Subfield): Uint8Array {
  const mask = new Uint8Array(field.bytes);
  copyBits(new Uint8Array(16).fill(0xff), 0, mask, start, bits);
  return mask;
}

export function wholeField(field: MfField): Subfield {
  return { field, start: 0, bits: field.bits };
}

export function isWholeField({ field, start, bits }: Subfield): boolean {
  return start === 0 && bits === field.bits;
}

/** Reads `FIELD[a..b]` from the scanner on; FIELD ends at a bracket or a minus. @throws UsageError */
export function scanSubfield(scanner: Scanner): Subfield {
  const { text } = scanner;
  const from = scanner.at;
  const rest = (): string => text.slice(from);
  let end = from;
  while (end < text.length && text[end] !== "[" && text[end] !== "-") end++;
  const name = text.slice(from, end);
  const field = mfFromAnyName(name);
  if (field === undefined) throw new UsageError(`${rest()}: unknown field \`${name}'`);
  let start = 0;
  let last = field.bits - 1;
  scanner.at = end;
  if (text[end] === "[") {
    if (!scanner.literal("[]")) {
      const range = scanRange(scanner);
      if (range === undefined) {
        throw new UsageError(`${rest()}: syntax error expecting [] or [<bit>] or [<start>..<end>]`);
      }
      [start, last] = range;
    }
  }
  const width = `is not valid because field is only ${field.bits} bits wide`;
  if (start > last) throw new UsageError(`${rest()}: starting bit ${start} is after ending bit ${last}`);
  if (start >= field.bits) throw new UsageError(`${rest()}: starting bit ${start} ${width}`);
  if (last >= field.bits) throw new UsageError(`${rest()}: ending bit ${last} ${width}`);
  return { field, start, bits: last - start + 1 };
}

/** `[a..b]` or `[a]`. */
function scanRange(scanner: Scanner): [number, number] | undefined {
  if (!scanner.literal("[") || !scanner.int(10)) return undefined;
  const start = scanner.value | 0;
  if (scanner.literal("]")) return [start, start];
  if (!scanner.literal("..") || !scanner.int(10)) return undefined;
  const last = scanner.value | 0;
  return scanner.literal("]") ? [start, last] : undefined;
}

/** The whole text. @throws UsageError */
export function parseSubfield(text: string): Subfield {
  const scanner = new Scanner(text);
  const found = scanSubfield(scanner);
  if (!scanner.done) throw new UsageError("unexpected input following field syntax");
  return found;
}

/** `NXM_NX_REG0[]`: the oldest name that NXM or OXM has for it. */
export function formatSubfield(subfield: Subfield): string {
  const { field, start, bits } = subfield;
  const name = field.nxmNames[0] ?? field.name;
  if (isWholeField(subfield)) return `${name}[]`;
  return bits === 1 ? `${name}[${start}]` : `${name}[${start}..${start + bits - 1}]`;
}

/** Whether an action may read it of packets that match. @returns an OFPERR_ name without the prefix, or undefined */
export function checkSource(subfield: Subfield, match: Match, log?: OfLog): string | undefined {
  return check(subfield, match, "source", log);
}

/** Whether an action may write it. */
export function checkDestination(subfield: Subfield, match: Match, log?: OfLog): string | undefined {
  const error = check(subfield, match, "destination", log);
  if (error !== undefined || subfield.field.writable) return error;
  log?.("WARN", "meta_flow", `destination field ${subfield.field.name} is not writable`);
  return "OFPBAC_BAD_SET_ARGUMENT";
}

function check({ field }: Subfield, match: Match, kind: string, log: OfLog | undefined): string | undefined {
  if (mfMatchPrereqsOk(field, match)) return undefined;
  log?.("WARN", "meta_flow", `${kind} field ${field.name} lacks correct prerequisites`);
  return "OFPBAC_MATCH_INCONSISTENT";
}

/** The subfield's bits, right-aligned in `bytes` bytes. */
export function readSubfield({ field, start, bits }: Subfield, flow: Flow, bytes = 16): Uint8Array {
  const out = new Uint8Array(bytes);
  copyBits(mfGet(field, flow), start, out, 0, bits);
  return out;
}

/** Sets the subfield to the last bits of `value`. */
export function writeSubfield({ field, start, bits }: Subfield, value: Uint8Array, flow: Flow): void {
  const now = mfGet(field, flow);
  copyBits(value, 0, now, start, bits);
  mfSetFlow(field, now, flow);
}

/** Makes a match look at the subfield. */
export function matchSubfield({ field, start, bits }: Subfield, value: Uint8Array, match: Match): number {
  const now = mfGet(field, match.flow);
  const mask = mfGet(field, match.mask);
  copyBits(value, 0, now, start, bits);
  copyBits(new Uint8Array(16).fill(0xff), 0, mask, start, bits);
  return mfSet(field, now, mask, match);
}

function maskSubfield(subfield: Subfield, wildcards: Flow): void {
  mfMaskFieldMasked(subfield.field, subfieldMask(subfield), wildcards);
}

/** `move`: nothing happens to a packet that lacks one of the fields; both are un-wildcarded. */
export function copySubfield(source: Subfield, destination: Subfield, flow: Flow, wildcards: Flow): void {
  if (!mfPrereqsOk(destination.field, flow, wildcards) || !mfPrereqsOk(source.field, flow, wildcards)) return;
  maskSubfield(source, wildcards);
  maskSubfield(destination, wildcards);
  writeSubfield(destination, readSubfield(source, flow), flow);
}
