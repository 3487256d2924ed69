// ctl-names - what words on ovs-vsctl's command line mean: tables, columns and rows, abbreviated as lib/db-ctl-base.c of OVS 3.1 lets them be.
import { UsageError } from "../errors.ts";
import type { CtlContext } from "./ctl.ts";
import type { Database, Row } from "./database.ts";
import { DatumReader } from "./datum.ts";
import type { TableSchema } from "./schema.ts";

/** Words that match a name as ovs-vsctl abbreviates: any case, `-` for `_`, the beginning is enough. */
function matches(
  names: Iterable<string>,
  word: string,
): { readonly exact?: string; readonly partial: readonly string[] } {
  const plain = (text: string): string => text.toLowerCase().replaceAll("-", "_");
  const wanted = plain(word);
  const partial: string[] = [];
  for (const name of names) {
    if (plain(name) === wanted) return { exact: name, partial: [] };
    if (plain(name).startsWith(wanted)) partial.push(name);
  }
  return { partial };
}

/** @throws UsageError */
export function tableOf(db: Database, word: string): TableSchema {
  const { exact, partial } = matches(db.schema.keys(), word);
  if (exact === undefined && partial.length > 1)
    throw new UsageError(`"${word}" matches multiple table names: ${partial.join(", ")}`);
  const name = exact ?? partial[0];
  if (name === undefined) throw new UsageError(`unknown table "${word}"`);
  return db.table(name);
}

/** @throws UsageError */
export function columnOf(table: TableSchema, word: string): string {
  const { exact, partial } = matches(table.columns.keys(), word);
  if (exact === undefined && partial.length > 1)
    throw new UsageError(
      `${table.name} contains more than one column whose name matches "${word}": ${partial.join(", ")}`,
    );
  const name = exact ?? partial[0];
  if (name === undefined) throw new UsageError(`${table.name} does not contain a column whose name matches "${word}"`);
  return name;
}

/** Where a row of a table that has no name is found by that of a row that refers to it. */
const NAMED_BY: Readonly<Record<string, readonly [table: string, column: string]>> = {
  QoS: ["Port", "qos"],
  Controller: ["Bridge", "controller"],
  NetFlow: ["Bridge", "netflow"],
  sFlow: ["Bridge", "sflow"],
  IPFIX: ["Bridge", "ipfix"],
  AutoAttach: ["Bridge", "auto_attach"],
};

/** The row that a record's word means: its uuid or a beginning of it, its name, `.` where there can be one only. */
export function rowOf(
  db: Database,
  table: TableSchema,
  word: string,
  symbol: (name: string) => string,
): Row | undefined {
  if (word.startsWith("@")) return db.row(table.name, symbol(word));
  const byUuid = db.row(table.name, word);
  if (byUuid !== undefined) return byUuid;
  if (word === "." && table.maxRows === 1) return db.rows(table.name)[0];
  const key = table.name === "Manager" ? "target" : "name";
  if (table.columns.has(key)) {
    const found = db.find(table.name, key, word);
    if (found !== undefined) return found;
  }
  const [by, column] = NAMED_BY[table.name] ?? [];
  const owner = by === undefined ? undefined : db.find(by, "name", word);
  if (owner !== undefined) return db.references(owner, column!)[0];
  const beginning = /^[0-9a-f]{4,}/.test(word) ? db.rows(table.name).filter(({ uuid }) => uuid.startsWith(word)) : [];
  return beginning.length === 1 ? beginning[0] : undefined;
}

/** @throws UsageError */
export function mustRow(db: Database, table: TableSchema, word: string, symbol: (name: string) => string): Row {
  const row = rowOf(db, table, word, symbol);
  if (row === undefined) throw new UsageError(`no row "${word}" in table ${table.name}`);
  return row;
}

export function reader(context: CtlContext, text: string): DatumReader {
  return new DatumReader(text, (name) => context.symbol(name));
}
