// bridge-settings - what rows of the database ask of a bridge: bundles with their VLANs and bonds, mirrors, OpenFlow tables (bridge_configure_tables,
// port_configure, mirror_configure of vswitchd/bridge.c, OVS 3.1).
import type { BondMode, BondSettings } from "../ofproto/bond.ts";
import type { McastSettings } from "../ofproto/mcast-snooping.ts";
import type { MirrorSettings } from "../ofproto/mirror.ts";
import type { BundleSettings, VlanMode } from "../ofproto/ofproto.ts";
import type { TableSettings } from "../ofproto/table.ts";
import { TRIE_FIELDS, type TrieField } from "../ofproto/trie-field.ts";
import { mfFromName } from "../openflow/field-table.ts";
import { parseSubfield } from "../openflow/subfield.ts";
import type { Database, Row } from "../ovsdb/database.ts";
import { mapOf, numberOf, optional, textOf } from "../ovsdb/row.ts";
import { flag, integer } from "./settings.ts";

/** Port. members: OpenFlow numbers of its interfaces that are there */
export function bundleSettings(port: Row, members: readonly number[], isBond: boolean): BundleSettings {
  const tag = optional(port, "tag");
  const config = mapOf(port, "other_config");
  const mode = textOf(port, "vlan_mode");
  const trunks = port.columns.get("trunks")!.keys.map(Number);
  const cvlans = port.columns.get("cvlans")!.keys.map(Number);
  const priority = config.get("priority-tags");
  return {
    name: textOf(port, "name"),
    ports: members,
    ...(mode === "" ? {} : { vlanMode: mode as VlanMode }),
    ...(tag === undefined ? {} : { tag: Number(tag) }),
    ...(trunks.length === 0 ? {} : { trunks }),
    ...(cvlans.length === 0 ? {} : { cvlans }),
    ...(config.get("qinq-ethtype") === "802.1q" ? { qinqEthtype: 0x8100 as const } : {}),
    ...(priority === "true" || priority === "if-nonzero"
      ? { priorityTags: "if-nonzero" as const }
      : priority === "always"
        ? { priorityTags: "always" as const }
        : {}),
    protected: optional(port, "protected") === true,
    ...(isBond ? { bond: bondSettings(port, config) } : {}),
  };
}

/** bridge_configure_mcast_snooping; undefined: the bridge does not snoop */
export function mcastSettings(bridge: Row): McastSettings | undefined {
  if (optional(bridge, "mcast_snooping_enable") !== true) return undefined;
  const config = mapOf(bridge, "other_config");
  return {
    idleSeconds: integer(config, "mcast-snooping-aging-time", 0),
    maxEntries: integer(config, "mcast-snooping-table-size", 0),
    floodUnregistered: !flag(config, "mcast-snooping-disable-flood-unregistered", false),
  };
}

/** Ports that get all multicast, or all reports. */
export function mcastPort(port: Row): { readonly flood: boolean; readonly reports: boolean } {
  const config = mapOf(port, "other_config");
  return {
    flood: flag(config, "mcast-snooping-flood", false),
    reports: flag(config, "mcast-snooping-flood-reports", false),
  };
}

function bondSettings(port: Row, config: ReadonlyMap<string, string>): BondSettings {
  const primary = config.get("bond-primary");
  return {
    mode: (textOf(port, "bond_mode") || "active-backup") as BondMode,
    basis: integer(config, "bond-hash-basis", 0),
    rebalanceIntervalMs: integer(config, "bond-rebalance-interval", 10_000),
    upDelayMs: numberOf(port, "bond_updelay"),
    downDelayMs: numberOf(port, "bond_downdelay"),
    ...(primary === undefined ? {} : { primary }),
    allMembersActive: config.get("all-members-active") === "true",
  };
}

/** Mirror: with neither select_all nor a port selected it copies nothing. */
export function mirrorSettings(db: Database, row: Row): MirrorSettings {
  const names = (column: string): string[] => db.references(row, column).map((port) => textOf(port, "name"));
  const all = optional(row, "select_all") === true;
  const everything = all ? db.rows("Port").map((port) => textOf(port, "name")) : undefined;
  const [outputPort] = names("output_port");
  const outputVlan = optional(row, "output_vlan");
  const snaplen = optional(row, "snaplen");
  return {
    name: textOf(row, "name"),
    selectSource: everything ?? names("select_src_port"),
    selectDestination: everything ?? names("select_dst_port"),
    selectVlans: row.columns.get("select_vlan")!.keys.map(Number),
    ...(outputPort === undefined ? {} : { outputPort }),
    ...(outputVlan === undefined ? {} : { outputVlan: Number(outputVlan) }),
    ...(snaplen === undefined ? {} : { snaplen: Number(snaplen) }),
  };
}

/** Flow_Table. */
export function tableSettings(row: Row): TableSettings {
  const limit = optional(row, "flow_limit");
  const prefixes = row.columns.get("prefixes")!.keys.map(String);
  return {
    name: textOf(row, "name"),
    ...(limit === undefined ? {} : { flowLimit: Number(limit) }),
    overflowPolicy: textOf(row, "overflow_policy") === "evict" ? "evict" : "refuse",
    groups: row.columns.get("groups")!.keys.map((text) => parseSubfield(String(text))),
    ...(prefixes.length === 0 ? {} : { prefixes: prefixes.includes("none") ? [] : prefixes.flatMap(trieField) }),
  };
}

/** By any of its names, ip_src and nw_src alike. */
function trieField(name: string): TrieField[] {
  const field = mfFromName(name);
  return TRIE_FIELDS.filter((trie) => mfFromName(trie.name) === field);
}
