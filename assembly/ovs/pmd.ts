// pmd - what one datapath thread has of its own: caches, classifiers, megaflows, ports to send to, counters and chance (struct
// dp_netdev_pmd_thread of OVS 3.1). Megaflows come and go in pmd-flows, the lookup of a burst is in pmd-lookup, a poll in pmd-poll.
// Writer: that thread; control changes come between its polls, or while one waits for an upcall's answer.
import {
  EM_FLOW_HASH_ENTRIES, FLOW_KEY_BYTES, METADATA_BYTES, PMD_EMC_INSERT_MIN, PMD_SETTINGS, PMD_STAT_COUNT, PMD_STATIC_TXQ, SMC_BUCKET_BYTES,
  SMC_BUCKET_CNT,
} from "../abi/ovs";
import { UPCALL_BYTES } from "../abi/ovs-upcalls";
import { ACTIONS_NESTING_MAX, ACTIONS_WORDS_MAX } from "../abi/ovs-actions";
import { blocksInit, BLOCKS_BYTES } from "./blocks";
import { BURST_BYTES } from "./burst";
import { Dpcls, dpclsSort } from "./dpcls";
import { emcSweep } from "./emc";
import { FRAME_BYTES } from "./frame";
import { LAYERS_PARSED_BYTES } from "./layers";
import { MEGAFLOW_TABLE_BYTES, megaflowTableInit } from "./megaflow";
import { SIMPLE_MATCH_BYTES, SimpleMatch } from "./simple-match";

@unmanaged
export class Pmd {
  /** By PMD_*: u32 each. */
  emcInsertMin: u32;
  smcEnable: u32;
  vlanLimit: u32;
  main: u32;
  staticTxq: u32;
  datapath: u32;
  emc: u32;
  smc: u32;
  emcMin: u32; // emcInsertMin, or 0 on a port whose emc-enable is false
  random: u32;
  sweepIndex: u32;
  classifiers: u32; // the first Dpcls
  blocks: u32;
  table: u32; // MegaflowTable
  simple: u32; // SimpleMatch
  bursts: u32; // one a depth
  burst: u32; // the one in hand
  scratchKey: u32;
  layers: u32; // LAYERS_PARSED_BYTES,
  metadata: u32; // and METADATA_BYTES: to work with
  frames: u32; // of actions under way,
  frame: u32; // the innermost; below the first: none
  framesEnd: u32;
  question: u32; // UPCALL_BYTES
  words: u32; // u32[2 x ACTIONS_WORDS_MAX]: where TypeScript writes lists
  txPorts: u32; // u32[portCapacity]: TxPort, 0: a port that the thread does not know
  portCapacity: u32;
  pending: u32; // u32[portCapacity]: those with packets to send,
  pendingCount: u32; // and how many
  rxq: u32; // Rxq: last_rxq
  polling: u32; // 1: a poll waits for an answer
  askedPacket: u32; // of a userspace action under way: its mbuf,
  askedGiven: u32; // 1: which ends with its answer,
  askedLast: u32; // and 1: the list has nothing more to do with it
  retiredFlows: u32; // deleted while a poll waited
  retiredLists: u32;
  now: u64; // of the poll, ps
  nextSort: u64;
  nextSweep: u64; // round of the lcore
  roundStart: u64; // ps
  pollStart: u64;
  sending: u64; // ps that the poll has spent sending
  received: u32; // packets of the poll
  lastCycles: u32; // 2.7's chance
  moved: u32; // packets received in this round
  tracing: u32; // the lcore, while it traces; else 0
  stats: u32; // u64[PMD_STAT_COUNT]
}

const PMD_STRUCT: u32 = 256;
if (offsetof<Pmd>() > PMD_STRUCT || offsetof<Pmd>("datapath") != PMD_SETTINGS << 2 || PMD_EMC_INSERT_MIN != 0) ERROR();
if (offsetof<Pmd>("staticTxq") != PMD_STATIC_TXQ << 2) ERROR();
const EMC_BYTES: u32 = EM_FLOW_HASH_ENTRIES * FLOW_KEY_BYTES;
const SMC_BYTES: u32 = SMC_BUCKET_CNT * SMC_BUCKET_BYTES;
/** The struct Blocks, the struct MegaflowTable and the struct SimpleMatch. */
const TABLES_BYTES: u32 = 256;
if (BLOCKS_BYTES + MEGAFLOW_TABLE_BYTES + SIMPLE_MATCH_BYTES > TABLES_BYTES) ERROR();
const STATS_BYTES: u32 = ((PMD_STAT_COUNT << 3) + 63) & ~63;
/** MAX_RECIRC_DEPTH of 3.1; of 2.7 it is 5. */
export const MAX_RECIRC_DEPTH: u32 = 6;
const BURSTS: u32 = MAX_RECIRC_DEPTH + 1;
/** A list within lists of each pass, and once more what slow path upcalls bring. */
const FRAMES: u32 = (BURSTS + 1) * (ACTIONS_NESTING_MAX + 1);
const WORDS_BYTES: u32 = ACTIONS_WORDS_MAX << 3;
/** DPCLS_OPTIMIZATION_INTERVAL, 1 s. */
const SORT_INTERVAL: u64 = 1_000_000_000_000;
/** Rounds of the loop between two sweeps. */
const SWEEP_ROUNDS: u64 = 1026;

