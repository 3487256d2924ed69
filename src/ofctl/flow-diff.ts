// flow-diff - ovs-ofctl's diff-flows and replace-flows: the flows of two sources, by table, priority and match, and what makes one like the other.
import { UsageError } from "../errors.ts";
import type { FlowMod } from "../openflow/flow-mod.ts";
import { NO_FLAGS } from "../openflow/flow-mod.ts";
import { formatMatch } from "../openflow/format-match.ts";
import { formatOfpacts } from "../openflow/format-ofpacts.ts";
import { OFPG_ANY } from "../openflow/group-id.ts";
import type { Ofpact } from "../openflow/ofpact.ts";
import type { OfNames } from "../openflow/ofpact-context.ts";
import { parseFlowModFile, parseFlowStatsRequest } from "../openflow/parse-flow-mod.ts";
import { OFPP_ANY } from "../openflow/ports.ts";
import { P_ANY, type Protocols } from "../openflow/protocol.ts";
import { TABLE_ANY } from "../openflow/tables.ts";
import { wireFlowStats } from "../openflow/wire-flow-stats.ts";
import { namesFor, type OfctlCall, type OfctlCommand, readFile } from "./command.ts";
import type { Connection } from "./connection.ts";
import { sendFlowMods } from "./flow-commands.ts";

/** What a source says of a flow. */
type Version = Pick<
  FlowMod,
  "match" | "priority" | "table" | "idleTimeout" | "hardTimeout" | "importance" | "flags"
> & {
  readonly cookie: bigint;
  readonly actions: readonly Ofpact[];
};

interface Source {
  readonly flows: ReadonlyMap<string, Version>;
  /** Formats that can carry them. */
  readonly protocols: Protocols;
}

/** The same table, priority and match. */
function keyOf({ table, priority, match }: Version): string {
  return `${table}/${priority}/${match.flow.words.join()}/${match.mask.words.join()}`;
}

/** What else is told of a flow; equal texts are equal flows. */
function attributes({ cookie, idleTimeout, hardTimeout, importance, flags, actions }: Version, names: OfNames): string {
  let text = "";
  if (cookie !== 0n) text += `cookie=0x${cookie.toString(16)} `;
  if (idleTimeout > 0) text += `idle_timeout=${idleTimeout} `;
  if (hardTimeout > 0) text += `hard_timeout=${hardTimeout} `;
  if (importance > 0) text += `importance=${importance} `;
  if (flags.sendFlowRem) text += "send_flow_rem ";
  if (flags.noPacketCounts) text += "no_packet_counts ";
  if (flags.noByteCounts) text += "no_byte_counts ";
  return `${text}actions=${formatOfpacts(actions, names)}`;
}

function line(flow: Version, names: OfNames): string {
  const match = formatMatch(flow.match, names.ports, flow.priority);
  return `${flow.table === 0 ? "" : `table=${flow.table} `}${match === "" ? "" : `${match} `}${attributes(flow, names)}`;
}

/** names: undefined: numbers only are read. @throws UsageError */
async function fromFile(call: OfctlCall, path: string, names: OfNames): Promise<Source> {
  const { mods, protocols } = parseFlowModFile(await readFile(call, path, "open"), path, "add", names);
  const versions = mods.map((mod): Version => {
    const table = mod.table === TABLE_ANY ? 0 : mod.table;
    return { ...mod, table, cookie: mod.newCookie, flags: { ...mod.flags, checkOverlap: false, resetCounts: false } };
  });
  return { flows: new Map(versions.map((flow) => [keyOf(flow), flow])), protocols };
}

function fromSwitch(connection: Connection, usable: Protocols): Source {
  const format = connection.chooseForDump(usable);
  const { request } = parseFlowStatsRequest("");
  const flows = connection.bridge.ofproto.dumpFlows(request).map((flow): Version => {
    const wired = wireFlowStats(flow, format);
    const told = "error" in wired ? flow : wired.flow;
    return { ...told, flags: { ...told.flags, checkOverlap: false, resetCounts: false } };
  });
  return { flows: new Map(flows.map((flow) => [keyOf(flow), flow])), protocols: usable };
}

/** Both versions of each flow that either has, by table. */
function* paired(a: Source, b: Source): Generator<readonly [Version | undefined, Version | undefined]> {
  const keys = [...new Set([...a.flows.keys(), ...b.flows.keys()])];
  const pairs = keys.map((key) => [a.flows.get(key), b.flows.get(key)] as const);
  const tableOf = ([one, other]: (typeof pairs)[number]): number => (one ?? other)!.table;
  yield* pairs.sort((x, y) => tableOf(x) - tableOf(y));
}

const isPath = (word: string): boolean => word.startsWith("/") || word.startsWith(".");

/** A bridge, or a path. @throws UsageError */
async function source(call: OfctlCall, word: string, usable: Protocols): Promise<Source> {
  return isPath(word) ? fromFile(call, word, { log: call.log }) : fromSwitch(call.connect(word), usable);
}

const diffFlows: OfctlCommand = {
  min: 2,
  max: 2,
  async run(call) {
    const { connection, args } = call;
    const [first = "", second = ""] = args;
    const read = isPath(first) ? await source(call, first, P_ANY) : undefined;
    const b = await source(call, second, read?.protocols ?? P_ANY);
    const a = read ?? (await source(call, first, b.protocols));
    const names = connection.shownNames;
    let differ = false;
    for (const [old, wanted] of paired(a, b)) {
      if (old !== undefined && wanted !== undefined && attributes(old, {}) === attributes(wanted, {})) continue;
      differ = true;
      if (old !== undefined) connection.out(`-${line(old, names)}\n`);
      if (wanted !== undefined) connection.out(`+${line(wanted, names)}\n`);
    }
    return differ ? 2 : 0;
  },
};

function modOf(flow: Version, command: "add" | "delete_strict"): FlowMod {
  return {
    ...flow,
    command,
    cookie: 0n,
    cookieMask: 0n,
    newCookie: flow.cookie,
    modifyCookie: false,
    outPort: OFPP_ANY,
    outGroup: OFPG_ANY,
    ...(command === "add" ? {} : { flags: NO_FLAGS, actions: [] }),
  };
}

const replaceFlows: OfctlCommand = {
  min: 2,
  max: 2,
  async run(call) {
    const { connection, args } = call;
    const { readd } = connection.options;
    const wanted = await fromFile(call, args[0]!, namesFor(call));
    if (wanted.protocols === 0) throw new UsageError("no usable protocol");
    const now = fromSwitch(connection, wanted.protocols);
    const pairs = [...paired(now, wanted)];
    const gone = pairs.flatMap(([old, flow]) => (old !== undefined && flow === undefined ? [old] : []));
    const added = pairs.flatMap(([old, flow]) =>
      flow === undefined || (!readd && old !== undefined && attributes(old, {}) === attributes(flow, {})) ? [] : [flow],
    );
    const mods = [...gone.map((flow) => modOf(flow, "delete_strict")), ...added.map((flow) => modOf(flow, "add"))];
    return sendFlowMods(call, mods, connection.choose(wanted.protocols));
  },
};

export const DIFF_COMMANDS: readonly (readonly [string, OfctlCommand])[] = [
  ["diff-flows", diffFlows],
  ["replace-flows", replaceFlows],
];
