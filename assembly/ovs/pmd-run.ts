// pmd-run - a poll's packets through the datapath, to the end or to an upcall whose answer has to be awaited (dp_netdev_input__ and
// handle_packet_upcall of OVS 3.1). Bursts and frames are the stack that calls would be: what is innermost goes on first.
import {
  DROP_ACTIONS_END, DROP_DATAPATH_DROP_INVALID_PORT, DROP_DATAPATH_DROP_RX_INVALID_PACKET, DROP_DATAPATH_DROP_UPCALL_ERROR,
} from "../abi/drops";
import { FLOW_BYTES, FLOW_VLAN_TCI } from "../abi/flow";
import { PMD_STAT_UPCALL_PS, PMD_STAT_UPCALLS } from "../abi/ovs";
import { ACTIONS_ALONE } from "../abi/ovs-actions";
import { ANSWER_FAILED, ANSWER_INSTALL, UPCALL_ACTION, UPCALL_KEY, UPCALL_KIND, UPCALL_MASK, UPCALL_MISS } from "../abi/ovs-upcalls";
import { STAGE_OVS_UPCALL } from "../abi/stages";
import { TRACE_OVS_UPCALL } from "../abi/trace";
import { charge, Lcore } from "../memory/lcore-context";
import { ActionList, actionListFree } from "./actions";
import {
  Burst, burstKey, BURST_MASK, BURST_PACKETS, burstPacket, PHASE_ANSWERED, PHASE_ASKED, PHASE_GROUPS, PHASE_LOOKUP, PHASE_UPCALLS,
} from "./burst";
import { chargeLookup } from "./costs";
import { isNew } from "./datapath";
import { execute } from "./execute";
import { userspaceAnswered } from "./execute-each";
import { keyExpand } from "./flow-key";
import { FRAME_ASKS } from "./frame";
import { dropPackets, pushList } from "./frames";
import { groupBurst, groupOf, groupOrder, groupPackets } from "./groups";
import { Megaflow, megaflowUsed } from "./megaflow";
import { output, txPortOf } from "./output";
import { Pmd, pmdBurstAt, pmdCount } from "./pmd";
import { pmdInstall } from "./pmd-flows";
import { burstFind, burstLookup, burstLookUpAgain, burstRemember, burstUpcalled } from "./pmd-lookup";
import { traceHop, traceLookup } from "./trace";
import { ask } from "./upcall";

/** What a mask without a VLAN TCI gets, as it lies in memory: 3.1 VID and CFI, 2.7 all of it. */
const BE_VID_CFI: u32 = 0xff1f;
const BE_TCI: u32 = 0xffff;

/** How far a step has come. */
const ON: u32 = 0; // there is another
const OVER: u32 = 1;
const ASKS: u32 = 2; // an upcall waits for its answer

/** Goes on with the poll. @returns false: an upcall waits for its answer */
export function pmdRun(lcore: usize, at: usize): bool {
  let come = ON;
  while (come == ON) come = step(lcore, at);
  return come == OVER;
}

/** One step of what is innermost. */
function step(lcore: usize, at: usize): u32 {
  const pmd = changetype<Pmd>(at), b = changetype<Burst>(pmd.burst as usize);
  if (pmd.frame != b.base) return execute(lcore, pmd) == FRAME_ASKS ? ASKS : ON;
  switch (b.phase) {
    case PHASE_LOOKUP:
      lookUp(lcore, at);
      break;
    case PHASE_UPCALLS:
      if (askNext(lcore, at)) return ASKS;
      burstRemember(at);
      groupBurst(pmd);
      b.phase = PHASE_GROUPS;
      break;
    case PHASE_ANSWERED:
      install(lcore, at);
      b.phase = PHASE_UPCALLS;
      break;
    default:
      if (executeNext(lcore, pmd)) break;
      if (!b.depth) return OVER;
      pmdBurstAt(pmd, b.depth - 1);
  }
  return ON;
}

function lookUp(lcore: usize, at: usize): void {
  const pmd = changetype<Pmd>(at), burst: usize = pmd.burst, b = changetype<Burst>(burst), runts = burstLookup(at);
  chargeLookup(lcore, pmd);
  if (pmd.tracing) traceLookup(pmd, runts);
  for (let left = runts; left; left &= left - 1) {
    const place = burst + BURST_PACKETS + ((ctz<u32>(left) as usize) << 2);
    dropPackets(lcore, pmd, place, 1, DROP_DATAPATH_DROP_RX_INVALID_PACKET);
  }
  b.phase = PHASE_UPCALLS;
}

