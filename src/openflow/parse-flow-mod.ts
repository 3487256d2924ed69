// parse-flow-mod - what ovs-ofctl's add-flow, mod-flows, del-flows and dump-flows read: a flow, what to do with it, and
// which protocols can ask for it (parse_ofp_str of OVS 3.1). Errors are in ovs-ofctl's words, without its name before
// them.
import { FLOW_DL_TYPE, FLOW_NW_PROTO, FLOW_NW_TOS, FLOW_TP_DST, FLOW_TP_SRC } from "../../assembly/abi/flow.ts";
import { UsageError } from "../errors.ts";
import { checkOfpacts } from "./check-ofpacts.ts";
import { ETH_TYPE_IPV6 } from "./field-prereqs.ts";
import {
  COOKIE_UNCHANGED,
  type FlowFlags,
  type FlowMod,
  type FlowModCommand,
  type FlowStatsRequest,
  NO_FLAGS,
} from "./flow-mod.ts";
import { FlowModList } from "./flow-mod-list.ts";
import { OFP_DEFAULT_PRIORITY } from "./format-match.ts";
import { OFPG_ANY, parseGroupId } from "./group-id.ts";
import { KeyValues } from "./key-value.ts";
import { eachLine, parseLines, splitCommand } from "./line-file.ts";
import { remarkOnMatch } from "./normalize-match.ts";
import type { OfNames } from "./ofpact-context.ts";
import { anyMatch, finishMatch, parseMatchKey } from "./parse-match.ts";
import { parseInstructions } from "./parse-ofpacts.ts";
import { OFPP_ANY, OFPP_MAX, parsePort } from "./ports.ts";
import {
  P_ANY,
  P_NXM_OF11_UP,
  P_NXM_OXM_ANY,
  P_OF10_NXM,
  P_OF10_NXM_TID,
  P_OF10_STD,
  P_OF10_STD_TID,
  P_OF11_UP,
  P_OF12_UP,
  P_OF13_UP,
  P_TID,
  type Protocols,
} from "./protocol.ts";
import { strToU16, strToU64 } from "./scan.ts";
import { parseTable, TABLE_ANY } from "./tables.ts";

/** A flow_mod, and the protocols that can carry it. */
export interface ParsedFlowMod {
  readonly mod: FlowMod;
  readonly protocols: Protocols;
}

/** A word before a flow in a file: what to do; no word: add. */
const COMMANDS: readonly [FlowModCommand, ...FlowModCommand[]] = [
  "add",
  "delete",
  "delete_strict",
  "modify",
  "modify_strict",
];

/** Fields of dump-flows' lines that are read over, so that its output can be fed back. */
const STATISTICS = new Set(["duration", "n_packets", "n_bytes", "idle_age", "hard_age"]);
const IGNORED = new Set(["no_readonly_table", "allow_hidden_fields"]);
const FLAG_KEYS = new Map<string, readonly [keyof FlowFlags, Protocols]>([
  ["send_flow_rem", ["sendFlowRem", P_ANY]],
  ["check_overlap", ["checkOverlap", P_ANY]],
  ["reset_counts", ["resetCounts", P_OF12_UP]],
  ["no_packet_counts", ["noPacketCounts", P_OF13_UP]],
  ["no_byte_counts", ["noByteCounts", P_OF13_UP]],
]);

type Draft = { -readonly [K in keyof FlowMod]: FlowMod[K] };

/** Reads the keys of one flow. `list`: of a request for flows, which has no command. */
class FlowReader {
  private readonly draft: Draft;
  private protocols: Protocols = P_ANY;
  private readonly command: FlowModCommand | "list";
  private readonly names: OfNames;

  /** match: where the match goes, empty */
  constructor(command: FlowModCommand | "list", names: OfNames, match = anyMatch()) {
    this.command = command;
    this.names = names;
    this.draft = {
      command: command === "list" ? "delete" : command,
      match,
      priority: OFP_DEFAULT_PRIORITY,
      table: TABLE_ANY,
      cookie: 0n,
      cookieMask: 0n,
      newCookie: this.modifies ? COOKIE_UNCHANGED : 0n,
      modifyCookie: false,
      idleTimeout: 0,
      hardTimeout: 0,
      importance: 0,
      flags: NO_FLAGS,
      outPort: OFPP_ANY,
      outGroup: OFPG_ANY,
      actions: [],
    };
  }

