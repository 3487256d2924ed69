// simple-match - the table of megaflows that match no more than every megaflow does: input port, Ethernet type, fragment, VLAN. While all of a
// port's megaflows are of that kind, it is looked up there and nowhere else. Follows dp_netdev_simple_match_* of OVS 3.1
// (lib/dpif-netdev.c).
// Table: SLOT_BYTES a slot, u64 mark and u32 megaflow, 0: free; a megaflow stands at the first free slot from its mark's on. It doubles when
// half full.
import {
  FLOW_BYTES, FLOW_DL_TYPE, FLOW_IN_PORT, FLOW_IPV6_LABEL, FLOW_NW_FRAG, FLOW_PACKET_TYPE, FLOW_RECIRC_ID, FLOW_VLAN_TCI, FLOW_VLAN_TPID,
} from "../abi/flow";
import { blockGet, blockPut } from "./blocks";

@unmanaged
export class SimpleMatch {
  slots: u32;
  mask: u32; // slots less 1
  count: u32;
  blocks: u32;
}
export const SIMPLE_MATCH_BYTES: u32 = 16;
if (offsetof<SimpleMatch>() != SIMPLE_MATCH_BYTES) ERROR();

const SLOT_BYTES: u32 = 16;
const FLOW: usize = 8;
const FIRST_SLOTS: u32 = 16;
/** VLAN_VID_MASK | VLAN_CFI, as the CPU has them, and as they lie in memory. */
const VID_CFI: u32 = 0x1fff;
const BE_VID_CFI: u32 = 0xff1f;
const FRAG_MASK: u32 = 3;
const WORD_BITS: u32 = 3;

/** type: as it lies in memory; tci: as the CPU has it, 0: no tag */
// @ts-ignore: decorator
@inline
export function simpleMark(inPort: u32, type: u32, frag: u32, tci: u32): u64 {
  return (<u64>inPort << 32) | (type << 16) | ((frag & FRAG_MASK) << 13) | (tci & VID_CFI);
}

/** Of a megaflow's key. */
export function simpleMarkOf(flow: usize): u64 {
  const tci: u32 = bswap<u16>(load<u16>(flow, FLOW_VLAN_TCI));
  return simpleMark(load<u32>(flow, FLOW_IN_PORT), load<u16>(flow, FLOW_DL_TYPE), load<u8>(flow, FLOW_NW_FRAG), tci);
}

/** Bits that a word of the mask may have. */
function allowed(word: u32): u64 {
  switch (word << WORD_BITS) {
    case FLOW_RECIRC_ID: return 0xffff_ffff;
    case FLOW_PACKET_TYPE & ~7: return 0xffff_ffff << ((FLOW_PACKET_TYPE & 7) << 3);
    case FLOW_DL_TYPE & ~7: return 0xffff << ((FLOW_DL_TYPE & 7) << 3);
    case FLOW_VLAN_TPID: return <u64>BE_VID_CFI << ((FLOW_VLAN_TCI & 7) << 3);
    case FLOW_IPV6_LABEL: return <u64>FRAG_MASK << ((FLOW_NW_FRAG & 7) << 3);
    default: return 0;
  }
}

/** dp_netdev_flow_is_simple_match. flow, mask: struct flow, in_port taken out of the mask */
export function isSimple(flow: usize, mask: usize): bool {
  if (load<u32>(flow, FLOW_RECIRC_ID) | load<u32>(flow, FLOW_PACKET_TYPE)) return false;
  if (load<u16>(mask, FLOW_VLAN_TCI) != BE_VID_CFI) return false;
  for (let word: u32 = 0; word < FLOW_BYTES >> WORD_BITS; word++) {
    const bits = load<u64>(mask + (word << WORD_BITS));
    if (bits && bits & ~allowed(word)) return false;
  }
  return true;
}

// @ts-ignore: decorator
@inline
function slotOf(s: SimpleMatch, mark: u64): usize {
  return s.slots + ((((mark ^ (mark >> 29)) * 0x9e3779b97f4a7c15) >> 40) as u32 & s.mask) * SLOT_BYTES;
}

// @ts-ignore: decorator
@inline
function after(s: SimpleMatch, slot: usize): usize {
  return slot + SLOT_BYTES == s.slots + (s.mask + 1) * SLOT_BYTES ? <usize>s.slots : slot + SLOT_BYTES;
}

/** @returns the mark's megaflow, 0: none */
// @ts-ignore: decorator
@inline
export function simpleLookup(table: usize, mark: u64): u32 {
  const s = changetype<SimpleMatch>(table);
  if (!s.count) return 0;
  let slot = slotOf(s, mark), flow = load<u32>(slot, FLOW);
  while (flow && load<u64>(slot) != mark) {
    slot = after(s, slot);
    flow = load<u32>(slot, FLOW);
  }
  return flow;
}

/** @returns false when the memory is used up */
export function simpleInsert(table: usize, mark: u64, flow: usize): bool {
  const s = changetype<SimpleMatch>(table);
  if (s.count << 1 >= s.mask && !grow(s)) return false;
  place(s, mark, flow as u32);
  s.count++;
  return true;
}

function place(s: SimpleMatch, mark: u64, flow: u32): void {
  let slot = slotOf(s, mark);
  while (load<u32>(slot, FLOW)) slot = after(s, slot);
  store<u64>(slot, mark);
  store<u32>(slot, flow, FLOW);
}

function grow(s: SimpleMatch): bool {
  const old: usize = s.slots, n = old ? s.mask + 1 : 0, slots = blockGet(s.blocks, (n ? n << 1 : FIRST_SLOTS) * SLOT_BYTES);
  if (!slots) return false;
  s.slots = slots as u32;
  s.mask = (n ? n << 1 : FIRST_SLOTS) - 1;
  for (let i: u32 = 0; i < n; i++) {
    const slot = old + i * SLOT_BYTES, flow = load<u32>(slot, FLOW);
    if (flow) place(s, load<u64>(slot), flow);
  }
  if (n) blockPut(s.blocks, old, n * SLOT_BYTES);
  return true;
}

/** Takes a megaflow out, if it is in. @returns whether it was */
export function simpleRemove(table: usize, mark: u64, flow: usize): bool {
  const s = changetype<SimpleMatch>(table);
  if (simpleLookup(table, mark) != (flow as u32)) return false;
  let gap = slotOf(s, mark);
  while (load<u32>(gap, FLOW) != (flow as u32)) gap = after(s, gap);
  s.count--;
  // those behind it that would not be found across the gap move into it
  for (let slot = after(s, gap); load<u32>(slot, FLOW); slot = after(s, slot)) {
    const home = slotOf(s, load<u64>(slot)), behind = gap <= slot ? gap < home && home <= slot : gap < home || home <= slot;
    if (behind) continue;
    store<u64>(gap, load<u64>(slot));
    store<u32>(gap, load<u32>(slot, FLOW), FLOW);
    gap = slot;
  }
  store<u32>(gap, 0, FLOW);
  return true;
}
