// packed-quirks - four packets at once out of a packed ring, as DPDK's vhost library takes them (virtio_dev_tx_batch_packed): with quirks, because it
// shows. A buffer that holds a net header and nothing else is a packet of no byte here, and of no packet when it comes alone; flags that stood in the
// descriptors do not stay. Not modelled: its enqueue of four, which believes a buffer shorter than a net header and writes behind it.
import { mbufData, mbufReset } from "../mbuf/mbuf";
import { loadDesc64 } from "../memory/barrier";
import { copyAny } from "../memory/copy";
import { guestToLinear } from "./guest-memory";
import { NET_HEADER_CSUM_OFFSET, takeRequest } from "./net-header";
import {
  availBits, PACKED_DESC_F_BOTH, PACKED_DESC_F_INDIRECT, PACKED_DESC_F_NEXT, PACKED_FLAGS, PACKED_LEN, usedBits, WORD_FLAGS, WORD_ID,
} from "./packed-ring";
import { DeviceQueue } from "./virtqueue";

/** PACKED_BATCH_SIZE: descriptors of a cache line. */
export const BATCH: u32 = 4;

/**
 * Takes the next four buffers, if they begin at a cache line, each is one descriptor in one region, and its packet fits one mbuf.
 * packets: u32[4], fresh mbufs. room: bytes of one. @returns 4, or 0: nothing was taken
 */
export function packedDequeueBatch(queue: usize, packets: usize, room: u32): u32 {
  const q = changetype<DeviceQueue>(queue), slot = q.lastAvail, header = q.headerBytes;
  if (slot & (BATCH - 1) || slot + BATCH > q.mask + 1) return 0;
  const first: usize = q.desc + (slot << 4), end = first + (BATCH << 4);
  let id: u32 = 0, bytes: u32 = 0, place = packets, ids: usize = q.ids + (slot << 2);
  for (let d = first; d < end; d += 16, place += 4, ids += 4) {
    const word = loadDesc64(d + PACKED_LEN), flags = (word >> WORD_FLAGS) as u32, length = (word as u32) - header;
    if ((flags & (PACKED_DESC_F_BOTH | PACKED_DESC_F_NEXT | PACKED_DESC_F_INDIRECT)) != availBits(q.wrap) || length > room) return 0;
    const from = guestToLinear(q.memory, load<u64>(d), word as u32), m: usize = load<u32>(place);
    if (from == 0) return 0;
    mbufReset(m, q.rearm, length, load<u32>(ids));
    copyAny(mbufData(m), from + header, length);
    if (q.offloads) takeRequest(q, m, load<u64>(from), load<u16>(from, NET_HEADER_CSUM_OFFSET));
    id = ((word >> WORD_ID) & 0xffff) as u32;
    bytes += length;
  }
  for (let d = first; d < end; d += 16) {
    if (q.held && !q.inOrder) {
      store<u32>(d, 0, PACKED_LEN);
      store<u16>(d, usedBits(q.wrap) as u16, PACKED_FLAGS);
    }
    q.held = 1;
  }
  q.burstBytes += bytes;
  q.lastId = id;
  q.lastAvail += BATCH;
  if (q.lastAvail > q.mask) {
    q.lastAvail = 0;
    q.wrap ^= 1;
  }
  return BATCH;
}
