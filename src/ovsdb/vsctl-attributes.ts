// vsctl-attributes - ovs-vsctl's commands about one column of a bridge: its controllers, its fail mode, its external ids.
import { UsageError } from "../errors.ts";
import type { CtlCommand, CtlContext } from "./ctl.ts";
import { datumOf } from "./ctl-records.ts";
import type { Database, Row } from "./database.ts";
import type { Atom } from "./datum.ts";
import { textOf } from "./row.ts";
import { lines, mustBridge } from "./vsctl-view.ts";

const ANY = Number.POSITIVE_INFINITY;

/** A column of a bridge as a command of its own: get-X, del-X, set-X. */
function column(name: string, write: (context: CtlContext, bridge: Row) => void, what: string): [string, CtlCommand][] {
  return [
    [
      `get-${what}`,
      { min: 1, max: 1, run: (c) => lines(c, columnTexts(c.db, mustBridge(c.db, c.args[0]!).row, name)) },
    ],
    [
      `del-${what}`,
      { min: 1, max: 1, run: (c) => c.db.set("Bridge", mustBridge(c.db, c.args[0]!).row.uuid, name, { keys: [] }) },
    ],
    [`set-${what}`, { min: 2, max: ANY, run: (c) => write(c, mustBridge(c.db, c.args[0]!).row) }],
  ];
}

function columnTexts(db: Database, row: Row, name: string): string[] {
  if (name === "controller")
    return db
      .references(row, name)
      .map((controller) => textOf(controller, "target"))
      .sort();
  return row.columns.get(name)!.keys.map(String);
}

function setController({ db, args }: CtlContext, bridge: Row): void {
  const rows = args.slice(1).map((target) => db.insert("Controller", [["target", datumOf(target)]]));
  db.set("Bridge", bridge.uuid, "controller", datumOf(...rows.map(({ uuid }) => uuid)));
}

function setFailMode({ db, args }: CtlContext, bridge: Row): void {
  const mode = args[1]!;
  if (mode !== "standalone" && mode !== "secure") throw new UsageError(`fail-mode must be "standalone" or "secure"`);
  db.set("Bridge", bridge.uuid, "fail_mode", datumOf(mode));
}

const externalId: CtlCommand = {
  min: 2,
  max: 3,
  run({ db, args: [name = "", key = "", value] }) {
    const { row } = mustBridge(db, name);
    if (value === undefined) db.remove("Bridge", row.uuid, "external_ids", key);
    else db.add("Bridge", row.uuid, "external_ids", [key, value]);
  },
};

const getExternalId: CtlCommand = {
  min: 1,
  max: 2,
  run(context) {
    const { row } = mustBridge(context.db, context.args[0]!);
    const entries: (readonly [Atom, Atom?])[] = context.db.entries("Bridge", row.uuid, "external_ids");
    for (const [key, value] of entries) {
      if (context.args[1] === undefined) context.line(`${key}=${value}`);
      else if (key === context.args[1]) context.line(String(value));
    }
  },
};

export const ATTRIBUTE_COMMANDS: readonly (readonly [string, CtlCommand])[] = [
  ["br-set-external-id", externalId],
  ["br-get-external-id", getExternalId],
  ...column("controller", setController, "controller"),
  ...column("fail_mode", setFailMode, "fail-mode"),
];
