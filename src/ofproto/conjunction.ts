// conjunction - whether rules with conjunction actions that a packet matches make up all clauses of one of them.
import type { ClsRule, Conjunction } from "./cls-rule.ts";

/** Clauses of each conjunction that were met, as bits; -1 once all are (64 clauses at most, as two numbers). */
class Met {
  private low: number;
  private high: number;

  constructor(clauses: number) {
    this.low = clauses >= 32 ? 0 : -1 << clauses;
    this.high = clauses >= 64 ? 0 : clauses > 32 ? -1 << (clauses - 32) : -1;
  }

  add(clause: number): boolean {
    if (clause < 32) this.low |= 1 << clause;
    else this.high |= 1 << (clause - 32);
    return this.low === -1 && this.high === -1;
  }
}

/** Of soft matches of one priority: gives each conjunction that becomes complete to `found`, until that returns true. */
export function completeConjunctions(soft: readonly ClsRule[], found: (id: number) => boolean): boolean {
  const met = new Map<number, Met>();
  for (const rule of soft) {
    const id = completed(rule.conjunctions, soft.length, met);
    if (id !== undefined && found(id)) return true;
  }
  return false;
}

/** The first of a rule's conjunctions that it completes; those behind it are not looked at. */
function completed(conjunctions: readonly Conjunction[], rules: number, met: Map<number, Met>): number | undefined {
  for (const { id, clause, clauses } of conjunctions) {
    // each clause needs a rule of its own
    if (clauses > rules) continue;
    let all = met.get(id);
    if (all === undefined) {
      all = new Met(clauses);
      met.set(id, all);
    }
    if (all.add(clause)) return id;
  }
  return undefined;
}
