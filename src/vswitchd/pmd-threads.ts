// pmd-threads - the datapath's threads: one a core of pmd-cpu-mask, or one a NUMA node, as long as a port wants them; which queues each polls; the
// lcores that the simulated machine runs (reconfigure_datapath of lib/dpif-netdev.c, OVS 3.1 and 2.7).
import type { Asking, LcoreWork, PolledSide } from "../dpdk/executor.ts";
import type { Machine, Queue } from "../wasm/machine.ts";
import type { OvsDatapath, OvsPmd, OvsVersion } from "../wasm/ovs-datapath.ts";
import { type Cpu, type CpuSet, nodeOrder } from "./cpu-set.ts";
import type { AutoLbSettings, PmdSettings } from "./dpif-settings.ts";
import type { Log } from "./log.ts";
import { PmdLoad, type Usage } from "./pmd-load.ts";
import type { Rxq } from "./rxq.ts";
import { type Placement, scheduleRxqs, scheduleRxqs27 } from "./rxq-scheduling.ts";

/** Queues that a thread may poll. */
const STREAMS = 1024;

/** Sides of rings that other processes share. */
export interface Sides {
  readonly rx: ReadonlyMap<Queue, PolledSide>;
  readonly tx: readonly PolledSide[];
}

export interface PmdThread {
  readonly cpu: Cpu;
  readonly asks: Asking | undefined;
  readonly pmd: OvsPmd;
  isolated: boolean;
  rxqs: readonly Rxq[];
  readonly load: PmdLoad;
}

export interface PmdThreadsParts {
  readonly machine: Machine;
  readonly datapath: OvsDatapath;
  readonly cpus: CpuSet;
  readonly version: OvsVersion;
  readonly log: Log;
  readonly traceCapacity?: number;
  /** Where a thread puts its questions; undefined: on the virtual clock, whoever polls it sees them. */
  readonly ask?: (pmd: OvsPmd) => Asking;
  /** Virtual time, ps. */
  now(): bigint;
  /** Told of threads that end: their megaflows go with them. */
  readonly ended: (pmd: OvsPmd) => void;
}

export class PmdThreads {
  readonly main: OvsPmd;
  threads: readonly PmdThread[] = [];
  private readonly machine: Machine;
  private readonly datapath: OvsDatapath;
  private readonly cpus: CpuSet;
  private readonly version: OvsVersion;
  private readonly log: Log;
  /** Lcores of threads that have been, by core: they are used again. */
  private readonly kept = new Map<number, PmdThread>();
  private readonly traceCapacity: number;
  private readonly cleared = new Map<OvsPmd, { readonly nowPs: bigint; readonly reachedPs: bigint }>();
  private readonly now: () => bigint;
  /** Told of threads that end. */
  private readonly ended: (pmd: OvsPmd) => void;
  private readonly ask: ((pmd: OvsPmd) => Asking) | undefined;
  private config: PmdSettings = { mask: undefined, assignment: "cycles", isolate: true };

  constructor(parts: PmdThreadsParts) {
    this.machine = parts.machine;
    this.datapath = parts.datapath;
    this.cpus = parts.cpus;
    this.version = parts.version;
    this.log = parts.log;
    this.ended = parts.ended;
    this.ask = parts.ask;
    this.now = parts.now;
    this.traceCapacity = parts.traceCapacity ?? 0;
    this.main = this.datapath.addPmd(this.addLcore(1), { main: true });
  }

  configure(config: PmdSettings): void {
    this.config = config;
  }

  /** The cores that have a thread now: none without a port that wants polling. */
  private wanted(hasPmdPort: boolean): readonly Cpu[] {
    const { mask } = this.config;
    if (!hasPmdPort) return [];
    if (mask !== undefined && mask !== "") return this.cpus.masked(mask).cpus;
    return this.cpus.nodes.flatMap((node) => this.cpus.firstOf(node) ?? []);
  }

  /** Says of a mask's characters that are no digits that they are none. */
  private checkMask(hasPmdPort: boolean): void {
    const { mask } = this.config;
    if (!hasPmdPort || mask === undefined) return;
    for (const digit of this.cpus.masked(mask).invalid) this.log.warn("ovs_numa", `Invalid cpu mask: ${digit}`);
  }

  /** Tx queues that each port should have: one a thread, and the main thread's. */
  txQueues(hasPmdPort: boolean): number {
    return this.wanted(hasPmdPort).length + 1;
  }

