// split-driver-tx - the driver side's tx ring: publishing packets, taking back what the device used. Follows DPDK 22.11's
// virtio_xmit_pkts and virtio_xmit_pkts_inorder in layout (header pushed into the headroom; else, unless in order, an indirect table of up to
// eight; else a descriptor for the header and one a segment) and in when it cleans up.
//
// In order descriptors are used as they lie, so chains come back as they went, and what used entries say of ids is not asked.
import { mbufFreeBurst } from "../mbuf/free";
import { Mbuf } from "../mbuf/mbuf";
import { publish16 } from "../memory/barrier";
import { pushRequests, writeRequest } from "./net-header";
import { splitKick } from "./notification";
import { firstFreed, usedCount } from "./split-driver";
import { DESC_FLAGS, DESC_LEN, DESC_NEXT, RING_ENTRIES, RING_IDX, VRING_DESC_F_INDIRECT, VRING_DESC_F_NEXT } from "./split-ring";
import { DriverQueue, TX_HEADER_BYTES, TX_INDIRECT_MAX } from "./virtqueue";

/**
 * Publishes packets; they are the ring's until a later burst frees them.
 * packets  u32[n]. @returns packets taken, 0..n, in order; the PMD never drops one
 */
export function splitDriverTx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DriverQueue>(queue);
  if (q.broken) return 0;
  const used = usedCount(q);
  if (used > q.mask + 1 - q.freeThreshold) cleanUp(lcore, q, used);
  if (n > q.freeCount) cleanUp(lcore, q, min<u32>(n - q.freeCount, usedCount(q)));
  const first = q.availIdx;
  q.burstBytes = 0;
  let done: u32 = 0;
  while (done < n) {
    const at = packets + (done << 2), k = txUsual(queue, at, min<u32>(n - done, q.freeCount));
    if (q.offloads) pushRequests(at, k, q.headerBytes);
    done += k;
    if (done == n) break;
    if (q.freeCount == 0) {
      cleanUp(lcore, q, min<u32>(1, usedCount(q)));
      if (q.freeCount == 0) break;
      continue;
    }
    const m: usize = load<u32>(packets + (done << 2));
    if (!txChain(lcore, q, m)) break;
    q.burstBytes += changetype<Mbuf>(m).pktLen;
    done++;
  }
  if (q.availIdx == first) return 0;
  publish16(lcore, q.avail + RING_IDX, q.availIdx);
  splitKick(q, first);
  return done;
}

/**
 * Publishes packets as long as they are direct, one segment, nobody else's, and have headroom for the header: it is pushed and one
 * descriptor serves. n: no more than there are free descriptors. Exported to stay apart from its caller, see split-usual.
 * @returns packets, 0..n; availIdx is advanced, not published
 */
export function txUsual(queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DriverQueue>(queue), desc: usize = q.desc, entries: usize = q.avail + RING_ENTRIES, mask = q.mask, mbufs: usize = q.mbufs;
  const ids: usize = q.ids, gpa = q.gpa, header = q.headerBytes;
  let head = q.freeHead, index = q.availIdx, bytes: u32 = 0, p = packets;
  for (const end = packets + (n << 2); p < end; p += 4) {
    const m: usize = load<u32>(p), offset: u32 = load<u16>(m, offsetof<Mbuf>("dataOff"));
    if (load<u32>(m, offsetof<Mbuf>("refcnt")) != 0x0001_0001) break; // refcnt 1, nbSegs 1
    if (offset < header) break;
    const length = load<u32>(m, offsetof<Mbuf>("pktLen")), at = load<u32>(m) + offset - header;
    const d = desc + (head << 4), next: u32 = load<u16>(d, DESC_NEXT), place = head << 2;
    if (load<u32>(mbufs + place)) break; // in flight: a device that wrote into the free list
    store<u32>(at + header - 4, 0);
    store<u64>(at, 0);
    store<u32>(mbufs + place, m as u32);
    store<u32>(ids + place, load<u32>(m, offsetof<Mbuf>("id")));
    store<u64>(d, gpa + at);
    store<u32>(d, length + header, DESC_LEN);
    store<u16>(d, 0, DESC_FLAGS);
    store<u16>(entries + ((index & mask) << 1), head as u16);
    index++;
    bytes += length;
    head = next & mask;
  }
  const taken = ((p - packets) >> 2) as u32;
  q.freeHead = head;
  q.freeCount -= taken;
  q.availIdx = index & 0xffff;
  q.burstBytes += bytes;
  return taken;
}

