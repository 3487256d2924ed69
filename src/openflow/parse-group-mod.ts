// parse-group-mod - what ovs-ofctl's add-group, mod-group, del-groups, insert-buckets and remove-buckets read
// (parse_ofp_group_mod_str of OVS 3.1). Errors are in ovs-ofctl's words, without its name before them.
import { UsageError } from "../errors.ts";
import type { MfField } from "./field.ts";
import { mfFromName } from "./field-table.ts";
import { mfParseValue } from "./field-text.ts";
import { isAllOnes, isAllZeros, mfIsMaskValid, valueNumber } from "./field-value.ts";
import {
  type BucketDesc,
  type GroupDesc,
  type GroupMod,
  type GroupModCommand,
  type GroupType,
  OFPG15_BUCKET_ALL,
  OFPG15_BUCKET_FIRST,
  OFPG15_BUCKET_LAST,
  OFPG15_BUCKET_MAX,
} from "./group.ts";
import { OFPG_ALL, OFPG_ANY, OFPG_MAX } from "./group-id.ts";
import { KeyValues } from "./key-value.ts";
import { parseLines, splitCommand } from "./line-file.ts";
import type { OfNames } from "./ofpact-context.ts";
import { parseBucket } from "./parse-bucket.ts";
import { P_ANY, P_OF10_ANY, P_OF15_UP, type Protocols } from "./protocol.ts";
import { strToU32, strToU64 } from "./scan.ts";

/** A group_mod, and the protocols that can carry it. */
export interface ParsedGroupMod {
  readonly mod: GroupMod<string>;
  readonly protocols: Protocols;
}

/** What OpenFlow 1.5 has and OVS's extension of 1.0 knows, too. */
const P_OF10_OR_15: Protocols = P_OF10_ANY | P_OF15_UP;
const BUCKET = "bucket=";
const MAX_METHOD = 15;
/** A word before a group in a file: what to do; no word: add. */
const COMMANDS = ["add", "delete", "modify", "add_or_mod", "insert_bucket", "remove_bucket"] as const;
const TYPES: ReadonlyMap<string, GroupType> = new Map([
  ["all", "all"],
  ["select", "select"],
  ["indirect", "indirect"],
  ["ff", "ff"],
  ["fast_failover", "ff"],
]);
const PLACES: ReadonlyMap<string, number> = new Map([
  ["all", OFPG15_BUCKET_ALL],
  ["first", OFPG15_BUCKET_FIRST],
  ["last", OFPG15_BUCKET_LAST],
]);

/** Keys of groups as a whole, in words of their own when a command has no use for them. */
const WHOLE_GROUP = new Map([
  ["type", "type is not needed"],
  ["selection_method", "selection method is not needed"],
  ["selection_method_param", "selection method param is not needed"],
  ["fields", "fields are not needed"],
]);

/** Reads one group; keys first, and then buckets, whose actions let protocols count anew. */
class GroupReader {
  private readonly command: GroupModCommand;
  private readonly names: OfNames;
  private protocols: Protocols = P_ANY;
  private groupId = OFPG_ANY;
  private type: GroupType | undefined;
  private method = "";
  private methodParam = 0n;
  private place: number | undefined;
  private readonly fields: { readonly field: MfField; readonly mask: Uint8Array }[] = [];

  constructor(command: GroupModCommand, names: OfNames) {
    this.command = command;
    this.names = names;
  }

  /** Whether a group is described, and not just named. */
  private get describes(): boolean {
    return this.command === "add" || this.command === "modify" || this.command === "add_or_modify";
  }

  private get places(): boolean {
    return this.command === "insert_bucket" || this.command === "remove_bucket";
  }

  read(text: string): ParsedGroupMod {
    if (this.command === "delete" && text === "")
      return { mod: { command: "delete", groupId: OFPG_ALL }, protocols: P_ANY };
    if (this.places) this.protocols &= P_OF10_OR_15;
    const [head = "", ...bucketTexts] = text.split(BUCKET);
    if (bucketTexts.length > 0 && !this.describes && this.command !== "insert_bucket") {
      throw new UsageError("bucket is not needed");
    }
    const pairs = new KeyValues(head);
    while (pairs.next()) this.key(pairs.key, pairs.value);
    this.checkKeys();
    const buckets = bucketTexts.map((one) => this.bucket(one));
    if (this.type === "indirect" && buckets.length > 1) {
      throw new UsageError("Indirect groups can have at most one bucket.");
    }
    return { mod: this.mod(buckets), protocols: this.protocols };
  }

  private mod(buckets: readonly BucketDesc[]): GroupMod<string> {
    const { command, groupId } = this;
    const bucketId = this.place ?? OFPG15_BUCKET_ALL;
    switch (command) {
      case "delete":
        return { command, groupId };
      case "insert_bucket":
        return { command, groupId, bucketId, buckets };
      case "remove_bucket":
        return { command, groupId, bucketId };
      default:
        return { command, group: this.group(buckets) };
    }
  }

  private group(buckets: readonly BucketDesc[]): GroupDesc<string> {
    return {
      groupId: this.groupId,
      type: this.type ?? "all",
      buckets,
      selectionMethod: this.method,
      selectionMethodParam: this.methodParam,
      fields: this.fields.sort((a, b) => a.field.id - b.field.id),
    };
  }

