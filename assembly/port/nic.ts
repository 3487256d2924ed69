// nic - a simulated NIC: rx queues of finite depth that packets reach at their arrival times, tx queues that drain at line rate.
//
// Rx: arrivals are worked off at a poll, up to its time; between polls nothing else can change the queue, so who finds it full
// (rx_missed) is exact. A packet that the mempool has no mbuf for stays in the queue, rx_nombuf moves (as ixgbe_recv_pkts).
// Tx: a packet takes a place until its last bit has left; without a line rate, none.
// Line rate counts (frame + 4 FCS + 20) x 8 bits. Frames longer than one data room are scattered over mbufs.
// Not modelled: mbufs held by the rx ring, link state, flow control, offloads, VMDq.
// Writers: each queue its lcore; the tx side's `busyUntil` is per port and is used in virtual time only.
import { NIC_RX_BYTES, NIC_TX_BYTES, NIC_TX_PORT_BYTES } from "../abi/sizes";
import { COUNTER_GENERATED, COUNTER_NOMBUF, COUNTER_RECEIVED, COUNTER_SENT } from "../abi/counters";
import { DROP_RX_MISSED } from "../abi/drops";
import { INGRESS_DATA, INGRESS_ID, INGRESS_LENGTH, INGRESS_PORT, INGRESS_TIME } from "../abi/ingress";
import { MBUF_HEADROOM } from "../abi/limits";
import { TRACE_ARRIVED, TRACE_DROP, TRACE_RX, TRACE_TX } from "../abi/trace";
import { mbufAppend } from "../mbuf/fill";
import { mbufFreeBurst } from "../mbuf/free";
import { Mbuf, mbufBytes, mbufData, mbufReset, REARM } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { copyAny } from "../memory/copy";
import { Lcore } from "../memory/lcore-context";
import { STOP_FULL, STOP_NONE } from "../virtio/virtqueue";
import { Egress, egressAppend } from "./egress";
import { IngressCursor, ingressEntry, ingressId, ingressRewind, IngressSource } from "./ingress";
import { countAdd, countBurst, countDrop, PortQueue } from "./queue";
import { traceAt, traceBurst } from "./trace";

@unmanaged
export class NicRx {
  source: u32; // an IngressCursor starts here
  next: u32;
  loop: u64;
  target: u32; // (queue << 16) | port that entries must carry
  mask: u32; // depth - 1
  fifo: u32; // { entry u32, id u32 }[depth]: arrived, not yet taken
  head: u32;
  tail: u32;
  template: u32; // generator: 64 bytes to start every frame with; 0: the source is a capture
  templateLength: u32;
  own: u32; // 1: what arrives is made here, not on a wire: it is counted as generated
  templateLeft: u64; // frames still to generate
  templateNumber: u64;
}

@unmanaged
export class NicTx {
  port: u32; // NicTxPort
  mask: u32; // depth - 1
  finish: u32; // u64[depth]: when each packet under way has left
  head: u32;
  tail: u32;
  egress: u32; // Egress
}

@unmanaged
export class NicTxPort {
  busyUntil: u64; // ps: the line is taken until then
  psPerByte: u32; // 0: no line rate
}

if (offsetof<NicRx>() > NIC_RX_BYTES) ERROR();
if (offsetof<NicTx>() > NIC_TX_BYTES) ERROR();
if (offsetof<NicTxPort>() > NIC_TX_PORT_BYTES) ERROR();
/** Bytes of a frame's two addresses. */
const ADDRESSES: u32 = 12;
/** FCS, preamble and gap: bytes on the wire beyond the frame. */
export const WIRE_OVERHEAD: u32 = 24;

