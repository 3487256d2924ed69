// split-usual - the device side's hot loops: packets of one segment in buffers of one descriptor, in the region at hand. First all buffers of
// a burst are taken, then all packets are copied: two loops whose values fit the registers. The first calls nothing; its functions are
// exported from the module, because the optimizer would otherwise inline them into their one caller and spill.
//
// Lcore.places: u32[n], where each buffer taken starts.
import { Mbuf, mbufData, mbufReset } from "../mbuf/mbuf";
import { copyAny, copyPacket, isShort } from "../memory/copy";
import { deviceRequest, NET_HEADER_CSUM_OFFSET, NET_HEADER_FLAGS, NET_HEADER_NUM_BUFFERS, requestOffset, takeRequest } from "./net-header";
import { DESC_FLAGS, DESC_LEN, RING_ENTRIES, VRING_DESC_F_INDIRECT, VRING_DESC_F_NEXT, VRING_DESC_F_WRITE } from "./split-ring";
import { DeviceQueue, FAST_SPARE } from "./virtqueue";

/**
 * Takes a buffer for each packet of one segment, as long as the next buffer is one descriptor in the cached region, writable and
 * long enough (for twelve bytes of header, see enqueueCopy) but not endless.
 * @returns packets, 0..n; used entries are written and lastAvail has moved, nothing is published
 */
export function enqueueTake(queue: usize, packets: usize, places: usize, n: u32): u32 {
  const q = changetype<DeviceQueue>(queue), desc: usize = q.desc, avail: usize = q.avail, used: usize = q.used, mask = q.mask, ids: usize = q.ids;
  const guest = q.guest, fastEnd = q.fastEnd, linear = q.linear, header = q.headerBytes;
  let index = q.lastAvail, bytes: u32 = 0, p = packets;
  for (const end = packets + (n << 2); p < end; p += 4, places += 4) {
    const head: u32 = load<u16>(avail + ((index & mask) << 1), RING_ENTRIES);
    if (head > mask) break;
    const d = desc + (head << 4), offset = load<u64>(d) - guest;
    if (offset >= fastEnd) break;
    if ((<u32>load<u16>(d, DESC_FLAGS) & (VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT)) != VRING_DESC_F_WRITE) break;
    const m: usize = load<u32>(p), length = load<u32>(m, offsetof<Mbuf>("pktLen"));
    if (<u32>load<u16>(m, offsetof<Mbuf>("dataLen")) != length) break; // several segments
    if (load<u32>(d, DESC_LEN) - (length + 12) > FAST_SPARE) break;
    store<u32>(places, linear + (offset as u32));
    store<u32>(ids + (head << 2), load<u32>(m, offsetof<Mbuf>("id")));
    store<u64>(used + ((index & mask) << 3), <u64>head | (<u64>(length + header) << 32), RING_ENTRIES);
    index++;
    bytes += length;
  }
  q.lastAvail = index & 0xffff;
  q.burstBytes += bytes;
  return ((p - packets) >> 2) as u32;
}

export function enqueueShort(queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DeviceQueue>(queue), desc: usize = q.desc, avail: usize = q.avail, used: usize = q.used, mask = q.mask, ids: usize = q.ids;
  const guest = q.guest, fastEnd = q.fastEnd, linear = q.linear, header = q.headerBytes;
  let index = q.lastAvail, bytes: u32 = 0, p = packets;
  for (const end = packets + (n << 2); p < end; p += 4) {
    const head: u32 = load<u16>(avail + ((index & mask) << 1), RING_ENTRIES);
    if (head > mask) break;
    const d = desc + (head << 4), offset = load<u64>(d) - guest;
    if (offset >= fastEnd) break;
    if ((<u32>load<u16>(d, DESC_FLAGS) & (VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT)) != VRING_DESC_F_WRITE) break;
    const m: usize = load<u32>(p), length = load<u32>(m, offsetof<Mbuf>("pktLen"));
    if (!isShort(length)) break;
    if (<u32>load<u16>(m, offsetof<Mbuf>("dataLen")) != length) break;
    if (load<u32>(d, DESC_LEN) - (length + 12) > FAST_SPARE) break;
    const to = (linear + (offset as u32)) as usize;
    store<u64>(to, 0);
    store<u32>(to, 1 << 16, 8);
    store<u32>(ids + (head << 2), load<u32>(m, offsetof<Mbuf>("id")));
    store<u64>(used + ((index & mask) << 3), <u64>head | (<u64>(length + header) << 32), RING_ENTRIES);
    index++;
    bytes += length;
    copyPacket(to + header, mbufData(m), length);
  }
  q.lastAvail = index & 0xffff;
  q.burstBytes += bytes;
  return ((p - packets) >> 2) as u32;
}