/** Asks for the next packet that has no megaflow. @returns false: there is none */
function askNext(lcore: usize, at: usize): bool {
  const pmd = changetype<Pmd>(at), burst: usize = pmd.burst, b = changetype<Burst>(burst);
  while (b.misses) {
    const i = ctz<u32>(b.misses) as u32;
    b.misses &= b.misses - 1;
    if (burstLookUpAgain(at, i)) continue;
    b.asked = i;
    b.askedAt = changetype<Lcore>(lcore).clock;
    b.phase = PHASE_ASKED;
    if (pmd.tracing) traceHop(pmd, burstPacket(burst, i), TRACE_OVS_UPCALL, UPCALL_MISS, 0);
    ask(lcore, pmd, UPCALL_MISS, burstKey(burst, i), burstPacket(burst, i), 0);
    return true;
  }
  return false;
}

/** Takes the answer to the question. actions, putActions: ActionList, the thread's from now on; 0: none, or the same */
export function answered(lcore: usize, at: usize, answer: u32, actions: usize, putActions: usize): void {
  const pmd = changetype<Pmd>(at), burst: usize = pmd.burst, b = changetype<Burst>(burst), i = b.asked;
  charge(lcore, STAGE_OVS_UPCALL, 1, 0);
  if (load<u32>(pmd.question, UPCALL_KIND) == UPCALL_ACTION) {
    userspaceAnswered(lcore, pmd, answer, actions);
    return;
  }
  const packet = burst + BURST_PACKETS + (i << 2);
  b.phase = PHASE_UPCALLS;
  if (answer == ANSWER_FAILED) {
    burstUpcalled(at, i, 0, true);
    dropPackets(lcore, pmd, packet, 1, DROP_DATAPATH_DROP_UPCALL_ERROR);
    return;
  }
  b.phase = PHASE_ANSWERED;
  b.answer = answer;
  b.actions = actions as u32;
  b.putActions = putActions as u32;
  const mask = burst + BURST_MASK;
  memory.copy(mask, pmd.question + UPCALL_MASK, FLOW_BYTES);
  // where there is no tag, the megaflow is for that
  if (!load<u16>(mask, FLOW_VLAN_TCI)) store<u16>(mask, (isNew(pmd.datapath) ? BE_VID_CFI : BE_TCI) as u16, FLOW_VLAN_TCI);
  executeOn(lcore, pmd, packet, 1, 0, i, actions);
}

/** The megaflow of the packet whose actions were just carried out: its own actions come before, and may have brought one. */
function install(lcore: usize, at: usize): void {
  const pmd = changetype<Pmd>(at), burst: usize = pmd.burst, b = changetype<Burst>(burst), i = b.asked;
  const list = b.putActions ? b.putActions : b.actions;
  let megaflow: usize = 0, taken = false;
  if (b.answer == ANSWER_INSTALL) {
    megaflow = burstFind(at, i);
    if (!megaflow) {
      const flow: usize = pmd.question + UPCALL_KEY;
      memory.fill(flow, 0, FLOW_BYTES);
      keyExpand(burstKey(burst, i), flow);
      megaflow = pmdInstall(at, flow, burst + BURST_MASK, list);
      taken = megaflow != 0;
    }
  }
  if (!taken) actionListFree(pmd.blocks, list);
  if (b.putActions) actionListFree(pmd.blocks, b.actions);
  burstUpcalled(at, i, megaflow, false);
  pmdCount(pmd, PMD_STAT_UPCALLS, 1);
  pmdCount(pmd, PMD_STAT_UPCALL_PS, changetype<Lcore>(lcore).clock - b.askedAt);
}

/** Carries out the next group's actions. @returns false: there is none */
function executeNext(lcore: usize, pmd: Pmd): bool {
  const burst: usize = pmd.burst, b = changetype<Burst>(burst);
  while (b.group < b.groups) {
    const g = groupOf(burst, b.group++), flow: usize = g.flow;
    megaflowUsed(flow, g.count, g.octets, g.tcpFlags, pmd.now);
    executeOn(lcore, pmd, groupPackets(burst, g), g.count, groupOrder(burst, g), 0, changetype<Megaflow>(flow).actions);
    if (pmd.frame != b.base) return true;
  }
  return false;
}

/** A list on packets of the burst in hand (see pushList). A lone output needs no frame. */
function executeOn(lcore: usize, pmd: Pmd, packets: usize, n: u32, order: usize, first: u32, list: usize): void {
  const l = changetype<ActionList>(list);
  if (!list || !l.words) {
    dropPackets(lcore, pmd, packets, n, DROP_ACTIONS_END);
  } else if (l.flags & ACTIONS_ALONE && !changetype<Lcore>(lcore).traceOn) {
    const tx = txPortOf(pmd, l.port);
    if (tx) output(lcore, pmd, tx, packets, n, changetype<Burst>(pmd.burst as usize).heap);
    else dropPackets(lcore, pmd, packets, n, DROP_DATAPATH_DROP_INVALID_PORT);
  } else {
    pushList(lcore, pmd, packets, n, order, first, list);
  }
}
