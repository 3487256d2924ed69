// setters - what an option and a command of testpmd have in common: lists, forwarding ports and lcores, mode, packet segments.
// Follows app/test-pmd/config.c and parse_item_list of cmdline.c (22.11): what is refused, the words, and their stream.
import { strtol } from "../../dpdk/eal/c-number.ts";
import type { Io } from "../../dpdk/io.ts";
import { MAX_ETHPORTS } from "../../dpdk/limits.ts";
import type { ForwardModeName, Settings } from "../settings.ts";

/** STR_MULTI_TOKEN_SIZE: characters of a list that are read. */
const LIST_CHARACTERS = 4096;
/** RTE_MAX_SEGS_PER_PKT. */
export const MAX_TX_SEGMENTS = 255;
/** Ethernet, IPv4 and UDP headers: the shortest packet that txonly makes. */
const SHORTEST_PACKET = 42;

/** Which ports and lcores forward: the lists are those configured (nb_cfg_ports, nb_cfg_lcores), the counts how many take part. An App is one. */
export interface ForwardChoice extends Io {
  readonly ports: { has(id: number): boolean; keys(): Iterable<number> };
  forwardPorts: number[];
  forwardPortCount: number;
  readonly lcores: readonly number[];
  readonly mainLcore: number;
  forwardLcores: number[];
  forwardLcoreCount: number;
}

/** fwd_engines, as `--forward-mode` and `set fwd` list them. */
export const FORWARD_MODES: readonly ForwardModeName[] = [
  "io",
  "mac",
  "macswap",
  "flowgen",
  "rxonly",
  "txonly",
  "csum",
  "icmpecho",
  "noisy",
  "5tswap",
  "shared_rxq",
];

/** parse_item_list: decimal numbers with commas between. @returns none when refused; `a,` ends with a 0 */
export function parseItemList(io: Io, text: string, items: string, most: number, unique = false): number[] {
  const values: number[] = [];
  let count = 0;
  let value = 0;
  let digits = false;
  for (const character of text.slice(0, LIST_CHARACTERS)) {
    if (/\d/.test(character)) {
      value = (Math.imul(value, 10) + Number(character)) >>> 0;
      digits = true;
    } else if (character !== ",") {
      io.err(`character ${character} is not a decimal digit\n`);
      return [];
    } else if (!digits) {
      io.err("No valid value before comma\n");
      return [];
    } else {
      if (count < most) {
        values.push(value);
        value = 0;
        digits = false;
      }
      count++;
    }
  }
  if (count >= most) {
    io.err(`Number of ${items} = ${count + 1} > ${most} (maximum items)\n`);
    return [];
  }
  values.push(value);
  return unique && reportDuplicate(io, values, items) ? [] : values;
}

function reportDuplicate(io: Io, values: readonly number[], items: string): boolean {
  for (const [i, value] of values.entries()) {
    const again = values.indexOf(value, i + 1);
    if (again < 0) continue;
    io.err(`duplicated ${items} ${value} at index ${i} and ${again}\n`);
    return true;
  }
  return false;
}

/** parse_port_list: numbers and ranges below `limit`, each once. @returns none when refused */
export function parsePortList(text: string, limit: number): number[] {
  const values = new Set<number>();
  let first: number | undefined;
  let rest = text;
  for (;;) {
    rest = rest.replace(/^[ \t]+/, "");
    if (rest === "") break;
    const { value, end, overflow } = strtol(rest, 10);
    const number = Number(BigInt.asIntN(32, value));
    if (overflow || number < 0 || number >= limit) return [];
    const tail = rest.slice(end).replace(/^[ \t]+/, "");
    if (tail.startsWith("-") && first === undefined) {
      first = number;
    } else if (tail === "" || tail.startsWith(",")) {
      for (let port = first ?? number; port <= number; port++) values.add(port);
      first = undefined;
    } else {
      return [];
    }
    if (tail === "") break;
    rest = tail.slice(1);
  }
  return [...values];
}

