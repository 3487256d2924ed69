// packed-driver-tx - the driver side's tx ring, packed: making packets available, taking back what the device used. Follows DPDK 22.11's
// virtio_xmit_pkts_packed in layout (header pushed into the headroom; else an indirect table of up to eight; else a descriptor for the header and
// one a segment) and in when it cleans up: on demand only.
import { mbufFreeBurst } from "../mbuf/free";
import { Mbuf } from "../mbuf/mbuf";
import { loadDesc64 } from "../memory/barrier";
import { pushRequests, writeRequest } from "./net-header";
import { freeId, isUsed, passAvail, passUsed, publish, slotsOf, usedWord } from "./packed-driver";
import {
  availBits, PACKED_DESC_F_INDIRECT, PACKED_DESC_F_NEXT, PACKED_FLAGS, PACKED_ID, PACKED_LEN, usedBits, WORD_FLAGS, WORD_ID,
} from "./packed-ring";
import { DriverQueue, TX_HEADER_BYTES, TX_INDIRECT_MAX } from "./virtqueue";

/** As driverTx. */
export function packedDriverTx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DriverQueue>(queue), slot = q.availIdx, wrap = q.availWrap;
  q.burstBytes = 0;
  if (q.broken) return 0;
  if (n > q.freeCount) cleanUp(lcore, q, n - q.freeCount);
  let done: u32 = 0, first: u32 = 0; // flags of the burst's first descriptor
  while (done < n) {
    const at = packets + (done << 2), k = packedTxUsual(queue, at, min<u32>(n - done, q.freeCount), done);
    if (q.offloads) pushRequests(at, k, q.headerBytes);
    done += k;
    if (done == n) break;
    if (q.freeCount == 0) {
      cleanUp(lcore, q, 1);
      if (q.freeCount == 0) break;
      continue;
    }
    if (q.availIdx == 0 && done && mayGoOn(q, load<u32>(packets + (done << 2)))) continue; // the ring's end was all that stopped it
    const m: usize = load<u32>(packets + (done << 2)), flags = txChain(lcore, q, m, done);
    if (flags == REFUSED) break;
    if (done == 0) first = flags;
    q.burstBytes += changetype<Mbuf>(m).pktLen;
    done++;
  }
  if (done) publish(lcore, q, slot, wrap, first);
  return done;
}

/** Whether packedTxUsual takes this packet at the next slot. */
function mayGoOn(q: DriverQueue, m: usize): bool {
  return isPlain(q, m) && !load<u32>(q.mbufs + (q.availIdx << 2));
}

/** Direct, one segment, nobody else's, with headroom for the header: which is then pushed, and one descriptor serves. */
// @ts-ignore: decorator
@inline
function isPlain(q: DriverQueue, m: usize): bool {
  return load<u32>(m, offsetof<Mbuf>("refcnt")) == 0x0001_0001 && <u32>load<u16>(m, offsetof<Mbuf>("dataOff")) >= q.headerBytes;
}

/**
 * Makes plain packets available, up to the ring's end. n: no more than there are free descriptors. held: 0: the first is the burst's, whose flags
 * stay as they are. Exported to stay apart from its caller, see split-usual. @returns packets, 0..n
 */
export function packedTxUsual(queue: usize, packets: usize, n: u32, held: u32): u32 {
  const q = changetype<DriverQueue>(queue), slot = q.availIdx, gpa = q.gpa, header = q.headerBytes;
  const given: u64 = (<u64>availBits(q.availWrap)) << WORD_FLAGS;
  let d: usize = q.desc + (slot << 4), place: usize = q.mbufs + (slot << 2), id: usize = q.ids + (slot << 2);
  let word: u64 = <u64>slot << WORD_ID, flags: u64 = held ? given : (<u64>load<u16>(d, PACKED_FLAGS)) << WORD_FLAGS;
  let bytes: u32 = 0, p = packets;
  for (const end = packets + (min<u32>(n, q.mask + 1 - slot) << 2); p < end; p += 4, d += 16, place += 4, id += 4, word += (1 as u64) << WORD_ID) {
    const m: usize = load<u32>(p), offset: u32 = load<u16>(m, offsetof<Mbuf>("dataOff"));
    if (load<u32>(m, offsetof<Mbuf>("refcnt")) != 0x0001_0001) break; // refcnt 1, nbSegs 1
    if (offset < header) break;
    if (load<u32>(place)) break; // a buffer with this id is in flight
    const length = load<u32>(m, offsetof<Mbuf>("pktLen")), at = load<u32>(m) + offset - header;
    store<u32>(at + header - 4, 0);
    store<u64>(at, 0);
    store<u32>(place, m as u32);
    store<u32>(id, load<u32>(m, offsetof<Mbuf>("id")));
    store<u64>(d, gpa + at);
    store<u64>(d, word | <u64>(length + header) | flags, PACKED_LEN);
    flags = given;
    bytes += length;
  }
  const taken = ((p - packets) >> 2) as u32;
  passAvail(q, taken);
  q.freeCount -= taken;
  q.burstBytes += bytes;
  return taken;
}