/** Publishes a packet as header descriptor and one descriptor a segment. @returns false: not enough descriptors, nothing done */
function txChain(lcore: usize, q: DriverQueue, m: usize): bool {
  const segments: u32 = changetype<Mbuf>(m).nbSegs;
  const table: u32 = u32(q.indirect != 0) & u32(q.inOrder == 0) & u32(segments < TX_INDIRECT_MAX) & u32(segments <= q.mask);
  const slots: u32 = table ? 1 : segments + 1;
  if (slots > q.freeCount) {
    cleanUp(lcore, q, min<u32>(slots - q.freeCount, usedCount(q)));
    if (slots > q.freeCount) return false;
  }
  if (load<u32>(q.mbufs + (q.freeHead << 2))) {
    q.broken = 1;
    return false;
  }
  const first = q.freeHead, header: usize = q.headers + first * q.headerStride;
  let d: usize = q.desc + (first << 4), last = first;
  store<u64>(header, 0);
  store<u64>(header, 0, 8);
  if (q.offloads) writeRequest(m, header);
  if (table) {
    last = first;
    store<u64>(d, q.gpa + header + TX_HEADER_BYTES);
    store<u32>(d, (segments + 1) << 4, DESC_LEN);
    store<u16>(d, VRING_DESC_F_INDIRECT as u16, DESC_FLAGS);
    fillTable(q, header, m);
  } else {
    store<u64>(d, q.gpa + header);
    store<u32>(d, q.headerBytes, DESC_LEN);
    for (let s = m; s; s = changetype<Mbuf>(s).next) {
      const segment = changetype<Mbuf>(s);
      store<u16>(d, VRING_DESC_F_NEXT as u16, DESC_FLAGS);
      last = <u32>load<u16>(d, DESC_NEXT) & q.mask;
      d = q.desc + (last << 4);
      store<u64>(d, q.gpa + segment.buffer + <u32>segment.dataOff);
      store<u32>(d, segment.dataLen, DESC_LEN);
    }
    store<u16>(d, 0, DESC_FLAGS);
  }
  if (slots > 1) {
    const chain: usize = q.chains + (first << 2);
    store<u16>(chain, last as u16);
    store<u16>(chain, slots as u16, 2);
    q.chained++;
  }
  store<u32>(q.mbufs + (first << 2), m as u32);
  store<u32>(q.ids + (first << 2), changetype<Mbuf>(m).id);
  store<u16>(q.avail + ((q.availIdx & q.mask) << 1), first as u16, RING_ENTRIES);
  q.availIdx = (q.availIdx + 1) & 0xffff;
  q.freeHead = <u32>load<u16>(d, DESC_NEXT) & q.mask;
  q.freeCount -= slots;
  return true;
}

/** Fills the table behind a net header: the header, then the packet's segments. */
function fillTable(q: DriverQueue, header: usize, m: usize): void {
  let entry: usize = header + TX_HEADER_BYTES, next: u32 = 1;
  store<u64>(entry, q.gpa + header);
  store<u32>(entry, q.headerBytes, DESC_LEN);
  for (let s = m; s; s = changetype<Mbuf>(s).next, next++) {
    const segment = changetype<Mbuf>(s);
    store<u16>(entry, VRING_DESC_F_NEXT as u16, DESC_FLAGS);
    store<u16>(entry, next as u16, DESC_NEXT);
    entry += 16;
    store<u64>(entry, q.gpa + segment.buffer + <u32>segment.dataOff);
    store<u32>(entry, segment.dataLen, DESC_LEN);
  }
  store<u32>(entry, 0, DESC_FLAGS);
}

