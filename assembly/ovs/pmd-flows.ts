// pmd-flows - how a thread's megaflows are made, changed, deleted and read (dp_netdev_flow_add and its kin). What a poll that waits for an
// answer may still hold is freed when it is over (OVS leaves that to RCU).
import { FLOW_IN_PORT } from "../abi/flow";
import {
  FLOW_STATS_BYTES, FLOW_STATS_COOKIE, FLOW_STATS_FLOW, FLOW_STATS_OCTETS, FLOW_STATS_PACKETS, FLOW_STATS_TCP_FLAGS, FLOW_STATS_USED,
} from "../abi/ovs";
import { ActionList, actionListFree, actionListNew } from "./actions";
import { Dpcls, dpclsInsert, dpclsNew, dpclsPrune, dpclsRemove, dpclsSubtable } from "./dpcls";
import { emcClear } from "./emc";
import { Megaflow, megaflowAt, megaflowDelete, megaflowDescribe, megaflowNew, MegaflowTable, megaflowUnref } from "./megaflow";
import { Pmd, pmdClassifier } from "./pmd";
import { isSimple, simpleInsert, simpleMarkOf, simpleRemove } from "./simple-match";
import { Subtable, SUBTABLE_MASK } from "./subtable";

/**
 * flow, mask: struct flow; its in_port is exact, whatever the mask says, and is taken out of the mask that the subtable has. The caller keeps
 * megaflows from overlapping. actions: ActionList, the megaflow's from now on, 0: none. @returns the megaflow; 0: the table or the memory is
 * full, or the mask has too many words
 */
export function pmdInstall(at: usize, flow: usize, mask: usize, actions: usize): usize {
  const pmd = changetype<Pmd>(at), inPort = load<u32>(flow, FLOW_IN_PORT);
  let cls = pmdClassifier(at, inPort);
  if (!cls) {
    cls = dpclsNew(pmd.blocks, inPort, pmd.classifiers);
    if (!cls) return 0;
    pmd.classifiers = cls as u32;
  }
  store<u32>(mask, 0, FLOW_IN_PORT);
  const subtable = dpclsSubtable(cls, mask, pmd.scratchKey);
  if (!subtable) return 0;
  const megaflow = megaflowNew(pmd.table, changetype<Subtable>(subtable).words);
  if (!megaflow || !dpclsInsert(cls, megaflow, flow, subtable)) {
    if (megaflow) forget(pmd, megaflow);
    dpclsPrune(cls, subtable);
    return 0;
  }
  const f = changetype<Megaflow>(megaflow), c = changetype<Dpcls>(cls);
  f.inPort = inPort;
  c.flows++;
  if (isSimple(flow, mask)) {
    if (!simpleInsert(pmd.simple, simpleMarkOf(flow), megaflow)) {
      pmdDeleteFlow(at, megaflow);
      return 0;
    }
    f.simple = simpleMarkOf(flow);
    c.simple++;
  }
  f.actions = actions as u32;
  return megaflow;
}

function forget(pmd: Pmd, megaflow: usize): void {
  megaflowDelete(pmd.table, megaflow);
  megaflowUnref(pmd.table, megaflow);
}

/** The same from TypeScript: its actions are the first `words` words at pmdWords. */
export function pmdAddFlow(at: usize, flow: usize, mask: usize, words: u32, flags: u32, port: u32, cookie: u32): usize {
  const pmd = changetype<Pmd>(at), list = actionListNew(pmd.blocks, pmd.words, words, flags, port, cookie);
  const megaflow = list ? pmdInstall(at, flow, mask, list) : 0;
  if (list && !megaflow) actionListFree(pmd.blocks, list);
  return megaflow;
}

/** Gives a megaflow other actions. @returns false when the memory is used up */
export function pmdModifyFlow(at: usize, megaflow: usize, words: u32, flags: u32, port: u32, cookie: u32): bool {
  const pmd = changetype<Pmd>(at), list = actionListNew(pmd.blocks, pmd.words, words, flags, port, cookie);
  if (!list) return false;
  retireList(pmd, changetype<Megaflow>(megaflow).actions);
  changetype<Megaflow>(megaflow).actions = list as u32;
  return true;
}

