// virtio-pairs - the queues of a port whose peer comes and goes: net_vhost's and net_virtio_user's. Without a peer a queue is a ring that
// holds nothing: it gives and takes nothing, as the real one's without a connection. Its counters outlive peers.
import type { Machine } from "../../wasm/machine.ts";
import type { Queue } from "../../wasm/parts.ts";
import { connectQueue, disconnectQueue } from "../../wasm/virtqueue.ts";

/** A queue pair of the port: rx is what the port receives. */
export interface QueuePair {
  readonly rx: Queue;
  readonly tx: Queue;
}

export class VirtioPairs {
  readonly pairs: QueuePair[] = [];
  private readonly machine: Machine;
  private readonly side: "vhost" | "virtio";
  private readonly port: number;

  constructor(machine: Machine, side: "vhost" | "virtio", port: number) {
    this.machine = machine;
    this.side = side;
    this.port = port;
  }

  /** Makes queues for `count` pairs, besides those there are. pool: where a generator takes mbufs */
  grow(count: number, pool: number): void {
    for (let number = this.pairs.length; number < count; number++) {
      this.pairs.push(this.machine.addRing(1, [this.port, number], [this.port, number], pool));
    }
  }

  /** Gives a pair's queue its side of a virtqueue, between polls. state: linear address of that side */
  connect(number: number, direction: "rx" | "tx", state: number): void {
    const queue = this.pairs[number]?.[direction];
    if (queue !== undefined) connectQueue(this.machine.engine, queue, this.side, state);
  }

  disconnect(number: number, direction: "rx" | "tx"): void {
    const queue = this.pairs[number]?.[direction];
    if (queue !== undefined) disconnectQueue(this.machine.engine, queue);
  }

  disconnectAll(): void {
    for (const number of this.pairs.keys()) {
      this.disconnect(number, "rx");
      this.disconnect(number, "tx");
    }
  }
}
