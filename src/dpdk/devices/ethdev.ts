// ethdev - a network device as an application sees it: rte_ethdev's calls over one driver, with the answers that 22.11 gives.
// A driver (ethdev-pcap, ethdev-null, ethdev-ring, ethdev-vhost, ethdev-virtio-user) says what it can and builds its queues in the
// engine's memory; everything generic is here. Calls return 0 or a negative errno, as rte_ethdev's do, and print nothing.
// Writers: the main thread, between runs; counters are the engine's, read at any time.
import {
  COUNTER_BYTES,
  COUNTER_DROPS,
  COUNTER_ERRORS,
  COUNTER_NOMBUF,
  COUNTER_NOTIFIED,
  COUNTER_PACKETS,
} from "../../../assembly/abi/counters.ts";
import { DROP_RX_MISSED } from "../../../assembly/abi/drops.ts";
import type { Queue } from "../../wasm/parts.ts";
import type { ExecutorFile, LiveSide, PolledSide } from "../executor.ts";
import type { Offloads } from "../limits.ts";
import type { DevInfo, EthStats, Link, Xstat } from "./dev-info.ts";
import { ENOTSUP } from "./errno.ts";

/** How many queues and descriptors, as rte_eth_dev_configure and the queue set-ups are told. */
export interface QueueSetup {
  readonly rxq: number;
  readonly txq: number;
  readonly rxd: number;
  readonly txd: number;
  /** rx_free_thresh; undefined or not positive: the PMD's own */
  readonly rxFreeThreshold?: number;
  /** tx_free_thresh, likewise */
  readonly txFreeThreshold?: number;
  /** RTE_ETH_RX_OFFLOAD_* of the port; undefined: none */
  readonly rxOffloads?: Offloads;
}

/** Which queue set-ups the driver refused, saying why on the log; undefined: none. */
export type RefusedQueues = "rx" | "tx" | undefined;

/** Counters of one queue since the last reset. */
interface QueueStats {
  readonly packets: number;
  readonly bytes: number;
  readonly errors: number;
  readonly nombuf: number;
  readonly missed: number;
}

export abstract class Ethdev {
  readonly id: number;
  readonly name: string;
  /** What `show port info` calls the driver, e.g. net_pcap. */
  abstract readonly driver: string;
  /** The arguments behind the device's name, as given; undefined: it came by itself, from PCI. */
  readonly devargs: string | undefined;
  mac: bigint;
  mtu = 1500;
  started = false;
  /** The software devices say of themselves that they hear everything. */
  promiscuous = true;
  allmulticast = true;
  rxQueues: readonly Queue[] = [];
  txQueues: readonly Queue[] = [];
  private readonly base = new Map<Queue, BigUint64Array>();

  constructor(id: number, name: string, devargs: string | undefined, mac: bigint) {
    this.id = id;
    this.name = name;
    this.devargs = devargs;
    this.mac = mac;
  }

  abstract get info(): DevInfo;
  abstract link(): Link;
  /** Builds the queues in the engine's memory. pool: where rx takes its mbufs. @returns 0 or -errno */
  protected abstract setup(queues: QueueSetup, pool: number): RefusedQueues;

  /** What rte_eth_dev_configure says of queue numbers that it has not; undefined: it has them. */
  refusedQueues(rxq: number, txq: number): string | undefined {
    const { maxRxQueues, maxTxQueues } = this.info;
    const complain = (which: string, n: number, max: number): string =>
      `Ethdev port_id=${this.id} nb_${which}_queues=${n} > ${max}`;
    if (rxq > maxRxQueues) return complain("rx", rxq, maxRxQueues);
    if (txq > maxTxQueues) return complain("tx", txq, maxTxQueues);
    return undefined;
  }

  /** rte_eth_dev_configure and the queue set-ups: once a change of queues. */
  configure(queues: QueueSetup, pool: number): RefusedQueues {
    return this.setup(queues, pool);
  }

  /** Queues for `count`: those there are, with their counters, and new ones. */
  protected grow(queues: readonly Queue[], count: number, add: (number: number) => Queue): Queue[] {
    return Array.from({ length: count }, (_, number) => queues[number] ?? add(number));
  }

  /** rte_eth_dev_configure's part with intr_conf.rxq: vectors for that many rx queues. @returns 0 or -errno; it has logged why */
  configureRxInterrupts(_rxq: number): number {
    return 0;
  }

  /** rte_eth_dev_rx_intr_ctl_q: what it says of an rx queue that has no vector; undefined: it has one */
  rxInterruptRefusal(_queue: number): string | undefined {
    return "Rx Intr handle unset";
  }

  /** rte_eth_dev_configure's part with offloads of the whole port. */
  configureOffloads(_txOffloads: Offloads, _rxOffloads: Offloads): void {}

  /** Those of a port's Tx offloads that engines leave to the device. */
  engineOffloads(txOffloads: Offloads): Offloads {
    return txOffloads;
  }

  /** It needs memory that a peer in another process can map. */
  get isLive(): boolean {
    return false;
  }

  /** Gets in touch with a peer in another process, where there is one to have: configuring's last part. @returns 0 or -errno; it has logged why */
  async connect(): Promise<number> {
    return 0;
  }

  /** A queue's side of a ring that is shared with another process; undefined: it has none. */
  live(_queue: Queue): LiveSide | undefined {
    return undefined;
  }

  /** Likewise, as the lcore that polls the queue sees it. */
  polledSide(queue: Queue): PolledSide | undefined {
    const side = this.live(queue);
    return side && { ...side, notified: queue.counters.byteOffset + COUNTER_NOTIFIED * 8 };
  }

  /** Its queues give nothing before a peer has come. */
  get awaitsPeer(): boolean {
    return false;
  }

