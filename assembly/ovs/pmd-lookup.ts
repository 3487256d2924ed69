// pmd-lookup - a burst on its way to its megaflows: extraction, EMC, SMC, classifier, upcalls. Follows dfc_processing and
// fast_path_processing of OVS 3.1 (lib/dpif-netdev.c), to the order in which keys enter the caches. Three steps, because the upcall
// between them is the caller's:
//   pmdLookup      the whole burst; says which packets have no megaflow
//   pmdLookUpAgain, pmdUpcalled   for each of these in order: an earlier one's upcall may have brought a megaflow for it; else the upcall
//   pmdFinish      the classifier's hits enter the caches; megaflows count their packets
// Not modelled: the simple match table (a port whose megaflows are all simple would be looked up there alone), hardware offload.
import {
  FLOW_KEY_BYTES, PMD_STAT_EXACT_HIT, PMD_STAT_LOST, PMD_STAT_MASKED_HIT, PMD_STAT_MASKED_LOOKUP, PMD_STAT_MISS, PMD_STAT_RECIRC,
  PMD_STAT_RECV, PMD_STAT_RX_INVALID, PMD_STAT_SMC_HIT,
} from "../abi/ovs";
import { RX_RSS_HASH } from "../mbuf/flags";
import { Mbuf, mbufData } from "../mbuf/mbuf";
import { ETHER_BYTES } from "../net/layers";
import { dpclsLookup } from "./dpcls";
import { emcInsert, emcLookup } from "./emc";
import { extract, Metadata } from "./extract";
import { FlowKey } from "./flow-key";
import { hash5Tuple, hashFinish } from "./hash";
import { Megaflow, megaflowAt, megaflowUsed, tcpFlagsOf } from "./megaflow";
import { Pmd, pmdClassifier } from "./pmd";
import { randomNext } from "./random";
import { smcInsert, smcLookup } from "./smc";
import { subtableMatches } from "./subtable";

function count(pmd: Pmd, stat: u32, n: u32): void {
  const at: usize = pmd.stats + (stat << 3);
  store<u64>(at, load<u64>(at) + n);
}

/**
 * Looks up a burst from one port. packets: u32[n] mbufs of one segment, n 1 to 32; metadata: of packet i at i x metadataStride, all with
 * the first's in_port; depth: how often they were recirculated; now: ps.
 * @returns a bit for each packet that has no megaflow. Those below 14 bytes are neither in it nor have one: the caller drops them
 */
export function pmdLookup(at: usize, packets: usize, n: u32, metadata: usize, metadataStride: u32, depth: u32, now: u64): u32 {
  const pmd = changetype<Pmd>(at);
  pmd.count = n;
  pmd.now = now;
  pmd.inPort = changetype<Metadata>(metadata).inPort;
  pmd.masked = 0;
  memory.copy(pmd.packets, packets, n << 2);
  count(pmd, depth ? PMD_STAT_RECIRC : PMD_STAT_RECV, n);
  const frames = extractBurst(at, metadata, metadataStride, depth);
  let misses: u32 = 0xffff_ffff >> (32 - n);
  if (pmd.emcInsertMin) misses = emcLookup(pmd.emc, pmd.keys, n, pmd.flows);
  else memory.fill(pmd.flows, 0, n << 2);
  count(pmd, PMD_STAT_EXACT_HIT, n - popcnt<u32>(misses));
  misses &= frames;
  if (misses && pmd.smc) misses = smcBurst(at, misses);
  return misses ? classify(at, misses) : 0;
}

/** Keys and hashes of the burst. @returns a bit for each packet that is long enough */
function extractBurst(at: usize, metadata: usize, metadataStride: u32, depth: u32): u32 {
  const pmd = changetype<Pmd>(at);
  let frames: u32 = 0, key: usize = pmd.keys, packet: usize = pmd.packets;
  for (let i: u32 = 0, n = pmd.count; i < n; i++, key += FLOW_KEY_BYTES, packet += 4, metadata += metadataStride) {
    const m: usize = load<u32>(packet), mbuf = changetype<Mbuf>(m), length = mbuf.pktLen;
    if (length < ETHER_BYTES) {
      changetype<FlowKey>(key).map0 = 0; // equals no key
      count(pmd, PMD_STAT_RX_INVALID, 1);
      continue;
    }
    frames |= 1 << i;
    extract(key, mbufData(m), length, metadata, pmd.vlanLimit);
    if (!(mbuf.olFlags & RX_RSS_HASH)) {
      mbuf.rss = hash5Tuple(key);
      mbuf.olFlags |= RX_RSS_HASH;
    }
    changetype<FlowKey>(key).hash = depth ? hashFinish(mbuf.rss, depth) : mbuf.rss;
  }
  return frames;
}

