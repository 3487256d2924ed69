// subtable - the megaflows of one mask in a hash table, and their lookup (struct dpcls_subtable of OVS 3.1). Which megaflow is found does
// not depend on the hash, as megaflows do not overlap, so the hash is none of OVS's: a sum of products, whose terms do not wait for each
// other.
//
// Table: buckets of a cache line, u32[7] hashes, u32 how many keys went past it full, u32[7] megaflows; a key stands in the first bucket
// from its own on that had room. It doubles at four keys a bucket.
// Plan: where a packet's key has the mask's words depends on the key's map alone, and neighbours in a burst have mostly the same one: the
// offsets, with what each word is masked and multiplied by, are kept until another map comes.
// Invariants: T1 a bucket was passed by as many keys as its count says, so a lookup ends at the first bucket whose count is 0; T2 a word
// that a key lacks adds nothing to the hash and is zero in what it matches.
import { FLOW_KEY_BYTES } from "../abi/ovs";
import { blockGet, blockPut } from "./blocks";
import { FlowKey, KEY_VALUES, keyCopy, keyOffset } from "./flow-key";
import { Megaflow, MEGAFLOW_NON_ZERO, MEGAFLOW_VALUES, MEGAFLOW_WORDS } from "./megaflow";

@unmanaged
export class Subtable {
  buckets: u32;
  bucketMask: u32;
  count: u32; // megaflows
  hits: u32; // since the classifier was sorted
  words: u32; // of the mask
  terms: u32; // of the plan: words that keys of its map have,
  absent: u32; // and a bit for each word of the mask that they lack
  planMap0: u64;
  planMap1: u64;
  others: u32; // what subtableLookupAlike leaves
  unsure: u32;
}

/** Where the mask's key begins, and behind it the plan's terms. */
export const SUBTABLE_MASK: usize = 64;
const TERMS: usize = SUBTABLE_MASK + FLOW_KEY_BYTES;
if (offsetof<Subtable>() > SUBTABLE_MASK) ERROR();

/** A term: u32 offset in the packet's key, u32 offset in a megaflow, u64 mask, u64 multiplier. */
const TERM_BYTES: usize = 24;
const VALUE: usize = 4;
const MASK: usize = 8;
const MULTIPLIER: usize = 16;
const BUCKET_BYTES: u32 = 64;
const PASSED: usize = 28;
const FLOWS: usize = 32;
const SLOTS: u32 = 7;
const FIRST_BUCKETS: u32 = 4;
const LOAD: u32 = 4;

export function subtableBytes(words: u32): u32 {
  return (TERMS as u32) + words * (TERM_BYTES as u32);
}

/** at: subtableBytes, zero. @returns false when there is no memory for its table */
export function subtableInit(subtable: usize, mask: usize, blocks: usize): bool {
  const s = changetype<Subtable>(subtable);
  s.words = changetype<FlowKey>(mask).words;
  s.bucketMask = FIRST_BUCKETS - 1;
  s.buckets = blockGet(blocks, FIRST_BUCKETS * BUCKET_BYTES) as u32;
  keyCopy(subtable + SUBTABLE_MASK, mask);
  plan(subtable, 0, 0);
  return s.buckets != 0;
}

/** Gives its table back. It has no megaflows. */
export function subtableEnd(subtable: usize, blocks: usize): void {
  const s = changetype<Subtable>(subtable);
  blockPut(blocks, s.buckets, (s.bucketMask + 1) * BUCKET_BYTES);
}

/** An odd number for each word (splitmix64), so that changes of one word do not make up for another's. */
function multiplier(word: u32): u64 {
  let z = <u64>(word + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31) | 1;
}

// @ts-ignore: decorator
@inline
function mixed(sum: u64): u32 {
  return (((sum ^ (sum >> 32)) * 0x9e3779b97f4a7c15) >> 32) as u32;
}

/** Finds the mask's words in keys of this map. */
function plan(subtable: usize, map0: u64, map1: u64): void {
  const s = changetype<Subtable>(subtable), m = changetype<FlowKey>(subtable + SUBTABLE_MASK);
  let value = subtable + SUBTABLE_MASK + KEY_VALUES, term = subtable + TERMS, index: u32 = 0;
  s.planMap0 = map0;
  s.planMap1 = map1;
  s.terms = 0;
  s.absent = 0;
  for (let unit: u32 = 0; unit < 2; unit++) {
    for (let map = unit ? m.map1 : m.map0; map; map &= map - 1, value += 8, index++) {
      const offset = keyOffset(map0, map1, (ctz<u64>(map) as u32) + (unit << 6));
      if (!offset) {
        s.absent |= 1 << index;
        continue;
      }
      store<u32>(term, offset);
      store<u32>(term, (MEGAFLOW_VALUES as u32) + (index << 3), VALUE);
      store<u64>(term, load<u64>(value), MASK);
      store<u64>(term, multiplier(index), MULTIPLIER);
      term += TERM_BYTES;
      s.terms++;
    }
  }
}

