// group - OpenFlow groups as they are described, and what a switch is asked to do with them (struct ofputil_group_desc
// and ofputil_group_mod of OVS 3.1).
import type { MfField } from "./field.ts";
import { OFPG_ANY } from "./group-id.ts";
import type { OfPort, Ofpact } from "./ofpact.ts";
import { OFPP_ANY } from "./ports.ts";

/** The highest number that a bucket may have, and those that stand for places among buckets, or for all of them. */
export const OFPG15_BUCKET_MAX = 0xffffff00;
export const OFPG15_BUCKET_FIRST = 0xfffffffd;
export const OFPG15_BUCKET_LAST = 0xfffffffe;
export const OFPG15_BUCKET_ALL = 0xffffffff;

export type GroupType = "all" | "select" | "indirect" | "ff";
/** "": left to the switch. */
export type SelectionMethod = "" | "hash" | "dp_hash";

export interface BucketDesc {
  /** OFPG15_BUCKET_ALL: none was given. */
  readonly bucketId: number;
  readonly weight: number;
  /** OFPP_ANY: none. */
  readonly watchPort: OfPort;
  /** OFPG_ANY: none. */
  readonly watchGroup: number;
  readonly actions: readonly Ofpact[];
}

/** Method: what may stand for the selection's method; as it is written that may be any word. */
export interface GroupDesc<Method extends string = SelectionMethod> {
  readonly groupId: number;
  readonly type: GroupType;
  readonly buckets: readonly BucketDesc[];
  readonly selectionMethod: Method;
  readonly selectionMethodParam: bigint;
  /** What method hash hashes, in the order of fields' numbers, and which bits of it. */
  readonly fields: readonly { readonly field: MfField; readonly mask: Uint8Array }[];
}

export type GroupMod<Method extends string = SelectionMethod> =
  | { readonly command: "add" | "modify" | "add_or_modify"; readonly group: GroupDesc<Method> }
  /** OFPG_ALL: all groups */
  | { readonly command: "delete"; readonly groupId: number }
  | {
      readonly command: "insert_bucket";
      readonly groupId: number;
      /** The bucket behind which they go, or OFPG15_BUCKET_FIRST or _LAST. */
      readonly bucketId: number;
      readonly buckets: readonly BucketDesc[];
    }
  /** OFPG15_BUCKET_ALL: all of them. */
  | { readonly command: "remove_bucket"; readonly groupId: number; readonly bucketId: number };

export type GroupModCommand = GroupMod["command"];

/** Whether the bucket watches something, so that it can be down. */
export function hasLiveness({ watchPort, watchGroup }: BucketDesc): boolean {
  return watchPort !== OFPP_ANY || watchGroup !== OFPG_ANY;
}