/** What txChain says when there are not enough descriptors: no flags that a descriptor has. */
export const REFUSED: u32 = 0xffff_ffff;

/**
 * Makes a packet of any kind available. held: 0: its first descriptor is the burst's, whose flags stay as they are.
 * @returns the first descriptor's flags without AVAIL and USED
 */
export function txChain(lcore: usize, q: DriverQueue, m: usize, held: u32): u32 {
  const segments: u32 = changetype<Mbuf>(m).nbSegs, pushed: u32 = isPlain(q, m) ? 1 : 0;
  const table: u32 = !pushed & u32(q.indirect != 0) & u32(segments < TX_INDIRECT_MAX) & u32(segments <= q.mask);
  const slots: u32 = table | pushed ? 1 : segments + 1;
  if (slots > q.freeCount) {
    cleanUp(lcore, q, slots - q.freeCount);
    if (slots > q.freeCount) return REFUSED;
  }
  const id = freeId(q), region: usize = q.headers + id * q.headerStride, wrap = q.availWrap;
  let d: usize = q.desc + (q.availIdx << 4), header: usize = region, flags: u32 = 0;
  store<u32>(q.mbufs + (id << 2), m as u32);
  store<u32>(q.ids + (q.availIdx << 2), changetype<Mbuf>(m).id);
  if (pushed) header = load<u32>(m) + <u32>changetype<Mbuf>(m).dataOff - q.headerBytes;
  store<u32>(header + q.headerBytes - 4, 0);
  store<u64>(header, 0);
  if (q.offloads) writeRequest(m, header);
  if (table) {
    const entries = region + TX_HEADER_BYTES;
    fill(entries, q.gpa + header, q.headerBytes);
    fillSegments(q, entries + 16, m);
    fill(d, q.gpa + entries, (segments + 1) << 4);
    flags = PACKED_DESC_F_INDIRECT;
  } else {
    fill(d, q.gpa + header, pushed ? q.headerBytes + changetype<Mbuf>(m).pktLen : q.headerBytes);
    if (!pushed) flags = PACKED_DESC_F_NEXT;
  }
  store<u16>(d, id as u16, PACKED_ID);
  passAvail(q, 1);
  if (slots > 1) {
    for (let s = m; s; s = changetype<Mbuf>(s).next) {
      const segment = changetype<Mbuf>(s), part: usize = q.desc + (q.availIdx << 4);
      fill(part, q.gpa + segment.buffer + <u32>segment.dataOff, segment.dataLen);
      store<u16>(part, id as u16, PACKED_ID);
      store<u16>(part, (availBits(q.availWrap) | (segment.next ? PACKED_DESC_F_NEXT : 0)) as u16, PACKED_FLAGS);
      passAvail(q, 1);
    }
    store<u16>(q.chains + (id << 2), slots as u16, 2);
    q.chained++;
  }
  if (held) store<u16>(d, (availBits(wrap) | flags) as u16, PACKED_FLAGS);
  q.freeCount -= slots;
  return flags;
}

function fill(d: usize, addr: u64, len: u32): void {
  store<u64>(d, addr);
  store<u32>(d, len, PACKED_LEN);
}

/** Entries of an indirect table, whose ids and flags mean nothing. */
function fillSegments(q: DriverQueue, entry: usize, m: usize): void {
  for (let s = m; s; s = changetype<Mbuf>(s).next, entry += 16) {
    const segment = changetype<Mbuf>(s);
    fill(entry, q.gpa + segment.buffer + <u32>segment.dataOff, segment.dataLen);
    store<u32>(entry, 0, PACKED_ID);
  }
}

