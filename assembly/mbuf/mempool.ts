// mempool - mbufs in a common FIFO with a LIFO cache an lcore; follows rte_mempool of DPDK 22.11 (get and put of a cache with
// flush threshold 1.5 x size) and its ring_mp_mc backing store, object for object.
//
// Objects start in address order in the FIFO. They are written only when first taken (`fresh` counts those never taken), so a
// pool of 150 000 mbufs costs nothing until used, in the very order DPDK would hand them out.
// Invariants: M1 every object is in exactly one of fresh, FIFO, a cache, or someone's hands. M2 get is all or nothing.
// Writers: caches: their lcore; the rest under `lock`.
import { MBUF_HEADROOM } from "../abi/limits";
import { CACHE_LINE, MBUF_BYTES, MEMPOOL_CACHE_MAX } from "../abi/limits";
import { STATUS_BAD_SIZE, STATUS_OK } from "../abi/status";
import { lockGive, lockTake } from "../memory/barrier";
import { copyHandles, popHandles } from "../memory/copy";
import { Lcore } from "../memory/lcore-context";
import { Mbuf, mbufReset, REARM } from "./mbuf";

@unmanaged
export class Mempool {
  size: u32; // objects
  cacheSize: u32; // 0..512
  flushThreshold: u32; // floor(1.5 x cacheSize)
  lcores: u32; // caches
  headers: u32; // Mbuf[size]
  buffers: u32; // size x bufferStride bytes
  bufferStride: u32; // bytes between buffers
  bufferLength: u32; // headroom + data room
  caches: u32; // Cache[lcores], cacheStride apart
  cacheStride: u32;
  handle: u32; // u32[lcores]: a place for one handle, for single frees
  fifo: u32; // u32[fifoMask + 1]
  fifoMask: u32;
  lock: u32;
  fresh: u32; // objects taken for the first time so far, 0..size
  head: u32; // free-running: next to take
  tail: u32; // free-running: next to give
}

// A cache: its length, then the handles, LIFO.
const CACHE_LENGTH: usize = 0;
const CACHE_OBJECTS: usize = 64;

function fifoCapacity(size: u32): u32 {
  let capacity: u32 = 1;
  while (capacity <= size) capacity <<= 1; // rte_ring needs one more slot than it holds
  return capacity;
}

function cacheStrideOf(cacheSize: u32): u32 {
  // A cache holds up to the flush threshold; pops and puts of four handles may touch three more.
  return (CACHE_OBJECTS as u32) + ((cacheSize + (cacheSize >> 1) + 16) << 2) + 63 & ~63;
}

/** Bytes of the private part: struct, FIFO, caches, headers. */
export function mempoolBytes(size: u32, cacheSize: u32, lcores: u32): u32 {
  return 128 + ((lcores * 4 + 63) & ~63) + (fifoCapacity(size) << 2) + lcores * cacheStrideOf(cacheSize) + size * MBUF_BYTES + CACHE_LINE;
}

/**
 * Lays out a pool. mp: mempoolBytes, 64-byte aligned and zero. buffers: size x bufferStride, in whatever window.
 * @returns STATUS_BAD_SIZE as rte_mempool_create refuses: cache above 512 or 1.5 x cache above size
 */
export function mempoolInit(mp: usize, size: u32, cacheSize: u32, lcores: u32, buffers: usize, bufferStride: u32, bufferLength: u32): u32 {
  const threshold = cacheSize + (cacheSize >> 1);
  if (size == 0 || cacheSize > MEMPOOL_CACHE_MAX || threshold > size || bufferLength > bufferStride) return STATUS_BAD_SIZE;
  const p = changetype<Mempool>(mp);
  p.size = size;
  p.cacheSize = cacheSize;
  p.flushThreshold = threshold;
  p.lcores = lcores;
  p.buffers = buffers as u32;
  p.bufferStride = bufferStride;
  p.bufferLength = bufferLength;
  p.handle = (mp as u32) + 128;
  p.cacheStride = cacheStrideOf(cacheSize);
  p.caches = p.handle + ((lcores * 4 + 63) & ~63);
  p.headers = p.caches + lcores * p.cacheStride;
  p.fifo = p.headers + size * MBUF_BYTES;
  p.fifoMask = fifoCapacity(size) - 1;
  return STATUS_OK;
}

