// netdev-vhost - types dpdkvhostuser and dpdkvhostuserclient (lib/netdev-dpdk.c of OVS 3.1): a port whose queues are the guest's. Until a guest
// is there it has one queue that gives and takes nothing.
import type { DeviceContext } from "../dpdk/devices/device-context.ts";
import { VhostEthdev } from "../dpdk/devices/ethdev-vhost.ts";
import type { VirtioLinks } from "../dpdk/devices/virtio-link.ts";
import type { PolledSide } from "../dpdk/executor.ts";
import type { Queue } from "../wasm/machine.ts";
import type { OvsVersion } from "../wasm/ovs-datapath.ts";
import type { Mempools } from "./mempools.ts";
import { Netdev, NetdevError, type NetdevLink, type NetdevStats } from "./netdev.ts";
import { integer } from "./settings.ts";

const ETHER_MTU = 1500;
const TX_RETRIES_MAX = 32;
const TX_RETRIES = 8;

export interface VhostParts {
  readonly context: DeviceContext;
  readonly links: VirtioLinks;
  readonly pools: Mempools;
  readonly version: OvsVersion;
  /** NUMA node of a port that no guest was at yet. */
  readonly mainNode: number;
  /** Folder of the sockets that the switch listens at. */
  readonly socketFolder: string;
  /** Id for the ethdev. */
  readonly id: number;
  /** A guest came or went. */
  changed(): void;
}

export class NetdevVhost extends Netdev {
  readonly kind = "vhost";
  private readonly parts: VhostParts;
  private dev: VhostEthdev | undefined;
  /** Its socket, where guests are other processes. */
  private opening: Promise<unknown> = Promise.resolve();
  private path: string | undefined;
  private wantedMtu = ETHER_MTU;
  private currentMtu = 0;
  private wantedTxq = 1;
  private configured = { rxq: 1, txq: 1 };
  private wasConnected = false;
  /** The first queue is enabled for guests that never say so, until one has left. */
  private keepsQueue = true;
  /** Of the memory of the guest that is there, or was last. */
  private node: number | undefined;

  constructor(name: string, type: "dpdkvhostuser" | "dpdkvhostuserclient", parts: VhostParts) {
    super(name, type);
    this.parts = parts;
    if (type === "dpdkvhostuser") this.open(`${parts.socketFolder}/${name}`);
  }

  private get isClient(): boolean {
    return this.type === "dpdkvhostuserclient";
  }

  private open(path: string): void {
    const { context, id } = this.parts;
    this.path = path;
    const flags = { iommuSupport: false, postcopySupport: false, tso: false, linearBuffer: true, extBuffer: false };
    const vdev = { driver: "net_vhost", name: this.name, devargs: "", iface: path, queues: 1024 } as const;
    const client = this.isClient;
    const own = { ...context, event: () => this.parts.changed() };
    const link = this.parts.links.at(path);
    this.dev = new VhostEthdev(link, id, { ...vdev, ...flags, client, legacyOlFlags: false, checksums: false }, own);
    const pool = this.parts.pools.get(this.name, this.wantedMtu, this.numa);
    this.dev.configure({ rxq: 1, txq: 1, rxd: 0, txd: 0 }, pool.address);
    this.dev.start();
    this.opening = this.dev.connect();
    link.watchHost(() => this.parts.changed());
  }

  /** Queue pairs that the guest has; undefined: none is there. */
  private get guestPairs(): number | undefined {
    return this.dev?.guest?.pairs;
  }

  override setOptions(options: ReadonlyMap<string, string>): void {
    const path = options.get("vhost-server-path");
    if (this.isClient && path !== undefined && path !== this.path) {
      if (this.path !== undefined) throw new NetdevError("Invalid argument");
      this.open(path);
    }
    const retries = integer(options, "tx-retries-max", TX_RETRIES);
    this.txRetries = retries < 0 || retries > TX_RETRIES_MAX ? TX_RETRIES : retries;
    this.port?.setTxRetriesMax(this.txRetries);
  }

  txRetries = TX_RETRIES;

  override requestMtu(mtu: number | undefined): boolean {
    this.wantedMtu = mtu ?? ETHER_MTU;
    return true;
  }

  override requestTxQueues(count: number): void {
    this.wantedTxq = count;
  }

  override get wantsReconfiguration(): boolean {
    const pairs = this.guestPairs;
    if ((pairs !== undefined) !== this.wasConnected) return true;
    return pairs !== undefined && (pairs !== this.configured.rxq || this.currentMtu !== this.wantedMtu);
  }

