// client - ovsdb-client: `dump [SERVER] [DATABASE] [TABLE [COLUMN...]]`, `list-tables`, `list-dbs` (ovsdb/ovsdb-client.c of OVS 3.1).
import type { Database } from "./database.ts";
import { formatDatum } from "./datum.ts";
import { datumJson } from "./datum-json.ts";
import type { TableSchema } from "./schema.ts";
import { formatTable, type TableFormat, type TextTable } from "./table-text.ts";

export interface ClientReply {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

const DATABASE = "Open_vSwitch";

/** words: behind the program's name */
export function ovsdbClient(words: readonly string[], db: Database): ClientReply {
  const fail = (why: string): ClientReply => ({ stdout: "", stderr: `ovsdb-client: ${why}\n`, code: 1 });
  let format: TableFormat = "table";
  const rest: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const [, given] = /^(?:--format=|-f)(.*)$/.exec(words[i]!) ?? [];
    if (given !== undefined) format = (given === "" ? words[++i]! : given) as TableFormat;
    else if (!words[i]!.startsWith("-")) rest.push(words[i]!);
  }
  const [command = "", ...args] = rest;
  if (/^(unix|tcp|ssl):/.test(args[0] ?? "")) args.shift();
  if (args[0] === DATABASE && command !== "list-dbs" && (args.length === 1 || db.schema.has(args[1]!))) args.shift();
  switch (command) {
    case "list-dbs":
      return { stdout: `${DATABASE}\n_Server\n`, stderr: "", code: 0 };
    case "list-tables": {
      const rows = [...db.schema.keys()].sort().map((name) => [{ text: name, json: name }]);
      return { stdout: formatTable({ headings: ["Table"], rows }, format), stderr: "", code: 0 };
    }
    case "dump":
      break;
    case "":
      return fail("missing command name; use --help for help");
    default:
      return fail(`unknown command '${command}'; use --help for help`);
  }
  const [tableName, ...columns] = args;
  if (tableName === undefined) {
    const all = [...db.schema.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return { stdout: all.map((table) => formatTable(dump(db, table, []), format)).join("\n"), stderr: "", code: 0 };
  }
  const table = db.schema.get(tableName);
  if (table === undefined) return fail(`No table "${tableName}" found.`);
  const unknown = columns.find((column) => !table.columns.has(column));
  if (unknown !== undefined) return fail(`Table "${tableName}" has no column ${unknown}.`);
  return { stdout: formatTable(dump(db, table, columns), format), stderr: "", code: 0 };
}

/** A table with its columns by name and its rows by their first columns. */
function dump(db: Database, table: TableSchema, columns: readonly string[]): TextTable {
  const headings = (columns.length === 0 ? [...table.columns.keys()] : [...columns]).sort();
  const rows = db.rows(table.name).map((row) =>
    headings.map((column) => {
      const type = table.columns.get(column)!;
      const datum = row.columns.get(column)!;
      return { text: formatDatum(type, datum), json: datumJson(type, datum) };
    }),
  );
  const key = (row: (typeof rows)[number]): string => row.map(({ text }) => text).join("\u0000");
  rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return { caption: `${table.name} table`, headings, rows };
}