/** An object's first life: what pktmbuf_init writes. */
function mempoolBirth(p: Mempool, number: u32): u32 {
  const m = p.headers + number * MBUF_BYTES, mbuf = changetype<Mbuf>(m as usize);
  mbuf.buffer = p.buffers + number * p.bufferStride;
  mbuf.pool = changetype<usize>(p) as u32;
  mbuf.bufferLength = p.bufferLength as u16;
  mbuf.number = number;
  mbufReset(m, REARM, 0, 0);
  return m;
}

function fifoCount(p: Mempool): u32 {
  return p.size - p.fresh + (p.tail - p.head);
}

/** Takes n objects in FIFO order, all or nothing. @returns n or 0 */
function fifoTake(p: Mempool, to: usize, n: u32): u32 {
  const lock = changetype<usize>(p) + offsetof<Mempool>("lock");
  lockTake(lock);
  if (n > fifoCount(p)) {
    lockGive(lock);
    return 0;
  }
  const born = min<u32>(n, p.size - p.fresh), end = to + (n << 2);
  for (let i: u32 = 0; i < born; i++, to += 4) store<u32>(to, mempoolBirth(p, p.fresh + i));
  p.fresh += born;
  let head = p.head;
  for (; to < end; to += 4, head++) store<u32>(to, load<u32>(p.fifo + ((head & p.fifoMask) << 2)));
  p.head = head;
  lockGive(lock);
  return n;
}

function fifoGive(p: Mempool, from: usize, n: u32): void {
  const lock = changetype<usize>(p) + offsetof<Mempool>("lock");
  lockTake(lock);
  let tail = p.tail;
  const end = from + (n << 2);
  for (; from < end; from += 4, tail++) store<u32>(p.fifo + ((tail & p.fifoMask) << 2), load<u32>(from));
  p.tail = tail;
  lockGive(lock);
}

/** Gives the lock back that an lcore held which is no more. */
export function mempoolUnlock(at: usize): void {
  lockGive(at + offsetof<Mempool>("lock"));
}

/**
 * Takes n mbufs, all or nothing. to: u32[n].
 * The mbufs are as they came back: callers reset them. @returns n or 0. Source: rte_mempool_do_generic_get, 22.11
 */
// @ts-ignore: decorator
@inline
export function mempoolGet(lcore: usize, mp: usize, to: usize, n: u32): u32 {
  const p = changetype<Mempool>(mp), cache: usize = p.caches + changetype<Lcore>(lcore).id * p.cacheStride;
  const length = load<u32>(cache, CACHE_LENGTH);
  if (n > length) return getThroughFifo(p, cache, to, n);
  popHandles(to, cache + CACHE_OBJECTS + (length << 2), n);
  store<u32>(cache, length - n, CACHE_LENGTH);
  return n;
}

function getThroughFifo(p: Mempool, cache: usize, to: usize, n: u32): u32 {
  const size = p.cacheSize, objects = cache + CACHE_OBJECTS;
  if (size == 0) return fifoTake(p, to, n);
  const length = load<u32>(cache, CACHE_LENGTH), rest = n - length;
  const restTo = to + (length << 2);
  // Fetch the cache's size and what is missing in one bulk; give the missing ones from the top. They are fetched to the
  // cache's bottom, whose handles are popped first.
  if (rest <= MEMPOOL_CACHE_MAX && size + rest <= fifoCount(p)) {
    popHandlesExact(to, objects + (length << 2), length);
    if (fifoTake(p, objects, size)) {
      // objects [0, size) stay; the last `rest` of the bulk go out, top first
      if (fifoTake(p, restTo, rest)) {
        reverse(restTo, rest);
        store<u32>(cache, size, CACHE_LENGTH);
        return n;
      }
      fifoGive(p, objects, size); // another lcore took them between: as if the bulk had failed
    }
    store<u32>(cache, 0, CACHE_LENGTH);
    if (fifoTake(p, restTo, rest)) return n;
    reverse(to, length);
    copyHandlesExact(objects, to, length);
    store<u32>(cache, length, CACHE_LENGTH);
    return 0;
  }
  // Too many for the cache, or the pool runs low: only what is missing, straight from the FIFO.
  if (!fifoTake(p, restTo, rest)) return 0; // the cache was not touched
  popHandlesExact(to, objects + (length << 2), length);
  store<u32>(cache, 0, CACHE_LENGTH);
  return n;
}

