// port-config - `port config`: queues, descriptors, bursts, thresholds, frame lengths, speeds.
// Follows cmd_config_* and check_nb_rxq and its likes of app/test-pmd 22.11. Speeds, loopback modes, drop-en and thresholds are
// kept, shown and given to no device: a software device has none.

import type { DevInfo } from "../../dpdk/devices/dev-info.ts";
import { mtuComplaint, overheadOf } from "../../dpdk/devices/mtu.ts";
import type { App, Port } from "../app.ts";
import { command } from "../console/command.ts";
import { allPortsStopped, DEVICE_AND_QUEUES, reconfigure, reconfigureAll, stoppedPort, testpmdPort } from "./guards.ts";
import { refused } from "./refusal.ts";

const BURST_MAXIMUM = 512;
const UINT16_MAX = 0xffff;
/** RTE_MAX_QUEUES_PER_PORT. */
const QUEUES_MAXIMUM = 1024;
/** RTE_ETHER_MIN_LEN. */
const FRAME_MINIMUM = 64;

/** init_port_config: what ports have of the settings. */
function initPorts(app: App): void {
  for (const port of app.ports.values()) {
    port.rxd = app.settings.rxd;
    port.txd = app.settings.txd;
  }
  reconfigureAll(app, DEVICE_AND_QUEUES);
}

type Count = "rxq" | "txq" | "rxd" | "txd";
interface Limit {
  readonly value: number;
  readonly port: number;
}

/** The tightest limit over ports, and the first port that sets it. */
function tightest(
  app: App,
  start: number,
  tighter: (a: number, b: number) => boolean,
  of: (info: DevInfo) => number,
): Limit {
  let limit: Limit = { value: start, port: 0 };
  for (const { id, dev } of app.ports.values()) {
    const value = of(dev.info);
    if (tighter(value, limit.value)) limit = { value, port: id };
  }
  return limit;
}

const less = (a: number, b: number): boolean => a < b;
const more = (a: number, b: number): boolean => a > b;

const LIMITS: Readonly<
  Record<Count, { words: string; most: (info: DevInfo) => number; least?: (info: DevInfo) => number }>
> = {
  rxq: { words: "rx_queues", most: (info) => info.maxRxQueues },
  txq: { words: "tx_queues", most: (info) => info.maxTxQueues },
  rxd: { words: "rxds", most: (info) => info.rxDescriptors.max, least: (info) => info.rxDescriptors.min },
  txd: { words: "txds", most: (info) => info.txDescriptors.max, least: (info) => info.txDescriptors.min },
};

/** check_nb_rxq, check_nb_txq, check_nb_rxd, check_nb_txd. */
function withinLimits(app: App, name: Count, value: number): boolean {
  const { words, most, least } = LIMITS[name];
  const highest = tightest(app, name.endsWith("q") ? QUEUES_MAXIMUM : UINT16_MAX, less, most);
  if (value > highest.value) {
    const limit = `max_${words} (${highest.value}) of port ${highest.port}`;
    app.err(`Fail: input ${name} (${value}) can't be greater than ${limit}\n`);
    return false;
  }
  if (least === undefined) return true;
  const lowest = tightest(app, 0, more, least);
  if (value >= lowest.value) return true;
  app.err(`Fail: input ${name} (${value}) can't be less than min_${words} (${lowest.value}) of port ${lowest.port}\n`);
  return false;
}

function setCount(app: App, name: Count, value: number): void {
  if (!allPortsStopped(app)) return;
  const other = name === "rxq" ? app.settings.txq : app.settings.rxq;
  if (name.endsWith("q") && value === 0 && other === 0) {
    app.err("Warning: Either rx or tx queues should be non zero\n");
    return;
  }
  if (!withinLimits(app, name, value)) return;
  app.settings[name] = value;
  app.setupForwarding();
  initPorts(app);
}

/** port_mtu_set. */
function setMtu(app: App, id: number, mtu: number): void {
  const port = testpmdPort(app, id);
  if (port === undefined || !isMtu(app, port, mtu) || port.needReconfigure) return;
  const status = port.dev.setMtu(mtu);
  if (status !== 0) app.err(`Set MTU failed. diag=${status}\n`);
}

function isMtu(app: App, { id, dev }: Port, mtu: number): boolean {
  const complaint = mtuComplaint(id, dev.info, mtu);
  if (complaint !== undefined) app.err(`${complaint}\n`);
  return complaint === undefined;
}

/** A longest frame is an MTU to a device. */
function setFrameLength(app: App, length: number): void {
  if (!allPortsStopped(app)) return;
  for (const { id, dev } of app.ports.values()) {
    if (length < FRAME_MINIMUM) {
      app.err(`max-pkt-len can not be less than ${FRAME_MINIMUM}\n`);
      return;
    }
    const mtu = (length - overheadOf(dev.info)) & UINT16_MAX;
    if (mtu !== dev.mtu && dev.setMtu(mtu) !== 0) app.err(`Failed to set MTU to ${mtu} for port ${id}\n`);
  }
  app.settings.maxPacketLength = length;
  initPorts(app);
}