/** Lets in what has arrived by `now`. */
function arrive(lcore: usize, q: PortQueue, rx: NicRx, now: u64): void {
  const s = changetype<IngressSource>(rx.source as usize), waits = s.waits != 0;
  let received: u32 = 0, turns: u32 = 0;
  for (;;) {
    if (rx.next == s.count) {
      if (!ingressRewind(changetype<usize>(rx), turns++)) break;
      continue;
    }
    const e = ingressEntry(rx.source, rx.next);
    if (load<u32>(e, INGRESS_PORT) != rx.target) {
      rx.next++;
      continue;
    }
    turns = 0;
    const time = load<u64>(e, INGRESS_TIME) + rx.loop * s.loopSpan;
    if (s.paced && time > now) break;
    const full = rx.tail - rx.head > rx.mask;
    if (full && waits) break;
    rx.next++;
    received++;
    const id = ingressId(rx.source, load<u32>(e, INGRESS_ID), rx.loop);
    if (full) {
      countDrop(q, DROP_RX_MISSED, 1);
      if (changetype<Lcore>(lcore).traceOn) traceAt(lcore, time, TRACE_DROP, changetype<usize>(q), id, 0, rx.tail & rx.mask, 0, DROP_RX_MISSED);
      continue;
    }
    const place: usize = rx.fifo + ((rx.tail & rx.mask) << 3);
    store<u32>(place, e as u32);
    store<u32>(place, id, 4);
    if (changetype<Lcore>(lcore).traceOn) {
      q.occupancy = rx.tail - rx.head + 1;
      traceAt(lcore, s.paced ? time : now, TRACE_ARRIVED, changetype<usize>(q), id, 0, rx.tail & rx.mask, 0, 0);
    }
    rx.tail++;
  }
  if (received) countAdd(q, rx.own ? COUNTER_GENERATED : COUNTER_RECEIVED, received);
}

/** Rx burst. packets: u32[n]. @returns packets, 0..n */
export function nicRx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<PortQueue>(queue), rx = changetype<NicRx>(q.state as usize);
  if (rx.template) return generate(lcore, q, rx, packets, n);
  arrive(lcore, q, rx, changetype<Lcore>(lcore).clock);
  const waiting = rx.tail - rx.head;
  if (n > waiting) n = waiting;
  if (n == 0) return 0;
  if (!mempoolGet(lcore, q.pool, packets, n)) n = getOneByOne(lcore, q, packets, n);
  q.index = rx.head & rx.mask;
  let bytes: u32 = 0, i: u32 = 0;
  for (; i < n; i++) {
    const place: usize = rx.fifo + (((rx.head + i) & rx.mask) << 3), e: usize = load<u32>(place);
    const m: usize = load<u32>(packets + (i << 2)), length = load<u32>(e, INGRESS_LENGTH), from: usize = load<u32>(e, INGRESS_DATA);
    mbufReset(m, q.rearm, length, load<u32>(place, 4));
    if (length > <u32>changetype<Mbuf>(m).bufferLength - MBUF_HEADROOM) {
      if (!scatter(lcore, q, m, from, length)) break;
    } else {
      copyAny(mbufData(m), from, length);
      // macswap of a frame without whole addresses exchanges what lies behind it: nothing, whatever the mbuf held before
      if (length < ADDRESSES) memory.fill(mbufData(m) + length, 0, ADDRESSES - length);
    }
    bytes += length;
  }
  if (i < n) {
    mbufFreeBurst(lcore, packets + (i << 2), n - i);
    n = i;
  }
  rx.head += n;
  q.occupancy = rx.tail - rx.head;
  countBurst(q, n, bytes);
  if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_RX, queue, packets, n, 0, 0, false);
  return n;
}

/** The bulk failed: takes what there is, one by one, and counts one failed allocation. */
function getOneByOne(lcore: usize, q: PortQueue, packets: usize, n: u32): u32 {
  let i: u32 = 0;
  while (i < n && mempoolGet(lcore, q.pool, packets + (i << 2), 1)) i++;
  countAdd(q, COUNTER_NOMBUF, 1);
  return i;
}

/** Fills m and further mbufs with a frame longer than one data room. @returns false: no mbuf; m is a single empty segment again */
function scatter(lcore: usize, q: PortQueue, m: usize, from: usize, length: u32): bool {
  const mbuf = changetype<Mbuf>(m), room = <u32>mbuf.bufferLength - MBUF_HEADROOM, id = mbuf.id;
  mbufReset(m, q.rearm, room, id);
  memory.copy(mbufData(m), from, room);
  if (mbufAppend(lcore, q.pool, m, from + room, length - room, REARM, room)) return true;
  countAdd(q, COUNTER_NOMBUF, 1);
  mbufReset(m, q.rearm, 0, id);
  return false;
}

/**
 * A traffic generator on the wire: frames of one length whose first 64 bytes are the template, the UDP source port counting; behind
 * them is what the mbuf held.
 */
