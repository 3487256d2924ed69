// trace - ofproto/trace: a packet's way through bridges, the megaflow and the datapath actions that come of it, as text (ofproto-dpif-trace.c).

import { FLOW_IN_PORT, FLOW_TCP_FLAGS } from "../../assembly/abi/flow.ts";
import { Flow } from "../openflow/flow.ts";
import { FLOW_ACTSET_OUTPUT } from "../openflow/flow-offsets.ts";
import { formatMatch } from "../openflow/format-match.ts";
import { formatOdpActions } from "../openflow/format-odp-actions.ts";
import { formatPacketFlow } from "../openflow/format-packet-flow.ts";
import type { Ofpact } from "../openflow/ofpact.ts";
import { OFPP_UNSET, type PortMap } from "../openflow/ports.ts";
import type { Backer } from "./backer.ts";
import type { Ofproto } from "./ofproto.ts";
import { makeContext, xlate } from "./xlate.ts";
import type { XlateError } from "./xlate-context.ts";
import { formatTrace, type TraceNode } from "./xlate-trace.ts";

export interface TraceOptions {
  /** Instead of what the tables say (ofproto/trace-packet-out); none: what they say. */
  readonly actions?: readonly Ofpact[];
  /** A packet that is there, whose side effects take place; undefined: none do */
  readonly packet?: Uint8Array;
  /** Ports by name. */
  readonly names?: boolean;
}

const ERRORS: Record<XlateError, string> = {
  bridge_not_found: "Bridge not found",
  recursion_too_deep: "Recursion too deep",
  too_many_resubmit: "Too many resubmits",
  stack_too_deep: "Stack too deep",
  no_recirculation_context: "No recirculation context",
  recirculation_conflict: "Recirculation conflict",
  too_many_mpls_labels: "Too many MPLS labels",
};

/** flow: with the bridge's port number */
export function traceText(backer: Backer, ofproto: Ofproto, flow: Flow, options: TraceOptions = {}): string {
  const { actions, packet, names = false } = options;
  const ctx = makeContext(backer);
  const trace: TraceNode[] = [];
  const ports: PortMap | undefined = names ? ofproto.portMap : undefined;
  const initial = flow.clone();
  initial.setU32(FLOW_ACTSET_OUTPUT, OFPP_UNSET);
  const tcpFlags = flow.be16(FLOW_TCP_FLAGS);
  const wishes = {
    sideEffects: packet !== undefined,
    packet,
    stats: undefined,
    cache: undefined,
    tcpFlags,
    trace,
    names,
  };
  xlate(ctx, ofproto.bridge, flow, flow.u32(FLOW_IN_PORT), wishes, actions?.length === 0 ? undefined : actions);
  backer.releaseRecircs(ctx.recircs);
  const megaflow = { flow: masked(flow, ctx.wildcards), mask: ctx.wildcards };
  const final = ctx.flow.equals(initial) ? "unchanged" : formatPacketFlow(ctx.flow, ports);
  const odp = names ? { portName: (port: number): string | undefined => backer.portName(port) } : {};
  const lines = [
    `Flow: ${formatPacketFlow(initial, ports)}`,
    `${formatTrace(trace)}`,
    `Final flow: ${final}`,
    `Megaflow: ${formatMatch(megaflow, ports)}`,
    `Datapath actions: ${formatOdpActions(ctx.actions, odp)}`,
  ];
  if (ctx.error !== undefined) lines.push(`Translation failed (${ERRORS[ctx.error]}), packet is dropped.`);
  else if (ctx.isSlow)
    lines.push(
      "This flow is handled by the userspace slow path because it:",
      "  - Uses action(s) not supported by datapath.",
    );
  return `${lines.join("\n")}\n`;
}

function masked(flow: Flow, mask: Flow): Flow {
  const result = new Flow();
  for (let i = 0; i < flow.words.length; i++) result.words[i] = flow.words[i]! & mask.words[i]!;
  return result;
}
