// ctl-records - the commands of ovs-vsctl that work on any table: list, find, get, set, add, remove, clear, create, destroy, wait-until
// (lib/db-ctl-base.c of OVS 3.1).
import { UsageError } from "../errors.ts";
import type { CtlCommand, CtlContext } from "./ctl.ts";
import { holds, LISTED_OPERATORS, OPERATORS, parseClause } from "./ctl-conditions.ts";
import { columnOf, mustRow, reader, rowOf, tableOf } from "./ctl-names.ts";
import type { Row } from "./database.ts";
import { type Atom, type Datum, defaultDatum, formatAtom, formatDatum, makeDatum } from "./datum.ts";
import { datumJson } from "./datum-json.ts";
import { type TableSchema, UUID_COLUMN } from "./schema.ts";

/** @throws UsageError when the column is not to be changed */
function refuseFixed(table: TableSchema, column: string): void {
  if (!table.columns.get(column)!.fixed && column !== UUID_COLUMN) return;
  throw new UsageError(`cannot modify read-only column ${column} in table ${table.name}`);
}

/** `column[:key]=value`. @throws UsageError */
export function setColumnText(context: CtlContext, table: TableSchema, uuid: string, text: string): void {
  const { db } = context;
  const { column, key, operator, value } = parseClause(context, table, text, ["="]);
  const type = table.columns.get(column)!;
  if (operator === undefined) throw new UsageError(`${text}: argument does not end in "=" followed by a value.`);
  refuseFixed(table, column);
  if (key !== undefined) {
    if (type.value === undefined) throw new UsageError(`cannot specify key to set for non-map column ${column}`);
    db.add(table.name, uuid, column, [key, reader(context, value).whole(type.value)]);
    return;
  }
  db.set(table.name, uuid, column, reader(context, value).datum(type));
}

const set: CtlCommand = {
  min: 3,
  max: Number.POSITIVE_INFINITY,
  options: ["--if-exists"],
  run(context) {
    const [tableWord = "", rowWord = "", ...settings] = context.args;
    const table = tableOf(context.db, tableWord);
    const row = found(context, table, rowWord);
    if (row === undefined) return;
    for (const text of settings) setColumnText(context, table, row.uuid, text);
  },
};

/** The row, unless it may be missing and is. */
function found(context: CtlContext, table: TableSchema, word: string): Row | undefined {
  const symbol = (name: string): string => context.symbol(name);
  return context.option("--if-exists") === undefined
    ? mustRow(context.db, table, word, symbol)
    : rowOf(context.db, table, word, symbol);
}

const get: CtlCommand = {
  min: 2,
  max: Number.POSITIVE_INFINITY,
  options: ["--if-exists", "--id="],
  run(context) {
    const [tableWord = "", rowWord = "", ...columns] = context.args;
    const table = tableOf(context.db, tableWord);
    const row = found(context, table, rowWord);
    if (row === undefined) return;
    const id = context.option("--id");
    if (id !== undefined) context.define(id, row.uuid);
    for (const text of columns) {
      const { column, key, operator } = parseClause(context, table, text, OPERATORS);
      if (operator !== undefined)
        throw new UsageError(`${text}: trailing garbage "${text.slice(column.length)}" in argument`);
      const type = table.columns.get(column)!;
      const datum = row.columns.get(column)!;
      if (key === undefined) {
        context.line(formatDatum(type, datum, context.bare));
        continue;
      }
      if (type.value === undefined) throw new UsageError(`cannot specify key to get for non-map column ${column}`);
      const at = datum.keys.indexOf(key);
      if (at >= 0) context.line(formatAtom(type.value, datum.values![at]!));
      else if (context.option("--if-exists") === undefined) {
        const shown = formatAtom({ type: "string" }, key).replaceAll('"', "");
        throw new UsageError(`no key "${shown}" in ${table.name} record "${rowWord}" column ${column}`);
      } else context.line("");
    }
  },
};

