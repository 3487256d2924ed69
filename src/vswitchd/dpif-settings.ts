// dpif-settings - what other_config asks of the userspace datapath, each with its range and default, and what is logged of a change
// (dpif_netdev_set_config of lib/dpif-netdev.c, OVS 3.1).

import { fixed } from "../printf.ts";
import type { OvsDatapath } from "../wasm/ovs-datapath.ts";
import type { Log } from "./log.ts";
import type { Assignment } from "./rxq-scheduling.ts";
import { emcInsertInvProb, flag, integer, unsigned32, unsigned64 } from "./settings.ts";

const MODULE = "dpif_netdev";
/** ALB_REBALANCE_INTERVAL and MAX_ALB_REBALANCE_INTERVAL, minutes; ALB_LOAD_THRESHOLD, ALB_IMPROVEMENT_THRESHOLD, percent. */
const REBALANCE_MINUTES = 1;
const REBALANCE_MINUTES_MAX = 20_000n;
const LOAD_THRESHOLD = 95;
const IMPROVEMENT_THRESHOLD = 25;
const PERCENT_MAX = 100;
/** PMD_RCU_QUIESCE_INTERVAL: no thread may sleep longer. */
const MAX_SLEEP_US = 10_000n;

/** PMD auto load balance. */
export interface AutoLbSettings {
  readonly enabled: boolean;
  readonly intervalMinutes: number;
  /** Percent: how busy a thread must be, and by how much the variance must shrink. */
  readonly loadThreshold: number;
  readonly improvementThreshold: number;
}

export interface PmdSettings {
  readonly mask: string | undefined;
  readonly assignment: Assignment;
  readonly isolate: boolean;
}

const NEW_PMD: PmdSettings = { mask: undefined, assignment: "cycles", isolate: false };
const NEW_AUTO_LB: AutoLbSettings = { enabled: false, intervalMinutes: 0, loadThreshold: 0, improvementThreshold: 0 };

export class DpifSettings {
  pmd = NEW_PMD;
  autoLb = NEW_AUTO_LB;
  /** pmd-maxsleep; undefined: nothing was said of it yet */
  maxSleepUs: number | undefined;
  private insertInvProb = emcInsertInvProb(new Map());
  private smc = false;
  private flushUs = 0;
  private readonly log: Log;
  private readonly datapath: OvsDatapath;

  constructor(datapath: OvsDatapath, log: Log) {
    this.datapath = datapath;
    this.log = log;
  }

  /** The last bridge has gone, and the datapath with it: the next one knows nothing. */
  forget(): void {
    this.pmd = NEW_PMD;
    this.autoLb = NEW_AUTO_LB;
    if (this.maxSleepUs !== undefined) this.maxSleepUs = 0;
    this.insertInvProb = emcInsertInvProb(new Map());
    this.smc = false;
    this.flushUs = 0;
  }

  /** @returns whether threads or queues have to be given out anew */
  apply(config: ReadonlyMap<string, string>): boolean {
    const mask = config.get("pmd-cpu-mask");
    const masked = this.pmd.mask !== mask;
    this.setInsertion(emcInsertInvProb(config));
    if (this.datapath.version === "2.7") {
      // the rest came later
      this.pmd = { mask, assignment: "cycles", isolate: true };
      return masked;
    }
    this.setFlushInterval(integer(config, "tx-flush-interval", 0));
    this.setSmc(flag(config, "smc-enable", false));
    const before = this.pmd;
    const assignment = this.assignment(config);
    const isolate = this.isolation(config, assignment);
    this.pmd = { mask, assignment, isolate };
    this.setAutoLb(config);
    this.setMaxSleep(config);
    return masked || before.assignment !== assignment || before.isolate !== isolate;
  }

  private setFlushInterval(us: number): void {
    if (us !== this.flushUs) this.log.info(MODULE, `Flushing interval for tx queues set to ${us} us`);
    this.flushUs = us;
    this.datapath.setTxFlushInterval(us);
  }

