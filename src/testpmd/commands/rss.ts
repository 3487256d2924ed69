// rss - receive side scaling: `port config all rss`, redirection tables, hash keys.
// Follows cmd_config_rss_parsed, cmd_set_rss_reta_parsed and port_rss_hash_conf_show of app/test-pmd 22.11 and rte_ethdev's checks.
// Tables are kept and shown; no software device spreads packets by them.

import { EINVAL, ENOTSUP, strerror } from "../../dpdk/devices/errno.ts";
import type { App, Port } from "../app.ts";
import { rssTypes } from "../blocks/rss-types.ts";
import { command } from "../console/command.ts";
import { keepPer } from "../keep.ts";
import { portWithInfo, testpmdPort } from "./guards.ts";

/** RTE_ETH_RSS_LEVEL_MASK and its values. */
const LEVEL_MASK = 3n << 50n;
const LEVELS: Readonly<Record<string, bigint>> = {
  "level-default": 0n,
  "level-outer": 1n << 50n,
  "level-inner": 2n << 50n,
};
const RETA_MAXIMUM = 512;
const RETA_GROUP = 64;

/** %#x, which writes a zero bare. */
const hexOf = (value: bigint): string => (value === 0n ? "0" : `0x${value.toString(16)}`);

/** A port is configured for it when it has several rx queues and types in common with the settings. */
const isEnabled = ({ settings }: App, { dev }: Port): boolean =>
  settings.rxq > 1 && (settings.rssHf & dev.info.flowTypeRssOffloads) !== 0n;

/** The types that a word asks for; "default": those of each device; undefined after a complaint. */
function wantedTypes(app: App, word: string): bigint | "default" | undefined {
  const level = LEVELS[word];
  if (level !== undefined) return (app.settings.rssHf & ~LEVEL_MASK) | level;
  if (word === "default") return "default";
  if (word === "none") return 0n;
  const digits = /^\d+/.exec(word)?.[0];
  if (digits === undefined) {
    const types = rssTypes(word);
    if (types === 0n) app.err("Unknown parameter\n");
    return types === 0n ? undefined : types;
  }
  const bit = Number(digits);
  if (bit > 0 && bit < 64) return 1n << BigInt(bit);
  app.err("flowtype_id should be greater than 0 and less than 64.\n");
  return undefined;
}

function configureRss(app: App, word: string): void {
  const wanted = wantedTypes(app, word);
  if (wanted === undefined) return;
  if (wanted !== "default") app.settings.rssHf = word in LEVELS ? app.settings.rssHf & ~LEVEL_MASK : app.settings.rssHf;
  let all = true;
  for (const port of app.ports.values()) {
    const capable = port.dev.info.flowTypeRssOffloads;
    const types = wanted === "default" ? capable : wanted;
    if ((types & capable) !== types) {
      app.out(
        `Port ${port.id} modified RSS hash function based on hardware support,` +
          `requested:${hexOf(types)} configured:${hexOf(types & capable)}\n`,
      );
    }
    if (isEnabled(app, port)) continue;
    all = false;
    app.err(
      "Multi-queue RSS mode isn't enabled.\n" +
        `Configuration of RSS hash at ethernet port ${port.id} failed with error (${ENOTSUP}): ${strerror(ENOTSUP)}.\n`,
    );
  }
  if (!all || wanted === "default") return;
  app.settings.rssHf = wanted;
  app.out(`rss_hf ${hexOf(wanted)}\n`);
}

const tableOf = keepPer((port: Port): number[] => new Array<number>(port.dev.info.retaSize).fill(0));

interface Entry {
  readonly index: number;
  readonly queue: number;
}

/** `(index,queue)` as often as it comes; a string with none sets none. @returns undefined where one cannot be read */
function parseEntries(app: App, text: string, size: number): Entry[] | undefined {
  const entries: Entry[] = [];
  for (const [, inner = ""] of text.matchAll(/\(([^)]*)(\)|$)/g)) {
    const fields = inner.split(",");
    if (fields.length !== 2 || fields.some((field) => !/^(0x[0-9a-f]+|\d+)/i.test(field))) return undefined;
    const [index = 0, queue = 0] = fields.map((field) => Number(/^(0x[0-9a-f]+|\d+)/i.exec(field)?.[0]));
    if (index > 0xffff || queue > 0xffff) return undefined;
    if (index >= size) {
      app.err(`Invalid RETA hash index=${index}\n`);
      return undefined;
    }
    entries.push({ index, queue });
  }
  return entries;
}

/** rte_eth_dev_rss_reta_update. */
function updateTable(app: App, port: Port, entries: readonly Entry[]): number {
  if (entries.length === 0) return -EINVAL;
  if (app.settings.rxq === 0) {
    app.err("No receive queue is available\n");
    return -EINVAL;
  }
  for (const { index, queue } of entries) {
    if (queue < app.settings.rxq) continue;
    const entry = `reta_conf[${Math.trunc(index / RETA_GROUP)}]->reta[${index % RETA_GROUP}]`;
    app.err(`${entry}: ${queue} exceeds the maximum rxq index: ${app.settings.rxq}\n`);
    return -EINVAL;
  }
  if (!isEnabled(app, port)) {
    app.err("Multi-queue RSS mode isn't enabled.\n");
    return -ENOTSUP;
  }
  for (const { index, queue } of entries) tableOf(port)[index] = queue;
  return 0;
}

