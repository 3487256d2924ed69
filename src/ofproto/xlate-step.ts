// xlate-step - one OpenFlow action or instruction on the packet of a translation.
import * as at from "../../assembly/abi/flow.ts";
import { UsageError } from "../errors.ts";
import { FLOW_ACTSET_OUTPUT } from "../openflow/flow-offsets.ts";
import { OFPP_IN_PORT, OFPP_UNSET } from "../openflow/ports.ts";
import { MPLS_LABEL_MASK, MPLS_TC_MASK, MPLS_TTL_MASK } from "./mpls-stack.ts";
import { VLAN_CFI } from "./packet-kind.ts";
import type { Step } from "./recirc.ts";
import { popVlan, pushVlan, setVlan } from "./vlan-stack.ts";
import { reportActionSet, writeActions } from "./xlate-action-set.ts";
import { xlateMultipath } from "./xlate-choice.ts";
import { xlateCheckPktLarger, xlateClone } from "./xlate-clone.ts";
import type { XlateContext } from "./xlate-context.ts";
import { xlateController } from "./xlate-controller.ts";
import * as fields from "./xlate-fields.ts";
import { triggerFreeze } from "./xlate-freeze.ts";
import { xlateGroup } from "./xlate-group.ts";
import { xlateLearn } from "./xlate-learn.ts";
import * as ports from "./xlate-ports.ts";
import { xlateTable } from "./xlate-table.ts";
import { xlateFinTimeout } from "./xlate-timeout.ts";
import * as ttl from "./xlate-ttl.ts";

const NLA_U32_BYTES = 8;

/** undefined: on to the next one. Otherwise what becomes of the rest of the list. */
export type Outcome = "end-of-list" | "went-on" | "rest-done" | "freeze-rest" | undefined;

