// parse-packet-flow - a packet's flow as ofproto/trace takes it, `in_port=1,tcp,nw_dst=10.0.0.1,tp_dst=80`
// (parse_ofp_exact_flow of OVS 3.1): no masks, every field once, and what it presupposes before it.
import { FLOW_DL_TYPE, FLOW_IN_PORT, FLOW_NW_PROTO } from "../../assembly/abi/flow.ts";
import { UsageError } from "../errors.ts";
import { mfPrereqsOk } from "./field-prereqs.ts";
import { mfFromName } from "./field-table.ts";
import { mfParseValue, type NameContext } from "./field-text.ts";
import { mfIsSet, mfSetFlow } from "./field-value.ts";
import { Flow } from "./flow.ts";
import { KeyValues } from "./key-value.ts";
import { protocolShorthand } from "./parse-match.ts";
import { OFPP_NONE } from "./ports.ts";

function setProtocol(flow: Flow, [dlType, nwProto]: readonly [number, number], text: string): void {
  if (flow.be16(FLOW_DL_TYPE) !== 0) throw new UsageError(`${text}: Ethernet type set multiple times`);
  flow.setBe16(FLOW_DL_TYPE, dlType);
  if (nwProto === 0) return;
  if (flow.u8(FLOW_NW_PROTO) !== 0) throw new UsageError(`${text}: network protocol set multiple times`);
  flow.setU8(FLOW_NW_PROTO, nwProto);
}

function setField(flow: Flow, key: string, value: string, text: string, names: NameContext): void {
  const field = mfFromName(key);
  if (field === undefined) throw new UsageError(`${text}: unknown field ${key}`);
  if (!mfPrereqsOk(field, flow)) throw new UsageError(`${text}: prerequisites not met for setting ${key}`);
  if (mfIsSet(field, flow)) throw new UsageError(`${text}: field ${key} set multiple times`);
  try {
    mfSetFlow(field, mfParseValue(field, value, names), flow);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${text}: bad value for ${key} (${error.message})`);
  }
}

/** @throws UsageError */
export function parsePacketFlow(text: string, names: NameContext = {}): Flow {
  const flow = new Flow();
  const pairs = new KeyValues(text);
  while (pairs.next()) {
    const shorthand = protocolShorthand(pairs.key);
    if (shorthand !== undefined) setProtocol(flow, shorthand, text);
    else setField(flow, pairs.key, pairs.value, text, names);
  }
  if (flow.u32(FLOW_IN_PORT) === 0) flow.setU32(FLOW_IN_PORT, OFPP_NONE);
  return flow;
}