/** The hash of a megaflow's values: of what they add to the sum, zeros add nothing (T2). */
function hashValues(flow: usize): u32 {
  let sum: u64 = 0;
  for (let i: u32 = 0, n = load<u32>(flow, MEGAFLOW_WORDS); i < n; i++) sum += load<u64>(flow + (i << 3), MEGAFLOW_VALUES) * multiplier(i);
  return mixed(sum);
}

/** Whether the key, under the mask, has the megaflow's values. The plan is the key's. */
// @ts-ignore: decorator
@inline
function matches(subtable: usize, flow: usize, key: usize): bool {
  const s = changetype<Subtable>(subtable);
  if (load<u32>(flow, MEGAFLOW_NON_ZERO) & s.absent) return false;
  let term = subtable + TERMS;
  for (const end = term + s.terms * TERM_BYTES; term < end; term += TERM_BYTES) {
    if ((load<u64>(key + load<u32>(term)) & load<u64>(term, MASK)) != load<u64>(flow + load<u32>(term, VALUE))) return false;
  }
  return true;
}

/** dpcls_rule_matches_key */
export function subtableMatches(subtable: usize, flow: usize, key: usize): bool {
  planFor(subtable, key);
  return matches(subtable, flow, key);
}

// @ts-ignore: decorator
@inline
function planFor(subtable: usize, key: usize): void {
  const s = changetype<Subtable>(subtable), k = changetype<FlowKey>(key);
  if (s.planMap0 != k.map0 || s.planMap1 != k.map1) plan(subtable, k.map0, k.map1);
}

/**
 * Looks up the keys of `map`. keys: u32[32] addresses; flows: u32[32], gets the megaflows found.
 * @returns a bit for each key found
 */
export function subtableLookup(subtable: usize, keys: usize, map: u32, flows: usize): u32 {
  const s = changetype<Subtable>(subtable);
  let found: u32 = 0;
  for (let rest = map; rest; rest = s.others) {
    planFor(subtable, load<u32>(keys + ((ctz<u32>(rest) as usize) << 2)));
    found |= subtableLookupAlike(subtable, keys, rest, flows);
    for (let left = s.unsure; left; left &= left - 1) {
      const i: usize = (ctz<u32>(left) as usize) << 2, flow = probe(subtable, load<u32>(keys + i));
      if (!flow) continue;
      store<u32>(flows + i, flow);
      found |= left & -left;
    }
  }
  s.hits += popcnt<u32>(found);
  return found;
}

/** A key's hash under the plan, which is the key's. */
// @ts-ignore: decorator
@inline
function hashKey(key: usize, terms: usize, end: usize): u32 {
  let sum: u64 = 0;
  for (; terms < end; terms += TERM_BYTES) {
    sum += (load<u64>(key + load<u32>(terms)) & load<u64>(terms, MASK)) * load<u64>(terms, MULTIPLIER);
  }
  return mixed(sum);
}

/** A bit for each of a bucket's lanes that has the hash. */
// @ts-ignore: decorator
@inline
function lanesOf(bucket: usize, hash: u32): i32 {
  const wanted = i32x4.splat(hash);
  return i32x4.bitmask(i32x4.eq(v128.load(bucket), wanted)) | ((i32x4.bitmask(i32x4.eq(v128.load(bucket, 16), wanted)) & 7) << 4);
}

/**
 * The usual case, in a loop that calls nothing: keys of the plan's map whose megaflow is the first of its hash in its bucket. Leaves in
 * `others` the keys of another map, in `unsure` those for which to look further. Exported from the module, so that it stays a function of
 * its own.
 * @returns a bit for each key found
 */
