// ofproto-commands - ovs-appctl's commands about bridges: fdb/*, bond/*, ofproto/list.
import { UsageError } from "../errors.ts";
import { atoi } from "../openflow/scan.ts";
import type { Bridge } from "../vswitchd/bridge.ts";
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import { macOf } from "./mac.ts";
import { type CommandShape, failed, ok, type Reply } from "./reply.ts";

type Shape = CommandShape<Vswitchd>;
const CLEARED = "statistics successfully cleared\n";
type OnBridge = (bridge: Bridge, args: readonly string[]) => Reply;

const NO_BRIDGE = failed("no such bridge\n");

/** A command whose first word is a bridge. */
function onBridge(run: OnBridge): Shape["run"] {
  return (vswitchd, [name = "", ...rest]) => {
    const bridge = vswitchd.bridges.get(name);
    return bridge === undefined ? NO_BRIDGE : run(bridge, rest);
  };
}

/** One bridge, or all. */
function onBridges(run: (bridge: Bridge) => void, done = "table successfully flushed\n"): Shape["run"] {
  return (vswitchd, [name]) => {
    if (name !== undefined && !vswitchd.bridges.has(name)) return NO_BRIDGE;
    for (const bridge of vswitchd.bridges.values()) if (name === undefined || bridge.name === name) run(bridge);
    return ok(done);
  };
}

function fdbAdd(bridge: Bridge, [port = "", vlan = "", mac = ""]: readonly string[]): Reply {
  const number = bridge.ifaces.get(port)?.ofPort ?? (/^\d+$/.test(port) ? Number(port) : undefined);
  const address = macOf(mac);
  if (address === undefined) return failed("bad MAC address\n");
  const unknown = failed("software error, odp port is present but no ofp port\n");
  if (number === undefined) return unknown;
  try {
    bridge.ofproto.fdbAdd(number, atoi(vlan), address);
    return ok();
  } catch (error) {
    if (error instanceof UsageError) return unknown;
    throw error;
  }
}

function fdbDelete(bridge: Bridge, [vlan = "", mac = ""]: readonly string[]): Reply {
  const address = macOf(mac);
  if (address === undefined) return failed("bad MAC address\n");
  return bridge.ofproto.fdbDelete(atoi(vlan), address) ? ok() : failed("could not find static mac entry\n");
}

/** What is done to members of a bond that is there is not modelled. */
const noBond: Shape["run"] = (vswitchd, [name = ""]) => {
  const known = [...vswitchd.bridges.values()].some(({ ofproto }) => ofproto.bond(name) !== undefined);
  return failed(known ? "changing a bond by hand is not modelled\n" : "no such bond\n");
};

function bondShow(vswitchd: Vswitchd, [name]: readonly string[]): Reply {
  let text = "";
  for (const { ofproto } of vswitchd.bridges.values()) {
    for (const { bond, name: bundle } of ofproto.bridge.bundles) {
      if (bond === undefined || (name !== undefined && name !== bundle)) continue;
      text += ofproto.bondShow(bundle) ?? "";
    }
  }
  return name !== undefined && text === "" ? failed("no such bond\n") : ok(text);
}

function setActiveMember(vswitchd: Vswitchd, [name = "", memberName]: readonly string[]): Reply {
  const bond = [...vswitchd.bridges.values()].map(({ ofproto }) => ofproto.bond(name)).find((found) => found);
  const member = bond?.members.find(({ port }) => port.name === memberName);
  if (bond === undefined) return failed("no such bond\n");
  if (member === undefined) return failed("no such member\n");
  if (!member.enabled) return failed("cannot make disabled member active\n");
  const isNew = bond.active !== member;
  bond.setActive(member.port.name);
  return ok(isNew ? "done\n" : "no change\n");
}

function bondList(vswitchd: Vswitchd): Reply {
  let text = "bond\ttype\trecircID\tmembers\n";
  for (const { ofproto } of vswitchd.bridges.values()) {
    for (const { bond, name, ports } of ofproto.bridge.bundles) {
      if (bond !== undefined) text += `${name}\t${bond.mode}\t0\t${ports.map((port) => port.name).join(", ")}\n`;
    }
  }
  return ok(text);
}

function list(vswitchd: Vswitchd): Reply {
  return ok(
    [...vswitchd.bridges.keys()]
      .sort()
      .map((name) => `${name}\n`)
      .join(""),
  );
}

export const OFPROTO_COMMANDS: readonly (readonly [string, Shape])[] = [
  ["fdb/show", { usage: "bridge", min: 1, max: 1, run: onBridge(({ ofproto }) => ok(ofproto.fdbShow())) }],
  ["fdb/stats-show", { usage: "bridge", min: 1, max: 1, run: onBridge(({ ofproto }) => ok(ofproto.fdbStatsShow())) }],
  [
    "fdb/stats-clear",
    { usage: "[bridge]", min: 0, max: 1, run: onBridges(({ ofproto }) => ofproto.fdbStatsClear(), CLEARED) },
  ],
  ["fdb/flush", { usage: "[bridge]", min: 0, max: 1, run: onBridges(({ ofproto }) => ofproto.fdbFlush()) }],
  ["fdb/add", { usage: "bridge port vlan mac", min: 4, max: 4, run: onBridge(fdbAdd) }],
  ["fdb/del", { usage: "bridge vlan mac", min: 3, max: 3, run: onBridge(fdbDelete) }],
  ["bond/disable-member", { usage: "port member", min: 2, max: 2, run: noBond }],
  ["bond/enable-member", { usage: "port member", min: 2, max: 2, run: noBond }],
  ["bond/migrate", { usage: "port hash member", min: 3, max: 3, run: noBond }],
  ["bond/set-active-member", { usage: "port member", min: 2, max: 2, run: noBond }],
  ["bond/list", { usage: "", min: 0, max: 0, run: bondList }],
  ["bond/show", { usage: "[port]", min: 0, max: 1, run: bondShow }],
  ["bond/set-active-member", { usage: "port member", min: 2, max: 2, run: setActiveMember }],
  ["ofproto/list", { usage: "", min: 0, max: 0, run: list }],
];
