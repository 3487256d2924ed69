// cls-rule - what a classifier knows of a rule (struct cls_rule and cls_match): its mask, its values in the mask's words, its priority, and its
// place in the classifier's lists, which only the classifier writes.
import { Flow, type Match } from "../openflow/flow.ts";
import { MiniMask } from "./mini-mask.ts";

/** A rule is clause `clause`, from 0, of the `clauses` of conjunction `id`. */
export interface Conjunction {
  readonly id: number;
  readonly clause: number;
  readonly clauses: number;
}

export class ClsRule {
  readonly priority: number;
  /** Its subtable's own, once it is in a classifier. */
  mask: MiniMask;
  readonly values: Uint32Array;
  /** Not empty: the rule alone matches nothing. */
  conjunctions: readonly Conjunction[] = [];

  hash = 0;
  inClassifier = false;
  /** Lookups as of earlier versions of the tables do not find it, but the one whose place it took, if that is known. */
  addedIn = 0;
  before: ClsRule | undefined;
  /** In the bucket of the subtable's hash table. */
  bucketNext: ClsRule | undefined;
  /** Of the same match, with the next lower priority. */
  lower: ClsRule | undefined;
  /** Rules of the subtable in the order they came. */
  previous: ClsRule | undefined;
  next: ClsRule | undefined;

  constructor(match: Match, priority: number) {
    this.priority = priority;
    this.mask = new MiniMask(match.mask);
    this.values = this.mask.values(match.flow);
  }

  match(): Match {
    const flow = new Flow();
    const mask = new Flow();
    this.mask.expand(mask);
    for (let i = 0; i < this.values.length; i++) flow.words[this.mask.words[i]!] = this.values[i]!;
    return { flow, mask };
  }

  hasValuesOf(other: ClsRule): boolean {
    for (let i = 0; i < this.values.length; i++) if (this.values[i] !== other.values[i]) return false;
    return true;
  }

  /** It is as a mask and its values say, or narrower (cls_rule_is_loose_match). */
  isWithin(mask: MiniMask, values: Uint32Array): boolean {
    const places = mask.placesIn(this.mask);
    return places?.every((place, i) => (this.values[place]! & mask.bits[i]!) >>> 0 === values[i]) ?? false;
  }
}
