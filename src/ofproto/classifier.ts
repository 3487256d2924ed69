// classifier - finds the rule of the highest priority that a packet matches, and the bits of the packet that this depends on (lib/classifier.c):
// tuple space search over subtables in the order of their highest priorities, prefix tries, conjunctive matches.
// Of versions there is as much as translations need that change the tables they look into: they do not see their own changes.
import type { Flow, Match } from "../openflow/flow.ts";
import { FLOW_CONJ_ID } from "../openflow/flow-offsets.ts";
import type { ClsRule } from "./cls-rule.ts";
import { completeConjunctions } from "./conjunction.ts";
import { MiniMask } from "./mini-mask.ts";
import { Subtable } from "./subtable.ts";
import { SubtableOrder } from "./subtable-order.ts";
import { MAX_TRIES, ruleValue, type TrieField, TrieLookup } from "./trie-field.ts";

const NO_PRIORITY = -1;

export class Classifier<R extends ClsRule = ClsRule> {
  private readonly order = new SubtableOrder();
  /** By the masks' hashes. */
  private readonly subtables = new Map<number, Subtable[]>();
  private tries: readonly TrieLookup[] = [];
  private deferred = false;
  private readonly value = new Uint32Array(4);
  /** Rules in it. */
  size = 0;

  constructor(prefixes: readonly TrieField[] = []) {
    this.setPrefixes(prefixes);
  }

  /** Fields to have tries for; at most three count. */
  setPrefixes(fields: readonly TrieField[]): void {
    const wanted = [...new Set(fields)].slice(0, MAX_TRIES);
    this.tries = wanted.map((field) => new TrieLookup(field));
    for (const { subtable } of this.order.list) {
      subtable.prefixes.length = 0;
      for (const [i, field] of wanted.entries()) subtable.setTrie(i, field);
      for (let rule = subtable.first; rule !== undefined; rule = rule.next)
        if (this.isHead(subtable, rule)) this.updateTries(subtable, rule, true);
    }
  }

  get prefixes(): readonly TrieField[] {
    return this.tries.map(({ field }) => field);
  }

  private isHead(subtable: Subtable, rule: ClsRule): boolean {
    return subtable.find(rule) === rule;
  }

  private updateTries(subtable: Subtable, rule: ClsRule, insert: boolean): void {
    for (let i = 0; i < this.tries.length; i++) {
      const length = subtable.prefixes[i]!;
      if (length === 0) continue;
      const { field, trie } = this.tries[i]!;
      ruleValue(subtable.mask, rule.values, field, this.value);
      if (insert) trie.insert(this.value, length);
      else trie.remove(this.value, length);
    }
  }

  /** Until `publish`, new and changed subtables keep the places they got; a bundle of changes is sorted once. @returns false: it is so already */
  defer(): boolean {
    const wasDeferred = this.deferred;
    this.deferred = true;
    return !wasDeferred;
  }

  publish(): void {
    this.deferred = false;
    this.order.publish();
  }

  private subtableOf(mask: MiniMask): Subtable | undefined {
    return this.subtables.get(mask.hash)?.find((subtable) => subtable.mask.equals(mask));
  }

  private addSubtable(mask: MiniMask): Subtable {
    const subtable = new Subtable(
      mask,
      this.tries.map(({ field }) => field),
    );
    const sameHash = this.subtables.get(mask.hash);
    if (sameHash === undefined) this.subtables.set(mask.hash, [subtable]);
    else sameHash.push(subtable);
    return subtable;
  }

  /** Puts a rule in. @returns the rule of the same match and priority whose place it took */
  replace(rule: R): R | undefined {
    const subtable = this.subtableOf(rule.mask) ?? this.addSubtable(rule.mask);
    rule.mask = subtable.mask;
    rule.inClassifier = true;
    const head = subtable.find(rule);
    if (head === undefined) {
      this.updateTries(subtable, rule, true);
      subtable.insert(rule);
    } else {
      const old = this.chain(subtable, head, rule);
      if (old !== undefined) {
        // the new one comes last in dumps
        subtable.unlink(old);
        subtable.append(rule);
        old.inClassifier = false;
        return old as R;
      }
    }
    subtable.append(rule);
    this.size++;
    this.raise(subtable, rule.priority);
    return undefined;
  }

