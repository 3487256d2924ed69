// database - rows of an OVSDB database in memory, and transactions over them (RFC 7047): all of one happens or nothing; when it ends, rows that
// nothing refers to are gone, and what must be unique is.
// Rows are replaced, never changed in place: a transaction that fails puts the old ones back. UUIDs come from a counter, so that the same
// commands give the same database; rows stand in the order they were made.
import { UsageError } from "../errors.ts";
import { type Atom, type Datum, defaultDatum, formatAtom, makeDatum } from "./datum.ts";
import { type ColumnType, type Schema, type TableSchema, UUID_COLUMN } from "./schema.ts";

export interface Row {
  readonly uuid: string;
  readonly table: string;
  readonly columns: ReadonlyMap<string, Datum>;
}

/** The server refuses the transaction; the message is its JSON. */
export class TransactionError extends UsageError {}

export class Database {
  readonly schema: Schema;
  private tables = new Map<string, Map<string, Row>>();
  private made = 0;
  /** Counts transactions that changed something. */
  revision = 0;
  /** Rows that this transaction deleted. */
  private readonly deleted = new Set<string>();
  private touched = false;

  constructor(schema: Schema) {
    this.schema = schema;
    for (const name of schema.keys()) this.tables.set(name, new Map());
  }

  table(name: string): TableSchema {
    return this.schema.get(name)!;
  }

  type(table: string, column: string): ColumnType {
    return this.table(table).columns.get(column)!;
  }

  rows(table: string): Row[] {
    return [...this.tables.get(table)!.values()];
  }

  row(table: string, uuid: string): Row | undefined {
    return this.tables.get(table)!.get(uuid);
  }

  /** The first row whose column holds just this. */
  find(table: string, column: string, value: Atom): Row | undefined {
    for (const row of this.tables.get(table)!.values()) if (row.columns.get(column)?.keys[0] === value) return row;
    return undefined;
  }

  /** Runs a transaction. @throws what `change` throws, and TransactionError for what may not be; then nothing has changed */
  transact<Result>(change: () => Result): Result {
    return this.attempt(change, true);
  }

  /** The same, and then as if nothing had been done. */
  tryOut<Result>(change: () => Result): Result {
    return this.attempt(change, false);
  }

  private attempt<Result>(change: () => Result, keep: boolean): Result {
    const before = new Map([...this.tables].map(([name, rows]) => [name, new Map(rows)]));
    let kept = false;
    this.touched = false;
    this.deleted.clear();
    try {
      const result = change();
      this.checkReferences();
      this.collect();
      this.check();
      kept = keep;
      if (keep && this.touched) this.revision++;
      return result;
    } finally {
      if (!kept) this.tables = before;
    }
  }