  private setInsertion(invProb: number): void {
    if (invProb !== this.insertInvProb) {
      const chance = invProb === 0 ? "zero" : `1/${invProb} (~${fixed(100 / invProb, 2)}%)`;
      this.log.info(MODULE, `EMC insertion probability changed to ${chance}`);
    }
    this.insertInvProb = invProb;
    this.datapath.setEmcInsertInvProb(invProb);
  }

  private setSmc(enabled: boolean): void {
    if (enabled !== this.smc) this.log.info(MODULE, `SMC cache is ${enabled ? "enabled" : "disabled"}`);
    this.smc = enabled;
    this.datapath.setSmcEnable(enabled);
  }

  private assignment(config: ReadonlyMap<string, string>): Assignment {
    const wanted = config.get("pmd-rxq-assign") ?? "cycles";
    const known = wanted === "cycles" || wanted === "roundrobin" || wanted === "group";
    if (!known)
      this.log.warn(MODULE, "Unsupported rx queue to PMD assignment mode in pmd-rxq-assign. Defaulting to 'cycles'.");
    const assignment = known ? wanted : "cycles";
    if (assignment !== this.pmd.assignment)
      this.log.info(MODULE, `Rxq to PMD assignment mode changed to: '${assignment}'.`);
    return assignment;
  }

  private isolation(config: ReadonlyMap<string, string>, assignment: Assignment): boolean {
    const wanted = flag(config, "pmd-rxq-isolate", true);
    if (!wanted && assignment !== "group")
      this.log.warn(MODULE, "pmd-rxq-isolate can only be set false when using pmd-rxq-assign=group");
    const isolate = wanted || assignment !== "group";
    if (isolate !== this.pmd.isolate)
      this.log.info(MODULE, `pmd-rxq-affinity ${isolate ? "isolates" : "does not isolate"} PMD core`);
    return isolate;
  }

  private setAutoLb(config: ReadonlyMap<string, string>): void {
    const before = this.autoLb;
    const minutes = unsigned64(config, "pmd-auto-lb-rebal-interval", BigInt(REBALANCE_MINUTES));
    const intervalMinutes = Math.max(1, minutes > REBALANCE_MINUTES_MAX ? REBALANCE_MINUTES : Number(minutes));
    const improvementThreshold = percent(config, "pmd-auto-lb-improvement-threshold", IMPROVEMENT_THRESHOLD);
    const loadThreshold = percent(config, "pmd-auto-lb-load-threshold", LOAD_THRESHOLD);
    const enabled = flag(config, "pmd-auto-lb", false);
    const say = (text: string): void => this.log.info(MODULE, `PMD auto load balance ${text}`);
    let told = false;
    const changed = (name: string, old: number, value: number, unit: string): void => {
      if (old === value) return;
      say(`${name} set to ${value}${unit}`);
      told = true;
    };
    changed("interval", before.intervalMinutes, intervalMinutes, " mins");
    changed("improvement threshold", before.improvementThreshold, improvementThreshold, "%");
    changed("load threshold", before.loadThreshold, loadThreshold, "%");
    this.autoLb = { enabled, intervalMinutes, loadThreshold, improvementThreshold };
    if (!told && enabled === before.enabled) return;
    const thresholds = `pmd load threshold ${loadThreshold}%, improvement threshold ${improvementThreshold}%`;
    say(enabled ? `is enabled, interval ${intervalMinutes} mins, ${thresholds}.` : "is disabled.");
  }

  private setMaxSleep(config: ReadonlyMap<string, string>): void {
    const wanted = unsigned64(config, "pmd-maxsleep", 0n);
    const us = Number(wanted > MAX_SLEEP_US ? MAX_SLEEP_US : wanted);
    if (us === this.maxSleepUs) return;
    this.maxSleepUs = us;
    this.datapath.setMaxSleep(us);
    this.log.info(MODULE, `PMD max sleep request is ${us} usecs.`);
    this.log.info(MODULE, `PMD load based sleeps are ${us > 0 ? "enabled" : "disabled"}.`);
  }
}

function percent(config: ReadonlyMap<string, string>, key: string, usual: number): number {
  const value = unsigned32(config, key, usual);
  return value > PERCENT_MAX ? usual : value;
}
