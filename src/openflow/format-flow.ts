// format-flow - flows and their statistics as ovs-ofctl prints them: the lines of dump-flows, dump-aggregate's, and
// flow_mods themselves.

import type { Match } from "./flow.ts";
import type { FlowFlags, FlowMod } from "./flow-mod.ts";
import { formatMatch } from "./format-match.ts";
import { formatOfpacts } from "./format-ofpacts.ts";
import type { Ofpact } from "./ofpact.ts";
import type { OfNames } from "./ofpact-context.ts";
import { formatPort, OFPP_ANY } from "./ports.ts";
import type { OfVersion } from "./protocol.ts";
import { formatTable } from "./tables.ts";

/** A flow of a switch, as a reply describes it. */
export interface FlowStats {
  readonly match: Match;
  readonly priority: number;
  readonly table: number;
  readonly cookie: bigint;
  readonly durationNs: bigint;
  /** undefined: unknown */
  readonly packets?: bigint;
  readonly bytes?: bigint;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly importance: number;
  readonly flags: FlowFlags;
  /** Seconds; undefined: only Nicira's replies (OpenFlow 1.0) tell. */
  readonly idleAge?: number;
  readonly hardAge?: number;
  readonly actions: readonly Ofpact[];
}

export interface AggregateStats {
  readonly packets: bigint;
  readonly bytes: bigint;
  readonly flows: number;
}

/** Flags with a blank behind each. */
function formatFlags(flags: FlowFlags): string {
  return (
    (flags.sendFlowRem ? "send_flow_rem " : "") +
    (flags.checkOverlap ? "check_overlap " : "") +
    (flags.resetCounts ? "reset_counts " : "") +
    (flags.noPacketCounts ? "no_packet_counts " : "") +
    (flags.noByteCounts ? "no_byte_counts " : "")
  );
}

/** Whole seconds, milliseconds, or as many decimals as it takes: 3s, 0.500s, 1.000000001s. */
export function formatDuration(ns: bigint): string {
  const seconds = ns / 1_000_000_000n;
  const fraction = ns % 1_000_000_000n;
  if (fraction === 0n) return `${seconds}s`;
  const digits = fraction.toString().padStart(9, "0");
  return `${seconds}.${fraction % 1_000_000n === 0n ? digits.slice(0, 3) : digits.replace(/0+$/, "")}s`;
}

/** A line of dump-flows without the blank before it. stats: false as with --no-stats. */
export function formatFlowStats(flow: FlowStats, names: OfNames = {}, stats = true): string {
  const { cookie, table, idleTimeout, hardTimeout, importance, idleAge, hardAge } = flow;
  let text = stats || cookie !== 0n ? `cookie=0x${cookie.toString(16)}, ` : "";
  if (stats) text += `duration=${formatDuration(flow.durationNs)}, `;
  if (stats || table !== 0 || names.tables?.name(table) !== undefined) {
    text += `table=${formatTable(table, names.tables)}, `;
  }
  if (stats) text += `n_packets=${flow.packets ?? "?"}, n_bytes=${flow.bytes ?? "?"}, `;
  if (idleTimeout !== 0) text += `idle_timeout=${idleTimeout}, `;
  if (hardTimeout !== 0) text += `hard_timeout=${hardTimeout}, `;
  text += formatFlags(flow.flags);
  if (importance !== 0) text += `importance=${importance}, `;
  if (stats && idleAge !== undefined) text += `idle_age=${idleAge}, `;
  // as long as a flow was not modified, its hard age is its duration
  const modified = hardAge !== undefined && BigInt(hardAge) !== flow.durationNs / 1_000_000_000n;
  if (stats && modified) text += `hard_age=${hardAge}, `;
  const match = formatMatch(flow.match, names.ports, flow.priority);
  return `${text}${match === "" ? "" : `${match} `}actions=${formatOfpacts(flow.actions, names)}`;
}

/** What follows the heading of dump-aggregate's reply. */
export function formatAggregateStats({ packets, bytes, flows }: AggregateStats): string {
  return ` packet_count=${packets} byte_count=${bytes} flow_count=${flows}`;
}

const COMMANDS = { add: "ADD", modify: "MOD", modify_strict: "MOD_STRICT", delete: "DEL", delete_strict: "DEL_STRICT" };

/** A flow_mod as it arrived at a peer of that version, as ofp-print shows it: `ADD tcp actions=drop`. */
export function formatFlowMod(mod: FlowMod, version: OfVersion, names: OfNames = {}): string {
  const { table, newCookie, cookie, cookieMask, idleTimeout, hardTimeout, importance, outPort, flags } = mod;
  const named = names.tables?.name(table) !== undefined;
  let text = COMMANDS[mod.command] + (table !== 0 || named ? ` table:${formatTable(table, names.tables)}` : "");
  const match = formatMatch(mod.match, names.ports, mod.priority);
  text += match === "" ? " " : ` ${match} `;
  if (newCookie !== 0n && newCookie !== (1n << 64n) - 1n) text += `cookie:0x${newCookie.toString(16)} `;
  if (cookieMask !== 0n) text += `cookie:0x${cookie.toString(16)}/0x${cookieMask.toString(16)} `;
  if (idleTimeout !== 0) text += `idle:${idleTimeout} `;
  if (hardTimeout !== 0) text += `hard:${hardTimeout} `;
  if (importance !== 0) text += `importance:${importance} `;
  if (outPort !== OFPP_ANY) text += `out_port:${formatPort(outPort, names.ports)} `;
  // before 1.2 the flag does not exist: adding always resets
  text += formatFlags(version < 3 ? { ...flags, resetCounts: false } : flags);
  return `${text}actions=${formatOfpacts(mod.actions, names)}`;
}
