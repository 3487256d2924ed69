// lab-normal - an answer of Open vSwitch without what wall time, chance or memory decide, and with what has no order in order: ages and durations,
// cycles, uuids and made-up addresses, transaction numbers, rows and flows.
import type { RanCommand } from "./lab-run.ts";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** What stands in no order: lines or blocks that begin in the same way. */
const BLOCKS: readonly RegExp[] = [
  / cookie=/, // flows
  / group_id=/,
  /recirc_id\(/, // megaflows
  / {2}port +(?:LOCAL|\d+): /, // dump-ports
  / +(?:\d+|LOCAL) +\d+ {2}[0-9a-f:]{17} /, // fdb/show
  / {4}Bridge /,
  / {8}Port /,
  / {12}Interface /,
];

const RULES: readonly (readonly [RegExp, string])[] = [
  [UUID, "<uuid>"],
  [/duration=[\d.]+s/g, "duration=<s>"],
  [/idle_age=\d+, /g, ""],
  [/hard_age=\d+, /g, ""],
  [/used:(?:[\d.]+s|never)/g, "used:<s>"],
  [/\(xid=0x[0-9a-f]+\)/g, "(xid)"],
  [/dpid:[0-9a-f]{16}/g, "dpid:<id>"],
  [/(idle|processing) cycles: .*/g, "$1 cycles: <n>"],
  [/avg (processing )?cycles per packet: .*/g, "avg $1cycles per packet: <n>"],
  [/addr:[0-9a-f]{2}(?::[0-9a-f]{2}){5}/g, "addr:<mac>"],
  [/ifindex +: \d+/g, "ifindex: <n>"],
  [/^( +(?:\d+|LOCAL) +\d+ {2}[0-9a-f:]{17}) +\d+$/gm, "$1 <age>"],
  [/^statistics +: .*$/gm, "statistics: <of some moment>"],
  [/pmd usage: .*/g, "pmd usage: <n>"],
  [/overhead: .*/g, "overhead: <n>"],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<date>"],
  [/The default log directory is ".*"/g, "The default log directory is <folder>"],
  [/"?DPDK 22\.11[^"\n]*"?/g, "<dpdk>"],
];

/** Answers whose text is of no interest: figures of the machine. */
function shapeOnly(words: readonly string[]): boolean {
  return words.some((word) => word === "dpif-netdev/pmd-perf-show" || word === "netdev-dpdk/get-mempool-info");
}

/** An answer as it is compared. */
export function normal({ words, stdout, stderr, code }: RanCommand): string {
  const shown = shapeOnly(words) ? "" : stdout;
  let text = `${shown}${stderr === "" ? "" : `stderr: ${stderr}`}exit ${code}`;
  for (const [pattern, replacement] of RULES) text = text.replace(pattern, replacement);
  for (const begin of BLOCKS) text = sortBlocks(text, begin);
  return words.includes("list") ? sortRecords(text) : text;
}

/** `ovs-vsctl list`: a table's records, with an empty line between two, stand in the order of their uuids. */
function sortRecords(text: string): string {
  const end = text.lastIndexOf("exit ");
  const records = text.slice(0, end).trimEnd().split("\n\n");
  return `${records.sort().join("\n\n")}\n${text.slice(end)}`;
}

/** Sorts the blocks that begin with such a line; each reaches to the next one or to a line that is less indented. */
function sortBlocks(text: string, begin: RegExp): string {
  const lines = text.split("\n");
  const starts = (line: string): boolean => new RegExp(`^${begin.source}`).test(line);
  const first = lines.findIndex(starts);
  if (first < 0) return text;
  const indent = /^ */.exec(lines[first]!)![0].length;
  const blocks: string[][] = [];
  let end = first;
  for (; end < lines.length; end++) {
    const line = lines[end]!;
    if (starts(line)) blocks.push([line]);
    else if (line !== "" && /^ */.exec(line)![0].length > indent) blocks.at(-1)!.push(line);
    else break;
  }
  const sorted = blocks.map((block) => block.join("\n")).sort();
  const rest = lines.slice(end).join("\n");
  return [...lines.slice(0, first), ...sorted, ...(end < lines.length ? [sortBlocks(rest, begin)] : [])].join("\n");
}
