// output - the way out of a thread: packets gather in a batch for each port, which is sent when it would grow beyond 32, when packets of
// another source come, and at the end of a receive queue's burst. Follows dp_execute_output_action and
// dp_netdev_pmd_flush_output_on_port of OVS 3.1; 2.7 sends each output at once.
// OVS flushes its ports in the order of a hash map, here it is the order in which they got their first packet: only the clock can tell.
import { NETDEV_MAX_BURST, PMD_STAT_SENT_BATCHES, PMD_STAT_SENT_PKTS } from "../abi/ovs";
import { TXQ_STATIC, TXQ_XPS } from "../abi/ovs-ports";
import { RX_RSS_HASH } from "../mbuf/flags";
import { Mbuf, mbufData } from "../mbuf/mbuf";
import { lockGive, lockTake } from "../memory/barrier";
import { copyHandles } from "../memory/copy";
import { Lcore } from "../memory/lcore-context";
import { Datapath, isNew } from "./datapath";
import { extract } from "./extract";
import { flowHash5Tuple } from "./hash";
import { Pmd, pmdCount } from "./pmd";
import { OvsPort, Rxq, TX_PACKETS, TX_QUEUES, TX_RXQS, TxPort } from "./port";
import { send } from "./send";
import { xpsQueue, xpsRevalidate } from "./xps";

const PS_PER_US: u64 = 1_000_000;

/** The thread's port of that number, 0: it knows none. */
// @ts-ignore: decorator
@inline
export function txPortOf(pmd: Pmd, number: u32): usize {
  return number < pmd.portCapacity ? load<u32>(pmd.txPorts + (number << 2)) : 0;
}

/** packets: u32[n], 1 to 32; they are the port's from now on. heap: 1 for copies, and for what a port without mbufs received */
export function output(lcore: usize, pmd: Pmd, tx: usize, packets: usize, n: u32, heap: u32): void {
  const t = changetype<TxPort>(tx);
  if (!isNew(pmd.datapath)) {
    copyHandles(tx + TX_PACKETS, packets, n);
    t.count = n;
    flush(lcore, pmd, tx);
    return;
  }
  if (t.count && (t.heap != heap || t.count + n > NETDEV_MAX_BURST)) flush(lcore, pmd, tx);
  t.heap = heap;
  if (!t.pending) {
    t.pending = 1;
    store<u32>(pmd.pending + (pmd.pendingCount++ << 2), tx as u32);
  }
  copyHandles(tx + TX_PACKETS + (t.count << 2), packets, n);
  for (let i = t.count, end = i + n; i < end; i++) store<u32>(tx + TX_RXQS + (i << 2), pmd.rxq);
  t.count += n;
}

/** Sends what waits: all of it when `force`, else what is due. @returns packets */
export function flushOutputs(lcore: usize, pmd: Pmd, force: bool): u32 {
  const n = pmd.pendingCount;
  let sent: u32 = 0;
  pmd.pendingCount = 0;
  for (let i: u32 = 0; i < n; i++) {
    const tx: usize = load<u32>(pmd.pending + (i << 2)), t = changetype<TxPort>(tx);
    if (t.count && !force && pmd.now / PS_PER_US < t.flushAt) {
      store<u32>(pmd.pending + (pmd.pendingCount++ << 2), tx as u32);
      continue;
    }
    t.pending = 0;
    if (!t.count) continue; // it was sent when it was full
    sent += t.count;
    flush(lcore, pmd, tx);
  }
  return sent;
}

/** When the next batch is due, ps; u64.MAX_VALUE: none waits. */
export function nextFlush(pmd: Pmd): u64 {
  let next = u64.MAX_VALUE;
  for (let i: u32 = 0; i < pmd.pendingCount; i++) {
    const t = changetype<TxPort>(load<u32>(pmd.pending + (i << 2)) as usize);
    if (t.count) next = min<u64>(next, t.flushAt * PS_PER_US);
  }
  return next;
}

