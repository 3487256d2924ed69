// vhost - a port over the device side of virtqueues: what net_vhost is. rx takes from the guest's tx ring, tx fills its rx ring.
// Follows eth_vhost_rx and eth_vhost_tx: tx puts VLAN tags into packets that ask for one, frees what was sent and returns; what was not
// stays the caller's, tagged. A packet that takes no tag is freed here (PortQueue.lost); the real one frees it, and then the last of the
// burst twice.
// Not modelled: link state, xstats by size, zero copy (DPDK removed it in 20.11).
import { COUNTER_ERRORS, COUNTER_FAULTS, COUNTER_GENERATED, COUNTER_NOMBUF, COUNTER_NOTIFIED } from "../abi/counters";
import { DROP_CHAIN_BROKEN, DROP_RING_DISABLED, DROP_RX_FILTERED, DROP_RX_NOMBUF, DROP_RX_SHORT, DROP_TX_VLAN } from "../abi/drops";
import { TRACE_DROP, TRACE_RX, TRACE_TX } from "../abi/trace";
import { TX_VLAN } from "../mbuf/flags";
import { mbufFreeBurst } from "../mbuf/free";
import { Mbuf, mbufData } from "../mbuf/mbuf";
import { vlanInsert } from "../mbuf/vlan";
import { Lcore } from "../memory/lcore-context";
import { announcement, announces } from "../virtio/announcement";
import { deviceDequeue, deviceEnqueue, deviceIndex, deviceReady, indexAfter, usedLength } from "../virtio/device";
import { rxFilterAccepts } from "../virtio/rx-filter";
import { DeviceQueue, STOP_BROKEN, STOP_LOST, STOP_MALFORMED, STOP_SHORT } from "../virtio/virtqueue";
import { countAdd, countBurst, countDrop, PortQueue } from "./queue";
import { softwareRx, softwareTx } from "./software";
import { traceAt, traceBurst } from "./trace";

/** VHOST_MAX_PKT_BURST: packets that one call of the vhost library moves; net_vhost loops until one moves fewer. */
const CALL_MAX: u32 = 32;

/** Rx burst: dequeues. @returns packets, 0..n */
export function vhostRx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<PortQueue>(queue), vq = changetype<DeviceQueue>(q.state as usize), calls = vq.calls;
  if (n == 0) return 0;
  q.index = deviceIndex(q.state);
  let got: u32 = 0, bytes: u32 = 0;
  if (announces(vq)) {
    got = announcement(lcore, vq, packets);
    bytes = got ? changetype<Mbuf>(load<u32>(packets) as usize).pktLen : 0;
    countAdd(q, COUNTER_GENERATED, got);
  }
  while (got < n) {
    const wanted = min<u32>(n - got, CALL_MAX);
    vq.burstBytes = 0;
    const k = deviceDequeue(lcore, q.state, packets + (got << 2), wanted);
    got += k;
    bytes += vq.burstBytes;
    if (k < wanted) break;
  }
  if (vq.stop >= STOP_BROKEN) countStop(lcore, q, vq, q.index + got);
  if (vq.calls != calls) countAdd(q, COUNTER_NOTIFIED, vq.calls - calls);
  if (got == 0) return 0;
  if (vq.discards) return discard(lcore, q, packets, got);
  if (q.software) bytes -= softwareRx(q.software, packets, got);
  countBurst(q, got, bytes);
  if (changetype<Lcore>(lcore).traceOn) {
    q.occupancy = deviceReady(q.state);
    traceBurst(lcore, TRACE_RX, queue, packets, got, 0, 0, false);
  }
  return got;
}

/** What came by a ring that is disabled ends here: vhost-user, "Ring states". @returns 0 */
function discard(lcore: usize, q: PortQueue, packets: usize, n: u32): u32 {
  countDrop(q, DROP_RING_DISABLED, n);
  if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_DROP, changetype<usize>(q), packets, n, 0, DROP_RING_DISABLED, false);
  mbufFreeBurst(lcore, packets, n);
  return 0;
}

/** Counts what ended an rx burst early: a packet that was consumed and lost, a fault of the ring. net_vhost itself counts neither. */
function countStop(lcore: usize, q: PortQueue, vq: DeviceQueue, index: u32): void {
  if (vq.fault) countFault(q, vq);
  if (vq.stop != STOP_SHORT && vq.stop != STOP_LOST && vq.stop != STOP_MALFORMED) return;
  const reason = vq.stop == STOP_SHORT ? DROP_RX_SHORT : vq.stop == STOP_LOST ? DROP_RX_NOMBUF : DROP_CHAIN_BROKEN;
  countDrop(q, reason, 1);
  if (!vq.quirks) countAdd(q, vq.stop == STOP_LOST ? COUNTER_NOMBUF : COUNTER_ERRORS, 1);
  if (!changetype<Lcore>(lcore).traceOn) return;
  traceAt(lcore, changetype<Lcore>(lcore).clock, TRACE_DROP, changetype<usize>(q), vq.lostId, 0, index, 0, reason);
}

