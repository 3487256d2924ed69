// forward-config - who forwards what: `show config fwd`, `cores`, `rxtx`, and the banner of `start` made of them.
// Follows pkt_fwd_config_display, fwd_lcores_config_display and rxtx_config_display of app/test-pmd 22.11. The first names the
// engine that the streams were made for, the last the one that is set now. All sockets are 0.

import { formatMac } from "../../dpdk/address.ts";
import type { App, Port } from "../app.ts";
import type { Settings } from "../settings.ts";
import { right } from "./format.ts";
import { queueOffloads } from "./port-offloads.ts";

const withRetry = (app: App): string => (app.settings.retryEnabled ? " with retry" : "");

/** pkt_fwd_config_display: `show config fwd`, and what `start` prints first. */
export function forwardConfig(app: App): string {
  const { settings, config } = app;
  const lcores = config.lcores.map(({ id, first, count }) => {
    const streams = config.streams.slice(first, first + count).map((stream) => {
      const peer = formatMac(settings.peers[stream.peer] ?? 0n);
      const rx = `RX P=${stream.rxPort}/Q=${stream.rxQueue} (socket 0)`;
      return `\n  ${rx} -> TX P=${stream.txPort}/Q=${stream.txQueue} (socket 0) peer=${peer}`;
    });
    return `Logical Core ${id} (socket 0) forwards packets on ${count} streams:${streams.join("")}\n`;
  });
  return [
    `${config.mode} packet forwarding${withRetry(app)} - ports=${config.ports.length} - cores=${config.lcores.length}`,
    ` - streams=${config.streams.length} - NUMA support ${settings.numa ? "enabled" : "disabled"},`,
    ` MP allocation mode: ${settings.mpAlloc}\n`,
    settings.retryEnabled
      ? `TX retry num: ${settings.txRetryNum}, delay between TX retries: ${settings.txRetryDelayUs}us\n`
      : "",
    ...lcores,
    "\n",
  ].join("");
}

/** `show config cores`. */
export function coresConfig(app: App): string {
  return `List of forwarding lcores:${app.forwardLcores.map((id) => ` ${right(id, 2)}`).join("")}\n`;
}

/** rxtx_config_display: `show config rxtx`, and what `start` prints last. */
export function rxTxConfig(app: App): string {
  const { settings } = app;
  const generates = settings.forwardMode === "txonly" || settings.forwardMode === "flowgen";
  const length = settings.txSegments.reduce((sum, segment) => sum + segment, 0);
  return [
    `  ${settings.forwardMode} packet forwarding${withRetry(app)} packets/burst=${settings.burst}\n`,
    generates ? `  packet len=${length} - nb packet segments=${settings.txSegments.length}\n` : "",
    `  nb forwarding cores=${app.forwardLcoreCount} - nb forwarding ports=${app.forwardPortCount}\n`,
    ...[...app.ports.values()].map((port) => portQueues(app, port)),
  ].join("");
}

type Thresholds = Settings["rxThresholds"];

/** A port and the first of its queues. */
function portQueues({ settings }: App, port: Port): string {
  const { info } = port.dev;
  // settings reach the queues that there are; without any, the first one's stay as the driver has them
  const set = (queues: number, given: number, driver: number): number =>
    given === -1 || queues === 0 ? driver : given;
  const thresholds = (queues: number, { pthresh, hthresh, wthresh }: Thresholds): string =>
    `threshold registers: pthresh=${set(queues, pthresh, 0)} hthresh=${set(queues, hthresh, 0)}  wthresh=${set(queues, wthresh, 0)}\n`;
  const { rxq, txq } = settings;
  const group = settings.rxqShare > 0 && (info.deviceCapabilities & RXQ_SHARE) !== 0n;
  const share = group ? ` share_group=${Math.trunc(port.id / settings.rxqShare) + 1} share_qid=0` : "";
  return [
    `  port ${port.id}: RX queue number: ${rxq} Tx queue number: ${txq}\n`,
    `    Rx offloads=0x${port.rxOffloads.toString(16)} Tx offloads=0x${port.txOffloads.toString(16)}\n`,
    "    RX queue: 0\n",
    `      RX desc=${port.rxd} - RX free threshold=${set(rxq, settings.rxFreeThreshold, info.rxFreeThreshold)}\n`,
    `      RX ${thresholds(rxq, settings.rxThresholds)}`,
    `      RX Offloads=0x${queueOffloads(port, "rx", 0).toString(16)}${share}\n`,
    "    TX queue: 0\n",
    `      TX desc=${port.txd} - TX free threshold=${set(txq, settings.txFreeThreshold, info.txFreeThreshold)}\n`,
    `      TX ${thresholds(txq, settings.txThresholds)}`,
    `      TX offloads=0x${queueOffloads(port, "tx", 0).toString(16)}`,
    ` - TX RS bit threshold=${set(txq, settings.txRsThreshold, info.txRsThreshold)}\n`,
  ].join("");
}

/** RTE_ETH_DEV_CAPA_RXQ_SHARE */
const RXQ_SHARE = 4n;

/** What `start` prints between its checks and the first packet. */
export function startBanner(app: App): string {
  return forwardConfig(app) + flowCounts(app) + rxTxConfig(app);
}

/** flowgen says how many flows it will make. */
function flowCounts({ config, settings }: App): string {
  if (config.mode !== "flowgen") return "";
  return config.ports.map((id) => `  number of flows for port ${id}: ${settings.flowgenFlows}\n`).join("");
}
