// split-chain - the device side's slow path, a packet at a time: chained descriptors, mergeable buffers, packets of several
// segments, buffers in any region. virtio 1.3, 2.7.4 and 5.1.6.4; follows reserve_avail_buf_split and desc_to_mbuf of DPDK.
//
// A chain is walked in at most N steps, an indirect table likewise, all of a burst's in walkBudget; every descriptor is read once a walk, its whole
// range must lie in one region. Nothing of a ring is consumed before all of a packet is known to fit.
import { Mbuf, mbufChain, mbufData, mbufReset, REARM } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { mbufFree } from "../mbuf/free";
import { Lcore } from "../memory/lcore-context";
import { guestToLinear } from "./guest-memory";
import { deviceRequest, requestByte, requestOffset, takeRequest } from "./net-header";
import { Desc, RING_ENTRIES, VRING_DESC_F_INDIRECT, VRING_DESC_F_NEXT } from "./split-ring";
import { DeviceQueue, STOP_BROKEN, STOP_FULL, STOP_LOST, STOP_MALFORMED, STOP_NONE, STOP_SHORT, STOP_TOO_BIG } from "./virtqueue";

/** Stands the cursor at descriptor `index` of the ring or of the table it is in. @returns false: the rules forbid it */
function cursorAt(q: DeviceQueue, index: u32): bool {
  const length = q.table ? q.entries : q.mask + 1;
  if (index >= length || q.steps >= length || q.budget == 0) return false;
  q.budget--;
  const at = (q.table ? q.table : q.desc) + (index << 4), d = changetype<Desc>(at as usize), flags = <u32>d.flags, len = d.len;
  q.descriptor = index;
  q.steps++;
  q.more = flags & VRING_DESC_F_NEXT;
  q.next = d.next;
  if (flags & VRING_DESC_F_INDIRECT) return tableOpen(q, d.addr, len);
  q.left = len;
  q.at = 0;
  if (len == 0) return true;
  q.at = guestToLinear(q.memory, d.addr, len) as u32;
  return q.at != 0;
}

/** Goes into an indirect table, where the chain then ends, whatever stood beside it. @returns false: the rules forbid it */
function tableOpen(q: DeviceQueue, addr: u64, len: u32): bool {
  if (!q.indirect || q.table || len == 0 || len & 15 || len >> 4 > q.mask + 1) return false;
  const table = guestToLinear(q.memory, addr, len) as u32;
  if (table == 0) return false;
  q.table = table;
  q.entries = len >> 4;
  q.steps = 0;
  return cursorAt(q, 0);
}

/** Opens the chain behind free-running avail position `position`. */
function chainOpen(q: DeviceQueue, position: u32): bool {
  q.steps = 0;
  q.table = 0;
  q.chainId = headAt(q, position);
  return cursorAt(q, q.chainId);
}

/** The next descriptor of the chain. @returns 1 moved, 0 the chain ends here, -1 the rules forbid it */
function chainNext(q: DeviceQueue): i32 {
  if (!q.more) return 0;
  return cursorAt(q, q.next) ? 1 : -1;
}

/** Bytes that the chain at avail position `position` holds, capped at u32. @returns -1 when the rules forbid it */
function chainCapacity(q: DeviceQueue, position: u32): i64 {
  if (!chainOpen(q, position)) return -1;
  let bytes: i64 = q.left, more: i32 = 0;
  while ((more = chainNext(q)) > 0) bytes += q.left;
  return more < 0 ? -1 : bytes;
}

function headAt(q: DeviceQueue, position: u32): u32 {
  return load<u16>(q.avail + ((position & q.mask) << 1), RING_ENTRIES);
}

/**
 * Enqueues one packet: as many buffers as it needs when mergeable, else the next one.
 * availEnd: avail.idx as loaded at the burst's start
 * @returns STOP_NONE: used entries are written and lastAvail advanced; else nothing was consumed
 */
