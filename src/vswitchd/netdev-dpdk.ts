// netdev-dpdk - type=dpdk: a port over an ethdev (lib/netdev-dpdk.c of OVS 3.1): devargs, queues, descriptors, MTU, statistics.
// Not modelled: hardware offload, link status interrupts, flow control on devices that have it (the virtual ones have not).
import type { Ethdev } from "../dpdk/devices/ethdev.ts";
import type { Queue } from "../wasm/machine.ts";
import type { DpdkDevices } from "./dpdk-devices.ts";
import type { Log } from "./log.ts";
import type { Mempools } from "./mempools.ts";
import { macBytes, Netdev, NetdevError, type NetdevLink, type NetdevStats } from "./netdev.ts";
import { flag, integer } from "./settings.ts";

/** NETDEV_DPDK_MAX_PKT_LEN less Ethernet header, FCS and two VLAN tags. */
const MTU_MAX = 9728 - 14 - 4 - 8;
const MTU_MIN = 68;
const ETHER_MTU = 1500;
/** NIC_PORT_DEFAULT_RXQ_SIZE and _TXQ_SIZE, NIC_PORT_MAX_Q_SIZE. */
const DESCRIPTORS = 2048;
const DESCRIPTORS_MAX = 4096;
/** Statistics of ethdev that are shown beside the usual ones. */
const CUSTOM = /^(?:.*_errors|[rt]x_q\d+_(?:packets|bytes|errors)|.*_management_.*|.*_dropped)$/;

interface Wish {
  rxq: number;
  txq: number;
  rxd: number;
  txd: number;
  mtu: number;
}

export class NetdevDpdk extends Netdev {
  readonly kind = "dpdk";
  private readonly devices: DpdkDevices;
  private readonly pools: Mempools;
  private readonly log: Log;
  private dev: Ethdev | undefined;
  private devargs = "";
  private readonly wanted: Wish = { rxq: 1, txq: 1, rxd: DESCRIPTORS, txd: DESCRIPTORS, mtu: ETHER_MTU };
  /** What was asked for when it was last configured, and what it has. */
  private asked: Wish | undefined;
  private has: Wish = { rxq: 0, txq: 0, rxd: 0, txd: 0, mtu: 0 };
  private currentMtu = ETHER_MTU;
  private mtuRefused = false;

  constructor(name: string, devices: DpdkDevices, pools: Mempools, log: Log) {
    super(name, "dpdk");
    this.devices = devices;
    this.pools = pools;
    this.log = log;
  }

  override setOptions(options: ReadonlyMap<string, string>): void {
    const rxq = Math.max(integer(options, "n_rxq", 1), 1);
    const devargs = options.get("dpdk-devargs");
    this.wanted.rxd = this.descriptors(options, "n_rxq_desc");
    this.wanted.txd = this.descriptors(options, "n_txq_desc");
    if (devargs === undefined || devargs === "") {
      const old = "The old 'dpdk<port_id>' names are not supported";
      throw new NetdevError(`'${this.name}' is missing 'options:dpdk-devargs'. ${old}`);
    }
    if (this.dev === undefined) {
      this.dev = this.devices.attach(devargs, this.name);
      this.devargs = devargs;
    } else if (devargs !== this.devargs) {
      throw new NetdevError(`Invalid argument`);
    }
    this.wanted.rxq = Math.min(rxq, this.dev.info.maxRxQueues);
    const pauses = ["rx-flow-ctrl", "tx-flow-ctrl", "flow-ctrl-autoneg"].some((key) => flag(options, key, false));
    if (pauses) this.log.warn("netdev_dpdk", `${this.name}: Flow control is not supported.`);
  }

  /** dpdk_process_queue_size: a power of two up to 4096, else the default. */
  private descriptors(options: ReadonlyMap<string, string>, key: string): number {
    const wanted = integer(options, key, DESCRIPTORS);
    const good = wanted > 0 && wanted <= DESCRIPTORS_MAX && (wanted & (wanted - 1)) === 0;
    const { dev } = this;
    if (dev === undefined) return good ? wanted : DESCRIPTORS;
    const limits = key === "n_rxq_desc" ? dev.info.rxDescriptors : dev.info.txDescriptors;
    return Math.max(Math.min(good ? wanted : DESCRIPTORS, limits.max), limits.min);
  }

  override requestMtu(mtu: number | undefined): boolean {
    const wanted = mtu ?? ETHER_MTU;
    if (wanted > MTU_MAX || wanted < MTU_MIN) {
      this.log.warn("dpif_netdev", `${this.name}: unsupported MTU ${wanted}`);
      return false;
    }
    this.wanted.mtu = wanted;
    return true;
  }

  override requestTxQueues(count: number): void {
    this.wanted.txq = count;
  }

  override get wantsReconfiguration(): boolean {
    const { asked, wanted } = this;
    return asked === undefined || (Object.keys(wanted) as (keyof Wish)[]).some((key) => asked[key] !== wanted[key]);
  }

