// split-driver-tx - the driver side's tx ring: publishing packets, taking back what the device used. Follows DPDK 22.11's
// virtio_xmit_pkts in layout (header pushed into the headroom, else a descriptor of its own) and in when it cleans up.
// Not modelled here: indirect tables, in-order (they have an issue of their own).
import { mbufFreeBurst } from "../mbuf/free";
import { lengthsAreOneSegment, Mbuf, SINGLE, SINGLE_MASK } from "../mbuf/mbuf";
import { publish16 } from "../memory/barrier";
import { firstFreed, kick, usedCount } from "./split-driver";
import { DESC_NEXT, RING_ENTRIES, RING_IDX, VRING_DESC_F_NEXT } from "./split-ring";
import { DriverQueue } from "./virtqueue";

/**
 * Publishes packets; they are the ring's until a later burst frees them.
 * packets  u32[n]. @returns packets taken, 0..n, in order; the PMD never drops one
 */
export function splitDriverTx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DriverQueue>(queue);
  const done = usedCount(q);
  if (done > q.mask + 1 - q.freeThreshold) cleanUp(lcore, q, done);
  if (n > q.freeCount) cleanUp(lcore, q, min<u32>(n - q.freeCount, usedCount(q)));
  const desc: usize = q.desc, avail: usize = q.avail, mask = q.mask, mbufs: usize = q.mbufs, ids: usize = q.ids;
  const gpa = q.gpa, header = q.headerBytes;
  let free = q.freeCount, head = q.freeHead, idx = q.availIdx, p = packets, bytes: u32 = 0;
  const end = packets + (n << 2);
  for (; p < end; p += 4) {
    const m: usize = load<u32>(p), first = load<u64>(m, offsetof<Mbuf>("dataOff"));
    const lengths = load<u64>(m, offsetof<Mbuf>("pktLen")), offset = (first as u32) & 0xffff;
    if (free == 0) {
      q.freeCount = 0;
      q.availIdx = idx & 0xffff;
      cleanUp(lcore, q, min<u32>(1, usedCount(q)));
      free = q.freeCount;
      head = q.freeHead;
      if (free == 0) break;
    }
    bytes += lengths as u32;
    // Direct, one segment, nobody else's, headroom for the header: it is pushed and one descriptor serves.
    if (u32((first & SINGLE_MASK) != SINGLE) | u32(offset < header) | u32(!lengthsAreOneSegment(lengths))) {
      q.freeCount = free;
      q.freeHead = head;
      q.availIdx = idx & 0xffff;
      const published = txChain(lcore, q, m); // or not: it may have freed all the same
      free = q.freeCount;
      head = q.freeHead;
      idx = q.availIdx;
      if (published) continue;
      bytes -= lengths as u32;
      break;
    }
    const at = load<u32>(m) + offset - header, d = desc + (head << 4), next: u32 = load<u16>(d, DESC_NEXT);
    store<u32>(at + header - 4, 0);
    store<u64>(at, 0);
    store<u32>(mbufs + (head << 2), m as u32);
    store<u32>(ids + (head << 2), load<u32>(m, offsetof<Mbuf>("id")));
    store<u64>(d, gpa + at);
    store<u64>(d, <u64>((lengths as u32) + header) | (<u64>next << 48), 8);
    store<u16>(avail + ((idx & mask) << 1), head as u16, RING_ENTRIES);
    idx++;
    free--;
    head = next & mask;
  }
  const taken = ((p - packets) >> 2) as u32;
  q.burstBytes = bytes;
  if (taken == 0) return 0;
  q.freeCount = free;
  q.freeHead = head;
  q.availIdx = idx & 0xffff;
  publish16(lcore, avail + RING_IDX, idx);
  kick(q);
  return taken;
}

/** Publishes a packet as header descriptor and one descriptor a segment. @returns false: not enough descriptors, nothing done */
function txChain(lcore: usize, q: DriverQueue, m: usize): bool {
  const slots = <u32>changetype<Mbuf>(m).nbSegs + 1;
  if (slots > q.freeCount) {
    cleanUp(lcore, q, min<u32>(slots - q.freeCount, usedCount(q)));
    if (slots > q.freeCount) return false;
  }
  const first = q.freeHead, header: usize = q.headers + (first << 4);
  let d: usize = q.desc + (first << 4), last = first;
  store<u64>(header, 0);
  store<u64>(header, 0, 8);
  store<u64>(d, q.gpa + header);
  store<u32>(d, q.headerBytes, 8);
  for (let s = m; s; s = changetype<Mbuf>(s).next) {
    const segment = changetype<Mbuf>(s);
    store<u16>(d, VRING_DESC_F_NEXT as u16, 12);
    last = <u32>load<u16>(d, DESC_NEXT) & q.mask;
    d = q.desc + (last << 4);
    store<u64>(d, q.gpa + segment.buffer + <u32>segment.dataOff);
    store<u32>(d, segment.dataLen, 8);
  }
  store<u16>(d, 0, 12);
  const chain: usize = q.chains + (first << 2);
  store<u16>(chain, last as u16);
  store<u16>(chain, slots as u16, 2);
  store<u32>(q.mbufs + (first << 2), m as u32);
  store<u32>(q.ids + (first << 2), changetype<Mbuf>(m).id);
  store<u16>(q.avail + ((q.availIdx & q.mask) << 1), first as u16, RING_ENTRIES);
  q.availIdx = (q.availIdx + 1) & 0xffff;
  q.freeHead = <u32>load<u16>(d, DESC_NEXT) & q.mask;
  q.freeCount -= slots;
  q.chained++;
  return true;
}

/** Takes back n used packets: frees their mbufs in order and appends their descriptors to the free list. */
function cleanUp(lcore: usize, q: DriverQueue, n: u32): void {
  if (n == 0) return;
  const desc: usize = q.desc, used: usize = q.used, mask = q.mask, mbufs: usize = q.mbufs, handles: usize = q.scratch, chained = q.chained;
  let usedCons = q.usedCons, free = q.freeCount, tail = free ? q.freeTail : firstFreed(q, n), p = handles;
  for (let i: u32 = 0; i < n; i++, usedCons++) {
    const head = load<u32>(used + ((usedCons & mask) << 3), RING_ENTRIES), place = mbufs + ((head & mask) << 2), m = load<u32>(place);
    if (u32(m == 0) | u32(head > mask)) {
      q.strays++;
      continue;
    }
    store<u32>(place, 0);
    store<u32>(p, m);
    p += 4;
    if (tail != head) store<u16>(desc + (tail << 4), head as u16, DESC_NEXT);
    tail = head;
    free++;
    if (chained) {
      const chain: usize = q.chains + (head << 2), length = <u32>load<u16>(chain, 2);
      if (length > 1) {
        tail = load<u16>(chain);
        store<u16>(chain, 0, 2);
        free += length - 1;
        q.chained--;
      }
    }
  }
  q.usedCons = usedCons & 0xffff;
  q.freeTail = tail;
  q.freeCount = free;
  mbufFreeBurst(lcore, handles, ((p - handles) >> 2) as u32);
}

/** Places for packets of one segment on a tx ring, after taking back what is used. */
export function splitDriverTxFree(lcore: usize, queue: usize): u32 {
  const q = changetype<DriverQueue>(queue);
  cleanUp(lcore, q, usedCount(q));
  return q.freeCount;
}
