// show - what a port, a device and the forwarding are and have counted: `show port`, `clear port`, `show config`, `show fwd`.

import { ENODEV, ENOTSUP, strerror } from "../../dpdk/devices/errno.ts";
import type { App, Port } from "../app.ts";
import { coresConfig, forwardConfig, rxTxConfig } from "../blocks/forward-config.ts";
import { forwardStatistics } from "../blocks/forward-statistics.ts";
import { rxHeaders, rxOffsets, rxPackets, txPackets, txTimes } from "../blocks/packet-config.ts";
import { deviceInfo, portInfo, portSummary, portSummaryHeader } from "../blocks/port-info.ts";
import { extendedStatistics, portStatistics } from "../blocks/port-statistics.ts";
import { command } from "../console/command.ts";
import { ethdevPort, listedPort, testpmdPort } from "./guards.ts";
import { bufferSplit } from "./packets.ts";
import { refused } from "./refusal.ts";

type What = "info" | "summary" | "stats" | "xstats" | "fdir" | "dcb_tc";

const SHOW: Readonly<Record<What, (app: App, port: Port) => void>> = {
  info: (app, port) => app.out(portInfo(port)),
  summary: (app, port) => app.out(portSummary(port)),
  stats: (app, { id }) => app.out(portStatistics(app, id)),
  xstats: (app, { id, dev }) => {
    const xstats = dev.xstats();
    app.out(extendedStatistics(id, xstats ?? [], app.settings.xstatsHideZero));
    if (xstats === undefined) app.err("Error: Cannot get count of xstats\n");
  },
  fdir: (app, { id }) => app.err(`\n FDIR is not supported on port ${id.toString().padEnd(2)}\n`),
  dcb_tc: (app, { id }) => app.err(`\n Failed to get dcb infos on port ${id.toString().padEnd(2)}\n`),
};

/** Of the others nothing is cleared, and nothing said. */
const CLEAR: Readonly<Partial<Record<What, (app: App, port: Port) => void>>> = {
  stats: (app, port) => {
    port.dev.resetStats();
    port.statsBase = port.dev.stats();
    app.out(`\n  NIC statistics for port ${port.id} cleared\n`);
  },
  xstats: (_, port) => {
    port.dev.resetXstats();
    port.statsBase = port.dev.stats();
  },
};

/** Those of the questions that tell which ports there are when asked about another. */
const LISTS_PORTS: readonly What[] = ["info", "summary", "stats", "xstats"];

function showOrClear(app: App, verb: "show" | "clear", what: What, ids: readonly number[]): void {
  const act = verb === "show" ? SHOW[what] : CLEAR[what];
  if (act === undefined) return;
  if (verb === "show" && what === "summary") app.out(portSummaryHeader(app));
  for (const id of ids) {
    const port = LISTS_PORTS.includes(what) ? listedPort(app, id) : testpmdPort(app, id);
    if (port !== undefined) act(app, port);
  }
}

export const showPort = command(
  "<show:show|clear> port <what:info|summary|stats|xstats|fdir|dcb_tc> <port_id:u16>",
  "",
  (app, { show, what, port_id }) => showOrClear(app, show, what, [port_id]),
);

/** No device here tells anything about its queues. */
export const showQueue = command(
  "show <type:rxq|txq> info <port_id:u16> <queue_id:u16>",
  "",
  (app, { type, port_id, queue_id }) => {
    const side = type === "rxq" ? "RX" : "TX";
    const complain = (errno: number): void =>
      app.err(
        `Failed to retrieve information for port: ${port_id}, ${side} queue: ${queue_id}\n` +
          `error desc: ${strerror(errno)}(-${errno})\n`,
      );
    if (ethdevPort(app, port_id) === undefined) return complain(ENODEV);
    const count = type === "rxq" ? app.settings.rxq : app.settings.txq;
    if (queue_id < count) return complain(ENOTSUP);
    app.err(`Invalid ${type === "rxq" ? "Rx" : "Tx"} queue_id=${queue_id}\n`);
    complain(22);
  },
);

