// parse-ct - ct(...) and nat(...): read to be checked and shown; nothing here tracks connections.
import { UsageError } from "../errors.ts";
import { formatIpv4, formatIpv6, parseIpv6, scanIpv4, scanIpv6Text } from "./address.ts";
import { formatCt } from "./format-ofpacts.ts";
import { KeyValues } from "./key-value.ts";
import type { Ct, Ofpact } from "./ofpact.ts";
import type { OfpactContext } from "./ofpact-context.ts";
import { Scanner, strToU16 } from "./scan.ts";
import { parseSubfield } from "./subfield.ts";
import { TABLE_ANY } from "./tables.ts";

/** Reads the actions of exec(). */
export type ReadNested = (text: string) => readonly Ofpact[];

function parseZone(value: string): Pick<Ct, "zone" | "zoneSource"> {
  try {
    return { zone: strToU16(value, "zone") };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { zone: 0, zoneSource: parseSubfield(value) };
  }
}

function parseAlg(value: string): number {
  if (value === "ftp") return 21;
  if (value === "tftp") return 69;
  throw new UsageError(`invalid conntrack helper "${value}"`);
}

function parseCtTable(value: string, context: OfpactContext): number {
  const table = context.table(value);
  if (table === undefined) throw new UsageError(`unknown table ${value}`);
  if (table === TABLE_ANY) throw new UsageError("invalid table 0xff");
  return table;
}

export function parseCt(text: string, context: OfpactContext, readNested: ReadNested): Ofpact {
  const actions: Ofpact[] = [];
  let spec: Ct = { commit: false, force: false, zone: 0, alg: 0, actions };
  const pairs = new KeyValues(text);
  while (pairs.next()) {
    const { key, value } = pairs;
    if (key === "commit" || key === "force") spec = { ...spec, [key]: true };
    else if (key === "table") spec = { ...spec, table: parseCtTable(value, context) };
    else if (key === "zone") spec = { ...spec, ...parseZone(value) };
    else if (key === "alg") spec = { ...spec, alg: parseAlg(value) };
    else if (key === "nat") actions.push(parseNat(value));
    else if (key === "exec") actions.push(...readNested(value));
    else throw new UsageError(`invalid argument to "ct" action: \`${key}'`);
  }
  if (spec.force && !spec.commit) throw new UsageError('"force" flag requires "commit" flag.');
  return { type: "ct", text: formatCt(spec, context.names), spec };
}

interface NatRange {
  readonly family: 0 | 4 | 6;
  readonly text: string;
}

/** An address as a number that orders like it. */
type Address = { readonly text: string; readonly order: string };

function scanAddress(scanner: Scanner, family: 4 | 6): Address | undefined {
  if (family === 4) {
    if (!scanIpv4(scanner)) return undefined;
    return { text: formatIpv4(scanner.value), order: scanner.value.toString(16).padStart(8, "0") };
  }
  const start = scanner.at;
  const bracketed = scanner.literal("[");
  const word = scanIpv6Text(scanner);
  const ip = word === undefined ? undefined : parseIpv6(word);
  if (ip === undefined || (bracketed && !scanner.literal("]"))) {
    scanner.at = start;
    return undefined;
  }
  return { text: formatIpv6(ip), order: Array.from(ip, (byte) => byte.toString(16).padStart(2, "0")).join("") };
}

/** `MIN[-MAX][:PORT[-PORT]]` */
function parseNatRange(text: string): NatRange {
  const scanner = new Scanner(text);
  const invalid = (): UsageError => new UsageError(`invalid nat range "${text}"`);
  let family: 0 | 4 | 6 = 4;
  let min = scanAddress(scanner, 4);
  if (min === undefined) {
    family = 6;
    min = scanAddress(scanner, 6);
  }
  if (min === undefined) family = 0;
  let max: Address | undefined;
  if (family !== 0 && scanner.literal("-")) {
    max = scanAddress(scanner, family);
    if (max === undefined || max.order < min!.order) throw invalid();
  }
  let ports = "";
  if (family !== 0 && scanner.literal(":")) {
    if (!scanner.int(10)) throw invalid();
    const first = scanner.value & 0xffff;
    let last = first;
    if (scanner.literal("-")) {
      if (!scanner.int(10)) throw invalid();
      last = scanner.value & 0xffff;
      if (last < first) throw invalid();
    }
    if (first !== 0) ports = last === first || last === 0 ? `:${first}` : `:${first}-${last}`;
  }
  if (!scanner.done) {
    throw new UsageError(`garbage (${text.slice(scanner.at)}) after nat range "${text}" (pos: ${scanner.at})`);
  }
  if (min === undefined) return { family, text: "" };
  const shown = (address: Address): string => (family === 6 && ports !== "" ? `[${address.text}]` : address.text);
  const to = max === undefined || max.order === min.order ? "" : `-${shown(max)}`;
  return { family, text: `=${shown(min)}${to}${ports}` };
}

export function parseNat(text: string): Ofpact {
  const flags = new Set<string>();
  let range: NatRange = { family: 0, text: "" };
  const pairs = new KeyValues(text);
  while (pairs.next()) {
    const { key, value } = pairs;
    if (!["src", "dst", "persistent", "hash", "random"].includes(key)) {
      throw new UsageError(`invalid key "${key}" in "nat" argument`);
    }
    flags.add(key);
    if (key === "src" || key === "dst") range = parseNatRange(value);
  }
  const directed = flags.has("src") || flags.has("dst");
  if (flags.has("src") && flags.has("dst")) throw new UsageError('May only specify one of "src" or "dst".');
  if (!directed && flags.size > 0) throw new UsageError('Flags allowed only with "src" or "dst".');
  if (flags.has("hash") && flags.has("random")) throw new UsageError('Both "hash" and "random" are not allowed.');
  return { type: "nat", family: range.family, text: directed ? formatNat(flags, range) : "nat" };
}

function formatNat(flags: ReadonlySet<string>, range: NatRange): string {
  const parts = [`${flags.has("src") ? "src" : "dst"}${range.text}`];
  // without a range its flags are not shown
  if (range.family !== 0) parts.push(...["persistent", "hash", "random"].filter((flag) => flags.has(flag)));
  return `nat(${parts.join(",")})`;
}
