// forwarding - who forwards, how, in what bursts: `set fwd`, `set burst`, `set nbcore`, `set portlist`, `set verbose` and the like.
// Follows set_fwd_* and set_pkt_forwarding_mode of app/test-pmd 22.11. Different here: the streams are not made anew while they
// run, which `set nbport` and `set nbcore` do in 22.11.

import { parseMac } from "../../dpdk/address.ts";
import { ENODEV, strerror } from "../../dpdk/devices/errno.ts";
import { MAX_ETHPORTS, MAX_LCORE } from "../../dpdk/limits.ts";
import type { App } from "../app.ts";
import { command } from "../console/command.ts";
import {
  chooseForwardMode,
  parseItemList,
  setForwardLcoreMask,
  setForwardLcores,
  setForwardPortMask,
  setForwardPorts,
} from "../options/setters.ts";
import type { ForwardModeName } from "../settings.ts";
import { ethdevPort, forwardingStopped, knownQueue, testpmdPort } from "./guards.ts";

const BURST_MAXIMUM = 512;
/** RTE_ETHDEV_QUEUE_STAT_CNTRS. */
const QUEUE_COUNTERS = 16;

function setupIfStopped(app: App): void {
  if (!app.running) app.setupForwarding();
}

const NUMBERS = {
  nbport: (app: App, count: number) => {
    if (count > app.forwardPorts.length) {
      app.err(`nb fwd ports ${count} > ${app.forwardPorts.length} (number of configured ports) - ignored\n`);
    } else {
      app.forwardPortCount = count;
      app.out(`Number of forwarding ports set to ${count}\n`);
    }
    setupIfStopped(app);
  },
  nbcore: (app: App, count: number) => {
    if (!forwardingStopped(app)) return;
    if (count > app.forwardLcores.length) {
      const most = app.forwardLcores.length;
      app.err(`nb fwd cores ${count} > ${most} (max. number of configured lcores) - ignored\n`);
    } else {
      app.forwardLcoreCount = count;
      app.out(`Number of forwarding cores set to ${count}\n`);
    }
    app.setupForwarding();
  },
  burst: (app: App, packets: number) => {
    if (packets > BURST_MAXIMUM) {
      app.err(`nb pkt per burst: ${packets} > ${BURST_MAXIMUM} (maximum packet per burst)  ignored\n`);
      return;
    }
    app.settings.burst = packets;
    app.out(`Number of packets per burst set to ${packets}\n`);
    app.applySettings();
  },
  verbose: (app: App, level: number) => {
    app.out(`Change verbose level from ${app.settings.verbose} to ${level}\n`);
    app.settings.verbose = level;
    app.applySettings();
  },
} as const;

export const setNumbers = command("set <what:nbport|nbcore|burst|verbose> <value:u16>", "", (app, { what, value }) =>
  NUMBERS[what](app, value),
);

const LISTS = {
  corelist: { what: "core", maximum: MAX_LCORE, set: setForwardLcores },
  portlist: { what: "port", maximum: MAX_ETHPORTS, set: setForwardPorts },
} as const;

export const forwardListCommands = [
  command("set <list_name:corelist|portlist> <list0[,list1]*:text>", "", (app, args) => {
    if (!forwardingStopped(app)) return;
    const { what, maximum, set } = LISTS[args.list_name];
    const ids = parseItemList(app, args["list0[,list1]*"], what, maximum, true);
    if (ids.length === 0) return;
    set(app, ids);
    app.setupForwarding();
  }),
  command("set <mask:coremask|portmask> <hexadecimal value:u64>", "", (app, args) => {
    if (!forwardingStopped(app)) return;
    const set = args.mask === "coremask" ? setForwardLcoreMask : setForwardPortMask;
    set(app, args["hexadecimal value"]);
    app.setupForwarding();
  }),
];

/** `set fwd MODE [retry]`. Running streams keep their engine. */
export function setForwardMode(app: App, mode: ForwardModeName, retry: boolean): void {
  app.settings.retryEnabled = retry;
  chooseForwardMode(app, app.settings, mode);
}

