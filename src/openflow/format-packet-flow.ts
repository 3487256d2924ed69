// format-packet-flow - a packet's whole flow on one line, as ofproto/trace's "Flow:" shows it (flow_format of OVS 3.1):
// all that the packet has, and of metadata what is not zero.
import {
  FLOW_CT_LABEL,
  FLOW_CT_MARK,
  FLOW_CT_STATE,
  FLOW_CT_ZONE,
  FLOW_DL_TYPE,
  FLOW_DP_HASH,
  FLOW_IN_PORT,
  FLOW_METADATA,
  FLOW_PKT_MARK,
  FLOW_RECIRC_ID,
  FLOW_REGS,
  FLOW_SKB_PRIORITY,
} from "../../assembly/abi/flow.ts";
import { ETH_TYPE_IP, ETH_TYPE_IPV6 } from "./field-prereqs.ts";
import type { Flow } from "./flow.ts";
import {
  FLOW_CT_IPV6_DST,
  FLOW_CT_IPV6_SRC,
  FLOW_CT_NW_DST,
  FLOW_CT_NW_PROTO,
  FLOW_CT_NW_SRC,
  FLOW_CT_TP_DST,
  FLOW_CT_TP_SRC,
} from "./flow-offsets.ts";
import { wildcardsForPacket } from "./flow-wildcards.ts";
import { formatMatch } from "./format-match.ts";
import type { PortMap } from "./ports.ts";

const REGISTERS = 16;
/** new, established or reply: what a tracked packet has one of */
const CT_VALID = 0x01 | 0x02 | 0x08;

/** Metadata whose zero is nothing to tell, as [offset, bytes]. */
const CONTEXT: readonly (readonly [at: number, bytes: number])[] = [
  [FLOW_IN_PORT, 4],
  [FLOW_SKB_PRIORITY, 4],
  [FLOW_PKT_MARK, 4],
  [FLOW_RECIRC_ID, 4],
  [FLOW_DP_HASH, 4],
  [FLOW_CT_STATE, 1],
  [FLOW_CT_ZONE, 2],
  [FLOW_CT_MARK, 4],
  [FLOW_CT_LABEL, 16],
  ...Array.from({ length: REGISTERS }, (_, i) => [FLOW_REGS + 4 * i, 4] as const),
  [FLOW_METADATA, 8],
];

export function formatPacketFlow(flow: Flow, ports?: PortMap): string {
  const mask = wildcardsForPacket(flow);
  for (const [at, bytes] of CONTEXT) mask.fill(at, bytes, flow.isZero(at, bytes) ? 0 : 0xff);
  if ((flow.u8(FLOW_CT_STATE) & CT_VALID) === 0 || flow.u8(FLOW_CT_NW_PROTO) === 0) {
    mask.fill(FLOW_CT_NW_PROTO, 1, 0);
    mask.fill(FLOW_CT_TP_SRC, 2, 0);
    mask.fill(FLOW_CT_TP_DST, 2, 0);
    const dlType = flow.be16(FLOW_DL_TYPE);
    if (dlType === ETH_TYPE_IP) {
      mask.fill(FLOW_CT_NW_SRC, 4, 0);
      mask.fill(FLOW_CT_NW_DST, 4, 0);
    } else if (dlType === ETH_TYPE_IPV6) {
      mask.fill(FLOW_CT_IPV6_SRC, 16, 0);
      mask.fill(FLOW_CT_IPV6_DST, 16, 0);
    }
  }
  return formatMatch({ flow, mask }, ports);
}
