// chain-copy - the device side's slow path on either layout, behind its measuring: a packet's header and bytes into buffers that were found to be
// enough, or out of a chain that was. Headers may be cut anywhere, packets have several segments, buffers lie in any region. Follows
// copy_mbuf_to_desc and desc_to_mbuf of DPDK. From here on a peer may rewrite what was measured: everything is looked at again.
import { FAULT_REWRITTEN } from "../abi/faults";
import { mbufFree } from "../mbuf/free";
import { Mbuf, mbufChain, mbufData, mbufReset, REARM } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { Lcore } from "../memory/lcore-context";
import { logWrite } from "./dirty-log";
import { deviceRequest, NET_HEADER_NUM_BUFFERS, requestByte, requestOffset, takeRequest } from "./net-header";
import { packedChainEnd, packedChainNext, packedChainOpen } from "./packed-cursor";
import { splitChainClose, splitChainNext, splitChainOpen } from "./split-cursor";
import { breakRing, DeviceQueue, refuse, STOP_LOST, STOP_MALFORMED, STOP_NONE } from "./virtqueue";

/** What writeTo returns when there is no room any more. */
const NO_ROOM: u32 = u32.MAX_VALUE;

/** Opens the chain at `position`. @returns false: the rules forbid it */
export function chainOpen(q: DeviceQueue, position: u32): bool {
  return q.packed ? packedChainOpen(q, position) : splitChainOpen(q, position);
}

/** The next buffer of the chain. @returns 1 moved, 0 the chain ends here, -1 the rules forbid it */
export function chainNext(q: DeviceQueue): i32 {
  return q.packed ? packedChainNext(q) : splitChainNext(q);
}

function end(q: DeviceQueue, filled: u32): void {
  if (q.packed) packedChainEnd(q, filled);
  else splitChainClose(q, filled);
}

/**
 * Writes a packet into the next `buffers` chains, which hold it.
 * @returns STOP_NONE: used entries are written and lastAvail advanced; STOP_BROKEN: a peer rewrote them meanwhile
 */
export function chainFill(q: DeviceQueue, m: usize, buffers: u32): u32 {
  q.vectors = 0;
  if (!chainOpen(q, q.lastAvail)) return rewritten(q);
  store<u32>(q.ids + ((q.packed ? q.lastAvail : q.chainId) << 2), changetype<Mbuf>(m).id);
  q.chainsLeft = buffers - 1;
  q.request = q.offloads ? deviceRequest(m) : 0;
  q.requestOffset = q.offloads ? requestOffset(m, true) : 0;
  let filled: u32 = 0;
  // DPDK writes num_buffers only if it means something, or with a header that it had to put together: 0 then.
  let number = buffers, keeps = q.keeps;
  // The header, byte by byte: it may be cut anywhere.
  for (let i: u32 = 0; i < q.headerBytes; i++) {
    filled = writeTo(q, 0, 0, filled);
    if (filled == NO_ROOM) return rewritten(q);
    if (keeps && i == 0 && q.left < q.headerBytes) {
      number = 0;
      keeps = 0;
    }
    if (!keeps || i < (NET_HEADER_NUM_BUFFERS as u32)) {
      store<u8>(q.at, requestByte(q, i, number));
      if (q.log) logWrite(q, q.at, 1);
    }
    q.at++;
    q.left--;
    filled++;
  }
  for (let s: usize = m; s; s = changetype<Mbuf>(s).next) {
    const n = changetype<Mbuf>(s).dataLen;
    if (n) filled = writeTo(q, mbufData(s), n, filled);
    if (filled == NO_ROOM) return rewritten(q);
  }
  end(q, filled);
  return STOP_NONE;
}

/** Writes n bytes at the cursor, across descriptors and chains; with n = 0 only makes room for one. @returns bytes in the open chain; NO_ROOM */
function writeTo(q: DeviceQueue, from: usize, n: u32, filled: u32): u32 {
  let rest = n;
  do {
    while (q.left == 0 && (rest > 0 || n == 0)) {
      if (chainNext(q) <= 0) {
        end(q, filled);
        filled = 0;
        if (q.chainsLeft == 0 || !chainOpen(q, q.lastAvail)) return NO_ROOM;
        q.chainsLeft--;
      }
    }
    const k = min<u32>(rest, q.left);
    memory.copy(q.at, from, k);
    if (q.log) logWrite(q, q.at, k);
    q.at += k;
    q.left -= k;
    from += k;
    filled += k;
    rest -= k;
  } while (rest > 0);
  return filled;
}

/**
 * Reads the chain at `position`, which holds `bytes`, more than the header's, and is consumed already, into m and, where it is longer than one
 * data room, further mbufs. Its packet's number is in DeviceQueue.lostId.
 * @returns STOP_NONE: a packet; STOP_LOST: no mbuf for a further segment; STOP_MALFORMED: rewritten since it was measured
 */
export function chainDrain(lcore: usize, q: DeviceQueue, m: usize, position: u32, bytes: u32): u32 {
  q.vectors = 0;
  if (!chainOpen(q, position)) return malformed(q);
  let word: u64 = 0, offset: u32 = 0;
  for (let i: u32 = 0; i < q.headerBytes; i++) {
    if (!skipEmpty(q)) return malformed(q);
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
    if (!skipEmpty(q)) return lose(lcore, q, m, malformed(q));
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

/** Moves to the next buffer that has bytes. @returns false: the chain ended, so a peer rewrote it since it was measured */
function skipEmpty(q: DeviceQueue): bool {
  while (q.left == 0) if (chainNext(q) <= 0) return false;
  return true;
}

/** A chain that was measured is not any more what it was. @returns STOP_BROKEN */
function rewritten(q: DeviceQueue): u32 {
  refuse(q, FAULT_REWRITTEN);
  return breakRing(q);
}

/**
 * Reads n bytes, at most 8, of what the device may read: DeviceQueue.readable counts down. @returns them, the first one lowest; with
 * DeviceQueue.cut set 0: the chain ended, so a peer rewrote it since it was measured
 */
export function readBytes(q: DeviceQueue, n: u32): u64 {
  let value: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (q.cut || !skipEmpty(q) || q.write) {
      q.cut = 1;
      return 0;
    }
    value |= (<u64>load<u8>(q.at)) << (i << 3);
    q.at++;
    q.left--;
  }
  q.readable -= n;
  return value;
}

/** Passes over n bytes, likewise. */
export function readSkip(q: DeviceQueue, n: u32): void {
  q.readable -= n;
  while (n > 0 && !q.cut) {
    if (!skipEmpty(q) || q.write) {
      q.cut = 1;
      return;
    }
    const k = min<u32>(n, q.left);
    q.at += k;
    q.left -= k;
    n -= k;
  }
}

/** A split ring whose chain was rewritten is broken; a packed one lives, as it does with any bad chain. */
function malformed(q: DeviceQueue): u32 {
  refuse(q, FAULT_REWRITTEN);
  if (!q.packed) breakRing(q);
  return STOP_MALFORMED;
}

/** Gives up a packet under construction: m stays the caller's (it frees what it allocated), the segments behind it go back now. */
function lose(lcore: usize, q: DeviceQueue, m: usize, stop: u32): u32 {
  const rest: usize = changetype<Mbuf>(m).next;
  mbufReset(m, q.rearm, 0, 0);
  if (rest) mbufFree(lcore, rest);
  return stop;
}