  private get modifies(): boolean {
    return this.command === "modify" || this.command === "modify_strict";
  }

  private get hasActions(): boolean {
    return this.command === "add" || this.modifies;
  }

  private only(protocols: Protocols): void {
    this.protocols &= protocols;
  }

  read(text: string): ParsedFlowMod {
    const { draft, names } = this;
    const [fields, actions] = this.hasActions ? splitActions(text) : [text, ""];
    const pairs = new KeyValues(fields);
    while (pairs.next()) this.key(pairs.key, pairs.value);
    this.finish();
    if (this.hasActions) {
      const parsed = parseInstructions(actions, names);
      this.only(parsed.protocols);
      draft.actions = parsed.actions;
      this.check();
    }
    return { mod: draft, protocols: this.protocols };
  }

  private key(key: string, value: string): void {
    const protocols = parseMatchKey(key, value, this.draft.match, this.names);
    if (protocols !== undefined) {
      this.only(protocols);
      return;
    }
    const flag = this.hasActions ? FLAG_KEYS.get(key) : undefined;
    if (flag !== undefined) {
      this.draft.flags = { ...this.draft.flags, [flag[0]]: true };
      this.only(flag[1]);
      return;
    }
    if (IGNORED.has(key)) return;
    if (value === "") throw new UsageError(`field ${key} missing value`);
    if (!this.attribute(key, value) && !STATISTICS.has(key)) throw new UsageError(`unknown keyword ${key}`);
  }

  /** What is not about packets. @returns whether the command knows the key */
  private attribute(key: string, value: string): boolean {
    const { draft, command, hasActions } = this;
    switch (key) {
      case "table":
        this.table(value);
        return true;
      case "cookie":
        this.cookie(value);
        return true;
      case "out_port":
      case "out_group":
        if (hasActions) return false;
        this.out(key, value);
        return true;
      case "priority":
        if (!hasActions && command !== "delete_strict") return false;
        draft.priority = strToU16(value, key);
        return true;
      case "idle_timeout":
        if (!hasActions) return false;
        draft.idleTimeout = strToU16(value, key);
        return true;
      case "hard_timeout":
        if (!hasActions) return false;
        draft.hardTimeout = strToU16(value, key);
        return true;
      case "importance":
        if (command !== "add") return false;
        draft.importance = strToU16(value, key);
        return true;
      default:
        return false;
    }
  }

  private table(value: string): void {
    const table = parseTable(value, this.names.tables, this.names.log);
    if (table === undefined) throw new UsageError(`unknown table "${value}"`);
    this.draft.table = table;
    if (table !== TABLE_ANY) this.only(P_TID);
  }

  private out(key: "out_port" | "out_group", value: string): void {
    if (key === "out_port") {
      const port = parsePort(value, this.names.ports, this.names.log);
      if (port === undefined) throw new UsageError(`${value} is not a valid OpenFlow port`);
      this.draft.outPort = port;
      return;
    }
    this.only(P_OF11_UP);
    const group = parseGroupId(value, this.names.log);
    if (group === undefined) throw new UsageError(`${value} is not a valid OpenFlow group`);
    this.draft.outGroup = group;
  }

  /** With a mask it chooses flows, without one it is given to them. */
  private cookie(value: string): void {
    const { draft } = this;
    const slash = value.indexOf("/");
    if (slash >= 0) {
      if (this.command === "add") throw new UsageError("flow additions cannot use a cookie mask");
      draft.cookie = strToU64(value.slice(0, slash));
      draft.cookieMask = strToU64(value.slice(slash + 1));
      if (draft.cookieMask !== 0n) this.only(P_NXM_OF11_UP);
      return;
    }
    if (!this.hasActions) {
      throw new UsageError(`cannot set cookie (to match on a cookie, specify a mask, e.g. cookie=${value}/-1)`);
    }
    draft.newCookie = strToU64(value);
    draft.modifyCookie = true;
  }

