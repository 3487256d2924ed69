// trace-commands - ovs-appctl's ofproto/trace and ofproto/trace-packet-out.
import { UsageError } from "../errors.ts";
import { checkActions } from "../ofproto/action-check.ts";
import { OfpError } from "../ofproto/ofp-error.ts";
import type { Ofproto } from "../ofproto/ofproto.ts";
import { traceText } from "../ofproto/trace.ts";
import { checkOfpacts } from "../openflow/check-ofpacts.ts";
import type { Flow } from "../openflow/flow.ts";
import { wildcardsForPacket } from "../openflow/flow-wildcards.ts";
import { type ParsedOfpacts, parseActions } from "../openflow/parse-ofpacts.ts";
import { OFPP_MAX } from "../openflow/ports.ts";
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import { type CommandShape, failed, ok, type Reply } from "./reply.ts";
import { parseTraceWords, type TraceWords } from "./trace-words.ts";

type Shape = CommandShape<Vswitchd>;

const N_TABLES = 255;

/** What was wrong with the words is the answer. */
function answered(run: () => string): Reply {
  try {
    return ok(run());
  } catch (error) {
    if (error instanceof UsageError) return failed(`${error.message}\n`);
    throw error;
  }
}

function traced(vswitchd: Vswitchd, { ofproto, flow, packet, names }: TraceWords, actions?: ParsedOfpacts): string {
  const { backer } = vswitchd;
  backer.nowMs = vswitchd.nowMs;
  return traceText(backer, ofproto, flow, {
    names,
    ...(packet === undefined ? {} : { packet }),
    ...(actions === undefined ? {} : { actions: actions.actions }),
  });
}

function trace(vswitchd: Vswitchd, args: readonly string[]): Reply {
  return answered(() => traced(vswitchd, parseTraceWords(vswitchd, args)));
}

/** @throws UsageError when the switch would not take them for the packet */
function check({ actions, protocols }: ParsedOfpacts, flow: Flow, { bridge }: Ofproto, consistent: boolean): void {
  const match = { flow, mask: wildcardsForPacket(flow) };
  const checked = checkOfpacts(actions, match, { maxPorts: OFPP_MAX, nTables: N_TABLES, tableId: 0 });
  const misfit = consistent && (protocols & ~checked.protocols) !== 0 ? "OFPBAC_MATCH_INCONSISTENT" : undefined;
  const fault = checked.error ?? misfit;
  if (fault !== undefined) throw new UsageError(`Bad actions: ${fault}`);
  try {
    checkActions(actions, bridge);
  } catch (error) {
    if (!(error instanceof OfpError)) throw error;
    throw new UsageError(`Bad actions: ${error.code}`);
  }
}

function tracePacketOut(vswitchd: Vswitchd, args: readonly string[]): Reply {
  return answered(() => {
    const parsed = parseActions(args.at(-1) ?? "");
    const words = args.slice(0, -1);
    const consistent = words.includes("-consistent") || words.includes("--consistent");
    const about = parseTraceWords(
      vswitchd,
      words.filter((word) => word !== "-consistent" && word !== "--consistent"),
    );
    check(parsed, about.flow, about.ofproto, consistent);
    return traced(vswitchd, about, parsed);
  });
}

const FLOW = "{[dp_name] odp_flow | bridge br_flow} [OPTIONS...] [-generate|packet]";

export const TRACE_COMMANDS: readonly (readonly [string, Shape])[] = [
  ["ofproto/trace", { usage: FLOW, min: 1, max: 2147483647, run: trace }],
  [
    "ofproto/trace-packet-out",
    { usage: `[-consistent] ${FLOW} actions`, min: 2, max: 2147483647, run: tracePacketOut },
  ],
];