/** smc_lookup_batch. @returns the misses that are left */
function smcBurst(at: usize, misses: u32): u32 {
  const pmd = changetype<Pmd>(at);
  for (let left = misses; left; left &= left - 1) {
    const i = ctz<u32>(left) as u32, key: usize = pmd.keys + i * FLOW_KEY_BYTES;
    const number = smcLookup(pmd.smc, changetype<FlowKey>(key).hash);
    const flow = number < 0 ? 0 : megaflowAt(pmd.table, number);
    if (!flow) continue;
    const f = changetype<Megaflow>(flow);
    if (f.inPort != pmd.inPort || !subtableMatches(f.subtable, flow, key)) continue;
    emcChance(at, key, flow);
    store<u32>(pmd.flows + (i << 2), flow as u32);
    misses &= ~(1 << i);
    count(pmd, PMD_STAT_SMC_HIT, 1);
  }
  return misses;
}

/** The classifier's part. @returns the misses that are left */
function classify(at: usize, misses: u32): u32 {
  const pmd = changetype<Pmd>(at), cls = pmdClassifier(at, pmd.inPort);
  if (!cls) return misses;
  let n: u32 = 0;
  for (let left = misses; left; left &= left - 1, n++) {
    const i = ctz<u32>(left) as u32;
    store<u32>(pmd.keyPointers + (n << 2), pmd.keys + i * FLOW_KEY_BYTES);
    store<u32>(pmd.positions + (n << 2), i);
  }
  const missed = dpclsLookup(cls, pmd.keyPointers, n, pmd.found, pmd.stats + (PMD_STAT_MASKED_LOOKUP << 3));
  for (let k: u32 = 0; k < n; k++) {
    if (missed & (1 << k)) continue;
    const i = load<u32>(pmd.positions + (k << 2));
    store<u32>(pmd.flows + (i << 2), load<u32>(pmd.found + (k << 2)));
    pmd.masked |= 1 << i;
  }
  return misses & ~pmd.masked;
}

/** Looks packet i up in the classifier alone, before its upcall. @returns its megaflow, 0: none, upcall */
export function pmdLookUpAgain(at: usize, i: u32): usize {
  return classify(at, 1 << i) ? 0 : load<u32>(changetype<Pmd>(at).flows + (i << 2));
}

/**
 * After packet i's upcall. megaflow: what it installed, 0: nothing. A megaflow that was installed meanwhile does. failed: the packet is
 * lost
 */
export function pmdUpcalled(at: usize, i: u32, megaflow: usize, failed: bool): void {
  const pmd = changetype<Pmd>(at);
  count(pmd, failed ? PMD_STAT_LOST : PMD_STAT_MISS, 1);
  if (megaflow && !failed) remember(at, pmd.keys + i * FLOW_KEY_BYTES, megaflow);
}

/** Puts what the classifier found into the caches, and counts the burst's packets at their megaflows; an upcall's packet counts nowhere. */
export function pmdFinish(at: usize): void {
  const pmd = changetype<Pmd>(at);
  for (let left = pmd.masked; left; left &= left - 1) {
    const i = ctz<u32>(left) as u32;
    remember(at, pmd.keys + i * FLOW_KEY_BYTES, load<u32>(pmd.flows + (i << 2)));
  }
  count(pmd, PMD_STAT_MASKED_HIT, popcnt<u32>(pmd.masked));
  for (let i: u32 = 0, n = pmd.count; i < n; i++) {
    const flow: usize = load<u32>(pmd.flows + (i << 2)), m: usize = load<u32>(pmd.packets + (i << 2));
    if (flow) megaflowUsed(flow, changetype<Mbuf>(m).pktLen, tcpFlagsOf(pmd.keys + i * FLOW_KEY_BYTES), pmd.now);
  }
}

/** @returns the megaflow of packet i of the last burst, 0: none */
export function pmdFlowOf(at: usize, i: u32): usize {
  return load<u32>(changetype<Pmd>(at).flows + (i << 2));
}

/** smc_insert, then emc_probabilistic_insert */
function remember(at: usize, key: usize, flow: usize): void {
  const pmd = changetype<Pmd>(at);
  if (pmd.smc) smcInsert(pmd.smc, changetype<FlowKey>(key).hash, changetype<Megaflow>(flow).number, at + offsetof<Pmd>("random"));
  emcChance(at, key, flow);
}

/** emc_probabilistic_insert: chance is asked for each key anew, and not at all where the EMC is off. */
function emcChance(at: usize, key: usize, flow: usize): void {
  const pmd = changetype<Pmd>(at);
  if (pmd.emcInsertMin && randomNext(at + offsetof<Pmd>("random")) <= pmd.emcInsertMin) emcInsert(pmd.emc, pmd.table, key, flow);
}