/** Takes back n used packets: frees their mbufs in order and appends their descriptors to the free list. */
function cleanUp(lcore: usize, q: DriverQueue, n: u32): void {
  if (n == 0) return;
  const handles: usize = q.scratch;
  if (q.inOrder) {
    mbufFreeBurst(lcore, handles, reapInOrder(q, handles, n));
    return;
  }
  if (q.freeCount == 0) q.freeTail = firstFreed(q, n);
  let done: u32 = 0, freed: u32 = 0;
  while (done < n) {
    const k = q.chained ? 0 : reapUsual(changetype<usize>(q), handles + (freed << 2), n - done);
    done += k;
    freed += k;
    if (done == n) break;
    if (reapOne(q, handles + (freed << 2))) freed++;
    done++;
  }
  mbufFreeBurst(lcore, handles, freed);
}

/** Takes used entries whose packets took one descriptor, up to the first that stands for none. Exported, see split-usual. @returns their number */
export function reapUsual(queue: usize, handles: usize, n: u32): u32 {
  const q = changetype<DriverQueue>(queue), desc: usize = q.desc, entries: usize = q.used + RING_ENTRIES, mask = q.mask, mbufs: usize = q.mbufs;
  const first = q.usedCons, last = first + n;
  let index = first, tail = q.freeTail;
  for (; index < last; index++, handles += 4) {
    const head = load<u32>(entries + ((index & mask) << 3));
    if (head > mask) break;
    const place = mbufs + (head << 2), m = load<u32>(place);
    if (m == 0) break;
    store<u32>(place, 0);
    store<u32>(handles, m);
    store<u16>(desc + (tail << 4), head as u16, DESC_NEXT);
    tail = head;
  }
  q.usedCons = index & 0xffff;
  q.freeTail = tail;
  q.freeCount += index - first;
  return index - first;
}

/** Takes the n oldest packets in flight. @returns how many; fewer: the device used more than there are, and the ring is broken */
function reapInOrder(q: DriverQueue, handles: usize, n: u32): u32 {
  const mask = q.mask, mbufs: usize = q.mbufs;
  let head = q.nextId, taken: u32 = 0, descriptors: u32 = 0;
  for (; taken < n; taken++, handles += 4) {
    const place = mbufs + (head << 2), m = load<u32>(place);
    if (m == 0) {
      q.broken = 1;
      break;
    }
    store<u32>(place, 0);
    store<u32>(handles, m);
    let length: u32 = 1;
    if (q.chained) {
      const chain: usize = q.chains + (head << 2);
      length = max<u32>(load<u16>(chain, 2), 1);
      if (length > 1) q.chained--;
      store<u16>(chain, 0, 2);
    }
    descriptors += length;
    head = (head + length) & mask;
  }
  q.nextId = head;
  q.usedCons = (q.usedCons + taken) & 0xffff;
  q.freeTail = (head - 1) & mask; // the list runs as the descriptors lie
  q.freeCount += descriptors;
  return taken;
}

/** Takes one used entry of any kind. @returns false: it stands for no packet and is passed over */
function reapOne(q: DriverQueue, handle: usize): bool {
  const head = load<u32>(q.used + ((q.usedCons & q.mask) << 3), RING_ENTRIES), place: usize = q.mbufs + ((head & q.mask) << 2), m = load<u32>(place);
  q.usedCons = (q.usedCons + 1) & 0xffff;
  if (m == 0 || head > q.mask) {
    q.strays++;
    return false;
  }
  store<u32>(place, 0);
  store<u32>(handle, m);
  if (q.freeTail != head) store<u16>(q.desc + (q.freeTail << 4), head as u16, DESC_NEXT);
  q.freeTail = head;
  q.freeCount++;
  const chain: usize = q.chains + (head << 2), length = <u32>load<u16>(chain, 2);
  if (length > 1) {
    q.freeTail = load<u16>(chain);
    store<u16>(chain, 0, 2);
    q.freeCount += length - 1;
    q.chained--;
  }
  return true;
}

/** Places for packets of one segment on a tx ring, after taking back what is used. */
export function splitDriverTxFree(lcore: usize, queue: usize): u32 {
  const q = changetype<DriverQueue>(queue);
  cleanUp(lcore, q, usedCount(q));
  return q.freeCount;
}