export const showEeprom = command("show port <port_id:u16> <type:module_eeprom|eeprom>", "", (app, { port_id }) => {
  if (listedPort(app, port_id) !== undefined) app.err("operation not supported by device\n");
});

export const showPortAll = command(
  "<show:show|clear> port <what:info|summary|stats|xstats|fdir|dcb_tc> all",
  "",
  (app, { show, what }) => showOrClear(app, show, what, [...app.ports.keys()]),
);

export const showRepresentor = command("show port info <port_id:u16> representor", "", (app, { port_id }) => {
  if (!app.ports.has(port_id)) app.err(`Invalid port id ${port_id}\n`);
  else {
    app.err(`Failed to get the number of representor info ranges for port ${port_id}: ${strerror(ENOTSUP)}\n`);
  }
});

/** Devices whose name begins with what the identifier says; "net_null" and the like name a driver. */
export const showDevice = command(
  "show device info <identifier:string>",
  "show device info <identifier>|all",
  (app, { identifier }) => {
    const ports = [...app.ports.values()];
    const name = identifier.replace(/^vdev:/, "").split(",")[0] ?? "";
    if (identifier !== "all" && !isVdevName(name)) {
      app.err(`EAL: failed to parse device "${identifier}"\ncannot parse identifier\n`);
      return;
    }
    for (const { dev } of ports) if (identifier === "all" || name.startsWith(dev.name)) app.out(deviceInfo(dev));
  },
);

/** Names that some virtual driver of 22.11 takes. */
const isVdevName = (name: string): boolean =>
  /^(net_(pcap|null|ring|vhost|virtio_user|tap|bonding|af_packet)|eth_)/.test(name);

export const showConfig = command(
  "show config <what:rxtx|cores|fwd|rxoffs|rxpkts|rxhdrs|txpkts|txtimes>",
  "",
  (app, { what }) => app.out(CONFIG[what](app)),
);

const CONFIG = {
  rxtx: rxTxConfig,
  cores: coresConfig,
  fwd: forwardConfig,
  rxoffs: (app: App) => rxOffsets(bufferSplit(app)),
  rxpkts: (app: App) => rxPackets(bufferSplit(app)),
  rxhdrs: (app: App) => rxHeaders(bufferSplit(app)),
  txpkts: (app: App) => txPackets(app.settings),
  txtimes: (app: App) => txTimes(app.settings),
} as const;

export const showForward = command("<action:show|clear> fwd stats all", "", (app, { action }) => {
  if (action === "show") app.out(forwardStatistics(app));
  else app.resetForwardStats();
});

export const linkCommands = [linkCommand("up"), linkCommand("down")];

function linkCommand(way: "up" | "down") {
  return command(`set link-${way} port <port id:u16>`, "", (app, args) => {
    const port = ethdevPort(app, args["port id"]);
    if (port === undefined || port.dev.setLinkUp(way === "up") < 0) app.err(`\nSet link ${way} fail.\n`);
  });
}

export const showTransferProxy = command("show port <port_id:u16> flow transfer proxy", "", (app, { port_id }) => {
  app.out("\n");
  const why = app.ports.has(port_id) ? "Function not implemented" : strerror(ENODEV);
  app.err(`Failed to pick transfer proxy: ${why}\n`);
});

const LAYERS = ["L2", "L3", "L4", "Tunnel", "Inner L2", "Inner L3", "Inner L4"];

/** No device here knows packet types. */
export const packetTypeCommands = [
  command("show port <port_id:u16> ptypes", "", (app, { port_id }) => {
    if (ethdevPort(app, port_id) === undefined) return;
    app.out(LAYERS.map((layer) => `${layer} ptypes unsupported\n`).join(""));
  }),
  refused("set port <port_id:u16> ptype_mask <mask:u32>", "", "ethdev", "Port {port_id} doesn't support any ptypes.\n"),
];
