// ingress - the packets on the wire towards simulated NICs and in the files of pcap ports: an index (abi/ingress.ts) that every rx
// queue walks with a cursor of its own, so that queues of different lcores share nothing they write.
import { INGRESS_SOURCE_BYTES } from "../abi/sizes";
import { INGRESS_BYTES } from "../abi/ingress";
import { TRACE_BIT } from "../abi/trace";

@unmanaged
export class IngressSource {
  entries: u32; // linear address of entry 0 of the present part
  count: u32; // entries in the present part
  more: u32; // 1: further parts will be fed
  waits: u32; // 1: the source waits while the queue is full; 0: packets that find it full are missed
  paced: u32; // 1: arrival times count; 0: the next packet is always there
  traceFirst: u32; // numbers from traceFirst to traceLast are traced
  traceLast: u32; // traceFirst > traceLast: none
  part: u32; // number of the present part: the streamed file's chunk
  loops: u64; // times to replay the whole, at least 1
  loopSpan: u64; // ps from one loop's first packet to the next loop's
}

if (offsetof<IngressSource>() > INGRESS_SOURCE_BYTES) ERROR();

/** A queue's place in the source. */
@unmanaged
export class IngressCursor {
  source: u32;
  next: u32; // entry
  loop: u64; // 0..loops-1
}

/** Number of the packet at entry e in this loop, with TRACE_BIT where asked. */
export function ingressId(source: usize, id: u32, loop: u64): u32 {
  const s = changetype<IngressSource>(source), number = (id + (loop as u32) * s.count) & ~TRACE_BIT;
  return number >= s.traceFirst && number <= s.traceLast ? number | TRACE_BIT : number;
}

/**
 * Moves past the last entry: to the next loop's first where there is one. turns: rewinds since the last entry of this queue was met;
 * after a whole loop without one there is none, however many loops are left. @returns false: nothing further in this part
 */
export function ingressRewind(cursor: usize, turns: u32): bool {
  const c = changetype<IngressCursor>(cursor), s = changetype<IngressSource>(c.source as usize);
  if (turns > 1) c.loop = s.loops - 1;
  if (s.more || s.count == 0 || c.loop + 1 >= s.loops) return false;
  c.loop++;
  c.next = 0;
  return true;
}

export function ingressEntry(source: usize, index: u32): usize {
  return changetype<IngressSource>(source).entries + index * INGRESS_BYTES;
}

/** at: INGRESS_SOURCE_BYTES, zero. traceFirst > traceLast: nothing is traced */
export function ingressSourceInit(at: usize, paced: u32, waits: u32, traceFirst: u32, traceLast: u32): void {
  const s = changetype<IngressSource>(at);
  s.paced = paced;
  s.waits = waits;
  s.traceFirst = traceFirst;
  s.traceLast = traceLast;
  s.loops = 1;
}

/** Gives the source its (next) part. more: 1 if another will follow. loops, loopSpan (ps): for a source of one part */
export function ingressSourceFeed(at: usize, entries: usize, count: u32, more: u32, loops: u64, loopSpan: u64): void {
  const s = changetype<IngressSource>(at);
  s.entries = entries as u32;
  s.count = count;
  s.more = more;
  s.loops = loops;
  s.loopSpan = loopSpan;
  s.part++;
}
