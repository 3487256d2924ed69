// dpif-netdev - the userspace datapath as ovs-vswitchd manages it: port numbers, ports' reconfiguration, which thread polls what
// (dpif_netdev_port_add, reconfigure_datapath of lib/dpif-netdev.c, OVS 3.1).

import type { Clock, Member } from "../dpdk/clock.ts";
import type { ExecutorFile, PolledSide } from "../dpdk/executor.ts";
import { portOrder } from "../ofproto/port-order.ts";
import type { Queue } from "../wasm/machine.ts";
import type { Decide } from "../wasm/ovs-datapath.ts";
import { AutoLb } from "./auto-lb.ts";
import type { AutoLbSettings, PmdSettings } from "./dpif-settings.ts";
import { type Netdev, NetdevError } from "./netdev.ts";
import { NetdevDpdk } from "./netdev-dpdk.ts";
import { NetdevVhost } from "./netdev-vhost.ts";
import { PmdThreads, type PmdThreadsParts, type Sides } from "./pmd-threads.ts";
import { Rxq } from "./rxq.ts";

/** The datapath's own port, which polls nothing. */
const LOCAL: readonly [number: number, netdev: undefined] = [0, undefined];

export interface DpifParts extends Omit<PmdThreadsParts, "now"> {
  readonly time: Clock;
  /** Cycles a second. */
  readonly hz: number;
  decide: Decide;
}

export class DpifNetdev {
  readonly threads: PmdThreads;
  readonly ports = new Map<number, Netdev>();
  /** Cores by queue, a port. */
  private readonly affinity = new Map<Netdev, ReadonlyMap<number, number>>();
  private rxqs = new Map<Netdev, Rxq[]>();
  private readonly parts: DpifParts;
  private member: Member | undefined;
  /** Something has changed that concerns threads or queues. */
  private isRequested = false;
  /** Ports have come, gone or changed since threads were told. */
  private havePortsChanged = false;
  private settings: PmdSettings = { mask: undefined, assignment: "cycles", isolate: true };
  private readonly autoLb: AutoLb;

  constructor(parts: DpifParts) {
    this.parts = parts;
    this.threads = new PmdThreads({ ...parts, now: () => parts.time.nowPs });
    this.autoLb = new AutoLb(parts.log);
  }

  /** The lowest number that is free; 0 is the datapath's own. */
  private freeNumber(): number {
    let number = 1;
    while (this.ports.has(number)) number++;
    return number;
  }

  /** Adds a port. @returns its number. @throws NetdevError when its device cannot be set up */
  async addPort(netdev: Netdev): Promise<number> {
    const number = this.freeNumber();
    this.ports.set(number, netdev);
    try {
      await this.reconfigure();
    } finally {
      if (netdev.port === undefined) this.ports.delete(number);
    }
    if (netdev.port === undefined) throw new NetdevError("Invalid argument");
    return number;
  }

  async removePort(number: number): Promise<void> {
    const netdev = this.ports.get(number);
    if (netdev === undefined) return;
    this.ports.delete(number);
    this.affinity.delete(netdev);
    this.havePortsChanged = true;
    await this.reconfigure();
    this.parts.datapath.removePort(number);
    netdev.port = undefined;
  }

  setAffinity(netdev: Netdev, pins: ReadonlyMap<number, number>): void {
    const old = this.affinity.get(netdev) ?? new Map<number, number>();
    this.affinity.set(netdev, pins);
    const same = old.size === pins.size && [...pins].every(([queue, core]) => old.get(queue) === core);
    if (netdev.isPmd && !same) this.requestReconfiguration();
  }

  configurePmds(config: PmdSettings): void {
    this.settings = config;
    this.threads.configure(config);
  }

  /** dp_netdev_request_reconfigure: the next time that settings are applied. */
  requestReconfiguration(): void {
    this.isRequested = true;
  }

  /** Something waits for reconfiguration. */
  get needsReconfiguration(): boolean {
    return this.isRequested || [...this.ports.values()].some((netdev) => netdev.wantsReconfiguration);
  }

  async reconfigureIfNeeded(): Promise<void> {
    if (this.needsReconfiguration) await this.reconfigure();
  }

  private get hasPmdPort(): boolean {
    return [...this.ports.values()].some(({ isPmd }) => isPmd);
  }