/** set_fwd_ports_list. */
export function setForwardPorts(choice: ForwardChoice, ports: readonly number[]): void {
  const missing = ports.find((port) => !choice.ports.has(port));
  if (missing !== undefined) {
    choice.err(`Invalid port ${missing}\n`);
    return;
  }
  choice.forwardPorts = [...ports];
  if (choice.forwardPortCount === ports.length) return;
  choice.out(
    `previous number of forwarding ports ${choice.forwardPortCount} - changed to number of configured ports ${ports.length}\n`,
  );
  choice.forwardPortCount = ports.length;
}

/** parse_fwd_portlist: the ports of the list that there are. @returns false when the list cannot be read */
export function setForwardPortList(choice: ForwardChoice, text: string): boolean {
  const ports = parsePortList(text, MAX_ETHPORTS);
  if (ports.length === 0) return false;
  setForwardPorts(
    choice,
    ports.filter((port) => choice.ports.has(port)),
  );
  return true;
}

/** set_fwd_ports_mask. */
export function setForwardPortMask(choice: ForwardChoice, mask: bigint): void {
  if (mask === 0n) {
    choice.err("Invalid NULL mask of ports\n");
    return;
  }
  setForwardPorts(
    choice,
    [...choice.ports.keys()].filter((port) => ((mask >> BigInt(port)) & 1n) === 1n),
  );
}

/** set_fwd_lcores_list. @returns false when refused */
export function setForwardLcores(choice: ForwardChoice, lcores: readonly number[]): boolean {
  for (const lcore of lcores) {
    if (!choice.lcores.includes(lcore)) {
      choice.err(`lcore ${lcore} not enabled\n`);
      return false;
    }
    if (lcore === choice.mainLcore) {
      const why = "which is the main lcore and reserved for command line parsing only";
      choice.err(`lcore ${lcore} cannot be masked on for running packet forwarding, ${why}\n`);
      return false;
    }
  }
  choice.forwardLcores = [...lcores];
  if (choice.forwardLcoreCount !== lcores.length) {
    choice.out(
      `previous number of forwarding cores ${choice.forwardLcoreCount} - changed to number of configured cores ${lcores.length}\n`,
    );
    choice.forwardLcoreCount = lcores.length;
  }
  return true;
}

/** set_fwd_lcores_mask: of lcores 0 to 63. */
export function setForwardLcoreMask(choice: ForwardChoice, mask: bigint): boolean {
  if (mask === 0n) {
    choice.err("Invalid NULL mask of cores\n");
    return false;
  }
  const lcores = Array.from({ length: 64 }, (_, lcore) => lcore);
  return setForwardLcores(
    choice,
    lcores.filter((lcore) => ((mask >> BigInt(lcore)) & 1n) === 1n),
  );
}

/** set_pkt_forwarding_mode. An unknown one is said, and changes nothing. */
export function setForwardMode(io: Io, settings: Settings, name: string): void {
  const mode = FORWARD_MODES.find((known) => known === name);
  if (mode === undefined) io.err(`Invalid ${name} packet forwarding mode\n`);
  else chooseForwardMode(io, settings, mode);
}

export function chooseForwardMode(io: Io, settings: Settings, mode: ForwardModeName): void {
  io.out(`Set ${mode} packet forwarding mode${settings.retryEnabled ? " with retry" : ""}\n`);
  settings.forwardMode = mode;
}

/**
 * set_tx_pkt_segments.
 * fitsRings: nb_segs_is_invalid's opposite, asked for more than one segment; it prints what it finds.
 */
export function setTxSegments(
  io: Io,
  settings: Settings,
  lengths: readonly number[],
  fitsRings: (segments: number) => boolean,
): void {
  const segments = lengths.length;
  if (segments > 1 && !fitsRings(segments)) {
    io.err(`Tx segment size(${segments}) is not supported - txpkts ignored\n`);
    return;
  }
  const room = settings.mbufSizes[0] ?? 0;
  const long = lengths.findIndex((length) => length > room);
  if (long >= 0) {
    io.err(`length[${long}]=${lengths[long]} > mbuf_data_size=${room} - give up\n`);
    return;
  }
  const total = lengths.reduce((sum, length) => (sum + length) & 0xffff, 0);
  if (total < SHORTEST_PACKET) {
    io.err(`total packet length=${total} < ${SHORTEST_PACKET} - give up\n`);
    return;
  }
  settings.txSegments = [...lengths];
}
