// packed-driver-vec-tx - the driver side's tx ring, packed, by vectors: DPDK 22.11's virtio_xmit_pkts_packed_vec, in order. It takes packets back when
// tx_free_thresh descriptors or more are in flight, about so many, then moves four plain packets at a time; others go as the plain path has them.
// A burst is cut to what is free at its beginning.
import { Mbuf, SINGLE, SINGLE_MASK } from "../mbuf/mbuf";
import { passAvail, publish } from "./packed-driver";
import { cleanUp, packedTxUsual, REFUSED, txChain } from "./packed-driver-tx";
import { availBits, PACKED_FLAGS, PACKED_LEN, WORD_FLAGS, WORD_ID } from "./packed-ring";
import { DriverQueue } from "./virtqueue";

/** PACKED_BATCH_SIZE: descriptors a cache line. */
const BATCH: u32 = 4;

/** As driverTx, by this path's rules. */
export function packedVecTx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<DriverQueue>(queue), slot = q.availIdx, wrap = q.availWrap, threshold = max<u32>(q.freeThreshold, 1);
  q.burstBytes = 0;
  if (q.broken) return 0;
  if (q.freeCount + threshold <= q.mask + 1) cleanUp(lcore, q, threshold);
  n = min<u32>(n, q.freeCount);
  let done: u32 = 0, first: u32 = 0; // flags of the burst's first descriptor
  while (done < n) {
    done += packedVecTxFours(queue, packets + (done << 2), min<u32>(n - done, q.freeCount), done);
    if (done == n) break;
    const rest = packets + (done << 2), usual = packedTxUsual(queue, rest, min<u32>(min<u32>(n - done, q.freeCount), BATCH), done);
    done += usual;
    if (usual) continue;
    const m: usize = load<u32>(rest), flags = txChain(lcore, q, m, done);
    if (flags == REFUSED) break;
    if (done == 0) first = flags;
    q.burstBytes += changetype<Mbuf>(m).pktLen;
    done++;
  }
  if (done) publish(lcore, q, slot, wrap, first);
  return done;
}

/**
 * Makes plain packets available four at a time, up to the ring's end. n: no more than there are free descriptors. held: as packedTxUsual.
 * Exported to stay apart from its caller, see split-usual. @returns packets
 */
export function packedVecTxFours(queue: usize, packets: usize, n: u32, held: u32): u32 {
  const q = changetype<DriverQueue>(queue), slot = q.availIdx, gpa = q.gpa, header = q.headerBytes, one: u64 = (1 as u64) << WORD_ID;
  const given: u64 = (<u64>availBits(q.availWrap)) << WORD_FLAGS;
  let d: usize = q.desc + (slot << 4), place: usize = q.mbufs + (slot << 2), id: usize = q.ids + (slot << 2), p = packets;
  let word: u64 = (<u64>slot << WORD_ID) + header, flags: u64 = held ? given : (<u64>load<u16>(d, PACKED_FLAGS)) << WORD_FLAGS, bytes: u32 = 0;
  for (const end = packets + ((min<u32>(n, q.mask + 1 - slot) & ~(BATCH - 1)) << 2); p < end; p += 16, d += 64, place += 16, id += 16) {
    const four = v128.load(p), a: usize = i32x4.extract_lane(four, 0), b: usize = i32x4.extract_lane(four, 1);
    const c: usize = i32x4.extract_lane(four, 2), e: usize = i32x4.extract_lane(four, 3);
    const ra = load<u64>(a, offsetof<Mbuf>("dataOff")), rb = load<u64>(b, offsetof<Mbuf>("dataOff"));
    const rc = load<u64>(c, offsetof<Mbuf>("dataOff")), re = load<u64>(e, offsetof<Mbuf>("dataOff"));
    // refcnt 1 and one segment each; headroom for the header; no buffer with one of these ids in flight
    if (((ra ^ SINGLE) | (rb ^ SINGLE) | (rc ^ SINGLE) | (re ^ SINGLE)) & SINGLE_MASK) break;
    const oa = (<u32>ra & 0xffff) - header, ob = (<u32>rb & 0xffff) - header, oc = (<u32>rc & 0xffff) - header, oe = (<u32>re & 0xffff) - header;
    if (((oa | ob | oc | oe) as i32) < 0) break;
    if (v128.any_true(v128.load(place))) break;
    v128.store(place, four);
    const la = load<u32>(a, offsetof<Mbuf>("pktLen")), lb = load<u32>(b, offsetof<Mbuf>("pktLen"));
    const lc = load<u32>(c, offsetof<Mbuf>("pktLen")), le = load<u32>(e, offsetof<Mbuf>("pktLen"));
    push(d, gpa, load<u32>(a) + oa, header, (word + la) | flags);
    push(d + 16, gpa, load<u32>(b) + ob, header, (word + one + lb) | given);
    push(d + 32, gpa, load<u32>(c) + oc, header, (word + 2 * one + lc) | given);
    push(d + 48, gpa, load<u32>(e) + oe, header, (word + 3 * one + le) | given);
    store<u32>(id, load<u32>(a, offsetof<Mbuf>("id")));
    store<u32>(id, load<u32>(b, offsetof<Mbuf>("id")), 4);
    store<u32>(id, load<u32>(c, offsetof<Mbuf>("id")), 8);
    store<u32>(id, load<u32>(e, offsetof<Mbuf>("id")), 12);
    flags = given;
    word += one << 2;
    bytes += la + lb + lc + le;
  }
  const taken = ((p - packets) >> 2) as u32;
  passAvail(q, taken);
  q.freeCount -= taken;
  q.burstBytes += bytes;
  return taken;
}

/** Clears the header at `at` and writes the descriptor of what begins there. */
// @ts-ignore: decorator
@inline
function push(d: usize, gpa: u64, at: usize, header: u32, word: u64): void {
  store<u32>(at + header - 4, 0);
  store<u64>(at, 0);
  store<u64>(d, gpa + at);
  store<u64>(d, word, PACKED_LEN);
}