/** The columns that --columns names, else all. */
function chosen(context: CtlContext, table: TableSchema): string[] {
  const words = context.option("--columns");
  if (words === undefined) return [...table.columns.keys()];
  return words.split(/[ ,]+/).map((word) => columnOf(table, word));
}

function show(context: CtlContext, table: TableSchema, rows: readonly Row[]): void {
  const headings = chosen(context, table);
  const bare = context.bare;
  context.table({
    headings,
    rows: rows.map((row) =>
      headings.map((column) => {
        const type = table.columns.get(column)!;
        const datum = row.columns.get(column)!;
        return { text: formatDatum(type, datum, bare), json: datumJson(type, datum) };
      }),
    ),
  });
}

const list: CtlCommand = {
  min: 1,
  max: Number.POSITIVE_INFINITY,
  options: ["--if-exists", "--columns="],
  run(context) {
    const { db } = context;
    const [tableWord = "", ...rows] = context.args;
    const table = tableOf(db, tableWord);
    show(
      context,
      table,
      rows.length === 0 ? db.rows(table.name) : rows.flatMap((word) => found(context, table, word) ?? []),
    );
  },
};

const find: CtlCommand = {
  min: 1,
  max: Number.POSITIVE_INFINITY,
  options: ["--columns="],
  run(context) {
    const { db } = context;
    const [tableWord = "", ...conditions] = context.args;
    const table = tableOf(db, tableWord);
    const clauses = conditions.map((text) => {
      const clause = parseClause(context, table, text, OPERATORS);
      if (clause.operator === undefined)
        throw new UsageError(`${text}: argument does not end in ${LISTED_OPERATORS} followed by a value.`);
      return clause;
    });
    show(
      context,
      table,
      db.rows(table.name).filter((row) => clauses.every((clause) => holds(context, table, row, clause))),
    );
  },
};

const add: CtlCommand = {
  min: 4,
  max: Number.POSITIVE_INFINITY,
  options: ["--if-exists"],
  run(context) {
    const { db } = context;
    const [tableWord = "", rowWord = "", columnWord = "", ...values] = context.args;
    const table = tableOf(db, tableWord);
    const column = columnOf(table, columnWord);
    const row = found(context, table, rowWord);
    if (row === undefined) return;
    const type = table.columns.get(column)!;
    for (const value of values) {
      const added = reader(context, value).datum({ ...type, min: 0, max: Number.POSITIVE_INFINITY });
      db.add(table.name, row.uuid, column, ...added.keys.map((key, i) => [key, added.values?.[i]] as const));
    }
    const count = db.row(table.name, row.uuid)!.columns.get(column)!.keys.length;
    const kind = type.value === undefined ? "set" : "map";
    if (count > type.max)
      db.refuse(
        `Attempted to store ${count} elements in ${kind} of up to ${type.max} ${type.key.type}s.`,
        "constraint violation",
      );
  },
};

const remove: CtlCommand = {
  min: 4,
  max: Number.POSITIVE_INFINITY,
  options: ["--if-exists"],
  run(context) {
    const { db } = context;
    const [tableWord = "", rowWord = "", columnWord = "", ...values] = context.args;
    const table = tableOf(db, tableWord);
    const column = columnOf(table, columnWord);
    const row = found(context, table, rowWord);
    if (row === undefined) return;
    const type = table.columns.get(column)!;
    const wide = { ...type, min: 0, max: Number.POSITIVE_INFINITY };
    for (const value of values) {
      const pairs = type.value !== undefined && /=/.test(value);
      const removed = reader(context, value).datum(pairs ? wide : withoutValue(wide));
      const { keys, values: held } = db.row(table.name, row.uuid)!.columns.get(column)!;
      const gone = removed.keys.filter((key, i) => !pairs || held?.[keys.indexOf(key)] === removed.values![i]);
      db.remove(table.name, row.uuid, column, ...gone);
    }
    const count = db.row(table.name, row.uuid)!.columns.get(column)!.keys.length;
    if (count < type.min)
      throw new UsageError(
        `"remove" operation would put ${count} ${type.value === undefined ? "values" : "pairs"} in column ${column} of table ${table.name} but the minimum number is ${type.min}`,
      );
  },
};

