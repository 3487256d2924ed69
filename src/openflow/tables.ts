// tables - OpenFlow table numbers, and tables by name (ofputil_table_from_string of OVS 3.1).
import type { OfLog } from "./ports.ts";
import { quoteName, unquoteName } from "./quoted-name.ts";

/** Stands for all tables, or for none in particular. */
export const TABLE_ANY = 255;

/** Tables that have names in the database. */
export interface TableMap {
  name(table: number): string | undefined;
  number(name: string): number | undefined;
}

/** A table by number or by name; undefined: it is neither. */
export function parseTable(text: string, tables?: TableMap, log?: OfLog): number | undefined {
  if (text.startsWith("-")) {
    log?.("WARN", "ofp_table", `Negative value ${text} is not a valid table number.`);
    return undefined;
  }
  if (/^\d+$/.test(text)) {
    const table = Number(text);
    if (table <= TABLE_ANY) return table;
    log?.("WARN", "ofp_table", `table ${text} is outside the supported range 0 through 255`);
    return undefined;
  }
  const name = text.startsWith('"') ? unquoteName(text) : text;
  return name === undefined ? undefined : tables?.number(name);
}

export function formatTable(table: number, tables?: TableMap): string {
  const name = tables?.name(table);
  return name === undefined ? String(table) : quoteName(name);
}
