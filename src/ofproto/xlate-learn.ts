// xlate-learn - the learn action: makes a rule of the packet's fields (learn_execute of lib/learn.c).
import { FLOW_PACKET_TYPE } from "../../assembly/abi/flow.ts";
import { Flow, type Match } from "../openflow/flow.ts";
import { COOKIE_UNCHANGED, type FlowMod, NO_FLAGS } from "../openflow/flow-mod.ts";
import { formatMatch, OFP_DEFAULT_PRIORITY } from "../openflow/format-match.ts";
import { formatOfpacts } from "../openflow/format-ofpacts.ts";
import { OFPG_ANY } from "../openflow/group-id.ts";
import type { Learn, LearnSpec, Ofpact } from "../openflow/ofpact.ts";
import { OFPP_ALL, OFPP_ANY, OFPP_FLOOD, OFPP_IN_PORT, OFPP_LOCAL, OFPP_MAX } from "../openflow/ports.ts";
import { copyBits, matchSubfield, readSubfield, subfieldMask, writeSubfield } from "../openflow/subfield.ts";
import { LearnedFlow } from "./learned-flow.ts";
import { OfpError } from "./ofp-error.ts";
import type { XlateContext } from "./xlate-context.ts";
import { loadNumber, reportSubfield } from "./xlate-fields.ts";

const OUTPUTS = [OFPP_IN_PORT, OFPP_FLOOD, OFPP_LOCAL, OFPP_ALL];
const SUBVALUE_BYTES = 16;
const ONES = new Uint8Array(SUBVALUE_BYTES).fill(0xff);

export function xlateLearn(ctx: XlateContext, learn: Learn): void {
  const { flow, wildcards, wishes, bridge } = ctx;
  // these are written, not just masked, which brings more along
  for (const { source } of learn.specs) if ("subfield" in source) writeSubfield(source.subfield, ONES, wildcards);
  if (!wishes.sideEffects && wishes.cache === undefined) {
    ctx.report("warn", "suppressing side effects, so learn action ignored");
    return;
  }
  const mod = learnedMod(learn, flow);
  if (ctx.trace !== undefined) ctx.report("detail", modText(mod));
  const learned = new LearnedFlow(bridge.tables, mod, learn.limit);
  let success = true;
  try {
    if (wishes.sideEffects) success = learned.learn();
    // the actions depend on whether there is room, which later packets must ask again
    else if (learn.limit > 0 && !learned.isInserted) ctx.avoidCaching = true;
  } catch (error) {
    if (!(error instanceof OfpError)) throw error;
    ctx.report("error", `LEARN action execution failed (${error.code}).`);
    return;
  }
  if (learn.resultDestination !== undefined) {
    loadNumber(ctx, learn.resultDestination, success ? 1 : 0);
    reportSubfield(ctx, learn.resultDestination);
  }
  if (success) wishes.cache?.push(learned);
  else ctx.report("detail", "Limit exceeded, learn failed");
}

function sourceValue({ source, bits }: LearnSpec, flow: Flow): Uint8Array {
  if ("subfield" in source) return readSubfield(source.subfield, flow, SUBVALUE_BYTES);
  const value = new Uint8Array(SUBVALUE_BYTES);
  copyBits(source.value, 0, value, 0, bits);
  return value;
}

function learnedMod(learn: Learn, flow: Flow): FlowMod {
  const match: Match = { flow: new Flow(), mask: new Flow() };
  const actions: Ofpact[] = [];
  if (learn.finIdleTimeout > 0 || learn.finHardTimeout > 0)
    actions.push({ type: "fin_timeout", idle: learn.finIdleTimeout, hard: learn.finHardTimeout });
  for (const spec of learn.specs) {
    const value = sourceValue(spec, flow);
    if (spec.what === "output") {
      const port = (value[14]! << 8) | value[15]!;
      const fits = value.subarray(0, 14).every((byte) => byte === 0);
      if (fits && (port < OFPP_MAX || OUTPUTS.includes(port))) actions.push({ type: "output", port, maxLen: 0 });
    } else if (spec.what === "match") {
      matchSubfield(spec.destination!, value, match);
      if (spec.destination!.field.prereqs !== "none") match.mask.setBe32(FLOW_PACKET_TYPE, 0xffffffff);
    } else {
      const { field, start } = spec.destination!;
      const bytes = new Uint8Array(field.bytes);
      copyBits(value, 0, bytes, start, spec.bits);
      actions.push({ type: "set_field", field, value: bytes, mask: subfieldMask(spec.destination!), compat: "load" });
    }
  }
  return {
    command: "modify_strict",
    cookie: 0n,
    cookieMask: 0n,
    importance: 0,
    outPort: OFPP_ANY,
    outGroup: OFPG_ANY,
    match,
    table: learn.table,
    priority: learn.priority,
    newCookie: learn.cookie,
    modifyCookie: learn.cookie !== COOKIE_UNCHANGED,
    idleTimeout: learn.idleTimeout,
    hardTimeout: learn.hardTimeout,
    flags: { ...NO_FLAGS, sendFlowRem: learn.sendFlowRem },
    actions,
  };
}

function modText({
  table,
  match,
  priority,
  newCookie = 0n,
  idleTimeout,
  hardTimeout,
  flags,
  actions,
}: FlowMod): string {
  const words = [`table=${table}`];
  const text = formatMatch(match, undefined, OFP_DEFAULT_PRIORITY);
  if (text !== "") words.push(text);
  words.push(`priority=${priority}`);
  if (newCookie !== 0n) words.push(`cookie=0x${newCookie.toString(16)}`);
  if (idleTimeout > 0) words.push(`idle=${idleTimeout}`);
  if (hardTimeout > 0) words.push(`hard=${hardTimeout}`);
  if (flags.sendFlowRem) words.push("send_flow_rem");
  return `${words.join(" ")} actions=${formatOfpacts(actions)}`;
}
