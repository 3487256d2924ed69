// bridge-commands - ovs-appctl's bridge/dump-flows, with the tables that no OpenFlow request reaches, bond/hash, dpif/show-dp-features, memory/show.
import { hashUint64 } from "../ofproto/hash.ts";
import type { Rule } from "../ofproto/rule.ts";
import { formatDuration } from "../openflow/format-flow.ts";
import { formatMatch } from "../openflow/format-match.ts";
import { formatOfpacts } from "../openflow/format-ofpacts.ts";
import { atoi } from "../openflow/scan.ts";
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import { macOf } from "./mac.ts";
import { type CommandShape, failed, ok, type Reply } from "./reply.ts";

type Shape = CommandShape<Vswitchd>;

const INTERNAL_TABLE = 254;
/** The first of the rules for packets that none is for sends them to controllers for no reason that has a name. */
const MISS = "priority=0,reg0=0x1";
/** Of the userspace datapath of 3.1. */
const FEATURES = `Masked set action: Yes
Tunnel push pop: Yes
Ufid: Yes
Truncate action: Yes
Clone action: Yes
Sample nesting: 10
Conntrack eventmask: Yes
Conntrack clear: Yes
Max dp_hash algorithm: 1
Check pkt length action: Yes
Conntrack timeout policy: Yes
Explicit Drop action: Yes
Optimized Balance TCP mode: Yes
Conntrack all-zero IP SNAT: Yes
MPLS Label add: Yes
Max VLAN headers: 1
Max MPLS depth: 3
Recirc: Yes
CT state: Yes
CT zone: Yes
CT mark: Yes
CT label: Yes
CT state NAT: Yes
CT orig tuple: Yes
CT orig tuple for IPv6: Yes
IPv6 ND Extension: Yes
`;

function ruleLine({ nowMs }: Vswitchd, rule: Rule, offload: boolean): string {
  const ns = BigInt(Math.max(nowMs - rule.createdMs, 0)) * 1_000_000n;
  const table = rule.table === 0 ? "" : `table_id=${rule.table}, `;
  const offloaded = offload ? "n_offload_packets=0, n_offload_bytes=0, " : "";
  const match = formatMatch(rule.match(), undefined, rule.priority);
  const actions = rule.table === INTERNAL_TABLE && match === MISS ? "controller(reason=)" : formatOfpacts(rule.actions);
  const head = `${table}duration=${formatDuration(ns)}, n_packets=${rule.packets}, n_bytes=${rule.bytes}, ${offloaded}`;
  return `${head}${match}${match === "" ? "" : ","}actions=${actions}\n`;
}

function dumpFlows(vswitchd: Vswitchd, args: readonly string[]): Reply {
  const offload = args[0] === "--offload-stats" || args[0] === "--offload_stats";
  const bridge = vswitchd.bridges.get(args.at(-1) ?? "");
  if (bridge === undefined) return failed("Unknown bridge\n");
  const { tables } = bridge.ofproto.bridge.tables;
  const rules = tables.flatMap((table) => [...table.rules()].map((rule) => ({ rule, table: table.id })));
  // of its own the switch tells the newest first but for those of priority 0
  const order = rules.sort((a, b) => a.table - b.table || internalOrder(a.rule, b.rule));
  return ok(order.map(({ rule }) => ruleLine(vswitchd, rule, offload)).join(""));
}

function internalOrder(a: Rule, b: Rule): number {
  return a.table === INTERNAL_TABLE ? b.priority - a.priority : 0;
}

function bondHash(_: Vswitchd, [mac = "", vlan = "0", basis = "0"]: readonly string[]): Reply {
  const bytes = macOf(mac);
  if (bytes === undefined) return failed("invalid mac\n");
  const view = new DataView(bytes.buffer);
  const high = (atoi(vlan) << 16) | view.getUint16(0);
  return ok(`${hashUint64(view.getUint32(2), high, atoi(basis)) & 0xff}\n`);
}

/** The switch's own, without the database's. */
function memory({ bridges }: Vswitchd): Reply {
  let ports = 0;
  let rules = 0;
  for (const { ofproto } of bridges.values()) {
    ports += ofproto.bridge.ports.size;
    for (const { classifier } of ofproto.bridge.tables.tables) rules += classifier.size;
  }
  return ok(`handlers:1 ports:${ports} revalidators:1 rules:${rules}\n`);
}

export const BRIDGE_COMMANDS: readonly (readonly [string, Shape])[] = [
  ["bridge/dump-flows", { usage: "[--offload-stats] bridge", min: 1, max: 2, run: dumpFlows }],
  ["bond/hash", { usage: "mac [vlan] [basis]", min: 1, max: 3, run: bondHash }],
  [
    "dpif/show-dp-features",
    {
      usage: "bridge",
      min: 1,
      max: 1,
      run: ({ bridges }, [name = ""]) => (bridges.has(name) ? ok(FEATURES) : failed("no such bridge\n")),
    },
  ],
  ["memory/show", { usage: "", min: 0, max: 0, run: memory }],
];
