// csum - checksums and segmentation of the csum engine: `csum set|show|parse-tunnel|mac-swap`, `tso`, `tunnel_tso`.
// Follows cmd_csum_parsed, cmd_tso_set_parsed and cmd_tunnel_tso_set_parsed of app/test-pmd 22.11.

import type { Offloads } from "../../dpdk/limits.ts";
import type { App, Port } from "../app.ts";
import { type TxOffload, txOffload } from "../blocks/offloads.ts";
import { changePortOffloads, setQueueOffloads } from "../blocks/port-offloads.ts";
import { command } from "../console/command.ts";
import { DEVICE_AND_QUEUES, reconfigure, stoppedPort, testpmdPort } from "./guards.ts";

/** By the word of `csum set`; shown: how `csum show` names it, said: how complaints do. */
const CHECKSUMS = {
  ip: { offload: "IPV4_CKSUM", shown: "IP", said: "IP" },
  udp: { offload: "UDP_CKSUM", shown: "UDP", said: "UDP" },
  tcp: { offload: "TCP_CKSUM", shown: "TCP", said: "TCP" },
  sctp: { offload: "SCTP_CKSUM", shown: "SCTP", said: "SCTP" },
  "outer-ip": { offload: "OUTER_IPV4_CKSUM", shown: "Outer-Ip", said: "Outer IP" },
  "outer-udp": { offload: "OUTER_UDP_CKSUM", shown: "Outer-Udp", said: "Outer UDP" },
} as const satisfies Record<string, { offload: TxOffload; shown: string; said: string }>;

const has = (offloads: Offloads, name: TxOffload): boolean => (offloads & txOffload(name)) !== 0n;

/** csum_show. */
function showChecksums(app: App, { id, parseTunnel, txOffloads, dev }: Port): void {
  app.out(`Parse tunnel is ${parseTunnel ? "on" : "off"}\n`);
  const all = Object.values(CHECKSUMS);
  for (const { offload, shown } of all) {
    app.out(`${shown} checksum offload is ${has(txOffloads, offload) ? "hw" : "sw"}\n`);
  }
  for (const { offload, said } of all) {
    if (!has(txOffloads, offload) || has(dev.info.txOffloads, offload)) continue;
    const name = said.replace("Outer", "outer");
    app.err(`Warning: hardware ${name} checksum enabled but not supported by port ${id}\n`);
  }
}

/** A port's offloads, and those of its tx queues with them: cmd_config_queue_tx_offloads. */
function setTxOffloads(port: Port, offloads: Offloads): void {
  changePortOffloads(port, "tx", offloads);
  for (let queue = 0; queue < port.dev.info.maxTxQueues; queue++) setQueueOffloads(port, "tx", queue, offloads);
}

/** What an offload that the device lacks leaves as it is. */
function setChecksum(app: App, port: Port, proto: keyof typeof CHECKSUMS, hardware: boolean): void {
  const { offload, said } = CHECKSUMS[proto];
  let bit = txOffload(offload);
  if (hardware && (port.dev.info.txOffloads & bit) === 0n) {
    app.err(`${said} checksum offload is not supported by port ${port.id}\n`);
    bit = 0n;
  }
  setTxOffloads(port, hardware ? port.txOffloads | bit : port.txOffloads & ~bit);
}

/** `csum` complains of a port that there is not in two ways. */
function stoppedCsumPort(app: App, id: number): Port | undefined {
  const port = stoppedPort(app, id);
  if (!app.ports.has(id)) app.err(`invalid port ${id}\n`);
  return port;
}

export const csumCommands = [
  command(
    "csum set <proto:ip|tcp|udp|sctp|outer-ip|outer-udp> <hwsw:hw|sw> <port_id:u16>",
    ": Enable/Disable hardware calculation of L3/L4 checksum when using csum forward engine",
    (app, { proto, hwsw, port_id }) => {
      const port = stoppedCsumPort(app, port_id);
      if (port === undefined) return;
      setChecksum(app, port, proto, hwsw === "hw");
      showChecksums(app, port);
      reconfigure(port, DEVICE_AND_QUEUES);
    },
  ),
  command("csum show <port_id:u16>", ": Show checksum offload configuration", (app, { port_id }) => {
    const port = stoppedCsumPort(app, port_id);
    if (port === undefined) return;
    showChecksums(app, port);
    reconfigure(port, DEVICE_AND_QUEUES);
  }),
  command(
    "csum parse-tunnel <onoff:on|off> <port_id:u16>",
    ": Enable/Disable parsing of tunnels for csum engine",
    (app, { onoff, port_id }) => {
      const port = testpmdPort(app, port_id);
      if (port === undefined) return;
      port.parseTunnel = onoff === "on";
      showChecksums(app, port);
      app.applySettings();
    },
  ),
  command(
    "csum mac-swap <onoff:on|off> <port_id:u16>",
    ": Enable/Disable forward mac address swap",
    (app, { onoff, port_id }) => {
      const port = testpmdPort(app, port_id);
      if (port === undefined) return;
      port.macSwap = onoff === "on";
      app.applySettings();
    },
  ),
];

