// vsctl-bridges - ovs-vsctl's commands about bridges, ports and interfaces (utilities/ovs-vsctl.c of OVS 3.1), with fake bridges: a VLAN of a
// bridge that looks like one.
import { UsageError } from "../errors.ts";
import type { CtlCommand, CtlContext } from "./ctl.ts";
import { tableOf } from "./ctl-names.ts";
import { datumOf, setColumnText } from "./ctl-records.ts";
import type { Database, Row } from "./database.ts";
import { textOf } from "./row.ts";
import { ATTRIBUTE_COMMANDS } from "./vsctl-attributes.ts";
import {
  type BridgeView,
  bridgeOfPort,
  bridges,
  findBridge,
  lines,
  mustBridge,
  portOfInterface,
  portsOf,
  rootRow,
} from "./vsctl-view.ts";

const ANY = Number.POSITIVE_INFINITY;

/** @throws UsageError when something has the name. subject: `a bridge named br0` */
function checkFree(db: Database, name: string, subject: string): void {
  const because = (what: string): never => {
    throw new UsageError(`cannot create ${subject} because ${what}`);
  };
  if (findBridge(db, name) !== undefined) because(`a bridge named ${name} already exists`);
  const port = db.find("Port", "name", name);
  if (port !== undefined)
    because(`a port named ${name} already exists on bridge ${bridgeOfPort(db, port.uuid)?.name ?? ""}`);
  const iface = db.find("Interface", "name", name);
  if (iface === undefined) return;
  const owner = portOfInterface(db, iface.uuid);
  const bridge = owner === undefined ? undefined : bridgeOfPort(db, owner.uuid);
  because(`an interface named ${name} already exists on bridge ${bridge?.name ?? ""}`);
}

/** @returns the port */
function insertPort(db: Database, name: string, interfaces: readonly string[], type = ""): Row {
  const made = interfaces.map((iface) =>
    db.insert("Interface", [
      ["name", datumOf(iface)],
      ["type", datumOf(type)],
    ]),
  );
  return db.insert("Port", [
    ["name", datumOf(name)],
    ["interfaces", datumOf(...made.map(({ uuid }) => uuid))],
  ]);
}

const addBr: CtlCommand = {
  min: 1,
  max: 3,
  options: ["--may-exist"],
  run(context) {
    const { db } = context;
    const [name = "", parent, vlanText] = context.args;
    if (context.args.length === 2) throw new UsageError("'add-br' command takes exactly 1 or 3 arguments");
    const vlan = Number(vlanText ?? 0);
    if (vlanText !== undefined && !(vlan >= 0 && vlan <= 4095))
      throw new UsageError("add-br: vlan must be between 0 and 4095");
    const existing = findBridge(db, name);
    if (context.option("--may-exist") !== undefined && existing !== undefined) {
      if (parent === undefined) {
        if (existing.fake !== undefined)
          throw new UsageError(`"--may-exist add-br ${name}" but ${name} is a VLAN bridge for VLAN ${existing.vlan}`);
        return;
      }
      const words = `"--may-exist add-br ${name} ${parent} ${vlan}" but ${name}`;
      if (existing.fake === undefined) throw new UsageError(`${words} is not a VLAN bridge`);
      const owner = textOf(existing.row, "name");
      if (owner !== parent) throw new UsageError(`${words} has the wrong parent ${owner}`);
      if (existing.vlan !== vlan) throw new UsageError(`${words} is a VLAN bridge for the wrong VLAN ${existing.vlan}`);
      return;
    }
    checkFree(db, name, `a bridge named ${name}`);
    if (parent !== undefined) {
      const above = findBridge(db, parent);
      if (above?.fake !== undefined) throw new UsageError("cannot create bridge with fake bridge as parent");
      if (above === undefined) throw new UsageError(`parent bridge ${parent} does not exist`);
      const port = insertPort(db, name, [name], "internal");
      db.set("Port", port.uuid, "fake_bridge", datumOf(true));
      db.set("Port", port.uuid, "tag", datumOf(vlan));
      db.add("Bridge", above.row.uuid, "ports", [port.uuid]);
      return;
    }
    const port = insertPort(db, name, [name], "internal");
    const bridge = db.insert("Bridge", [
      ["name", datumOf(name)],
      ["ports", datumOf(port.uuid)],
    ]);
    db.add("Open_vSwitch", rootRow(db).uuid, "bridges", [bridge.uuid]);
  },
};

