// learned-flow - a rule that a learn action makes, and makes again as long as packets come (ofproto_flow_mod_learn): it is put into its table if it
// is not there, and starts its hard timeout anew if it is.
import type { FlowMod } from "../openflow/flow-mod.ts";
import type { FlowTables } from "./flow-tables.ts";
import type { Rule } from "./rule.ts";
import type { Credited } from "./stats.ts";

export class LearnedFlow implements Credited {
  private readonly tables: FlowTables;
  private readonly mod: FlowMod;
  /** Flows of the same cookie in the table that are too many; 0: no limit */
  private readonly limit: number;
  private rule: Rule | undefined;

  constructor(tables: FlowTables, mod: FlowMod, limit: number) {
    this.tables = tables;
    this.mod = mod;
    this.limit = limit;
    const rule = tables.findExactly(mod);
    this.rule = rule !== undefined && isAsLearned(rule, mod) ? rule : undefined;
  }

  get isInserted(): boolean {
    return this.rule?.inClassifier ?? false;
  }

  /** @returns false: there are too many already. @throws OfpError when the table refuses it */
  learn(): boolean {
    if (this.rule?.inClassifier) {
      this.tables.refresh(this.rule);
      return true;
    }
    if (this.limit > 0 && this.tables.countCookie(this.mod.table, this.mod.newCookie) >= this.limit) return false;
    const before = this.tables.findExactly(this.mod);
    this.tables.apply(this.mod);
    this.rule = this.tables.findExactly(this.mod);
    // the packet that this is learned from goes by what was there before
    if (before !== undefined) before.before = undefined;
    if (this.rule !== undefined && before !== this.rule) this.rule.before = before;
    return true;
  }

  credit(): void {
    this.learn();
  }
}

function isAsLearned(rule: Rule, mod: FlowMod): boolean {
  return (
    rule.idleTimeout === mod.idleTimeout &&
    rule.hardTimeout === mod.hardTimeout &&
    rule.importance === mod.importance &&
    rule.flags.sendFlowRem === mod.flags.sendFlowRem &&
    (!mod.modifyCookie || mod.newCookie === rule.cookie) &&
    areEqual(rule.actions, mod.actions)
  );
}

/** What learn makes: outputs, loads and timeouts. */
function areEqual(a: FlowMod["actions"], b: FlowMod["actions"]): boolean {
  return (
    a.length === b.length &&
    a.every((action, i) => {
      const other = b[i]!;
      if (action.type === "output") return other.type === "output" && action.port === other.port;
      if (action.type === "fin_timeout")
        return other.type === "fin_timeout" && action.idle === other.idle && action.hard === other.hard;
      return (
        action.type === "set_field" &&
        other.type === "set_field" &&
        action.field === other.field &&
        action.value.every((byte, at) => byte === other.value[at]) &&
        action.mask.every((byte, at) => byte === other.mask[at])
      );
    })
  );
}
