// flow-commands - ovs-ofctl's commands about flows: add-flow, add-flows, mod-flows, del-flows, dump-flows, dump-aggregate.
import { OfpError } from "../ofproto/ofp-error.ts";
import type { Match } from "../openflow/flow.ts";
import type { FlowMod, FlowModCommand } from "../openflow/flow-mod.ts";
import { type FlowStats, formatAggregateStats, formatFlowMod, formatFlowStats } from "../openflow/format-flow.ts";
import { parseFlowMod, parseFlowStatsRequest, readFlowModFile } from "../openflow/parse-flow-mod.ts";
import { anyMatch } from "../openflow/parse-match.ts";
import { OFPP_MAX } from "../openflow/ports.ts";
import { P_OF10_NXM_ANY, type Protocols } from "../openflow/protocol.ts";
import { TABLE_ANY } from "../openflow/tables.ts";
import { wireFlowMod } from "../openflow/wire-flow-mod.ts";
import { wireFlowStats } from "../openflow/wire-flow-stats.ts";
import { type Message, sendBundle } from "./bundle.ts";
import { namesFor, type OfctlCall, type OfctlCommand, readFile } from "./command.ts";
import type { Connection } from "./connection.ts";
import { sortFlows } from "./flow-sort.ts";

const LIMITS = { maxPorts: OFPP_MAX, nTables: TABLE_ANY };

/** A flow_mod as the switch gets it; to: where its match goes. @throws OfpError when it cannot be read there */
function wired(mod: FlowMod, protocol: Protocols, to?: Match): FlowMod {
  const result = wireFlowMod(mod, protocol, LIMITS, undefined, to);
  if ("error" in result) throw new OfpError(result.error);
  return result.mod;
}

/** As the refused flow_mod is printed: as the switch got it, in the first table if it was to choose one. */
function shown(connection: Connection, mod: FlowMod, protocol: Protocols): string {
  const result = wireFlowMod(mod, protocol, LIMITS);
  const { version, shownNames } = connection;
  const told = "error" in result ? mod : result.mod;
  const isDelete = told.command === "delete" || told.command === "delete_strict";
  const table = told.table === TABLE_ANY && (version === 1 || !isDelete) ? 0 : told.table;
  return ` ${formatFlowMod({ ...told, table }, version, shownNames)}`;
}

/** Sends flow_mods, until one is refused or as a bundle. @returns the exit code */
export function sendFlowMods({ connection }: OfctlCall, mods: Iterable<FlowMod>, protocol: Protocols): number {
  const name = protocol & P_OF10_NXM_ANY ? "NXT_FLOW_MOD" : "OFPT_FLOW_MOD";
  if (!connection.options.bundle) return sendEach(connection, mods, protocol, name);
  const { ofproto } = connection.bridge;
  const all: FlowMod[] = [];
  for (const mod of mods) all.push({ ...mod, match: { flow: mod.match.flow.clone(), mask: mod.match.mask.clone() } });
  const messages = all.map(
    (mod): Message => ({
      name,
      body: () => shown(connection, mod, protocol),
      send: () => ofproto.checkFlowMod(wired(mod, protocol)),
    }),
  );
  return sendBundle(connection, messages, () =>
    ofproto.together(() => {
      for (const mod of all) ofproto.flowMod(wired(mod, protocol));
    }),
  );
}

/** One by one, through one match. */
function sendEach(connection: Connection, mods: Iterable<FlowMod>, protocol: Protocols, name: string): number {
  const { ofproto } = connection.bridge;
  const match = anyMatch();
  let code = 0;
  ofproto.together(() => {
    for (const mod of mods) {
      const xid = connection.takeBarrierXid();
      try {
        ofproto.flowMod(wired(mod, protocol, match));
      } catch (error) {
        if (!(error instanceof OfpError)) throw error;
        connection.refused(error.code, name, shown(connection, mod, protocol), xid);
        code = 1;
        return;
      }
    }
  });
  return code;
}

function modify(command: FlowModCommand, strictly: FlowModCommand): OfctlCommand {
  return {
    min: command === "delete" ? 1 : 2,
    max: 2,
    async run(call) {
      const { connection, args } = call;
      const [text = ""] = args;
      const what = connection.options.strict ? strictly : command;
      if (text === "-") return sendFile(call, "-", what);
      const { mod, protocols } = parseFlowMod(text, what, namesFor(call));
      return sendFlowMods(call, [mod], connection.choose(protocols));
    },
  };
}

async function sendFile(call: OfctlCall, path: string, command: FlowModCommand | "mixed"): Promise<number> {
  const text = await readFile(call, path, "open failed");
  const { mods, protocols } = readFlowModFile(text, path, command, namesFor(call));
  return sendFlowMods(call, mods, call.connection.choose(protocols));
}

/** A flow as a reply tells of it. */
function told(flow: FlowStats, protocol: Protocols): FlowStats {
  const result = wireFlowStats(flow, protocol);
  return "error" in result ? flow : result.flow;
}

/** What is asked for, and the format of the answer. */
function request(
  call: OfctlCall,
): ReturnType<typeof parseFlowStatsRequest>["request"] & { readonly format: Protocols } {
  const { connection, args } = call;
  const names = args[0] === undefined ? {} : namesFor(call);
  const { request, protocols } = parseFlowStatsRequest(args[0] ?? "", names);
  return { ...request, format: connection.chooseForDump(protocols) };
}

const dumpFlows: OfctlCommand = {
  min: 1,
  max: 2,
  run(call) {
    const { connection } = call;
    const { bridge, options } = connection;
    const { format, ...wanted } = request(call);
    const flows = bridge.ofproto.dumpFlows(wanted);
    if (options.sort.length === 0 && !options.names && options.stats) {
      connection.out(`${connection.heading(format & P_OF10_NXM_ANY ? "NXST_FLOW reply" : "OFPST_FLOW reply")}\n`);
      for (const flow of flows) connection.out(` ${formatFlowStats(told(flow, format))}\n`);
      return;
    }
    for (const flow of sortFlows(flows, options.sort)) {
      const { idleAge: _, hardAge: __, ...rest } = told(flow, format);
      connection.out(` ${formatFlowStats(rest, connection.shownNames, options.stats)}\n`);
    }
  },
};

const dumpAggregate: OfctlCommand = {
  min: 1,
  max: 2,
  run(call) {
    const { connection } = call;
    const { format, ...wanted } = request(call);
    const text = formatAggregateStats(connection.bridge.ofproto.aggregate(wanted));
    const name = format & P_OF10_NXM_ANY ? "NXST_AGGREGATE reply" : "OFPST_AGGREGATE reply";
    connection.out(`${connection.heading(name)}${text}\n`);
  },
};

export const FLOW_COMMANDS: readonly (readonly [string, OfctlCommand])[] = [
  ["add-flow", modify("add", "add")],
  ["mod-flows", modify("modify", "modify_strict")],
  ["del-flows", modify("delete", "delete_strict")],
  ["add-flows", { min: 2, max: 2, run: (call) => sendFile(call, call.args[0]!, "mixed") }],
  ["dump-flows", dumpFlows],
  ["dump-aggregate", dumpAggregate],
];