function deletePort(db: Database, port: Row): void {
  for (const bridge of db.rows("Bridge")) db.remove("Bridge", bridge.uuid, "ports", port.uuid);
  for (const iface of db.references(port, "interfaces")) db.delete("Interface", iface.uuid);
  db.delete("Port", port.uuid);
}

const delBr: CtlCommand = {
  min: 1,
  max: 1,
  options: ["--if-exists"],
  run(context) {
    const { db } = context;
    const name = context.args[0]!;
    const bridge = context.option("--if-exists") === undefined ? mustBridge(db, name) : findBridge(db, name);
    if (bridge === undefined) return;
    for (const port of portsOf(db, bridge)) deletePort(db, port);
    if (bridge.fake !== undefined) {
      deletePort(db, bridge.fake);
      return;
    }
    for (const port of db.references(bridge.row, "ports")) deletePort(db, port);
    db.remove("Open_vSwitch", rootRow(db).uuid, "bridges", bridge.row.uuid);
    db.delete("Bridge", bridge.row.uuid);
  },
};

function addPort(
  context: CtlContext,
  bridgeName: string,
  name: string,
  interfaces: readonly string[],
  settings: readonly string[],
  kind: { readonly bond: boolean; readonly fakeIface: boolean },
): void {
  const { db } = context;
  const bridge = mustBridge(db, bridgeName);
  const existing = db.find("Port", "name", name);
  if (context.option("--may-exist") !== undefined && existing !== undefined) {
    const words = kind.bond
      ? `"--may-exist add-bond ${bridgeName} ${name} ${interfaces.join(" ")}" but ${name}`
      : `"--may-exist add-port ${bridgeName} ${name}" but ${name}`;
    const owner = bridgeOfPort(db, existing.uuid);
    if (owner?.name !== bridgeName)
      throw new UsageError(`${words} is actually attached to bridge ${owner?.name ?? ""}`);
    const have = db.references(existing, "interfaces").map((row) => textOf(row, "name"));
    if ([...have].sort().join() !== [...interfaces].sort().join())
      throw new UsageError(`${words} actually has interface(s) ${[...have].sort().join(", ")}`);
    return;
  }
  checkFree(db, name, `a port named ${name}`);
  for (const iface of interfaces) if (iface !== name) checkFree(db, iface, `an interface named ${iface}`);
  const port = insertPort(db, name, interfaces);
  if (bridge.fake !== undefined) db.set("Port", port.uuid, "tag", datumOf(bridge.vlan));
  if (kind.fakeIface) db.set("Port", port.uuid, "bond_fake_iface", datumOf(true));
  for (const text of settings) setColumnText(context, tableOf(db, "Port"), port.uuid, text);
  db.add("Bridge", bridge.row.uuid, "ports", [port.uuid]);
}

const addPortCommand: CtlCommand = {
  min: 2,
  max: ANY,
  options: ["--may-exist"],
  run(context) {
    const [bridge = "", port = "", ...settings] = context.args;
    addPort(context, bridge, port, [port], settings, { bond: false, fakeIface: false });
  },
};

const addBond: CtlCommand = {
  min: 4,
  max: ANY,
  options: ["--may-exist", "--fake-iface"],
  run(context) {
    const [bridge = "", port = "", ...words] = context.args;
    const first = words.findIndex((word) => word.includes("="));
    const interfaces = first < 0 ? words : words.slice(0, first);
    addPort(context, bridge, port, interfaces, first < 0 ? [] : words.slice(first), {
      bond: true,
      fakeIface: context.option("--fake-iface") !== undefined,
    });
  },
};

