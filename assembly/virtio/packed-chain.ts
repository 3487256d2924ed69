// packed-chain - the device side's slow path on a packed ring, a packet at a time: chained descriptors, indirect tables, mergeable buffers,
// packets of several segments, buffers in any region. virtio 1.3, 2.8.5 to 2.8.8 and 5.1.6.4; follows fill_vec_buf_packed of DPDK.
//
// A chain is walked in at most N steps, all of a burst's in walkBudget; every descriptor's whole range must lie in one region. Of a rx ring
// nothing is consumed before all of a packet is known to fit. In an indirect table flags mean nothing (real drivers leave old ones there); a table
// stands alone.
import { mbufFree } from "../mbuf/free";
import { Mbuf, mbufChain, mbufData, mbufReset, REARM } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { loadDesc64, loadIndex16 } from "../memory/barrier";
import { Lcore } from "../memory/lcore-context";
import { guestToLinear } from "./guest-memory";
import { deviceRequest, requestByte, requestOffset, takeRequest } from "./net-header";
import {
  availBits, PACKED_DESC_F_BOTH, PACKED_DESC_F_INDIRECT, PACKED_DESC_F_NEXT, PACKED_DESC_F_WRITE, PACKED_FLAGS, PACKED_ID, PACKED_LEN, usedBits,
  WORD_FLAGS, WORD_ID,
} from "./packed-ring";
import { DeviceQueue, STOP_BROKEN, STOP_FULL, STOP_LOST, STOP_MALFORMED, STOP_NONE, STOP_SHORT, STOP_TOO_BIG } from "./virtqueue";

/** Stands the cursor at a buffer. @returns false: it lies in no region */
function bufferAt(q: DeviceQueue, addr: u64, len: u32): bool {
  q.left = len;
  q.at = 0;
  if (q.budget == 0) return false;
  q.budget--;
  if (len == 0) return true;
  q.at = guestToLinear(q.memory, addr, len) as u32;
  return q.at != 0;
}

/** Stands the cursor at the descriptor in `slot`, or in front of its table. @returns false: the rules forbid it */
function cursorAt(q: DeviceQueue, slot: u32): bool {
  q.more = 0;
  if (q.steps > q.mask) return false;
  const d: usize = q.desc + (slot << 4), word = loadDesc64(d + PACKED_LEN), flags = (word >> WORD_FLAGS) as u32, len = word as u32;
  q.descriptor = slot;
  q.steps++;
  q.chainId = ((word >> WORD_ID) & 0xffff) as u32;
  if (!(flags & PACKED_DESC_F_INDIRECT)) {
    q.more = flags & PACKED_DESC_F_NEXT;
    return bufferAt(q, load<u64>(d), len);
  }
  if (!q.indirect || q.steps > 1 || len == 0 || len & 15 || len >> 4 > q.mask + 1) return false;
  q.table = guestToLinear(q.memory, load<u64>(d), len) as u32;
  q.entries = (len >> 4) - 1;
  return q.table != 0 && bufferAt(q, load<u64>(q.table), load<u32>(q.table, PACKED_LEN));
}

function chainOpen(q: DeviceQueue, slot: u32): bool {
  q.steps = 0;
  q.table = 0;
  return cursorAt(q, slot);
}

function after(q: DeviceQueue, slot: u32): u32 {
  return slot == q.mask ? 0 : slot + 1;
}

/** The next buffer of the chain. @returns 1 moved, 0 the chain ends here, -1 the rules forbid it */
function chainNext(q: DeviceQueue): i32 {
  if (q.table) {
    if (q.entries == 0) return 0;
    q.entries--;
    q.table += 16;
    return bufferAt(q, load<u64>(q.table), load<u32>(q.table, PACKED_LEN)) ? 1 : -1;
  }
  if (!q.more) return 0;
  return cursorAt(q, after(q, q.descriptor)) ? 1 : -1;
}

