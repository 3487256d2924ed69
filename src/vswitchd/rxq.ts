// rxq - an rx queue that PMD threads may poll, and how much time it took in the last minute
// (struct dp_netdev_rxq of lib/dpif-netdev.c, OVS 3.1).
import type { OvsRxq } from "../wasm/ovs-datapath.ts";
import type { Netdev } from "./netdev.ts";
import { INTERVALS, IntervalHistory } from "./pmd-load.ts";
import type { RxqNeed } from "./rxq-scheduling.ts";

const PS_PER_SECOND = 1_000_000_000_000n;

export class Rxq implements RxqNeed {
  readonly netdev: Netdev;
  readonly queue: number;
  readonly rxq: OvsRxq;
  readonly number: number;
  pinned: number | undefined;
  readonly history = new IntervalHistory();
  private readonly hz: number;

  /** hz: cycles a second */
  constructor(netdev: Netdev, queue: number, rxq: OvsRxq, number: number, hz: number) {
    this.hz = hz;
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

  /** Processing time of the last minute. */
  get minutePs(): bigint {
    return this.history.sum(INTERVALS);
  }

  get cycles(): bigint {
    return (this.minutePs * BigInt(this.hz)) / PS_PER_SECOND;
  }
}