  override async reconfigure(): Promise<void> {
    const { dev, wanted, name, log } = this;
    if (dev === undefined) throw new NetdevError("Invalid argument");
    const pool = this.pools.get(name, wanted.mtu, this.numa);
    if (dev.started) dev.stop();
    const { info } = dev;
    const queues = {
      rxq: Math.min(wanted.rxq, info.maxRxQueues),
      txq: Math.min(wanted.txq, info.maxTxQueues),
      rxd: wanted.rxd,
      txd: wanted.txd,
    };
    if (dev.configure(queues, pool.address) !== undefined || dev.start() !== 0)
      throw new NetdevError("Invalid argument");
    if (this.asked === undefined) log.warn("netdev_dpdk", `Rx checksum offload is not supported on port ${dev.id}`);
    if (dev.setMtu(wanted.mtu) !== 0 && !this.mtuRefused) {
      this.mtuRefused = true;
      log.warn(
        "netdev_dpdk",
        `Interface ${name} does not support MTU configuration, max packet size supported is ${ETHER_MTU}.`,
      );
    }
    this.has = { ...queues, mtu: wanted.mtu };
    this.asked = { ...wanted };
    this.currentMtu = wanted.mtu;
  }

  get mac(): Uint8Array {
    return macBytes(this.dev?.mac ?? 0n);
  }

  get mtu(): number {
    return this.currentMtu;
  }

  get link(): NetdevLink {
    const link = this.dev?.link();
    if (link === undefined) return { up: false, speed: undefined, duplex: undefined };
    return { up: link.up, speed: link.speedMbps * 1e6, duplex: link.fullDuplex ? "full" : "half" };
  }

  override get numa(): number {
    return this.dev === undefined ? 0 : this.devices.numaOf(this.dev);
  }

  override get isPmd(): boolean {
    return true;
  }

  override get rxQueues(): readonly Queue[] {
    return this.dev?.rxQueues ?? [];
  }

  override get txQueues(): readonly Queue[] {
    return this.dev?.txQueues ?? [];
  }

  override get hasInput(): boolean {
    return this.dev?.hasInput ?? false;
  }

  override get endless(): boolean {
    return this.dev?.endless ?? false;
  }

  /** The ethdev behind it, for the files that its queues fill. */
  get ethdev(): Ethdev | undefined {
    return this.dev;
  }

  config(): readonly (readonly [string, string])[] {
    const { has, wanted } = this;
    return [
      ["configured_rx_queues", String(has.rxq)],
      ["configured_rxq_descriptors", String(has.rxd)],
      ["configured_tx_queues", String(has.txq)],
      ["configured_txq_descriptors", String(has.txd)],
      ["lsc_interrupt_mode", "false"],
      ["mtu", String(this.currentMtu)],
      ["requested_rx_queues", String(wanted.rxq)],
      ["requested_rxq_descriptors", String(wanted.rxd)],
      ["requested_tx_queues", String(wanted.txq)],
      ["requested_txq_descriptors", String(wanted.txd)],
      ["rx_csum_offload", "false"],
      ["tx_tso_offload", "false"],
    ];
  }

  stats(): NetdevStats {
    const { dev } = this;
    if (dev === undefined) return {};
    const s = dev.stats();
    const own = this.counters;
    return {
      rxPackets: s.ipackets,
      txPackets: s.opackets,
      rxBytes: s.ibytes,
      txBytes: s.obytes,
      rxErrors: s.ierrors,
      txErrors: s.oerrors,
      rxDropped: own.rxQosDrops + s.imissed,
      txDropped: own.txDropped,
    };
  }

  override customStats(): readonly (readonly [string, number])[] {
    const own = this.counters;
    const device = (this.dev?.xstats() ?? []).filter(([name]) => CUSTOM.test(name));
    return [
      ["ovs_tx_failure_drops", own.txFailureDrops],
      ["ovs_tx_mtu_exceeded_drops", own.txMtuExceededDrops],
      ["ovs_tx_qos_drops", own.txQosDrops],
      ["ovs_rx_qos_drops", own.rxQosDrops],
      ["ovs_tx_invalid_hwol_drops", 0],
      ...device,
    ];
  }

  override status(): readonly (readonly [string, string])[] {
    const { dev } = this;
    if (dev === undefined) return [];
    const { info } = dev;
    return [
      ["bus_info", "bus_name=vdev"],
      ["driver_name", dev.driver],
      ["if_descr", `DPDK 22.11.11 ${dev.driver}`],
      ["if_type", "6"],
      ["link_speed", `${Math.round((this.link.speed ?? 0) / 1e9)}Gbps`],
      ["max_hash_mac_addrs", String(info.maxHashMacAddresses)],
      ["max_mac_addrs", String(info.maxMacAddresses)],
      ["max_rx_pktlen", String(this.currentMtu + 18)],
      ["max_rx_queues", String(info.maxRxQueues)],
      ["max_tx_queues", String(info.maxTxQueues)],
      ["max_vfs", String(info.maxVfs)],
      ["max_vmdq_pools", String(info.maxVmdqPools)],
      ["min_rx_bufsize", String(info.minRxBufferSize)],
      ["numa_id", dev.hasSocket ? String(this.numa) : "-1"],
      ["port_no", String(dev.id)],
    ];
  }

  override async close(): Promise<void> {
    if (this.dev !== undefined) await this.devices.remove(this.dev);
    this.dev = undefined;
  }
}
