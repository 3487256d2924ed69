// split-device - the device (vhost) side of a split ring: enqueue towards the guest, dequeue from it. virtio 1.3, 2.7; follows
// DPDK's virtio_dev_rx_split and virtio_dev_tx_split (which buffer is taken, when a burst stops), not their text.
//
// Packets of one segment in buffers of one descriptor go through split-usual.ts, a burst at a time; all else through split-chain.ts.
// Invariants: D1 used.idx is published once a burst, after payload and used entries. D2 an address is used only after it was found
// inside a region. D3 a chain that the rules forbid stops the ring (`broken`): what waits in it stays queued. With quirks the ring looks at the same
// place again in the next burst, as DPDK's does, and goes on when its driver has repaired it; avail.idx may be as far ahead as it likes.
// Writers: used ring, DeviceQueue: this side.
import { FAULT_AVAIL_IDX } from "../abi/faults";
import { MBUF_HEADROOM } from "../abi/limits";
import { mbufFreeBurst } from "../mbuf/free";
import { Mbuf } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { anyRequests } from "../mbuf/prepare";
import { loadIndex16, publish16 } from "../memory/barrier";
import { Lcore } from "../memory/lcore-context";
import { logSplitUsed } from "./dirty-log";
import { interruptAsk } from "./interrupt";
import { splitWantsCall } from "./notification";
import { chainRead, chainWrite } from "./split-chain";
import { RING_IDX } from "./split-ring";
import { dequeueCopy, dequeueShort, dequeueTake, enqueueCopy, enqueueRequests, enqueueShort, enqueueTake } from "./split-usual";
import { breakRing, DeviceQueue, refuse, STOP_BROKEN, STOP_FULL, STOP_NO_MBUF, STOP_NONE, walkBudget } from "./virtqueue";

/**
 * Copies packets into the buffers that the driver posted.
 * packets  u32[n], mbuf addresses; they stay the caller's
 * @returns packets taken, 0..n, in order; DeviceQueue.stop says why fewer
 */
export function splitDeviceEnqueue(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DeviceQueue>(queue), first = q.lastAvail, availEnd = loadIndex16(q.avail + RING_IDX);
  const ready = (availEnd - q.lastAvail) & 0xffff;
  q.stop = STOP_NONE;
  q.burstBytes = 0;
  q.budget = walkBudget(q);
  if (n > ready) {
    q.stop = STOP_FULL;
    n = ready;
  }
  if (ready > q.mask + 1) tooMany(q);
  if (q.broken) {
    q.stop = STOP_BROKEN;
    return 0;
  }
  const places: usize = changetype<Lcore>(lcore).places;
  const asks = q.careful != 0 && (q.keeps != 0 || anyRequests(packets, n));
  let done: u32 = 0;
  while (done < n) {
    if (!q.log) {
      if (!asks) done += enqueueShort(queue, packets + (done << 2), n - done);
      if (done == n) break;
      const at = packets + (done << 2), k = enqueueTake(queue, at, places, n - done);
      if (asks) enqueueRequests(queue, at, places, k);
      else enqueueCopy(at, places, k, q.headerBytes);
      done += k;
      if (done == n) break;
    }
    const m: usize = load<u32>(packets + (done << 2)), stop = chainWrite(queue, m, availEnd);
    if (stop != STOP_NONE) {
      q.stop = stop;
      break;
    }
    q.burstBytes += changetype<Mbuf>(m).pktLen;
    done++;
    // It may have taken several buffers: fewer packets than hoped may fit.
    const rest = (availEnd - q.lastAvail) & 0xffff;
    if (rest < n - done) {
      q.stop = STOP_FULL;
      n = done + rest;
    }
  }
  splitGiveBack(lcore, q, first);
  return done;
}

/**
 * Copies packets out of the buffers that the driver published, into mbufs of the queue's pool.
 * packets  u32[n] to fill
 * @returns packets, 0..n; DeviceQueue.stop says why fewer. With no mbufs 0, and the ring is left as it is
 */
export function splitDeviceDequeue(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DeviceQueue>(queue), first = q.lastAvail;
  const ready = (loadIndex16(q.avail + RING_IDX) - q.lastAvail) & 0xffff;
  q.stop = STOP_NONE;
  q.burstBytes = 0;
  q.budget = walkBudget(q);
  if (ready > q.mask + 1) tooMany(q);
  if (n > ready) n = ready;
  if (q.broken) {
    q.stop = STOP_BROKEN;
    return 0;
  }
  if (n == 0) return 0;
  if (!mempoolGet(lcore, q.pool, packets, n)) {
    q.stop = STOP_NO_MBUF;
    return 0;
  }
  const places: usize = changetype<Lcore>(lcore).places;
  const room = <u32>changetype<Mbuf>(load<u32>(packets) as usize).bufferLength - MBUF_HEADROOM;
  let done: u32 = 0;
  while (done < n) {
    done += dequeueShort(queue, packets + (done << 2), n - done, room);
    if (done == n) break;
    const at = packets + (done << 2), k = dequeueTake(queue, at, places, n - done, room);
    dequeueCopy(queue, at, places, k);
    done += k;
    if (done == n) break;
    const m: usize = load<u32>(packets + (done << 2)), stop = chainRead(lcore, queue, m);
    if (stop != STOP_NONE) {
      // The chain gave no packet (it may have been consumed: STOP_SHORT, STOP_LOST) and the burst ends, as DPDK's does.
      q.stop = stop;
      break;
    }
    q.burstBytes += changetype<Mbuf>(m).pktLen;
    done++;
  }
  if (done < n) mbufFreeBurst(lcore, packets + (done << 2), n - done); // allocated for chains that gave no packet
  splitGiveBack(lcore, q, first);
  return done;
}

/** The driver cannot have made more available than it has; DPDK takes it all the same. */
function tooMany(q: DeviceQueue): void {
  if (q.quirks) return;
  refuse(q, FAULT_AVAIL_IDX);
  breakRing(q);
}

/** Publishes used.idx, if it moved (it orders payload and used entries before it), and calls the driver if it wants that. */
export function splitGiveBack(lcore: usize, q: DeviceQueue, first: u32): void {
  if (q.lastAvail == first) return;
  publish16(lcore, q.used + RING_IDX, q.lastAvail);
  if (q.log) logSplitUsed(q, first);
  if (q.interrupt) interruptAsk(lcore, q, first, 0, 0);
  else if (splitWantsCall(q, first)) q.calls++;
}

/** Buffers the driver has posted and this side has not taken: free places on an rx ring, waiting packets on a tx ring. */
export function splitDeviceReady(queue: usize): u32 {
  const q = changetype<DeviceQueue>(queue);
  return (loadIndex16(q.avail + RING_IDX) - q.lastAvail) & 0xffff;
}