  /** Starts and ends threads. @returns whether any came or went */
  resize(hasPmdPort: boolean): boolean {
    this.checkMask(hasPmdPort);
    const wanted = this.wanted(hasPmdPort);
    const gone = this.threads.filter(({ cpu }) => !wanted.some(({ core }) => core === cpu.core));
    const made = wanted.filter(({ core }) => !this.threads.some(({ cpu }) => cpu.core === core));
    for (const { cpu, pmd } of gone) {
      pmd.poll([]);
      this.ended(pmd);
      pmd.clearStats();
      this.log.info("dpif_netdev", `PMD thread on numa_id: ${cpu.numa}, core id: ${pad(cpu.core)} destroyed.`);
    }
    const kept = this.threads.filter((thread) => !gone.includes(thread));
    this.threads = [...kept, ...made.map((cpu) => this.make(cpu))].sort((a, b) => a.cpu.core - b.cpu.core);
    if (gone.length + made.length > 0) {
      this.datapath.useThreads([this.main, ...this.threads.map(({ pmd }) => pmd)]);
      for (const node of nodeOrder(wanted)) {
        const count = wanted.filter(({ numa }) => numa === node).length;
        this.log.info("dpif_netdev", `There are ${count} pmd threads on numa node ${node}`);
      }
    }
    return gone.length + made.length > 0;
  }

  private addLcore(streams: number): number {
    return this.machine.addLcore(this.ask === undefined, streams, this.traceCapacity);
  }

  private make(cpu: Cpu): PmdThread {
    const old = this.kept.get(cpu.core);
    const pmd = old?.pmd ?? this.datapath.addPmd(this.addLcore(STREAMS), { seed: cpu.core + 1 });
    const thread = {
      cpu,
      pmd,
      asks: old?.asks ?? this.ask?.(pmd),
      isolated: false,
      rxqs: [],
      load: new PmdLoad(this.usage(pmd)),
    };
    this.kept.set(cpu.core, thread);
    this.log.info("dpif_netdev", `PMD thread on numa_id: ${cpu.numa}, core id: ${pad(cpu.core)} created.`);
    return thread;
  }

  private usage(pmd: OvsPmd): Usage {
    return { nowPs: this.now(), busyPs: this.machine.usage(pmd.lcore).busyPs };
  }

  /** Gives each queue to a thread. isReload: threads that poll are reloaded, even if they keep their queues */
  assign(rxqs: readonly Rxq[], isReload: boolean): void {
    const cpus = this.threads.map(({ cpu }) => cpu);
    const { assignment, isolate } = this.config;
    const placed: Placement<Rxq>[] =
      this.version === "2.7"
        ? scheduleRxqs27(rxqs, cpus, this.log)
        : scheduleRxqs(rxqs, cpus, { assignment, isolate }, this.log);
    for (const thread of this.threads) {
      const { isolated, rxqs: own } = placed.find(({ cpu }) => cpu.core === thread.cpu.core)!;
      thread.isolated = isolated;
      const same = own.length === thread.rxqs.length && own.every((rxq) => thread.rxqs.includes(rxq));
      thread.rxqs = own;
      thread.pmd.poll(own.map(({ rxq }) => rxq));
      if (!same || (isReload && own.length > 0)) this.reload(thread);
    }
  }

  private reload({ pmd, load, rxqs }: PmdThread): void {
    load.reload(this.usage(pmd));
    for (const { history, rxq } of rxqs) history.reset(rxq.busyPs());
  }

  /** Work for the machine's clock: the threads that have something to poll. */
  work(files: LcoreWork["files"], sides: Sides): LcoreWork[] {
    return this.threads
      .filter(({ rxqs }) => rxqs.length > 0)
      .map(({ cpu, pmd, asks, rxqs }, index) => ({
        index,
        lcore: pmd.lcore,
        cores: [cpu.core],
        files: index === 0 ? files : [],
        sides: [...rxqs.flatMap(({ rxq }) => sides.rx.get(rxq.queue) ?? []), ...sides.tx],
        sleeps: false,
        asks,
      }));
  }

  /** When the thread's statistics began: when it was made, or they were cleared. */
  clearedPs(thread: PmdThread): bigint {
    return this.cleared.get(thread.pmd)?.nowPs ?? 0n;
  }

  /** How far the thread has come since then: one that sleeps is ahead of the others, up to its awakening. */
  elapsedPs({ pmd }: PmdThread): bigint {
    return this.reached(pmd) - (this.cleared.get(pmd)?.reachedPs ?? 0n);
  }

  private reached(pmd: OvsPmd): bigint {
    const { clockPs } = this.machine.usage(pmd.lcore);
    const now = this.now();
    return clockPs > now ? clockPs : now;
  }

  /** Statistics begin anew. */
  clear(threads: readonly PmdThread[], nowPs: bigint): void {
    for (const { pmd } of threads) {
      pmd.clearStats();
      this.cleared.set(pmd, { nowPs, reachedPs: this.reached(pmd) });
    }
    this.main.clearStats();
  }

  /** A five-second interval is over. Threads without queues sleep. */
  closeInterval(autoLb: AutoLbSettings): void {
    for (const { pmd, rxqs, load, isolated } of this.threads) {
      if (rxqs.length === 0) continue;
      load.close(this.usage(pmd), isolated, autoLb);
      for (const { history, rxq } of rxqs) history.close(rxq.busyPs());
    }
  }
}

function pad(core: number): string {
  return String(core).padStart(2);
}
