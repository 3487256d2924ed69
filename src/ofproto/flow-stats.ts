// flow-stats - rules as replies to requests for statistics describe them.
import type { AggregateStats, FlowStats } from "../openflow/format-flow.ts";
import type { Rule } from "./rule.ts";

const NS_PER_MS = 1_000_000n;
/** Ages have 16 bits. */
const MAX_AGE = 0xffff;

/** How long something is there, in the units of replies. */
export const durationNs = (sinceMs: number, nowMs: number): bigint => BigInt(Math.round(nowMs - sinceMs)) * NS_PER_MS;

const age = (ms: number): number => Math.min(Math.max(0, Math.floor(ms / 1000)), MAX_AGE);

export function flowStats(rule: Rule, nowMs: number): FlowStats {
  const { priority, table, cookie, idleTimeout, hardTimeout, importance, flags, actions } = rule;
  return {
    match: rule.match(),
    priority,
    table,
    cookie,
    durationNs: durationNs(rule.createdMs, nowMs),
    packets: BigInt(rule.packets),
    bytes: BigInt(rule.bytes),
    idleTimeout,
    hardTimeout,
    importance,
    flags,
    idleAge: age(nowMs - rule.usedMs),
    hardAge: age(nowMs - rule.modifiedMs),
    actions,
  };
}

export function aggregateStats(rules: readonly Rule[]): AggregateStats {
  let packets = 0n;
  let bytes = 0n;
  for (const rule of rules) {
    packets += BigInt(rule.packets);
    bytes += BigInt(rule.bytes);
  }
  return { packets, bytes, flows: rules.length };
}