export function chainWrite(queue: usize, m: usize, availEnd: u32): u32 {
  const q = changetype<DeviceQueue>(queue), total = changetype<Mbuf>(m).pktLen + q.headerBytes;
  const limit = max<u32>(q.mask, 1); // DPDK's: one less than the ring
  let need: i64 = total, buffers: u32 = 0;
  while (need > 0) {
    const position = q.lastAvail + buffers;
    if (((availEnd - position) & 0xffff) == 0) return STOP_FULL;
    const bytes = chainCapacity(q, position);
    if (bytes < 0) {
      q.broken = 1;
      return STOP_BROKEN;
    }
    if (!q.mergeable && bytes < need) return STOP_TOO_BIG;
    need -= bytes;
    if (++buffers == limit && need > 0) return STOP_TOO_BIG;
  }
  // From here on a peer may rewrite what was measured: everything is looked at again.
  if (!chainOpen(q, q.lastAvail)) {
    q.broken = 1;
    return STOP_BROKEN;
  }
  const id = changetype<Mbuf>(m).id;
  store<u32>(q.ids + (q.chainId << 2), id);
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
  }
  if (q.broken) return STOP_BROKEN;
  closeUsed(q, filled);
  return STOP_NONE;
}

/** Writes n bytes at the cursor, across descriptors and chains; with n = 0 only makes room for one. @returns bytes in the open chain */
function writeTo(q: DeviceQueue, from: usize, n: u32, filled: u32): u32 {
  let rest = n;
  do {
    while (q.left == 0 && (rest > 0 || n == 0)) {
      if (chainNext(q) <= 0) {
        closeUsed(q, filled);
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

/** Writes the used entry of the chain at lastAvail and goes on to the next. */
function closeUsed(q: DeviceQueue, filled: u32): void {
  const entry: usize = q.used + ((q.lastAvail & q.mask) << 3);
  store<u32>(entry, headAt(q, q.lastAvail), RING_ENTRIES);
  store<u32>(entry, filled, RING_ENTRIES + 4);
  q.lastAvail = (q.lastAvail + 1) & 0xffff;
}

/** Moves to the next descriptor that has bytes. @returns false: the chain ended, so a peer rewrote it since it was measured */
function skipEmpty(q: DeviceQueue): bool {
  while (q.left == 0) {
    if (chainNext(q) <= 0) {
      q.broken = 1;
      return false;
    }
  }
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
 * Dequeues the chain at lastAvail into m and, where it is longer than one data room, further mbufs.
 * @returns STOP_NONE: a packet; STOP_SHORT: consumed, no bytes behind the header; STOP_LOST: consumed, no mbuf for a further
 *          segment; STOP_BROKEN: not consumed; STOP_MALFORMED: consumed, and rewritten meanwhile. Source: the same cases of DPDK (facts: a14, e4)
 */
export function chainRead(lcore: usize, queue: usize, m: usize): u32 {
  const q = changetype<DeviceQueue>(queue), position = q.lastAvail, budget = q.budget;
  const bytes = chainCapacity(q, position);
  // It is walked twice.
  if (bytes < 0 || bytes > 0xffff_ffff || q.budget < budget - q.budget) {
    q.broken = 1;
    return STOP_BROKEN;
  }
  const id = load<u32>(q.ids + ((headAt(q, position) & q.mask) << 2));
  closeUsed(q, 0);
  q.lostId = id;
  if ((bytes as u32) <= q.headerBytes) return STOP_SHORT;
  if (!chainOpen(q, position)) {
    q.broken = 1;
    return STOP_MALFORMED;
  }
  let word: u64 = 0, offset: u32 = 0;
  for (let i: u32 = 0; i < q.headerBytes; i++) {
    if (!skipEmpty(q)) return STOP_MALFORMED;
    const byte = load<u8>(q.at);
    if (i < 8) word |= <u64>byte << (i << 3);
    else if (i < 10) offset |= <u32>byte << ((i - 8) << 3);
    q.at++;
    q.left--;
  }
  mbufReset(m, q.rearm, 0, id);
  const room = <u32>(changetype<Mbuf>(m).bufferLength) - (changetype<Mbuf>(m).dataOff as u32);
  let last: usize = m, rest = (bytes as u32) - q.headerBytes;
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
