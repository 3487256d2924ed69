// tap - copies of what a queue receives, or is given to send, as records of a capture: rte_pdump's callbacks of DPDK 22.11, which see a received
// burst before the application does, and a burst to be sent before the driver does, with all that it then refuses and is given again.
import { CHAINED_MAX } from "../abi/limits";
import { Lcore } from "../memory/lcore-context";
import { Mbuf } from "../mbuf/mbuf";
import { Egress, egressIsFull, egressRecord } from "./egress";
import { PortQueue } from "./queue";

/** n packets pass. Where the buffer is full until it is emptied, copies are lost and counted, as pdump's are when its ring is full. */
export function tapBurst(lcore: usize, q: PortQueue, packets: usize, n: u32): void {
  const egress: usize = q.tap, e = changetype<Egress>(egress);
  if (egressIsFull(egress)) {
    e.lost += n;
    return;
  }
  const now = e.epoch + changetype<Lcore>(lcore).clock / 1000;
  const seconds = (now / 1_000_000_000) as u32, nanoseconds = (now % 1_000_000_000) as u32;
  for (let p = packets, end = packets + (n << 2); p < end; p += 4) {
    const m: usize = load<u32>(p), mbuf = changetype<Mbuf>(m);
    egressRecord(egress, m, mbuf.nbSegs > 1 ? min<u32>(mbuf.pktLen, CHAINED_MAX) : mbuf.pktLen, seconds, nanoseconds);
  }
  if (egressIsFull(egress)) changetype<Lcore>(lcore).endBatch = 1;
}

/** egress: of pcap records; 0: no tap */
export function portQueueTap(queue: usize, egress: usize): void {
  changetype<PortQueue>(queue).tap = egress as u32;
}
