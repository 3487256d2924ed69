// port-info - what a port is: `show port info`, `show port summary`, `show device info`.
// Follows port_infos_display, port_summary_display and device_infos_display of app/test-pmd 22.11. Everything is on socket 0.
// Not modelled: firmware versions and switch domains, which no device here has.

import { formatMac } from "../../dpdk/address.ts";
import type { Ethdev } from "../../dpdk/devices/ethdev.ts";
import { linkSpeed } from "../../dpdk/devices/link-text.ts";
import type { App, Port } from "../app.ts";
import { left, u16 } from "./format.ts";
import { namesOfBits, rxOffload } from "./offloads.ts";
import { rssTypeList } from "./rss-types.ts";

const BORDER = "*".repeat(21);

const CAPABILITIES = [
  "RUNTIME_RX_QUEUE_SETUP",
  "RUNTIME_TX_QUEUE_SETUP",
  "RXQ_SHARE",
  "FLOW_RULE_KEEP",
  "FLOW_SHARED_OBJECT_KEEP",
];

const onOff = (on: boolean): string => (on ? "on" : "off");

/** `show port info ID`. */
export function portInfo({ id, dev, rxOffloads }: Port): string {
  const { info } = dev;
  const link = dev.link();
  const vlan = (name: "VLAN_STRIP" | "VLAN_FILTER" | "VLAN_EXTEND" | "QINQ_STRIP"): string =>
    onOff((rxOffloads & rxOffload(name)) !== 0n);
  const { rxDescriptors: rx, txDescriptors: tx } = info;
  return [
    `\n${BORDER} Infos for port ${left(id, 2)} ${BORDER}`,
    `MAC address: ${formatMac(dev.mac)}`,
    `Device name: ${dev.name}`,
    `Driver name: ${dev.driver}`,
    "Firmware-version: not available",
    ...(dev.devargs === undefined ? [] : [`Devargs: ${dev.devargs}`]),
    "Connect to socket: 0",
    "memory allocation on the socket: 0",
    `Link status: ${link.up ? "up" : "down"}`,
    `Link speed: ${linkSpeed(link.speedMbps)}`,
    `Link duplex: ${link.fullDuplex ? "full-duplex" : "half-duplex"}`,
    `Autoneg status: ${link.autoneg ? "On" : "Off"}`,
    `MTU: ${dev.mtu}`,
    `Promiscuous mode: ${dev.promiscuous ? "enabled" : "disabled"}`,
    `Allmulticast mode: ${dev.allmulticast ? "enabled" : "disabled"}`,
    `Maximum number of MAC addresses: ${info.maxMacAddresses}`,
    `Maximum number of MAC addresses of hash filtering: ${info.maxHashMacAddresses}`,
    "VLAN offload: ",
    `  strip ${vlan("VLAN_STRIP")}, filter ${vlan("VLAN_FILTER")}, extend ${vlan("VLAN_EXTEND")}, qinq strip ${vlan("QINQ_STRIP")}`,
    ...(info.hashKeySize > 0 ? [`Hash key size in bytes: ${info.hashKeySize}`] : []),
    ...(info.retaSize > 0 ? [`Redirection table size: ${info.retaSize}`] : []),
    info.flowTypeRssOffloads === 0n
      ? "No RSS offload flow type is supported."
      : `Supported RSS offload flow types:\n${rssTypeList(info.flowTypeRssOffloads).slice(0, -1)}`,
    `Minimum size of RX buffer: ${info.minRxBufferSize}`,
    `Maximum configurable length of RX packet: ${info.maxRxPacketLength}`,
    `Maximum configurable size of LRO aggregated packet: ${info.maxLroPacketSize}`,
    ...(info.maxVfs > 0 ? [`Maximum number of VFs: ${info.maxVfs}`] : []),
    ...(info.maxVmdqPools > 0 ? [`Maximum number of VMDq pools: ${info.maxVmdqPools}`] : []),
    `Current number of RX queues: ${dev.rxQueues.length}`,
    `Max possible RX queues: ${info.maxRxQueues}`,
    `Max possible number of RXDs per queue: ${u16(rx.max)}`,
    `Min possible number of RXDs per queue: ${u16(rx.min)}`,
    `RXDs number alignment: ${u16(rx.align)}`,
    `Current number of TX queues: ${dev.txQueues.length}`,
    `Max possible TX queues: ${info.maxTxQueues}`,
    `Max possible number of TXDs per queue: ${u16(tx.max)}`,
    `Min possible number of TXDs per queue: ${u16(tx.min)}`,
    `TXDs number alignment: ${u16(tx.align)}`,
    `Max segment number per packet: ${u16(tx.segmentsMax)}`,
    `Max segment number per MTU/TSO: ${u16(tx.mtuSegmentsMax)}`,
    `Device capabilities: 0x${info.deviceCapabilities.toString(16)}(${namesOfBits(info.deviceCapabilities, CAPABILITIES)} )`,
    "Device error handling mode: none\n",
  ].join("\n");
}

const summaryRow = (columns: readonly [string, string, string, string, string, string]): string => {
  const [port, mac, name, driver, status, link] = columns;
  return `${left(port, 4)} ${left(mac, 17)} ${left(name, 12)} ${left(driver, 14)} ${left(status, 8)} ${link}\n`;
};

/** The head of `show port summary`. */
export function portSummaryHeader(app: App): string {
  const columns = summaryRow(["Port", "MAC Address", "Name", "Driver", "Status", "Link"]);
  return `Number of available ports: ${app.ports.size}\n${columns}`;
}

export function portSummary({ id, dev }: Port): string {
  const link = dev.link();
  const status = link.up ? "up" : "down";
  return summaryRow([`${id}`, formatMac(dev.mac), dev.name, dev.driver, status, linkSpeed(link.speedMbps)]);
}

/** Drivers that leave their device without a NUMA node. */
const SOCKETLESS: readonly string[] = ["net_pcap", "net_ring", "net_virtio_user", "net_virtio"];

/** A device with the ports that are of it. */
export function deviceInfo(dev: Ethdev): string {
  return [
    `\n${BORDER} Infos for device ${dev.name} ${BORDER}`,
    `Bus name: ${dev.bus.name}`,
    `Bus information: ${dev.bus.information}`,
    `Driver name: ${dev.driver}`,
    `Devargs: ${dev.devargs ?? ""}`,
    `Connect to socket: ${SOCKETLESS.includes(dev.driver) ? -1 : 0}`,
    `\n\tPort id: ${left(dev.id, 2)}`,
    `\tMAC address: ${formatMac(dev.mac)}`,
    `\tDevice name: ${dev.name}`,
    `\tDevice speed capability:${speedCapability(dev.info.speedCapabilities)}\n`,
  ].join("\n");
}

/** By bit of RTE_ETH_LINK_SPEED_*: from 1 on. */
const SPEEDS = [
  "10 Mbps half-duplex",
  "10 Mbps full-duplex",
  "100 Mbps half-duplex",
  "100 Mbps full-duplex",
  ...[1, 2.5, 5, 10, 20, 25, 40, 50, 56, 100, 200].map((gbps) => `${gbps} Gbps`),
];

function speedCapability(bits: number): string {
  if (bits === 0) return " Autonegotiate (all speeds)";
  const fixed = (bits & 1) !== 0 ? " Disable autonegotiate (fixed speed)  " : "";
  return fixed + SPEEDS.map((name, i) => (((bits >> (i + 1)) & 1) !== 0 ? ` ${name}  ` : "")).join("");
}
