// dpctl-commands - ovs-appctl's dpctl/* about megaflows one by one and about the datapath (lib/dpctl.c of OVS 3.1): add-flow, mod-flow, del-flow,
// del-flows, get-flow, dump-dps, show, parse-actions, what there is of connection tracking; the others are refused by name.
import { FLOW_RECIRC_ID } from "../../assembly/abi/flow.ts";
import { UsageError } from "../errors.ts";
import type { Flow } from "../openflow/flow.ts";
import { formatOdpActions } from "../openflow/format-odp-actions.ts";
import { parseOdpActions } from "../openflow/parse-odp-actions.ts";
import { parseOdpFlow } from "../openflow/parse-odp-flow.ts";
import type { NetdevStats } from "../vswitchd/netdev.ts";
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import type { DatapathAction } from "../wasm/ovs-actions.ts";
import type { OvsPmd } from "../wasm/ovs-datapath.ts";
import { described, lookups } from "./dpif-commands.ts";
import { line, ufidOf } from "./flow-commands.ts";
import { type CommandShape, failed, ok, type Reply } from "./reply.ts";

type Shape = CommandShape<Vswitchd>;

export const DATAPATH = "netdev@ovs-netdev";
const NOT_FOUND = failed("ovs-vswitchd: datapath not found (Invalid argument)\n");

function error(what: string, errno: string): Reply {
  return failed(`ovs-vswitchd: ${what} (${errno})\n`);
}

/** The words behind the datapath, of which there are `n`; undefined: there is no such datapath. */
function behindDatapath(args: readonly string[], n: number): readonly string[] | undefined {
  const words = args.filter((word) => !word.startsWith("--"));
  if (words.length <= n) return words;
  return words[0] === DATAPATH ? words.slice(1) : undefined;
}

/** Threads whose megaflows a command is about: all of them, as each has its own. */
function pmdsOf({ dpif }: Vswitchd): readonly OvsPmd[] {
  const { threads, main } = dpif.threads;
  return [...threads.map(({ pmd }) => pmd), main];
}

interface Key {
  readonly key: Flow;
  readonly mask: Flow;
  readonly isMegaflow: boolean;
}

/** @throws UsageError */
function parseKey(vswitchd: Vswitchd, text: string): Key {
  const port = (name: string): number | undefined =>
    [...vswitchd.dpif.ports].find(([, netdev]) => netdev.name === name)?.[0];
  const { flow, mask, isMegaflow } = parseOdpFlow(text, { port });
  mask.setU32(FLOW_RECIRC_ID, 0xffffffff);
  return { key: flow, mask, isMegaflow };
}

/** Puts a flow, or changes one. */
function putFlow(vswitchd: Vswitchd, args: readonly string[], isNew: boolean): Reply {
  const words = behindDatapath(args, 2);
  if (words === undefined) return NOT_FOUND;
  let key: Key;
  try {
    key = parseKey(vswitchd, words[0]!);
  } catch (fault) {
    if (!(fault instanceof UsageError)) throw fault;
    return error(`parsing flow key (${fault.message})`, "Invalid argument");
  }
  let actions: readonly DatapathAction[];
  try {
    actions = parseOdpActions(words[1]!);
  } catch (fault) {
    if (!(fault instanceof UsageError)) throw fault;
    return error("parsing actions", "Invalid argument");
  }
  if (!key.isMegaflow) return error("updating flow table", "Invalid argument");
  return put(vswitchd, key, actions, isNew);
}

function put(
  { upcalls, dpif }: Vswitchd,
  { key, mask }: Key,
  actions: readonly DatapathAction[],
  isNew: boolean,
): Reply {
  // without threads there is the main one alone
  const pmds = dpif.threads.threads.length === 0 ? [dpif.threads.main] : dpif.threads.threads.map(({ pmd }) => pmd);
  for (const pmd of pmds) {
    const there = upcalls.find(pmd, key, mask);
    if (isNew && there !== undefined) return error("updating flow table", "File exists");
    if (!isNew && there === undefined) return error("updating flow table", "No such file or directory");
    if (there === undefined) upcalls.put(pmd, key, mask, actions);
    else upcalls.modify(there, actions);
  }
  return ok();
}

function deleteFlow(vswitchd: Vswitchd, args: readonly string[]): Reply {
  const words = behindDatapath(args, 1);
  if (words === undefined) return NOT_FOUND;
  const isUfid = words[0]!.startsWith("ufid:");
  let key: Key | undefined;
  try {
    key = isUfid ? undefined : parseKey(vswitchd, words[0]!);
  } catch (fault) {
    if (!(fault instanceof UsageError)) throw fault;
    return error(fault.message, "Invalid argument");
  }
  let found = false;
  for (const pmd of key === undefined ? [] : pmdsOf(vswitchd)) {
    const flow = vswitchd.upcalls.find(pmd, key!.key, key!.mask);
    if (flow === undefined) continue;
    vswitchd.upcalls.remove(flow);
    found = true;
  }
  if (found) return ok();
  return failed("ovs-vswitchd: deleting flow (No such file or directory)\nPerhaps you need to specify a UFID?\n");
}

