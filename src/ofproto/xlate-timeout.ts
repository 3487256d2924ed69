// xlate-timeout - fin_timeout: a rule's timeouts become shorter once a TCP connection is closed.
import type { FlowTables } from "./flow-tables.ts";
import type { Rule } from "./rule.ts";
import type { Credited, PushedStats } from "./stats.ts";
import type { XlateContext } from "./xlate-context.ts";

const TCP_FIN_OR_RST = 0x01 | 0x04;

class FinTimeout implements Credited {
  private readonly tables: FlowTables;
  private readonly rule: Rule;
  private readonly idle: number;
  private readonly hard: number;

  constructor(tables: FlowTables, rule: Rule, idle: number, hard: number) {
    this.tables = tables;
    this.rule = rule;
    this.idle = idle;
    this.hard = hard;
  }

  credit({ tcpFlags }: Pick<PushedStats, "tcpFlags">): void {
    if ((tcpFlags & TCP_FIN_OR_RST) === 0) return;
    this.rule.reduceTimeouts(this.idle, this.hard);
    this.tables.watchTimeouts(this.rule);
  }
}

export function xlateFinTimeout({ rule, bridge, wishes }: XlateContext, idle: number, hard: number): void {
  if (rule === undefined) return;
  const timeout = new FinTimeout(bridge.tables, rule, idle, hard);
  if (wishes.sideEffects) timeout.credit(wishes);
  wishes.cache?.push(timeout);
}
