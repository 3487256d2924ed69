// pmd-lookup - a burst on its way to its megaflows: extraction, simple match table, EMC, SMC, classifier, upcalls. Follows dfc_processing and
// fast_path_processing of OVS 3.1 (lib/dpif-netdev.c), to the order in which keys enter the caches, and emc_processing of 2.7. Three steps,
// because upcalls come between them:
//   burstLookup      the whole burst; Burst.misses says which packets have no megaflow
//   burstLookUpAgain, burstUpcalled   for each of these in order: an earlier one's upcall may have brought a megaflow for it; else the upcall
//   burstRemember    the classifier's hits enter the caches
// Not modelled: hardware offload.
import {
  PMD_STAT_EXACT_HIT, PMD_STAT_LOST, PMD_STAT_MASKED_HIT, PMD_STAT_MASKED_LOOKUP, PMD_STAT_MISS, PMD_STAT_RECIRC,
  PMD_STAT_RECV, PMD_STAT_RX_INVALID, PMD_STAT_SIMPLE_HIT, PMD_STAT_SMC_HIT,
} from "../abi/ovs";
import { TRACE_OVS_CACHED } from "../abi/trace";
import { RX_RSS_HASH } from "../mbuf/flags";
import { Mbuf, mbufData } from "../mbuf/mbuf";
import { ETHER_BYTES } from "../net/layers";
import {
  Burst, BURST_FLOWS, BURST_FOUND, burstKey, BURST_KEY_POINTERS, BURST_KEYS, BURST_METADATA, BURST_POSITIONS, BURST_TCP_FLAGS,
  burstPacket,
} from "./burst";
import { isNew } from "./datapath";
import { Dpcls, dpclsLookup } from "./dpcls";
import { emcInsert, emcLookup } from "./emc";
import { extract } from "./extract";
import { FlowKey } from "./flow-key";
import { hash5Tuple, hashFinish } from "./hash";
import { Layers, layersParse } from "./layers";
import { Megaflow, megaflowAt, tcpFlagsOf } from "./megaflow";
import { Pmd, pmdClassifier, pmdCount } from "./pmd";
import { randomNext } from "./random";
import { simpleLookup, simpleMark } from "./simple-match";
import { smcInsert, smcLookup } from "./smc";
import { subtableMatches } from "./subtable";
import { traceEmc, tracePacket } from "./trace";

/**
 * Looks up the burst in hand, whose packets, metadata and depth are set. Burst.misses gets a bit for each packet that has no megaflow.
 * @returns a bit for each packet below 14 bytes: the caller ends them
 */
export function burstLookup(at: usize): u32 {
  const pmd = changetype<Pmd>(at), burst: usize = pmd.burst, b = changetype<Burst>(burst), n = b.count, all: u32 = 0xffff_ffff >> (32 - n);
  pmdCount(pmd, b.depth ? PMD_STAT_RECIRC : PMD_STAT_RECV, n);
  b.simple = 0;
  b.exact = 0;
  b.signature = 0;
  b.masked = 0;
  b.subtables = 0;
  b.onlySimple = !b.depth && simpleOnly(at, b.inPort) ? 1 : 0;
  if (b.onlySimple) return simpleBurst(at, all);
  // 2.7 looks even where nothing enters any more
  const frames = extractBurst(pmd, burst), looks = pmd.emcMin != 0 || !isNew(pmd.datapath);
  let misses = all;
  if (looks) misses = emcLookup(pmd.emc, burst + BURST_KEYS, n, burst + BURST_FLOWS);
  else memory.fill(burst + BURST_FLOWS, 0, n << 2);
  b.exact = all & ~misses;
  if (pmd.tracing) traceEmc(pmd, misses, looks);
  if (b.exact) pmdCount(pmd, PMD_STAT_EXACT_HIT, popcnt<u32>(b.exact));
  misses &= frames;
  if (misses && pmd.smcEnable) misses = smcBurst(at, misses);
  b.misses = misses ? classify(at, misses) : 0;
  return all & ~frames;
}

/** dp_netdev_simple_match_enabled: all megaflows of the port are in the table, or there are none. */
function simpleOnly(at: usize, inPort: u32): bool {
  if (!isNew(changetype<Pmd>(at).datapath)) return false;
  const cls = changetype<Dpcls>(pmdClassifier(at, inPort)); // of no classifier, page 0: no megaflows
  return cls.flows == cls.simple;
}

