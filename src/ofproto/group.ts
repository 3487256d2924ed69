// group - an OpenFlow group (struct group_dpif): its buckets, what they have counted, and for select groups how a bucket is found.
import type { BucketDesc, GroupDesc } from "../openflow/group.ts";
import { hashSlots } from "./select-hash.ts";
import { type Credited, type PushedStats, Traffic } from "./stats.ts";

/** How a select group's bucket is found: by the packet's fields here, or by a hash that the datapath computes first. */
export type Selection =
  | { readonly method: "default" }
  | { readonly method: "hash" }
  | {
      readonly method: "dp_hash";
      readonly algorithm: "l4" | "sym_l4";
      readonly basis: number;
      /** A bucket for each value of the hash's last bits. */
      readonly slots: readonly Bucket[];
    };

export class Bucket implements Credited {
  readonly settings: BucketDesc;
  readonly traffic: Traffic;
  private readonly group: Traffic;

  constructor(settings: BucketDesc, group: Traffic, traffic = new Traffic()) {
    this.settings = settings;
    this.group = group;
    this.traffic = traffic;
  }

  /** One bucket of several was used. */
  credit(stats: PushedStats): void {
    this.traffic.credit(stats);
    this.group.credit(stats);
  }
}

export class Group implements Credited {
  readonly settings: GroupDesc;
  readonly buckets: readonly Bucket[];
  readonly selection: Selection;
  readonly traffic = new Traffic();
  readonly createdMs: number;

  /** before: the group that this one takes the place of; buckets of it that stay go on counting */
  constructor(settings: GroupDesc, createdMs: number, before?: Group) {
    this.settings = settings;
    this.buckets = settings.buckets.map((bucket) => {
      const same = before?.buckets.find((other) => other.settings === bucket);
      return new Bucket(bucket, this.traffic, same?.traffic);
    });
    this.selection = selectionOf(settings, this.buckets);
    this.createdMs = createdMs;
  }

  /** All buckets were used. */
  credit(stats: PushedStats): void {
    this.traffic.credit(stats);
    for (const bucket of this.buckets) bucket.traffic.credit(stats);
  }
}

function selectionOf(
  { type, selectionMethod, selectionMethodParam, fields }: GroupDesc,
  buckets: readonly Bucket[],
): Selection {
  if (type !== "select") return { method: "default" };
  if (selectionMethod === "hash") return fields.length > 0 ? { method: "hash" } : { method: "default" };
  const weights = buckets.map(({ settings }) => settings.weight);
  const slots = hashSlots(weights)?.map((i) => buckets[i]!);
  if (slots === undefined) return { method: "default" };
  if (selectionMethod === "") return { method: "dp_hash", algorithm: "sym_l4", basis: 0, slots };
  const algorithm = selectionMethodParam >> 32n === 1n ? "sym_l4" : "l4";
  return { method: "dp_hash", algorithm, basis: Number(selectionMethodParam & 0xffffffffn), slots };
}