function deleteFlows(vswitchd: Vswitchd, args: readonly string[]): Reply {
  const [dp] = args;
  if (dp !== undefined && dp !== DATAPATH)
    return ok(`ovs-vswitchd: Opening file "${dp}" failed (No such file or directory)\n`);
  for (const pmd of pmdsOf(vswitchd)) vswitchd.upcalls.flush(pmd);
  return ok();
}

function getFlow(vswitchd: Vswitchd, args: readonly string[]): Reply {
  const words = behindDatapath(args, 1);
  if (words === undefined) return NOT_FOUND;
  const [, ufid] = /^ufid:([0-9a-f-]+)$/i.exec(words[0] ?? "") ?? [];
  if (ufid === undefined) return ok("ovs-vswitchd: parsing flow ufid\n");
  for (const pmd of pmdsOf(vswitchd)) {
    for (const flow of vswitchd.upcalls.dump(pmd)) {
      if (ufidOf(flow) === ufid.toLowerCase()) return ok(line(vswitchd, flow, {}));
    }
  }
  return error("getting flow", "No such file or directory");
}

function counters(stats: NetdevStats): string {
  const shown = (value: number | undefined): string => (value === undefined ? "?" : String(value));
  return (
    `    RX packets:${shown(stats.rxPackets)} errors:${shown(stats.rxErrors)} dropped:${shown(stats.rxDropped)} ` +
    `overruns:${shown(stats.rxOverErrors)} frame:${shown(stats.rxFrameErrors)}\n` +
    `    TX packets:${shown(stats.txPackets)} errors:${shown(stats.txErrors)} dropped:${shown(stats.txDropped)} ` +
    `aborted:${stats.collisions === undefined ? "?" : 0} carrier:${stats.collisions === undefined ? "?" : 0}\n` +
    `    collisions:${shown(stats.collisions)}\n` +
    `    RX bytes:${bytes(stats.rxBytes)}  TX bytes:${bytes(stats.txBytes)}\n`
  );
}

/** With the binary unit that it reaches. */
function bytes(value: number | undefined): string {
  if (value === undefined) return "?";
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let unit = -1;
  let scaled = value;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return unit < 0 ? String(value) : `${value} (${scaled.toFixed(1)} ${units[unit]})`;
}

const NO_COUNTERS: NetdevStats = {
  ...{ rxPackets: 0, rxBytes: 0, txPackets: 0, txBytes: 0, rxErrors: 0, txErrors: 0, rxDropped: 0, txDropped: 0 },
  ...{ collisions: 0, rxOverErrors: 0, rxFrameErrors: 0 },
};

function show(vswitchd: Vswitchd, args: readonly string[]): Reply {
  const statistics = args.includes("-s") || args.includes("--statistics");
  const dps = args.filter((word) => !word.startsWith("-"));
  const unknown = dps.find((dp) => dp !== DATAPATH);
  if (unknown !== undefined)
    return error(`opening datapath ${unknown} failed`, "Address family not supported by protocol");
  if (vswitchd.bridges.size === 0) return ok();
  const { hit, missed, lost } = lookups(vswitchd);
  let text = `${DATAPATH}:\n  lookups: hit:${hit} missed:${missed} lost:${lost}\n`;
  text += `  flows: ${vswitchd.upcalls.flowCount}\n  port 0: ovs-netdev (tap)\n`;
  if (statistics) text += counters(NO_COUNTERS);
  const ports = [...vswitchd.dpif.ports].sort(([a], [b]) => a - b);
  for (const [number, netdev] of ports) {
    text += `  port ${number}: ${netdev.name} ${described(netdev)}\n`;
    if (statistics) text += counters(netdev.stats());
  }
  return ok(text);
}

function parseActions(_: Vswitchd, [text = ""]: readonly string[]): Reply {
  try {
    return ok(`${formatOdpActions(parseOdpActions(text))}\n`);
  } catch (fault) {
    if (!(fault instanceof UsageError)) throw fault;
    return error("odp_actions_from_string", "Invalid argument");
  }
}

const ANY_NUMBER = 99;
const FLOW = "[dp] flow";

export const DPCTL_COMMANDS: readonly (readonly [string, Shape])[] = [
  ["dpctl/add-flow", { usage: `${FLOW} actions`, min: 2, max: 3, run: (v, args) => putFlow(v, args, true) }],
  ["dpctl/mod-flow", { usage: `${FLOW} actions`, min: 2, max: 3, run: (v, args) => putFlow(v, args, false) }],
  ["dpctl/del-flow", { usage: FLOW, min: 1, max: 2, run: deleteFlow }],
  ["dpctl/del-flows", { usage: "[dp] [file]", min: 0, max: 2, run: deleteFlows }],
  ["dpctl/get-flow", { usage: "[dp] ufid", min: 1, max: 2, run: getFlow }],
  [
    "dpctl/dump-dps",
    { usage: "", min: 0, max: ANY_NUMBER, run: ({ bridges }) => ok(bridges.size === 0 ? "" : `${DATAPATH}\n`) },
  ],
  ["dpctl/show", { usage: "[-s] [dp...]", min: 0, max: ANY_NUMBER, run: show }],
  ["dpctl/parse-actions", { usage: "actions", min: 1, max: ANY_NUMBER, run: parseActions }],
];