/** The burst where the simple match table has all there is. @returns packets below 14 bytes */
function simpleBurst(at: usize, all: u32): u32 {
  const pmd = changetype<Pmd>(at), burst: usize = pmd.burst, b = changetype<Burst>(burst), found = simpleBurstLookup(at);
  const misses = all & ~found, runts = misses ? extractMisses(pmd, burst, misses) : 0;
  b.simple = found;
  if (found) pmdCount(pmd, PMD_STAT_SIMPLE_HIT, popcnt<u32>(found));
  b.misses = misses & ~runts ? classify(at, misses & ~runts) : 0;
  return runts;
}

/** Exported from the module, so that it stays a function of its own. @returns a bit for each packet found */
export function simpleBurstLookup(at: usize): u32 {
  const pmd = changetype<Pmd>(at), burst: usize = pmd.burst, b = changetype<Burst>(burst), l = changetype<Layers>(pmd.layers as usize);
  let found: u32 = 0;
  for (let i: u32 = 0, n = b.count; i < n; i++) {
    const m = burstPacket(burst, i), length = changetype<Mbuf>(m).pktLen, to = burst + (i << 2);
    let flow: u32 = 0;
    if (length >= ETHER_BYTES) {
      layersParse(pmd.layers, mbufData(m), length, pmd.vlanLimit);
      flow = simpleLookup(pmd.simple, simpleMark(b.inPort, l.type, l.frag, l.tci));
      store<u32>(to, l.tcpFlags, BURST_TCP_FLAGS);
    }
    store<u32>(to, flow, BURST_FLOWS);
    if (flow) found |= 1 << i;
  }
  return found;
}

/** Keys of those that the table does not have. @returns packets below 14 bytes */
function extractMisses(pmd: Pmd, burst: usize, misses: u32): u32 {
  let runts: u32 = 0;
  for (let left = misses; left; left &= left - 1) {
    const i = ctz<u32>(left) as u32;
    if (!extractPacket(pmd, burst, i)) runts |= left & -left;
  }
  return runts;
}

/** Keys and hashes of the burst. @returns a bit for each packet that is long enough */
function extractBurst(pmd: Pmd, burst: usize): u32 {
  let frames: u32 = 0;
  for (let i: u32 = 0, n = changetype<Burst>(burst).count; i < n; i++) if (extractPacket(pmd, burst, i)) frames |= 1 << i;
  return frames;
}

/** @returns false: it is below 14 bytes */
function extractPacket(pmd: Pmd, burst: usize, i: u32): bool {
  const b = changetype<Burst>(burst), m = burstPacket(burst, i), mbuf = changetype<Mbuf>(m), length = mbuf.pktLen, key = burstKey(burst, i);
  if (length < ETHER_BYTES) {
    changetype<FlowKey>(key).map0 = 0; // equals no key
    pmdCount(pmd, PMD_STAT_RX_INVALID, 1);
    return false;
  }
  extract(key, mbufData(m), length, burst + BURST_METADATA + i * b.metadataStride, pmd.vlanLimit);
  store<u32>(burst + (i << 2), tcpFlagsOf(key), BURST_TCP_FLAGS);
  if (!(mbuf.olFlags & RX_RSS_HASH)) {
    mbuf.rss = hash5Tuple(key);
    mbuf.olFlags |= RX_RSS_HASH;
  }
  const hash = b.depth ? hashFinish(mbuf.rss, b.depth) : mbuf.rss;
  changetype<FlowKey>(key).hash = hash;
  if (!isNew(pmd.datapath)) mbuf.rss = hash; // so that it is mixed again at the next depth
  return true;
}

/** smc_lookup_batch. @returns the misses that are left */
function smcBurst(at: usize, misses: u32): u32 {
  const pmd = changetype<Pmd>(at), burst: usize = pmd.burst, b = changetype<Burst>(burst);
  for (let left = misses; left; left &= left - 1) {
    const i = ctz<u32>(left) as u32, key = burstKey(burst, i);
    const number = smcLookup(pmd.smc, changetype<FlowKey>(key).hash);
    const flow = number < 0 ? 0 : megaflowAt(pmd.table, number);
    if (!flow) continue;
    const f = changetype<Megaflow>(flow);
    if (f.inPort != b.inPort || !subtableMatches(f.subtable, flow, key)) continue;
    emcChance(at, i, flow);
    store<u32>(burst + (i << 2), flow as u32, BURST_FLOWS);
    b.signature |= 1 << i;
  }
  pmdCount(pmd, PMD_STAT_SMC_HIT, popcnt<u32>(b.signature));
  return misses & ~b.signature;
}

