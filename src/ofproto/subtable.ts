// subtable - the rules of a classifier that have one mask (struct cls_subtable of lib/classifier.c). A lookup goes through the mask's words by
// stage - metadata, L2, L3, L4 - and ends at the first one that no rule has the packet's values in, so that the rest of the words need
// not become part of the megaflow.
import { FLOW_DL_DST, FLOW_ND_TARGET, FLOW_NW_SRC, FLOW_TP_SRC, FLOW_WORDS } from "../../assembly/abi/flow.ts";
import type { Flow } from "../openflow/flow.ts";
import type { ClsRule } from "./cls-rule.ts";
import { hashAdd, hashFinish } from "./hash.ts";
import type { MiniMask } from "./mini-mask.ts";
import { PrefixTrie } from "./prefix-trie.ts";
import { RuleTable } from "./rule-table.ts";
import { prefixLength, type TrieField, type TrieLookup } from "./trie-field.ts";

/** Words of struct flow before which the stages end. */
const STAGE_ENDS = [FLOW_DL_DST >> 2, FLOW_NW_SRC >> 2, FLOW_ND_TARGET >> 2, FLOW_WORDS * 2] as const;
const PORTS_WORD = FLOW_TP_SRC >> 2;

/** tp_src and tp_dst as one number, tp_src first. */
const networkOrder = (word: number): number =>
  ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
const prefixMask = (bits: number): number => (bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0);

export class Subtable {
  readonly mask: MiniMask;
  maxPriority = 0;
  /** Rules in the table that have it. */
  maxCount = 0;
  readonly rules = new RuleTable();
  first: ClsRule | undefined;
  private last: ClsRule | undefined;
  /** Where each stage ends in the mask's words; the last stage is looked up in `rules`, the others in `stages`. */
  private readonly ends: readonly number[];
  /** How many entries of `rules` have each hash, after each stage but the last. */
  private readonly stages: readonly Map<number, number>[];
  /** Of each of the classifier's tries: how long a prefix the mask has of its field, 0: none. */
  readonly prefixes: number[] = [];
  private readonly portsMask: number;
  private readonly portsLength: number;
  private readonly portsTrie = new PrefixTrie();
  private readonly ports = new Uint32Array(1);

  constructor(mask: MiniMask, tries: readonly (TrieField | undefined)[]) {
    this.mask = mask;
    const ends: number[] = [];
    for (let stage = 0, at = 0; stage < STAGE_ENDS.length; stage++) {
      const from = at;
      while (at < mask.words.length && mask.words[at]! < STAGE_ENDS[stage]!) at++;
      if (at > from) ends.push(at);
    }
    if (ends.length === 0) ends.push(0);
    this.ends = ends;
    this.stages = ends.slice(1).map(() => new Map<number, number>());
    for (const [i, field] of tries.entries()) this.setTrie(i, field);
    const place = mask.words.indexOf(PORTS_WORD);
    this.portsMask = place < 0 ? 0 : mask.bits[place]!;
    const ports = networkOrder(this.portsMask);
    this.portsLength = ports === 0 ? 0 : 32 - (31 - Math.clz32(ports & -ports));
  }

  setTrie(i: number, field: TrieField | undefined): void {
    this.prefixes[i] = field === undefined ? 0 : prefixLength(this.mask, field);
  }

  /** The rule in the table with the same values, whatever its priority; sets rule.hash. */
  find(rule: ClsRule): ClsRule | undefined {
    const { values } = rule;
    let hash = 0;
    for (let i = 0; i < values.length; i++) hash = hashAdd(hash, values[i]!);
    rule.hash = hashFinish(hash, values.length);
    let found = this.rules.bucket(rule.hash);
    while (found !== undefined && !(found.hash === rule.hash && found.hasValuesOf(rule))) found = found.bucketNext;
    return found;
  }

  /** A rule whose values the table has not yet, after `find`. */
  insert(rule: ClsRule): void {
    if (this.portsLength > 0) this.portsTrie.insert(this.portsOf(rule), this.portsLength);
    this.countStages(rule, 1);
    this.rules.insert(rule);
  }