function generate(lcore: usize, q: PortQueue, rx: NicRx, packets: usize, n: u32): u32 {
  if (<u64>n > rx.templateLeft) n = rx.templateLeft as u32;
  if (n == 0 || !mempoolGet(lcore, q.pool, packets, n)) return 0;
  const t: usize = rx.template, length = rx.templateLength, rearm = q.rearm, end = packets + (n << 2);
  const a = v128.load(t), b = v128.load(t, 16), c = v128.load(t, 32), d = v128.load(t, 48);
  let number = rx.templateNumber as u32;
  for (let p = packets; p < end; p += 4, number++) {
    const m: usize = load<u32>(p), at = load<u32>(m) + MBUF_HEADROOM;
    mbufReset(m, rearm, length, number & 0x7fff_ffff);
    v128.store(at, a);
    v128.store(at, b, 16);
    v128.store(at, c, 32);
    v128.store(at, d, 48);
    store<u16>(at, number as u16, 34);
  }
  rx.templateNumber += n;
  rx.templateLeft -= n;
  countAdd(q, COUNTER_RECEIVED, n);
  countBurst(q, n, n * length);
  return n;
}

/** When the queue's next packet arrives, virtual ps; packets that already wait do not count. u64.MAX_VALUE: none comes by time */
export function nicRxNext(queue: usize): u64 {
  const rx = changetype<NicRx>(changetype<PortQueue>(queue).state as usize), s = changetype<IngressSource>(rx.source as usize);
  if (rx.template || !s.paced || (s.waits && rx.tail - rx.head > rx.mask)) return u64.MAX_VALUE; // a full queue waits for a poll, not for time
  for (let turns: u32 = 0; ; ) {
    if (rx.next == s.count) {
      if (!ingressRewind(changetype<usize>(rx), turns++)) return u64.MAX_VALUE;
      continue;
    }
    const e = ingressEntry(rx.source, rx.next);
    if (load<u32>(e, INGRESS_PORT) == rx.target) return load<u64>(e, INGRESS_TIME) + rx.loop * s.loopSpan;
    rx.next++;
  }
  return u64.MAX_VALUE;
}

/** Lets in all that arrives up to `now`, without a poll: exact while no poll of this queue starts before `now`. */
export function nicRxCatchUp(lcore: usize, queue: usize, now: u64): void {
  const q = changetype<PortQueue>(queue), rx = changetype<NicRx>(q.state as usize);
  if (!rx.template) arrive(lcore, q, rx, now);
}

/** Packets arrived and not yet taken. */
export function nicRxWaiting(queue: usize): u32 {
  const rx = changetype<NicRx>(changetype<PortQueue>(queue).state as usize);
  return rx.tail - rx.head;
}

/** The queue has walked the present part of its source to the end. */
export function nicRxAtEnd(queue: usize): bool {
  const rx = changetype<NicRx>(changetype<PortQueue>(queue).state as usize);
  return !rx.template && rx.next == changetype<IngressSource>(rx.source as usize).count;
}

/** Entries of [first, end) that still wait in the queue: their bytes must stay where they are. */
export function nicRxHolds(queue: usize, first: u32, end: u32): bool {
  const rx = changetype<NicRx>(changetype<PortQueue>(queue).state as usize);
  for (let i = rx.head; i != rx.tail; i++) {
    const e = load<u32>(rx.fifo + ((i & rx.mask) << 3));
    if (e >= first && e < end) return true;
  }
  return false;
}

/** The source was given its next part: start at its first entry. */
export function nicRxRestart(queue: usize): void {
  changetype<NicRx>(changetype<PortQueue>(queue).state as usize).next = 0;
}

/** Places whose packets have left by now. */
function reclaim(tx: NicTx, now: u64): void {
  while (tx.head != tx.tail && load<u64>(tx.finish + ((tx.head & tx.mask) << 3)) <= now) tx.head++;
}

