// flow-tables - a bridge's OpenFlow tables, and what flow_mods do to them (ofproto/ofproto.c: add_flow, modify_flows, delete_flows, learned flows).
// Not modelled: bundles that are rolled back, buffered packets.

import type { Match } from "../openflow/flow.ts";
import { COOKIE_UNCHANGED, type FlowMod, type FlowStatsRequest, NO_FLAGS } from "../openflow/flow-mod.ts";
import { OFPG_ANY } from "../openflow/group-id.ts";
import type { Ofpact } from "../openflow/ofpact.ts";
import { anyMatch } from "../openflow/parse-match.ts";
import { OFPP_ANY } from "../openflow/ports.ts";
import { TABLE_ANY } from "../openflow/tables.ts";
import type { Clock } from "./clock.ts";
import { CookieIndex } from "./cookie-index.ts";
import { LearnedCookies } from "./learned-cookies.ts";
import { MiniMask } from "./mini-mask.ts";
import { OfpError } from "./ofp-error.ts";
import { Rule, type RuleSettings } from "./rule.ts";
import { Table } from "./table.ts";

/** The last one is OVS's own. */
export const TABLES = 255;
export const INTERNAL_TABLE = TABLES - 1;
const INTERNAL = {
  table: INTERNAL_TABLE,
  cookie: 0n,
  idleTimeout: 0,
  hardTimeout: 0,
  importance: 0,
  flags: NO_FLAGS,
} as const;
const EXACT_COOKIE = 0xffff_ffff_ffff_ffffn;

/** Why a rule went (OFPRR_*). */
export type RemovedReason = "idle" | "hard" | "delete" | "group_delete" | "meter_delete" | "eviction";

export interface FlowTablesListener {
  /** Rules are others now: megaflows must be looked at again. */
  changed(): void;
  removed(rule: Rule, reason: RemovedReason): void;
  /** @throws OfpError for actions that name what is not there */
  checkActions(actions: FlowMod["actions"]): void;
}

export class FlowTables {
  readonly tables: readonly Table[] = Array.from({ length: TABLES }, (_, id) => new Table(id, id === INTERNAL_TABLE));
  private readonly clock: Clock;
  private readonly listener: FlowTablesListener;
  /** Grows with each rule; lookups as of a version do not find what came later. */
  version = 0;
  private readonly cookies = new CookieIndex();
  private readonly learned = new LearnedCookies();
  /** Those with a timeout. */
  private readonly expirable = new Set<Rule>();

  constructor(clock: Clock, listener: FlowTablesListener) {
    this.clock = clock;
    this.listener = listener;
  }

  /** @throws OfpError when the switch refuses it; nothing is changed then */
  apply(mod: FlowMod): void {
    if (mod.table !== TABLE_ANY && mod.table >= TABLES) throw new OfpError("OFPBRC_BAD_TABLE_ID");
    if (mod.command === "delete" || mod.command === "delete_strict") this.delete(mod);
    else if (mod.command === "add") this.add(mod);
    else this.modify(mod);
    this.removeLearned();
  }

  /** Whether `apply` would be refused, as far as that can be told before the changes that come first. @throws OfpError */
  check(mod: FlowMod): void {
    if (mod.table !== TABLE_ANY && mod.table >= TABLES) throw new OfpError("OFPBRC_BAD_TABLE_ID");
    if (mod.command === "delete" || mod.command === "delete_strict") return;
    const table = this.writable(mod.table === TABLE_ANY ? 0 : mod.table);
    this.listener.checkActions(mod.actions);
    if (mod.command !== "add" || !mod.flags.checkOverlap) return;
    const rule = new Rule(mod.match, this.settings(mod), 0, 0);
    if (table.classifier.findExactly(rule) === undefined && table.classifier.overlaps(rule))
      throw new OfpError("OFPFMFC_OVERLAP");
  }

  /** What was learned goes, if nothing learns it any more. */
  private removeLearned(): void {
    for (const { table, cookie } of this.learned.takeDead())
      this.removeAll(this.collect({ ...ANY_FLOWS, table, cookie, cookieMask: EXACT_COOKIE }), "delete");
  }

  private delete(mod: FlowMod): void {
    const rules = mod.command === "delete" ? this.collect(mod, true) : this.collectStrict(mod);
    this.removeAll(rules, "delete");
  }