const delPort: CtlCommand = {
  min: 1,
  max: 2,
  options: ["--if-exists", "--with-iface"],
  run(context) {
    const { db, args } = context;
    const name = args.at(-1)!;
    const bridge = args.length === 2 ? mustBridge(db, args[0]!) : undefined;
    const iface = context.option("--with-iface") === undefined ? undefined : db.find("Interface", "name", name);
    const port = db.find("Port", "name", name) ?? (iface === undefined ? undefined : portOfInterface(db, iface.uuid));
    const isBridge = findBridge(db, name) !== undefined;
    if (isBridge && port !== undefined && context.option("--if-exists") === undefined)
      throw new UsageError(
        `cannot delete port ${name} because it is the local port for bridge ${name} (deleting this port requires deleting the entire bridge)`,
      );
    if (port === undefined) {
      if (context.option("--if-exists") !== undefined) return;
      throw new UsageError(
        context.option("--with-iface") === undefined ? `no port named ${name}` : `no port or interface named ${name}`,
      );
    }
    const owner = bridgeOfPort(db, port.uuid);
    if (bridge !== undefined && owner?.name !== bridge.name) {
      if (owner?.row.uuid === bridge.row.uuid && owner.fake === undefined)
        throw new UsageError(
          `bridge ${bridge.name} does not have a port ${name} (although its parent bridge ${owner.name} does)`,
        );
      throw new UsageError(`bridge ${bridge.name} does not have a port ${name}`);
    }
    deletePort(db, port);
  },
};

function names(rows: readonly Row[]): string[] {
  return rows.map((row) => textOf(row, "name")).sort();
}

const ifaces = (db: Database, bridge: BridgeView): Row[] =>
  portsOf(db, bridge).flatMap((port) => db.references(port, "interfaces"));

const listBr: CtlCommand = {
  min: 0,
  max: 0,
  options: ["--real", "--fake"],
  run(context) {
    const [real, fake] = [context.option("--real") !== undefined, context.option("--fake") !== undefined];
    const all = bridges(context.db).filter((b) => (real && fake ? true : real ? !b.fake : fake ? b.fake : true));
    lines(context, all.map(({ name }) => name).sort());
  },
};

export const BRIDGE_COMMANDS: readonly (readonly [string, CtlCommand])[] = [
  ["init", { min: 0, max: 0, run: ({ db }) => void rootRow(db) }],
  ["add-br", addBr],
  ["del-br", delBr],
  ["list-br", listBr],
  ["br-exists", { min: 1, max: 1, run: (c) => (findBridge(c.db, c.args[0]!) === undefined ? c.exit(2) : undefined) }],
  ["br-to-vlan", { min: 1, max: 1, run: (c) => c.line(String(mustBridge(c.db, c.args[0]!).vlan)) }],
  ["br-to-parent", { min: 1, max: 1, run: (c) => c.line(textOf(mustBridge(c.db, c.args[0]!).row, "name")) }],
  ["list-ports", { min: 1, max: 1, run: (c) => lines(c, names(portsOf(c.db, mustBridge(c.db, c.args[0]!)))) }],
  ["list-ifaces", { min: 1, max: 1, run: (c) => lines(c, names(ifaces(c.db, mustBridge(c.db, c.args[0]!)))) }],
  ["add-port", addPortCommand],
  ["add-bond", addBond],
  ["del-port", delPort],
  [
    "port-to-br",
    {
      min: 1,
      max: 1,
      run(context) {
        const name = context.args[0]!;
        const port = context.db.find("Port", "name", name);
        const bridge = port === undefined ? undefined : bridgeOfPort(context.db, port.uuid);
        if (bridge === undefined) throw new UsageError(`no port named ${name}`);
        context.line(bridge.name);
      },
    },
  ],
  [
    "iface-to-br",
    {
      min: 1,
      max: 1,
      run(context) {
        const name = context.args[0]!;
        const iface = context.db.find("Interface", "name", name);
        const port = iface === undefined ? undefined : portOfInterface(context.db, iface.uuid);
        const bridge = port === undefined ? undefined : bridgeOfPort(context.db, port.uuid);
        if (bridge === undefined) throw new UsageError(`no interface named ${name}`);
        context.line(bridge.name);
      },
    },
  ],
  ...ATTRIBUTE_COMMANDS,
];
