// packed-usual - the device side's hot loops on a packed ring, as split-usual has them: packets of one segment in buffers of one descriptor,
// in the region at hand. A loop ends at the ring's end, so that nothing in it wraps; its caller comes back for the rest. Exported from the
// module to stay apart from their callers.
//
// A descriptor's (len, id, flags) is read once, as one u64: its flags decide, so all must be as they are meant to be.
// A used descriptor without WRITE has no length: the old one stays in it.
// The burst's first descriptor (DeviceQueue.held 0) is written with its flags as they were: it is published last.
import { Mbuf, mbufData, mbufReset } from "../mbuf/mbuf";
import { loadDesc64 } from "../memory/barrier";
import { copyPacket, isShort } from "../memory/copy";
import { NET_HEADER_FLAGS } from "./net-header";
import { availBits, PACKED_DESC_F_WRITE, PACKED_FLAGS, PACKED_ID, PACKED_LEN, usedBits, WORD_FLAGS } from "./packed-ring";
import { DeviceQueue, FAST_SPARE } from "./virtqueue";

const ID_MASK: u64 = 0x0000_ffff_0000_0000;

/** Moves on by n slots, at most to the ring's end. */
// @ts-ignore: decorator
@inline
function advance(q: DeviceQueue, slot: u32, n: u32): void {
  if (n) q.held = 1;
  if (slot + n > q.mask) {
    q.lastAvail = 0;
    q.wrap ^= 1;
  } else {
    q.lastAvail = slot + n;
  }
}

/** Takes buffers for short packets and copies them. @returns packets, 0..n; used descriptors are written but for the burst's first */
export function packedEnqueueShort(queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DeviceQueue>(queue), slot = q.lastAvail, wrap = q.wrap;
  const guest = q.guest, fastEnd = q.fastEnd, linear = q.linear, header = q.headerBytes;
  const wanted = availBits(wrap) | PACKED_DESC_F_WRITE, given: u64 = (usedBits(wrap) | PACKED_DESC_F_WRITE) as u64 << WORD_FLAGS;
  let d: usize = q.desc + (slot << 4), id: usize = q.ids + (slot << 2), flags: u64 = q.held ? given : (<u64>wanted) << WORD_FLAGS;
  let bytes: u32 = 0, p = packets;
  for (const end = packets + (min<u32>(n, q.mask + 1 - slot) << 2); p < end; p += 4, d += 16, id += 4) {
    const word = loadDesc64(d + PACKED_LEN);
    if (((word >> WORD_FLAGS) as u32) != wanted) break;
    const offset = load<u64>(d) - guest;
    if (offset >= fastEnd) break;
    const m: usize = load<u32>(p), length = load<u32>(m, offsetof<Mbuf>("pktLen"));
    if (!isShort(length)) break;
    if (<u32>load<u16>(m, offsetof<Mbuf>("dataLen")) != length) break;
    if ((word as u32) - (length + 12) > FAST_SPARE) break;
    const to = (linear + (offset as u32)) as usize;
    store<u64>(to, 0);
    store<u32>(to, 1 << 16, 8);
    store<u32>(id, load<u32>(m, offsetof<Mbuf>("id")));
    store<u64>(d, (word & ID_MASK) | <u64>(length + header) | flags, PACKED_LEN);
    flags = given;
    bytes += length;
    copyPacket(to + header, mbufData(m), length);
  }
  const done = ((p - packets) >> 2) as u32;
  advance(q, slot, done);
  q.burstBytes += bytes;
  return done;
}