/** The classifier's part. @returns the misses that are left */
function classify(at: usize, misses: u32): u32 {
  const pmd = changetype<Pmd>(at), burst: usize = pmd.burst, b = changetype<Burst>(burst), cls = pmdClassifier(at, b.inPort);
  if (!cls) return misses;
  let n: u32 = 0;
  for (let left = misses; left; left &= left - 1, n++) {
    const i = ctz<u32>(left) as u32;
    store<u32>(burst + (n << 2), burstKey(burst, i) as u32, BURST_KEY_POINTERS);
    store<u32>(burst + (n << 2), i, BURST_POSITIONS);
  }
  const lookups: usize = pmd.stats + (PMD_STAT_MASKED_LOOKUP << 3), before = load<u64>(lookups);
  const missed = dpclsLookup(cls, burst + BURST_KEY_POINTERS, n, burst + BURST_FOUND, lookups);
  b.subtables += ((load<u64>(lookups) - before) as u32) + (popcnt<u32>(missed) as u32) * changetype<Dpcls>(cls).count;
  for (let k: u32 = 0; k < n; k++) {
    if (missed & (1 << k)) continue;
    const i = load<u32>(burst + (k << 2), BURST_POSITIONS);
    store<u32>(burst + (i << 2), load<u32>(burst + (k << 2), BURST_FOUND), BURST_FLOWS);
    b.masked |= 1 << i;
  }
  return misses & ~b.masked;
}

/** Looks packet i up in the classifier alone, before its upcall. @returns its megaflow, 0: none, upcall */
export function burstLookUpAgain(at: usize, i: u32): usize {
  return classify(at, 1 << i) ? 0 : load<u32>(changetype<Pmd>(at).burst + (i << 2), BURST_FLOWS);
}

/** Likewise after its upcall, without counting. @returns the megaflow that its actions have brought meanwhile, 0: none */
export function burstFind(at: usize, i: u32): usize {
  const pmd = changetype<Pmd>(at), burst: usize = pmd.burst, cls = pmdClassifier(at, changetype<Burst>(burst).inPort);
  if (!cls) return 0;
  store<u32>(burst, burstKey(burst, i) as u32, BURST_KEY_POINTERS);
  return dpclsLookup(cls, burst + BURST_KEY_POINTERS, 1, burst + BURST_FOUND, pmd.metadata) ? 0 : load<u32>(burst, BURST_FOUND);
}

/**
 * After packet i's upcall. megaflow: what it installed, 0: nothing. A megaflow that was installed meanwhile does. failed: the packet is
 * lost
 */
export function burstUpcalled(at: usize, i: u32, megaflow: usize, failed: bool): void {
  pmdCount(changetype<Pmd>(at), failed ? PMD_STAT_LOST : PMD_STAT_MISS, 1);
  if (megaflow && !failed) remember(at, i, megaflow);
}

/** What the classifier found enters the caches. */
export function burstRemember(at: usize): void {
  const pmd = changetype<Pmd>(at), burst: usize = pmd.burst, masked = changetype<Burst>(burst).masked;
  if (!masked) return;
  for (let left = masked; left; left &= left - 1) {
    const i = ctz<u32>(left) as u32;
    remember(at, i, load<u32>(burst + (i << 2), BURST_FLOWS));
  }
  pmdCount(pmd, PMD_STAT_MASKED_HIT, popcnt<u32>(masked));
}

/** smc_insert, then emc_probabilistic_insert */
function remember(at: usize, i: u32, flow: usize): void {
  const pmd = changetype<Pmd>(at), hash = changetype<FlowKey>(burstKey(pmd.burst, i)).hash;
  if (pmd.smcEnable) smcInsert(pmd.smc, hash, changetype<Megaflow>(flow).number, at + offsetof<Pmd>("random"));
  emcChance(at, i, flow);
}

/**
 * emc_probabilistic_insert: chance is asked for each key anew, and not at all where the EMC is off. 2.7 takes the time stamp counter for
 * chance.
 */
function emcChance(at: usize, i: u32, flow: usize): void {
  const pmd = changetype<Pmd>(at), key = burstKey(pmd.burst, i);
  if (!pmd.emcMin) return;
  const chance = isNew(pmd.datapath) ? randomNext(at + offsetof<Pmd>("random")) : changetype<FlowKey>(key).hash ^ pmd.lastCycles;
  if (chance > pmd.emcMin) return;
  const evicted = emcInsert(pmd.emc, pmd.table, key, flow);
  tracePacket(pmd, i, TRACE_OVS_CACHED, 0, evicted);
}
