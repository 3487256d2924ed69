// megaflow - a datapath flow (struct dp_netdev_flow): the masked values packets must have, what to do with them, and what it has seen. A
// table numbers the flows for the SMC, which keeps 16-bit numbers. Caches hold references: a flow that was deleted is marked dead, matches
// nothing, and its memory is used again when the last EMC entry has let go of it, and the poll under way is over.
// Writers: the thread whose table it is. Times are picoseconds, 0: never.
import { FLOW_BYTES, FLOW_IN_PORT, FLOW_TCP_FLAGS } from "../abi/flow";
import {
  MEGAFLOW_COOKIE, MEGAFLOW_FIELDS, MEGAFLOW_MASK_WORDS0, MEGAFLOW_MASK_WORDS1, MEGAFLOW_OCTETS, MEGAFLOW_PACKETS, MEGAFLOW_TCP_FLAGS,
  MEGAFLOW_USED,
} from "../abi/ovs";
import { ActionList } from "./actions";
import { blockGet, blockPut } from "./blocks";
import { bit, FlowKey, keyAt1, keyExpand, valuesExpand, valuesMasked } from "./flow-key";

@unmanaged
export class Megaflow {
  packets: u64;
  octets: u64;
  used: u64;
  tcpFlags: u32; // all that were seen
  actions: u32; // ActionList, 0: none
  dead: u32; // 1: deleted
  refs: u32; // the table's, and one an EMC entry
  subtable: u32;
  inPort: u32;
  number: u32; // in the table
  hash: u32; // of its values, as the subtable hashes
  group: u32; // of the burst in hand: which of its groups, from 1; 0: none
  next: u32; // of those deleted that wait to be let go of
  simple: u64; // its mark in the simple match table, if it is in
}

/**
 * Behind it, what lookups compare: a bit for each value that is not zero, how many values there are, and the values in the order of the
 * mask's words.
 */
export const MEGAFLOW_NON_ZERO: usize = 72;
export const MEGAFLOW_WORDS: usize = 76;
export const MEGAFLOW_VALUES: usize = 80;
if (offsetof<Megaflow>() > MEGAFLOW_NON_ZERO) ERROR();

@unmanaged
export class MegaflowTable {
  blocks: u32;
  flows: u32; // u32[capacity]: a flow, or a free number's successor as 2 x number + 1
  capacity: u32;
  free: u32; // likewise
  count: u32; // flows that are not dead
}
export const MEGAFLOW_TABLE_BYTES: u32 = 20;

/** flows: u32[capacity] */
export function megaflowTableInit(table: usize, blocks: usize, flows: usize, capacity: u32): void {
  const t = changetype<MegaflowTable>(table);
  t.blocks = blocks as u32;
  t.flows = flows as u32;
  t.capacity = capacity;
  t.free = 1;
  for (let i: u32 = 0; i < capacity; i++) store<u32>(flows + (i << 2), ((i + 1) << 1) | 1);
}

/** Bytes of a flow whose mask has so many words. */
function megaflowBytes(words: u32): u32 {
  return (MEGAFLOW_VALUES as u32) + (words << 3);
}

/** A flow whose values are not set. @returns 0 when the table or the memory is full */
export function megaflowNew(table: usize, words: u32): usize {
  const t = changetype<MegaflowTable>(table), number = t.free >> 1;
  if (number >= t.capacity) return 0;
  const at = blockGet(t.blocks, megaflowBytes(words));
  if (!at) return 0;
  const slot: usize = t.flows + (number << 2), flow = changetype<Megaflow>(at);
  t.free = load<u32>(slot);
  store<u32>(slot, at as u32);
  t.count++;
  flow.number = number;
  flow.refs = 1;
  store<u32>(at, words, MEGAFLOW_WORDS);
  return at;
}

/** What TypeScript knows it by. */
export function megaflowCookie(flow: usize): u32 {
  return changetype<ActionList>(changetype<Megaflow>(flow).actions as usize).cookie;
}