/** Packets that wait to be sent. */
export function outputsWaiting(pmd: Pmd): u32 {
  let n: u32 = 0;
  for (let i: u32 = 0; i < pmd.pendingCount; i++) n += changetype<TxPort>(load<u32>(pmd.pending + (i << 2)) as usize).count;
  return n;
}

function flush(lcore: usize, pmd: Pmd, tx: usize): void {
  const t = changetype<TxPort>(tx), n = t.count, start = changetype<Lcore>(lcore).clock;
  t.count = 0;
  transmit(lcore, pmd, tx, n);
  t.flushAt = pmd.now / PS_PER_US + changetype<Datapath>(pmd.datapath).txFlushInterval;
  pmdCount(pmd, PMD_STAT_SENT_PKTS, n);
  pmdCount(pmd, PMD_STAT_SENT_BATCHES, 1);
  // what sending took is the receive queues' share, by packet
  const spent = changetype<Lcore>(lcore).clock - start;
  pmd.sending += spent;
  if (!spent) return;
  for (let i: u32 = 0; i < n; i++) {
    const rxq: usize = load<u32>(tx + TX_RXQS + (i << 2));
    if (rxq) changetype<Rxq>(rxq).busy += spent / n;
  }
}

function transmit(lcore: usize, pmd: Pmd, tx: usize, n: u32): void {
  const port = changetype<OvsPort>(changetype<TxPort>(tx).port as usize), now = pmd.now / PS_PER_US;
  if (port.txqMode == TXQ_STATIC) {
    send(lcore, tx, load<u32>(port.txqs + (pmd.staticTxq % port.txqCount << 2)), tx + TX_PACKETS, n);
  } else if (port.txqMode == TXQ_XPS) {
    const chosen = changetype<TxPort>(tx).txq, queue = xpsQueue(tx, now);
    if (chosen != queue + 1) xpsRevalidate(pmd.txPorts, pmd.portCapacity, now);
    sendLocked(lcore, tx, port, queue, tx + TX_PACKETS, n);
  } else {
    spread(lcore, pmd, tx, port, n);
  }
}

/** To a queue that other threads may send to as well. */
function sendLocked(lcore: usize, tx: usize, port: OvsPort, queue: u32, packets: usize, n: u32): void {
  const lock: usize = port.txqLocks + (queue << 2);
  lockTake(lock);
  send(lcore, tx, load<u32>(port.txqs + (queue << 2)), packets, n);
  lockGive(lock);
}

/** tx-steering=hash: a batch for each queue, by the packets' hashes. */
function spread(lcore: usize, pmd: Pmd, tx: usize, port: OvsPort, n: u32): void {
  const packets = tx + TX_PACKETS, part: usize = changetype<Lcore>(lcore).packets;
  for (let i: u32 = 0; i < n; i++) store<u32>(tx + TX_QUEUES + (i << 2), hashOf(pmd, load<u32>(packets + (i << 2))) % port.txqCount);
  for (let queue: u32 = 0; queue < port.txqCount; queue++) {
    let count: u32 = 0;
    for (let i: u32 = 0; i < n; i++) {
      if (load<u32>(tx + TX_QUEUES + (i << 2)) == queue) store<u32>(part + (count++ << 2), load<u32>(packets + (i << 2)));
    }
    if (count) sendLocked(lcore, tx, port, queue, part, count);
  }
}

/** Its RSS hash, else flow_hash_5tuple. */
function hashOf(pmd: Pmd, m: usize): u32 {
  const mbuf = changetype<Mbuf>(m);
  if (mbuf.olFlags & RX_RSS_HASH) return mbuf.rss;
  extract(pmd.scratchKey, mbufData(m), mbuf.pktLen, 0, pmd.vlanLimit);
  return flowHash5Tuple(pmd.scratchKey, 0);
}
