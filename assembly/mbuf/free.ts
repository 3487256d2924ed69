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
  if (n == 0) return;
  const pool = load<u32>(load<u32>(packets), offsetof<Mbuf>("pool")), end = packets + (n << 2);
  // (buffer, pool | dataOff, refcnt, nbSegs, port) of each against the pool and SINGLE: what differs is collected, looked at once.
  const mask = i64x2(0xffff_ffff_0000_0000, SINGLE_MASK), wanted = i64x2(<i64>(<u64>pool << 32), SINGLE);
  let differs = i64x2.splat(0);
  let p = packets;
  for (const pairs = packets + ((n & ~1) << 2); p < pairs; p += 8) {
    const a = v128.xor(v128.and(v128.load(load<u32>(p)), mask), wanted), b = v128.xor(v128.and(v128.load(load<u32>(p, 4)), mask), wanted);
    differs = v128.or(differs, v128.or(a, b));
  }
  if (p < end) differs = v128.or(differs, v128.xor(v128.and(v128.load(load<u32>(p)), mask), wanted));
  if (v128.any_true(differs)) freeOneByOne(lcore, packets, n);
  else mempoolPut(lcore, pool, packets, n);
}

/** Several pools, chains or shared packets in one burst. */
function freeOneByOne(lcore: usize, packets: usize, n: u32): void {
  for (let p = packets, end = packets + (n << 2); p < end; p += 4) mbufFree(lcore, load<u32>(p));
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
