// settings - other_config of Open_vSwitch and of interfaces as ovs-vswitchd reads it: numbers of C, defaults where a value is out of range, and the
// words it logs then (lib/dpif-netdev.c, lib/smap.c of OVS 3.1).
import type { Row } from "../ovsdb/database.ts";

/** A row's map column. */
export function mapOf(row: Row, column: string): ReadonlyMap<string, string> {
  const datum = row.columns.get(column)!;
  return new Map(datum.keys.map((key, i) => [String(key), String(datum.values?.[i] ?? "")]));
}

/** A column with at most one value. */
export function optional(row: Row, column: string): string | number | boolean | undefined {
  return row.columns.get(column)?.keys[0];
}

export function textOf(row: Row, column: string): string {
  return String(optional(row, column) ?? "");
}

export function numberOf(row: Row, column: string): number {
  return Number(optional(row, column) ?? 0);
}

/** smap_get_bool: only the other of the two words changes the default. */
export function flag(map: ReadonlyMap<string, string>, key: string, usual: boolean): boolean {
  const value = map.get(key)?.toLowerCase();
  return usual ? value !== "false" : value === "true";
}

/** smap_get_int and its likes: strtol of any base; what is no number is the default. */
export function integer(map: ReadonlyMap<string, string>, key: string, usual: number): number {
  const text = map.get(key);
  if (text === undefined) return usual;
  const value = /^\s*[-+]?(?:0[xX][0-9a-fA-F]+|\d+)\s*$/.test(text) ? Number(text) : Number.NaN;
  return Number.isNaN(value) ? usual : value;
}

const UINT32_MAX = 0xffff_ffff;
/** DEFAULT_EM_FLOW_INSERT_INV_PROB. */
const INSERT_INV_PROB = 100;

/** emc-insert-inv-prob: 0 turns the EMC off, what does not fit is the default. */
export function emcInsertInvProb(map: ReadonlyMap<string, string>): number {
  const value = integer(map, "emc-insert-inv-prob", INSERT_INV_PROB);
  return value >= 0 && value <= UINT32_MAX ? value : INSERT_INV_PROB;
}

/** "0:3,1:7": cores by queue; undefined: it cannot be read. */
export function rxqAffinity(text: string): ReadonlyMap<number, number> | undefined {
  const pins = new Map<number, number>();
  for (const item of text.split(/[, ]+/).filter((word) => word !== "")) {
    const [, queue, core] = /^(\d+):(\d+)$/.exec(item) ?? [];
    if (queue === undefined) return undefined;
    pins.set(Number(queue), Number(core));
  }
  return pins;
}
