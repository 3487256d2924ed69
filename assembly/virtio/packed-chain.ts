// packed-chain - the device side's slow path on a packed ring, a packet at a time: chained descriptors, indirect tables, mergeable buffers,
// packets of several segments, buffers in any region. virtio 1.3, 2.8.5 to 2.8.8 and 5.1.6.4; follows fill_vec_buf_packed of DPDK. Of a rx ring
// nothing is consumed before all of a packet is known to fit; what is copied then is in chain-copy.
import { Mbuf } from "../mbuf/mbuf";
import { loadIndex16 } from "../memory/barrier";
import { chainDrain, chainFill } from "./chain-copy";
import { packedChainCapacity, packedChainClose } from "./packed-cursor";
import { availBits, PACKED_DESC_F_BOTH, PACKED_FLAGS } from "./packed-ring";
import { breakRing, DeviceQueue, STOP_FULL, STOP_LOST, STOP_MALFORMED, STOP_SHORT, STOP_TOO_BIG } from "./virtqueue";

/**
 * Enqueues one packet: as many buffers as it needs when mergeable, else the next one.
 * @returns STOP_NONE: used descriptors are written and lastAvail advanced; else nothing was consumed
 */
export function packedChainWrite(queue: usize, m: usize): u32 {
  const q = changetype<DeviceQueue>(queue), total = changetype<Mbuf>(m).pktLen + q.headerBytes, size = q.mask + 1;
  const limit = max<u32>(q.mask, 1); // DPDK's: one less than the ring
  let need: i64 = total, buffers: u32 = 0, slots: u32 = 0;
  q.vectors = 0;
  q.writes = 1;
  while (need > 0) {
    if (slots >= size) return STOP_TOO_BIG;
    const at = q.lastAvail + slots, turned: u32 = at >= size ? 1 : 0, slot = turned ? at - size : at;
    if ((loadIndex16(q.desc + (slot << 4) + PACKED_FLAGS) & PACKED_DESC_F_BOTH) != availBits(q.wrap ^ turned)) return STOP_FULL;
    const bytes = packedChainCapacity(q, slot);
    if (bytes < 0) return breakRing(q);
    if (!q.mergeable && bytes < need) return STOP_TOO_BIG;
    need -= bytes;
    slots += q.chainSlots;
    if (++buffers == limit && need > 0) return STOP_TOO_BIG;
  }
  return chainFill(q, m, buffers);
}

/**
 * Dequeues the chain at lastAvail into m and, where it is longer than one data room, further mbufs. It is consumed, whatever it is.
 * @returns STOP_NONE: a packet; STOP_SHORT: no bytes behind the header; STOP_LOST: no mbuf for a further segment; STOP_MALFORMED
 */
export function packedChainRead(lcore: usize, queue: usize, m: usize): u32 {
  const q = changetype<DeviceQueue>(queue), slot = q.lastAvail;
  q.vectors = 0;
  q.writes = 0;
  const bytes = packedChainCapacity(q, slot), id = q.chainId, slots = q.chainSlots;
  q.lostId = load<u32>(q.ids + (slot << 2));
  let result = STOP_MALFORMED;
  if (bytes >= 0 && (bytes <= 0xffff_ffff || q.quirks)) {
    if ((bytes as u32) <= q.headerBytes) result = STOP_SHORT;
    else if (bytes > 0xffff_ffff) result = STOP_LOST; // DPDK copies until it has no mbuf left
    else result = chainDrain(lcore, q, m, slot, bytes as u32);
  }
  packedChainClose(q, id, slots, 0, 0);
  return result;
}