  private settings(mod: FlowMod): RuleSettings {
    const { priority, newCookie, idleTimeout, hardTimeout, importance, flags, actions } = mod;
    const table = mod.table === TABLE_ANY ? 0 : mod.table;
    return { table, priority, cookie: newCookie, idleTimeout, hardTimeout, importance, flags, actions };
  }

  private writable(table: number): Table {
    const found = this.tables[table]!;
    if (found.readOnly) throw new OfpError("OFPBRC_EPERM");
    return found;
  }

  private add(mod: FlowMod): void {
    const settings = this.settings(mod);
    const table = this.writable(settings.table);
    this.listener.checkActions(mod.actions);
    const { nowMs } = this.clock;
    const rule = new Rule(mod.match, settings, nowMs, nowMs);
    const old = table.classifier.findExactly(rule);
    if (old !== undefined) {
      this.replace(old, rule, !mod.flags.resetCounts);
    } else {
      if (mod.flags.checkOverlap && table.classifier.overlaps(rule)) throw new OfpError("OFPFMFC_OVERLAP");
      const victim = table.isFull ? this.victimOf(table) : undefined;
      this.insert(rule);
      if (victim !== undefined) this.remove(victim, "eviction");
    }
    this.listener.changed();
  }

  private victimOf(table: Table): Rule {
    const victim = table.victim();
    if (victim === undefined) throw new OfpError("OFPFMFC_TABLE_FULL");
    return victim;
  }

  private modify(mod: FlowMod): void {
    this.writable(mod.table === TABLE_ANY ? 0 : mod.table);
    const any: FlowMod = { ...mod, outPort: OFPP_ANY, outGroup: OFPG_ANY };
    const olds = mod.command === "modify" ? this.collect(any, true) : this.collectStrict(any);
    if (olds.length === 0) {
      if (mod.newCookie !== COOKIE_UNCHANGED && mod.cookieMask === 0n) this.add(mod);
      return;
    }
    this.listener.checkActions(mod.actions);
    for (const old of olds) {
      const { table, priority, idleTimeout, hardTimeout, importance, flags } = old;
      const cookie = mod.modifyCookie && mod.newCookie !== COOKIE_UNCHANGED ? mod.newCookie : old.cookie;
      const settings = { table, priority, cookie, idleTimeout, hardTimeout, importance, flags, actions: mod.actions };
      const rule = new Rule(old.match(), settings, old.createdMs, this.clock.nowMs);
      this.replace(old, rule, !mod.flags.resetCounts);
    }
    this.listener.changed();
  }

  /** A rule of the switch's own, out of reach of flow_mods. */
  addInternal(match: Match, priority: number, actions: readonly Ofpact[]): Rule {
    const { nowMs } = this.clock;
    const rule = new Rule(match, { ...INTERNAL, priority, actions }, nowMs, nowMs);
    this.insert(rule);
    return rule;
  }

  private insert(rule: Rule): void {
    rule.addedIn = ++this.version;
    this.tables[rule.table]!.insert(rule);
    this.index(rule);
    this.learned.add(rule.actions);
  }

  private replace(old: Rule, rule: Rule, keepCounts: boolean): void {
    rule.addedIn = ++this.version;
    this.unindex(old);
    this.tables[rule.table]!.replace(old, rule);
    this.index(rule);
    this.learned.add(rule.actions);
    this.learned.remove(old.actions);
    rule.succeed(old, keepCounts);
  }

  private remove(rule: Rule, reason: RemovedReason): void {
    this.unindex(rule);
    this.tables[rule.table]!.remove(rule);
    this.learned.remove(rule.actions);
    this.listener.removed(rule, reason);
  }

  removeAll(rules: readonly Rule[], reason: RemovedReason): void {
    this.removeEach(rules.map((rule) => [rule, reason]));
  }

  private removeEach(gone: readonly (readonly [Rule, RemovedReason])[]): void {
    if (gone.length === 0) return;
    const classifiers = new Set(gone.map(([rule]) => this.tables[rule.table]!.classifier));
    const deferred = [...classifiers].filter((classifier) => classifier.defer());
    for (const [rule, reason] of gone) this.remove(rule, reason);
    for (const classifier of deferred) classifier.publish();
    this.listener.changed();
    this.removeLearned();
  }

  private index(rule: Rule): void {
    this.cookies.add(rule);
    this.watchTimeouts(rule);
  }

  private unindex(rule: Rule): void {
    this.cookies.remove(rule);
    this.expirable.delete(rule);
  }