function popHandlesExact(to: usize, top: usize, n: u32): void {
  for (const end = to + (n << 2); to < end; to += 4) {
    top -= 4;
    store<u32>(to, load<u32>(top));
  }
}

function copyHandlesExact(to: usize, from: usize, n: u32): void {
  memory.copy(to, from, n << 2);
}

function reverse(at: usize, n: u32): void {
  let low = at, high = at + (n << 2) - 4;
  while (low < high) {
    const a = load<u32>(low);
    store<u32>(low, load<u32>(high));
    store<u32>(high, a);
    low += 4;
    high -= 4;
  }
}

/**
 * Gives n mbufs of this pool back, one by one in order: the cache fills to its threshold, is then flushed whole to the FIFO, and
 * goes on with the rest. mbufs: refcnt 1, nbSegs 1, next 0. Source: rte_mempool_do_generic_put, 22.11
 */
// @ts-ignore: decorator
@inline
export function mempoolPut(lcore: usize, mp: usize, from: usize, n: u32): void {
  const p = changetype<Mempool>(mp), cache: usize = p.caches + changetype<Lcore>(lcore).id * p.cacheStride;
  const length = load<u32>(cache, CACHE_LENGTH);
  if (length + n > p.flushThreshold) {
    putThroughFifo(p, cache, from, n);
    return;
  }
  copyHandles(cache + CACHE_OBJECTS + (length << 2), from, n);
  store<u32>(cache, length + n, CACHE_LENGTH);
}

function putThroughFifo(p: Mempool, cache: usize, from: usize, n: u32): void {
  const threshold = p.flushThreshold, objects = cache + CACHE_OBJECTS;
  if (threshold == 0) {
    fifoGive(p, from, n);
    return;
  }
  while (n) {
    let length = load<u32>(cache, CACHE_LENGTH);
    if (length == threshold) {
      fifoGive(p, objects, length);
      length = 0;
    }
    const k = min<u32>(n, threshold - length);
    copyHandlesExact(objects + (length << 2), from, k);
    store<u32>(cache, length + k, CACHE_LENGTH);
    from += k << 2;
    n -= k;
  }
}

/** Gives n mbufs back in one rte_mempool_put_bulk: what does not fit flushes the whole cache first; more than the threshold go to the FIFO. */
export function mempoolPutBulk(lcore: usize, mp: usize, from: usize, n: u32): void {
  const p = changetype<Mempool>(mp), cache: usize = p.caches + changetype<Lcore>(lcore).id * p.cacheStride;
  const threshold = p.flushThreshold, objects = cache + CACHE_OBJECTS;
  if (n > threshold) {
    fifoGive(p, from, n);
    return;
  }
  let length = load<u32>(cache, CACHE_LENGTH);
  if (length + n > threshold) {
    fifoGive(p, objects, length);
    length = 0;
  }
  copyHandlesExact(objects + (length << 2), from, n);
  store<u32>(cache, length + n, CACHE_LENGTH);
}

/** Objects in the common store, and in lcore `id`'s cache: for the audit and for tests. */
export function mempoolCommonCount(mp: usize): u32 {
  return fifoCount(changetype<Mempool>(mp));
}

export function mempoolCacheCount(mp: usize, id: u32): u32 {
  const p = changetype<Mempool>(mp);
  return load<u32>(p.caches + id * p.cacheStride, CACHE_LENGTH);
}

/** Objects in nobody's hands. */
export function mempoolAvailable(mp: usize): u32 {
  const p = changetype<Mempool>(mp);
  let n = fifoCount(p);
  for (let i: u32 = 0; i < p.lcores; i++) n += load<u32>(p.caches + i * p.cacheStride, CACHE_LENGTH);
  return n;
}

/** Bytes that a packet may have in one buffer. */
export function mempoolDataRoom(pool: usize): u32 {
  return changetype<Mempool>(pool).bufferLength - MBUF_HEADROOM;
}
