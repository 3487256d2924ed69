// burst - up to 32 packets on one pass through the datapath: their keys, their megaflows, and how far they are. A thread has one for each
// depth of recirculation, because a pass goes on after those that it started.
import { FLOW_BYTES } from "../abi/flow";
import { FLOW_KEY_BYTES, METADATA_BYTES, NETDEV_MAX_BURST } from "../abi/ovs";

@unmanaged
export class Burst {
  count: u32; // packets
  inPort: u32;
  depth: u32; // how often they were recirculated
  onlySimple: u32; // 1: the simple match table has all megaflows of the port
  simple: u32; // a bit a packet: that table knew it
  exact: u32; // likewise: the EMC
  signature: u32; // the SMC
  masked: u32; // the classifier
  misses: u32; // nothing has known it yet
  subtables: u32; // of the classifier that were looked into, for all packets
  phase: u32; // PHASE_*
  asked: u32; // the packet whose upcall is under way
  askedAt: u64; // ps
  answer: u32; // ANSWER_*
  actions: u32; // the answer's ActionList for the packet,
  putActions: u32; // and for the megaflow if it is another, else 0
  groups: u32; // packets by megaflow,
  group: u32; // and the next group to execute
  base: u32; // the thread's frame below its own
  metadataStride: u32; // 0: all have the first's
  heap: u32; // 1: they are on OVS's heap
}

export const PHASE_LOOKUP: u32 = 0; // nothing is known yet
export const PHASE_UPCALLS: u32 = 1; // packets without a megaflow are asked for, in order
export const PHASE_ASKED: u32 = 2; // one is
export const PHASE_ANSWERED: u32 = 3; // its actions are carried out, then its megaflow is installed
export const PHASE_GROUPS: u32 = 4; // the others' actions

const ARRAY: usize = (NETDEV_MAX_BURST as usize) << 2;
/** Behind the struct, u32[NETDEV_MAX_BURST] each. */
export const BURST_PACKETS: usize = 128; // mbufs
export const BURST_FLOWS: usize = BURST_PACKETS + ARRAY; // the megaflow of each, 0: none
export const BURST_TCP_FLAGS: usize = BURST_FLOWS + ARRAY;
export const BURST_KEY_POINTERS: usize = BURST_TCP_FLAGS + ARRAY; // what the classifier is asked for: keys,
export const BURST_FOUND: usize = BURST_KEY_POINTERS + ARRAY; // their megaflows, 0: none,
export const BURST_POSITIONS: usize = BURST_FOUND + ARRAY; // and which packet each is
export const BURST_SORTED: usize = BURST_POSITIONS + ARRAY; // mbufs by group
export const BURST_ORDER: usize = BURST_SORTED + ARRAY; // which of the burst's packets each of those is
export const BURST_GROUP_OF: usize = BURST_ORDER + ARRAY; // of each packet
/** GROUP_BYTES each. */
export const BURST_GROUPS: usize = BURST_GROUP_OF + ARRAY;
export const GROUP_BYTES: usize = 32;
/** METADATA_BYTES each. */
export const BURST_METADATA: usize = BURST_GROUPS + (NETDEV_MAX_BURST as usize) * GROUP_BYTES;
/** struct flow: the mask of the megaflow to install. */
export const BURST_MASK: usize = BURST_METADATA + (NETDEV_MAX_BURST * METADATA_BYTES as usize);
/** FLOW_KEY_BYTES each. */
export const BURST_KEYS: usize = BURST_MASK + ((FLOW_BYTES as usize) + 63 & ~63);
export const BURST_BYTES: usize = BURST_KEYS + (NETDEV_MAX_BURST * FLOW_KEY_BYTES as usize);
if (offsetof<Burst>() > BURST_PACKETS || BURST_KEYS & 63) ERROR();

// @ts-ignore: decorator
@inline
export function burstPacket(burst: usize, i: u32): usize {
  return load<u32>(burst + (i << 2), BURST_PACKETS);
}

// @ts-ignore: decorator
@inline
export function burstKey(burst: usize, i: u32): usize {
  return burst + BURST_KEYS + i * FLOW_KEY_BYTES;
}