  remove(rule: ClsRule): void {
    if (this.portsLength > 0) this.portsTrie.remove(this.portsOf(rule), this.portsLength);
    this.countStages(rule, -1);
    this.rules.remove(rule);
  }

  private portsOf(rule: ClsRule): Uint32Array {
    this.ports[0] = networkOrder(rule.values[this.mask.words.indexOf(PORTS_WORD)]!);
    return this.ports;
  }

  private countStages(rule: ClsRule, by: 1 | -1): void {
    let hash = 0;
    for (let stage = 0, i = 0; stage < this.stages.length; stage++) {
      for (const end = this.ends[stage]!; i < end; i++) hash = hashAdd(hash, rule.values[i]!);
      const counts = this.stages[stage]!;
      const count = (counts.get(hash) ?? 0) + by;
      if (count === 0) counts.delete(hash);
      else counts.set(hash, count);
    }
  }

  append(rule: ClsRule): void {
    rule.previous = this.last;
    rule.next = undefined;
    if (this.last === undefined) this.first = rule;
    else this.last.next = rule;
    this.last = rule;
  }

  unlink(rule: ClsRule): void {
    if (rule.previous === undefined) this.first = rule.next;
    else rule.previous.next = rule.next;
    if (rule.next === undefined) this.last = rule.previous;
    else rule.next.previous = rule.previous;
    rule.previous = undefined;
    rule.next = undefined;
  }

  /** The rule of the highest priority that the flow matches. Adds to `wildcards` the bits that the answer depends on. */
  lookup(flow: Flow, wildcards: Flow, tries: readonly TrieLookup[]): ClsRule | undefined {
    const { words, bits } = this.mask;
    const last = this.ends.length - 1;
    const flowWords = flow.words;
    let hash = 0;
    for (let stage = 0, i = 0; stage <= last; stage++) {
      const end = this.ends[stage]!;
      if (tries.length > 0 && this.triesExclude(tries, i, end, wildcards)) {
        this.fold(wildcards, i);
        return undefined;
      }
      for (; i < end; i++) hash = hashAdd(hash, flowWords[words[i]!]! & bits[i]!);
      if (stage < last && !this.stages[stage]!.has(hash)) {
        this.fold(wildcards, end);
        return undefined;
      }
    }
    hash = hashFinish(hash, words.length);
    let rule = this.rules.bucket(hash);
    while (rule !== undefined && !(rule.hash === hash && this.matches(rule, flowWords))) rule = rule.bucketNext;
    if (rule === undefined && this.portsLength > 0) this.foldPorts(flowWords, wildcards);
    else this.fold(wildcards, words.length);
    return rule;
  }

  private matches(rule: ClsRule, flow: Uint32Array): boolean {
    const { words, bits } = this.mask;
    const { values } = rule;
    for (let i = 0; i < values.length; i++) if ((flow[words[i]!]! & bits[i]!) >>> 0 !== values[i]!) return false;
    return true;
  }

  /** A trie of a field of words `from` to `end` shows that nothing here has the packet's prefix. */
  private triesExclude(tries: readonly TrieLookup[], from: number, end: number, wildcards: Flow): boolean {
    for (let j = 0; j < tries.length; j++) {
      const length = this.prefixes[j]!;
      if (length === 0) continue;
      const trie = tries[j]!;
      const place = this.mask.words.indexOf(trie.field.word);
      if (place >= from && place < end && trie.excludes(length, wildcards)) return true;
    }
    return false;
  }

  /** Adds the mask's first n words. */
  private fold(wildcards: Flow, n: number): void {
    const { words, bits } = this.mask;
    for (let i = 0; i < n; i++) wildcards.words[words[i]!]! |= bits[i]!;
  }

  /** All of the mask, but of the ports only what the ports trie needs to tell that no rule has them. */
  private foldPorts(flow: Uint32Array, wildcards: Flow): void {
    const before = wildcards.words[PORTS_WORD]!;
    this.ports[0] = networkOrder(flow[PORTS_WORD]! & this.portsMask);
    const needed = networkOrder(prefixMask(this.portsTrie.lookup(this.ports, 32)));
    this.fold(wildcards, this.mask.words.length);
    wildcards.words[PORTS_WORD] = before | (this.portsMask & needed);
  }
}
