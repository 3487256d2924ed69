// format-group - groups and their statistics as dump-groups and dump-group-stats print them (ofp_print_group of OVS
// 3.1).
import { mfFormat } from "./field-text.ts";
import { isAllOnes } from "./field-value.ts";
import { formatDuration } from "./format-flow.ts";
import { formatOfpacts } from "./format-ofpacts.ts";
import {
  type BucketDesc,
  type GroupDesc,
  type GroupMod,
  type GroupType,
  OFPG15_BUCKET_ALL,
  OFPG15_BUCKET_FIRST,
  OFPG15_BUCKET_LAST,
} from "./group.ts";
import { OFPG_ANY } from "./group-id.ts";
import type { OfNames } from "./ofpact-context.ts";
import { formatPort, OFPP_NONE } from "./ports.ts";
import type { OfVersion } from "./protocol.ts";

export interface GroupStats {
  readonly groupId: number;
  /** undefined: a reply of before 1.3 does not tell */
  readonly durationNs?: bigint;
  /** Flows and groups that name it. */
  readonly references: number;
  readonly packets: bigint;
  readonly bytes: bigint;
  readonly buckets: readonly { readonly packets: bigint; readonly bytes: bigint }[];
}

/** Buckets have numbers in 1.5, and in OVS's extension of 1.0. */
const hasBucketIds = (version: OfVersion): boolean => version === 1 || version === 6;

function formatBucketId(id: number): string {
  if (id === OFPG15_BUCKET_FIRST) return "first";
  if (id === OFPG15_BUCKET_LAST) return "last";
  return id === OFPG15_BUCKET_ALL ? "all" : String(id);
}

function formatBucket(bucket: BucketDesc, usualWeight: number, version: OfVersion, names: OfNames): string {
  const { bucketId, weight, watchPort, watchGroup, actions } = bucket;
  return (
    (hasBucketIds(version) ? `bucket_id:${formatBucketId(bucketId)},` : "") +
    (weight === usualWeight ? "" : `weight:${weight},`) +
    (watchPort === OFPP_NONE ? "" : `watch_port:${formatPort(watchPort, names.ports)},`) +
    (watchGroup === OFPG_ANY ? "" : `watch_group:${watchGroup},`) +
    `actions=${formatOfpacts(actions, names)}`
  );
}

function formatSelection({ selectionMethod, selectionMethodParam, fields }: GroupDesc<string>): string {
  if (selectionMethod === "") return "";
  const method = `,selection_method=${selectionMethod}`;
  const param = selectionMethodParam === 0n ? "" : `,selection_method_param=${selectionMethodParam}`;
  const list = fields
    .map(({ field, mask }) => (isAllOnes(mask) ? field.name : `${field.name}=${mfFormat(field, mask, undefined)}`))
    .join(",");
  if (fields.length === 0) return method + param;
  return `${method}${param}${fields.length === 1 ? `,fields=${list}` : `,fields(${list})`}`;
}

const formatBuckets = (buckets: readonly BucketDesc[], type: GroupType, version: OfVersion, names: OfNames): string => {
  const usualWeight = type === "select" ? 1 : 0;
  return buckets.map((bucket) => `,bucket=${formatBucket(bucket, usualWeight, version, names)}`).join("");
};

/** A line of dump-groups without the blank before it. version: of the reply */
export function formatGroup(group: GroupDesc<string>, version: OfVersion, names: OfNames = {}): string {
  const { groupId, type, buckets } = group;
  return `group_id=${groupId},type=${type}${formatSelection(group)}${formatBuckets(buckets, type, version, names)}`;
}

const COMMANDS = { add: "ADD", modify: "MOD", add_or_modify: "ADD_OR_MOD" };

/** A group_mod as it arrived at a peer of that version, as ofp-print shows it: `DEL group_id=5,type=all`. */
export function formatGroupMod(mod: GroupMod<string>, version: OfVersion, names: OfNames = {}): string {
  switch (mod.command) {
    case "delete":
      return `DEL group_id=${mod.groupId},type=all`;
    case "insert_bucket":
    case "remove_bucket": {
      const place = hasBucketIds(version) ? `command_bucket_id:${formatBucketId(mod.bucketId)},` : "";
      const buckets = mod.command === "insert_bucket" ? formatBuckets(mod.buckets, "all", version, names) : "";
      return `${mod.command.toUpperCase()} ${place}group_id=${mod.groupId}${buckets}`;
    }
    default:
      return `${COMMANDS[mod.command]} ${formatGroup(mod.group, version, names)}`;
  }
}

/** A line of dump-group-stats without the blank before it. */
export function formatGroupStats({ groupId, durationNs, references, packets, bytes, buckets }: GroupStats): string {
  const duration = durationNs === undefined ? "" : `duration=${formatDuration(durationNs)},`;
  const each = buckets.map((bucket, i) => `,bucket${i}:packet_count=${bucket.packets},byte_count=${bucket.bytes}`);
  const counts = `ref_count=${references},packet_count=${packets},byte_count=${bytes}`;
  return `group_id=${groupId},${duration}${counts}${each.join("")}`;
}