  /** Brings devices, threads and poll lists to what is asked for. A device that fails is left without a port. */
  async reconfigure(): Promise<void> {
    const { time } = this.parts;
    this.isRequested = false;
    if (this.member !== undefined) await time.leave(this.member);
    this.member = undefined;
    const txQueues = this.threads.txQueues(this.hasPmdPort);
    for (const thread of this.threads.threads) thread.pmd.poll([]);
    const before = this.threads.threads.length;
    this.threads.resize(this.hasPmdPort);
    if (this.threads.threads.length < before) this.havePortsChanged = true;
    for (const [number, netdev] of this.ports) {
      netdev.requestTxQueues(txQueues);
      await this.bringUp(number, netdev);
    }
    this.threads.assign(this.allRxqs(), this.havePortsChanged);
    this.havePortsChanged = false;
    this.autoLb.reconfigured();
    await this.poll();
  }

  /** In the order of the map of ports. */
  private allRxqs(): Rxq[] {
    return portOrder([LOCAL, ...this.ports].map(([number, netdev]) => ({ number, netdev }))).flatMap(({ netdev }) =>
      netdev === undefined ? [] : this.rxqsOf(netdev),
    );
  }

  /** Looks whether the load should be balanced, and does it. @returns when to look again, ms */
  async balance(nowMs: number, settings: AutoLbSettings): Promise<number | undefined> {
    const { autoLb, threads } = this;
    const view = { threads: threads.threads, rxqs: this.allRxqs(), settings: this.settings };
    if (autoLb.run(nowMs, settings, !this.needsReconfiguration, view)) await this.reconfigure();
    return autoLb.dueMs(nowMs, settings);
  }

  private async bringUp(number: number, netdev: Netdev): Promise<void> {
    const { datapath, log } = this.parts;
    const { kind } = netdev;
    if (kind === "patch") return;
    if (netdev.wantsReconfiguration) {
      try {
        await netdev.reconfigure();
      } catch (error) {
        if (!(error instanceof NetdevError)) throw error;
        log.error("dpif_netdev", `Failed to set interface ${netdev.name} new configuration`);
        return;
      }
    } else if (netdev.port !== undefined) return;
    this.havePortsChanged = true;
    if (netdev.port !== undefined) datapath.removePort(number);
    this.rxqs.delete(netdev);
    const mtu = netdev.mtu ?? 1500;
    netdev.port = datapath.addPort({ number, kind, rx: netdev.rxQueues, tx: netdev.txQueues, mtu });
    if (netdev instanceof NetdevVhost) {
      netdev.port.setConnected(netdev.isConnected);
      netdev.port.setTxRetriesMax(netdev.txRetries);
    }
  }

  private rxqsOf(netdev: Netdev): Rxq[] {
    if (!netdev.isPmd || netdev.port === undefined) return [];
    const { number, rxqs } = netdev.port;
    const known = this.rxqs.get(netdev) ?? rxqs.map((rxq, queue) => new Rxq(netdev, queue, rxq, number, this.parts.hz));
    this.rxqs.set(netdev, known);
    const pins = this.affinity.get(netdev);
    for (const rxq of known) rxq.pinned = pins?.get(rxq.queue);
    return known;
  }

  /** Lets the threads poll what is theirs. */
  private async poll(): Promise<void> {
    const { time, decide } = this.parts;
    const work = this.threads.work(this.files(), this.sides());
    if (work.length === 0) return;
    const polled = new Set(this.threads.threads.flatMap(({ rxqs }) => rxqs.map(({ netdev }) => netdev)));
    const pmds = new Map(this.threads.threads.map(({ pmd }) => [pmd.lcore, pmd]));
    this.member = {
      work,
      inputs: () => ({
        finite: [...polled].some(({ hasInput }) => hasInput),
        endless: [...polled].some(({ endless }) => endless),
      }),
      onDumps: () => {},
      onUpcall: (lcore) => {
        const pmd = pmds.get(lcore);
        if (pmd?.waits) pmd.handleUpcalls(decide);
      },
    };
    await time.join(this.member);
  }

  /** Queues whose other side is another process's: any thread may send to them. */
  private sides(): Sides {
    const rx = new Map<Queue, PolledSide>();
    const tx: PolledSide[] = [];
    for (const netdev of this.ports.values()) {
      if (!(netdev instanceof NetdevVhost)) continue;
      for (const queue of netdev.rxQueues) {
        const side = netdev.polledSide(queue);
        if (side !== undefined) rx.set(queue, side);
      }
      tx.push(...netdev.txQueues.flatMap((queue) => netdev.polledSide(queue) ?? []));
    }
    return { rx, tx };
  }

  private files(): ExecutorFile[] {
    return [...this.ports.values()].flatMap((netdev) => {
      if (!(netdev instanceof NetdevDpdk)) return [];
      const { ethdev } = netdev;
      return netdev.txQueues.flatMap(({ number }) => ethdev?.output(number) ?? []);
    });
  }
}
