// array-types - what the array twin's pools and queue sides hold.
// Follows: DPDK's mempool cache; virtio 1.2, 2.7 "Split Virtqueues".
// Not modelled: see array-virtqueue.ts.

/** A mempool: a cache, and a store that it refills from and flushes to; both hold mbufs. */
export interface Pool {
  readonly cache: Int32Array;
  readonly store: Int32Array;
  cached: number;
  stored: number;
}

/** One side of a split virtqueue; a side uses the fields it needs. Offsets are in units of the array they index. */
export interface Side {
  readonly desc: number; // I32
  readonly avail: number; // U16: flags, idx, ring
  readonly usedIdx: number; // U16
  readonly used: number; // I32: ring of id, len
  readonly pool: Pool;
  readonly shadow: Int32Array;
  availIdx: number;
  usedIdxSeen: number;
  freeHead: number;
  freeCount: number;
  packets: number;
  bytes: number;
}
