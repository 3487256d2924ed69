// ovs-odp-actions - reads the actions of `ovs-appctl dpctl/dump-flows` into datapath actions: those that recorded runs have. Ports are "p1" of
// number 1 and so on.

import type { DatapathAction, SetKey } from "../../src/wasm/ovs-actions.ts";
import { FLOW_FIELDS } from "../../src/wasm/ovs-flow.ts";

type SetField = Extract<DatapathAction, { type: "set" }>["fields"][number];

const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n;
const macAddress = (text: string): bigint => BigInt(`0x${text.replaceAll(":", "")}`);
const ipv4Address = (text: string): bigint =>
  text.split(".").reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);

/** Of a set's field: its name in struct flow, how it reads, its bits. */
const FIELDS: Readonly<Record<string, readonly [field: string, read: (text: string) => bigint, bits: number]>> = {
  "eth.src": ["dl_src", macAddress, 48],
  "eth.dst": ["dl_dst", macAddress, 48],
  "ipv4.src": ["nw_src", ipv4Address, 32],
  "ipv4.dst": ["nw_dst", ipv4Address, 32],
  "ipv4.ttl": ["nw_ttl", BigInt, 8],
  "tcp.dst": ["tp_dst", BigInt, 16],
};

function setField(key: string, text: string): SetField {
  const [name = "", value = ""] = text.split("=");
  const place = FIELDS[`${key}.${name}`];
  if (place === undefined || !FLOW_FIELDS.includes(place[0] as (typeof FLOW_FIELDS)[number]))
    throw new Error(`test: found set(${key}(${text})), expected a known field`);
  const [field, read, bits] = place;
  const [bare = "", mask] = value.split("/");
  return { field, value: read(bare), mask: mask === undefined ? ones(bits) : read(mask) };
}

/** "a,b(c,d)" at its outer commas. */
function parts(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    depth += text[i] === "(" ? 1 : text[i] === ")" ? -1 : 0;
    if (i < text.length && (text[i] !== "," || depth > 0)) continue;
    found.push(text.slice(start, i));
    start = i + 1;
  }
  return found;
}

function readAction(text: string): DatapathAction {
  const [, name = "", body = ""] = /^(\w+)(?:\((.*)\))?$/.exec(text) ?? [];
  const number = (key: string): number => Number(new RegExp(`${key}=(\\w+)`).exec(body)?.[1] ?? 0);
  if (/^p?\d+$/.test(text)) return { type: "output", port: Number(text.replace("p", "")) };
  switch (name) {
    case "pop_vlan":
      return { type: "pop_vlan" };
    case "push_vlan":
      return { type: "push_vlan", tpid: number("tpid") || 0x8100, tci: number("vid") | (number("pcp") << 13) | 0x1000 };
    case "pop_mpls":
      return { type: "pop_mpls", ethertype: number("eth_type") };
    case "recirc":
      return { type: "recirc", id: Number(body) };
    case "meter":
      return { type: "meter", id: Number(body) };
    case "hash": {
      const [, algorithm, basis] = /^(l4|sym_l4)\((\d+)\)$/.exec(body) ?? [];
      return { type: "hash", algorithm: algorithm as "l4" | "sym_l4", basis: Number(basis) };
    }
    case "set": {
      const [, key = "", fields = ""] = /^(\w+)\((.*)\)$/.exec(body) ?? [];
      return { type: "set", key: key as SetKey, fields: parts(fields).map((field) => setField(key, field)) };
    }
    default:
      throw new Error(`test: found action ${text}, expected a known one`);
  }
}

/** Of a flow's whole line. "drop" is no actions: a `drop` action is printed so, too, and ends a packet as they do. */
export function readOdpActions(line: string): DatapathAction[] {
  const [, text = ""] = /actions:(.*)$/.exec(line) ?? [];
  return text === "drop" ? [] : parts(text).map(readAction);
}
