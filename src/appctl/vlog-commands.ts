// vlog-commands - ovs-appctl's vlog/*: levels of modules at the three destinations, and the patterns of their lines (lib/vlog.c of OVS 3.1). What
// is set is shown; the lab's log does not depend on it.
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import { type CommandShape, failed, ok, type Reply } from "./reply.ts";

type Shape = CommandShape<Vswitchd>;
type Destination = "console" | "syslog" | "file";

const LEVELS = ["off", "emer", "err", "warn", "info", "dbg"];
const DESTINATIONS: readonly Destination[] = ["console", "syslog", "file"];
const FACILITIES =
  "auth authpriv cron daemon ftp kern lpr mail news syslog user uucp local0 local1 local2 local3 local4 local5 local6 local7";
const MODULES = (
  "backtrace bfd bond bridge bundle bundles cfm collectors command_line connmgr conntrack conntrack_tp coverage ct_dpif daemon " +
  "daemon_unix dns_resolve dpdk dpif dpif_lookup_autovalidator dpif_lookup_generic dpif_mfex_extract_study dpif_netdev " +
  "dpif_netdev_extract dpif_netdev_impl dpif_netdev_lookup dpif_netlink dpif_netlink_rtnl entropy fail_open fatal_signal flow hmap " +
  "in_band ipf ipfix jsonrpc lacp lldp lldpd lldpd_structs lockfile memory meta_flow native_tnl netdev netdev_afxdp netdev_dpdk " +
  "netdev_dummy netdev_linux netdev_offload netdev_offload_dpdk netdev_offload_tc netdev_vport netflow netlink netlink_conntrack " +
  "netlink_notifier netlink_socket nx_match odp_execute odp_execute_impl odp_util ofp_actions ofp_bundle ofp_connection ofp_errors " +
  "ofp_flow ofp_group ofp_match ofp_meter ofp_monitor ofp_msgs ofp_packet ofp_port ofp_protocol ofp_queue ofp_table ofp_util ofproto " +
  "ofproto_dpif ofproto_dpif_mirror ofproto_dpif_monitor ofproto_dpif_rid ofproto_dpif_upcall ofproto_dpif_xlate ofproto_xlate_cache " +
  "ovs_lldp ovs_numa ovs_rcu ovs_replay ovs_router ovs_thread ovsdb_cs ovsdb_error ovsdb_idl ox_stat pcap pmd_perf poll_loop process " +
  "rconn reconnect route_table rstp rstp_sm sflow sha1 signals socket_util socket_util_unix stp stream stream_fd stream_replay " +
  "stream_ssl stream_tcp stream_unix svec system_stats tc timeval tunnel unixctl userspace_tso util uuid vconn vconn_stream vlog vswitchd"
).split(" ");

/** What vlog/set has changed, a switch. */
class Levels {
  readonly levels = new Map(MODULES.map((module) => [module, { console: "off", syslog: "info", file: "info" }]));
  readonly patterns: Record<Destination, string> = {
    syslog: "ovs|%05N|%c%T|%p|%m",
    console: "%D{%Y-%m-%dT%H:%M:%SZ}|%05N|%c%T|%p|%m",
    file: "%D{%Y-%m-%dT%H:%M:%S.###Z}|%05N|%c%T|%p|%m",
  };
}

const known = new WeakMap<Vswitchd, Levels>();

function levelsOf(vswitchd: Vswitchd): Levels {
  let levels = known.get(vswitchd);
  if (levels === undefined) {
    levels = new Levels();
    known.set(vswitchd, levels);
  }
  return levels;
}

const isDestination = (word: string): word is Destination => DESTINATIONS.some((name) => name === word);

/** `bridge:console:warn`, words in any order. @returns what is wrong */
function setLevels({ levels }: Levels, spec: string): string | undefined {
  let level = "dbg";
  let destination: Destination | undefined;
  let module: string | undefined;
  for (const word of spec.split(/[ ,:]+/).filter((part) => part !== "")) {
    const lower = word.toLowerCase();
    if (LEVELS.includes(lower)) level = lower;
    else if (isDestination(lower)) destination = lower;
    else if (levels.has(word)) module = word;
    else if (lower !== "any") return `no destination, level, or module "${word}"`;
  }
  for (const [name, own] of levels) {
    if (module !== undefined && name !== module) continue;
    for (const one of DESTINATIONS) if (destination === undefined || one === destination) own[one] = level;
  }
  return undefined;
}

/** @returns what is wrong */
function setOne(levels: Levels, spec: string): string | undefined {
  const [, kind, rest = ""] = /^(PATTERN|FACILITY):(.*)$/is.exec(spec) ?? [];
  if (kind === undefined) return setLevels(levels, spec);
  if (kind.toUpperCase() === "FACILITY") return FACILITIES.split(" ").includes(rest) ? undefined : "invalid facility";
  const colon = rest.indexOf(":");
  const destination = (colon < 0 ? rest : rest.slice(0, colon)).toLowerCase();
  if (destination !== "any" && !isDestination(destination)) return `unknown destination "${destination}"`;
  for (const one of DESTINATIONS)
    if (destination === "any" || one === destination) levels.patterns[one] = rest.slice(colon + 1);
  return undefined;
}

function set(vswitchd: Vswitchd, args: readonly string[]): Reply {
  const levels = levelsOf(vswitchd);
  for (const spec of args.length === 0 ? ["dbg"] : args) {
    const fault = setOne(levels, spec);
    if (fault !== undefined) return failed(`${fault}\n`);
  }
  return ok();
}

function list(vswitchd: Vswitchd): Reply {
  const shown = (level: string): string => level.toUpperCase().padStart(4);
  const lines = [...levelsOf(vswitchd).levels].map(
    ([name, { console, syslog, file }]) =>
      `${name.padEnd(16)}  ${shown(console)}       ${shown(syslog)}       ${shown(file)}\n`,
  );
  const head = "                 console    syslog    file\n                 -------    ------    ------\n";
  return ok(head + lines.join(""));
}

function listPattern(vswitchd: Vswitchd): Reply {
  const { patterns } = levelsOf(vswitchd);
  return ok(
    "         prefix                            format\n         ------                            ------\n" +
      `SYSLOG   <%B> %D{%h %e %T} %E %A:          ${patterns.syslog}\n` +
      `CONSOLE  none                              ${patterns.console}\n` +
      `FILE     none                              ${patterns.file}\n`,
  );
}

/** Nothing is held back here, whatever is asked. */
function rateLimit(_: Vswitchd, modules: readonly string[]): Reply {
  const odd = modules.some((word) => word.toLowerCase() !== "any" && !MODULES.includes(word));
  return odd ? failed("unknown module\n") : ok();
}

const ANY_NUMBER = 2147483647;
const RATE = { usage: "[module]...", min: 0, max: ANY_NUMBER, run: rateLimit };

export const VLOG_COMMANDS: readonly (readonly [string, Shape])[] = [
  ["vlog/list", { usage: "", min: 0, max: 0, run: list }],
  ["vlog/list-pattern", { usage: "", min: 0, max: 0, run: listPattern }],
  ["vlog/set", { usage: "{spec | PATTERN:destination:pattern}", min: 0, max: ANY_NUMBER, run: set }],
  ["vlog/disable-rate-limit", RATE],
  ["vlog/enable-rate-limit", RATE],
  ["vlog/close", { usage: "", min: 0, max: 0, run: () => ok() }],
  ["vlog/reopen", { usage: "", min: 0, max: 0, run: () => ok() }],
];
