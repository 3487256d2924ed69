// free - how packets return to their pools; follows rte_pktmbuf_free of DPDK 22.11.
import { addRefcnt } from "../memory/barrier";
import { Lcore } from "../memory/lcore-context";
import { Mbuf, SINGLE, SINGLE_MASK } from "./mbuf";
import { Mempool, mempoolPut } from "./mempool";

/**
 * Frees a burst of packets to their pools.
 * packets  u32[n], mbuf addresses; all fresh from this lcore's hands
 * Order: as n calls of rte_pktmbuf_free would, object by object (this is visible in what the next packets are given).
 */
export function mbufFreeBurst(lcore: usize, packets: usize, n: u32): void {
  const end = packets + (n << 2);
  while (packets < end) {
    // The longest run of single-segment packets of one pool goes back in one copy.
    const pool = load<u32>(load<u32>(packets), offsetof<Mbuf>("pool"));
    let p = packets;
    while (p < end) {
      const m: usize = load<u32>(p);
      if ((load<u64>(m, offsetof<Mbuf>("dataOff")) & SINGLE_MASK) != SINGLE) break;
      if (load<u32>(m, offsetof<Mbuf>("pool")) != pool) break;
      p += 4;
    }
    if (p > packets) {
      mempoolPut(lcore, pool, packets, ((p - packets) >> 2) as u32);
      packets = p;
    } else {
      mbufFree(lcore, load<u32>(packets));
      packets += 4;
    }
  }
}

/** Frees a packet: each segment whose refcnt drops to 0 returns to its pool. Source: rte_pktmbuf_free. */
export function mbufFree(lcore: usize, m: usize): void {
  while (m) {
    const mbuf = changetype<Mbuf>(m), next: usize = mbuf.next;
    if (mbuf.refcnt == 1 || addRefcnt(m + offsetof<Mbuf>("refcnt"), -1) == 0) {
      mbuf.refcnt = 1;
      mbuf.nbSegs = 1;
      mbuf.next = 0;
      const handles: usize = changetype<Mempool>(mbuf.pool as usize).handle + (changetype<Lcore>(lcore).id << 2);
      store<u32>(handles, m as u32);
      mempoolPut(lcore, mbuf.pool, handles, 1);
    }
    m = next;
  }
}
