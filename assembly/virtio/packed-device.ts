// packed-device - the device (vhost) side of a packed ring: enqueue towards the guest, dequeue from it. virtio 1.3, 2.8; follows DPDK's
// virtio_dev_rx_packed and virtio_dev_tx_packed (which buffer is taken, when a burst stops, what a malformed chain leads to).
//
// Packets of one segment in buffers of one descriptor go through packed-usual.ts, all else through packed-chain.ts.
// Invariants: P1 the first used descriptor of a burst is published last, after payload and the others. P2 an address is used only after it was
// found inside a region, a descriptor is read once for each use. P3 a chain that the rules forbid stops an rx ring (`broken`); on a tx ring it is
// consumed and counted, and the ring lives, as DPDK's does. P4 in order a dequeued burst is given back by one descriptor, with the last id.
// Writers: used descriptors, device event area, DeviceQueue: this side.
import { MBUF_HEADROOM } from "../abi/limits";
import { mbufFreeBurst } from "../mbuf/free";
import { Mbuf } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { anyRequests } from "../mbuf/prepare";
import { loadIndex16, publishFlags16 } from "../memory/barrier";
import { Lcore } from "../memory/lcore-context";
import { logPackedUsed } from "./dirty-log";
import { interruptAsk } from "./interrupt";
import { packedWantsCall } from "./notification";
import { packedChainRead, packedChainWrite } from "./packed-chain";
import {
  availBits, PACKED_DESC_F_BOTH, PACKED_DESC_F_INDIRECT, PACKED_DESC_F_NEXT, PACKED_DESC_F_WRITE, PACKED_FLAGS, PACKED_ID, PACKED_LEN, usedBits,
} from "./packed-ring";
import { BATCH, packedDequeueBatch } from "./packed-quirks";
import { packedDequeueShort, packedDequeueTake, packedEnqueueShort, packedEnqueueTake } from "./packed-usual";
import { dequeueCopy, enqueueCopy, enqueueRequests } from "./split-usual";
import { DeviceQueue, STOP_BROKEN, STOP_FULL, STOP_NO_MBUF, STOP_NONE, walkBudget } from "./virtqueue";

/** As deviceEnqueue. */
export function packedDeviceEnqueue(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DeviceQueue>(queue), slot = q.lastAvail, wrap = q.wrap;
  q.stop = STOP_NONE;
  q.burstBytes = 0;
  q.budget = walkBudget(q);
  if (q.broken) {
    q.stop = STOP_BROKEN;
    return 0;
  }
  q.held = 0;
  q.heldFlags = usedBits(wrap) | PACKED_DESC_F_WRITE;
  const places: usize = changetype<Lcore>(lcore).places;
  const asks = q.careful != 0 && (q.keeps != 0 || anyRequests(packets, n));
  let done: u32 = 0;
  while (done < n) {
    if (!q.log) {
      if (!asks) done += packedEnqueueShort(queue, packets + (done << 2), n - done);
      if (done == n) break;
      const at = packets + (done << 2), k = packedEnqueueTake(queue, at, places, n - done);
      if (asks) enqueueRequests(queue, at, places, k);
      else enqueueCopy(at, places, k, q.headerBytes);
      done += k;
      if (done == n) break;
    }
    if (!isAvailable(q, q.lastAvail, q.wrap)) {
      q.stop = STOP_FULL;
      break;
    }
    const m: usize = load<u32>(packets + (done << 2)), stop = packedChainWrite(queue, m);
    if (stop != STOP_NONE) {
      q.stop = stop;
      break;
    }
    q.burstBytes += changetype<Mbuf>(m).pktLen;
    done++;
  }
  if (q.held) packedGiveBack(lcore, q, slot, wrap, q.heldFlags);
  return done;
}

/** As deviceDequeue. */
export function packedDeviceDequeue(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DeviceQueue>(queue), slot = q.lastAvail, wrap = q.wrap;
  q.stop = STOP_NONE;
  q.burstBytes = 0;
  q.budget = walkBudget(q);
  if (!q.quirks) n = readyUpTo(q, n); // DPDK takes mbufs for a whole burst, whatever waits
  if (n == 0) return 0;
  if (!mempoolGet(lcore, q.pool, packets, n)) {
    q.stop = STOP_NO_MBUF;
    return 0;
  }
  q.held = 0;
  q.heldFlags = usedBits(wrap);
  const places: usize = changetype<Lcore>(lcore).places;
  const room = <u32>changetype<Mbuf>(load<u32>(packets) as usize).bufferLength - MBUF_HEADROOM;
  let done: u32 = 0;
  while (done < n) {
    const at = packets + (done << 2);
    if (q.quirks) {
      const batch = n - done >= BATCH ? packedDequeueBatch(queue, at, room) : 0;
      done += batch;
      if (batch) continue;
    } else {
      done += dequeueUsual(queue, at, places, n - done, room);
    }
    if (done == n || !isAvailable(q, q.lastAvail, q.wrap)) break;
    const m: usize = load<u32>(packets + (done << 2)), stop = packedChainRead(lcore, queue, m);
    if (stop != STOP_NONE) {
      // The chain was consumed and gave no packet, and the burst ends, as DPDK's does.
      q.stop = stop;
      break;
    }
    q.burstBytes += changetype<Mbuf>(m).pktLen;
    done++;
  }
  if (done < n) mbufFreeBurst(lcore, packets + (done << 2), n - done); // allocated for chains that gave no packet
  if (q.held) {
    packedTogether(q, slot);
    packedGiveBack(lcore, q, slot, wrap, q.heldFlags);
  }
  return done;
}

