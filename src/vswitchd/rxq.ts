// rxq - an rx queue that PMD threads may poll, and how much time it took in the last minute: twelve intervals of five seconds
// (struct dp_netdev_rxq of lib/dpif-netdev.c, OVS 3.1).
import type { OvsRxq } from "../wasm/ovs-datapath.ts";
import type { Netdev } from "./netdev.ts";
import type { RxqNeed } from "./rxq-scheduling.ts";

/** PMD_INTERVAL_MAX and PMD_INTERVAL_LEN. */
export const INTERVALS = 12;
export const INTERVAL_MS = 5000;

/** Sums over the last intervals, as far as there have been any. */
export class IntervalHistory {
  private readonly intervals: bigint[] = [];
  private last = 0n;

  /** total: so far */
  close(total: bigint): void {
    this.intervals.push(total - this.last);
    this.last = total;
    if (this.intervals.length > INTERVALS) this.intervals.shift();
  }

  /** What the last `count` intervals hold. */
  sum(count: number): bigint {
    return this.intervals.slice(-count).reduce((sum, value) => sum + value, 0n);
  }

  get length(): number {
    return this.intervals.length;
  }
}

export class Rxq implements RxqNeed {
  readonly netdev: Netdev;
  readonly queue: number;
  readonly rxq: OvsRxq;
  readonly number: number;
  pinned: number | undefined;
  readonly history = new IntervalHistory();

  constructor(netdev: Netdev, queue: number, rxq: OvsRxq, number: number) {
    this.netdev = netdev;
    this.queue = queue;
    this.rxq = rxq;
    this.number = number;
  }

  get port(): string {
    return this.netdev.name;
  }

  get numa(): number {
    return this.netdev.numa;
  }

  get cycles(): bigint {
    return this.history.sum(INTERVALS);
  }
}
