// eal-lcores - which lcores EAL runs, and on which CPUs: -c, -l, --lcores, -s and -S.
// Follows lib/eal/common/eal_common_options.c of 22.11 in what each grammar takes, also where that surprises: `-l ,1` is 0 and 1,
// `1-0` is refused by -l and means 0-1 in --lcores, `(128-130)` in --lcores is 130 alone.
// Errors are logged as EAL words them; the caller adds its own line.

import { MAX_LCORE } from "../limits.ts";
import { type CNumber, strtol, strtoul, uint32 } from "./c-number.ts";

/** CPU_SETSIZE: CPUs that an affinity can name. */
const CPU_SETSIZE = 1024;

/** Lcore ids and the CPUs that each may run on. */
export type LcoreMap = ReadonlyMap<number, readonly number[]>;
type Log = (text: string) => void;

/** rte_eal_parse_coremask: hexadecimal, 0x or not. @returns lcore ids, undefined when refused */
export function parseCoremask(mask: string, log: Log): number[] | undefined {
  const digits = mask
    .replace(/^[ \t]+/, "")
    .replace(/^0[xX]/, "")
    .replace(/[ \t]+$/, "");
  const lcores: number[] = [];
  for (const [place, digit] of [...digits].reverse().entries()) {
    if (!/[0-9a-fA-F]/.test(digit)) {
      log(`invalid characters in coremask: [${mask}]`);
      return undefined;
    }
    const value = Number.parseInt(digit, 16);
    for (let bit = 0; bit < 4; bit++) {
      if (((value >> bit) & 1) === 0) continue;
      if (lcores.length >= MAX_LCORE) return tooMany(log);
      lcores.push(place * 4 + bit);
    }
  }
  if (lcores.length === 0) {
    log(`No lcores in coremask: [${mask}]`);
    return undefined;
  }
  return fitting(lcores, log);
}

/** eal_parse_corelist: `c1[-c2][,...]`. */
export function parseCorelist(list: string, log: Log): number[] | undefined {
  const lcores: number[] = [];
  const accepted = eachRange(
    list,
    (text) => strtol(text, 10),
    (first, last) => {
      for (let lcore = first; lcore <= last; lcore++) {
        if (lcores.includes(lcore)) continue;
        if (lcores.length >= MAX_LCORE) return tooMany(log) !== undefined;
        lcores.push(lcore);
      }
      return true;
    },
  );
  return accepted && lcores.length > 0 ? fitting(lcores, log) : undefined;
}

/** eal_parse_service_corelist: as -l, ids below RTE_MAX_LCORE only. */
export function parseServiceList(list: string): number[] | undefined {
  const lcores = new Set<number>();
  const accepted = eachRange(
    list,
    (text) => strtoul(text, 10),
    (first, last) => {
      if (first >= MAX_LCORE || last >= MAX_LCORE) return false;
      for (let lcore = first; lcore <= last; lcore++) lcores.add(lcore);
      return true;
    },
  );
  return accepted && lcores.size > 0 ? [...lcores] : undefined;
}

/** eal_parse_lcores: `lcores[@cpus][,...]`, where a group stands in brackets. */
export function parseLcoreMap(text: string, cpus: readonly number[], log: Log): LcoreMap | undefined {
  const map = new Map<number, readonly number[]>();
  let at = 0;
  for (;;) {
    at = skipBlanks(text, at);
    if (at >= text.length) return undefined;
    const start = at;
    if (text[at] === "(") {
      at = text.indexOf(")", at) + 1;
      if (at === 0) return undefined;
    }
    at = indexOfAny(text, "@,", at);
    let end = at;
    let assigned: readonly number[] | undefined;
    if (text[at] === "@") {
      const set = parseSet(text.slice(at + 1));
      if (set === undefined) return undefined;
      assigned = set.members;
      end = at + 1 + set.length;
    }
    if (end < text.length && text[end] !== ",") return undefined;
    const lcores = parseSet(text.slice(start))?.members;
    if (lcores === undefined) return undefined;
    const dash = indexOfAny(text, "(-", start);
    const eachItsOwn = assigned === undefined && dash < end && text[dash] === "-";
    for (const lcore of lcores.filter((id) => id < MAX_LCORE)) {
      const set = eachItsOwn ? [lcore] : (assigned ?? lcores);
      const missing = set.find((cpu) => !cpus.includes(cpu));
      if (missing !== undefined) {
        log(`core ${missing} unavailable`);
        return undefined;
      }
      map.set(lcore, set);
    }
    if (lcores.some((lcore) => lcore >= MAX_LCORE)) return undefined;
    if (end >= text.length) break;
    at = end + 1;
  }
  return map.size > 0 ? new Map([...map].sort(([a], [b]) => a - b)) : undefined;
}

