// stats - what traffic is credited to. A translation names those that its packets count for; an upcall credits them at once, a revalidator
// whenever the datapath has counted more (xlate_push_stats).

/** What a megaflow has counted since it was looked at last, or one packet of an upcall. */
export interface PushedStats {
  readonly packets: number;
  readonly bytes: number;
  readonly usedMs: number;
  readonly tcpFlags: number;
}

export interface Credited {
  credit(stats: PushedStats): void;
}

/** Packets and bytes, e.g. of a group's bucket. */
export class Traffic implements Credited {
  packets = 0;
  bytes = 0;

  credit(stats: PushedStats): void {
    this.packets += stats.packets;
    this.bytes += stats.bytes;
  }
}
