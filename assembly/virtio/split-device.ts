// split-device - the device (vhost) side of a split ring: enqueue towards the guest, dequeue from it. virtio 1.3, 2.7; follows
// DPDK's virtio_dev_rx_split and virtio_dev_tx_split (which buffer is taken, when a burst stops), not their text.
//
// The loops here do packets of one segment in buffers of one descriptor; all else is split-chain.ts, a packet at a time.
// Invariants: D1 used.idx is published once a burst, after payload and used entries. D2 an address is used only after it was found
// inside a region. D3 a chain that the rules forbid stops the ring (`broken`), counted by the port; DPDK's ring sticks likewise.
// Writers: used ring, DeviceQueue: this side. Source of notification rules: 2.7.7, 2.7.8 (no EVENT_IDX).
import { loadIndex16, publish16 } from "../memory/barrier";
import { copyPacket } from "../memory/copy";
import { mbufFreeBurst } from "../mbuf/free";
import { lengthsAreOneSegment, Mbuf, mbufData, mbufReset } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { NET_HEADER_FLAGS, netHeaderToMbuf } from "./net-header";
import { chainRead, chainWrite } from "./split-chain";
import { LFN_FLAGS, LFN_WRITE, RING_ENTRIES, RING_F_NO_NOTIFY, RING_FLAGS, RING_IDX } from "./split-ring";
import { DeviceQueue, FAST_SPARE, STOP_BROKEN, STOP_FULL, STOP_NO_MBUF, STOP_NONE } from "./virtqueue";

/**
 * Copies packets into the buffers that the driver posted.
 * packets  u32[n], mbuf addresses; they stay the caller's
 * @returns packets taken, 0..n, in order; DeviceQueue.stop says why fewer
 */
export function splitDeviceEnqueue(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DeviceQueue>(queue);
  const desc: usize = q.desc, avail: usize = q.avail, used: usize = q.used, mask = q.mask, ids: usize = q.ids;
  const guest = q.guest, fastEnd = q.fastEnd, linear = q.linear, header = q.headerBytes;
  const firstUsed = q.lastUsed;
  let lastAvail = q.lastAvail, lastUsed = firstUsed, bytes: u32 = 0;
  const availEnd = loadIndex16(avail + RING_IDX);
  const ready = (availEnd - lastAvail) & 0xffff;
  q.stop = STOP_NONE;
  if (n > ready) {
    q.stop = STOP_FULL;
    n = ready;
  }
  if (ready > mask + 1) q.broken = 1; // the driver cannot have posted more than it has
  if (q.broken) {
    q.stop = STOP_BROKEN;
    return 0;
  }
  if (n == 0) return 0;
  let p = packets, end = packets + (n << 2);
  for (; p < end; p += 4) {
    const m: usize = load<u32>(p), head: u32 = load<u16>(avail + ((lastAvail & mask) << 1), RING_ENTRIES);
    const d = desc + ((head & mask) << 4), offset = load<u64>(d) - guest, lfn = load<u64>(d, 8);
    const lengths = load<u64>(m, offsetof<Mbuf>("pktLen")), length = lengths as u32;
    // One descriptor, writable and long enough (for twelve bytes of header, see below) but not endless, in the cached region; one
    // segment.
    if (
      u32(head > mask) | u32(offset >= fastEnd) | u32((lfn & LFN_FLAGS) != LFN_WRITE) |
      u32((lfn as u32) - (length + 12) > FAST_SPARE) | u32(!lengthsAreOneSegment(lengths))
    ) {
      q.lastAvail = lastAvail;
      q.lastUsed = lastUsed;
      const stop = chainWrite(queue, m, availEnd);
      if (stop != STOP_NONE) {
        q.stop = stop;
        break;
      }
      bytes += length;
      lastAvail = q.lastAvail;
      lastUsed = q.lastUsed;
      // It may have taken several buffers: fewer packets than hoped may fit.
      const rest = (availEnd - lastAvail) & 0xffff, wanted = ((end - p) >> 2) as u32 - 1;
      if (rest < wanted) {
        q.stop = STOP_FULL;
        end = p + 4 + (rest << 2);
      }
      continue;
    }
    const to = (linear + (offset as u32)) as usize;
    // A ten-byte header's buffer gets two bytes too many, which the packet then overwrites.
    store<u64>(to, 0);
    store<u32>(to, 1 << 16, 8);
    store<u32>(ids + (head << 2), load<u32>(m, offsetof<Mbuf>("id")));
    store<u64>(used + ((lastUsed & mask) << 3), <u64>head | (<u64>(length + header) << 32), RING_ENTRIES);
    lastAvail++;
    lastUsed++;
    bytes += length;
    copyPacket(to + header, mbufData(m), length);
  }
  q.burstBytes = bytes;
  finish(lcore, q, avail, used, lastAvail, lastUsed, firstUsed);
  return ((p - packets) >> 2) as u32;
}