  /** After a rule's timeouts were set or lowered. */
  watchTimeouts(rule: Rule): void {
    if (rule.idleTimeout > 0 || rule.hardTimeout > 0) this.expirable.add(rule);
  }

  /** Rules as the criteria say or narrower. write: of tables that may be changed */
  collect(criteria: FlowStatsRequest, write = false): Rule[] {
    if (criteria.table !== TABLE_ANY && criteria.table >= TABLES) throw new OfpError("OFPBRC_BAD_TABLE_ID");
    const found: Rule[] = [];
    for (const rule of this.candidates(criteria)) if (isMeant(rule, criteria)) found.push(rule);
    return this.permitted(found, write);
  }

  private *candidates(criteria: FlowStatsRequest): Generator<Rule> {
    if (criteria.cookieMask === EXACT_COOKIE) {
      const mask = new MiniMask(criteria.match.mask);
      const values = mask.values(criteria.match.flow);
      for (const rule of this.cookies.rules(criteria.cookie)) if (rule.isWithin(mask, values)) yield rule;
      return;
    }
    for (const table of this.tables)
      if (table.id === criteria.table || (criteria.table === TABLE_ANY && !table.readOnly))
        yield* table.classifier.matching(criteria.match);
  }

  all(): Rule[] {
    return this.tables.flatMap((table) => [...table.rules()]);
  }

  private collectStrict(mod: FlowMod): Rule[] {
    const target = new Rule(mod.match, this.settings(mod), 0, 0);
    const found: Rule[] = [];
    for (const table of this.tables) {
      if (table.id !== mod.table && mod.table !== TABLE_ANY) continue;
      const rule = table.classifier.findExactly(target);
      if (rule !== undefined && isMeant(rule, mod)) found.push(rule);
    }
    return this.permitted(found, true);
  }

  private permitted(rules: Rule[], write: boolean): Rule[] {
    if (!write) return rules;
    const allowed = rules.filter((rule) => !this.tables[rule.table]!.readOnly);
    if (allowed.length === 0 && rules.length > 0) throw new OfpError("OFPBRC_EPERM");
    return allowed;
  }

  /** The rule of the mod's table, match and priority. */
  findExactly(mod: FlowMod): Rule | undefined {
    const settings = this.settings(mod);
    return this.tables[settings.table]!.classifier.findExactly(new Rule(mod.match, settings, 0, 0));
  }

  /** A rule was learned once more. */
  refresh(rule: Rule): void {
    rule.modifiedMs = this.clock.nowMs;
  }

  countCookie(table: number, cookie: bigint): number {
    let n = 0;
    for (const rule of this.cookies.rules(cookie)) if (rule.table === table) n++;
    return n;
  }

  /** A table got a smaller limit: what is too much goes, as far as it may. */
  shrink(table: Table): void {
    while (table.classifier.size > table.flowLimit) {
      const victim = table.victim();
      if (victim === undefined) return;
      this.removeAll([victim], "eviction");
    }
  }

  /** Removes what has timed out. */
  expire(): void {
    const { nowMs } = this.clock;
    const gone: (readonly [Rule, RemovedReason])[] = [];
    for (const rule of this.expirable) {
      const reason = rule.expired(nowMs);
      if (reason !== undefined) gone.push([rule, reason]);
    }
    this.removeEach(gone);
  }

  /** A bundle of changes: subtables are sorted once. */
  together(changes: () => void): void {
    for (const table of this.tables) table.classifier.defer();
    try {
      changes();
    } finally {
      for (const table of this.tables) table.classifier.publish();
    }
  }
}

/** Criteria that all meet. */
export const ANY_FLOWS: FlowStatsRequest = {
  match: anyMatch(),
  table: TABLE_ANY,
  cookie: 0n,
  cookieMask: 0n,
  outPort: OFPP_ANY,
  outGroup: OFPG_ANY,
};

function isMeant(rule: Rule, { table, cookie, cookieMask, outPort, outGroup }: FlowStatsRequest): boolean {
  return (
    (table === rule.table || table === TABLE_ANY) &&
    (outPort === OFPP_ANY || rule.hasOutPort(outPort)) &&
    (outGroup === OFPG_ANY || rule.hasOutGroup(outGroup)) &&
    (cookieMask === 0n || ((rule.cookie ^ cookie) & cookieMask) === 0n)
  );
}