export const forwardModeCommands = [
  command(
    "set fwd <mode:io|mac|macswap|flowgen|rxonly|txonly|csum|icmpecho|noisy|5tswap|shared_rxq>",
    ": Set packet forwarding mode",
    (app, { mode }) => setForwardMode(app, mode, false),
  ),
  command(
    "set fwd <mode:io|mac|macswap|flowgen|txonly|csum|icmpecho|noisy|5tswap|shared_rxq> retry",
    ": Set packet forwarding mode with retry",
    (app, { mode }) => setForwardMode(app, mode, true),
  ),
  command("set burst tx delay <delay_usec:u32> retry <num_retry:u32>", "", (app, { delay_usec, num_retry }) => {
    app.settings.txRetryDelayUs = delay_usec;
    app.settings.txRetryNum = num_retry;
    app.applySettings();
  }),
];

const MODES = {
  promisc: { words: "promiscuous mode", set: "setPromiscuous" },
  allmulti: { words: "all-multicast mode", set: "setAllmulticast" },
} as const;

/** eth_set_promisc_mode and eth_set_allmulticast_mode. */
function setReceiveMode(app: App, which: keyof typeof MODES, ids: Iterable<number>, mode: "on" | "off"): void {
  const { words, set } = MODES[which];
  const doing = mode === "on" ? "enabling" : "disabling";
  for (const id of ids) {
    const status = ethdevPort(app, id)?.dev[set](mode === "on") ?? -ENODEV;
    if (status !== 0) app.err(`Error during ${doing} ${words} for port ${id}: ${strerror(status)}\n`);
  }
}

export const receiveModeCommands = [
  command("set promisc <port_id:u16> <mode:on|off>", ": Set promisc mode on port_id", (app, { port_id, mode }) =>
    setReceiveMode(app, "promisc", [port_id], mode),
  ),
  command("set promisc all <mode:on|off>", ": Set promisc mode for all ports", (app, { mode }) =>
    setReceiveMode(app, "promisc", app.ports.keys(), mode),
  ),
  command("set allmulti <port_id:u16> <mode:on|off>", ": Set allmulti mode on port_id", (app, { port_id, mode }) =>
    setReceiveMode(app, "allmulti", [port_id], mode),
  ),
  command("set allmulti all <mode:on|off>", ": Set allmulti mode for all ports", (app, { mode }) =>
    setReceiveMode(app, "allmulti", app.ports.keys(), mode),
  ),
  command("set flush_rx <mode:on|off>", ": Enable/Disable flush on rx streams", (app, { mode }) => {
    if (app.settings.numProcs > 1 && mode === "on") app.out("multi-process doesn't support to flush Rx queues.\n");
    else app.settings.noFlushRx = mode === "off";
  }),
  command(
    "set link_check <mode:on|off>",
    ": Enable/Disable link status check when starting/stopping a port",
    (app, { mode }) => {
      app.settings.noLinkCheck = mode === "off";
    },
  ),
];

export const setPeer = command("set eth-peer <port_id:u16> <peer_mac:string>", "", (app, { port_id, peer_mac }) => {
  if (!forwardingStopped(app)) return;
  const mac = parseMac(peer_mac);
  if (!app.ports.has(port_id)) app.err(`Error: Invalid port number ${port_id}\n`);
  else if (mac === undefined) app.err(`Error: Invalid ethernet address: ${peer_mac}\n`);
  else app.settings.peers[port_id] = mac;
  app.setupForwarding();
});

/** No device here maps statistics to queues. */
export const setQueueMap = command(
  "set stat_qmap <what:tx|rx> <port_id:u16> <queue_id:u16> <map_value:u8>",
  "set stat_qmap rx|tx <port_id> <queue_id> <map_value>: Set statistics mapping value on tx|rx queue_id of port_id",
  (app, { what, port_id, queue_id, map_value }) => {
    if (testpmdPort(app, port_id) === undefined || !knownQueue(app, what, queue_id)) return;
    if (map_value >= QUEUE_COUNTERS) app.err(`map_value not in required range 0..${QUEUE_COUNTERS - 1}\n`);
    else app.err(`failed to set ${what} queue stats mapping.\n`);
  },
);

export const recordCommands = [
  command("set xstats-hide-zero <on_off:on|off>", "", (app, { on_off }) => {
    app.settings.xstatsHideZero = on_off === "on";
  }),
  command("set record-core-cycles <on_off:on|off>", "", (app, { on_off }) => {
    app.settings.recordCoreCycles = on_off === "on";
    app.applySettings();
  }),
  command("set record-burst-stats <on_off:on|off>", "", (app, { on_off }) => {
    app.settings.recordBurstStats = on_off === "on";
    app.applySettings();
  }),
];