/**
 * Copies packets out of the buffers that the driver published, into mbufs of the queue's pool.
 * packets  u32[n] to fill
 * @returns packets, 0..n; DeviceQueue.stop says why fewer. With no mbufs 0, and the ring is left as it is
 */
export function splitDeviceDequeue(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DeviceQueue>(queue);
  const desc: usize = q.desc, avail: usize = q.avail, used: usize = q.used, mask = q.mask, ids: usize = q.ids;
  const guest = q.guest, fastEnd = q.fastEnd, linear = q.linear, header = q.headerBytes, rearm = q.rearm;
  const firstUsed = q.lastUsed;
  let lastAvail = q.lastAvail, lastUsed = firstUsed, bytes: u32 = 0;
  const availEnd = loadIndex16(avail + RING_IDX);
  const ready = (availEnd - lastAvail) & 0xffff;
  q.stop = STOP_NONE;
  if (ready > mask + 1) q.broken = 1;
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
  const room = <u32>(changetype<Mbuf>(load<u32>(packets) as usize).bufferLength) - 128;
  let p = packets;
  const end = packets + (n << 2);
  for (; p < end; p += 4) {
    const m: usize = load<u32>(p), head: u32 = load<u16>(avail + ((lastAvail & mask) << 1), RING_ENTRIES);
    const d = desc + ((head & mask) << 4), offset = load<u64>(d) - guest, lfn = load<u64>(d, 8);
    const length = (lfn as u32) - header;
    // One descriptor in the cached region, 1..room bytes behind the header. (WRITE is not looked at on a tx ring: DPDK's device
    // does not either.)
    if (u32(head > mask) | u32(offset >= fastEnd) | u32((lfn & LFN_FLAGS & ~LFN_WRITE) != 0) | u32(length - 1 >= room)) {
      q.lastAvail = lastAvail;
      q.lastUsed = lastUsed;
      const stop = chainRead(lcore, queue, m);
      if (stop == STOP_NONE) {
        lastAvail = q.lastAvail;
        lastUsed = q.lastUsed;
        bytes += load<u32>(m, offsetof<Mbuf>("pktLen"));
        continue;
      }
      // The chain gave no packet (it may have been consumed: STOP_SHORT, STOP_LOST) and the burst ends, as DPDK's does.
      lastAvail = q.lastAvail;
      lastUsed = q.lastUsed;
      q.stop = stop;
      break;
    }
    const from = (linear + (offset as u32)) as usize;
    mbufReset(m, rearm, length, load<u32>(ids + (head << 2)));
    const flags = load<u16>(from, NET_HEADER_FLAGS);
    if (flags) netHeaderToMbuf(flags & 0xff, m);
    store<u64>(used + ((lastUsed & mask) << 3), <u64>head, RING_ENTRIES);
    lastAvail++;
    lastUsed++;
    bytes += length;
    copyPacket(mbufData(m), from + header, length);
  }
  if (p < end) mbufFreeBurst(lcore, p, ((end - p) >> 2) as u32); // allocated for chains that gave no packet
  q.burstBytes = bytes;
  finish(lcore, q, avail, used, lastAvail, lastUsed, firstUsed);
  return ((p - packets) >> 2) as u32;
}

/** Publishes used.idx, if it moved (it orders payload and used entries before it), and calls the driver if it wants that. */
// @ts-ignore: decorator
@inline
function finish(lcore: usize, q: DeviceQueue, avail: usize, used: usize, lastAvail: u32, lastUsed: u32, firstUsed: u32): void {
  q.lastAvail = lastAvail & 0xffff;
  q.lastUsed = lastUsed & 0xffff;
  if (lastUsed == firstUsed) return;
  publish16(lcore, used + RING_IDX, lastUsed);
  // Race closed: the driver clears NO_NOTIFY, then looks at used.idx once more; both sides' accesses are sequentially consistent.
  if (!(loadIndex16(avail + RING_FLAGS) & RING_F_NO_NOTIFY)) q.calls++;
}

/** Buffers the driver has posted and this side has not taken: free places on an rx ring, waiting packets on a tx ring. */
export function splitDeviceReady(queue: usize): u32 {
  const q = changetype<DeviceQueue>(queue);
  return (loadIndex16(q.avail + RING_IDX) - q.lastAvail) & 0xffff;
}
