// trace - writes a record for each hop of a packet that carries TRACE_BIT. Called once a burst, only while tracing is on.
import {
  TRACE_BIT, TRACE_BYTES, TRACE_ID, TRACE_INDEX, TRACE_KIND, TRACE_LCORE, TRACE_LENGTH, TRACE_MBUF, TRACE_OCCUPANCY, TRACE_PORT,
  TRACE_QUEUE, TRACE_REASON, TRACE_TIME, TRACE_TRIES,
} from "../abi/trace";
import { Mbuf } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { PortQueue } from "./queue";

/** One record. m: the mbuf or 0. tries: retries so far. reason: DROP_*, for TRACE_DROP. time: virtual ps */
export function traceAt(lcore: usize, time: u64, kind: u32, queue: usize, id: u32, m: usize, index: u32, tries: u32, reason: u32): void {
  const l = changetype<Lcore>(lcore), q = changetype<PortQueue>(queue);
  if (!(id & TRACE_BIT)) return;
  if (l.traceCount == l.traceCapacity) {
    l.traceLost++;
    return;
  }
  const r: usize = l.traceList + l.traceCount * TRACE_BYTES;
  l.traceCount++;
  store<u64>(r + TRACE_TIME, time);
  store<u32>(r + TRACE_ID, id & ~TRACE_BIT);
  store<u32>(r + TRACE_KIND, kind);
  store<u16>(r + TRACE_PORT, q.port as u16);
  store<u16>(r + TRACE_QUEUE, q.number as u16);
  store<u16>(r + TRACE_INDEX, index as u16);
  store<u16>(r + TRACE_OCCUPANCY, min<u32>(q.occupancy, 0xffff) as u16);
  store<u32>(r + TRACE_MBUF, m ? changetype<Mbuf>(m).number : 0xffff_ffff);
  store<u32>(r + TRACE_LENGTH, m ? changetype<Mbuf>(m).pktLen : 0);
  store<u16>(r + TRACE_LCORE, l.id as u16);
  store<u16>(r + TRACE_TRIES, tries as u16);
  store<u32>(r + TRACE_REASON, reason);
}

/** A record for each traced packet of a burst. indexes: ring entries a packet takes are counted by `entriesOf` = 1, or by its segments. */
export function traceBurst(lcore: usize, kind: u32, queue: usize, packets: usize, n: u32, tries: u32, reason: u32, bySegments: bool): void {
  const time = changetype<Lcore>(lcore).clock;
  let index = changetype<PortQueue>(queue).index;
  for (let i: u32 = 0; i < n; i++) {
    const m: usize = load<u32>(packets + (i << 2)), mbuf = changetype<Mbuf>(m);
    traceAt(lcore, time, kind, queue, mbuf.id, m, index, tries, reason);
    index += bySegments ? <u32>mbuf.nbSegs : 1;
  }
}
