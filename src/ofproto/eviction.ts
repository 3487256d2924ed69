// eviction - which rule of a full table goes (overflow_policy=evict): rules with a timeout are in groups by the values of the `groups` fields;
// of the largest group the one of the least importance that expires first. Where groups are equally large, OVS draws lots, this takes the first.
import type { Subfield } from "../openflow/ofpact.ts";
import { readSubfield } from "../openflow/subfield.ts";
import type { Rule } from "./rule.ts";

export class Eviction {
  private readonly fields: readonly Subfield[];
  private readonly groups = new Map<string, Set<Rule>>();
  private readonly groupOf = new Map<Rule, string>();

  /** fields: none: all rules are one group */
  constructor(fields: readonly Subfield[]) {
    this.fields = fields;
  }

  add(rule: Rule): void {
    if (rule.idleTimeout === 0 && rule.hardTimeout === 0) return;
    const { flow } = rule.match();
    const id = this.fields.map((field) => readSubfield(field, flow).join(".")).join(",");
    const group = this.groups.get(id) ?? new Set<Rule>();
    group.add(rule);
    this.groups.set(id, group);
    this.groupOf.set(rule, id);
  }

  remove(rule: Rule): void {
    const id = this.groupOf.get(rule);
    if (id === undefined) return;
    const group = this.groups.get(id)!;
    group.delete(rule);
    if (group.size === 0) this.groups.delete(id);
    this.groupOf.delete(rule);
  }

  choose(): Rule | undefined {
    let largest: Set<Rule> | undefined;
    for (const group of this.groups.values()) if (group.size > (largest?.size ?? 0)) largest = group;
    let victim: Rule | undefined;
    for (const rule of largest ?? []) if (victim === undefined || goesBefore(rule, victim)) victim = rule;
    return victim;
  }
}

/** OVS compares times of about a second. */
function goesBefore(a: Rule, b: Rule): boolean {
  if (a.importance !== b.importance) return a.importance < b.importance;
  return Math.floor(expiration(a) / 1024) < Math.floor(expiration(b) / 1024);
}

function expiration({ hardTimeout, idleTimeout, modifiedMs, usedMs }: Rule): number {
  const hard = hardTimeout > 0 ? modifiedMs + hardTimeout * 1000 : Number.POSITIVE_INFINITY;
  const idle = idleTimeout > 0 ? usedMs + idleTimeout * 1000 : Number.POSITIVE_INFINITY;
  return Math.min(hard, idle);
}