/** Buffers of one descriptor in the region at hand. @returns packets, 0..n */
function dequeueUsual(queue: usize, packets: usize, places: usize, n: u32, room: u32): u32 {
  const done = packedDequeueShort(queue, packets, n, room);
  if (done == n) return done;
  const at = packets + (done << 2), k = packedDequeueTake(queue, at, places, n - done, room);
  dequeueCopy(queue, at, places, k);
  return done + k;
}

/** In order, buffers that were read are given back together: by the descriptor of the first, with the id of the last. */
export function packedTogether(q: DeviceQueue, slot: u32): void {
  if (!q.inOrder) return;
  const d: usize = q.desc + (slot << 4);
  if (!q.quirks) store<u32>(d, 0, PACKED_LEN);
  store<u16>(d, q.lastId as u16, PACKED_ID);
}

/** Publishes the burst that began at `slot`, and calls the driver if it wants that. flags: of its first descriptor */
export function packedGiveBack(lcore: usize, q: DeviceQueue, slot: u32, wrap: u32, flags: u32): void {
  publishFlags16(lcore, q.desc + (slot << 4) + PACKED_FLAGS, flags);
  const size = q.mask + 1, to = q.lastAvail + (q.wrap == wrap ? 0 : size);
  if (q.log) logPackedUsed(q, slot, to - slot);
  if (q.interrupt) interruptAsk(lcore, q, slot, wrap, to - slot);
  else if (packedWantsCall(q, slot, wrap, to - slot)) q.calls++;
}

/** Whether the driver has made the descriptor at a slot available. */
export function isAvailable(q: DeviceQueue, slot: u32, wrap: u32): bool {
  return (loadIndex16(q.desc + (slot << 4) + PACKED_FLAGS) & PACKED_DESC_F_BOTH) == availBits(wrap);
}

/** Buffers that are available, up to `most`; a chain is one. */
function readyUpTo(q: DeviceQueue, most: u32): u32 {
  const n = packedReadyUsual(changetype<usize>(q), most);
  return n == most ? n : n + readyFrom(q, n, most - n);
}

/** Those of one descriptor that a tx ring has, up to the ring's end or the first other one. Exported to stay apart, see split-usual. */
export function packedReadyUsual(queue: usize, most: u32): u32 {
  const q = changetype<DeviceQueue>(queue), slot = q.lastAvail, wanted = availBits(q.wrap);
  const first: usize = q.desc + (slot << 4);
  let d = first;
  for (const end = first + (min<u32>(most, q.mask + 1 - slot) << 4); d < end; d += 16) {
    if (loadIndex16(d + PACKED_FLAGS) != wanted) break;
  }
  return ((d - first) >> 4) as u32;
}

/** Further ones of any kind, `skipped` slots on. */
function readyFrom(q: DeviceQueue, skipped: u32, most: u32): u32 {
  const size = q.mask + 1;
  let slot = q.lastAvail + skipped, wrap = availBits(q.wrap), n: u32 = 0, steps = skipped;
  if (slot == size) {
    slot = 0;
    wrap ^= PACKED_DESC_F_BOTH;
  }
  for (; n < most && steps < size; n++) {
    let flags = loadIndex16(q.desc + (slot << 4) + PACKED_FLAGS);
    if ((flags & PACKED_DESC_F_BOTH) != wrap) break;
    for (;;) {
      steps++;
      if (++slot == size) {
        slot = 0;
        wrap ^= PACKED_DESC_F_BOTH;
      }
      if (!(flags & PACKED_DESC_F_NEXT) || steps >= size) break;
      flags = loadIndex16(q.desc + (slot << 4) + PACKED_FLAGS);
    }
  }
  return n;
}

/** As deviceReady. */
export function packedDeviceReady(queue: usize): u32 {
  return readyUpTo(changetype<DeviceQueue>(queue), u32.MAX_VALUE);
}