  /** A uuid that no row has had. */
  newUuid(): string {
    const n = (++this.made).toString(16).padStart(8, "0");
    const rest = (Math.imul(this.made, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0");
    return `${n}-${rest.slice(0, 4)}-4${rest.slice(4, 7)}-8${n.slice(5)}-${rest}${n.slice(4)}`;
  }

  insert(table: string, columns: Iterable<readonly [string, Datum]> = [], uuid: string = this.newUuid()): Row {
    this.touched = true;
    const all = new Map<string, Datum>();
    for (const [name, type] of this.table(table).columns) all.set(name, defaultDatum(type));
    all.set(UUID_COLUMN, { keys: [uuid] });
    for (const [name, datum] of columns) all.set(name, datum);
    const row = { uuid, table, columns: all };
    this.tables.get(table)!.set(uuid, row);
    return row;
  }

  set(table: string, uuid: string, column: string, datum: Datum): void {
    const rows = this.tables.get(table)!;
    const row = rows.get(uuid);
    if (row === undefined) return;
    this.touched = true;
    rows.set(uuid, { ...row, columns: new Map(row.columns).set(column, datum) });
  }

  delete(table: string, uuid: string): void {
    this.touched = true;
    this.deleted.add(uuid);
    this.tables.get(table)!.delete(uuid);
  }

  /** A column's value as entries. */
  entries(table: string, uuid: string, column: string): (readonly [Atom, Atom?])[] {
    const datum = this.row(table, uuid)?.columns.get(column);
    return (datum?.keys ?? []).map((key, i) => [key, datum?.values?.[i]] as const);
  }

  /** Adds elements to a set, or keys to a map. */
  add(table: string, uuid: string, column: string, ...added: readonly (readonly [Atom, Atom?])[]): void {
    const entries = [...this.entries(table, uuid, column), ...added];
    this.set(table, uuid, column, makeDatum(this.type(table, column), entries));
  }

  /** Takes elements out of a set, or keys out of a map. */
  remove(table: string, uuid: string, column: string, ...keys: readonly Atom[]): void {
    const entries = this.entries(table, uuid, column).filter(([key]) => !keys.includes(key));
    this.set(table, uuid, column, makeDatum(this.type(table, column), entries));
  }

  /** Rows that a column refers to. */
  references(row: Row, column: string): Row[] {
    const type = this.type(row.table, column);
    const { table } = type.value?.table === undefined ? type.key : type.value;
    const datum = row.columns.get(column)!;
    const uuids = (type.value?.table === undefined ? datum.keys : datum.values) ?? [];
    return table === undefined ? [] : uuids.flatMap((uuid) => this.row(table, String(uuid)) ?? []);
  }

  /** @throws TransactionError */
  refuse(details: string, error: string): never {
    throw new TransactionError(`transaction error: ${JSON.stringify({ details, error })}`);
  }

  /** Deletes rows that have lost their last strong reference, and weak references to rows that are gone. */
  private collect(): void {
    for (let again = true; again; ) {
      again = false;
      const alive = this.referred(false);
      for (const [name, rows] of this.tables) {
        if (this.table(name).root) continue;
        for (const uuid of rows.keys()) {
          if (alive.has(uuid)) continue;
          rows.delete(uuid);
          again = true;
        }
      }
    }
    for (const [name, { columns }] of this.schema) {
      for (const [column, type] of columns) {
        if (type.key.weak !== true) continue;
        for (const row of this.rows(name)) {
          const { keys } = row.columns.get(column)!;
          const gone = keys.filter((uuid) => this.row(type.key.table!, String(uuid)) === undefined);
          if (gone.length > 0) this.remove(name, row.uuid, column, ...gone);
        }
      }
    }
  }

  /** The uuids that rows refer to. */
  private referred(weak: boolean): Set<Atom> {
    const found = new Set<Atom>();
    for (const [name, { columns }] of this.schema) {
      for (const [column, { key, value }] of columns) {
        for (const row of this.tables.get(name)!.values()) {
          const datum = row.columns.get(column)!;
          if (key.table !== undefined && key.weak === weak) for (const uuid of datum.keys) found.add(uuid);
          if (value?.table !== undefined && value.weak === weak) for (const uuid of datum.values ?? []) found.add(uuid);
        }
      }
    }
    return found;
  }

  /** Strong references to rows that are not there: a deleted one's are counted. */
  private checkReferences(): void {
    for (const [name, { columns }] of this.schema) {
      for (const [column, { key, value }] of columns) {
        for (const row of this.rows(name)) {
          const datum = row.columns.get(column)!;
          const strong = [
            ...(key.table !== undefined && key.weak === false
              ? datum.keys.map((uuid) => [key.table!, uuid] as const)
              : []),
            ...(value?.table === undefined ? [] : datum.values!.map((uuid) => [value.table!, uuid] as const)),
          ];
          for (const [table, uuid] of strong) {
            if (this.row(table, String(uuid)) !== undefined) continue;
            const details = this.deleted.has(String(uuid))
              ? `cannot delete ${table} row ${uuid} because of 1 remaining reference(s)`
              : `Table ${name} column ${column} row ${row.uuid} references nonexistent row ${uuid} in table ${table}.`;
            this.refuse(details, "referential integrity violation");
          }
        }
      }
    }
  }

  private check(): void {
    for (const { name, index, maxRows } of this.schema.values()) {
      const rows = this.rows(name);
      if (rows.length > maxRows)
        this.refuse(
          `transaction causes "${name}" table to contain ${rows.length} rows, greater than the schema-defined limit of ${maxRows} row(s)`,
          "constraint violation",
        );
      if (index.length === 0) continue;
      const seen = new Map<string, Row>();
      for (const row of rows) {
        const key = index.map((column) => JSON.stringify(row.columns.get(column)!.keys)).join();
        const other = seen.get(key);
        if (other !== undefined) {
          const values = index.map((column) => formatAtom({ type: "string" }, row.columns.get(column)!.keys[0]!));
          const columns = index.map((column) => `"${column}"`).join(", ");
          const details = `Transaction causes multiple rows in "${name}" table to have identical values (${values.join(", ")}) for index on column ${columns}.`;
          this.refuse(details, "constraint violation");
        }
        seen.set(key, row);
      }
    }
  }
}