/** Bytes that the chain at `slot` holds, capped at u32; its slots and id are then known. @returns -1 when the rules forbid it */
function chainCapacity(q: DeviceQueue, slot: u32): i64 {
  let good = chainOpen(q, slot), bytes: i64 = good ? q.left : 0, more: i32 = 0;
  while (good) {
    more = chainNext(q);
    if (more <= 0) break;
    bytes += q.left;
  }
  if (!good || more < 0) {
    // What is left of it belongs to it all the same.
    while (q.more && q.steps <= q.mask) cursorAt(q, after(q, q.descriptor));
    good = false;
  }
  q.chainSlots = q.steps;
  return good ? bytes : -1;
}

/** Gives back the chain at lastAvail, of `slots` descriptors and with buffer id `id`, and goes on to the next. */
function closeUsed(q: DeviceQueue, id: u32, slots: u32, filled: u32, write: u32): void {
  const d: usize = q.desc + (q.lastAvail << 4);
  if (write || !q.inOrder) {
    store<u32>(d, filled, PACKED_LEN);
    store<u16>(d, id as u16, PACKED_ID);
    if (q.held) store<u16>(d, (usedBits(q.wrap) | write) as u16, PACKED_FLAGS);
  }
  q.held = 1;
  q.lastId = id;
  q.lastAvail += slots;
  if (q.lastAvail > q.mask) {
    q.lastAvail -= q.mask + 1;
    q.wrap ^= 1;
  }
}

/**
 * Enqueues one packet: as many buffers as it needs when mergeable, else the next one.
 * @returns STOP_NONE: used descriptors are written and lastAvail advanced; else nothing was consumed
 */
export function packedChainWrite(queue: usize, m: usize): u32 {
  const q = changetype<DeviceQueue>(queue), total = changetype<Mbuf>(m).pktLen + q.headerBytes, size = q.mask + 1;
  const limit = max<u32>(q.mask, 1); // DPDK's: one less than the ring
  let need: i64 = total, buffers: u32 = 0, slots: u32 = 0;
  while (need > 0) {
    if (slots >= size) return STOP_TOO_BIG;
    const at = q.lastAvail + slots, turned: u32 = at >= size ? 1 : 0, slot = turned ? at - size : at;
    if ((loadIndex16(q.desc + (slot << 4) + PACKED_FLAGS) & PACKED_DESC_F_BOTH) != availBits(q.wrap ^ turned)) return STOP_FULL;
    const bytes = chainCapacity(q, slot);
    if (bytes < 0) {
      q.broken = 1;
      return STOP_BROKEN;
    }
    if (!q.mergeable && bytes < need) return STOP_TOO_BIG;
    need -= bytes;
    slots += q.chainSlots;
    if (++buffers == limit && need > 0) return STOP_TOO_BIG;
  }
  // From here on a peer may rewrite what was measured: everything is looked at again.
  if (!chainOpen(q, q.lastAvail)) {
    q.broken = 1;
    return STOP_BROKEN;
  }
  store<u32>(q.ids + (q.lastAvail << 2), changetype<Mbuf>(m).id);
  q.chainsLeft = buffers - 1;
  q.request = q.offloads ? deviceRequest(m) : 0;
  q.requestOffset = q.offloads ? requestOffset(m, true) : 0;
  let filled: u32 = 0;
  // The header, byte by byte: it may be cut anywhere.
  for (let i: u32 = 0; i < q.headerBytes; i++) {
    filled = writeTo(q, 0, 0, filled);
    if (q.broken) return STOP_BROKEN;
    store<u8>(q.at, requestByte(q, i, buffers));
    q.at++;
    q.left--;
    filled++;
  }
  for (let s: usize = m; s; s = changetype<Mbuf>(s).next) {
    const n = changetype<Mbuf>(s).dataLen;
    if (n) filled = writeTo(q, mbufData(s), n, filled);
    if (q.broken) return STOP_BROKEN;
  }
  endChain(q, filled);
  return STOP_NONE;
}

/** Gives back the chain that the cursor is in, whose rest stays empty. */
function endChain(q: DeviceQueue, filled: u32): void {
  let more: i32 = 1;
  while (more > 0) more = chainNext(q);
  closeUsed(q, q.chainId, q.steps, filled, PACKED_DESC_F_WRITE);
}

