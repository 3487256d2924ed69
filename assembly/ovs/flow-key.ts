// flow-key - a miniflow: the words of a struct flow (abi/flow) that are not zero, or that extraction always writes, packed behind a map
// of two 64-bit units. Follows struct netdev_flow_key and struct miniflow of OVS 3.1 (lib/dpif-netdev-private-dpcls.h, lib/flow.h). A key
// is a packet's, an EMC entry's (with its megaflow), or a subtable's mask, under whose map its megaflows have their values.
//
// Invariants: K1 values stand in the order of their map's bits; K2 values from `words` up to the next even number, and at least up to
// EQUAL_WORDS, are zero, so that equality may compare 16 bytes at a time.
// A key holds 27 words; what extraction writes is no more than 21.
import { FLOW_KEY_BYTES } from "../abi/ovs";

@unmanaged
export class FlowKey {
  hash: u32; // which one differs by user, as in OVS
  words: u32; // values in use
  flow: u32; // an EMC entry's megaflow, 0: none
  hashProto: u32; // of a packet's key, set by extraction: 256 + what its RSS hash takes for the protocol, 0: nw_proto
  map0: u64; // words 0 to 63 of struct flow
  map1: u64; // words 64 and up
}

/** Where the values begin, and how many there may be; behind them is room for the zero that K2 wants. */
export const KEY_VALUES: usize = 32;
const KEY_WORDS: u32 = 27;
if (offsetof<FlowKey>() != KEY_VALUES || (KEY_VALUES as u32) + ((KEY_WORDS + 1) << 3) != FLOW_KEY_BYTES) ERROR();

/** Words that keyEqual compares without a loop: all of untagged IPv4 TCP's, which has as many as tagged UDP. */
const EQUAL_WORDS: u32 = 8;

/** Bytes of struct flow that one unit of the map covers. */
const UNIT: usize = 512;

/** A word's bit in its unit of the map. */
// @ts-ignore: decorator
@inline
export function bit(word: u32): u64 {
  return (1 as u64) << (word & 63);
}

/** n neighbouring words from `word` on, likewise. */
// @ts-ignore: decorator
@inline
export function bits(word: u32, n: u32): u64 {
  return (bit(n) - 1) << (word & 63);
}

/** Address of the value of word `word` < 64 that the key has. */
// @ts-ignore: decorator
@inline
export function keyAt0(key: usize, word: u32): usize {
  return key + KEY_VALUES + ((popcnt<u64>(changetype<FlowKey>(key).map0 & (bit(word) - 1)) as usize) << 3);
}

/** Likewise from word 64 on. */
// @ts-ignore: decorator
@inline
export function keyAt1(key: usize, word: u32): usize {
  const k = changetype<FlowKey>(key);
  return key + KEY_VALUES + ((popcnt<u64>(k.map0) + popcnt<u64>(k.map1 & (bit(word) - 1))) as usize << 3);
}

/** Offset in the key of word `word` of struct flow, 0 if keys of that map lack it. */
export function keyOffset(map0: u64, map1: u64, word: u32): u32 {
  const map = word < 64 ? map0 : map1;
  if (!(map & bit(word))) return 0;
  const before = word < 64 ? 0 : popcnt<u64>(map0);
  return (KEY_VALUES as u32) + ((before + popcnt<u64>(map & (bit(word) - 1))) as u32 << 3);
}

/** Whether maps and values are equal (netdev_flow_key_equal compares the hash too: callers have). */
// @ts-ignore: decorator
@inline
export function keyEqual(a: usize, b: usize): bool {
  const d0 = v128.xor(v128.load(a, 16), v128.load(b, 16));
  const d1 = v128.xor(v128.load(a, 32), v128.load(b, 32));
  const d2 = v128.xor(v128.load(a, 48), v128.load(b, 48));
  const d3 = v128.xor(v128.load(a, 64), v128.load(b, 64));
  const d4 = v128.xor(v128.load(a, 80), v128.load(b, 80));
  if (v128.any_true(v128.or(v128.or(v128.or(d0, d1), v128.or(d2, d3)), d4))) return false;
  return load<u32>(a, offsetof<FlowKey>("words")) <= EQUAL_WORDS || restEqual(a, b);
}

/** The words behind the first EQUAL_WORDS. Equal maps: equally many. */
function restEqual(a: usize, b: usize): bool {
  const end = a + KEY_VALUES + (changetype<FlowKey>(a).words << 3);
  a += KEY_VALUES + (EQUAL_WORDS << 3);
  b += KEY_VALUES + (EQUAL_WORDS << 3);
  for (; a < end; a += 16, b += 16) if (v128.any_true(v128.xor(v128.load(a), v128.load(b)))) return false;
  return true;
}

/** Copies hash, maps and values, not the megaflow. */
export function keyCopy(to: usize, from: usize): void {
  const t = changetype<FlowKey>(to), f = changetype<FlowKey>(from);
  t.hash = f.hash;
  t.words = f.words;
  memory.copy(to + 16, from + 16, FLOW_KEY_BYTES - 16);
}

/** Zeros behind the values (K2), once their number is known. */
// @ts-ignore: decorator
@inline
export function keySeal(key: usize, end: usize): void {
  store<u32>(key, ((end - key - KEY_VALUES) >> 3) as u32, offsetof<FlowKey>("words"));
  store<u64>(end, 0);
}

/** A mask's key: its words that are not zero. to: FLOW_KEY_BYTES, zero. mask: struct flow. @returns false when there are too many */
export function keyFromMask(to: usize, mask: usize, flowWords: u32): bool {
  const k = changetype<FlowKey>(to);
  let at = to + KEY_VALUES;
  for (let word: u32 = 0; word < flowWords; word++) {
    const value = load<u64>(mask + (word << 3));
    if (!value) continue;
    if (at >= to + KEY_VALUES + (KEY_WORDS << 3)) return false;
    if (word < 64) k.map0 |= bit(word);
    else k.map1 |= bit(word);
    store<u64>(at, value);
    at += 8;
  }
  k.words = ((at - to - KEY_VALUES) >> 3) as u32;
  return true;
}

/** netdev_flow_key_init_masked: the words of a struct flow that a mask has, masked, in its order. */
export function valuesMasked(mask: usize, flow: usize, to: usize): void {
  const m = changetype<FlowKey>(mask);
  let value = mask + KEY_VALUES;
  for (let map = m.map0; map; map &= map - 1, value += 8, to += 8) store<u64>(to, load<u64>(wordOf(flow, map)) & load<u64>(value));
  for (let map = m.map1; map; map &= map - 1, value += 8, to += 8) store<u64>(to, load<u64>(wordOf(flow, map), UNIT) & load<u64>(value));
}

/** miniflow_expand: values in a key's order into a struct flow. flow: zero */
export function valuesExpand(key: usize, values: usize, flow: usize): void {
  const k = changetype<FlowKey>(key);
  for (let map = k.map0; map; map &= map - 1, values += 8) store<u64>(wordOf(flow, map), load<u64>(values));
  for (let map = k.map1; map; map &= map - 1, values += 8) store<u64>(wordOf(flow, map), load<u64>(values), UNIT);
}

/** Of a key's own values. */
export function keyExpand(key: usize, flow: usize): void {
  valuesExpand(key, key + KEY_VALUES, flow);
}

/** Address in a struct flow of the word of the lowest bit of a unit. */
// @ts-ignore: decorator
@inline
function wordOf(flow: usize, map: u64): usize {
  return flow + ((ctz<u64>(map) as usize) << 3);
}
