// quiet-commands - ovs-appctl's commands about what a lab has none of, as ovs-vswitchd 3.1 answers where nothing is configured; and those that would
// change such things, each refused by its name.
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import { type CommandShape, failed, ok } from "./reply.ts";

type Shape = CommandShape<Vswitchd>;
type Named = readonly [string, Shape];

const NEIGHBOURS = `IP${" ".repeat(44)}MAC${" ".repeat(17)}Bridge\n${"=".repeat(74)}\n`;
const DPCLS =
  "Available dpcls implementations:\n  autovalidator (Use count: 0, Priority: 0)\n  generic (Use count: 0, Priority: 1)\n";
const FRAGMENTS = ["v4", "v6"]
  .map((version) =>
    [
      `min ${version} frag size: ${version === "v4" ? 1200 : 1280}`,
      ...["accepted", "completed", "expired", "too small", "overlapped", "purged"].map(
        (what) => `${version} frags ${what}: 0`,
      ),
    ]
      .map((line) => `        ${line}\n`)
      .join(""),
  )
  .join("");
const IPF_STATUS =
  "        Fragmentation Module Status\n        ---------------------------\n        v4 enabled: 1\n        v6 enabled: 1\n" +
  `        max num frags (v4/v6): 1000\n        num frag: 0\n${FRAGMENTS}`;

const always = (name: string, usage: string, max: number, text: string): Named => [
  name,
  { usage, min: 0, max, run: () => ok(text) },
];

/** Without words all are told of, which are none; a name is of nobody. */
const unless = (name: string, usage: string, text: string, missing: string): Named => [
  name,
  { usage, min: 0, max: 1, run: (_, args) => (args.length === 0 ? ok(text) : failed(`${missing}\n`)) },
];

const refused = (name: string, usage: string, min: number, max: number): Named => [
  name,
  { usage, min, max, run: () => failed(`${name} is not modelled\n`) },
];

/** A bridge's name, or none. */
const ofBridge = (name: string, usage: string, no: string, text: string): Named => [
  name,
  {
    usage,
    min: 0,
    max: 1,
    run: ({ bridges }, [bridge]) => (bridge !== undefined && !bridges.has(bridge) ? failed(`${no}\n`) : ok(text)),
  },
];

/** Threads' implementations: there is one of each. */
const SCALAR =
  "Available MFEX implementations:\n  autovalidator (available: True pmds: none)\n  scalar (available: True pmds: none)\n" +
  "  study (available: True pmds: none)\n";

