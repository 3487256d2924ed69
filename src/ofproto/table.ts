// table - one OpenFlow table (struct oftable): a classifier of rules, what is done about a miss, and how many rules it takes.
import type { Subfield } from "../openflow/ofpact.ts";
import { Classifier } from "./classifier.ts";
import { Eviction } from "./eviction.ts";
import type { Rule } from "./rule.ts";
import { Traffic } from "./stats.ts";
import { DEFAULT_PREFIXES, type TrieField } from "./trie-field.ts";

/** default: what the controllers' OpenFlow version says, which is to drop where there are none */
export type TableMiss = "default" | "continue" | "controller" | "drop";

/** Flow_Table's columns. */
export interface TableSettings {
  readonly name?: string;
  readonly flowLimit?: number;
  readonly overflowPolicy?: "refuse" | "evict";
  readonly groups?: readonly Subfield[];
  readonly prefixes?: readonly TrieField[];
}

export class Table {
  readonly id: number;
  name: string;
  readonly classifier = new Classifier<Rule>(DEFAULT_PREFIXES);
  miss: TableMiss = "default";
  flowLimit = Number.POSITIVE_INFINITY;
  /** Rules' own changes are refused: hidden tables. */
  readonly readOnly: boolean;
  readonly matched = new Traffic();
  readonly missed = new Traffic();
  /** Of mod-table: nothing is told of it to anybody. */
  vacancy: { readonly down: number; readonly up: number } | undefined;
  private eviction: Eviction | undefined;

  constructor(id: number, readOnly = false) {
    this.id = id;
    this.name = "";
    this.readOnly = readOnly;
  }

  configure({
    name = "",
    flowLimit,
    overflowPolicy = "refuse",
    groups = [],
    prefixes = DEFAULT_PREFIXES,
  }: TableSettings): void {
    this.name = name;
    this.flowLimit = flowLimit ?? Number.POSITIVE_INFINITY;
    this.eviction = overflowPolicy === "evict" ? new Eviction(groups) : undefined;
    for (const rule of this.rules()) this.eviction?.add(rule);
    this.classifier.setPrefixes(prefixes);
  }

  get evicts(): boolean {
    return this.eviction !== undefined;
  }

  /** As mod-table does. */
  setEviction(on: boolean): void {
    if (on === this.evicts) return;
    this.eviction = on ? new Eviction([]) : undefined;
    for (const rule of this.rules()) this.eviction?.add(rule);
  }

  /** Room for rules, percent. */
  get vacancyPercent(): number {
    const { flowLimit } = this;
    if (flowLimit === Number.POSITIVE_INFINITY) return 100;
    return Math.max(0, Math.trunc(((flowLimit - this.classifier.size) * 100) / flowLimit));
  }

  /** How many rules are too many, and which go. */
  get isFull(): boolean {
    return this.classifier.size >= this.flowLimit;
  }

  victim(): Rule | undefined {
    return this.eviction?.choose();
  }

  /** There must be no rule of the same match and priority. */
  insert(rule: Rule): void {
    this.classifier.replace(rule);
    this.eviction?.add(rule);
  }

  /** Puts a rule where another one of the same match and priority is. */
  replace(old: Rule, rule: Rule): void {
    this.eviction?.remove(old);
    this.classifier.replace(rule);
    this.eviction?.add(rule);
  }

  remove(rule: Rule): void {
    this.eviction?.remove(rule);
    this.classifier.remove(rule);
  }

  *rules(): Generator<Rule> {
    yield* this.classifier.all();
  }
}
