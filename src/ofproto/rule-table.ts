// rule-table - a subtable's rules by the hash of their values, chained in buckets; of rules with equal values only the one of the highest
// priority stands in it, the others behind it.
import type { ClsRule } from "./cls-rule.ts";

const FIRST_BUCKETS = 4;

export class RuleTable {
  private buckets: (ClsRule | undefined)[] = new Array<ClsRule | undefined>(FIRST_BUCKETS).fill(undefined);
  size = 0;

  /** The first with this hash; go on with `bucketNext`. */
  bucket(hash: number): ClsRule | undefined {
    return this.buckets[hash & (this.buckets.length - 1)];
  }

  insert(rule: ClsRule): void {
    if (++this.size > this.buckets.length) this.grow();
    this.link(rule);
  }

  remove(rule: ClsRule): void {
    this.exchange(rule, rule.bucketNext);
    this.size--;
  }

  /** Puts `by`, of the same values, where rule was. */
  replace(rule: ClsRule, by: ClsRule): void {
    by.bucketNext = rule.bucketNext;
    this.exchange(rule, by);
  }

  private exchange(rule: ClsRule, by: ClsRule | undefined): void {
    const at = rule.hash & (this.buckets.length - 1);
    let before = this.buckets[at];
    if (before === rule) this.buckets[at] = by;
    else {
      while (before!.bucketNext !== rule) before = before!.bucketNext;
      before!.bucketNext = by;
    }
    rule.bucketNext = undefined;
  }

  private link(rule: ClsRule): void {
    const at = rule.hash & (this.buckets.length - 1);
    rule.bucketNext = this.buckets[at];
    this.buckets[at] = rule;
  }

  private grow(): void {
    const old = this.buckets;
    this.buckets = new Array<ClsRule | undefined>(old.length * 2).fill(undefined);
    for (const first of old)
      for (let rule = first; rule !== undefined; ) {
        const next: ClsRule | undefined = rule.bucketNext;
        this.link(rule);
        rule = next;
      }
  }
}
