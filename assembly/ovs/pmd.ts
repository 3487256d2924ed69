// pmd - what one datapath thread has of its own: its caches, classifiers, megaflows, counters and chance (struct dp_netdev_pmd_thread of
// OVS 3.1), and how megaflows are added and deleted. The lookup of a burst is in pmd-lookup.
// Writer: that thread; control changes come between its bursts.
import { FLOW_IN_PORT } from "../abi/flow";
import { EM_FLOW_HASH_ENTRIES, FLOW_KEY_BYTES, NETDEV_MAX_BURST, PMD_STAT_COUNT, SMC_BUCKET_BYTES, SMC_BUCKET_CNT } from "../abi/ovs";
import { blocksInit, BLOCKS_BYTES } from "./blocks";
import { Dpcls, dpclsInsert, dpclsNew, dpclsPrune, dpclsRemove, dpclsSort, dpclsSubtable } from "./dpcls";
import { emcSweep } from "./emc";
import { Megaflow, megaflowDelete, megaflowDescribe, megaflowNew, MEGAFLOW_TABLE_BYTES, megaflowTableInit } from "./megaflow";
import { Subtable, SUBTABLE_MASK } from "./subtable";

@unmanaged
export class Pmd {
  emc: u32;
  smc: u32; // 0: smc-enable is false
  emcInsertMin: u32; // UINT32_MAX / emc-insert-inv-prob, 0: the EMC is off
  vlanLimit: u32; // other_config:vlan-limit
  random: u32;
  sweepIndex: u32;
  classifiers: u32; // the first Dpcls
  blocks: u32;
  table: u32; // MegaflowTable
  keys: u32; // the burst's, side by side
  keyPointers: u32; // u32[]: those that the caches did not know,
  found: u32; // u32[]: their megaflows, 0: none,
  positions: u32; // and u32[]: which packet each is
  flows: u32; // u32[]: the megaflow of each packet of the burst, 0: none
  packets: u32; // u32[]: mbufs
  count: u32; // of the burst
  inPort: u32; // of the burst
  masked: u32; // a bit a packet: the classifier knew it
  now: u64; // of the burst, ps
  nextSort: u64;
  stats: u32; // u64[PMD_STAT_COUNT]
}

const PMD_STRUCT: u32 = 128;
if (offsetof<Pmd>() > PMD_STRUCT) ERROR();
const ARRAY: u32 = NETDEV_MAX_BURST << 2;
const EMC_BYTES: u32 = EM_FLOW_HASH_ENTRIES * FLOW_KEY_BYTES;
const SMC_BYTES: u32 = SMC_BUCKET_CNT * SMC_BUCKET_BYTES;
/** The struct Blocks and the struct MegaflowTable. */
const TABLES_BYTES: u32 = 256;
if (BLOCKS_BYTES + MEGAFLOW_TABLE_BYTES > TABLES_BYTES) ERROR();
/** The burst's keys, and one to work with. */
const KEYS_BYTES: u32 = (NETDEV_MAX_BURST + 1) * FLOW_KEY_BYTES;
const STATS_BYTES: u32 = ((PMD_STAT_COUNT << 3) + 63) & ~63;
/** DPCLS_OPTIMIZATION_INTERVAL, 1 s. */
const SORT_INTERVAL: u64 = 1_000_000_000_000;

/** Bytes of a thread that may have so many megaflows. */
export function pmdBytes(megaflows: u32, smc: bool): u32 {
  const caches = EMC_BYTES + (smc ? SMC_BYTES : 0);
  return PMD_STRUCT + STATS_BYTES + 5 * ARRAY + TABLES_BYTES + (((megaflows + 15) & ~15) << 2) + KEYS_BYTES + caches;
}

