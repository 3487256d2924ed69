// pmd-poll - one poll of a receive queue by a datapath thread (dp_netdev_process_rxq_port, and what pmd_thread_main does around it): a burst,
// the ingress policer, the datapath, and what is due to be sent. A poll that meets an upcall is left in the middle; pmdAnswer goes on with it.
import { DROP_OVS_RX_QOS_DROPS } from "../abi/drops";
import { NETDEV_MAX_BURST, PMD_STAT_BUSY_ITERATIONS, PMD_STAT_BUSY_PS } from "../abi/ovs";
import { OVS_RX_QOS_DROPS, POLICER_INGRESS } from "../abi/ovs-ports";
import { copyHandles } from "../memory/copy";
import { Lcore } from "../memory/lcore-context";
import { portRxBurst } from "../port/port";
import { actionListNew } from "./actions";
import { Burst, BURST_METADATA, BURST_PACKETS, PHASE_LOOKUP } from "./burst";
import { ACTIONS_WORDS_MAX } from "../abi/ovs-actions";
import { Datapath, datapathCycles } from "./datapath";
import { metadataSet } from "./extract";
import { dropPackets } from "./frames";
import { flushOutputs, nextFlush, outputsWaiting } from "./output";
import { Pmd, pmdBurstAt, pmdCount, pmdRound } from "./pmd";
import { pmdReclaim } from "./pmd-flows";
import { answered, pmdRun } from "./pmd-run";
import { Policer, policerRun } from "./policer";
import { OvsPort, ovsPortPolicer, Rxq, TxPort, txPortCount } from "./port";

/** @returns packets received, or sent in a round that received none; of a poll that waits for an answer (Lcore.upcall), nothing yet */
export function pmdPoll(lcore: usize, rxq: usize): u32 {
  const l = changetype<Lcore>(lcore), r = changetype<Rxq>(rxq), at: usize = r.pmd, pmd = changetype<Pmd>(at);
  if (!l.deferred) settleTime(l, pmd);
  // the poll list has gone on already
  if (l.nextStream == 1 || l.streamCount == 1) beginRound(l, at);
  pmd.rxq = rxq as u32;
  pmd.tracing = l.traceOn ? (lcore as u32) : 0;
  pmd.sending = 0;
  pmd.pollStart = l.clock;
  pmd.received = portRxBurst(lcore, r.queue, l.packets, NETDEV_MAX_BURST);
  if (pmd.received) {
    pmd.now = l.clock;
    const n = police(lcore, pmd, r, pmd.received);
    pmd.moved += n;
    if (n) {
      takeBurst(l, pmd, r, n);
      if (!pmdRun(lcore, at)) return 0;
    }
  }
  return endPoll(lcore, at);
}

/** On the wall's clock, which the lcore reads before each poll: what the one before took is what has passed since. */
function settleTime(l: Lcore, pmd: Pmd): void {
  if (!l.batchMoved) return; // it moved nothing, or a pause lies between
  const took = l.clock - pmd.pollStart;
  pmdCount(pmd, PMD_STAT_BUSY_PS, took);
  if (pmd.received) changetype<Rxq>(pmd.rxq as usize).busy += took;
}

function beginRound(l: Lcore, at: usize): void {
  const pmd = changetype<Pmd>(at);
  pmdRound(at, l.rounds, l.clock);
  pmd.roundStart = l.clock;
  pmd.moved = 0;
}

/** The ingress policer. @returns packets that it lets pass, now in front */
function police(lcore: usize, pmd: Pmd, r: Rxq, n: u32): u32 {
  const port: usize = changetype<TxPort>(r.tx as usize).port, policer = ovsPortPolicer(port, POLICER_INGRESS), l = changetype<Lcore>(lcore);
  if (!changetype<Policer>(policer).on) return n;
  const passed = policerRun(policer, l.packets, n, l.scratch, datapathCycles(changetype<Datapath>(pmd.datapath as usize), l.clock));
  if (passed < n) {
    txPortCount(r.tx, OVS_RX_QOS_DROPS, n - passed);
    dropPackets(lcore, pmd, l.scratch, n - passed, DROP_OVS_RX_QOS_DROPS);
  }
  return passed;
}

/** The lcore's packets become the thread's burst. */
function takeBurst(l: Lcore, pmd: Pmd, r: Rxq, n: u32): void {
  const burst = pmdBurstAt(pmd, 0), b = changetype<Burst>(burst), port = changetype<OvsPort>(changetype<TxPort>(r.tx as usize).port as usize);
  b.count = n;
  b.inPort = port.number;
  b.depth = 0;
  b.phase = PHASE_LOOKUP;
  b.base = pmd.frame;
  b.metadataStride = 0;
  b.heap = port.heap;
  copyHandles(burst + BURST_PACKETS, l.packets, n);
  metadataSet(burst + BURST_METADATA, port.number, 0, 0, 0, 0);
  pmd.emcMin = r.emcEnabled ? pmd.emcInsertMin : 0;
  pmd.lastCycles = datapathCycles(changetype<Datapath>(pmd.datapath as usize), l.clock) as u32;
}

function endPoll(lcore: usize, at: usize): u32 {
  const l = changetype<Lcore>(lcore), pmd = changetype<Pmd>(at), received = pmd.received;
  pmdReclaim(pmd);
  if (received) {
    changetype<Rxq>(pmd.rxq as usize).busy += l.clock - pmd.pollStart - pmd.sending;
    flushOutputs(lcore, pmd, false);
  }
  return received + (l.nextStream ? 0 : endRound(lcore, pmd));
}

/** What is left to do when all queues have been polled. @returns packets sent in a round that received none */
function endRound(lcore: usize, pmd: Pmd): u32 {
  const l = changetype<Lcore>(lcore);
  let sent: u32 = 0;
  if (!pmd.moved && pmd.pendingCount) {
    pmd.now = l.clock;
    sent = flushOutputs(lcore, pmd, false);
  }
  if (pmd.moved | sent) {
    pmdCount(pmd, PMD_STAT_BUSY_ITERATIONS, 1);
    pmdCount(pmd, PMD_STAT_BUSY_PS, l.clock - pmd.roundStart);
  }
  return sent;
}

/**
 * Answers the question of the lcore's poll and goes on with it. answer: ANSWER_*; the list for the packet is the first `words` words at
 * pmdWords, the megaflow's, if it is another, the first putWords of its second half. @returns true: the next question waits
 */
export function pmdAnswer(
  lcore: usize, answer: u32, words: u32, flags: u32, port: u32, putWords: u32, putFlags: u32, putPort: u32, cookie: u32,
): bool {
  const l = changetype<Lcore>(lcore), at: usize = l.upcall, pmd = changetype<Pmd>(at), second: usize = pmd.words + (ACTIONS_WORDS_MAX << 2);
  const actions = actionListNew(pmd.blocks, pmd.words, words, flags, port, cookie);
  const putActions = putWords ? actionListNew(pmd.blocks, second, putWords, putFlags, putPort, cookie) : 0;
  l.upcall = 0;
  pmd.polling = 0;
  answered(lcore, at, answer, actions, putActions);
  if (!pmdRun(lcore, at)) return true;
  l.resumed = endPoll(lcore, at) + 1;
  return false;
}

/** Packets that the thread holds back until a flush is due. */
export function pmdQueued(at: usize): u32 {
  return outputsWaiting(changetype<Pmd>(at));
}

/** When the thread has to be polled though nothing arrives, ps. */
export function pmdTimer(rxq: usize): u64 {
  return nextFlush(changetype<Pmd>(changetype<Rxq>(rxq).pmd as usize));
}
