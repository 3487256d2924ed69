// rx-buffers - the driver side's rx a buffer at a time: packets in several buffers, with header flags, malformed, given back out of order or in
// batches. For packed rings, and for split ones that are used in order. Follows virtio_recv_mergeable_pkts of DPDK 22.11 in what is dropped.
//
// In order a device may give several buffers back by one entry that has the last one's id: those before it count as filled completely.
// What a device says of an id or length is checked before use; an id that stands for nothing posted breaks the ring: what else it meant by
// that entry nobody knows.
import { DROP_RX_OFFLOAD, DROP_RX_SEGMENTS, DROP_RX_SHORT } from "../abi/drops";
import { MBUF_HEADROOM } from "../abi/limits";
import { mbufFree } from "../mbuf/free";
import { Mbuf, mbufChain, mbufReset } from "../mbuf/mbuf";
import { driverTakeRequest, NET_HEADER_CSUM_OFFSET, NET_HEADER_NUM_BUFFERS } from "./net-header";
import { isUsed, passUsed, usedWord } from "./packed-driver";
import { PACKED_DESC_F_WRITE, WORD_FLAGS, WORD_ID } from "./packed-ring";
import { usedCount } from "./split-driver";
import { RING_ENTRIES } from "./split-ring";
import { DriverQueue } from "./virtqueue";

/** VIRTIO_MBUF_BURST_SZ: most packets a call takes. */
export const RX_BURST_MAX: u32 = 64;

/** Whether something is there for rxAny, or for the rest of a packet. */
export function rxAvailable(q: DriverQueue): bool {
  if (q.broken) return false;
  return q.packed ? q.batchLast != 0 || isUsed(q, usedWord(q)) : usedCount(q) != 0;
}

/**
 * Takes the next used buffer, of which `rxAvailable` said that it is there. @returns its mbuf and, in the upper half, the bytes in it, header
 * included; 0: the device lies, and the ring is broken
 */
function takeUsed(q: DriverQueue): u64 {
  const slot = q.packed ? q.usedCons : q.usedCons & q.mask;
  let id = slot, length: u32 = 0;
  if (q.batchLast == 0) {
    if (q.packed) {
      const word = usedWord(q);
      id = ((word >> WORD_ID) & 0xffff) as u32;
      length = ((word >> WORD_FLAGS) as u32) & PACKED_DESC_F_WRITE ? (word as u32) : 0;
    } else {
      const entry: usize = q.used + (slot << 3);
      id = load<u32>(entry, RING_ENTRIES);
      length = load<u32>(entry, RING_ENTRIES + 4);
    }
    if (q.inOrder && id != slot && id <= q.mask) {
      q.batchLast = id + 1;
      q.batchLength = length;
    }
  }
  if (q.batchLast) {
    id = slot;
    length = q.batchLength;
    if (slot + 1 == q.batchLast) q.batchLast = 0;
    else length = <u32>q.longest + q.shortest + q.headerBytes;
  }
  const place: usize = q.mbufs + (id << 2), m: usize = id > q.mask ? 0 : load<u32>(place);
  if (m == 0) {
    q.broken = 1;
    return 0;
  }
  store<u32>(place, 0);
  mbufReset(m, q.rearm, 0, load<u32>(q.ids + ((q.packed ? slot : id) << 2)));
  if (q.packed) passUsed(q, 1);
  else q.usedCons = (q.usedCons + 1) & 0xffff;
  q.freeCount++;
  return <u64>m | (<u64>length << 32);
}

/** Takes up to num packets of whatever kind. @returns packets, 0..num; dropped ones are in DriverQueue.errors */
export function rxAny(lcore: usize, queue: usize, packets: usize, num: u32): u32 {
  const q = changetype<DriverQueue>(queue);
  let out = packets;
  for (let i: u32 = 0; i < num && rxAvailable(q); i++) {
    const taken = takeUsed(q), m: usize = taken as u32;
    if (m == 0) break;
    if (!rxOne(lcore, q, m, ((taken >> 32) as u32) - q.headerBytes)) continue;
    q.burstBytes += load<u32>(m, offsetof<Mbuf>("pktLen"));
    store<u32>(out, m as u32);
    out += 4;
  }
  return ((out - packets) >> 2) as u32;
}

/** A received packet, whose further buffers are taken here. @returns false: it was dropped */
function rxOne(lcore: usize, q: DriverQueue, m: usize, length: u32): bool {
  if (<i32>length < <i32>q.shortest) return rxDrop(lcore, q, m, DROP_RX_SHORT);
  const room = <u32>changetype<Mbuf>(m).bufferLength - MBUF_HEADROOM;
  if (length > room) return rxDrop(lcore, q, m, DROP_RX_SEGMENTS); // the device claims more than it was given
  const mbuf = changetype<Mbuf>(m), h = load<u32>(m) + q.headerAt;
  mbuf.pktLen = length;
  mbuf.dataLen = length as u16;
  if (q.offloads && !driverTakeRequest(m, load<u64>(h), load<u16>(h, NET_HEADER_CSUM_OFFSET))) return rxDrop(lcore, q, m, DROP_RX_OFFLOAD);
  const buffers: u32 = q.mergeable ? load<u16>(h, NET_HEADER_NUM_BUFFERS) : 1;
  let last = m;
  for (let taken: u32 = 1; taken < buffers; taken++) {
    const next: u64 = rxAvailable(q) ? takeUsed(q) : 0, s: usize = next as u32, part = (next >> 32) as u32;
    // "No enough segments for packet": dropped, with what was there of it. The used descriptors stay taken.
    if (s == 0) return rxDrop(lcore, q, m, DROP_RX_SEGMENTS);
    // A further buffer has no header: its data starts where the first one's header does.
    mbufReset(s, (q.rearm & ~(0xffff as u64)) | <u64>(MBUF_HEADROOM - q.headerBytes), min<u32>(part, room + q.headerBytes), 0);
    mbufChain(m, last, s);
    last = s;
  }
  return true;
}

/** Counts a malformed packet and frees it. @returns false */
export function rxDrop(lcore: usize, q: DriverQueue, m: usize, reason: u32): bool {
  if (q.errors < RX_BURST_MAX) {
    const record: usize = q.errorPackets + (q.errors << 3);
    store<u32>(record, changetype<Mbuf>(m).id);
    store<u32>(record, reason, 4);
  }
  q.errors++;
  mbufFree(lcore, m);
  return false;
}