export function xlateStep(
  ctx: XlateContext,
  step: Step,
  place: ports.OutputPlace,
  rest: () => readonly Step[],
): Outcome {
  const { flow, wildcards } = ctx;
  switch (step.type) {
    case "output":
      ports.xlateOutput(ctx, { port: step.port, maxLen: step.maxLen, mayPacketIn: true, truncate: false }, place);
      return;
    case "group":
      return xlateGroup(ctx, step.groupId, place.isLast) ? "end-of-list" : undefined;
    case "controller":
      if (!step.pause) {
        xlateController(ctx, step);
        return;
      }
      ctx.pause = step;
      triggerFreeze(ctx);
      return "freeze-rest";
    case "enqueue":
      ports.xlateEnqueue(ctx, step, place);
      return;
    case "output_reg":
      ports.xlateOutputReg(ctx, step, place);
      return;
    case "output_trunc":
      ports.xlateOutputTrunc(ctx, step, place);
      return;
    case "bundle":
      ports.xlateBundle(ctx, step, place);
      return;
    case "set_vlan_vid":
      fields.xlateVlanVid(ctx, step);
      return;
    case "set_vlan_pcp":
      fields.xlateVlanPcp(ctx, step);
      return;
    case "strip_vlan":
      popVlan(flow, wildcards);
      return;
    case "push_vlan":
      pushVlan(flow, wildcards);
      setVlan(flow, 0, step.ethertype, VLAN_CFI);
      return;
    case "set_eth_src":
      fields.xlateMac(ctx, at.FLOW_DL_SRC, step.mac);
      return;
    case "set_eth_dst":
      fields.xlateMac(ctx, at.FLOW_DL_DST, step.mac);
      return;
    case "set_ipv4_src":
      fields.xlateIpv4(ctx, at.FLOW_NW_SRC, step.ip);
      return;
    case "set_ipv4_dst":
      fields.xlateIpv4(ctx, at.FLOW_NW_DST, step.ip);
      return;
    case "set_ip_dscp":
      fields.xlateDscp(ctx, step.dscp);
      return;
    case "set_ip_ecn":
      fields.xlateEcn(ctx, step.ecn);
      return;
    case "set_ip_ttl":
      fields.xlateTtl(ctx, step.ttl);
      return;
    case "set_l4_src_port":
      fields.xlateL4Port(ctx, at.FLOW_TP_SRC, step.port);
      return;
    case "set_l4_dst_port":
      fields.xlateL4Port(ctx, at.FLOW_TP_DST, step.port);
      return;
    case "resubmit": {
      const inPort = step.port === OFPP_IN_PORT ? flow.u32(at.FLOW_IN_PORT) : step.port;
      const table = step.table === 0xff ? ctx.table : step.table;
      xlateTable(ctx, { inPort, table, mayPacketIn: false, honorMiss: false }, place.isLast);
      return "went-on";
    }
    case "goto_table": {
      const inPort = flow.u32(at.FLOW_IN_PORT);
      xlateTable(ctx, { inPort, table: step.table, mayPacketIn: true, honorMiss: true }, place.isLast);
      return "went-on";
    }
    case "set_queue":
      fields.xlateQueue(ctx, step.queue);
      return;
    case "pop_queue":
      fields.xlatePopQueue(ctx);
      return;
    case "reg_move":
      fields.xlateMove(ctx, step);
      return;
    case "set_field":
      fields.xlateSetField(ctx, step);
      return;
    case "stack_push":
      fields.xlatePush(ctx, step);
      return;
    case "stack_pop":
      fields.xlatePop(ctx, step);
      return;
    case "push_mpls":
      ttl.xlatePushMpls(ctx, step.ethertype);
      return;
    case "pop_mpls":
      ttl.xlatePopMpls(ctx, step.ethertype);
      return;
    case "set_mpls_label":
      ttl.xlateSetLse(ctx, MPLS_LABEL_MASK, step.label << 12);
      return;
    case "set_mpls_tc":
      ttl.xlateSetLse(ctx, MPLS_TC_MASK, step.tc << 9);
      return;
    case "set_mpls_ttl":
      ttl.xlateSetLse(ctx, MPLS_TTL_MASK, step.ttl);
      return;
    case "dec_mpls_ttl":
      return ttl.xlateDecMplsTtl(ctx) ? "end-of-list" : undefined;
    case "dec_ttl":
      return ttl.xlateDecTtl(ctx, step.controllers) ? "end-of-list" : undefined;
    case "multipath":
      xlateMultipath(ctx, step);
      return;
    case "learn":
      xlateLearn(ctx, step.spec);
      return;
    case "conjunction":
      ctx.report("error", "executing no-op conjunction action");
      return;
    case "exit":
      ctx.exit = true;
      return;
    case "unroll":
      ctx.table = step.table;
      ctx.cookie = step.cookie;
      if (ctx.trace !== undefined)
        ctx.report("thaw", `restored state: table=${step.table}, cookie=${cookieText(step.cookie)}`);
      return;
    case "fin_timeout":
      wildcards.setU8(at.FLOW_NW_PROTO, 0xff);
      xlateFinTimeout(ctx, step.idle, step.hard);
      return;
    case "clear_actions":
      reportActionSet(ctx, "was");
      ctx.actionSet = [];
      flow.setU32(FLOW_ACTSET_OUTPUT, OFPP_UNSET);
      ctx.actionSetHasGroup = false;
      return;
    case "write_actions":
      writeActions(ctx, step.actions);
      reportActionSet(ctx, "is");
      return;
    case "write_metadata":
      fields.xlateMetadata(ctx, step);
      return;
    case "meter": {
      const meter = ctx.bridge.meters.get(step.meterId);
      if (meter !== undefined) ctx.emit({ type: "meter", id: meter.datapathId }, NLA_U32_BYTES);
      return;
    }
    case "clone":
      xlateClone(ctx, step.actions, place.isLast);
      return;
    case "check_pkt_larger":
      xlateCheckPktLarger(ctx, step, rest());
      return "rest-done";
    case "debug_recirc":
      triggerFreeze(ctx);
      return "freeze-rest";
    case "debug_slow":
      ctx.isSlow = true;
      return;
    // samples go to collectors, of which there are none
    case "sample":
    case "note":
    case "unroll_xlate":
      return;
    default:
      throw new UsageError(`action: found ${step.type}, expected one that is not refused`);
  }
}

/** As OVS prints it: in the byte order of the network, read by a little-endian CPU. */
function cookieText(cookie: bigint): string {
  let swapped = 0n;
  for (let i = 0n; i < 8n; i++) swapped = (swapped << 8n) | ((cookie >> (8n * i)) & 0xffn);
  return swapped === 0n ? "0" : `0x${swapped.toString(16)}`;
}