export const QUIET_COMMANDS: readonly Named[] = [
  always("autoattach/show-isid", "[bridge]", 1, ""),
  always("autoattach/statistics", "[bridge]", 1, ""),
  always("autoattach/status", "[bridge]", 1, ""),
  ["bfd/set-forwarding", { usage: "[interface] normal|false|true", min: 1, max: 2, run: one("no such BFD object") }],
  unless("bfd/show", "[interface]", "", "no such bfd object"),
  ["cfm/set-fault", { usage: "[interface] normal|false|true", min: 1, max: 2, run: one("no such CFM object") }],
  unless("cfm/show", "[interface]", "", "no such CFM object"),
  unless("lacp/show", "[port]", "", "no such lacp object"),
  unless("lacp/show-stats", "[port]", "", "no such lacp object"),
  unless("rstp/show", "[bridge]", "", "No such RSTP object"),
  unless("rstp/tcn", "[bridge]", "OK\n", "No such RSTP object"),
  unless("stp/show", "[bridge]", "", "no such stp object"),
  unless("stp/tcn", "[bridge]", "OK\n", "no such stp object"),
  ofBridge("bridge/reconnect", "[bridge]", "Unknown bridge", ""),
  always("ofproto/list-tunnels", "", 0, ""),
  always("tnl/arp/show", "", 0, NEIGHBOURS),
  always("tnl/neigh/show", "", 0, NEIGHBOURS),
  always("tnl/arp/flush", "", 0, "OK\n"),
  always("tnl/neigh/flush", "", 0, "OK\n"),
  always("tnl/ports/show", "-v", 1, "Listening ports:\n"),
  refused("tnl/arp/set", "BRIDGE IP MAC", 3, 3),
  refused("tnl/neigh/set", "BRIDGE IP MAC", 3, 3),
  always("tnl/arp/aging", "[SECS]", 0, "900\n"),
  always("tnl/neigh/aging", "[SECS]", 0, "900\n"),
  always("tnl/egress_port_range", "min max", 0, "Tunnel UDP source port range: 32768-61000\n"),
  always("ovs/route/show", "", 0, "Route Table:\n"),
  refused("ovs/route/add", "ip_addr/prefix_len out_br_name [gw] [pkt_mark=mark]", 2, 4),
  refused("ovs/route/del", "ip_addr/prefix_len [pkt_mark=mark]", 1, 2),
  refused("ovs/route/lookup", "ip_addr [pkt_mark=mark]", 1, 2),
  always("dpif-netdev/subtable-lookup-info-get", "", 0, DPCLS),
  always("dpif-netdev/subtable-lookup-prio-get", "", 0, DPCLS),
  always("dpif-netdev/dpif-impl-get", "", 0, "Available DPIF implementations:\n  dpif_scalar (pmds: none)\n"),
  always("dpif-netdev/miniflow-parser-get", "", 0, SCALAR),
  always("dpif-netdev/bond-show", "[dp]", 1, ""),
  refused("dpif-netdev/dpif-impl-set", "dpif_implementation_name", 1, 1),
  refused("dpif-netdev/miniflow-parser-set", "[-pmd core] miniflow_implementation_name [study_pkt_cnt]", 1, 5),
  refused("dpif-netdev/subtable-lookup-prio-set", "[lookup_func] [prio]", 2, 2),
  refused("dpif-netdev/pmd-perf-log-set", "on|off [-b before] [-a after] [-e|-ne] [-us usec] [-q qlen]", 0, 10),
  refused("dpif/set-dp-features", "bridge", 1, 3),
  always(
    "odp-execute/action-impl-show",
    "",
    0,
    "Available Actions implementations:\n  scalar (available: Yes, active: Yes)\n  autovalidator (available: Yes, active: No)\n",
  ),
  refused("odp-execute/action-impl-set", "name", 1, 1),
  always("dpctl/dump-conntrack", "[-m] [-s] [dp] [zone=N]", 4, ""),
  always("dpctl/ct-get-limits", "[dp] [zone=N1[,N2]...]", 2, "default limit=0\n"),
  always("dpctl/ct-get-maxconns", "[dp]", 1, "3000000\n"),
  always("dpctl/ct-get-nconns", "[dp]", 1, "0\n"),
  always("dpctl/ct-get-tcp-seq-chk", "[dp]", 1, "TCP sequence checking: enabled\n"),
  always("dpctl/ct-stats-show", "[dp] [zone=N]", 3, "Connections Stats:\n    Total: 0\n"),
  always("dpctl/ipf-get-status", "[dp]", 1, IPF_STATUS),
  refused("dpctl/flush-conntrack", "[dp] [zone=N] [ct-orig-tuple] [ct-reply-tuple]", 0, 4),
  refused("dpctl/ct-set-limits", "[dp] [default=L] [zone=N,limit=L]...", 1, 99),
  refused("dpctl/ct-del-limits", "[dp] zone=N1[,N2]...", 1, 2),
  refused("dpctl/ct-set-maxconns", "[dp] maxconns", 1, 2),
  refused("dpctl/ct-disable-tcp-seq-chk", "[dp]", 0, 1),
  refused("dpctl/ct-enable-tcp-seq-chk", "[dp]", 0, 1),
  refused("dpctl/ipf-set-disabled", "[dp] v4|v6", 1, 2),
  refused("dpctl/ipf-set-enabled", "[dp] v4|v6", 1, 2),
  refused("dpctl/ipf-set-max-nfrags", "[dp] maxfrags", 1, 2),
  refused("dpctl/ipf-set-min-frag", "[dp] v4|v6 minfragment", 2, 3),
  refused("dpctl/list-commands", "", 0, 99),
  refused("dpctl/add-dp", "dp [iface...]", 1, 99),
  refused("dpctl/del-dp", "dp", 1, 1),
  refused("dpctl/add-if", "dp iface...", 2, 99),
  refused("dpctl/del-if", "dp iface...", 2, 99),
  refused("dpctl/set-if", "dp iface...", 2, 99),
  refused("dpctl/add-flows", "[dp] file", 1, 2),
  refused("dpctl/mod-flows", "[dp] file", 1, 2),
  refused("dpctl/normalize-actions", "actions", 2, 99),
  refused("upcall/disable-megaflows", "", 0, 0),
  always("upcall/enable-megaflows", "", 0, "megaflows enabled\n"),
  refused("upcall/disable-ufid", "", 0, 0),
  always("upcall/enable-ufid", "", 0, "Datapath dumping tersely using UFID enabled for supported datapaths\n"),
  refused("upcall/set-flow-limit", "flow-limit-number", 1, 1),
  always("dpctl/cache-get-size", "[dp]", 1, "netdev@ovs-netdev:\n"),
  refused("dpctl/cache-set-size", "dp cache <size>", 3, 3),
  [
    "dpctl/offload-stats-show",
    {
      usage: "[dp]",
      min: 0,
      max: 1,
      run: () => failed("ovs-vswitchd: retrieving offload statistics (Invalid argument)\n"),
    },
  ],
  always("dpctl/ct-bkts", "[dp] [gt=N]", 2, "Total Buckets: 1\nCurrent Connections: 0\n\n"),
  refused("dpdk/get-malloc-stats", "", 0, 0),
  refused("dpdk/lcore-list", "", 0, 0),
  refused("dpdk/log-list", "", 0, 0),
  refused("dpdk/log-set", "{level | pattern:level}", 0, 99),
  refused("dpif-netlink/dispatch-mode", "", 0, 0),
  refused("netdev-dpdk/get-mempool-info", "[netdev]", 0, 1),
  refused("netdev-dpdk/set-admin-state", "[netdev] up|down", 1, 2),
  refused("coverage/show", "", 0, 0),
];

/** All of them when nobody is named. */
function one(missing: string): Shape["run"] {
  return (_, args) => (args.length === 1 ? ok("OK\n") : failed(`${missing}\n`));
}
