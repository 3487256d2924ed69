// virtio-xstats - the extended statistics of a virtqueue's either side: packets by destination and by size, named as drivers/net/virtio and
// lib/vhost of 22.11 name them; behind those of a virtqueue what is wrong with it (ours), each only if it ever happened. Not modelled: the IOTLB and asynchronous copies, whose counters are there and stay 0.
import {
  COUNTER_BYTES,
  COUNTER_ERRORS,
  COUNTER_FAULTS,
  COUNTER_NOTIFIED,
  COUNTER_PACKETS,
} from "../../../assembly/abi/counters.ts";
import { FAULT_NAMES } from "../../wasm/counters.ts";
import type { Machine } from "../../wasm/machine.ts";
import type { Queue } from "../../wasm/parts.ts";
import type { Xstat } from "./dev-info.ts";

/** By CLASS_*. */
const CLASS_NAMES = [
  "multicast_packets",
  "broadcast_packets",
  "undersize_packets",
  "size_64_packets",
  "size_65_127_packets",
  "size_128_255_packets",
  "size_256_511_packets",
  "size_512_1023_packets",
  "size_1024_1518_packets",
  "size_1519_max_packets",
];
const VHOST_NAMES = ["iotlb_hits", "iotlb_misses", "inflight_submitted", "inflight_completed"];

/** Counts of queues, since a base that can be set anew. */
export class VirtioXstats {
  private readonly machine: Machine;
  private readonly classes = new Map<Queue, BigUint64Array>();
  private readonly base = new Map<Queue, readonly bigint[]>();

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Begins to count a queue's packets. */
  watch(queues: readonly Queue[]): void {
    for (const queue of queues) if (!this.classes.has(queue)) this.classes.set(queue, this.machine.countClasses(queue));
  }

  /** rte_eth_xstats_reset. */
  reset(): void {
    for (const queue of this.classes.keys()) this.base.set(queue, this.now(queue));
  }

  /** packets, bytes, errors, notifications, faults, then the classes */
  private now(queue: Queue): bigint[] {
    const faults = FAULT_NAMES.map((_, id) => COUNTER_FAULTS + id);
    const counters = [COUNTER_PACKETS, COUNTER_BYTES, COUNTER_ERRORS, COUNTER_NOTIFIED, ...faults].map(
      (id) => queue.counters[id] ?? 0n,
    );
    return [...counters, ...(this.classes.get(queue) ?? [])];
  }

  private since(queue: Queue) {
    const base = this.base.get(queue);
    const counts = this.now(queue).map((value, i) => Number(value - (base?.[i] ?? 0n)));
    const [packets = 0, bytes = 0, errors = 0, notified = 0, ...more] = counts;
    const faults = FAULT_NAMES.length;
    return { packets, bytes, errors, notified, faults: more.slice(0, faults), classes: more.slice(faults) };
  }

  /** What the virtio PMD lists of a queue; only rx has errors. */
  driver(queue: Queue, number: number): Xstat[] {
    const { packets, bytes, errors, classes } = this.since(queue);
    const { direction } = queue;
    const name = (what: string): string => `${direction}_q${number}_${what}`;
    return [
      [name("good_packets"), packets],
      [name("good_bytes"), bytes],
      ...(direction === "rx" ? [[name("errors"), errors] as const] : []),
      ...CLASS_NAMES.map((what, i): Xstat => [name(what), classes[i] ?? 0]),
    ];
  }

  /** What the vhost library lists of a virtqueue. */
  device(queue: Queue, number: number): Xstat[] {
    const { packets, bytes, notified, faults, classes } = this.since(queue);
    const name = (what: string): string => `${queue.direction}_q${number}_${what}`;
    return [
      [name("good_packets"), packets],
      [name("good_bytes"), bytes],
      ...CLASS_NAMES.map((what, i): Xstat => [name(what), classes[i] ?? 0]),
      [name("guest_notifications"), notified],
      ...VHOST_NAMES.map((what): Xstat => [name(what), 0]),
      ...FAULT_NAMES.map((what, id): Xstat => [name(what), faults[id] ?? 0]).filter(([, n]) => n > 0),
    ];
  }
}
