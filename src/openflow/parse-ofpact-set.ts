// parse-ofpact-set - actions that change a packet's fields, its tags and labels, or registers.
import { UsageError } from "../errors.ts";
import { parseIpv4, parseMacStart } from "./address.ts";
import { mfFromName } from "./field-table.ts";
import { mfFormat, mfParse } from "./field-text.ts";
import { mfIsValueValid } from "./field-value.ts";
import { KeyValues } from "./key-value.ts";
import type { Ofpact } from "./ofpact.ts";
import type { OfpactContext } from "./ofpact-context.ts";
import { parseMove } from "./parse-learn.ts";
import { P_NXM_OF11_UP, P_OF11_UP } from "./protocol.ts";
import { atoi, parseIntString, Scanner, strToU8, strToU16, strToU32, strToU64 } from "./scan.ts";
import { Words } from "./split-words.ts";
import { areBitsZero, copyBits, parseSubfield, scanSubfield, subfieldMask } from "./subfield.ts";

const U64_MAX = (1n << 64n) - 1n;
const VLAN_ETHERTYPES = [0x8100, 0x88a8];

/** A number within a mask of bits. @throws UsageError */
function within(text: string, value: number, mask: number, what: string): number {
  if ((value & ~mask) !== 0) throw new UsageError(`${text}: not a valid ${what}`);
  return value;
}

/** VALUE and FIELD of `VALUE->FIELD`. @throws UsageError */
function splitArrow(text: string): [value: string, field: string] {
  const arrow = text.indexOf("->");
  if (arrow < 0) throw new UsageError(`${text}: missing \`->'`);
  if (arrow + 2 === text.length) throw new UsageError(`${text}: missing field name following \`->'`);
  return [text.slice(0, arrow), text.slice(arrow + 2)];
}

export function parseVlanVid(text: string, pushIfNeeded: boolean): Ofpact {
  return { type: "set_vlan_vid", vid: within(text, strToU16(text, "VLAN VID"), 0xfff, "VLAN VID"), pushIfNeeded };
}

export function parseVlanPcp(text: string, pushIfNeeded: boolean): Ofpact {
  return { type: "set_vlan_pcp", pcp: within(text, strToU8(text, "VLAN PCP"), 7, "VLAN PCP"), pushIfNeeded };
}

export function parsePushVlan(text: string, context: OfpactContext): Ofpact {
  context.only(P_OF11_UP);
  const ethertype = strToU16(text, "ethertype");
  if (!VLAN_ETHERTYPES.includes(ethertype)) throw new UsageError(`${text}: not a valid VLAN ethertype`);
  return { type: "push_vlan", ethertype };
}

export function parseEthAddress(text: string, type: "set_eth_src" | "set_eth_dst"): Ofpact {
  return { type, mac: parseMacStart(text) };
}

export function parseIpAddress(text: string, type: "set_ipv4_src" | "set_ipv4_dst", context: OfpactContext): Ofpact {
  const ip = parseIpv4(text);
  if (ip === undefined) {
    context.names.log?.("ERR", "socket_util", `"${text}" is not a valid IP address`);
    throw new UsageError(`${text}: could not convert to IP address`);
  }
  return { type, ip };
}

export function parseIpTos(text: string): Ofpact {
  return { type: "set_ip_dscp", dscp: within(text, strToU8(text, "TOS"), 0xfc, "TOS") };
}

export function parseIpEcn(text: string): Ofpact {
  return { type: "set_ip_ecn", ecn: within(text, strToU8(text, "ECN"), 3, "ECN") };
}

export function parseDecTtl(text: string): Ofpact {
  if (text === "") return { type: "dec_ttl", controllers: [] };
  const words = new Words(text);
  const controllers: number[] = [];
  for (let word = words.next(", "); word !== undefined; word = words.next(", ")) controllers.push(atoi(word) & 0xffff);
  if (controllers.length === 0) throw new UsageError("dec_ttl_cnt_ids: expected at least one controller id.");
  return { type: "dec_ttl", controllers };
}

function mplsArgument(text: string, name: string, what: string): string {
  if (text === "") throw new UsageError(`set_mpls_${name}: expected ${what}.`);
  return text;
}

export function parseMplsLabel(text: string): Ofpact {
  const label = strToU32(mplsArgument(text, "label", "label"));
  return { type: "set_mpls_label", label: within(text, label, 0xfffff, "MPLS label") };
}

export function parseMplsTc(text: string): Ofpact {
  const tc = strToU8(mplsArgument(text, "tc", "tc"), "MPLS TC");
  return { type: "set_mpls_tc", tc: within(text, tc, 7, "MPLS TC") };
}

