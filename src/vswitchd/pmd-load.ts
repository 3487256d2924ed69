// pmd-load - how busy a thread and its queues were in the last minute, in twelve intervals of five seconds, as pmd-rxq-show, the assignment of
// queues and the auto load balance see it (dp_netdev_pmd_try_optimize of lib/dpif-netdev.c, OVS 3.1). A thread that is reloaded begins anew.
import type { AutoLbSettings } from "./dpif-settings.ts";

/** PMD_INTERVAL_MAX and PMD_INTERVAL_LEN. */
export const INTERVALS = 12;
export const INTERVAL_MS = 5000;

/** Sums over the last intervals, as far as there have been any. */
export class IntervalHistory {
  private intervals: bigint[] = [];
  private last = 0n;

  /** total: so far */
  close(total: bigint): void {
    this.intervals.push(total - this.last);
    this.last = total;
    if (this.intervals.length > INTERVALS) this.intervals.shift();
  }

  /** Forgets all. total: so far */
  reset(total: bigint): void {
    this.intervals = [];
    this.last = total;
  }

  /** What the last `count` intervals hold. */
  sum(count: number): bigint {
    return this.intervals.slice(-count).reduce((sum, value) => sum + value, 0n);
  }
}

/** Moments and sums of a thread, ps. */
export interface Usage {
  readonly nowPs: bigint;
  readonly busyPs: bigint;
}

export class PmdLoad {
  readonly busy = new IntervalHistory();
  /** Length of the last whole interval since the reload; 0: there was none. */
  intervalPs = 0n;
  private closedPs: bigint | undefined;
  private before: Usage;
  /** Intervals on end in which the load was over the threshold. */
  private overloads = 0;

  constructor(usage: Usage) {
    this.before = usage;
    this.reload(usage);
  }

  reload({ busyPs }: Usage): void {
    this.busy.reset(busyPs);
    this.intervalPs = 0n;
    this.closedPs = undefined;
    this.overloads = 0;
  }

  /** A five-second interval is over. */
  close(usage: Usage, isolated: boolean, { enabled, loadThreshold }: AutoLbSettings): void {
    const { nowPs, busyPs } = usage;
    const [time, busy] = [nowPs - this.before.nowPs, busyPs - this.before.busyPs];
    this.before = usage;
    if (enabled && !isolated) {
      const load = busy === 0n || time === 0n ? 0n : (busy * 100n) / time;
      this.overloads = load >= BigInt(loadThreshold) ? this.overloads + 1 : 0;
    }
    this.busy.close(busyPs);
    if (this.closedPs !== undefined) this.intervalPs = nowPs - this.closedPs;
    this.closedPs = nowPs;
  }

  /** For a whole minute. */
  get isOverloaded(): boolean {
    return this.overloads >= INTERVALS;
  }

  /** How much of a minute that would be, percent. */
  percentOf(busyPs: bigint): bigint {
    return this.intervalPs === 0n ? 0n : (busyPs * 100n) / (this.intervalPs * BigInt(INTERVALS));
  }
}