/** Counts a fault by its name, once while the ring stays where it is. */
function countFault(q: PortQueue, vq: DeviceQueue): void {
  if (vq.faultAt != vq.lastAvail + 1) countAdd(q, COUNTER_FAULTS + vq.fault - 1, 1);
  vq.faultAt = vq.lastAvail + 1;
  vq.fault = 0;
}

/** Tx burst: enqueues, frees what was sent. @returns packets taken, 0..n; PortQueue.stall says why fewer, .lost which of them died here */
export function vhostTx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<PortQueue>(queue), vq = changetype<DeviceQueue>(q.state as usize), calls = vq.calls;
  let lost: u32 = 0;
  if (q.inserts | q.filter) {
    if (q.filter) lost = filterOut(lcore, queue, packets, n);
    if (q.inserts) lost += vhostInsertTags(lcore, queue, packets + (lost << 2), n - lost);
    q.lost = lost;
    packets += lost << 2;
    n -= lost;
  }
  if (q.software) softwareTx(packets, n);
  q.index = deviceIndex(q.state);
  let sent: u32 = 0, bytes: u32 = 0;
  while (sent < n) {
    const wanted = min<u32>(n - sent, CALL_MAX);
    vq.burstBytes = 0;
    const k = deviceEnqueue(lcore, q.state, packets + (sent << 2), wanted);
    sent += k;
    bytes += vq.burstBytes;
    if (k < wanted) break;
  }
  q.stall = vq.stop;
  if (vq.fault) countFault(q, vq);
  if (vq.calls != calls) countAdd(q, COUNTER_NOTIFIED, vq.calls - calls);
  if (sent == 0) return lost;
  countBurst(q, sent, bytes);
  if (changetype<Lcore>(lcore).traceOn) traceEnqueued(lcore, q, vq, packets, sent);
  mbufFreeBurst(lcore, packets, sent);
  return lost + sent;
}

/** Tags what asks for it. Packets that take none move to the front of the array and are freed. @returns how many */
export function vhostInsertTags(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  let lost: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const place = packets + (i << 2), m: usize = load<u32>(place);
    if (!(changetype<Mbuf>(m).olFlags & TX_VLAN) || vlanInsert(m)) continue;
    setAside(packets, lost++, i);
  }
  lose(lcore, queue, packets, lost, DROP_TX_VLAN);
  return lost;
}

/** Likewise what the device's receive filter does not let in. */
function filterOut(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const control: usize = changetype<PortQueue>(queue).filter;
  let lost: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const m: usize = load<u32>(packets + (i << 2));
    if (!rxFilterAccepts(control, mbufData(m), changetype<Mbuf>(m).dataLen)) setAside(packets, lost++, i);
  }
  lose(lcore, queue, packets, lost, DROP_RX_FILTERED);
  return lost;
}

/** Moves packet i in front of those behind `lost`, which keep their order. */
function setAside(packets: usize, lost: u32, i: u32): void {
  const m = load<u32>(packets + (i << 2));
  memory.copy(packets + (lost << 2) + 4, packets + (lost << 2), (i - lost) << 2);
  store<u32>(packets + (lost << 2), m);
}

/** Counts n packets that die here, and frees them. */
function lose(lcore: usize, queue: usize, packets: usize, n: u32, reason: u32): void {
  if (n == 0) return;
  countDrop(changetype<PortQueue>(queue), reason, n);
  if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_DROP, queue, packets, n, 0, reason, false);
  mbufFreeBurst(lcore, packets, n);
}

/** Each traced packet at the ring entry where it starts: a mergeable one takes several, as the used entries just written tell. */
function traceEnqueued(lcore: usize, q: PortQueue, vq: DeviceQueue, packets: usize, n: u32): void {
  q.occupancy = vq.mask + 1 - deviceReady(q.state);
  const first = q.index;
  let entry = first, used: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const place = packets + (i << 2), m: usize = load<u32>(place);
    q.index = entry;
    traceBurst(lcore, TRACE_TX, changetype<usize>(q), place, 1, 0, 0, false);
    let rest: i32 = <i32>changetype<Mbuf>(m).pktLen + <i32>vq.headerBytes;
    do {
      rest -= usedLength(q.state, entry) as i32;
      entry = indexAfter(q.state, entry, 1);
    } while (rest > 0 && ++used <= vq.mask);
  }
  q.index = first;
}

/** Buffers that the guest has posted: packets of one buffer that fit now. */
export function vhostTxFree(queue: usize): u32 {
  return deviceReady(changetype<PortQueue>(queue).state);
}

/** Packets in the guest's tx ring. */
export function vhostRxWaiting(queue: usize): u32 {
  return deviceReady(changetype<PortQueue>(queue).state);
}
