// wire-group-mod - a group_mod as the peer reads it, and a group as a reply tells of it (ofputil_encode_group_mod and
// ofputil_decode_group_mod of OVS 3.1, one behind the other).
import { UsageError } from "../errors.ts";
import { mf } from "./field-table.ts";
import {
  type BucketDesc,
  type GroupDesc,
  type GroupMod,
  type GroupType,
  hasLiveness,
  OFPG15_BUCKET_MAX,
  type SelectionMethod,
} from "./group.ts";
import type { OfVersion } from "./protocol.ts";
import { wireOfpacts } from "./wire-ofpacts.ts";

/** A value as the peer has it, or the error that it answers with. */
type Wired<T> = { readonly value: T } | { readonly error: string };
export type WiredGroupMod = { readonly mod: GroupMod } | { readonly error: string };

/** 1.5's messages, which OVS has in 1.0, too, tell the numbers of buckets and how to select one. */
const isOf15 = (version: OfVersion): boolean => version === 1 || version === 6;
const METHODS: readonly string[] = ["", "hash", "dp_hash"] satisfies SelectionMethod[];
const isMethod = (word: string): word is SelectionMethod => METHODS.includes(word);

/** Numbers for those that have none: the lowest that are not among those from the first such bucket on. */
function bucketIds(buckets: readonly BucketDesc[]): number[] {
  const ids = buckets.map(({ bucketId }) => bucketId);
  const taken = new Set<number>();
  let next = 0;
  let started = false;
  return ids.map((id, i) => {
    if (id <= OFPG15_BUCKET_MAX) return id;
    if (!started) for (const later of ids.slice(i + 1)) taken.add(later);
    started = true;
    while (taken.has(next)) next++;
    return next++;
  });
}

function wireBuckets(buckets: readonly BucketDesc[], version: OfVersion): Wired<BucketDesc[]> {
  const ids = isOf15(version) ? bucketIds(buckets) : buckets.map((_, i) => i);
  const value: BucketDesc[] = [];
  for (const [i, bucket] of buckets.entries()) {
    const wired = wireOfpacts(bucket.actions, version);
    if ("error" in wired) return wired;
    value.push({ ...bucket, bucketId: ids[i]!, actions: wired.actions });
  }
  return new Set(ids).size < ids.length ? { error: "OFPGMFC_BAD_BUCKET" } : { value };
}

type HashedField = GroupDesc["fields"][number];

/** A field without a name on the way arrives as the one whose number is 0, if it is as long. */
function wireFields(fields: readonly HashedField[]): Wired<HashedField[]> {
  const inPort = mf("in_port");
  const value = fields.map((hashed) => (hashed.field.nxmNames.length > 0 ? hashed : { ...hashed, field: inPort }));
  const fits = value.every(({ field, mask }) => field.bytes === mask.length);
  return fits ? { value } : { error: "OFPBMC_BAD_FIELD" };
}

/** A group as a message of this version tells of it. */
export function wireGroup(group: GroupDesc<string>, version: OfVersion): Wired<GroupDesc> {
  const buckets = wireBuckets(group.buckets, version);
  if ("error" in buckets) return buckets;
  const { selectionMethod } = group;
  if (!isOf15(version) || selectionMethod === "") {
    return { value: { ...group, buckets: buckets.value, selectionMethod: "", selectionMethodParam: 0n, fields: [] } };
  }
  if (group.type !== "select" || !isMethod(selectionMethod)) return { error: "OFPBPC_BAD_VALUE" };
  const fields = wireFields(group.fields);
  if ("error" in fields) return fields;
  return { value: { ...group, buckets: buckets.value, selectionMethod, fields: fields.value } };
}

/** What a peer refuses in a group of a type that it could read. */
function checkBuckets(buckets: readonly BucketDesc[], type: GroupType): string | undefined {
  if (type === "indirect" && buckets.length !== 1) return "OFPGMFC_INVALID_GROUP";
  const watches = type === "select" || type === "ff";
  return !watches && buckets.some(hasLiveness) ? "OFPGMFC_WATCH_UNSUPPORTED" : undefined;
}

/**
 * @returns the group_mod as the peer has it, or the error that it answers with
 * @throws UsageError where the version has no such command
 */
export function wireGroupMod(mod: GroupMod<string>, version: OfVersion): WiredGroupMod {
  if (mod.command === "delete") return { mod };
  if (mod.command === "insert_bucket" || mod.command === "remove_bucket") {
    if (!isOf15(version)) {
      const name = mod.command === "insert_bucket" ? "insert-bucket" : "remove-bucket";
      throw new UsageError(`${name} needs OpenFlow 1.5 or later ('-O OpenFlow15')`);
    }
    if (mod.command === "remove_bucket") return { mod };
    const buckets = wireBuckets(mod.buckets, version);
    if ("error" in buckets) return buckets;
    // the group's type is not told, so it is taken for the first
    const error = checkBuckets(buckets.value, "all");
    return error === undefined ? { mod: { ...mod, buckets: buckets.value } } : { error };
  }
  const group = wireGroup(mod.group, version);
  if ("error" in group) return group;
  const error = checkBuckets(group.value.buckets, group.value.type);
  return error === undefined ? { mod: { command: mod.command, group: group.value } } : { error };
}