/** Takes used packets back until at least n descriptors are free again, as far as there are used ones: frees their mbufs in order. */
export function cleanUp(lcore: usize, q: DriverQueue, n: u32): void {
  const handles: usize = q.scratch, wanted = q.freeCount + n;
  let freed: u32 = 0;
  while (q.freeCount < wanted && !q.broken) {
    const k = q.chained ? 0 : packedReapUsual(changetype<usize>(q), handles + (freed << 2), wanted - q.freeCount);
    freed += k;
    if (q.freeCount >= wanted) break;
    const word = usedWord(q);
    if (!isUsed(q, word)) break;
    const more = reap(q, handles + (freed << 2), ((word >> WORD_ID) & 0xffff) as u32);
    if (more == 0) break;
    freed += more;
  }
  mbufFreeBurst(lcore, handles, freed);
}

/**
 * Takes back packets of one descriptor, completed in order and one by one, up to the ring's end; stops at the first other one.
 * Exported, see split-usual. @returns their number
 */
export function packedReapUsual(queue: usize, handles: usize, n: u32): u32 {
  const q = changetype<DriverQueue>(queue), slot = q.usedCons;
  let wanted = slot | (usedBits(q.usedWrap) << 16), out = handles;
  let d: usize = q.desc + (slot << 4), place: usize = q.mbufs + (slot << 2);
  for (const end = handles + (min<u32>(n, q.mask + 1 - slot) << 2); out < end; out += 4, d += 16, place += 4, wanted++) {
    if (((loadDesc64(d + PACKED_LEN) >> WORD_ID) as u32) != wanted) break;
    const m = load<u32>(place);
    if (m == 0) break;
    store<u32>(place, 0);
    store<u32>(out, m);
  }
  const taken = ((out - handles) >> 2) as u32;
  passUsed(q, taken);
  q.freeCount += taken;
  return taken;
}

/** Takes back the buffer `id`; in order all that were made available before it too. @returns how many; 0: the device lies, the ring is broken */
function reap(q: DriverQueue, handles: usize, id: u32): u32 {
  if (id > q.mask || load<u32>(q.mbufs + (id << 2)) == 0) {
    q.broken = 1;
    return 0;
  }
  if (!q.inOrder) {
    reapOne(q, handles, id);
    return 1;
  }
  // A buffer's id is its first slot: in order nothing else can have it.
  let taken: u32 = 0;
  while (!q.broken) {
    const at = q.usedCons, place = handles + (taken << 2);
    if (q.chained) {
      if (load<u32>(q.mbufs + (at << 2)) == 0) {
        q.broken = 1;
        break;
      }
      reapOne(q, place, at);
      taken++;
      if (at == id) break;
    } else {
      const n = (id >= at ? id : q.mask) + 1 - at, run = reapRun(q, place, n);
      taken += run;
      if (run < n) q.broken = 1; // something in between is not in flight
      else if (id >= at) break;
    }
  }
  return taken;
}

/** Takes back n buffers of one descriptor each from the next used slot on, up to the first that is none. @returns how many */
function reapRun(q: DriverQueue, handles: usize, n: u32): u32 {
  let place: usize = q.mbufs + (q.usedCons << 2), out = handles;
  for (const end = handles + (n << 2); out < end; out += 4, place += 4) {
    const m = load<u32>(place);
    if (m == 0) break;
    store<u32>(place, 0);
    store<u32>(out, m);
  }
  const taken = ((out - handles) >> 2) as u32;
  passUsed(q, taken);
  q.freeCount += taken;
  return taken;
}

function reapOne(q: DriverQueue, handle: usize, id: u32): void {
  const place: usize = q.mbufs + (id << 2), slots = slotsOf(q, id);
  store<u32>(handle, load<u32>(place));
  store<u32>(place, 0);
  if (slots > 1) {
    store<u16>(q.chains + (id << 2), 0, 2);
    q.chained--;
  }
  passUsed(q, slots);
  q.freeCount += slots;
}

/** As driverTxFree. */
export function packedDriverTxFree(lcore: usize, queue: usize): u32 {
  const q = changetype<DriverQueue>(queue);
  cleanUp(lcore, q, q.mask + 1 - q.freeCount);
  return q.freeCount;
}
