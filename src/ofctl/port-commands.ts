// port-commands - ovs-ofctl's commands about ports: show, dump-ports, dump-ports-desc, mod-port (lib/ofp-port.c of OVS 3.1).
import { UsageError } from "../errors.ts";
import type { PortConfig } from "../ofproto/ofproto.ts";
import { portOrder } from "../ofproto/port-order.ts";
import { formatPort, OFPP_LOCAL } from "../openflow/ports.ts";
import type { OfVersion } from "../openflow/protocol.ts";
import type { Iface } from "../vswitchd/iface.ts";
import { macText, SIZE_NAMES } from "../vswitchd/netdev.ts";
import { NetdevInternal } from "../vswitchd/netdev-internal.ts";
import type { OfctlCall, OfctlCommand } from "./command.ts";
import type { Connection } from "./connection.ts";
import { portNumber } from "./port-lookup.ts";

/** Versions whose port statistics have a duration, and whose have RFC 2819's and a device's own counters. */
const DURATION_SINCE = 4;
const CUSTOM_SINCE = 5;
const STATE_LIVE_SINCE = 2;

/** Ports with a number, LOCAL last as numbers stand. */
function ports(connection: Connection): (Iface & { readonly ofPort: number })[] {
  return [...connection.bridge.ifaces.values()]
    .filter((iface): iface is Iface & { ofPort: number } => iface.ofPort !== undefined && iface.netdev !== undefined)
    .sort((a, b) => a.ofPort - b.ofPort);
}

/** A port by number or name; undefined: all. @throws UsageError */
function chosen(connection: Connection, word: string | undefined): (Iface & { readonly ofPort: number })[] {
  const all = ports(connection);
  if (word === undefined) return all;
  const number = portNumber(connection, word);
  return all.filter(({ ofPort }) => ofPort === number);
}

/** Names of what a port is told, and the last version that has it. */
const CONFIG_NAMES: readonly (readonly [keyof PortConfig, string, OfVersion])[] = [
  ["down", "PORT_DOWN", 6],
  ["noStp", "NO_STP", 1],
  ["noReceive", "NO_RECV", 6],
  ["noReceiveStp", "NO_RECV_STP", 1],
  ["noFlood", "NO_FLOOD", 1],
  ["noForward", "NO_FWD", 6],
  ["noPacketIn", "NO_PACKET_IN", 6],
];

function description(connection: Connection, iface: Iface & { readonly ofPort: number }): string {
  const { name, netdev, ofPort } = iface;
  const { link, kind, mac } = netdev!;
  const port = connection.bridge.ofproto.port(ofPort);
  const down = port.config.down || (kind === "internal" && !link.up);
  const config = CONFIG_NAMES.flatMap(([key, shown, last]) =>
    connection.version <= last && (key === "down" ? down : port.config[key]) ? [shown] : [],
  );
  const isUp = link.up && !down;
  const state = isUp ? (connection.version >= STATE_LIVE_SINCE ? "LIVE" : "0") : "LINK_DOWN";
  const medium = kind === "internal" ? " COPPER" : "";
  const current = link.speed === undefined ? "" : `     current:    ${Math.round(link.speed / 1e9)}GB-FD${medium}\n`;
  const speed = Math.round((link.speed ?? 0) / 1e6);
  return (
    ` ${formatPort(ofPort)}(${name}): addr:${macText(mac)}\n` +
    `     config:     ${config.length === 0 ? "0" : config.join(" ")}\n` +
    `     state:      ${state}\n` +
    `${current}     speed: ${speed} Mbps now, 0 Mbps max\n`
  );
}

const show: OfctlCommand = {
  min: 1,
  max: 1,
  run({ connection }) {
    const { bridge, version } = connection;
    const dpid = bridge.ofproto.datapathId.toString(16).padStart(16, "0");
    connection.out(`${connection.heading("OFPT_FEATURES_REPLY")} dpid:${dpid}\nn_tables:254, n_buffers:0\n`);
    const old = version === 1;
    const groups = version >= 2 ? " GROUP_STATS" : "";
    const more = version <= 2 ? " ARP_MATCH_IP" : version >= 5 ? " BUNDLES" : "";
    connection.out(`capabilities: FLOW_STATS TABLE_STATS PORT_STATS${groups} QUEUE_STATS${more}\n`);
    if (old) {
      const set = "mod_dl_src mod_dl_dst mod_nw_src mod_nw_dst mod_nw_tos mod_tp_src mod_tp_dst";
      connection.out(`actions: output enqueue set_vlan_vid set_vlan_pcp strip_vlan ${set}\n`);
    } else if (version >= 4) connection.out(`${connection.heading("OFPST_PORT_DESC reply", 3)}\n`);
    for (const iface of ports(connection)) connection.out(description(connection, iface));
    const xid = version >= 4 ? 5 : 4;
    connection.out(
      `${connection.heading("OFPT_GET_CONFIG_REPLY", xid)} frags=${bridge.ofproto.bridge.fragHandling} miss_send_len=0\n`,
    );
  },
};

/** From 1.5 on a request for descriptions names its port. */
const DESC_OF_ONE_SINCE = 6;