function withoutValue<T extends { readonly value?: unknown }>(type: T): Omit<T, "value"> {
  const { value: _, ...rest } = type;
  return rest;
}

const clear: CtlCommand = {
  min: 3,
  max: Number.POSITIVE_INFINITY,
  options: ["--if-exists"],
  run(context) {
    const { db } = context;
    const [tableWord = "", rowWord = "", ...columns] = context.args;
    const table = tableOf(db, tableWord);
    const row = found(context, table, rowWord);
    if (row === undefined) return;
    for (const word of columns) {
      const column = columnOf(table, word);
      const type = table.columns.get(column)!;
      refuseFixed(table, column);
      if (type.min > 0)
        throw new UsageError(
          `"clear" operation cannot be applied to column ${column} of table ${table.name}, which is not allowed to be empty`,
        );
      db.set(table.name, row.uuid, column, defaultDatum(type));
    }
  },
};

const create: CtlCommand = {
  min: 2,
  max: Number.POSITIVE_INFINITY,
  options: ["--id="],
  run(context) {
    const { db } = context;
    const [tableWord = "", ...settings] = context.args;
    const table = tableOf(db, tableWord);
    const id = context.option("--id");
    const row = db.insert(table.name, [], id === undefined ? undefined : context.create(id));
    if (id === undefined && !table.root)
      context.warn(
        "db_ctl_base",
        `applying "create" command to table ${table.name} without --id option will have no effect`,
      );
    for (const text of settings) {
      const { column, operator, value } = parseClause(context, table, text, ["="]);
      const type = table.columns.get(column)!;
      if (type.fixed && operator !== undefined)
        db.set(table.name, row.uuid, column, reader(context, value).datum(type));
      else setColumnText(context, table, row.uuid, text);
    }
    context.line(row.uuid);
  },
};

const destroy: CtlCommand = {
  min: 1,
  max: Number.POSITIVE_INFINITY,
  options: ["--if-exists", "--all"],
  run(context) {
    const { db } = context;
    const [tableWord = "", ...rows] = context.args;
    const table = tableOf(db, tableWord);
    const all = context.option("--all") !== undefined;
    if (all && rows.length > 0) throw new UsageError("--all and records argument should not be specified together");
    if (all && context.option("--if-exists") !== undefined)
      throw new UsageError("--all and --if-exists should not be specified together");
    const gone = all ? db.rows(table.name) : rows.flatMap((word) => found(context, table, word) ?? []);
    for (const row of gone) db.delete(table.name, row.uuid);
  },
};

const waitUntil: CtlCommand = {
  min: 2,
  max: Number.POSITIVE_INFINITY,
  options: ["--if-exists"],
  run(context) {
    const { db } = context;
    const [tableWord = "", rowWord = "", ...conditions] = context.args;
    const table = tableOf(db, tableWord);
    const row = rowOf(db, table, rowWord, (name) => context.symbol(name));
    const met =
      row !== undefined &&
      conditions.every((text) => holds(context, table, row, parseClause(context, table, text, OPERATORS)));
    if (!met) throw new UsageError("wait-until: found the condition not met, and nothing else runs meanwhile");
  },
};

export function datumOf(...keys: readonly Atom[]): Datum {
  return makeDatum(
    { key: { type: "string" }, min: 0, max: Number.POSITIVE_INFINITY, fixed: false },
    keys.map((key) => [key]),
  );
}

export const RECORD_COMMANDS: readonly (readonly [string, CtlCommand])[] = [
  ["comment", { min: 0, max: Number.POSITIVE_INFINITY, run: () => {} }],
  ["get", get],
  ["list", list],
  ["find", find],
  ["set", set],
  ["add", add],
  ["remove", remove],
  ["clear", clear],
  ["create", create],
  ["destroy", destroy],
  ["wait-until", waitUntil],
];