/** Marks it dead; its number is free at once. The table's reference is the caller's. */
export function megaflowDelete(table: usize, flow: usize): void {
  const t = changetype<MegaflowTable>(table), f = changetype<Megaflow>(flow);
  f.dead = 1;
  store<u32>(t.flows + (f.number << 2), t.free);
  t.free = (f.number << 1) | 1;
  t.count--;
}

export function megaflowUnref(table: usize, flow: usize): void {
  const f = changetype<Megaflow>(flow);
  if (--f.refs == 0) blockPut(changetype<MegaflowTable>(table).blocks, flow, megaflowBytes(load<u32>(flow, MEGAFLOW_WORDS)));
}

/** @returns the flow of a number, 0: none */
export function megaflowAt(table: usize, number: u32): usize {
  const t = changetype<MegaflowTable>(table);
  if (number >= t.capacity) return 0;
  const flow = load<u32>(t.flows + (number << 2));
  return flow & 1 ? 0 : flow;
}

/** dp_netdev_flow_used */
// @ts-ignore: decorator
@inline
export function megaflowUsed(flow: usize, packets: u32, octets: u32, tcpFlags: u32, now: u64): void {
  const f = changetype<Megaflow>(flow);
  f.used = now;
  f.packets += packets;
  f.octets += octets;
  f.tcpFlags |= tcpFlags;
}

/** Sets the values: those of a struct flow, under a mask's key. */
export function megaflowSetValues(flow: usize, from: usize, mask: usize): void {
  const words = load<u32>(flow, MEGAFLOW_WORDS);
  valuesMasked(mask, from, flow + MEGAFLOW_VALUES);
  let nonZero: u32 = 0;
  for (let i: u32 = 0; i < words; i++) if (load<u64>(flow + (i << 3), MEGAFLOW_VALUES)) nonZero |= 1 << i;
  store<u32>(flow, nonZero, MEGAFLOW_NON_ZERO);
}

/** miniflow_get_tcp_flags: a packet's TCP flags, as the CPU has them. Of neighbour discovery it is an option's type, as OVS counts it. */
// @ts-ignore: decorator
@inline
export function tcpFlagsOf(key: usize): u32 {
  if (!(changetype<FlowKey>(key).map1 & bit(FLOW_TCP_FLAGS >> 3))) return 0;
  return <u32>bswap<u16>(load<u16>(keyAt1(key, FLOW_TCP_FLAGS >> 3), FLOW_TCP_FLAGS & 7));
}

/** What dump-flows shows: u64[MEGAFLOW_FIELDS] at `to`, then key and mask as struct flow, which must be zero. mask: the subtable's */
export function megaflowDescribe(flow: usize, mask: usize, to: usize): void {
  const f = changetype<Megaflow>(flow), m = changetype<FlowKey>(mask);
  store<u64>(to + (MEGAFLOW_PACKETS << 3), f.packets);
  store<u64>(to + (MEGAFLOW_OCTETS << 3), f.octets);
  store<u64>(to + (MEGAFLOW_USED << 3), f.used);
  store<u64>(to + (MEGAFLOW_TCP_FLAGS << 3), f.tcpFlags);
  store<u64>(to + (MEGAFLOW_COOKIE << 3), changetype<ActionList>(f.actions).cookie);
  store<u64>(to + (MEGAFLOW_MASK_WORDS0 << 3), popcnt<u64>(m.map0));
  store<u64>(to + (MEGAFLOW_MASK_WORDS1 << 3), popcnt<u64>(m.map1));
  const key = to + (MEGAFLOW_FIELDS << 3);
  valuesExpand(mask, flow + MEGAFLOW_VALUES, key);
  keyExpand(mask, key + FLOW_BYTES);
  store<u32>(key, f.inPort, FLOW_IN_PORT);
  store<u32>(key, -1, FLOW_BYTES + FLOW_IN_PORT);
}
