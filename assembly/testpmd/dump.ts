// dump - what `set verbose` prints, as records for whoever can print (abi/dump.ts): testpmd's rx and tx callbacks, which see what an rx
// burst returned and what a tx burst is given at each attempt, and the dumps that icmpecho, csum and txonly make themselves.
//
// The list is the lcore's, so records stand in the order of its work. Each record ends the parallel executor's batch (Lcore.endBatch);
// a list of DUMP_POLL_BYTES emptied after each poll loses none. Off, it costs one branch a burst.
// Not modelled: the receive timestamps that net_pcap puts into mbufs (a record has the packet's number in its capture instead).
import {
  DUMP_BYTES, DUMP_CSUM_BYTES, DUMP_DROP, DUMP_HEADER_BYTES, DUMP_ID, DUMP_KEPT, DUMP_KEPT_MAX, DUMP_KIND, DUMP_MBUF_PORT, DUMP_NB_SEGS,
  DUMP_NUMBER, DUMP_OL_FLAGS, DUMP_PACKET_BYTES, DUMP_PACKET_TYPE, DUMP_PACKETS, DUMP_PKT_LEN, DUMP_PORT, DUMP_QUEUE, DUMP_RSS, DUMP_TOTAL,
  DUMP_TX_OFFLOAD, DUMP_VLAN_TCI, DUMP_VLAN_TCI_OUTER,
} from "../abi/dump";
import { TRACE_BIT } from "../abi/trace";
import { Mbuf, mbufReadUpTo } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { PortQueue } from "../port/queue";

/** A record of n packets. kind: DUMP_RX, DUMP_TX or DUMP_ICMPECHO; packets: u32[n]. n 0: testpmd prints nothing, so none */
export function dumpBurst(lcore: usize, kind: u32, queue: usize, packets: usize, n: u32): void {
  if (n == 0) return;
  const record = open(lcore, kind, queue, n * (DUMP_PACKET_BYTES + DUMP_KEPT_MAX), n);
  if (!record) return;
  let at = record + DUMP_HEADER_BYTES;
  for (let i: u32 = 0; i < n; i++) at = writePacket(at, DUMP_PACKET_BYTES, load<u32>(packets + (i << 2)));
  close(lcore, record, at);
}

/** A record of one packet that csum has done. @returns where the engine writes what it parsed (DUMP_CSUM_* from here), 0: no room */
export function dumpParsed(lcore: usize, kind: u32, queue: usize, m: usize): usize {
  const record = open(lcore, kind, queue, DUMP_CSUM_BYTES + DUMP_KEPT_MAX, 1);
  if (!record) return 0;
  close(lcore, record, writePacket(record + DUMP_HEADER_BYTES, DUMP_CSUM_BYTES, m));
  return record + DUMP_HEADER_BYTES;
}

/** A record that says `dropped` of a burst of n were dropped. */
export function dumpDrop(lcore: usize, queue: usize, n: u32, dropped: u32): void {
  const record = open(lcore, DUMP_DROP, queue, 0, dropped);
  if (!record) return;
  store<u32>(record, n, DUMP_TOTAL);
  close(lcore, record, record + DUMP_HEADER_BYTES);
}

/** A record of an lcore's sleep, or of an rx queue whose interrupt ended it. kind: DUMP_SLEEP or DUMP_WAKE; eal: rte_lcore_id */
export function dumpSleep(lcore: usize, kind: u32, queue: usize, eal: u32): void {
  const record = open(lcore, kind, queue, 0, 0);
  if (!record) return;
  store<u32>(record, eal, DUMP_TOTAL);
  close(lcore, record, record + DUMP_HEADER_BYTES);
}

/** Begins a record of at most that many bytes of packets. @returns its address, 0: no room or nobody wants it */
function open(lcore: usize, kind: u32, queue: usize, bytes: u32, n: u32): usize {
  const l = changetype<Lcore>(lcore), q = changetype<PortQueue>(queue);
  if (l.dumpCapacity - l.dumpUsed < DUMP_HEADER_BYTES + bytes) {
    l.dumpLost++;
    return 0;
  }
  const record: usize = l.dumpList + l.dumpUsed;
  store<u16>(record, kind as u16, DUMP_KIND);
  store<u16>(record, q.port as u16, DUMP_PORT);
  store<u16>(record, q.number as u16, DUMP_QUEUE);
  store<u16>(record, n as u16, DUMP_PACKETS);
  store<u32>(record, n, DUMP_TOTAL);
  return record;
}

function close(lcore: usize, record: usize, end: usize): void {
  const l = changetype<Lcore>(lcore);
  store<u32>(record, (end - record) as u32, DUMP_BYTES);
  l.dumpUsed += (end - record) as u32;
  l.endBatch = 1;
}

/** Writes a packet's fields, and its first bytes behind `head` bytes. @returns the end */
function writePacket(at: usize, head: u32, m: usize): usize {
  const p = changetype<Mbuf>(m), kept = min<u32>(p.pktLen, DUMP_KEPT_MAX);
  store<u64>(at, p.olFlags, DUMP_OL_FLAGS);
  store<u64>(at, p.txOffload, DUMP_TX_OFFLOAD);
  store<u32>(at, p.pktLen, DUMP_PKT_LEN);
  store<u32>(at, p.packetType, DUMP_PACKET_TYPE);
  store<u32>(at, p.rss, DUMP_RSS);
  store<u16>(at, p.vlanTci, DUMP_VLAN_TCI);
  store<u16>(at, p.vlanTciOuter, DUMP_VLAN_TCI_OUTER);
  store<u16>(at, p.nbSegs, DUMP_NB_SEGS);
  store<u16>(at, p.port, DUMP_MBUF_PORT);
  store<u32>(at, p.id & ~TRACE_BIT, DUMP_ID);
  store<u32>(at, p.number, DUMP_NUMBER);
  store<u32>(at, kept, DUMP_KEPT);
  mbufReadUpTo(m, at + head, kept);
  return at + head + ((kept + 7) & ~7);
}

/** Gives the lcore a list for dumps. at: `bytes`, 8-byte aligned; DUMP_POLL_BYTES hold one poll's */
export function lcoreDumpInit(lcore: usize, at: usize, bytes: u32): void {
  const l = changetype<Lcore>(lcore);
  l.dumpList = at as u32;
  l.dumpCapacity = bytes;
  l.dumpUsed = 0;
}

/** Linear address of the list. */
export function lcoreDumpList(lcore: usize): usize {
  return changetype<Lcore>(lcore).dumpList;
}

/** Bytes of records in the list, which is then empty again. */
export function lcoreTakeDump(lcore: usize): u32 {
  const l = changetype<Lcore>(lcore), used = l.dumpUsed;
  l.dumpUsed = 0;
  return used;
}

/** Bursts that found no room. */
export function lcoreDumpLost(lcore: usize): u32 {
  return changetype<Lcore>(lcore).dumpLost;
}