function setTable(app: App, id: number, text: string): void {
  const port = portWithInfo(app, id);
  if (port === undefined) return;
  const size = port.dev.info.retaSize;
  if (size === 0) {
    app.err("Redirection table size is 0 which is invalid for RSS\n");
    return;
  }
  app.out(`The reta size of port ${id} is ${size}\n`);
  const entries = parseEntries(app, text, size);
  if (entries === undefined) {
    app.err("Invalid RSS Redirection Table config entered\n");
    return;
  }
  const status = updateTable(app, port, entries);
  if (status !== 0) app.err(`Bad redirection table parameter, return code = ${status}\n`);
}

/** A mask of 64 entries each, in brackets. @returns undefined after a complaint */
function parseMasks(app: App, text: string, size: number): bigint[] | undefined {
  const inner = /\(([^)]*)\)/.exec(text)?.[1];
  const groups = Math.ceil(size / RETA_GROUP);
  const masks = inner?.split(",");
  if (masks !== undefined && masks.length !== groups) {
    app.err(`The bits of masks do not match the number of reta entries: ${groups}\n`);
  }
  if (masks?.length === groups) return masks.map((mask) => BigInt(/^(0x[0-9a-f]+|\d+)/i.exec(mask)?.[0] ?? 0));
  app.err(`Invalid string: ${text} for reta masks\n`);
  return undefined;
}

function showTable(app: App, id: number, size: number, text: string): void {
  const port = portWithInfo(app, id);
  if (port === undefined) return;
  const most = Math.min(port.dev.info.retaSize, RETA_MAXIMUM);
  if (size === 0 || size > most) {
    app.err(`Invalid redirection table size: ${size} (1-${most})\n`);
    return;
  }
  const masks = parseMasks(app, text, size);
  if (masks === undefined) return;
  if (masks.every((mask) => mask === 0n)) {
    app.err(`Failed to get RSS RETA info, return code = -${EINVAL}\n`);
    return;
  }
  const table = tableOf(port);
  for (let i = 0; i < size; i++) {
    const mask = masks[Math.trunc(i / RETA_GROUP)] ?? 0n;
    if (((mask >> BigInt(i % RETA_GROUP)) & 1n) === 0n) continue;
    app.out(`RSS RETA configuration: hash index=${i}, queue=${table[i] ?? 0}\n`);
  }
}

const NO_KEY = "dev_info did not provide a valid hash key size\n";
const NOT_SUPPORTED = "operation not supported by device\n";

function showHash(app: App, id: number): void {
  const port = testpmdPort(app, id);
  if (port !== undefined) app.err(port.dev.info.hashKeySize === 0 ? NO_KEY : NOT_SUPPORTED);
}

export const configRss = command(
  "port config all rss <value:string>",
  "port config all rss all|default|level-default|level-outer|level-inner|ip|tcp|udp|sctp|tunnel|vlan|none|" +
    "ipv4|ipv4-frag|ipv4-tcp|ipv4-udp|ipv4-sctp|ipv4-other|ipv6|ipv6-frag|ipv6-tcp|ipv6-udp|ipv6-sctp|ipv6-other|" +
    "ipv6-ex|ipv6-tcp-ex|ipv6-udp-ex|l2-payload|port|vxlan|geneve|nvgre|gtpu|eth|s-vlan|c-vlan|esp|ah|l2tpv3|pfcp|" +
    "pppoe|ecpri|mpls|ipv4-chksum|l4-chksum|l2tpv2|l3-pre96|l3-pre64|l3-pre56|l3-pre48|l3-pre40|l3-pre32|" +
    "l2-dst-only|l2-src-only|l4-dst-only|l4-src-only|l3-dst-only|l3-src-only|<rsstype_id>",
  (app, { value }) => configureRss(app, value),
);

export const retaCommands = [
  command("port config <port_id:u16> rss reta <hash,queue[,hash,queue]*:string>", "", (app, args) =>
    setTable(app, args.port_id, args["hash,queue[,hash,queue]*"]),
  ),
  command("show port <port_id:u16> rss reta <size:u16> <mask0[,mask1]*:string>", "", (app, args) =>
    showTable(app, args.port_id, args.size, args["mask0[,mask1]*"]),
  ),
];

export const hashCommands = [
  command("show port <port_id:u16> rss-hash", "", (app, { port_id }) => showHash(app, port_id)),
  command("show port <port_id:u16> rss-hash key", "", (app, { port_id }) => showHash(app, port_id)),
  command(
    "port config <port_id:u16> rss-hash-key <rss_type:ipv4|ipv4-frag|ipv4-tcp|ipv4-udp|ipv4-sctp|ipv4-other|ipv6|ipv6-frag|ipv6-tcp|ipv6-udp|ipv6-sctp|ipv6-other|l2-payload|ipv6-ex|ipv6-tcp-ex|ipv6-udp-ex|l3-src-only|l3-dst-only|l4-src-only|l4-dst-only|l2-src-only|l2-dst-only|s-vlan|c-vlan|l2tpv3|esp|ah|pfcp|pppoe|gtpu|ecpri|mpls|l2tpv2> <string of hex digits (variable length, NIC dependent):string>",
    "",
    (app, args) => {
      const port = portWithInfo(app, args.port_id);
      if (port === undefined) return;
      const size = 2 * port.dev.info.hashKeySize;
      const key = args["string of hex digits (variable length, NIC dependent)"];
      if (size === 0) app.err(NO_KEY);
      else if (key.length !== size) {
        app.err(`key length: ${key.length} invalid - key must be a string of ${size} hexa-decimal numbers\n`);
      } else app.err(NOT_SUPPORTED);
    },
  ),
];