  start(): number {
    this.started = true;
    return 0;
  }

  stop(): number {
    this.started = false;
    return 0;
  }

  /** Ends what the device holds: files, sockets. */
  async close(): Promise<void> {
    this.started = false;
  }

  /** rte_eth_promiscuous_enable and _disable; 0 where nothing changes. */
  setPromiscuous(on: boolean): number {
    if (this.promiscuous === on) return 0;
    if (!this.hasPromiscuous) return -ENOTSUP;
    this.promiscuous = on;
    return 0;
  }

  setAllmulticast(on: boolean): number {
    if (this.allmulticast === on) return 0;
    if (!this.hasAllmulticast) return -ENOTSUP;
    this.allmulticast = on;
    return 0;
  }

  /** The file that tx queue `queue` fills; undefined: none. */
  output(_queue: number): ExecutorFile | undefined {
    return undefined;
  }

  /** The bus it was found on, and what that says of it. */
  get bus(): { readonly name: string; readonly information: string } {
    return { name: "vdev", information: "" };
  }

  /** It knows which socket it is on. */
  get hasSocket(): boolean {
    return true;
  }

  /** It receives without end, by itself. */
  get endless(): boolean {
    return false;
  }

  /** It still has something to receive that will come to an end. */
  get hasInput(): boolean {
    return false;
  }

  protected get hasPromiscuous(): boolean {
    return false;
  }

  protected get hasAllmulticast(): boolean {
    return false;
  }

  setLinkUp(_up: boolean): number {
    return -ENOTSUP;
  }

  /** Whether the driver has rx_queue_start and its likes: `port N rxq Q stop`. */
  get startsQueues(): boolean {
    return false;
  }

  /** vlan_offload_set: the rx offloads of VLANs as they are to be, within the capabilities. */
  setVlanOffloads(_rxOffloads: Offloads): number {
    return -ENOTSUP;
  }

  /** rte_eth_dev_vlan_filter, where the port filters. */
  filterVlan(_vlan: number, _on: boolean): number {
    return -ENOTSUP;
  }

  setMtu(_mtu: number): number {
    return -ENOTSUP;
  }

  setDefaultMac(_mac: bigint): number {
    return -ENOTSUP;
  }

  /** Of the port, beside its default one. */
  get furtherMacs(): readonly bigint[] {
    return [];
  }

  addMac(_mac: bigint): number {
    return -ENOTSUP;
  }

  removeMac(_mac: bigint): number {
    return -ENOTSUP;
  }

  /** rte_eth_stats_get: sums over queues, less what the last reset saw. */
  stats(): EthStats {
    const sum = { ipackets: 0, opackets: 0, ibytes: 0, obytes: 0, imissed: 0, ierrors: 0, oerrors: 0, rxNombuf: 0 };
    for (const queue of this.rxQueues) {
      const q = this.queueStats(queue);
      sum.ipackets += q.packets;
      sum.ibytes += q.bytes;
      sum.imissed += q.missed;
      sum.ierrors += q.errors;
      sum.rxNombuf += q.nombuf;
    }
    for (const queue of this.txQueues) {
      const q = this.queueStats(queue);
      sum.opackets += q.packets;
      sum.obytes += q.bytes;
      sum.oerrors += q.errors;
    }
    return sum;
  }

  /** rte_eth_stats_reset. */
  resetStats(): number {
    for (const queue of [...this.rxQueues, ...this.txQueues]) this.base.set(queue, queue.counters.slice());
    return 0;
  }

  /** rte_eth_xstats_get: the generic eight, then the driver's own. @returns undefined when it fails, and has logged why */
  xstats(): Xstat[] | undefined {
    const s = this.stats();
    return [
      ["rx_good_packets", s.ipackets],
      ["tx_good_packets", s.opackets],
      ["rx_good_bytes", s.ibytes],
      ["tx_good_bytes", s.obytes],
      ["rx_missed_errors", s.imissed],
      ["rx_errors", s.ierrors],
      ["tx_errors", s.oerrors],
      ["rx_mbuf_allocation_errors", s.rxNombuf],
      ...this.driverXstats(),
    ];
  }

  /** rte_eth_xstats_reset; a driver without xstats of its own resets its statistics. */
  resetXstats(): number {
    return this.resetStats();
  }

  /** The counters a queue that drivers with RTE_ETH_DEV_AUTOFILL_QUEUE_XSTATS have. */
  protected driverXstats(): Xstat[] {
    return [
      ...this.rxQueues.flatMap((queue, i): Xstat[] => {
        const q = this.queueStats(queue);
        return [
          [`rx_q${i}_packets`, q.packets],
          [`rx_q${i}_bytes`, q.bytes],
          [`rx_q${i}_errors`, q.errors],
        ];
      }),
      ...this.txQueues.flatMap((queue, i): Xstat[] => {
        const q = this.queueStats(queue);
        return [
          [`tx_q${i}_packets`, q.packets],
          [`tx_q${i}_bytes`, q.bytes],
        ];
      }),
    ];
  }

  /** Drivers that count packets only say 0 bytes. */
  protected get countsBytes(): boolean {
    return true;
  }

  protected queueStats(queue: Queue): QueueStats {
    const now = queue.counters;
    const base = this.base.get(queue);
    const since = (counter: number): number => Number((now[counter] ?? 0n) - (base?.[counter] ?? 0n));
    return {
      packets: since(COUNTER_PACKETS),
      bytes: this.countsBytes ? since(COUNTER_BYTES) : 0,
      errors: since(COUNTER_ERRORS),
      nombuf: since(COUNTER_NOMBUF),
      missed: since(COUNTER_DROPS + DROP_RX_MISSED),
    };
  }
}
