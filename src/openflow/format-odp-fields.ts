// format-odp-fields - groups of header fields as datapath text: `ipv4(src=10.0.0.1/255.0.0.0,frag=no)`. Used for keys
// and for set actions.

import { FLOW_NSH } from "../../assembly/abi/flow.ts";
import { formatIpv4, formatIpv6, formatMac } from "./address.ts";
import type { Flow } from "./flow.ts";
import { altHex } from "./match-parts.ts";
import { type OdpField, type OdpGroup, odpFieldBytes } from "./odp-fields.ts";

const FRAGS = ["no", "first", "<error>", "later"];
const IPV6_LABEL_MASK = 0xfffff;

/** What a field of the flow is in a datapath key: numbers only. */
function number({ kind, at }: OdpField, flow: Flow): number {
  if (kind === "be16") return flow.be16(at);
  // type and code have their numbers in the lower bytes
  return kind === "icmp" ? flow.u8(at + 1) : flow.u8(at);
}

function formatNumber(field: OdpField, key: Flow, mask: Flow | undefined): string {
  const { kind } = field;
  // an operation that is all ones is one of 16 bits, too
  const widen = (value: number): number => (kind === "arp_op" && value === 0xff ? 0xffff : value);
  const exact = kind === "be16" || kind === "arp_op" ? 0xffff : 0xff;
  const value = widen(number(field, key));
  const bits = mask === undefined ? exact : widen(number(field, mask));
  return `${kind === "u8x" ? altHex(value) : value}${bits === exact ? "" : `/${altHex(bits)}`}`;
}

function formatValue(field: OdpField, key: Flow, mask: Flow | undefined): string {
  const { kind, at } = field;
  const n = odpFieldBytes(kind);
  const exact = mask === undefined || mask.slice(at, n).every((byte) => byte === 0xff);
  switch (kind) {
    case "mac":
      return formatMac(key.bytes, at) + (exact ? "" : `/${formatMac(mask.bytes, at)}`);
    case "ipv4":
      return formatIpv4(key.be32(at)) + (exact ? "" : `/${formatIpv4(mask.be32(at))}`);
    case "ipv6":
      return formatIpv6(key.bytes, at) + (exact ? "" : `/${formatIpv6(mask.bytes, at)}`);
    case "ipv6_label": {
      const bits = mask === undefined ? IPV6_LABEL_MASK : mask.be32(at);
      const whole = (bits & IPV6_LABEL_MASK) === IPV6_LABEL_MASK;
      return altHex(key.be32(at)) + (whole ? "" : `/${altHex(bits)}`);
    }
    case "frag":
      return FRAGS[key.u8(at) & 3]!;
    default:
      return formatNumber(field, key, mask);
  }
}

function isFieldWild(field: OdpField, mask: Flow): boolean {
  // fragments are one of three kinds or any: the bit "is a fragment" tells whether they are matched on
  if (field.kind === "frag") return (mask.u8(field.at) & 1) === 0;
  return field.kind === "icmp" ? mask.u8(field.at + 1) === 0 : mask.isZero(field.at, odpFieldBytes(field.kind));
}

export function isGroupWild(group: OdpGroup, mask: Flow): boolean {
  return group.fields.every((field) => isFieldWild(field, mask));
}

/**
 * mask undefined: exact. verbose: fields that are not matched on as well, but for fragments, which have no such form.
 */
export function formatOdpGroup(group: OdpGroup, key: Flow, mask: Flow | undefined, verbose: boolean): string {
  const parts: string[] = [];
  for (const field of group.fields) {
    const wild = mask !== undefined && isFieldWild(field, mask);
    if (wild && (!verbose || field.kind === "frag")) continue;
    parts.push(`${field.label}=${formatValue(field, key, mask)}`);
  }
  return `${group.name}(${parts.join(",")})`;
}

/** Inside of vlan() and push_vlan(): a part that is neither set nor matched on is left out where not verbose. */
export function formatVlanTci(tci: number, mask: number, verbose: boolean): string {
  const parts: string[] = [];
  const part = (name: string, value: number, bits: number, exact: number): void => {
    if (!verbose && value === 0 && bits === 0) return;
    parts.push(`${name}=${value}${bits === exact ? "" : `/0x${bits.toString(16)}`}`);
  };
  part("vid", tci & 0xfff, mask & 0xfff, 0xfff);
  part("pcp", tci >>> 13, mask >>> 13, 7);
  if ((tci & 0x1000) === 0) parts.push("cfi=0");
  return parts.join(",");
}

/** `label=1,tc=0,ttl=64,bos=1`, with masks of all parts if there is one. */
export function formatMplsLse(lse: number, mask?: number): string {
  const part = (shift: number, bits: number): [number, number] => {
    const ones = (1 << bits) - 1;
    return [(lse >>> shift) & ones, ((mask ?? 0) >>> shift) & ones];
  };
  const [label, labelMask] = part(12, 20);
  const [tc, tcMask] = part(9, 3);
  const [ttl, ttlMask] = part(0, 8);
  const [bos, bosMask] = part(8, 1);
  if (mask === undefined) return `label=${label},tc=${tc},ttl=${ttl},bos=${bos}`;
  const hex = (value: number): string => value.toString(16);
  const rest = `tc=${tc}/${hex(tcMask)},ttl=${ttl}/0x${hex(ttlMask)},bos=${bos}/${hex(bosMask)}`;
  return `label=${label}/0x${hex(labelMask)},${rest}`;
}

const NSH_BYTES = ["flags", "ttl", "mdtype", "np"];
const NSH_CONTEXTS = ["c1", "c2", "c3", "c4"];
const NSH_M_TYPE1 = 1;

/** Inside of nsh(); contexts of other metadata types than the first have no mask, and so count as matched on. */
export function formatNsh(key: Flow, mask: Flow | undefined): string {
  const hex = (value: number): string => `0x${value.toString(16)}`;
  const parts: string[] = [];
  const u8 = (name: string, at: number): void => {
    const bits = mask?.u8(at) ?? 0xff;
    const two = (value: number): string => `0x${value.toString(16).padStart(2, "0")}`;
    if (bits !== 0) parts.push(`${name}=${bits === 0xff ? key.u8(at) : `${two(key.u8(at))}/${two(bits)}`}`);
  };
  const wide = (name: string, value: number, bits: number, exact: number): void => {
    const tail = bits === exact ? "" : `/0x${bits.toString(16).padStart(8, "0")}`;
    if (bits !== 0) parts.push(`${name}=${hex(value)}${tail}`);
  };
  for (const [i, name] of NSH_BYTES.entries()) u8(name, FLOW_NSH + i);
  wide("spi", key.be32(FLOW_NSH + 4) >>> 8, (mask?.be32(FLOW_NSH + 4) ?? 0xffffffff) >>> 8, 0xffffff);
  u8("si", FLOW_NSH + 7);
  const typed = key.u8(FLOW_NSH + 2) === NSH_M_TYPE1;
  if (mask === undefined && !typed) return parts.join(",");
  for (const [i, name] of NSH_CONTEXTS.entries()) {
    const at = FLOW_NSH + 8 + 4 * i;
    wide(name, typed ? key.be32(at) : 0, typed && mask !== undefined ? mask.be32(at) : 0xffffffff, 0xffffffff);
  }
  return parts.join(",");
}
