// vdev-pcap - net_pcap's arguments, and what it says about files that it cannot use.
// Follows pmd_pcap_probe of drivers/net/pcap (22.11) and libpcap 1.10's words for a capture's header. `iface` given once rules
// out all else; of rx_pcap and rx_iface, tx_pcap and tx_iface, the file wins.
import { atoi } from "../eal/c-number.ts";
import type { DevArgs } from "../eal/devargs.ts";
import { type EalLog, LOG_ERR, LOG_WARNING } from "../eal/eal-log.ts";
import { parseKvargs } from "../eal/kvargs.ts";
import type { Refusal, VdevBase } from "./vdev-base.ts";

/** RTE_PMD_PCAP_MAX_QUEUES. */
const MAX_QUEUES = 16;

export interface PcapQueue {
  /** rx_null and tx_drop stand in for a direction that has no argument. */
  readonly type: "rx_pcap" | "rx_iface" | "rx_iface_in" | "rx_null" | "tx_pcap" | "tx_iface" | "tx_drop" | "iface";
  /** A file's path or an interface's name. */
  readonly path: string;
}

export interface PcapVdev extends VdevBase {
  readonly driver: "net_pcap";
  readonly rx: readonly PcapQueue[];
  readonly tx: readonly PcapQueue[];
  readonly phyMac: boolean;
  readonly infiniteRx: boolean;
}

const KEYS = ["rx_pcap", "tx_pcap", "rx_iface", "rx_iface_in", "tx_iface", "iface", "phy_mac", "infinite_rx"];

export function parsePcap({ name, args }: DevArgs, log: EalLog): PcapVdev | Refusal {
  const kvargs = parseKvargs(args, KEYS);
  if (kvargs === undefined) return "failed";
  const base = { driver: "net_pcap", name, devargs: args } as const;
  const queues = (...types: PcapQueue["type"][]): PcapQueue[] =>
    types.length === 0
      ? []
      : kvargs.pairs.flatMap(({ key, value }) => {
          const type = types.find((wanted) => wanted === key);
          return type === undefined ? [] : [{ type, path: value ?? "(null)" }];
        });
  const both = kvargs.single("iface");
  if (both !== undefined) {
    const phyMac = kvargs.all("phy_mac").some(({ value }) => atoi(value ?? "") !== 0);
    return { ...base, rx: queues("iface"), tx: queues("iface"), phyMac, infiniteRx: false };
  }
  const rxFiles = queues("rx_pcap");
  const rxGiven = rxFiles.length > 0 ? rxFiles : queues("rx_iface", "rx_iface_in");
  const txFiles = queues("tx_pcap");
  const txGiven = txFiles.length > 0 ? txFiles : queues("tx_iface");
  if (rxGiven.length + txGiven.length === 0) {
    pcapLog(log, "pmd_pcap_probe", LOG_ERR, "Error - No rx or tx queues provided");
    return "failed";
  }
  if (rxFiles.length > 0 && kvargs.count("infinite_rx") > 1) {
    const why = "since the argument has been provided more than once";
    pcapLog(log, "pmd_pcap_probe", LOG_WARNING, `infinite_rx has not been enabled ${why} for ${name}`);
  }
  const rx = rxGiven.length > 0 ? rxGiven : standIns(queues("tx_pcap", "tx_iface"), "rx_null");
  const tx = txGiven.length > 0 ? txGiven : standIns(rx, "tx_drop");
  if (rx.length > MAX_QUEUES || tx.length > MAX_QUEUES) return "failed";
  const infinite = rxFiles.length > 0 ? kvargs.single("infinite_rx") : undefined;
  return { ...base, rx, tx, phyMac: false, infiniteRx: atoi(infinite?.value ?? "") > 0 };
}

/** One stand-in for each queue of the other direction. */
function standIns(others: readonly PcapQueue[], type: "rx_null" | "tx_drop"): PcapQueue[] {
  return others.map(() => ({ type, path: type === "rx_null" ? "dummy_rx" : "dummy_tx" }));
}

function pcapLog(log: EalLog, from: string, level: number, text: string): void {
  log.log("pmd.net.pcap", level, `${from}(): ${text}\n`);
}

/** A capture that cannot be opened. why: as libpcap words it, see pcapHeaderFault */
export function logPcapInputFailed(log: EalLog, path: string, why: string): void {
  pcapLog(log, "open_single_rx_pcap", LOG_ERR, `Couldn't open ${path}: ${why}`);
}

/** A capture that cannot be created. */
export function logPcapOutputFailed(log: EalLog, path: string): void {
  pcapLog(log, "open_single_tx_pcap", LOG_ERR, `Couldn't open ${path} for writing.`);
}

/** A network interface that cannot be opened. */
export function logPcapInterfaceFailed(log: EalLog, name: string, why: string): void {
  pcapLog(log, "open_iface_live", LOG_ERR, `Couldn't open ${name}: ${why}`);
  pcapLog(log, "open_single_iface", LOG_ERR, `Couldn't open interface ${name}`);
}

/** Why libpcap refuses a capture of this header: its first 24 bytes, or all that there are; undefined: it does not. */
export function pcapHeaderFault(header: Uint8Array): string | undefined {
  const short = (wanted: number, got: number): string =>
    `truncated dump file; tried to read ${wanted} file header bytes, only got ${got}`;
  if (header.length < 4) return short(4, header.length);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const littleEndian = MAGICS.has(view.getUint32(0, true));
  if (!littleEndian && !MAGICS.has(view.getUint32(0))) {
    const pcapng = view.getUint32(0) === PCAPNG_MAGIC && header.length > 12;
    return pcapng ? undefined : "unknown file format";
  }
  if (header.length < HEADER_BYTES) return short(HEADER_BYTES, header.length - 4);
  const major = view.getUint16(4, littleEndian);
  const minor = view.getUint16(6, littleEndian);
  if (major < 2) return "archaic pcap savefile format";
  const known = (major === 2 && minor <= 4) || (major === 543 && minor === 0);
  return known ? undefined : `unsupported pcap savefile version ${major}.${minor}`;
}

const HEADER_BYTES = 24;
/** Microseconds, nanoseconds, and Kuznetzov's patched form. */
const MAGICS: ReadonlySet<number> = new Set([0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34]);
const PCAPNG_MAGIC = 0x0a0d0d0a;