/** Puts n packets on the line, one behind the other, and writes them down where they are kept. @returns their bytes */
function sendOnLine(tx: NicTx, line: NicTxPort, packets: usize, n: u32, now: u64, kept: bool): u32 {
  const rate = line.psPerByte, egress: usize = tx.egress;
  let bytes: u32 = 0, busy = max<u64>(line.busyUntil, now);
  for (let p = packets, end = packets + (n << 2); p < end; p += 4) {
    const m: usize = load<u32>(p), length = load<u32>(m, offsetof<Mbuf>("pktLen"));
    bytes += length;
    if (rate) {
      busy += <u64>(length + WIRE_OVERHEAD) * rate;
      store<u64>(tx.finish + ((tx.tail & tx.mask) << 3), busy);
      tx.tail++;
    }
    if (kept) egressAppend(egress, m, length, busy);
  }
  line.busyUntil = busy;
  return bytes;
}

/** Tx burst: takes what the queue has room for, writes it down as egress, frees it. @returns packets taken, 0..n */
export function nicTx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<PortQueue>(queue), tx = changetype<NicTx>(q.state as usize), line = changetype<NicTxPort>(tx.port as usize);
  const now = changetype<Lcore>(lcore).clock, rate = line.psPerByte;
  q.stall = STOP_NONE;
  if (rate) {
    reclaim(tx, now);
    const free = tx.mask + 1 - (tx.tail - tx.head);
    if (n > free) {
      n = free;
      q.stall = STOP_FULL;
    }
    if (n == 0) return 0;
  }
  q.index = tx.tail & tx.mask;
  const kept = changetype<Egress>(tx.egress as usize).buffer != 0;
  const l = changetype<Lcore>(lcore), whole = packets == l.packets && n == l.packetCount;
  const bytes = u32(rate != 0) | u32(kept) ? sendOnLine(tx, line, packets, n, now, kept) : whole ? l.packetBytes : mbufBytes(packets, n);
  q.occupancy = tx.tail - tx.head;
  countAdd(q, COUNTER_SENT, n);
  countBurst(q, n, bytes);
  if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_TX, queue, packets, n, 0, 0, false);
  mbufFreeBurst(lcore, packets, n);
  return n;
}

/** Places free now. */
export function nicTxFree(lcore: usize, queue: usize): u32 {
  const q = changetype<PortQueue>(queue), tx = changetype<NicTx>(q.state as usize);
  if (!changetype<NicTxPort>(tx.port as usize).psPerByte) return u32.MAX_VALUE;
  reclaim(tx, changetype<Lcore>(lcore).clock);
  return tx.mask + 1 - (tx.tail - tx.head);
}

/** When the next place falls free. u64.MAX_VALUE: none is taken */
export function nicTxNext(queue: usize): u64 {
  const tx = changetype<NicTx>(changetype<PortQueue>(queue).state as usize);
  return tx.head == tx.tail ? u64.MAX_VALUE : load<u64>(tx.finish + ((tx.head & tx.mask) << 3));
}

/** at: NIC_RX_BYTES, zero. depth: a power of two. fifo: u64[depth]. target: the port number that entries carry */
export function nicRxInit(at: usize, source: usize, port: u32, number: u32, depth: u32, fifo: usize): void {
  const rx = changetype<NicRx>(at);
  rx.source = source as u32;
  rx.target = (number << 16) | port;
  rx.mask = depth - 1;
  rx.fifo = fifo as u32;
}

/** What the queue's source holds is made here, by somebody who is no port: QEMU's announcements. */
export function nicRxOwn(at: usize): void {
  changetype<NicRx>(at).own = 1;
}

/** Makes the queue generate `frames` frames of `length` bytes (64 or more) that start with the 64 bytes at `template`. */
export function nicRxGenerate(at: usize, template: usize, length: u32, frames: u64): void {
  const rx = changetype<NicRx>(at);
  rx.template = template as u32;
  rx.templateLength = length;
  rx.templateLeft = frames;
}

/** at: NIC_TX_BYTES, zero. port: NIC_TX_PORT_BYTES, shared by the port's tx queues. finish: u64[depth] */
export function nicTxInit(at: usize, port: usize, depth: u32, finish: usize, egress: usize): void {
  const tx = changetype<NicTx>(at);
  tx.port = port as u32;
  tx.mask = depth - 1;
  tx.finish = finish as u32;
  tx.egress = egress as u32;
}

export function nicTxPortInit(at: usize, psPerByte: u32): void {
  changetype<NicTxPort>(at).psPerByte = psPerByte;
}