/** What port 0 recommends, or a count. */
function setBurst(app: App, packets: number): void {
  if (!allPortsStopped(app)) return;
  const recommended = app.ports.get(0)?.dev.info.preferred.rxBurst ?? 0;
  if (packets > BURST_MAXIMUM) {
    app.err(`burst must be >= 1 && <= ${BURST_MAXIMUM}\n`);
    return;
  }
  if (packets === 0 && recommended === 0) {
    app.out(`PMD does not recommend a burst size.\nUser provided value must be between 1 and ${BURST_MAXIMUM}\n`);
    return;
  }
  if (packets === 0 && recommended > BURST_MAXIMUM) {
    app.out(`PMD recommended burst size of ${recommended} exceeds maximum value of ${BURST_MAXIMUM}\n`);
    return;
  }
  if (packets === 0) app.out(`Using PMD-provided burst value of ${recommended}\n`);
  app.settings.burst = packets || recommended;
  app.applySettings();
  initPorts(app);
}

/** parse_and_check_speed_duplex: half duplex is for the slow. */
function isSpeed(app: App, speed: string, duplex: string): boolean {
  if (duplex !== "half" || speed === "10" || speed === "100") return true;
  app.err("Invalid speed/duplex parameters\n");
  return false;
}

const THRESHOLDS = {
  txpt: ["txThresholds", "pthresh"],
  txht: ["txThresholds", "hthresh"],
  txwt: ["txThresholds", "wthresh"],
  rxpt: ["rxThresholds", "pthresh"],
  rxht: ["rxThresholds", "hthresh"],
  rxwt: ["rxThresholds", "wthresh"],
} as const;
const FREE_THRESHOLDS = { txfreet: "txFreeThreshold", txrst: "txRsThreshold", rxfreet: "rxFreeThreshold" } as const;

/** Changes settings while all ports are stopped. */
function configureAll(app: App, change: () => void): void {
  if (!allPortsStopped(app)) return;
  change();
  initPorts(app);
}

export const speedCommands = [
  command(
    "port config all speed <speed:10|100|1000|10000|25000|40000|50000|100000|200000|auto> duplex <duplex:half|full|auto>",
    "",
    (app, { speed, duplex }) => {
      if (allPortsStopped(app) && isSpeed(app, speed, duplex)) reconfigureAll(app, DEVICE_AND_QUEUES);
    },
  ),
  command(
    "port config <port_id:u16> speed <speed:10|100|1000|10000|25000|40000|50000|100000|200000|auto> duplex <duplex:half|full|auto>",
    "",
    (app, { port_id, speed, duplex }) => {
      if (stoppedPort(app, port_id) === undefined || !isSpeed(app, speed, duplex)) return;
      reconfigureAll(app, DEVICE_AND_QUEUES);
    },
  ),
  command("port config all loopback <mode:u32>", "", (app) => {
    if (allPortsStopped(app)) reconfigureAll(app, DEVICE_AND_QUEUES);
  }),
  command("port config <port_id:u16> loopback <mode:u32>", "", (app, { port_id }) => {
    const port = stoppedPort(app, port_id);
    if (port !== undefined) reconfigure(port, DEVICE_AND_QUEUES);
  }),
];

export const lengthCommands = [
  command("port config all <name:rxq|txq|rxd|txd> <value:u16>", "", (app, { name, value }) =>
    setCount(app, name, value),
  ),
  command("port config mtu <port_id:u16> <value:u16>", "", (app, { port_id, value }) => setMtu(app, port_id, value)),
  command("port config all max-pkt-len <value:u32>", "", (app, { value }) => setFrameLength(app, value)),
  command("port config all max-lro-pkt-size <value:u32>", "", (app) => configureAll(app, () => {})),
  command("port config all drop-en <value:on|off>", "", (app, { value }) =>
    configureAll(app, () => {
      app.settings.rxDropEnable = value === "on" ? 1 : 0;
    }),
  ),
];

export const thresholdCommands = [
  command("port config all burst <value:u16>", "", (app, { value }) => setBurst(app, value)),
  command("port config all <name:txpt|txht|txwt|rxpt|rxht|rxwt> <value:u8>", "", (app, { name, value }) =>
    configureAll(app, () => {
      const [side, which] = THRESHOLDS[name];
      app.settings[side][which] = value;
    }),
  ),
  command("port config all <name:txfreet|txrst|rxfreet> <value:u16>", "", (app, { name, value }) =>
    configureAll(app, () => {
      app.settings[FREE_THRESHOLDS[name]] = value;
    }),
  ),
];

/** DCB wants as many forwarding lcores as traffic classes, and a device that knows it. */
export const configDcb = command(
  "port config <port-id:u16> dcb vt <vt_en:on|off> <num_tcs:u8> pfc <pfc_en:on|off>",
  "",
  (app, args) => {
    if (stoppedPort(app, args["port-id"]) === undefined) return;
    if (args.num_tcs <= 1 || args.num_tcs > 8) {
      app.err("The invalid number of traffic class, only 2~8 allowed.\n");
    } else if (app.forwardLcoreCount < args.num_tcs) {
      app.err("nb_cores shouldn't be less than number of TCs.\n");
    } else app.err("rte_eth_dev_get_dcb_info not supported.\n");
  },
);

export const tunnelPortCommand = refused(
  "port config <port_id:u16> udp_tunnel_port <action:add|rm> <tunnel_type:vxlan|geneve|vxlan-gpe|ecpri> <udp_port:u16>",
  "",
  "testpmd",
  "udp tunneling port add error: (Operation not supported)\n",
);