/** Takes a buffer for each packet of one segment. places: where each begins. @returns as packedEnqueueShort; nothing is copied */
export function packedEnqueueTake(queue: usize, packets: usize, places: usize, n: u32): u32 {
  const q = changetype<DeviceQueue>(queue), slot = q.lastAvail, wrap = q.wrap;
  const guest = q.guest, fastEnd = q.fastEnd, linear = q.linear, header = q.headerBytes;
  const wanted = availBits(wrap) | PACKED_DESC_F_WRITE, given: u64 = (usedBits(wrap) | PACKED_DESC_F_WRITE) as u64 << WORD_FLAGS;
  let d: usize = q.desc + (slot << 4), id: usize = q.ids + (slot << 2), flags: u64 = q.held ? given : (<u64>wanted) << WORD_FLAGS;
  let bytes: u32 = 0, p = packets;
  for (const end = packets + (min<u32>(n, q.mask + 1 - slot) << 2); p < end; p += 4, d += 16, id += 4, places += 4) {
    const word = loadDesc64(d + PACKED_LEN);
    if (((word >> WORD_FLAGS) as u32) != wanted) break;
    const offset = load<u64>(d) - guest;
    if (offset >= fastEnd) break;
    const m: usize = load<u32>(p), length = load<u32>(m, offsetof<Mbuf>("pktLen"));
    if (<u32>load<u16>(m, offsetof<Mbuf>("dataLen")) != length) break; // several segments
    if ((word as u32) - (length + 12) > FAST_SPARE) break;
    store<u32>(places, linear + (offset as u32));
    store<u32>(id, load<u32>(m, offsetof<Mbuf>("id")));
    store<u64>(d, (word & ID_MASK) | <u64>(length + header) | flags, PACKED_LEN);
    flags = given;
    bytes += length;
  }
  const done = ((p - packets) >> 2) as u32;
  advance(q, slot, done);
  q.burstBytes += bytes;
  return done;
}

/**
 * Takes buffers that hold a short packet without header flags and copies it. In order nothing but `lastId` is written: one descriptor
 * stands for the burst. @returns packets, 0..n
 */
export function packedDequeueShort(queue: usize, packets: usize, n: u32, room: u32): u32 {
  const q = changetype<DeviceQueue>(queue), slot = q.lastAvail, wrap = q.wrap;
  const guest = q.guest, fastEnd = q.fastEnd, linear = q.linear, header = q.headerBytes, rearm = q.rearm;
  const wanted = availBits(wrap), given = q.inOrder ? wanted : usedBits(wrap);
  let d: usize = q.desc + (slot << 4), id: usize = q.ids + (slot << 2), flags = q.held ? given : wanted;
  let bytes: u32 = 0, p = packets;
  for (const end = packets + (min<u32>(n, q.mask + 1 - slot) << 2); p < end; p += 4, d += 16, id += 4) {
    const word = loadDesc64(d + PACKED_LEN);
    if (((word >> WORD_FLAGS) as u32) != wanted) break;
    const offset = load<u64>(d) - guest;
    if (offset >= fastEnd) break;
    const length = (word as u32) - header;
    if (!isShort(length)) break;
    if (length > room) break;
    const from = (linear + (offset as u32)) as usize, m: usize = load<u32>(p);
    if (load<u16>(from, NET_HEADER_FLAGS)) break;
    mbufReset(m, rearm, length, load<u32>(id));
    store<u16>(d, flags as u16, PACKED_FLAGS);
    flags = given;
    bytes += length;
    copyPacket(mbufData(m), from + header, length);
  }
  const done = ((p - packets) >> 2) as u32;
  if (done) q.lastId = load<u16>(d - 16, PACKED_ID);
  advance(q, slot, done);
  q.burstBytes += bytes;
  return done;
}

/** Takes buffers that hold 1..room bytes behind the header, and resets an mbuf for each. @returns as packedDequeueShort; nothing is copied */
export function packedDequeueTake(queue: usize, packets: usize, places: usize, n: u32, room: u32): u32 {
  const q = changetype<DeviceQueue>(queue), slot = q.lastAvail, wrap = q.wrap;
  const guest = q.guest, fastEnd = q.fastEnd, linear = q.linear, header = q.headerBytes, rearm = q.rearm;
  const wanted = availBits(wrap), given = q.inOrder ? wanted : usedBits(wrap);
  let d: usize = q.desc + (slot << 4), id: usize = q.ids + (slot << 2), flags = q.held ? given : wanted;
  let bytes: u32 = 0, p = packets;
  for (const end = packets + (min<u32>(n, q.mask + 1 - slot) << 2); p < end; p += 4, d += 16, id += 4, places += 4) {
    const word = loadDesc64(d + PACKED_LEN);
    if (((word >> WORD_FLAGS) as u32) != wanted) break;
    const offset = load<u64>(d) - guest;
    if (offset >= fastEnd) break;
    const length = (word as u32) - header;
    if (length - 1 >= room) break;
    store<u32>(places, linear + (offset as u32));
    mbufReset(load<u32>(p), rearm, length, load<u32>(id));
    store<u16>(d, flags as u16, PACKED_FLAGS);
    flags = given;
    bytes += length;
  }
  const done = ((p - packets) >> 2) as u32;
  if (done) q.lastId = load<u16>(d - 16, PACKED_ID);
  advance(q, slot, done);
  q.burstBytes += bytes;
  return done;
}