  override async reconfigure(): Promise<void> {
    await this.opening;
    const { guestPairs, dev } = this;
    if (dev === undefined) return;
    const came = guestPairs !== undefined && (!this.wasConnected || guestPairs !== this.configured.rxq);
    const left = guestPairs === undefined && this.wasConnected;
    this.wasConnected = guestPairs !== undefined;
    if (left) this.keepsQueue = false;
    const pairs = guestPairs ?? 1;
    if (guestPairs === undefined && pairs === this.configured.rxq) return;
    this.node = dev.guest?.node ?? this.node;
    const pool = this.parts.pools.get(this.name, this.wantedMtu, this.numa);
    this.currentMtu = this.wantedMtu;
    this.configured = { rxq: pairs, txq: pairs };
    dev.configure({ rxq: pairs, txq: pairs, rxd: 0, txd: 0 }, pool.address);
    if (!came) return;
    dev.resetStats(); // rte_vhost's counters are a guest's own
    dev.resetXstats();
  }

  get isConnected(): boolean {
    return this.wasConnected && this.guestPairs !== undefined;
  }

  get mac(): Uint8Array {
    return new Uint8Array(6);
  }

  get mtu(): number {
    return this.currentMtu;
  }

  get link(): NetdevLink {
    return {
      up: this.isConnected,
      speed: this.isConnected ? 10e9 : undefined,
      duplex: this.isConnected ? "full" : undefined,
    };
  }

  override get numa(): number {
    return this.node ?? this.parts.mainNode;
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

  /** A queue is enabled by its guest. */
  override isQueueEnabled(queue: number): boolean {
    return queue < (this.guestPairs ?? 0) || (queue === 0 && this.keepsQueue);
  }

  /** The side that another process's guest shares; none: it has none, or is of this process. */
  polledSide(queue: Queue): PolledSide | undefined {
    return this.dev?.polledSide(queue);
  }

  config(): readonly (readonly [string, string])[] {
    const { rxq, txq } = this.configured;
    return [
      ["configured_rx_queues", String(rxq)],
      ["configured_tx_queues", String(txq)],
      ["mtu", String(this.currentMtu)],
      ["requested_rx_queues", String(this.guestPairs ?? 1)],
      ["requested_tx_queues", String(this.guestPairs ?? Math.min(this.wantedTxq, 1))],
    ];
  }

  /** 3.1 reads the counters of rte_vhost, and has them enabled for sockets that it connects to only; 2.7 counts itself. */
  private get hasRingStats(): boolean {
    return this.isClient || this.parts.version === "2.7";
  }

  stats(): NetdevStats {
    const { dev } = this;
    if (dev === undefined || !this.isConnected || !this.hasRingStats) return {};
    const s = dev.stats();
    const own = this.counters;
    return {
      rxPackets: s.ipackets,
      txPackets: s.opackets,
      rxBytes: s.ibytes,
      txBytes: s.obytes,
      ...(this.parts.version === "2.7" ? { rxErrors: 0 } : {}),
      rxDropped: own.rxQosDrops,
      txDropped: own.txDropped,
      rxSizes: this.sizes(dev, "rx"),
      txSizes: this.sizes(dev, "tx"),
    };
  }

  /** rte_vhost's counters by size, with what is below 64 in the first. */
  private sizes(dev: VhostEthdev, direction: "rx" | "tx"): number[] {
    const found = new Map(dev.xstats() ?? []);
    const sum = (...names: readonly string[]): number => {
      let total = 0;
      for (const [name, value] of found) {
        if (name.startsWith(`${direction}_q`) && names.some((end) => name.endsWith(`_${end}_packets`))) total += value;
      }
      return total;
    };
    return [
      sum("undersize", "size_64"),
      sum("size_65_127"),
      sum("size_128_255"),
      sum("size_256_511"),
      sum("size_512_1023"),
      sum("size_1024_1518"),
      sum("size_1519_max"),
    ];
  }

  override customStats(): readonly (readonly [string, number])[] {
    const own = this.counters;
    return [
      ["ovs_tx_retries", own.txRetries],
      ["ovs_tx_failure_drops", own.txFailureDrops],
      ["ovs_tx_mtu_exceeded_drops", own.txMtuExceededDrops],
      ["ovs_tx_qos_drops", own.txQosDrops],
      ["ovs_rx_qos_drops", own.rxQosDrops],
      ["ovs_tx_invalid_hwol_drops", 0],
    ];
  }

  override status(): readonly (readonly [string, string])[] {
    const mode = this.isClient ? "client" : "server";
    if (!this.isConnected)
      return [
        ["mode", mode],
        ["status", "disconnected"],
      ];
    const pairs = this.configured.rxq;
    return [
      ["mode", mode],
      ["status", "connected"],
      ["num_of_vrings", String(2 * pairs)],
      ["numa", String(this.numa)],
      ["socket", this.path ?? ""],
      ...Array.from({ length: 2 * pairs }, (_, i): [string, string] => [
        `vring_${i}_size`,
        String(this.dev?.guest?.ringSize ?? 0),
      ]),
    ];
  }

  override async close(): Promise<void> {
    await this.opening;
    await this.dev?.close();
    this.dev = undefined;
  }
}