function retireList(pmd: Pmd, list: usize): void {
  if (!pmd.polling || !list) {
    actionListFree(pmd.blocks, list);
    return;
  }
  changetype<ActionList>(list).next = pmd.retiredLists;
  pmd.retiredLists = list as u32;
}

/** dp_netdev_pmd_remove_flow */
export function pmdDeleteFlow(at: usize, megaflow: usize): void {
  const pmd = changetype<Pmd>(at), f = changetype<Megaflow>(megaflow), cls = pmdClassifier(at, f.inPort), c = changetype<Dpcls>(cls);
  dpclsRemove(cls, megaflow);
  c.flows--;
  if (simpleRemove(pmd.simple, f.simple, megaflow)) c.simple--;
  megaflowDelete(pmd.table, megaflow);
  if (!pmd.polling) {
    actionListFree(pmd.blocks, f.actions);
    megaflowUnref(pmd.table, megaflow);
    return;
  }
  f.next = pmd.retiredFlows;
  pmd.retiredFlows = megaflow as u32;
}

/** Frees what was deleted while a poll waited. */
export function pmdReclaim(pmd: Pmd): void {
  while (pmd.retiredFlows) {
    const f = changetype<Megaflow>(pmd.retiredFlows as usize);
    pmd.retiredFlows = f.next;
    actionListFree(pmd.blocks, f.actions);
    megaflowUnref(pmd.table, changetype<usize>(f));
  }
  while (pmd.retiredLists) {
    const list: usize = pmd.retiredLists;
    pmd.retiredLists = changetype<ActionList>(list).next;
    actionListFree(pmd.blocks, list);
  }
}

/** Empties the EMC: what a reload of 2.7 does. */
export function pmdFlushCaches(at: usize): void {
  const pmd = changetype<Pmd>(at);
  emcClear(pmd.emc, pmd.table);
}

/** See megaflowDescribe. The megaflow is not deleted. */
export function pmdDescribeFlow(megaflow: usize, to: usize): void {
  megaflowDescribe(megaflow, changetype<Megaflow>(megaflow).subtable + SUBTABLE_MASK, to);
}

/** Megaflows there are. */
export function pmdFlowCount(at: usize): u32 {
  return changetype<MegaflowTable>(changetype<Pmd>(at).table as usize).count;
}

/**
 * Writes FLOW_STATS_BYTES each for up to `most` megaflows, in order of their numbers, from number `from` on.
 * @returns how many; fewer than most: there are no more
 */
export function pmdFlowStats(at: usize, from: u32, to: usize, most: u32): u32 {
  const table: usize = changetype<Pmd>(at).table, end = to + most * FLOW_STATS_BYTES;
  let n: u32 = 0;
  for (let number = from; to < end && number < changetype<MegaflowTable>(table).capacity; number++) {
    const megaflow = megaflowAt(table, number);
    if (!megaflow) continue;
    const f = changetype<Megaflow>(megaflow);
    store<u32>(to, megaflow as u32, FLOW_STATS_FLOW);
    store<u32>(to, changetype<ActionList>(f.actions as usize).cookie, FLOW_STATS_COOKIE);
    store<u64>(to, f.packets, FLOW_STATS_PACKETS);
    store<u64>(to, f.octets, FLOW_STATS_OCTETS);
    store<u64>(to, f.used, FLOW_STATS_USED);
    store<u32>(to, f.tcpFlags, FLOW_STATS_TCP_FLAGS);
    to += FLOW_STATS_BYTES;
    n++;
  }
  return n;
}

/** A megaflow's number: where a dump goes on behind it. */
export function megaflowNumber(megaflow: usize): u32 {
  return changetype<Megaflow>(megaflow).number;
}
