// netdev-dummy - types dummy and dummy-pmd (lib/netdev-dummy.c of OVS 3.1), which ovs-vswitchd has when it was started with --enable-dummy: devices
// without hardware. dummy-pmd is polled by PMD threads and says which NUMA node it is on, so that threads can be tried out.
// Not modelled: connections to other dummies, pcap files, netdev-dummy/*: it hears nothing, and what it is given is gone.
import type { Machine, Queue } from "../wasm/machine.ts";
import { Netdev, type NetdevLink, type NetdevStats } from "./netdev.ts";
import { integer } from "./settings.ts";

interface Wish {
  readonly rxq: number;
  readonly txq: number;
  readonly numa: number;
}

const ETHER_MTU = 1500;
/** NR_QUEUE: what a device has unless it is asked for more. */
const QUEUES = 1;

export class NetdevDummy extends Netdev {
  readonly kind = "dummy";
  readonly mac: Uint8Array;
  readonly link: NetdevLink = { up: true, speed: undefined, duplex: undefined };
  private readonly machine: Machine;
  private readonly id: number;
  private wanted: Wish = { rxq: QUEUES, txq: QUEUES, numa: 0 };
  private has: Wish = { rxq: 0, txq: 0, numa: 0 };
  private readonly rx: Queue[] = [];
  private readonly tx: Queue[] = [];
  private currentMtu = ETHER_MTU;

  /** id: the port's in the machine */
  constructor(name: string, type: "dummy" | "dummy-pmd", mac: Uint8Array, machine: Machine, id: number) {
    super(name, type);
    this.mac = mac;
    this.machine = machine;
    this.id = id;
  }

  override setOptions(options: ReadonlyMap<string, string>): void {
    if (!this.isPmd) return;
    const count = (key: string): number => Math.max(integer(options, key, QUEUES), QUEUES);
    this.wanted = { rxq: count("n_rxq"), txq: count("n_txq"), numa: integer(options, "numa_id", 0) };
  }

  override requestMtu(mtu: number | undefined): boolean {
    this.currentMtu = mtu ?? ETHER_MTU;
    return true;
  }

  get mtu(): number {
    return this.currentMtu;
  }

  override get wantsReconfiguration(): boolean {
    const { has, wanted } = this;
    return has.rxq !== wanted.rxq || has.txq !== wanted.txq || has.numa !== wanted.numa;
  }

  override async reconfigure(): Promise<void> {
    const { machine, id, rx, tx, wanted } = this;
    while (rx.length < wanted.rxq) rx.push(machine.addNullRx(id, rx.length, 0, 0, 0n));
    while (tx.length < wanted.txq) tx.push(machine.addNullTx(id, tx.length));
    this.has = wanted;
  }

  override get isPmd(): boolean {
    return this.type === "dummy-pmd";
  }

  override get numa(): number {
    return this.has.numa;
  }

  override get rxQueues(): readonly Queue[] {
    return this.rx.slice(0, this.has.rxq);
  }

  override get txQueues(): readonly Queue[] {
    return this.tx.slice(0, this.has.txq);
  }

  config(): readonly (readonly [string, string])[] {
    if (!this.isPmd) return [];
    return [
      ["configured_rx_queues", String(this.has.rxq)],
      ["configured_tx_queues", String(this.has.txq)],
      ["requested_rx_queues", String(this.wanted.rxq)],
      ["requested_tx_queues", String(this.wanted.txq)],
    ];
  }

  stats(): NetdevStats {
    const own = this.counters;
    return { rxPackets: 0, rxBytes: 0, txPackets: own.txPackets, txBytes: own.txBytes, txDropped: own.txDropped };
  }
}