export function parseMplsTtl(text: string): Ofpact {
  return { type: "set_mpls_ttl", ttl: strToU8(mplsArgument(text, "ttl", "ttl"), "MPLS TTL") };
}

export function parseTunnelId(text: string, wide: boolean): Ofpact {
  return { type: "set_tunnel", tunnelId: strToU64(text), wide };
}

/** `set_field:VALUE[/MASK]->FIELD` */
export function parseSetField(text: string, context: OfpactContext): Ofpact {
  const [valueText, name] = splitArrow(text);
  const field = mfFromName(name);
  if (field === undefined) throw new UsageError(`${name} is not a valid OXM field name`);
  if (!field.writable) throw new UsageError(`${name} is read-only`);
  const value = new Uint8Array(field.bytes);
  const mask = new Uint8Array(field.bytes);
  mfParse(field, valueText, value, mask, context.names);
  if (!mfIsValueValid(field, value)) throw new UsageError(`${valueText} is not a valid value for field ${name}`);
  context.only(field.protocolsExact);
  return { type: "set_field", field, value, mask };
}

/** `load:VALUE->FIELD[..]` */
export function parseLoad(text: string): Ofpact {
  const [, name] = splitArrow(text);
  const destination = parseSubfield(name);
  const { field, start, bits } = destination;
  const number = new Uint8Array(field.bytes);
  if (typeof parseIntString(text, 0, number) !== "number") throw new UsageError(`${text}: cannot parse integer value`);
  if (!areBitsZero(number, bits, field.bytes * 8 - bits)) {
    throw new UsageError(`${text}: value ${mfFormat(field, number, undefined)} does not fit into ${bits} bits`);
  }
  const value = new Uint8Array(field.bytes);
  copyBits(number, 0, value, start, bits);
  return { type: "set_field", field, value, mask: subfieldMask(destination), compat: "load" };
}

export function parseRegMove(text: string): Ofpact {
  return { type: "reg_move", ...parseMove(text) };
}

export function parseStack(text: string, type: "stack_push" | "stack_pop"): Ofpact {
  const scanner = new Scanner(text);
  const subfield = scanSubfield(scanner);
  if (!scanner.done) throw new UsageError(`${text.slice(scanner.at)}: trailing garbage following push or pop`);
  return { type, subfield };
}

export function parseFinTimeout(text: string): Ofpact {
  let idle = 0;
  let hard = 0;
  const pairs = new KeyValues(text);
  while (pairs.next()) {
    if (pairs.key === "idle_timeout") idle = strToU16(pairs.value, pairs.key);
    else if (pairs.key === "hard_timeout") hard = strToU16(pairs.value, pairs.key);
    else throw new UsageError(`invalid key '${pairs.key}' in 'fin_timeout' argument`);
  }
  return { type: "fin_timeout", idle, hard };
}

export function parseWriteMetadata(text: string, context: OfpactContext): Ofpact {
  context.only(P_NXM_OF11_UP);
  const slash = text.indexOf("/");
  if (slash < 0) return { type: "write_metadata", metadata: strToU64(text), mask: U64_MAX };
  const mask = strToU64(text.slice(slash + 1));
  return { type: "write_metadata", metadata: strToU64(text.slice(0, slash)), mask };
}

/** `check_pkt_larger(N)->FIELD[bit]` */
export function parseCheckPktLarger(text: string): Ofpact {
  const [valueText, name] = splitArrow(text);
  const number = valueText.endsWith(")") ? valueText.slice(0, -1) : valueText;
  const destination = parseSubfield(name);
  if (destination.bits !== 1) throw new UsageError("Only 1-bit destination field is allowed");
  return { type: "check_pkt_larger", length: strToU16(number, "(null)"), destination };
}

export function parseConjunction(text: string): Ofpact {
  const scanner = new Scanner(text);
  const numbers: number[] = [];
  for (const separator of ["", ",", "/"]) {
    scanner.blanks();
    if (!scanner.literal(separator) || !scanner.int(10)) break;
    numbers.push(scanner.value);
  }
  scanner.blanks();
  const [id, clauseWide, clausesWide] = numbers;
  if (id === undefined || clauseWide === undefined || clausesWide === undefined || !scanner.done) {
    throw new UsageError('"conjunction" syntax is "conjunction(id,i/n)"');
  }
  const clause = clauseWide & 255;
  const clauses = clausesWide & 255;
  if (clauses < 2) throw new UsageError("conjunction must have at least 2 clauses");
  if (clauses > 64) throw new UsageError("conjunction must have at most 64 clauses");
  if (clause < 1) throw new UsageError("clause index must be positive");
  if (clause > clauses) throw new UsageError("clause index must be less than or equal to number of clauses");
  return { type: "conjunction", id, clause: clause - 1, clauses };
}
