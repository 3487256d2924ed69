// xlate-table - the lookup of a packet in OpenFlow tables, and the translation of what the rule says (rule_dpif_lookup_from_table,
// xlate_table_action).
import { FLOW_IN_PORT, FLOW_NW_FRAG, FLOW_TP_SRC } from "../../assembly/abi/flow.ts";
import { FRAG_ANY } from "../openflow/field-prereqs.ts";
import { formatMatch, OFP_DEFAULT_PRIORITY } from "../openflow/format-match.ts";
import type { OfPort } from "../openflow/ofpact.ts";
import type { Bridge } from "./bridge.ts";
import { INTERNAL_TABLE } from "./flow-tables.ts";
import type { Rule } from "./rule.ts";
import type { TableMiss } from "./table.ts";
import type { XlateContext } from "./xlate-context.ts";
import { triggerFreeze } from "./xlate-freeze.ts";

/** What keeps a translation from going on for ever. */
export const MAX_DEPTH = 64;
const MAX_RESUBMITS = MAX_DEPTH * MAX_DEPTH;
const MAX_ACTION_BYTES = 0xffff;
const MAX_STACK_BYTES = 0x10000;
/** In the last table packets that do not come round again are dropped. */
const INTERNAL_RULE = "recirc_id=0, priority 2";

export interface TableLookup {
  readonly inPort: OfPort;
  readonly table: number;
  /** A miss may go to the controller. */
  readonly mayPacketIn: boolean;
  /** Tables' miss configuration counts. */
  readonly honorMiss: boolean;
}

/** Sets ctx.table to that of the rule. */
export function lookupRule(ctx: XlateContext, { inPort, table, mayPacketIn, honorMiss }: TableLookup): Rule {
  const { bridge, flow, wildcards } = ctx;
  const ports = flow.u32(FLOW_TP_SRC);
  const oldInPort = flow.u32(FLOW_IN_PORT);
  if ((flow.u8(FLOW_NW_FRAG) & FRAG_ANY) !== 0 && bridge.fragHandling !== "nx-match") {
    ctx.table = table;
    if (bridge.fragHandling === "drop") {
      ctx.account(bridge.tables.tables[table]!.matched);
      return bridge.dropFragsRule;
    }
    flow.setU32(FLOW_TP_SRC, 0);
  }
  flow.setU32(FLOW_IN_PORT, inPort);
  let miss: TableMiss = "continue";
  let rule: Rule | undefined;
  for (let id = table; id < INTERNAL_TABLE; id++) {
    const { classifier, matched, missed, miss: config } = bridge.tables.tables[id]!;
    ctx.table = id;
    rule = classifier.lookup(flow, wildcards, ctx.version);
    ctx.account(rule === undefined ? missed : matched);
    if (rule !== undefined) break;
    if (!honorMiss) break;
    miss = config;
    if (miss !== "continue") break;
  }
  flow.setU32(FLOW_TP_SRC, ports);
  flow.setU32(FLOW_IN_PORT, oldInPort);
  return rule ?? missRule(bridge, oldInPort, mayPacketIn, miss);
}

function missRule(bridge: Bridge, inPort: OfPort, mayPacketIn: boolean, miss: TableMiss): Rule {
  if (!mayPacketIn) return bridge.noPacketInRule;
  if (miss === "continue" || miss === "controller") {
    const port = bridge.ports.get(inPort);
    return port === undefined || port.config.noPacketIn ? bridge.noPacketInRule : bridge.missRule;
  }
  return miss === "default" && bridge.packetInOnMiss ? bridge.missRule : bridge.noPacketInRule;
}

/** Remarks from here on stand below the rule. table: that the lookup began in */
export function reportRule(ctx: XlateContext, rule: Rule, table: number): void {
  if (ctx.trace !== undefined)
    ctx.trace = ctx.report(
      "table",
      `${String(table).padStart(2)}. ${table === INTERNAL_TABLE ? INTERNAL_RULE : ruleText(ctx, rule)}`,
    );
}

/** The rules for packets that none is for, as they stand in the last table; they are told in words in the bridge that the packet came in by. */
function specialRuleText({ bridge, entryBridge }: XlateContext, rule: Rule): string | undefined {
  const inWords = bridge === entryBridge;
  if (rule === bridge.missRule) return inWords ? 'No match, and a "packet-in" is called for.' : "reg0=0x1, priority 0";
  if (rule === bridge.noPacketInRule) return inWords ? "No match." : "reg0=0x2, priority 0";
  if (rule === bridge.dropFragsRule)
    return inWords ? 'Packets are IP fragments and the fragment handling mode is "drop".' : "reg0=0x3, priority 0";
  return undefined;
}

function ruleText(ctx: XlateContext, rule: Rule): string {
  const special = specialRuleText(ctx, rule);
  if (special !== undefined) return special;
  // the match's text has the priority where it is not the usual one
  const match = formatMatch(rule.match(), ctx.shownPorts, OFP_DEFAULT_PRIORITY);
  const cookie = rule.cookie === 0n ? "" : `, cookie 0x${rule.cookie.toString(16)}`;
  return `${match}${match === "" ? "" : ", "}priority ${rule.priority}${cookie}`;
}

/** Whether the translation may go deeper. */
export function mayGoOn(ctx: XlateContext): boolean {
  if (ctx.depth >= MAX_DEPTH) {
    ctx.report("error", `over max translation depth ${MAX_DEPTH}`);
    ctx.error = "recursion_too_deep";
  } else if (ctx.resubmits >= MAX_RESUBMITS) {
    ctx.report("error", `over ${MAX_RESUBMITS} resubmit actions`);
    ctx.error = "too_many_resubmit";
  } else if (ctx.actionBytes > MAX_ACTION_BYTES) {
    ctx.report("error", "resubmits yielded over 64 kB of actions");
    ctx.exit = true;
  } else if (stackBytes(ctx.stack) >= MAX_STACK_BYTES) {
    ctx.report("error", "resubmits yielded over 64 kB of stack");
    ctx.error = "stack_too_deep";
  } else return true;
  return false;
}

/** Each value stands with its length. */
function stackBytes(stack: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const value of stack) bytes += value.length + 1;
  return bytes;
}

/** Looks the packet up and does what the rule says. cloned: on a packet of its own */
export function xlateTable(ctx: XlateContext, lookup: TableLookup, isLast: boolean, cloned = false): void {
  // what is behind the labels that were popped must be known first
  if (ctx.wasMpls) {
    triggerFreeze(ctx);
    return;
  }
  if (!mayGoOn(ctx)) return;
  const { table: oldTable, rule: oldRule, cookie: oldCookie, trace: oldTrace } = ctx;
  const rule = lookupRule(ctx, lookup);
  const deepens = lookup.table <= oldTable ? 1 : 0;
  reportRule(ctx, rule, lookup.table);
  ctx.account(rule);
  ctx.resubmits++;
  ctx.depth += deepens;
  ctx.rule = rule;
  ctx.cookie = rule.cookie;
  if (cloned) ctx.pipeline.cloned(ctx, rule.actions, isLast);
  else ctx.pipeline.actions(ctx, rule.actions, isLast, false);
  ctx.cookie = oldCookie;
  ctx.rule = oldRule;
  ctx.depth -= deepens;
  ctx.trace = oldTrace;
  ctx.table = oldTable;
}