export function subtableLookupAlike(subtable: usize, keys: usize, map: u32, flows: usize): u32 {
  const s = changetype<Subtable>(subtable), buckets: usize = s.buckets, bucketMask = s.bucketMask, map0 = s.planMap0, map1 = s.planMap1;
  const terms = subtable + TERMS, end = terms + s.terms * TERM_BYTES;
  let found: u32 = 0, others: u32 = 0, unsure: u32 = 0;
  for (let left = map; left; left &= left - 1) {
    const i: usize = (ctz<u32>(left) as usize) << 2, key: usize = load<u32>(keys + i), k = changetype<FlowKey>(key);
    if (k.map0 != map0 || k.map1 != map1) {
      others |= left & -left;
      continue;
    }
    const hash = hashKey(key, terms, end), bucket = buckets + ((hash & bucketMask) as usize) * BUCKET_BYTES, lanes = lanesOf(bucket, hash);
    const flow = lanes ? load<u32>(bucket + ((ctz<i32>(lanes) as usize) << 2), FLOWS) : 0;
    if (flow && matches(subtable, flow, key)) {
      store<u32>(flows + i, flow);
      found |= left & -left;
    } else if (lanes | load<u32>(bucket, PASSED)) {
      unsure |= left & -left;
    }
  }
  s.others = others;
  s.unsure = unsure;
  return found;
}

/** The megaflow of a key of the plan's map, in its bucket or those behind it that keys went on to; 0: none. */
function probe(subtable: usize, key: usize): u32 {
  const s = changetype<Subtable>(subtable), terms = subtable + TERMS, hash = hashKey(key, terms, terms + s.terms * TERM_BYTES);
  for (let at = hash; ; at++) {
    const bucket: usize = s.buckets + (at & s.bucketMask) * BUCKET_BYTES;
    for (let lanes = lanesOf(bucket, hash); lanes; lanes &= lanes - 1) {
      const flow = load<u32>(bucket + ((ctz<i32>(lanes) as usize) << 2), FLOWS);
      if (flow && matches(subtable, flow, key)) return flow;
    }
    if (!load<u32>(bucket, PASSED)) break;
  }
  return 0;
}

/** Puts a hash and its megaflow into the first bucket with room, and counts itself at those it passes. There is room. */
function place(subtable: usize, hash: u32, flow: u32): void {
  const s = changetype<Subtable>(subtable);
  for (let at = hash; ; at++) {
    const bucket: usize = s.buckets + (at & s.bucketMask) * BUCKET_BYTES;
    for (let slot: u32 = 0; slot < SLOTS; slot++) {
      if (load<u32>(bucket + (slot << 2), FLOWS)) continue;
      store<u32>(bucket + (slot << 2), hash);
      store<u32>(bucket + (slot << 2), flow, FLOWS);
      return;
    }
    store<u32>(bucket, load<u32>(bucket, PASSED) + 1, PASSED);
  }
}

/** Adds a megaflow whose values are set. @returns false when there is no memory to grow */
export function subtableInsert(subtable: usize, flow: usize, blocks: usize): bool {
  const s = changetype<Subtable>(subtable), f = changetype<Megaflow>(flow);
  if (s.count >= (s.bucketMask + 1) * LOAD && !grow(subtable, blocks)) return false;
  f.hash = hashValues(flow);
  f.subtable = subtable as u32;
  place(subtable, f.hash, flow as u32);
  s.count++;
  return true;
}

function grow(subtable: usize, blocks: usize): bool {
  const s = changetype<Subtable>(subtable), old: usize = s.buckets, bytes = (s.bucketMask + 1) * BUCKET_BYTES;
  const buckets = blockGet(blocks, bytes << 1);
  if (!buckets) return false;
  s.buckets = buckets as u32;
  s.bucketMask = (s.bucketMask << 1) | 1;
  for (let bucket = old, end = old + bytes; bucket < end; bucket += BUCKET_BYTES) {
    for (let slot: u32 = 0; slot < SLOTS; slot++) {
      const flow = load<u32>(bucket + (slot << 2), FLOWS);
      if (flow) place(subtable, load<u32>(bucket + (slot << 2)), flow);
    }
  }
  blockPut(blocks, old, bytes);
  return true;
}

/** Takes a megaflow out. It is in. */
export function subtableRemove(subtable: usize, flow: usize): void {
  const s = changetype<Subtable>(subtable), hash = changetype<Megaflow>(flow).hash;
  for (let at = hash; ; at++) {
    const bucket: usize = s.buckets + (at & s.bucketMask) * BUCKET_BYTES;
    for (let slot: u32 = 0; slot < SLOTS; slot++) {
      if (load<u32>(bucket + (slot << 2), FLOWS) != (flow as u32)) continue;
      store<u32>(bucket + (slot << 2), 0, FLOWS);
      s.count--;
      return;
    }
    store<u32>(bucket, load<u32>(bucket, PASSED) - 1, PASSED);
  }
}
