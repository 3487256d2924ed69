// row - columns of a row as plain values.

import type { Row } from "./database.ts";
import type { Atom } from "./datum.ts";

/** A map column. */
export function mapOf(row: Row, column: string): ReadonlyMap<string, string> {
  const datum = row.columns.get(column)!;
  return new Map(datum.keys.map((key, i) => [String(key), String(datum.values?.[i] ?? "")]));
}

/** A column with at most one value. */
export function optional(row: Row, column: string): Atom | undefined {
  return row.columns.get(column)?.keys[0];
}

export function textOf(row: Row, column: string): string {
  return String(optional(row, column) ?? "");
}

export function numberOf(row: Row, column: string): number {
  return Number(optional(row, column) ?? 0);
}
