// pmd-threads - the datapath's threads: one a core of pmd-cpu-mask, or one a NUMA node, as long as a port wants them; which queues each polls; the
// lcores that the simulated machine runs (reconfigure_datapath of lib/dpif-netdev.c, OVS 3.1 and 2.7).
import type { Asking, LcoreWork, PolledSide } from "../dpdk/executor.ts";
import type { Machine, Queue } from "../wasm/machine.ts";
import type { OvsDatapath, OvsPmd, OvsVersion } from "../wasm/ovs-datapath.ts";
import type { Cpu, CpuSet } from "./cpu-set.ts";
import type { Log } from "./log.ts";
import { IntervalHistory, type Rxq } from "./rxq.ts";
import { type Assignment, type Placement, scheduleRxqs, scheduleRxqs27 } from "./rxq-scheduling.ts";

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
  /** Of the thread: all its time, and what of it was busy. */
  readonly total: IntervalHistory;
  readonly busy: IntervalHistory;
}

export interface PmdConfig {
  readonly mask: string | undefined;
  readonly assignment: Assignment;
  readonly isolate: boolean;
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
  private readonly cleared = new Map<OvsPmd, bigint>();
  /** Told of threads that end. */
  private readonly ended: (pmd: OvsPmd) => void;
  private readonly ask: ((pmd: OvsPmd) => Asking) | undefined;
  private config: PmdConfig = { mask: undefined, assignment: "cycles", isolate: true };

  constructor(parts: PmdThreadsParts) {
    this.machine = parts.machine;
    this.datapath = parts.datapath;
    this.cpus = parts.cpus;
    this.version = parts.version;
    this.log = parts.log;
    this.ended = parts.ended;
    this.ask = parts.ask;
    this.traceCapacity = parts.traceCapacity ?? 0;
    this.main = this.datapath.addPmd(this.addLcore(1), { main: true });
  }

  configure(config: PmdConfig): void {
    if (config.assignment !== this.config.assignment)
      this.log.info("dpif_netdev", `Rxq to PMD assignment mode changed to: '${config.assignment}'.`);
    this.config = config;
  }

  /** The cores that have a thread now: none without a port that wants polling. */
  private wanted(hasPmdPort: boolean): readonly Cpu[] {
    if (!hasPmdPort) return [];
    const masked = this.config.mask === undefined ? [] : (this.cpus.masked(this.config.mask) ?? []);
    if (masked.length > 0) return masked;
    return this.cpus.nodes.flatMap((numa) => {
      const cores = this.cpus.cpus.filter((cpu) => cpu.numa === numa);
      return cores.find(({ core }) => core !== 0) ?? cores[0] ?? [];
    });
  }

  /** Tx queues that each port should have: one a thread, and the main thread's. */
  txQueues(hasPmdPort: boolean): number {
    return this.wanted(hasPmdPort).length + 1;
  }

  /** Starts and ends threads. @returns whether any came or went */
  resize(hasPmdPort: boolean): boolean {
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
      for (const numa of this.cpus.nodes) {
        const count = this.threads.filter(({ cpu }) => cpu.numa === numa).length;
        if (count > 0) this.log.info("dpif_netdev", `There are ${count} pmd threads on numa node ${numa}`);
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
      total: new IntervalHistory(),
      busy: new IntervalHistory(),
    };
    this.kept.set(cpu.core, thread);
    this.log.info("dpif_netdev", `PMD thread on numa_id: ${cpu.numa}, core id: ${pad(cpu.core)} created.`);
    return thread;
  }

  /** Gives each queue to a thread. */
  assign(rxqs: readonly Rxq[]): void {
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
      if (!same) thread.pmd.poll(own.map(({ rxq }) => rxq));
    }
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
    return this.cleared.get(thread.pmd) ?? 0n;
  }

  /** Statistics begin anew. */
  clear(threads: readonly PmdThread[], nowPs: bigint): void {
    for (const { pmd } of threads) {
      pmd.clearStats();
      this.cleared.set(pmd, nowPs);
    }
    this.main.clearStats();
  }

  /** A five-second interval is over. */
  closeInterval(): void {
    for (const { pmd, rxqs, total, busy } of this.threads) {
      const { busyPs, clockPs } = this.machine.usage(pmd.lcore);
      total.close(clockPs);
      busy.close(busyPs);
      for (const { history, rxq } of rxqs) history.close(rxq.busyPs());
    }
  }
}

function pad(core: number): string {
  return String(core).padStart(2);
}
