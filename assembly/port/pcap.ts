// pcap - net_pcap: rx reads the next record of a capture, tx writes one; a capture has no pace. Follows eth_pcap_rx and eth_pcap_tx
// of 22.11: the record is read first, so an empty mempool loses it (rx_nombuf); a frame longer than the data room is chained with
// segments that use the whole buffer (no headroom) after the first.
import { PCAP_QUEUE_BYTES } from "../abi/sizes";
import { COUNTER_NOMBUF, COUNTER_RECEIVED, COUNTER_SENT } from "../abi/counters";
import { DROP_RX_NOMBUF } from "../abi/drops";
import { INGRESS_DATA, INGRESS_ID, INGRESS_LENGTH, INGRESS_PORT } from "../abi/ingress";
import { CHAINED_MAX, MBUF_HEADROOM } from "../abi/limits";
import { TRACE_DROP, TRACE_RX, TRACE_TX } from "../abi/trace";
import { mbufAppend } from "../mbuf/fill";
import { RX_TIMESTAMP } from "../mbuf/flags";
import { mbufFree, mbufFreeBurst } from "../mbuf/free";
import { Mbuf, mbufData, mbufReset, REARM } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { copyAny } from "../memory/copy";
import { Lcore } from "../memory/lcore-context";
import { STOP_NONE } from "../virtio/virtqueue";
import { Egress, egressAppend, egressIsFull, egressRecord } from "./egress";
import { ingressEntry, ingressId, ingressRewind, IngressSource } from "./ingress";
import { countAdd, countBurst, countDrop, PortQueue } from "./queue";
import { traceAt, traceBurst } from "./trace";

@unmanaged
export class PcapQueue {
  source: u32; // an IngressCursor starts here
  next: u32;
  loop: u64;
  target: u32; // (queue << 16) | port
  egress: u32; // tx: Egress
}

if (offsetof<PcapQueue>() > PCAP_QUEUE_BYTES) ERROR();

/** The next record of this queue, 0: the capture is at its end. */
function nextRecord(rx: PcapQueue): usize {
  const s = changetype<IngressSource>(rx.source as usize);
  for (let turns: u32 = 0; ; ) {
    if (rx.next == s.count) {
      if (!ingressRewind(changetype<usize>(rx), turns++)) return 0;
      continue;
    }
    const e = ingressEntry(rx.source, rx.next);
    if (load<u32>(e, INGRESS_PORT) == rx.target) return e;
    rx.next++;
  }
  return 0;
}

export function pcapRx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<PortQueue>(queue), rx = changetype<PcapQueue>(q.state as usize);
  let got: u32 = 0, bytes: u32 = 0;
  while (got < n) {
    const e = nextRecord(rx);
    if (!e) break;
    const length = load<u32>(e, INGRESS_LENGTH), place = packets + (got << 2), id = ingressId(rx.source, load<u32>(e, INGRESS_ID), rx.loop);
    rx.next++;
    countAdd(q, COUNTER_RECEIVED, 1);
    if (!mempoolGet(lcore, q.pool, place, 1) || !fill(lcore, q, load<u32>(place), load<u32>(e, INGRESS_DATA), length, id)) {
      countAdd(q, COUNTER_NOMBUF, 1);
      countDrop(q, DROP_RX_NOMBUF, 1);
      changetype<Lcore>(lcore).stirred = 1;
      if (changetype<Lcore>(lcore).traceOn) traceAt(lcore, changetype<Lcore>(lcore).clock, TRACE_DROP, queue, id, 0, rx.next - 1, 0, DROP_RX_NOMBUF);
      break;
    }
    bytes += length;
    got++;
  }
  if (got == 0) return 0;
  countBurst(q, got, bytes);
  if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_RX, queue, packets, got, 0, 0, false);
  return got;
}

/** The queue has read its capture to the end, and no loop is left. */
export function pcapRxAtEnd(queue: usize): bool {
  return nextRecord(changetype<PcapQueue>(changetype<PortQueue>(queue).state as usize)) == 0;
}

/** Copies a record into m and further mbufs. @returns false: no mbuf for a further segment; all are freed */
function fill(lcore: usize, q: PortQueue, m: usize, from: usize, length: u32, id: u32): bool {
  const buffer = <u32>changetype<Mbuf>(m).bufferLength, room = buffer - MBUF_HEADROOM;
  mbufReset(m, q.rearm, min<u32>(length, room), id);
  store<u64>(m, RX_TIMESTAMP, offsetof<Mbuf>("olFlags"));
  if (length <= room) {
    copyAny(mbufData(m), from, length);
    return true;
  }
  memory.copy(mbufData(m), from, room);
  if (mbufAppend(lcore, q.pool, m, from + room, length - room, REARM & ~(0xffff as u64), buffer)) return true;
  mbufFree(lcore, m);
  return false;
}

export function pcapTx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<PortQueue>(queue), egress: usize = changetype<PcapQueue>(q.state as usize).egress, e = changetype<Egress>(egress);
  const kept = e.buffer != 0, records = e.records != 0, clock = changetype<Lcore>(lcore).clock;
  let bytes: u32 = 0, seconds: u32 = 0, nanoseconds: u32 = 0;
  if (records) {
    const now = e.epoch + clock / 1000;
    seconds = (now / 1_000_000_000) as u32;
    nanoseconds = (now % 1_000_000_000) as u32;
  }
  for (let p = packets, end = packets + (n << 2); p < end; p += 4) {
    const m: usize = load<u32>(p);
    const length = load<u32>(m, offsetof<Mbuf>("pktLen"));
    // A chained frame goes through a buffer of RTE_ETH_PCAP_SNAPLEN's size; a longer one is cut, and counted as cut.
    const written = load<u16>(m, offsetof<Mbuf>("nbSegs")) > 1 ? min<u32>(length, CHAINED_MAX) : length;
    bytes += written;
    if (!kept) continue;
    if (records) egressRecord(egress, m, written, seconds, nanoseconds);
    else egressAppend(egress, m, written, clock);
  }
  q.stall = STOP_NONE;
  countAdd(q, COUNTER_SENT, n);
  countBurst(q, n, bytes);
  if (egressIsFull(egress)) changetype<Lcore>(lcore).endBatch = 1;
  if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_TX, queue, packets, n, 0, 0, false);
  mbufFreeBurst(lcore, packets, n);
  return n;
}

/** at: PCAP_QUEUE_BYTES, zero. source: rx, else 0; egress: tx, else 0 */
export function pcapQueueInit(at: usize, source: usize, port: u32, number: u32, egress: usize): void {
  const s = changetype<PcapQueue>(at);
  s.source = source as u32;
  s.target = (number << 16) | port;
  s.egress = egress as u32;
}
