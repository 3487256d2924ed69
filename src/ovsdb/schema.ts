// schema - what an OVSDB table may hold (RFC 7047 section 3.2): columns with their types, which rows live by themselves, what is unique.
// A column is written as one string: `integer[1..65279] 0..1`, `string=>string 0..n`, `@Port 0..n` (rows of Port; `~`: a weak reference),
// `string(trunk|access) 0..1`; ` fixed` behind it: not to be changed.

export type AtomType = "string" | "integer" | "real" | "boolean" | "uuid";

export interface BaseType {
  readonly type: AtomType;
  readonly min?: number;
  readonly max?: number;
  readonly allowed?: readonly string[];
  /** Table that a uuid is a row of; a weak reference keeps no row alive. */
  readonly table?: string;
  readonly weak?: boolean;
}

export interface ColumnType {
  readonly key: BaseType;
  /** Of a map. */
  readonly value?: BaseType;
  readonly min: number;
  /** Infinity: any number. */
  readonly max: number;
  readonly fixed: boolean;
}

export interface TableText {
  readonly root?: boolean;
  readonly index?: readonly string[];
  readonly maxRows?: number;
  readonly columns: Readonly<Record<string, string>>;
}

export interface TableSchema {
  readonly name: string;
  /** Rows live though nothing refers to them. */
  readonly root: boolean;
  /** Columns whose values together are unique. */
  readonly index: readonly string[];
  readonly maxRows: number;
  readonly columns: ReadonlyMap<string, ColumnType>;
}

export type Schema = ReadonlyMap<string, TableSchema>;

function parseBase(text: string): BaseType {
  if (text.startsWith("@")) {
    const weak = text.endsWith("~");
    return { type: "uuid", table: text.slice(1, weak ? -1 : undefined), weak };
  }
  const [, type = "", allowed, low, high] = /^(\w+)(?:\((.*)\))?(?:\[(-?\d*)\.\.(-?\d*)\])?$/.exec(text) ?? [];
  return {
    type: type as AtomType,
    ...(allowed === undefined ? {} : { allowed: allowed.split("|") }),
    ...(low === undefined || low === "" ? {} : { min: Number(low) }),
    ...(high === undefined || high === "" ? {} : { max: Number(high) }),
  };
}

function parseColumn(text: string): ColumnType {
  const words = text.split(" ");
  const [key = "", value] = words[0]!.split("=>");
  const range = /^(\d+)\.\.(\d+|n)$/.exec(words[1] ?? "");
  return {
    key: parseBase(key),
    ...(value === undefined ? {} : { value: parseBase(value) }),
    min: Number(range?.[1] ?? 1),
    max: range?.[2] === "n" ? Number.POSITIVE_INFINITY : Number(range?.[2] ?? 1),
    fixed: words.includes("fixed"),
  };
}

/** Every table has `_uuid` as its first column. */
export const UUID_COLUMN = "_uuid";
const UUID_TYPE: ColumnType = { key: { type: "uuid" }, min: 1, max: 1, fixed: true };

export function parseSchema(tables: Readonly<Record<string, TableText>>): Schema {
  return new Map(
    Object.entries(tables).map(([name, { root = false, index = [], maxRows = Number.POSITIVE_INFINITY, columns }]) => {
      const parsed = Object.entries(columns).map(([column, text]) => [column, parseColumn(text)] as const);
      return [name, { name, root, index, maxRows, columns: new Map([[UUID_COLUMN, UUID_TYPE], ...parsed]) }];
    }),
  );
}