/** Bytes of a thread that may have so many megaflows and know ports below portCapacity. */
export function pmdBytes(megaflows: u32, portCapacity: u32): u32 {
  const tables = TABLES_BYTES + array(megaflows) + 2 * array(portCapacity);
  const work = FLOW_KEY_BYTES + 64 + BURSTS * (BURST_BYTES as u32) + FRAMES * (FRAME_BYTES as u32) + UPCALL_BYTES + WORDS_BYTES;
  return PMD_STRUCT + STATS_BYTES + tables + work + EMC_BYTES + SMC_BYTES;
}
if (LAYERS_PARSED_BYTES + METADATA_BYTES > 64) ERROR();

/** Bytes of u32[n], whole cache lines. */
function array(n: u32): u32 {
  return ((n + 15) & ~15) << 2;
}

/** at: pmdBytes, cache-line aligned and zero. pool: poolBytes likewise, for what comes and goes. seed: not 0. datapath: 0 for lookups alone */
export function pmdInit(at: usize, megaflows: u32, portCapacity: u32, pool: usize, poolBytes: u32, seed: u32, datapath: usize): void {
  const pmd = changetype<Pmd>(at);
  let next = (at as u32) + PMD_STRUCT;
  pmd.stats = next;
  pmd.blocks = next += STATS_BYTES;
  pmd.table = next + BLOCKS_BYTES;
  pmd.simple = pmd.table + MEGAFLOW_TABLE_BYTES;
  next += TABLES_BYTES;
  megaflowTableInit(pmd.table, pmd.blocks, next, megaflows);
  pmd.txPorts = next += array(megaflows);
  pmd.pending = next += array(portCapacity);
  pmd.scratchKey = next += array(portCapacity);
  pmd.layers = next += FLOW_KEY_BYTES;
  pmd.metadata = next + LAYERS_PARSED_BYTES;
  pmd.bursts = next += 64;
  pmd.frames = next += BURSTS * (BURST_BYTES as u32);
  pmd.question = next += FRAMES * (FRAME_BYTES as u32);
  pmd.words = next += UPCALL_BYTES;
  pmd.emc = next += WORDS_BYTES;
  pmd.smc = next + EMC_BYTES;
  pmd.datapath = datapath as u32;
  pmd.portCapacity = portCapacity;
  pmd.burst = pmd.bursts;
  pmd.frame = pmd.frames - (FRAME_BYTES as u32);
  pmd.framesEnd = pmd.question;
  pmd.random = seed;
  pmd.vlanLimit = 1;
  blocksInit(pmd.blocks, pool, poolBytes);
  changetype<SimpleMatch>(pmd.simple).blocks = pmd.blocks;
}

/** what: PMD_* */
export function pmdSet(at: usize, what: u32, value: u32): void {
  if (what < PMD_SETTINGS) store<u32>(at + (what << 2), value);
  if (what == PMD_EMC_INSERT_MIN) changetype<Pmd>(at).emcMin = value;
}

/** u64[PMD_STAT_COUNT] */
export function pmdStats(pmd: usize): usize {
  return changetype<Pmd>(pmd).stats;
}

/** Where a question is, and where lists for its answer go: u32[ACTIONS_WORDS_MAX], twice. */
export function pmdQuestion(pmd: usize): usize {
  return changetype<Pmd>(pmd).question;
}

export function pmdWords(pmd: usize): usize {
  return changetype<Pmd>(pmd).words;
}

// @ts-ignore: decorator
@inline
export function pmdCount(pmd: Pmd, stat: u32, n: u64): void {
  const at: usize = pmd.stats + (stat << 3);
  store<u64>(at, load<u64>(at) + n);
}

/** The burst of a depth becomes the one in hand. */
export function pmdBurstAt(pmd: Pmd, depth: u32): usize {
  const burst: usize = pmd.bursts + depth * (BURST_BYTES as u32);
  pmd.burst = burst as u32;
  return burst;
}

/** @returns the port's classifier, 0: it never had a megaflow */
export function pmdClassifier(pmd: usize, inPort: u32): usize {
  let cls: usize = changetype<Pmd>(pmd).classifiers;
  while (cls && changetype<Dpcls>(cls).inPort != inPort) cls = changetype<Dpcls>(cls).next;
  return cls;
}

/**
 * What the thread's loop does once in 1026 rounds: lets go of one dead EMC entry and, when more than a second of `now` has passed since the
 * last time, sorts the classifiers' subtables (dp_netdev_pmd_try_optimize).
 */
export function pmdHousekeeping(at: usize, now: u64): void {
  const pmd = changetype<Pmd>(at);
  pmd.sweepIndex = emcSweep(pmd.emc, pmd.table, pmd.sweepIndex);
  if (now <= pmd.nextSort) return;
  for (let cls: usize = pmd.classifiers; cls; cls = changetype<Dpcls>(cls).next) dpclsSort(cls);
  pmd.nextSort = now + SORT_INTERVAL;
}

/** Does what is due in round `round` of the loop, the rounds included that an idle lcore has skipped. Both counts start with the first. */
export function pmdRound(at: usize, round: u64, now: u64): void {
  const pmd = changetype<Pmd>(at);
  if (round < pmd.nextSweep || pmd.main) return;
  if (!pmd.nextSweep) {
    pmd.nextSweep = round + SWEEP_ROUNDS;
    pmd.nextSort = now + SORT_INTERVAL;
    return;
  }
  const times = min<u64>((round - pmd.nextSweep) / SWEEP_ROUNDS + 1, EM_FLOW_HASH_ENTRIES);
  for (let i: u64 = 0; i < times; i++) pmdHousekeeping(at, now);
  pmd.nextSweep = round + SWEEP_ROUNDS;
}
