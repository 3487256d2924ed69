// vsctl-show - `ovs-vsctl show`: the bridges with their ports, as a tree that leaves out what is as usual.
import type { CtlCommand } from "./ctl.ts";
import type { Database, Row } from "./database.ts";
import { formatDatum, isDefaultDatum } from "./datum.ts";
import { rootRow } from "./vsctl-view.ts";

/** Which columns a table's rows show below their name; those that refer to rows show these. */
const TREE: Readonly<Record<string, { readonly name: string | undefined; readonly columns: readonly string[] }>> = {
  Open_vSwitch: { name: undefined, columns: ["manager_options", "bridges", "ovs_version"] },
  Manager: { name: "target", columns: ["is_connected"] },
  Bridge: { name: "name", columns: ["controller", "fail_mode", "datapath_type", "ports"] },
  Controller: { name: "target", columns: ["is_connected"] },
  Port: { name: "name", columns: ["tag", "trunks", "interfaces"] },
  Interface: { name: "name", columns: ["type", "options", "error"] },
};

function branch(db: Database, row: Row, depth: number): string {
  const { name, columns } = TREE[row.table]!;
  const indent = "    ".repeat(depth);
  const type = db.type(row.table, name ?? "_uuid");
  let text = `${indent}${name === undefined ? row.uuid : `${row.table} ${formatDatum(type, row.columns.get(name)!)}`}\n`;
  for (const column of columns) {
    const kind = db.type(row.table, column);
    if (kind.key.table !== undefined) {
      for (const child of db.references(row, column)) text += branch(db, child, depth + 1);
      continue;
    }
    const datum = row.columns.get(column)!;
    if (isDefaultDatum(kind, datum)) continue;
    text += `${indent}    ${column}: ${formatDatum(kind, datum)}\n`;
  }
  return text;
}

export const show: CtlCommand = {
  min: 0,
  max: 0,
  run(context) {
    const { db } = context;
    context.line(branch(db, rootRow(db), 0).replace(/\n$/, ""));
  },
};
