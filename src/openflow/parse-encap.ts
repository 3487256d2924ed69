// parse-encap - encap(...) and decap(...): read to be checked and shown; nothing here adds or takes such headers.
import { UsageError } from "../errors.ts";
import { formatHexBytes } from "./field-text.ts";
import { parseHexBytes } from "./hex-bytes.ts";
import { KeyValues } from "./key-value.ts";
import { altHex } from "./match-parts.ts";
import type { Ofpact } from "./ofpact.ts";
import type { OfpactContext } from "./ofpact-context.ts";
import { P_OF13_UP } from "./protocol.ts";
import { digitValue, Scanner, strToU8, strToU16 } from "./scan.ts";

/** Headers by their packet type: namespace in the upper half. */
const HEADERS = new Map([
  ["ethernet", 0],
  ["nsh", 0x1894f],
  ["mpls", 0x18847],
  ["mpls_mc", 0x18848],
]);
const NAMESPACES = 5;

function parseTlv(value: string): string {
  const scanner = new Scanner(value);
  const invalid = (): UsageError => new UsageError(`Invalid NSH TLV header: ${value}`);
  if (!scanner.literal("0x") || !scanner.int(16)) throw invalid();
  const tlvClass = scanner.value & 0xffff;
  if (!scanner.literal(",") || !scanner.int(10)) throw invalid();
  const type = scanner.value & 0xff;
  const digits = scanner.literal(",0x") ? scanner.run((code) => digitValue(code) < 16, 251) : undefined;
  if (digits === undefined) throw invalid();
  const data = formatHexBytes(parseHexBytes(digits).bytes);
  return `tlv(0x${tlvClass.toString(16).padStart(4, "0")},${type},${data})`;
}

function parseProperty(header: string, key: string, value: string): string {
  if (header !== "nsh" || (key !== "md_type" && key !== "tlv")) throw new UsageError(`Invalid property: ${key}`);
  if (value === "") throw new UsageError("Value missing for encap property");
  if (key === "tlv") return parseTlv(value);
  const type = strToU8(value, "md_type");
  if (type < 1 || type > 2) throw new UsageError("invalid md_type");
  return `md_type=${type}`;
}

export function parseEncap(text: string, context: OfpactContext): Ofpact {
  context.only(P_OF13_UP);
  const pairs = new KeyValues(text);
  if (!pairs.next()) throw new UsageError(`Missing encap hdr: ${text}`);
  const { key: header, value } = pairs;
  const packetType = HEADERS.get(header);
  if (packetType === undefined) throw new UsageError(`Encap hdr not supported: ${value}`);
  const properties: string[] = [];
  const inner = new KeyValues(value);
  while (inner.next()) properties.push(parseProperty(header, inner.key, inner.value));
  const list = properties.length === 0 ? "" : `(${properties.join(",")})`;
  return { type: "encap", packetType, text: `encap(${header}${list})` };
}

export function parseDecap(text: string): Ofpact {
  const pairs = new KeyValues(text);
  if (!pairs.next()) return { type: "decap", text: "decap()" };
  if (pairs.key !== "packet_type") throw new UsageError(`Invalid decap argument: ${pairs.key}`);
  const attributes = new KeyValues(pairs.value);
  const read = (name: string): number => {
    if (!attributes.next() || attributes.key !== name) throw new UsageError(`Missing packet_type attribute ${name}`);
    return strToU16(attributes.value, name);
  };
  const ns = read("ns");
  if (ns >= NAMESPACES) throw new UsageError(`Unsupported ns value: ${ns}`);
  const type = read("type");
  return { type: "decap", text: `decap(packet_type(ns=${ns},type=${altHex(type)}))` };
}