  private finish(): void {
    const { draft } = this;
    const { flow, mask } = draft.match;
    finishMatch(draft.match);
    if (flow.be16(FLOW_DL_TYPE) === ETH_TYPE_IPV6) {
      // of IPv6's fields OpenFlow 1.0 and 1.1 know none, not even those that IPv4 has, too
      const asked = mask.u8(FLOW_NW_PROTO) | mask.u8(FLOW_NW_TOS) | mask.be16(FLOW_TP_SRC) | mask.be16(FLOW_TP_DST);
      if (asked !== 0) this.only(P_NXM_OXM_ANY);
    }
    // a modification that finds nothing adds a flow, whose cookie is 0
    if (this.modifies && draft.cookieMask === 0n && draft.newCookie === COOKIE_UNCHANGED) draft.newCookie = 0n;
  }

  private check(): void {
    const { draft } = this;
    const limits = { maxPorts: OFPP_MAX, tableId: draft.table, nTables: TABLE_ANY };
    const checked = checkOfpacts(draft.actions, draft.match, limits, this.names.log);
    this.only(checked.protocols);
    const error = checked.error ?? (this.protocols === 0 ? "OFPBAC_MATCH_INCONSISTENT" : undefined);
    if (error !== undefined) throw new UsageError(`actions are invalid with specified match (${error})`);
  }
}

/** What is before the word "action", and what follows the next equals sign. @throws UsageError */
function splitActions(text: string): [string, string] {
  const at = text.indexOf("action");
  const equals = at < 0 ? -1 : text.indexOf("=", at + 1);
  if (equals < 0) throw new UsageError("must specify an action");
  return [text.slice(0, at), text.slice(equals + 1)];
}

/**
 * Parses a flow for a command.
 * @param names ports and tables by name; log: is told of what normalization takes away
 * @throws UsageError
 */
export function parseFlowMod(
  text: string,
  command: FlowModCommand,
  names: OfNames = {},
  match = anyMatch(),
): ParsedFlowMod {
  const parsed = new FlowReader(command, names, match).read(text);
  const { log } = names;
  if (log !== undefined) remarkOnMatch(parsed.mod.match, log);
  return parsed;
}

/** A line of a file; mixed: it may begin with a command. @throws UsageError */
function parseFlowModLine(
  text: string,
  command: FlowModCommand | "mixed",
  names: OfNames,
  match = anyMatch(),
): ParsedFlowMod {
  if (command !== "mixed") return parseFlowMod(text, command, names, match);
  const [own, rest] = splitCommand(text, COMMANDS);
  return parseFlowMod(rest, own, names, match);
}

/** @throws UsageError */
export function parseFlowStatsRequest(
  text: string,
  names: OfNames = {},
): { readonly request: FlowStatsRequest; readonly protocols: Protocols } {
  const { mod, protocols } = new FlowReader("list", names).read(text);
  const { match, table, cookie, cookieMask, outPort, outGroup } = mod;
  // a request names its table in every format
  const std = protocols & P_OF10_STD_TID ? P_OF10_STD : 0;
  const nxm = protocols & P_OF10_NXM_TID ? P_OF10_NXM : 0;
  return { request: { match, table, cookie, cookieMask, outPort, outGroup }, protocols: protocols | std | nxm };
}

/**
 * A file of flows.
 * @param file its name for messages
 * @param command of every line; mixed: lines may begin with one, as add-flows' do
 * @throws UsageError naming file and line
 */
export function parseFlowModFile(
  text: string,
  file: string,
  command: FlowModCommand | "mixed",
  names: OfNames = {},
): { readonly mods: readonly FlowMod[]; readonly protocols: Protocols } {
  const parsed = parseLines(text, file, (line) => parseFlowModLine(line, command, names));
  return {
    mods: parsed.map(({ mod }) => mod),
    protocols: parsed.reduce((all, { protocols }) => all & protocols, P_ANY),
  };
}

/** The same of a file that may be long: its flow_mods one by one. @throws UsageError naming file and line */
export function readFlowModFile(
  text: string,
  file: string,
  command: FlowModCommand | "mixed",
  names: OfNames = {},
): { readonly mods: FlowModList; readonly protocols: Protocols } {
  const mods = new FlowModList();
  const { match } = mods;
  let all = P_ANY;
  eachLine(text, file, (line) => {
    match.flow.clear();
    match.mask.clear();
    const { mod, protocols } = parseFlowModLine(line, command, names, match);
    mods.push(mod);
    all &= protocols;
  });
  return { mods, protocols: all };
}
