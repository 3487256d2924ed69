// vsctl-view - bridges, ports and interfaces as ovs-vsctl sees them in the database: fake bridges, which are VLANs of others, among them.
import { UsageError } from "../errors.ts";
import type { CtlContext } from "./ctl.ts";
import type { Database, Row } from "./database.ts";
import { textOf } from "./row.ts";

/** The only row of Open_vSwitch, made when first needed. */
export function rootRow(db: Database): Row {
  return db.rows("Open_vSwitch")[0] ?? db.insert("Open_vSwitch");
}

/** A bridge as ovs-vsctl sees it: one of its own, or a VLAN of one. */
export interface BridgeView {
  readonly name: string;
  readonly row: Row;
  /** Of a fake bridge: the port that stands for it. */
  readonly fake: Row | undefined;
  readonly vlan: number;
}

export function bridges(db: Database): BridgeView[] {
  return db.rows("Bridge").flatMap((row): BridgeView[] => [
    { name: textOf(row, "name"), row, fake: undefined, vlan: 0 },
    ...db
      .references(row, "ports")
      .filter((port) => isFake(port))
      .map((port) => ({ name: textOf(port, "name"), row, fake: port, vlan: Number(textOf(port, "tag")) })),
  ]);
}

export function isFake(port: Row): boolean {
  return port.columns.get("fake_bridge")!.keys[0] === true;
}

/** Ports of a bridge, of a fake one those of its VLAN, without those that fake bridges are. */
export function portsOf(db: Database, bridge: BridgeView): Row[] {
  const fakes = new Set(
    bridges(db).flatMap(({ row, fake, vlan }) => (fake && row.uuid === bridge.row.uuid ? [vlan] : [])),
  );
  return db.references(bridge.row, "ports").filter((port) => {
    if (isFake(port) || textOf(port, "name") === bridge.name) return false;
    const tag = port.columns.get("tag")!.keys[0];
    if (bridge.fake !== undefined) return tag === bridge.vlan;
    return !(typeof tag === "number" && fakes.has(tag));
  });
}

export function findBridge(db: Database, name: string): BridgeView | undefined {
  return bridges(db).find((bridge) => bridge.name === name);
}

export function mustBridge(db: Database, name: string): BridgeView {
  const bridge = findBridge(db, name);
  if (bridge === undefined) throw new UsageError(`no bridge named ${name}`);
  return bridge;
}

export function bridgeOfPort(db: Database, uuid: string): BridgeView | undefined {
  return bridges(db).find((bridge) => portsOf(db, bridge).some((port) => port.uuid === uuid));
}

export function portOfInterface(db: Database, uuid: string): Row | undefined {
  return db.rows("Port").find((port) => port.columns.get("interfaces")!.keys.includes(uuid));
}

export function lines(context: CtlContext, words: readonly string[]): void {
  for (const word of words) context.line(word);
}
