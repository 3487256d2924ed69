// split-chain - the device side's slow path on a split ring, a packet at a time: chained descriptors, mergeable buffers, packets of several
// segments, buffers in any region. virtio 1.3, 2.7.4 and 5.1.6.4; follows reserve_avail_buf_split of DPDK. Nothing of a ring is consumed before all
// of a packet is known to fit; what is copied then is in chain-copy.
import { FAULT_LOOP } from "../abi/faults";
import { Mbuf } from "../mbuf/mbuf";
import { chainDrain, chainFill } from "./chain-copy";
import { splitChainCapacity, splitChainClose, splitHead } from "./split-cursor";
import { breakRing, DeviceQueue, refuse, STOP_FULL, STOP_LOST, STOP_SHORT, STOP_TOO_BIG } from "./virtqueue";

/**
 * Enqueues one packet: as many buffers as it needs when mergeable, else the next one.
 * availEnd: avail.idx as loaded at the burst's start
 * @returns STOP_NONE: used entries are written and lastAvail advanced; else nothing was consumed
 */
export function chainWrite(queue: usize, m: usize, availEnd: u32): u32 {
  const q = changetype<DeviceQueue>(queue), total = changetype<Mbuf>(m).pktLen + q.headerBytes;
  const limit = max<u32>(q.mask, 1); // DPDK's: one less than the ring
  let need: i64 = total, buffers: u32 = 0;
  q.vectors = 0;
  q.writes = 1;
  while (need > 0) {
    const position = q.lastAvail + buffers;
    if (((availEnd - position) & 0xffff) == 0) return STOP_FULL;
    const bytes = splitChainCapacity(q, position);
    if (bytes < 0) return breakRing(q);
    if (!q.mergeable && bytes < need) return STOP_TOO_BIG;
    need -= bytes;
    if (++buffers == limit && need > 0) return STOP_TOO_BIG;
  }
  return chainFill(q, m, buffers);
}

/**
 * Dequeues the chain at lastAvail into m and, where it is longer than one data room, further mbufs.
 * @returns STOP_NONE: a packet; STOP_SHORT: consumed, no bytes behind the header; STOP_LOST: consumed, no mbuf for a further
 *          segment; STOP_BROKEN: not consumed; STOP_MALFORMED: consumed, and rewritten meanwhile. Source: the same cases of DPDK (facts: a14, e4)
 */
export function chainRead(lcore: usize, queue: usize, m: usize): u32 {
  const q = changetype<DeviceQueue>(queue), position = q.lastAvail, budget = q.budget;
  q.vectors = 0;
  q.writes = 0;
  const bytes = splitChainCapacity(q, position);
  if (bytes < 0) return breakRing(q);
  // It is walked twice.
  if (q.budget < budget - q.budget || (bytes > 0xffff_ffff && !q.quirks)) {
    refuse(q, FAULT_LOOP);
    return breakRing(q);
  }
  const id = load<u32>(q.ids + ((splitHead(q, position) & q.mask) << 2));
  splitChainClose(q, 0);
  q.lostId = id;
  if ((bytes as u32) <= q.headerBytes) return STOP_SHORT;
  if (bytes > 0xffff_ffff) return STOP_LOST; // DPDK copies until it has no mbuf left
  return chainDrain(lcore, q, m, position, bytes as u32);
}
