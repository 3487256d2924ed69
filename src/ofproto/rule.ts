// rule - an OpenFlow flow of a table (struct rule, struct rule_dpif): what it matches, its actions and timeouts, and what it has counted.
import type { Match } from "../openflow/flow.ts";
import type { FlowFlags } from "../openflow/flow-mod.ts";
import type { Ofpact } from "../openflow/ofpact.ts";
import { OFPP_CONTROLLER } from "../openflow/ports.ts";
import { ClsRule, type Conjunction } from "./cls-rule.ts";
import type { Credited, PushedStats } from "./stats.ts";

export interface RuleSettings {
  readonly table: number;
  readonly priority: number;
  readonly cookie: bigint;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly importance: number;
  readonly flags: FlowFlags;
  readonly actions: readonly Ofpact[];
}

/** Actions, with those of nested lists. */
export function* flattened(actions: readonly Ofpact[]): Generator<Ofpact> {
  for (const action of actions) {
    yield action;
    if (action.type === "clone" || action.type === "write_actions") yield* flattened(action.actions);
  }
}

export class Rule extends ClsRule implements Credited {
  readonly table: number;
  readonly cookie: bigint;
  readonly importance: number;
  readonly flags: FlowFlags;
  readonly actions: readonly Ofpact[];
  /** Seconds, 0: never. fin_timeout may lower them. */
  idleTimeout: number;
  hardTimeout: number;
  readonly createdMs: number;
  /** What the hard timeout runs from: the last change, or the last time that it was learned. */
  modifiedMs: number;
  packets = 0;
  bytes = 0;
  usedMs: number;
  /** CookieIndex writes these. */
  previousOfCookie: Rule | undefined;
  nextOfCookie: Rule | undefined;
  private successor: Rule | undefined;
  private successorCounts = false;

  constructor(match: Match, settings: RuleSettings, createdMs: number, modifiedMs: number) {
    super(match, settings.priority);
    this.table = settings.table;
    this.cookie = settings.cookie;
    this.idleTimeout = settings.idleTimeout;
    this.hardTimeout = settings.hardTimeout;
    this.importance = settings.importance;
    this.flags = settings.flags;
    this.actions = settings.actions;
    this.createdMs = createdMs;
    this.modifiedMs = modifiedMs;
    this.usedMs = modifiedMs;
    this.conjunctions = settings.actions.filter((action) => action.type === "conjunction") satisfies Conjunction[];
  }

  /** This rule takes the place of another one, and gets what is still credited to that one. */
  succeed(old: Rule, keepCounts: boolean): void {
    old.successor = this;
    old.successorCounts = keepCounts;
    this.usedMs = old.usedMs;
    if (!keepCounts) return;
    this.packets = old.packets;
    this.bytes = old.bytes;
  }

  credit(stats: PushedStats): void {
    this.take(stats, true);
  }

  private take(stats: PushedStats, counts: boolean): void {
    if (this.successor !== undefined) {
      this.successor.take(stats, counts && this.successorCounts);
      return;
    }
    if (counts) {
      this.packets += stats.packets;
      this.bytes += stats.bytes;
    }
    this.usedMs = Math.max(this.usedMs, stats.usedMs);
  }

  /** Lowers timeouts, as fin_timeout does; 0: leaves one as it is. */
  reduceTimeouts(idle: number, hard: number): void {
    if (idle > 0 && (this.idleTimeout === 0 || this.idleTimeout > idle)) this.idleTimeout = idle;
    if (hard > 0 && (this.hardTimeout === 0 || this.hardTimeout > hard)) this.hardTimeout = hard;
  }

  expired(nowMs: number): "hard" | "idle" | undefined {
    if (this.hardTimeout > 0 && nowMs > this.modifiedMs + this.hardTimeout * 1000) return "hard";
    return this.idleTimeout > 0 && nowMs > this.usedMs + this.idleTimeout * 1000 ? "idle" : undefined;
  }

  hasOutPort(port: number): boolean {
    for (const action of flattened(this.actions)) {
      if ((action.type === "output" || action.type === "enqueue") && action.port === port) return true;
      if (action.type === "controller" && port === OFPP_CONTROLLER) return true;
    }
    return false;
  }

  hasOutGroup(group: number): boolean {
    for (const action of flattened(this.actions)) if (action.type === "group" && action.groupId === group) return true;
    return false;
  }
}
