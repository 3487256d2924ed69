// ctl-conditions - `column[:key] operator value`: what find and wait-until ask for, and how settings are written.
import { UsageError } from "../errors.ts";
import type { CtlContext } from "./ctl.ts";
import { columnOf, reader } from "./ctl-names.ts";
import type { Row } from "./database.ts";
import { type Atom, type Datum, equalDatums } from "./datum.ts";
import type { TableSchema } from "./schema.ts";

export const OPERATORS = [
  "{<=}",
  "{>=}",
  "{!=}",
  "{=}",
  "{<}",
  "{>}",
  "{in}",
  "{not-in}",
  "!=",
  "<=",
  ">=",
  "=",
  "<",
  ">",
] as const;

export const LISTED_OPERATORS =
  '"=", "!=", "<", ">", "<=", ">=", "{=}", "{!=}", "{<}", "{>}", "{<=}", "{>=}", "{in}", or "{not-in}"';

export interface Clause {
  readonly column: string;
  readonly key: Atom | undefined;
  readonly operator: string | undefined;
  readonly value: string;
}

/** Reads `column[:key][operator value]`. @throws UsageError */
export function parseClause(
  context: CtlContext,
  table: TableSchema,
  text: string,
  operators: readonly string[],
): Clause {
  const word = /^[^:=!<>{]*/.exec(text)![0];
  const column = columnOf(table, word);
  let rest = text.slice(word.length);
  let key: Atom | undefined;
  if (rest.startsWith(":")) {
    const quoted = /^:("(?:[^"\\]|\\.)*"|[^=!<>{]*)/.exec(rest)!;
    key = reader(context, quoted[1]!).atom(table.columns.get(column)!.key);
    rest = rest.slice(quoted[0].length);
  }
  if (rest === "") return { column, key, operator: undefined, value: "" };
  const operator = operators.find((op) => rest.startsWith(op));
  if (operator === undefined) throw new UsageError(`${text}: argument does not end in "=" followed by a value.`);
  return { column, key, operator, value: rest.slice(operator.length) };
}

/** Whether a row's column is as a clause has it. */
export function holds(context: CtlContext, table: TableSchema, row: Row, clause: Clause): boolean {
  const type = table.columns.get(clause.column)!;
  const datum = row.columns.get(clause.column)!;
  const operator = clause.operator!.replace(/[{}]/g, "");
  if (clause.key !== undefined && type.value !== undefined) {
    const at = datum.keys.indexOf(clause.key);
    if (at < 0) return false;
    return compare(datum.values![at]!, reader(context, clause.value).atom(type.value), operator);
  }
  const wanted = reader(context, clause.value).datum({ ...type, min: 0, max: Number.POSITIVE_INFINITY });
  if (clause.operator!.startsWith("{")) return compareSets(datum, wanted, operator);
  if (type.max === 1 && datum.keys.length === 1 && wanted.keys.length === 1 && type.value === undefined)
    return compare(datum.keys[0]!, wanted.keys[0]!, operator);
  const equal = equalDatums(datum, wanted);
  return operator === "="
    ? equal || (type.max > 1 && includes(datum, wanted) && wanted.keys.length > 0 && type.value !== undefined)
    : operator === "!="
      ? !equal
      : false;
}

function compare(a: Atom, b: Atom, operator: string): boolean {
  switch (operator) {
    case "=":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case ">":
      return a > b;
    case "<=":
      return a <= b;
    default:
      return a >= b;
  }
}

function includes(datum: Datum, wanted: Datum): boolean {
  return wanted.keys.every((key, i) => {
    const at = datum.keys.indexOf(key);
    return at >= 0 && (wanted.values === undefined || datum.values?.[at] === wanted.values[i]);
  });
}

function compareSets(datum: Datum, wanted: Datum, operator: string): boolean {
  const sub = includes(wanted, datum);
  const sup = includes(datum, wanted);
  switch (operator) {
    case "=":
      return sub && sup;
    case "!=":
      return !(sub && sup);
    case "<":
      return sub && !sup;
    case ">":
      return sup && !sub;
    case "<=":
    case "in":
      return sub;
    case "not-in":
      return !datum.keys.some((key) => wanted.keys.includes(key));
    default:
      return sup;
  }
}