const dumpPortsDesc: OfctlCommand = {
  min: 1,
  max: 2,
  run({ connection, args }) {
    const asked = chosen(connection, args[0]);
    connection.out(`${connection.heading("OFPST_PORT_DESC reply")}\n`);
    const told = connection.version >= DESC_OF_ONE_SINCE ? asked : ports(connection);
    for (const iface of told) connection.out(description(connection, iface));
  },
};

function shown(value: number | undefined): string {
  return value === undefined ? "?" : String(value);
}

/** Names and values, three a line. */
function custom(stats: readonly (readonly [string, number])[]): string {
  if (stats.length === 0) return "";
  let text = "           CUSTOM Statistics";
  stats.forEach(([name, value], i) => {
    text += `${i % 3 === 0 ? `\n${" ".repeat(22)}` : " "}${name}=${value},`;
  });
  return `${text}\n`;
}

function rfc2819(direction: "rx" | "tx", sizes: readonly (number | undefined)[] | undefined): string {
  const known = (sizes ?? []).flatMap((value, i) => (value === undefined ? [] : [`${SIZE_NAMES[i]}=${value}, `]));
  return known.length === 0 ? "" : `           ${direction} rfc2819 ${known.join("")}\n`;
}

function statistics(call: OfctlCall, iface: Iface & { readonly ofPort: number }): string {
  const { connection, vswitchd } = call;
  const { netdev, ofPort } = iface;
  const s = netdev!.stats();
  const port = connection.bridge.ofproto.port(ofPort);
  const patch = netdev!.kind === "patch";
  const rx = patch ? [port.received.packets, port.received.bytes] : [s.rxPackets, s.rxBytes];
  const tx = patch ? [port.sent.packets, port.sent.bytes] : [s.txPackets, s.txBytes];
  const name = ofPort === OFPP_LOCAL ? "LOCAL" : formatPort(ofPort).padStart(2);
  let text =
    `  port ${name}: rx pkts=${shown(rx[0])}, bytes=${shown(rx[1])}, drop=${shown(s.rxDropped)}, errs=${shown(s.rxErrors)}, ` +
    `frame=${shown(s.rxFrameErrors)}, over=${shown(s.rxOverErrors)}, crc=${shown(s.rxCrcErrors)}\n` +
    `           tx pkts=${shown(tx[0])}, bytes=${shown(tx[1])}, drop=${shown(s.txDropped)}, errs=${shown(s.txErrors)}, ` +
    `coll=${shown(s.collisions)}\n`;
  if (connection.version >= DURATION_SINCE)
    text += `           duration=${((vswitchd.nowMs - iface.sinceMs) / 1000).toFixed(3)}s\n`;
  if (connection.version < CUSTOM_SINCE) return text;
  return text + rfc2819("rx", s.rxSizes) + rfc2819("tx", s.txSizes) + custom(netdev!.customStats());
}

const dumpPorts: OfctlCommand = {
  min: 1,
  max: 2,
  run(call) {
    const { connection, args } = call;
    const asked = portOrder(chosen(connection, args[0]).map((iface) => ({ number: iface.ofPort, iface })));
    connection.out(`${connection.heading("OFPST_PORT reply")} ${asked.length} ports\n`);
    for (const { iface } of asked) connection.out(statistics(call, iface));
  },
};

const SETTINGS: Readonly<Record<string, Partial<PortConfig>>> = {
  up: { down: false },
  down: { down: true },
  stp: { noStp: false },
  "no-stp": { noStp: true },
  "receive-stp": { noReceiveStp: false },
  "no-receive-stp": { noReceiveStp: true },
  receive: { noReceive: false },
  "no-receive": { noReceive: true },
  flood: { noFlood: false },
  "no-flood": { noFlood: true },
  forward: { noForward: false },
  "no-forward": { noForward: true },
  "packet-in": { noPacketIn: false },
  "no-packet-in": { noPacketIn: true },
};

const modPort: OfctlCommand = {
  min: 3,
  max: 3,
  run({ connection, args: [word = "", setting = ""] }) {
    const iface = ports(connection).find(({ name, ofPort }) => name === word || String(ofPort) === word);
    if (iface === undefined) throw new UsageError(`${connection.bridge.name}: couldn't find port \`${word}'`);
    const config = SETTINGS[setting];
    if (config === undefined) throw new UsageError(`unknown mod-port command '${setting}'`);
    const known = CONFIG_NAMES.every(([key, , last]) => config[key] === undefined || connection.version <= last);
    if (!known) return;
    const { ofproto } = connection.bridge;
    // a tap is brought up or taken down, others are stopped
    if (iface.netdev instanceof NetdevInternal && config.down !== undefined) {
      iface.netdev.setUp(!config.down);
      iface.reportLink(ofproto);
    } else ofproto.configurePort(iface.ofPort, config);
  },
};

export const PORT_COMMANDS: readonly (readonly [string, OfctlCommand])[] = [
  ["show", show],
  ["dump-ports", dumpPorts],
  ["dump-ports-desc", dumpPortsDesc],
  ["mod-port", modPort],
];