  private key(key: string, value: string): void {
    const refusal = this.describes ? undefined : WHOLE_GROUP.get(key);
    if (refusal !== undefined) throw new UsageError(refusal);
    switch (key) {
      case "command_bucket_id":
        this.place = this.commandBucket(value);
        return;
      case "group_id":
        this.groupId = value === "all" ? OFPG_ALL : strToU32(value);
        if (this.groupId > OFPG_MAX && this.groupId !== OFPG_ALL) {
          throw new UsageError(`invalid group id ${this.groupId}`);
        }
        return;
      case "type":
        this.type = TYPES.get(value);
        if (this.type === undefined) throw new UsageError(`invalid group type ${value}`);
        return;
      case "selection_method":
        if (value.length > MAX_METHOD) throw new UsageError(`selection method is longer than ${MAX_METHOD} bytes long`);
        this.method = value;
        break;
      case "selection_method_param":
        this.methodParam = strToU64(value);
        break;
      case "fields":
        this.hashed(value);
        break;
      default:
        throw new UsageError(`unknown keyword ${key}`);
    }
    this.protocols &= P_OF10_OR_15;
  }

  private commandBucket(text: string): number {
    if (!this.places) throw new UsageError("command bucket id is not needed");
    const place = PLACES.get(text) ?? strToU32(text);
    if (place > OFPG15_BUCKET_MAX && ![...PLACES.values()].includes(place)) {
      throw new UsageError(`invalid command bucket id ${place}`);
    }
    if (place === OFPG15_BUCKET_ALL && this.command === "insert_bucket") {
      throw new UsageError("command_bucket_id=all is not permitted");
    }
    return place;
  }

  private hashed(text: string): void {
    const pairs = new KeyValues(text);
    while (pairs.next()) {
      const { key, value } = pairs;
      // these errors quote what is still to be read
      const rest = text.slice(pairs.at);
      const field = mfFromName(key);
      if (field === undefined) throw new UsageError(`${rest}: unknown field ${key}`);
      if (this.fields.some((known) => known.field === field)) throw new UsageError(`${key}: duplicate field`);
      const mask = value === "" ? new Uint8Array(field.bytes).fill(0xff) : mfParseValue(field, value, this.names);
      if (isAllZeros(mask)) {
        throw new UsageError(`${rest}: values are wildcards here and must not be all-zeros`);
      }
      if (!mfIsMaskValid(field, mask)) throw new UsageError(`${value}: invalid mask for field ${field.name}`);
      this.fields.push({ field, mask });
      this.protocols &= maskProtocols(field, mask);
    }
  }

  private checkKeys(): void {
    if (this.groupId === OFPG_ANY) throw new UsageError("must specify a group_id");
    if (this.describes && this.type === undefined) throw new UsageError("must specify a type");
    if (this.method !== "hash" && this.fields.length > 0) {
      throw new UsageError('fields may only be specified with "selection_method=hash"');
    }
    if (this.method === "" && this.methodParam !== 0n) {
      throw new UsageError('selection_method_param is only allowed with "selection_method"');
    }
    if (this.command === "insert_bucket" && this.place === undefined) {
      throw new UsageError("must specify a command bucket id");
    }
  }

  private bucket(text: string): BucketDesc {
    const { bucket, protocols } = parseBucket(text, this.type ?? "all", this.names);
    this.protocols = protocols;
    if (bucket.weight !== 0 && this.type !== "select" && this.command !== "insert_bucket") {
      throw new UsageError("Only select groups can have bucket weights.");
    }
    return bucket;
  }
}

/** Which protocols can tell of a field's mask. */
function maskProtocols(field: MfField, mask: Uint8Array): Protocols {
  if (isAllOnes(mask)) return field.protocolsExact;
  const cidrMatters = field.protocolsBitwise !== field.protocolsCidr;
  const host = cidrMatters ? ~valueNumber(mask) >>> 0 : 0;
  return (host & (host + 1)) === 0 ? field.protocolsCidr : field.protocolsBitwise;
}

/** @throws UsageError */
export function parseGroupMod(text: string, command: GroupModCommand, names: OfNames = {}): ParsedGroupMod {
  return new GroupReader(command, names).read(text);
}

/** A line of a file; mixed: it may begin with a command. @throws UsageError */
function parseGroupModLine(text: string, command: GroupModCommand | "mixed", names: OfNames): ParsedGroupMod {
  if (command !== "mixed") return parseGroupMod(text, command, names);
  const [own, rest] = splitCommand(text, COMMANDS);
  return parseGroupMod(rest, own === "add_or_mod" ? "add_or_modify" : own, names);
}

/**
 * A file of groups.
 * @param file its name for messages
 * @param command of every line; mixed: lines may begin with one, as add-groups' do
 * @throws UsageError naming file and line
 */
export function parseGroupModFile(
  text: string,
  file: string,
  command: GroupModCommand | "mixed",
  names: OfNames = {},
): { readonly mods: readonly GroupMod<string>[]; readonly protocols: Protocols } {
  const parsed = parseLines(text, file, (line) => parseGroupModLine(line, command, names));
  return {
    mods: parsed.map(({ mod }) => mod),
    protocols: parsed.reduce((all, { protocols }) => all & protocols, P_ANY),
  };
}