const TCP_TSO = txOffload("TCP_TSO");

function applyTso(app: App, port: Port): void {
  if (port.tsoSegmentSize !== 0 && (port.dev.info.txOffloads & TCP_TSO) === 0n) {
    app.err(`Error: TSO is not supported by port ${port.id}\n`);
    return;
  }
  const on = port.tsoSegmentSize !== 0;
  const state = on
    ? `TSO segment size for non-tunneled packets is ${port.tsoSegmentSize}`
    : "TSO for non-tunneled packets is disabled";
  app.out(`${state}\n`);
  setTxOffloads(port, on ? port.txOffloads | TCP_TSO : port.txOffloads & ~TCP_TSO);
  reconfigure(port, DEVICE_AND_QUEUES);
}

const TUNNEL_TSO = ["VXLAN", "GRE", "IPIP", "GENEVE", "IP", "UDP"] as const;
const ALL_TUNNEL_TSO = TUNNEL_TSO.reduce((all, tunnel) => all | txOffload(`${tunnel}_TNL_TSO`), 0n);

/** What keeps a port from segmenting tunneled packets; undefined: nothing. */
function tunnelTsoObstacle({ id, dev, parseTunnel, txOffloads }: Port): string | undefined {
  if ((ALL_TUNNEL_TSO & dev.info.txOffloads) === 0n) return `Error: port=${id} don't support tunnel TSO offloads.\n`;
  if (!parseTunnel) return "Error: csum parse_tunnel must be set so that tunneled packets are recognized\n";
  if (has(txOffloads, "OUTER_IPV4_CKSUM")) return undefined;
  return "Error: csum set outer-ip must be set to hw if outer L3 is IPv4; not necessary for IPv6\n";
}

function applyTunnelTso(app: App, port: Port): void {
  if (port.tunnelTsoSegmentSize === 0) {
    app.out("TSO for tunneled packets is disabled\n");
    setTxOffloads(port, port.txOffloads & ~ALL_TUNNEL_TSO);
  } else {
    const obstacle = tunnelTsoObstacle(port);
    if (obstacle !== undefined) {
      app.err(obstacle);
      return;
    }
    for (const tunnel of TUNNEL_TSO) {
      if (has(port.dev.info.txOffloads, `${tunnel}_TNL_TSO`)) continue;
      app.out(`Warning: ${tunnel} TUNNEL TSO not supported therefore not enabled for port ${port.id}\n`);
    }
    app.out(`TSO segment size for tunneled packets is ${port.tunnelTsoSegmentSize}\n`);
    setTxOffloads(port, port.txOffloads | (ALL_TUNNEL_TSO & port.dev.info.txOffloads));
  }
  reconfigure(port, DEVICE_AND_QUEUES);
}

export const tsoCommands = [
  command(
    "tso set <tso_segsz:u16> <port_id:u16>",
    ": Set TSO segment size of non-tunneled packets for csum engine (0 to disable)",
    (app, { tso_segsz, port_id }) => {
      const port = stoppedPort(app, port_id);
      if (port === undefined) return;
      port.tsoSegmentSize = tso_segsz;
      applyTso(app, port);
    },
  ),
  command(
    "tso show <port_id:u16>",
    ": Show TSO segment size of non-tunneled packets for csum engine",
    (app, { port_id }) => {
      const port = stoppedPort(app, port_id);
      if (port !== undefined) applyTso(app, port);
    },
  ),
  command(
    "tunnel_tso set <tso_segsz:u16> <port_id:u16>",
    ": Set TSO segment size of tunneled packets for csum engine (0 to disable)",
    (app, { tso_segsz, port_id }) => {
      const port = stoppedPort(app, port_id);
      if (port === undefined) return;
      port.tunnelTsoSegmentSize = tso_segsz;
      applyTunnelTso(app, port);
    },
  ),
  command(
    "tunnel_tso show <port_id:u16>",
    "tunnel_tso show <port_id> Show TSO segment size of tunneled packets for csum engine",
    (app, { port_id }) => {
      const port = stoppedPort(app, port_id);
      if (port !== undefined) applyTunnelTso(app, port);
    },
  ),
];
