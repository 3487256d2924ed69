// auto-lb - PMD auto load balance: once an interval, when a thread was overloaded for a minute, it is tried out how the queues would be given out
// now, and they are if the load's variance among a node's threads would shrink enough (pmd_rebalance_dry_run of lib/dpif-netdev.c, OVS 3.1.0).
import { type Cpu, nodeOrder } from "./cpu-set.ts";
import type { AutoLbSettings, PmdSettings } from "./dpif-settings.ts";
import type { Log } from "./log.ts";
import type { PmdLoad } from "./pmd-load.ts";
import { type RxqNeed, scheduleRxqs } from "./rxq-scheduling.ts";

const MODULE = "dpif_netdev";
const MS_PER_MINUTE = 60_000;

export interface BalancedRxq extends RxqNeed {
  /** Processing time of the last minute. */
  readonly minutePs: bigint;
}

export interface BalancedThread {
  readonly cpu: Cpu;
  readonly isolated: boolean;
  readonly rxqs: readonly BalancedRxq[];
  readonly load: PmdLoad;
}

/** The threads and queues that a check looks at. */
export interface AutoLbView {
  readonly threads: readonly BalancedThread[];
  readonly rxqs: readonly BalancedRxq[];
  readonly settings: PmdSettings;
}

/** A thread's queues, as they are or as they would be. */
interface Part {
  readonly thread: BalancedThread;
  readonly isolated: boolean;
  readonly rxqs: readonly BalancedRxq[];
}

export class AutoLb {
  private readonly log: Log;
  private checkedMs: number | undefined;
  /** Queues were given out anew since somebody looked whether a dry run makes sense; whether it does. */
  private recheck = true;
  private isUseful = false;

  constructor(log: Log) {
    this.log = log;
  }

  /** Threads, ports or queues have changed. */
  reconfigured(): void {
    this.recheck = true;
  }

  /** The turn of the main loop. ready: nothing waits for reconfiguration. @returns whether the queues are to be given out anew */
  run(nowMs: number, lb: AutoLbSettings, ready: boolean, view: AutoLbView): boolean {
    if (!lb.enabled) this.checkedMs = undefined;
    else if (this.checkedMs === undefined) this.checkedMs = nowMs;
    else if (this.checkedMs + lb.intervalMinutes * MS_PER_MINUTE < nowMs) {
      this.checkedMs = nowMs;
      const wanted = ready && view.threads.some(({ load }) => load.isOverloaded);
      if (!wanted || !this.isDryRunNeeded(view) || !this.dryRun(view, lb.improvementThreshold)) return false;
      this.log.info(MODULE, "PMD auto load balance dry run. Requesting datapath reconfigure.");
      return true;
    }
    return false;
  }

  /** When the next check is due, ms; undefined: none is. */
  dueMs(nowMs: number, lb: AutoLbSettings): number | undefined {
    return lb.enabled ? (this.checkedMs ?? nowMs) + lb.intervalMinutes * MS_PER_MINUTE + 1 : undefined;
  }

  private nothing(why: string): false {
    this.log.debug(MODULE, `PMD auto load balance nothing to do, ${why}.`);
    return false;
  }

  private isDryRunNeeded({ threads, settings }: AutoLbView): boolean {
    if (!this.recheck) return this.isUseful || this.nothing("no configuration changes since last check");
    this.recheck = false;
    this.isUseful = false;
    if (settings.assignment === "roundrobin")
      return this.nothing("pmd-rxq-assign=roundrobin assignment type configured");
    const free = threads.filter(({ isolated }) => !isolated);
    this.isUseful = free.length > 1 && free.some(({ rxqs }) => rxqs.length > 1);
    return this.isUseful || this.nothing("not enough non-isolated PMDs or RxQs");
  }

  /** @returns whether it would be better by as much as is asked for */
  private dryRun({ threads, rxqs, settings }: AutoLbView, threshold: number): boolean {
    this.log.debug(MODULE, "PMD auto load balance performing dry run.");
    const now: Part[] = threads.map((thread) => ({
      thread,
      isolated: settings.isolate && thread.rxqs.some(({ pinned }) => pinned !== undefined),
      rxqs: thread.rxqs,
    }));
    const cpus = threads.map(({ cpu }) => cpu);
    const then = scheduleRxqs(rxqs, cpus, { ...settings, isDryRun: true }, this.log).map((share): Part => {
      const thread = threads.find(({ cpu }) => cpu.core === share.cpu.core)!;
      return { thread, isolated: share.isolated, rxqs: share.rxqs };
    });
    const nodes = nodeOrder(cpus);
    if (nodes.length > 1 && pollsAcross(then, threads)) {
      const why = "Unable to accurately estimate.";
      this.log.debug(MODULE, `PMD auto load balance detected cross-numa polling with multiple numa nodes. ${why}`);
      return false;
    }
    const isMet = this.compare(nodes, now, then, threshold);
    const met = isMet ? "met" : "not met";
    this.log.debug(MODULE, `PMD load variance improvement threshold ${threshold}% is ${met}.`);
    return isMet;
  }

  private compare(nodes: readonly number[], now: readonly Part[], then: readonly Part[], threshold: number): boolean {
    let isMet = false;
    // 3.1.0 keeps a node's improvement for the next node, if that has none of its own
    let improvement = 0n;
    for (const node of nodes) {
      const [current, estimated] = [varianceOf(now, node), varianceOf(then, node)];
      if (estimated < current) improvement = ((current - estimated) * 100n) / current;
      const text = `Current variance ${current} Estimated variance ${estimated}. Variance improvement ${improvement}%.`;
      this.log.debug(MODULE, `Numa node ${node}. ${text}`);
      if (improvement >= BigInt(threshold)) isMet = true;
    }
    return isMet;
  }
}

/** Whether a queue that may be anywhere is polled now by a thread of another node than its port's. */
function pollsAcross(parts: readonly Part[], threads: readonly BalancedThread[]): boolean {
  const nodeOf = (rxq: BalancedRxq): number | undefined => threads.find(({ rxqs }) => rxqs.includes(rxq))?.cpu.numa;
  return parts.some(
    ({ isolated, rxqs }) => !isolated && rxqs.some((rxq) => rxq.pinned === undefined && nodeOf(rxq) !== rxq.numa),
  );
}

/** Of the loads of a node's threads, in percent; isolated ones do not count. */
function varianceOf(parts: readonly Part[], node: number): bigint {
  const loads = parts
    .filter(({ thread, isolated }) => thread.cpu.numa === node && !isolated)
    .map(({ thread, rxqs }) => thread.load.percentOf(rxqs.reduce((sum, rxq) => sum + rxq.minutePs, 0n)));
  const sum = loads.reduce((total, load) => total + load, 0n);
  if (sum === 0n) return 0n;
  const mean = sum / BigInt(loads.length);
  return loads.reduce((total, load) => total + (load - mean) * (load - mean), 0n) / BigInt(loads.length);
}
