// execute-each - the actions that take a frame's packets one by one: sample, check_pkt_len and userspace. Each packet's own list is a frame on
// top, or its upcall has to be answered first; Frame.index says where the frame goes on.
import {
  DROP_DATAPATH_DROP_RECIRC_ERROR, DROP_DATAPATH_DROP_SAMPLE_ERROR, DROP_DATAPATH_DROP_USERSPACE_ACTION_ERROR,
} from "../abi/drops";
import { ACTIONS_LAYERS } from "../abi/ovs-actions";
import { ANSWER_FAILED, UPCALL_ACTION } from "../abi/ovs-upcalls";
import { TRACE_OVS_UPCALL } from "../abi/trace";
import { Mbuf } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { ACTION_LIST_WORDS, ActionList, actionListFree } from "./actions";
import { copyBurst, cutPacket } from "./copies";
import { Frame, FRAME_ASKS, FRAME_BELOW, FRAME_CUTS, FRAME_DONE, frameLayers, FRAME_PACKETS, framePacket } from "./frame";
import { consumePackets, dropPackets, frameParse, pushNestedOne, rxQueueOf } from "./frames";
import { extractAgain } from "./hash-packets";
import { Layers } from "./layers";
import { Pmd } from "./pmd";
import { randomNext } from "./random";
import { traceHop } from "./trace";
import { ask } from "./upcall";

/** odp_execute_sample: its arguments are a probability and a list. after: where the action ends */
export function sample(lcore: usize, pmd: Pmd, frame: usize, at: usize, after: usize, steal: bool): u32 {
  const f = changetype<Frame>(frame), chance = changetype<usize>(pmd) + offsetof<Pmd>("random"), list = at + 8;
  while (f.index < f.count) {
    const i = f.index++;
    if (randomNext(chance) < load<u32>(at, 4)) {
      if (giveList(lcore, pmd, frame, i, list, (after - list) as u32 >> 2, steal)) return FRAME_BELOW;
    } else if (steal) {
      dropPackets(lcore, pmd, frame + FRAME_PACKETS + (i << 2), 1, DROP_DATAPATH_DROP_SAMPLE_ERROR);
    }
  }
  return finish(f, after, steal);
}

/** odp_execute_check_pkt_len: a length, the first list's words, and two lists; padding behind an IP packet does not count. */
export function checkLengths(lcore: usize, pmd: Pmd, frame: usize, at: usize, after: usize, steal: bool): u32 {
  const f = changetype<Frame>(frame), greater = at + 12, words = load<u32>(at, 8), others = greater + (words << 2);
  while (f.index < f.count) {
    const i = f.index++, m = framePacket(frame, i), cut = load<u32>(frame + (i << 2), FRAME_CUTS);
    const length = changetype<Mbuf>(m).pktLen - cut - <u32>changetype<Layers>(frameLayers(frame, i)).padding;
    const long = length > load<u32>(at, 4), list = long ? greater : others, n = long ? words : (after - others) as u32 >> 2;
    if (!n && !steal) continue; // OVS would copy it and free the copy
    if (giveList(lcore, pmd, frame, i, list, n, steal)) return FRAME_BELOW;
  }
  return finish(f, after, steal);
}

/** Packet i, or a copy of it, goes under a list of its own. @returns false: there is no copy */
function giveList(lcore: usize, pmd: Pmd, frame: usize, i: u32, list: usize, n: u32, steal: bool): bool {
  const m = steal ? framePacket(frame, i) : copyOf(lcore, pmd, framePacket(frame, i));
  if (!m) return false;
  const nested = pushNestedOne(pmd, list, n, m, i);
  if (!nested) {
    const place: usize = changetype<Lcore>(lcore).packets;
    store<u32>(place, m as u32);
    dropPackets(lcore, pmd, place, 1, DROP_DATAPATH_DROP_RECIRC_ERROR);
  } else if (!steal) {
    changetype<Frame>(nested).heap = 1;
  }
  return true;
}

/** @returns 0: there is no mbuf for it */
function copyOf(lcore: usize, pmd: Pmd, m: usize): usize {
  const places: usize = changetype<Lcore>(lcore).packets;
  store<u32>(places, m as u32);
  return copyBurst(lcore, pmd.datapath, rxQueueOf(pmd), places, places + 4, 1) ? load<u32>(places, 4) : 0;
}

/** All packets have been through: the frame goes on behind the action. */
function finish(f: Frame, after: usize, steal: bool): u32 {
  f.index = 0;
  f.next = after as u32;
  if (steal) f.count = 0;
  return FRAME_DONE;
}

/** OVS_ACTION_ATTR_USERSPACE: each packet is an upcall. What it brings is carried out on the packet. */
export function userspace(lcore: usize, pmd: Pmd, frame: usize, at: usize, after: usize, steal: bool): u32 {
  const f = changetype<Frame>(frame);
  while (f.index < f.count) {
    const i = f.index++;
    let m = framePacket(frame, i);
    if (f.truncated) {
      if (!steal) m = copyOf(lcore, pmd, m);
      if (!m) continue;
      cutPacket(lcore, m, load<u32>(frame + (i << 2), FRAME_CUTS));
    }
    extractAgain(pmd, frame, i);
    pmd.askedPacket = m as u32;
    pmd.askedGiven = steal ? 1 : f.truncated;
    pmd.askedLast = steal ? 1 : 0;
    if (pmd.tracing) traceHop(pmd, m, TRACE_OVS_UPCALL, UPCALL_ACTION, load<u32>(at, 4));
    ask(lcore, pmd, UPCALL_ACTION, pmd.scratchKey, m, load<u32>(at, 4));
    return FRAME_ASKS;
  }
  f.truncated = 0;
  return finish(f, after, steal);
}

/** Its answer (dp_execute_userspace_action). list: ActionList, 0: nothing is to be done with the packet */
export function userspaceAnswered(lcore: usize, pmd: Pmd, answer: u32, list: usize): void {
  const frame: usize = pmd.frame, i = changetype<Frame>(frame).index - 1, m: usize = pmd.askedPacket;
  const packets: usize = changetype<Lcore>(lcore).packets;
  store<u32>(packets, m as u32);
  if (answer == ANSWER_FAILED && pmd.askedLast) {
    dropPackets(lcore, pmd, packets, 1, DROP_DATAPATH_DROP_USERSPACE_ACTION_ERROR);
    return;
  }
  const words = list ? changetype<ActionList>(list).words : 0, nested = words ? pushNestedOne(pmd, list + ACTION_LIST_WORDS, words, m, i) : 0;
  if (!nested) {
    if (pmd.askedGiven) consumePackets(lcore, pmd, packets, 1);
    actionListFree(pmd.blocks, list);
    return;
  }
  const f = changetype<Frame>(nested);
  f.steal = pmd.askedGiven;
  f.consumes = 1;
  f.list = list as u32;
  f.layered = changetype<ActionList>(list).flags & ACTIONS_LAYERS ? 1 : 0;
  if (f.layered) frameParse(pmd, nested, 0);
}
