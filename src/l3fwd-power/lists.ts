// lists - the lists that l3fwd-power's options take: --config, --perf-config and --high-perf-cores, as parse_config, parse_perf_config and
// parse_perf_core_list of 22.11 read them.
import { strtoul } from "../dpdk/eal/c-number.ts";
import { MAX_ETHPORTS, MAX_LCORE } from "../dpdk/limits.ts";

/** RTE_MAX_QUEUES_PER_PORT */
const MAX_QUEUES_PER_PORT = 1024;
/** The buffer that a group is copied into, its end included. */
const GROUP_BYTES = 256;
const MAX_GROUPS = 1024;

/** An rx queue and the lcore that polls it. */
export interface RxParams {
  readonly port: number;
  readonly queue: number;
  readonly lcore: number;
}

/** One of --perf-config: the lcore is a place in the list of high performance cores, or of the others. */
export interface PerfParams {
  readonly port: number;
  readonly queue: number;
  readonly isHighPerf: boolean;
  readonly index: number;
}

/** What was read, or why not: "full" is followed by a line about the number of groups. */
export type Groups<Group> = readonly Group[] | "invalid" | "full";

/** `(a,b,...)` groups; what stands between them is skipped. maxima: of each field */
function readGroups(text: string, maxima: readonly number[]): Groups<readonly number[]> {
  const groups: number[][] = [];
  for (let at = text.indexOf("("); at >= 0; at = text.indexOf("(", at)) {
    const end = text.indexOf(")", at + 1);
    if (end < 0) return "invalid";
    const group = text.slice(at + 1, end);
    at = end;
    if (group.length >= GROUP_BYTES) return "invalid";
    const fields = splitFields(group, maxima.length);
    if (fields.length !== maxima.length) return "invalid";
    const values: number[] = [];
    for (const [i, field] of fields.entries()) {
      const { value, end: stop, overflow } = strtoul(field, 0);
      if (overflow || stop === 0 || value > BigInt(maxima[i]!)) return "invalid";
      values.push(Number(value));
    }
    if (groups.length >= MAX_GROUPS) return "full";
    groups.push(values);
  }
  return groups;
}

/** rte_strsplit: the last field keeps what has no room. */
function splitFields(text: string, most: number): string[] {
  const words = text.split(",");
  return words.length <= most ? words : [...words.slice(0, most - 1), words.slice(most - 1).join(",")];
}

export function parseConfig(text: string): Groups<RxParams> {
  const groups = readGroups(text, [MAX_ETHPORTS, MAX_QUEUES_PER_PORT, MAX_LCORE]);
  if (typeof groups === "string") return groups;
  return groups.map(([port = 0, queue = 0, lcore = 0]) => ({ port, queue, lcore }));
}

export function parsePerfConfig(text: string): Groups<PerfParams> {
  const groups = readGroups(text, [MAX_ETHPORTS, MAX_QUEUES_PER_PORT, 255, MAX_LCORE]);
  if (typeof groups === "string") return groups;
  return groups.map(([port = 0, queue = 0, high = 0, index = 0]) => ({ port, queue, isHighPerf: high !== 0, index }));
}

/** A list of cores. @returns "invalid" with, or "silent" without a line of its own */
export function parseCoreList(list: string): readonly number[] | "invalid" | "silent" {
  const text = list.replace(/^[ \t]+/, "");
  const cores: number[] = [];
  let low = MAX_LCORE;
  for (let at = 0; ; at++) {
    while (text[at] === " " || text[at] === "\t") at++;
    if (at >= text.length) return "silent";
    const { value, end, overflow } = strtoul(text.slice(at), 10);
    if (overflow) return "silent";
    at += end;
    while (text[at] === " " || text[at] === "\t") at++;
    const core = Number(BigInt.asIntN(32, value));
    if (text[at] === "-") low = core;
    else if (text[at] === "," || at >= text.length) {
      for (let id = low === MAX_LCORE ? core : low; id <= core; id++) cores.push(id & 0xffff);
      low = MAX_LCORE;
    } else return "invalid";
    if (at >= text.length) break;
  }
  return cores.length === 0 ? "invalid" : cores;
}