/** CPUs as EAL lists them to who asked for one that is missing: `0-3,8`. */
export function rangesOf(cpus: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < cpus.length; ) {
    let last = i;
    while (cpus[last + 1] === (cpus[last] ?? 0) + 1) last++;
    parts.push(last === i ? `${cpus[i]}` : `${cpus[i]}-${cpus[last]}`);
    i = last + 1;
  }
  return parts.join(",");
}

/** eal_parse_set: a number, a range or a group. length: characters that it took */
function parseSet(text: string): { members: readonly number[]; length: number } | undefined {
  const start = skipBlanks(text, 0);
  if (text[start] === "(") return parseGroup(text, start + 1);
  const first = parseCpu(text, start);
  if (first === undefined) return undefined;
  let end = skipBlanks(text, first.end);
  let last = first.value;
  if (text[end] === "-") {
    const second = parseCpu(text, skipBlanks(text, end + 1));
    if (second === undefined) return undefined;
    last = second.value;
    end = skipBlanks(text, second.end);
    if (end < text.length && text[end] !== ",") return undefined;
  }
  if (end < text.length && text[end] !== "," && text[end] !== "@") return undefined;
  return { members: between(first.value, last), length: end };
}

function parseGroup(text: string, from: number): { members: readonly number[]; length: number } | undefined {
  const members = new Set<number>();
  let first = MAX_LCORE;
  let at = from;
  for (;;) {
    const number = parseCpu(text, skipBlanks(text, at));
    if (number === undefined) return undefined;
    const end = skipBlanks(text, number.end);
    if (text[end] === "-") {
      if (first !== MAX_LCORE) return undefined;
      first = number.value;
    } else if (text[end] === "," || text[end] === ")") {
      for (const member of between(first === MAX_LCORE ? number.value : first, number.value)) members.add(member);
      first = MAX_LCORE;
    } else {
      return undefined;
    }
    at = end + 1;
    if (text[end] === ")") break;
  }
  return { members: [...members].sort((a, b) => a - b), length: skipBlanks(text, at) };
}

function parseCpu(text: string, at: number): { value: number; end: number } | undefined {
  if (!/\d/.test(text.charAt(at))) return undefined;
  const { value, end, overflow } = strtoul(text.slice(at), 10);
  const cpu = uint32(value);
  return overflow || cpu >= CPU_SETSIZE ? undefined : { value: cpu, end: at + end };
}

function between(a: number, b: number): number[] {
  const low = Math.min(a, b);
  return Array.from({ length: Math.max(a, b) - low + 1 }, (_, i) => low + i);
}

/** Comma-separated numbers and ranges, blanks around them; false as soon as one is refused. */
function eachRange(
  list: string,
  read: (text: string) => CNumber,
  take: (first: number, last: number) => boolean,
): boolean {
  let first: number | undefined;
  let at = 0;
  for (;;) {
    at = skipBlanks(list, at);
    if (at >= list.length) return false;
    const { value, end, overflow } = read(list.slice(at));
    const number = Number(BigInt.asIntN(32, value));
    if (overflow || number < 0) return false;
    at = skipBlanks(list, at + end);
    if (list[at] === "-") {
      first = number;
    } else if (at >= list.length || list[at] === ",") {
      if (!take(first ?? number, number)) return false;
      first = undefined;
    } else {
      return false;
    }
    if (at >= list.length) return true;
    at++;
  }
}

/** check_core_list: refuses ids that EAL has no room for, and says how to map them. */
function fitting(lcores: readonly number[], log: Log): number[] | undefined {
  const high = lcores.filter((lcore) => lcore >= MAX_LCORE);
  for (const lcore of high) log(`lcore ${lcore} >= RTE_MAX_LCORE (${MAX_LCORE})`);
  if (high.length > 0) {
    const map = lcores.map((lcore, i) => `${i}@${lcore}`).join(",");
    log(
      `To use high physical core ids, please use --lcores to map them to lcore ids below RTE_MAX_LCORE, e.g. --lcores ${map}`,
    );
    return undefined;
  }
  return [...lcores].sort((a, b) => a - b);
}

function tooMany(log: Log): undefined {
  log(`Too many lcores provided. Cannot exceed RTE_MAX_LCORE (${MAX_LCORE})`);
  return undefined;
}

function skipBlanks(text: string, at: number): number {
  let i = at;
  while (text[i] === " " || text[i] === "\t") i++;
  return i;
}

/** Where the first of these characters stands; the end of the text when none does. */
function indexOfAny(text: string, characters: string, from: number): number {
  let i = from;
  while (i < text.length && !characters.includes(text.charAt(i))) i++;
  return i;
}