export function dequeueShort(queue: usize, packets: usize, n: u32, room: u32): u32 {
  const q = changetype<DeviceQueue>(queue), desc: usize = q.desc, avail: usize = q.avail, used: usize = q.used, mask = q.mask, ids: usize = q.ids;
  const guest = q.guest, fastEnd = q.fastEnd, linear = q.linear, header = q.headerBytes, rearm = q.rearm;
  let index = q.lastAvail, bytes: u32 = 0, p = packets;
  for (const end = packets + (n << 2); p < end; p += 4) {
    const head: u32 = load<u16>(avail + ((index & mask) << 1), RING_ENTRIES);
    if (head > mask) break;
    const d = desc + (head << 4), offset = load<u64>(d) - guest;
    if (offset >= fastEnd) break;
    if (<u32>load<u16>(d, DESC_FLAGS) & (VRING_DESC_F_NEXT | VRING_DESC_F_INDIRECT)) break;
    const length = load<u32>(d, DESC_LEN) - header;
    if (!isShort(length)) break;
    const from = (linear + (offset as u32)) as usize, m: usize = load<u32>(p);
    if (load<u16>(from, NET_HEADER_FLAGS)) break;
    mbufReset(m, rearm, length, load<u32>(ids + (head << 2)));
    store<u64>(used + ((index & mask) << 3), <u64>head, RING_ENTRIES);
    index++;
    bytes += length;
    copyPacket(mbufData(m), from + header, length);
  }
  q.lastAvail = index & 0xffff;
  q.burstBytes += bytes;
  return ((p - packets) >> 2) as u32;
}

/** Writes header and packet to each place. A ten-byte header's buffer gets two bytes too many, which the packet then overwrites. */
export function enqueueCopy(packets: usize, places: usize, n: u32, header: u32): void {
  for (const end = packets + (n << 2); packets < end; packets += 4, places += 4) {
    const m: usize = load<u32>(packets), to: usize = load<u32>(places), length = load<u32>(m, offsetof<Mbuf>("pktLen"));
    store<u64>(to, 0);
    store<u32>(to, 1 << 16, 8);
    if (isShort(length)) copyPacket(to + header, mbufData(m), length);
    else copyAny(to + header, mbufData(m), length);
  }
}

/** As enqueueCopy, for packets of which some ask for checksums or segmentation: the headers say so. With quirks num_buffers may stay as it was. */
export function enqueueRequests(queue: usize, packets: usize, places: usize, n: u32): void {
  const q = changetype<DeviceQueue>(queue), header = q.headerBytes, asks = q.offloads != 0, keeps = q.keeps;
  for (const end = packets + (n << 2); packets < end; packets += 4, places += 4) {
    const m: usize = load<u32>(packets), to: usize = load<u32>(places);
    const number = keeps ? <u32>load<u16>(to, NET_HEADER_NUM_BUFFERS) : 1;
    store<u64>(to, asks ? deviceRequest(m) : 0);
    store<u32>(to, (asks ? requestOffset(m, true) : 0) | (number << 16), NET_HEADER_CSUM_OFFSET);
    copyAny(to + header, mbufData(m), load<u32>(m, offsetof<Mbuf>("pktLen")));
  }
}

/**
 * Takes the next buffers, as long as they are one descriptor in the cached region with 1..room bytes behind the header, and resets an mbuf
 * for each. (WRITE is not looked at on a tx ring: DPDK's device does not either.)
 * @returns packets, 0..n; used entries are written and lastAvail has moved, nothing is published
 */
export function dequeueTake(queue: usize, packets: usize, places: usize, n: u32, room: u32): u32 {
  const q = changetype<DeviceQueue>(queue), desc: usize = q.desc, avail: usize = q.avail, used: usize = q.used, mask = q.mask, ids: usize = q.ids;
  const guest = q.guest, fastEnd = q.fastEnd, linear = q.linear, header = q.headerBytes, rearm = q.rearm;
  let index = q.lastAvail, bytes: u32 = 0, p = packets;
  for (const end = packets + (n << 2); p < end; p += 4, places += 4) {
    const head: u32 = load<u16>(avail + ((index & mask) << 1), RING_ENTRIES);
    if (head > mask) break;
    const d = desc + (head << 4), offset = load<u64>(d) - guest;
    if (offset >= fastEnd) break;
    if (<u32>load<u16>(d, DESC_FLAGS) & (VRING_DESC_F_NEXT | VRING_DESC_F_INDIRECT)) break;
    const length = load<u32>(d, DESC_LEN) - header;
    if (length - 1 >= room) break;
    store<u32>(places, linear + (offset as u32));
    mbufReset(load<u32>(p), rearm, length, load<u32>(ids + (head << 2)));
    store<u64>(used + ((index & mask) << 3), <u64>head, RING_ENTRIES);
    index++;
    bytes += length;
  }
  q.lastAvail = index & 0xffff;
  q.burstBytes += bytes;
  return ((p - packets) >> 2) as u32;
}

/** Copies each packet out of its place, with what its header says of checksums. */
export function dequeueCopy(queue: usize, packets: usize, places: usize, n: u32): void {
  const q = changetype<DeviceQueue>(queue), header = q.headerBytes;
  for (const end = packets + (n << 2); packets < end; packets += 4, places += 4) {
    const m: usize = load<u32>(packets), from: usize = load<u32>(places), length = load<u32>(m, offsetof<Mbuf>("pktLen"));
    if (isShort(length)) copyPacket(mbufData(m), from + header, length);
    else copyAny(mbufData(m), from + header, length);
    if (load<u16>(from, NET_HEADER_FLAGS)) takeRequest(q, m, load<u64>(from), load<u16>(from, NET_HEADER_CSUM_OFFSET));
  }
}
