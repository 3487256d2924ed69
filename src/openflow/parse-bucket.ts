// parse-bucket - a bucket of a group as ovs-ofctl reads it: what it weighs, what it watches, and its actions, which are
// any keys that are not known otherwise.
import { UsageError } from "../errors.ts";
import { type BucketDesc, type GroupType, hasLiveness, OFPG15_BUCKET_ALL, OFPG15_BUCKET_MAX } from "./group.ts";
import { OFPG_ANY, OFPG_MAX } from "./group-id.ts";
import { KeyValues } from "./key-value.ts";
import type { OfPort } from "./ofpact.ts";
import type { OfNames } from "./ofpact-context.ts";
import { parseActions } from "./parse-ofpacts.ts";
import { OFPP_ANY, OFPP_CONTROLLER, OFPP_MAX, parsePort } from "./ports.ts";
import type { Protocols } from "./protocol.ts";
import { strToU16, strToU32 } from "./scan.ts";

function parseWatchPort(text: string, { ports, log }: OfNames): OfPort {
  const port = parsePort(text, ports, log);
  const isOne = port !== undefined && (port < OFPP_MAX || port === OFPP_ANY || port === OFPP_CONTROLLER);
  if (!isOne) throw new UsageError(`${text}: invalid watch_port`);
  return port;
}

function limited(text: string, name: string, max: number): number {
  const value = strToU32(text);
  if (value > max) throw new UsageError(`invalid ${name} id ${value}`);
  return value;
}

/** @throws UsageError */
export function parseBucket(
  text: string,
  type: GroupType,
  names: OfNames,
): { readonly bucket: BucketDesc; readonly protocols: Protocols } {
  const bucket = {
    bucketId: OFPG15_BUCKET_ALL,
    weight: type === "select" ? 1 : 0,
    watchPort: OFPP_ANY,
    watchGroup: OFPG_ANY,
    actions: [],
  };
  const actions: string[] = [];
  const pairs = new KeyValues(text);
  while (pairs.next()) {
    const { key, value } = pairs;
    switch (key.toLowerCase()) {
      case "weight":
        bucket.weight = strToU16(value, "weight");
        break;
      case "watch_port":
        bucket.watchPort = parseWatchPort(value, names);
        break;
      case "watch_group":
        bucket.watchGroup = limited(value, "watch_group", OFPG_MAX);
        break;
      case "bucket_id":
        bucket.bucketId = limited(value, "bucket_id", OFPG15_BUCKET_MAX);
        break;
      case "action":
      case "actions":
        actions.push(value);
        break;
      default:
        actions.push(`${key}(${value})`);
    }
  }
  if (actions.length === 0) throw new UsageError("bucket must specify actions");
  if (type === "ff" && !hasLiveness(bucket)) {
    throw new UsageError("fast failover bucket requires watch_port or watch_group");
  }
  const parsed = parseActions(actions.join(","), names);
  return { bucket: { ...bucket, actions: parsed.actions }, protocols: parsed.protocols };
}
