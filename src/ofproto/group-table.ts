// group-table - a bridge's groups, and what group_mods do to them (ofproto/ofproto.c).
import type { GroupStats } from "../openflow/format-group.ts";
import {
  type BucketDesc,
  type GroupDesc,
  type GroupMod,
  OFPG15_BUCKET_ALL,
  OFPG15_BUCKET_FIRST,
  OFPG15_BUCKET_LAST,
} from "../openflow/group.ts";
import { OFPG_ALL, OFPG_MAX } from "../openflow/group-id.ts";
import type { Bridge } from "./bridge.ts";
import { durationNs } from "./flow-stats.ts";
import { ANY_FLOWS } from "./flow-tables.ts";
import { Group } from "./group.ts";
import { OfpError } from "./ofp-error.ts";
import type { OfprotoHost } from "./ofproto-host.ts";
import type { Traffic } from "./stats.ts";

/** @throws OfpError when the switch refuses it; nothing is changed then */
export function applyGroupMod(host: OfprotoHost, bridge: Bridge, mod: GroupMod): void {
  if (mod.command === "delete") deleteGroups(bridge, mod.groupId);
  else if (mod.command === "insert_bucket" || mod.command === "remove_bucket") changeBuckets(host, bridge, mod);
  else {
    const exists = bridge.groups.has(mod.group.groupId);
    if (mod.command === "add" && exists) throw new OfpError("OFPGMFC_GROUP_EXISTS");
    if (mod.command === "modify" && !exists) throw new OfpError("OFPGMFC_UNKNOWN_GROUP");
    put(host, bridge, mod.group);
  }
  host.changed();
}

/** A group that is changed keeps its age, but what it has counted is lost; buckets that stay keep that, too. */
function put(host: OfprotoHost, bridge: Bridge, settings: GroupDesc): void {
  if (settings.groupId > OFPG_MAX) throw new OfpError("OFPGMFC_INVALID_GROUP");
  const before = bridge.groups.get(settings.groupId);
  bridge.groups.set(settings.groupId, new Group(settings, before?.createdMs ?? host.nowMs, before));
}

/** Rules that name a group go with it. */
function deleteGroups(bridge: Bridge, id: number): void {
  for (const groupId of id === OFPG_ALL ? [...bridge.groups.keys()] : [id]) {
    if (!bridge.groups.delete(groupId)) continue;
    bridge.tables.removeAll(referrers(bridge, groupId), "group_delete");
  }
}

function referrers(bridge: Bridge, groupId: number): ReturnType<Bridge["tables"]["collect"]> {
  return bridge.tables.collect({ ...ANY_FLOWS, outGroup: groupId });
}

function changeBuckets(
  host: OfprotoHost,
  bridge: Bridge,
  mod: GroupMod & { readonly command: "insert_bucket" | "remove_bucket" },
): void {
  const { settings } = bridge.groups.get(mod.groupId) ?? {};
  if (settings === undefined) throw new OfpError("OFPGMFC_UNKNOWN_GROUP");
  const buckets =
    mod.command === "insert_bucket"
      ? inserted(settings.buckets, mod.buckets, mod.bucketId)
      : remaining(settings.buckets, mod.bucketId);
  put(host, bridge, { ...settings, buckets });
}

function indexOf(buckets: readonly BucketDesc[], id: number): number {
  const at = buckets.findIndex(({ bucketId }) => bucketId === id);
  if (at < 0) throw new OfpError("OFPGMFC_UNKNOWN_BUCKET");
  return at;
}

function inserted(old: readonly BucketDesc[], more: readonly BucketDesc[], id: number): BucketDesc[] {
  const at = id === OFPG15_BUCKET_FIRST ? 0 : id === OFPG15_BUCKET_LAST ? old.length : indexOf(old, id) + 1;
  const buckets = [...old.slice(0, at), ...more, ...old.slice(at)];
  if (new Set(buckets.map(({ bucketId }) => bucketId)).size < buckets.length)
    throw new OfpError("OFPGMFC_BUCKET_EXISTS");
  return buckets;
}

function remaining(old: readonly BucketDesc[], id: number): BucketDesc[] {
  if (id === OFPG15_BUCKET_ALL) return [];
  if (id === OFPG15_BUCKET_FIRST) return old.slice(1);
  if (id === OFPG15_BUCKET_LAST) return old.slice(0, -1);
  const at = indexOf(old, id);
  return old.filter((_, i) => i !== at);
}

const statsOf = ({ packets, bytes }: Traffic) => ({ packets: BigInt(packets), bytes: BigInt(bytes) });

export function groupStats(host: OfprotoHost, bridge: Bridge, group: Group): GroupStats {
  const { settings, traffic, buckets, createdMs } = group;
  return {
    groupId: settings.groupId,
    references: referrers(bridge, settings.groupId).length,
    ...statsOf(traffic),
    durationNs: durationNs(createdMs, host.nowMs),
    buckets: buckets.map((bucket) => statsOf(bucket.traffic)),
  };
}