/** at: pmdBytes, cache-line aligned and zero. pool: poolBytes likewise, for what comes and goes. seed: not 0 */
export function pmdInit(at: usize, megaflows: u32, smc: bool, pool: usize, poolBytes: u32, seed: u32): void {
  const pmd = changetype<Pmd>(at);
  let next = (at as u32) + PMD_STRUCT;
  pmd.stats = next;
  pmd.keyPointers = next += STATS_BYTES;
  pmd.found = next += ARRAY;
  pmd.positions = next += ARRAY;
  pmd.flows = next += ARRAY;
  pmd.packets = next += ARRAY;
  pmd.blocks = next += ARRAY;
  pmd.table = next + BLOCKS_BYTES;
  next += TABLES_BYTES;
  megaflowTableInit(pmd.table, pmd.blocks, next, megaflows);
  pmd.keys = next += ((megaflows + 15) & ~15) << 2;
  pmd.emc = next += KEYS_BYTES;
  pmd.smc = smc ? next + EMC_BYTES : 0;
  pmd.random = seed;
  pmd.vlanLimit = 1;
  blocksInit(pmd.blocks, pool, poolBytes);
}

/** emcInsertMin: UINT32_MAX / emc-insert-inv-prob, as each receive queue's port has it; vlanLimit: 0 to 2 */
export function pmdConfigure(pmd: usize, emcInsertMin: u32, vlanLimit: u32): void {
  changetype<Pmd>(pmd).emcInsertMin = emcInsertMin;
  changetype<Pmd>(pmd).vlanLimit = vlanLimit;
}

/** u64[PMD_STAT_COUNT] */
export function pmdStats(pmd: usize): usize {
  return changetype<Pmd>(pmd).stats;
}

/** @returns the port's classifier, 0: it has no megaflows */
export function pmdClassifier(pmd: usize, inPort: u32): usize {
  let cls: usize = changetype<Pmd>(pmd).classifiers;
  while (cls && changetype<Dpcls>(cls).inPort != inPort) cls = changetype<Dpcls>(cls).next;
  return cls;
}

/**
 * dp_netdev_flow_add. flow, mask: struct flow; its in_port is exact, whatever the mask says, and is taken out of the mask that the
 * subtable has. The caller keeps megaflows from overlapping. @returns the megaflow; 0: the table or the memory is full, or the mask has
 * too many words
 */
export function pmdAddFlow(at: usize, flow: usize, mask: usize, actions: u32): usize {
  const pmd = changetype<Pmd>(at), inPort = load<u32>(flow, FLOW_IN_PORT);
  let cls = pmdClassifier(at, inPort);
  if (!cls) {
    cls = dpclsNew(pmd.blocks, inPort, pmd.classifiers);
    if (!cls) return 0;
    pmd.classifiers = cls as u32;
  }
  store<u32>(mask, 0, FLOW_IN_PORT);
  const subtable = dpclsSubtable(cls, mask, pmd.keys + NETDEV_MAX_BURST * FLOW_KEY_BYTES);
  if (!subtable) return 0;
  const megaflow = megaflowNew(pmd.table, changetype<Subtable>(subtable).words);
  if (!megaflow || !dpclsInsert(cls, megaflow, flow, subtable)) {
    if (megaflow) megaflowDelete(pmd.table, megaflow);
    dpclsPrune(cls, subtable);
    return 0;
  }
  changetype<Megaflow>(megaflow).inPort = inPort;
  changetype<Megaflow>(megaflow).actions = actions;
  return megaflow;
}

/** dp_netdev_pmd_remove_flow */
export function pmdDeleteFlow(at: usize, megaflow: usize): void {
  const pmd = changetype<Pmd>(at);
  dpclsRemove(pmdClassifier(at, changetype<Megaflow>(megaflow).inPort), megaflow);
  megaflowDelete(pmd.table, megaflow);
}

/** See megaflowDescribe. The megaflow is not deleted. */
export function pmdDescribeFlow(megaflow: usize, to: usize): void {
  megaflowDescribe(megaflow, changetype<Megaflow>(megaflow).subtable + SUBTABLE_MASK, to);
}

/**
 * What the thread's loop does once in 1025 rounds: lets go of one dead EMC entry and, when more than a second of `now` has passed since the
 * last time, sorts the classifiers' subtables (dp_netdev_pmd_try_optimize).
 */
export function pmdHousekeeping(at: usize, now: u64): void {
  const pmd = changetype<Pmd>(at);
  pmd.sweepIndex = emcSweep(pmd.emc, pmd.table, pmd.sweepIndex);
  if (now <= pmd.nextSort) return;
  for (let cls: usize = pmd.classifiers; cls; cls = changetype<Dpcls>(cls).next) dpclsSort(cls);
  pmd.nextSort = now + SORT_INTERVAL;
}
