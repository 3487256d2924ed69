// vlog-levels - which lines of which module go where, and how they look there (lib/vlog.c of OVS 3.1): what vlog/set changes. The lab's log is the
// file's: it has the lines that the file's levels let through.
export type Destination = "console" | "syslog" | "file";
export type Level = "off" | "emer" | "err" | "warn" | "info" | "dbg";

export const LEVELS: readonly Level[] = ["off", "emer", "err", "warn", "info", "dbg"];
export const DESTINATIONS: readonly Destination[] = ["console", "syslog", "file"];
export const MODULES = (
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

const isLevel = (word: string): word is Level => LEVELS.some((name) => name === word);
export const isDestination = (word: string): word is Destination => DESTINATIONS.some((name) => name === word);

export class VlogLevels {
  readonly levels = new Map<string, Record<Destination, Level>>(
    MODULES.map((module) => [module, { console: "off", syslog: "info", file: "info" }]),
  );
  readonly patterns: Record<Destination, string> = {
    syslog: "ovs|%05N|%c%T|%p|%m",
    console: "%D{%Y-%m-%dT%H:%M:%SZ}|%05N|%c%T|%p|%m",
    file: "%D{%Y-%m-%dT%H:%M:%S.###Z}|%05N|%c%T|%p|%m",
  };

  /** Whether the file gets such a line. */
  passes(module: string, level: Level): boolean {
    return LEVELS.indexOf(level) <= LEVELS.indexOf(this.levels.get(module)?.file ?? "info");
  }

  /** `bridge:console:warn`, words in any order. @returns what is wrong */
  set(spec: string): string | undefined {
    let level: Level = "dbg";
    let destination: Destination | undefined;
    let module: string | undefined;
    for (const word of spec.split(/[ ,:]+/).filter((part) => part !== "")) {
      const lower = word.toLowerCase();
      if (isLevel(lower)) level = lower;
      else if (isDestination(lower)) destination = lower;
      else if (this.levels.has(word)) module = word;
      else if (lower !== "any") return `no destination, level, or module "${word}"`;
    }
    for (const [name, own] of this.levels) {
      if (module !== undefined && name !== module) continue;
      for (const one of DESTINATIONS) if (destination === undefined || one === destination) own[one] = level;
    }
    return undefined;
  }
}
