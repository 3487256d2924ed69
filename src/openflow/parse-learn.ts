// parse-learn - the argument of learn(): what the learned flow is like, and specs of what it matches on and does
// (learn_parse of OVS 3.1).
import { UsageError } from "../errors.ts";
import { mfHasNxmHeader } from "./field.ts";
import { mfFormat, mfParseValue } from "./field-text.ts";
import { KeyValues } from "./key-value.ts";
import type { Learn, LearnSpec, Ofpact, Subfield } from "./ofpact.ts";
import type { OfpactContext } from "./ofpact-context.ts";
import { atoi, parseIntString, Scanner, strtoull } from "./scan.ts";
import { areBitsZero, copyBits, isWholeField, parseSubfield, scanSubfield } from "./subfield.ts";
import { TABLE_ANY } from "./tables.ts";

/** What `action` says is wrong, or its result. */
function attempt<T>(action: () => T): T | UsageError {
  try {
    return action();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
}

/** The last `bits` bits of a value, in as few bytes as hold them. */
function lastBits(value: Uint8Array, bits: number): Uint8Array {
  const out = new Uint8Array((bits + 7) >> 3);
  copyBits(value, 0, out, 0, bits);
  return out;
}

/** A value for a part of a field is a number; for all of it, it is written as the field is. */
function parseImmediate(whole: string, text: string, destination: Subfield, context: OfpactContext): Uint8Array {
  const { field, bits } = destination;
  if (isWholeField(destination)) return lastBits(mfParseValue(field, text, context.names), bits);
  const value = new Uint8Array(field.bytes);
  if (parseIntString(text, 0, value) !== text.length) throw new UsageError(`${whole}: cannot parse integer value`);
  if (!areBitsZero(value, bits, field.bytes * 8 - bits)) {
    throw new UsageError(`${whole}: value ${mfFormat(field, value, undefined)} does not fit into ${bits} bits`);
  }
  return lastBits(value, bits);
}

function requireNxm(whole: string, { field }: Subfield, name: string): void {
  if (!mfHasNxmHeader(field)) throw new UsageError(`${whole}: experimenter OXM field '${name}' not supported`);
}

/** `FIELD[]=VALUE`, `FIELD[]=FIELD[]`, `FIELD[]`. */
function parseMatchSpec(whole: string, name: string, value: string, to: Subfield, context: OfpactContext): LearnSpec {
  requireNxm(whole, to, name);
  const spec = { what: "match" as const, bits: to.bits, destination: to };
  if (value === "") return { ...spec, source: { subfield: to } };
  const from = attempt(() => parseSubfield(value));
  if (!(from instanceof UsageError)) {
    if (from.bits === to.bits) return { ...spec, source: { subfield: from } };
    throw new UsageError(`${whole}: bit widths of ${name} (${from.bits}) and ${value} (${to.bits}) differ`);
  }
  const immediate = attempt(() => parseImmediate(whole, value, to, context));
  if (!(immediate instanceof UsageError)) return { ...spec, source: { value: immediate } };
  throw new UsageError(
    `${whole}: ${name} value ${value} cannot be parsed as a subfield (${from.message}) or an immediate value ` +
      `(${immediate.message})`,
  );
}

/** `load:VALUE->FIELD[]`, `load:FIELD[]->FIELD[]`. */
function parseLoadSpec(value: string): LearnSpec {
  const arrow = value.indexOf("->");
  if (arrow === 0) throw new UsageError(`load: missing source before \`->' in \`${value}'`);
  if (arrow < 0) throw new UsageError(`load: missing \`->' in \`${value}'`);
  const number = new Uint8Array(16);
  const end = parseIntString(value, 0, number);
  if (typeof end !== "number" || end === 0) {
    const { source, destination } = parseMove(value);
    return { what: "load", bits: source.bits, source: { subfield: source }, destination };
  }
  if (end !== arrow) throw new UsageError(`load: garbage before \`->' in \`${value}'`);
  const destinationText = value.slice(arrow + 2);
  const destination = parseSubfield(destinationText);
  requireNxm(value, destination, destinationText);
  const { bits } = destination;
  if (!areBitsZero(number, bits, 128 - bits)) throw new UsageError(`${value}: value does not fit into ${bits} bits`);
  return { what: "load", bits, source: { value: lastBits(number, bits) }, destination };
}

/** `FIELD[]->FIELD[]`, of one width. @throws UsageError */
export function parseMove(text: string): { source: Subfield; destination: Subfield } {
  const scanner = new Scanner(text);
  const source = scanSubfield(scanner);
  if (!scanner.literal("->")) throw new UsageError(`${text}: missing \`->' following source`);
  const destination = parseSubfield(text.slice(scanner.at));
  if (source.bits !== destination.bits) {
    throw new UsageError(
      `${text}: source field is ${source.bits} bits wide but destination is ${destination.bits} bits wide`,
    );
  }
  return { source, destination };
}

function parseSpec(whole: string, name: string, value: string, context: OfpactContext): LearnSpec {
  const destination = attempt(() => parseSubfield(name));
  if (!(destination instanceof UsageError)) return parseMatchSpec(whole, name, value, destination, context);
  if (name === "load") return parseLoadSpec(value);
  if (name !== "output") throw new UsageError(`${whole}: unknown keyword ${name}`);
  const subfield = parseSubfield(value);
  return { what: "output", bits: subfield.bits, source: { subfield } };
}

function parseResultDestination(value: string): Subfield {
  const found = parseSubfield(value);
  if (!found.field.writable) throw new UsageError(`${value} is read-only`);
  if (found.bits !== 1) throw new UsageError("result_dst in 'learn' action must be a single bit");
  return found;
}

const u16 = (text: string): number => atoi(text) & 0xffff;

export function parseLearn(text: string, context: OfpactContext): Ofpact {
  const specs: LearnSpec[] = [];
  const spec: { -readonly [K in keyof Learn]: Learn[K] } = {
    table: 1,
    priority: 0x8000,
    idleTimeout: 0,
    hardTimeout: 0,
    finIdleTimeout: 0,
    finHardTimeout: 0,
    cookie: 0n,
    sendFlowRem: false,
    deleteLearned: false,
    limit: 0,
    specs,
  };
  const pairs = new KeyValues(text);
  while (pairs.next()) {
    const { key, value } = pairs;
    switch (key) {
      case "table": {
        const table = context.table(value);
        if (table === undefined) throw new UsageError(`unknown table "${value}"`);
        if (table === TABLE_ANY) throw new UsageError(`${text}: table id 255 not valid for \`learn' action`);
        spec.table = table;
        break;
      }
      case "priority":
        spec.priority = u16(value);
        break;
      case "idle_timeout":
        spec.idleTimeout = u16(value);
        break;
      case "hard_timeout":
        spec.hardTimeout = u16(value);
        break;
      case "fin_idle_timeout":
        spec.finIdleTimeout = u16(value);
        break;
      case "fin_hard_timeout":
        spec.finHardTimeout = u16(value);
        break;
      case "cookie":
        spec.cookie = strtoull(value);
        break;
      case "send_flow_rem":
        spec.sendFlowRem = true;
        break;
      case "delete_learned":
        spec.deleteLearned = true;
        break;
      case "limit":
        spec.limit = atoi(value) >>> 0;
        break;
      case "result_dst":
        spec.resultDestination = parseResultDestination(value);
        break;
      default:
        specs.push(parseSpec(text, key, value, context));
    }
  }
  return { type: "learn", spec };
}