/** Writes n bytes at the cursor, across descriptors and chains; with n = 0 only makes room for one. @returns bytes in the open chain */
function writeTo(q: DeviceQueue, from: usize, n: u32, filled: u32): u32 {
  let rest = n;
  do {
    while (q.left == 0 && (rest > 0 || n == 0)) {
      if (chainNext(q) <= 0) {
        endChain(q, filled);
        filled = 0;
        if (q.chainsLeft == 0 || !chainOpen(q, q.lastAvail)) {
          q.broken = 1;
          return 0;
        }
        q.chainsLeft--;
      }
    }
    const k = min<u32>(rest, q.left);
    memory.copy(q.at, from, k);
    q.at += k;
    q.left -= k;
    from += k;
    filled += k;
    rest -= k;
  } while (rest > 0);
  return filled;
}

/** Moves to the next buffer that has bytes. @returns false: the chain ended, so a peer rewrote it since it was measured */
function skipEmpty(q: DeviceQueue): bool {
  while (q.left == 0) if (chainNext(q) <= 0) return false;
  return true;
}

/** Gives up a packet under construction: m stays the caller's (it frees what it allocated), the segments behind it go back now. */
function lose(lcore: usize, q: DeviceQueue, m: usize, stop: u32): u32 {
  const rest: usize = changetype<Mbuf>(m).next;
  mbufReset(m, q.rearm, 0, 0);
  if (rest) mbufFree(lcore, rest);
  return stop;
}

/**
 * Dequeues the chain at lastAvail into m and, where it is longer than one data room, further mbufs. It is consumed, whatever it is.
 * @returns STOP_NONE: a packet; STOP_SHORT: no bytes behind the header; STOP_LOST: no mbuf for a further segment; STOP_MALFORMED
 */
export function packedChainRead(lcore: usize, queue: usize, m: usize): u32 {
  const q = changetype<DeviceQueue>(queue), slot = q.lastAvail, bytes = chainCapacity(q, slot), id = q.chainId, slots = q.chainSlots;
  q.lostId = load<u32>(q.ids + (slot << 2));
  let result = STOP_MALFORMED;
  if (bytes >= 0 && bytes <= 0xffff_ffff) result = (bytes as u32) <= q.headerBytes ? STOP_SHORT : readChain(lcore, q, m, slot, bytes as u32);
  closeUsed(q, id, slots, 0, 0);
  return result;
}

/** Reads the chain at `slot`, which was measured: `bytes`, more than the header's. */
function readChain(lcore: usize, q: DeviceQueue, m: usize, slot: u32, bytes: u32): u32 {
  if (!chainOpen(q, slot)) return STOP_MALFORMED;
  let word: u64 = 0, offset: u32 = 0;
  for (let i: u32 = 0; i < q.headerBytes; i++) {
    if (!skipEmpty(q)) return STOP_MALFORMED;
    const byte = load<u8>(q.at);
    if (i < 8) word |= <u64>byte << (i << 3);
    else if (i < 10) offset |= <u32>byte << ((i - 8) << 3);
    q.at++;
    q.left--;
  }
  mbufReset(m, q.rearm, 0, q.lostId);
  const room = <u32>(changetype<Mbuf>(m).bufferLength) - (changetype<Mbuf>(m).dataOff as u32);
  let last: usize = m, rest = bytes - q.headerBytes;
  while (rest) {
    if (!skipEmpty(q)) return lose(lcore, q, m, STOP_MALFORMED);
    let segment = changetype<Mbuf>(last);
    if (<u32>segment.dataLen == room) {
      const place: usize = changetype<Lcore>(lcore).scratch;
      if (changetype<Mbuf>(m).nbSegs == 0xffff || !mempoolGet(lcore, q.pool, place, 1)) return lose(lcore, q, m, STOP_LOST);
      const more: usize = load<u32>(place);
      mbufReset(more, REARM, 0, 0);
      mbufChain(m, last, more);
      last = more;
      segment = changetype<Mbuf>(last);
    }
    const k = min<u32>(min<u32>(rest, q.left), room - <u32>segment.dataLen);
    memory.copy(segment.buffer + <u32>segment.dataOff + <u32>segment.dataLen, q.at, k);
    segment.dataLen += k as u16;
    changetype<Mbuf>(m).pktLen += k;
    q.at += k;
    q.left -= k;
    rest -= k;
  }
  takeRequest(q, m, word, offset);
  return STOP_NONE;
}