  /** Among rules of the same values, by priority. @returns the one of the same priority, which it replaces */
  private chain(subtable: Subtable, head: ClsRule, rule: ClsRule): ClsRule | undefined {
    let before: ClsRule | undefined;
    let at: ClsRule | undefined = head;
    while (at !== undefined && at.priority > rule.priority) {
      before = at;
      at = at.lower;
    }
    const old = at !== undefined && at.priority === rule.priority ? at : undefined;
    rule.lower = old === undefined ? at : old.lower;
    if (before === undefined) subtable.rules.replace(head, rule);
    else before.lower = rule;
    if (old !== undefined) old.lower = undefined;
    return old;
  }

  private raise(subtable: Subtable, priority: number): void {
    if (subtable.maxCount === 0) {
      subtable.maxPriority = priority;
      subtable.maxCount = 1;
      this.order.insert(subtable);
    } else if (priority === subtable.maxPriority) {
      subtable.maxCount++;
      return;
    } else if (priority > subtable.maxPriority) {
      subtable.maxPriority = priority;
      subtable.maxCount = 1;
      this.order.change(subtable);
    } else return;
    if (!this.deferred) this.order.publish();
  }

  remove(rule: R): void {
    const subtable = this.subtableOf(rule.mask)!;
    const head = subtable.find(rule)!;
    subtable.unlink(rule);
    rule.inClassifier = false;
    this.size--;
    if (head !== rule) {
      let before = head;
      while (before.lower !== rule) before = before.lower!;
      before.lower = rule.lower;
    } else if (rule.lower !== undefined) subtable.rules.replace(rule, rule.lower);
    else {
      this.updateTries(subtable, rule, false);
      subtable.remove(rule);
    }
    rule.lower = undefined;
    if (subtable.first === undefined) this.dropSubtable(subtable);
    else if (rule.priority === subtable.maxPriority && --subtable.maxCount === 0) this.lowerPriority(subtable);
    if (!this.deferred) this.order.publish();
  }

  private dropSubtable(subtable: Subtable): void {
    this.order.remove(subtable);
    const sameHash = this.subtables.get(subtable.mask.hash)!;
    if (sameHash.length === 1) this.subtables.delete(subtable.mask.hash);
    else sameHash.splice(sameHash.indexOf(subtable), 1);
  }

  private lowerPriority(subtable: Subtable): void {
    subtable.maxPriority = NO_PRIORITY;
    for (let rule = subtable.first; rule !== undefined; rule = rule.next) {
      if (rule.priority > subtable.maxPriority) {
        subtable.maxPriority = rule.priority;
        subtable.maxCount = 1;
      } else if (rule.priority === subtable.maxPriority) subtable.maxCount++;
    }
    this.order.change(subtable);
  }

  /** The best rule for a packet as of a version; the bits that tell are added to `wildcards`. Of several with one priority any may be found. */
  lookup(flow: Flow, wildcards: Flow, version: number): R | undefined {
    return this.search(flow, wildcards, version, true) as R | undefined;
  }

  private search(flow: Flow, wildcards: Flow, version: number, conjunctive: boolean): ClsRule | undefined {
    const { tries } = this;
    for (let i = 0; i < tries.length; i++) tries[i]!.begin(flow);
    const { list } = this.order;
    let hard: ClsRule | undefined;
    let hardPriority = NO_PRIORITY;
    let soft: (ClsRule | undefined)[] | undefined;
    let softPriority = NO_PRIORITY;
    for (let i = 0; i < list.length && list[i]!.priority > hardPriority; i++) {
      const match = asOf(version, list[i]!.subtable.lookup(flow, wildcards, tries));
      if (match === undefined || match.priority <= hardPriority) continue;
      if (match.conjunctions.length === 0) {
        hard = match;
        hardPriority = match.priority;
      } else if (conjunctive) {
        if (soft === undefined) soft = [match];
        else soft.push(match);
        softPriority = Math.max(softPriority, match.priority);
      }
    }
    return soft === undefined || hardPriority >= softPriority
      ? hard
      : this.searchSoft(flow, wildcards, version, hard, soft);
  }

  /** The soft matches of the highest priority may make up a conjunction; if not, rules of lower priority behind them are next. */
  private searchSoft(
    flow: Flow,
    wildcards: Flow,
    version: number,
    hard: ClsRule | undefined,
    soft: (ClsRule | undefined)[],
  ): ClsRule | undefined {
    for (;;) {
      dropLower(soft, hard?.priority ?? NO_PRIORITY);
      if (soft.length === 0) return hard;
      const rules = soft as ClsRule[];
      const priority = Math.max(...rules.map((rule) => rule.priority));
      let found: ClsRule | undefined;
      const best = rules.filter((rule) => rule.priority === priority);
      completeConjunctions(best, (id) => {
        const saved = flow.u32(FLOW_CONJ_ID);
        flow.setU32(FLOW_CONJ_ID, id);
        found = this.search(flow, wildcards, version, false);
        flow.setU32(FLOW_CONJ_ID, saved);
        return found !== undefined;
      });
      if (found !== undefined) return found;
      for (let i = 0; i < soft.length; i++) {
        if (soft[i]!.priority !== priority) continue;
        const next: ClsRule | undefined = asOf(version, soft[i]!.lower);
        soft[i] = next !== undefined && next.conjunctions.length > 0 ? next : undefined;
        if (next !== undefined && next.conjunctions.length === 0 && next.priority > (hard?.priority ?? NO_PRIORITY))
          hard = next;
      }
    }
  }

  /** The rule with exactly this rule's match and priority. */
  findExactly(rule: ClsRule): R | undefined {
    let found = this.subtableOf(rule.mask)?.find(rule);
    while (found !== undefined && found.priority > rule.priority) found = found.lower;
    return found?.priority === rule.priority ? (found as R) : undefined;
  }

  /** Whether a packet could match both this rule and another one of its priority. */
  overlaps(rule: ClsRule): boolean {
    for (const { subtable, priority } of this.order.list) {
      if (priority < rule.priority) break;
      for (let other = subtable.first; other !== undefined; other = other.next)
        if (other.priority === rule.priority && agree(rule, other)) return true;
    }
    return false;
  }

  *all(): Generator<R> {
    for (const { subtable } of [...this.order.list]) for (const rule of rulesOf(subtable)) yield rule as R;
  }

  /** Rules that are as the criteria say or narrower, in the order of subtables, and in each as they came. */
  *matching(criteria: Match): Generator<R> {
    const mask = new MiniMask(criteria.mask);
    const values = mask.values(criteria.flow);
    for (const { subtable } of [...this.order.list]) {
      const places = mask.placesIn(subtable.mask);
      if (places === undefined) continue;
      for (const rule of rulesOf(subtable))
        if (values.every((value, i) => (rule.values[places[i]!]! & mask.bits[i]!) >>> 0 === value)) yield rule as R;
    }
  }
}

/** Of rules of one match the first that was there at a version. */
function asOf(version: number, rule: ClsRule | undefined): ClsRule | undefined {
  let found = rule;
  while (found !== undefined && found.addedIn > version) found = found.before ?? found.lower;
  return found;
}

/** The visitor may remove the one it was given. */
function* rulesOf(subtable: Subtable): Generator<ClsRule> {
  for (let rule = subtable.first; rule !== undefined; ) {
    const { next }: ClsRule = rule;
    yield rule;
    rule = next;
  }
}

function dropLower(soft: (ClsRule | undefined)[], hardPriority: number): void {
  for (let i = 0; i < soft.length; ) {
    const rule = soft[i];
    if (rule === undefined || rule.priority <= hardPriority) {
      const last = soft.pop();
      if (i < soft.length) soft[i] = last;
    } else i++;
  }
}

/** The bits that both masks have are equal. */
function agree(a: ClsRule, b: ClsRule): boolean {
  for (let i = 0, j = 0; i < a.values.length && j < b.values.length; ) {
    const wordA = a.mask.words[i]!;
    const wordB = b.mask.words[j]!;
    if (wordA === wordB && ((a.values[i]! ^ b.values[j]!) & a.mask.bits[i]! & b.mask.bits[j]!) !== 0) return false;
    if (wordA <= wordB) i++;
    if (wordB <= wordA) j++;
  }
  return true;
}
