// array-virtqueue - the array twin's data plane: mbufs, mempools and both sides of a split virtqueue on typed arrays over one
// SharedArrayBuffer. An mbuf is known by the index of its header in I32; its buffer by a byte offset; an address in a
// descriptor is such an offset plus GUEST_BASE. One file, and its constants are not exported, because V8
// loads an imported or exported constant each time, where it takes any other as known: so the loop runs 1.4 times as fast.
// Follows: virtio 1.2, 2.7 "Split Virtqueues"; DPDK's mbuf and mempool cache in shape.
// Invariants: I1 frames lie on multiples of 8 bytes, so that they can be copied by words. I2 an index is published once a
// burst, by Atomics.
// Not modelled: chained and shared mbufs, indirect descriptors, offloads, notifications.
import type { Pool, Side } from "./array-types.ts";

const POOL = 4096;
const CACHE = 256;
const FLUSH = (CACHE * 3) / 2;
const HEADROOM = 128;
const DATA_ROOM = 2048;

// An mbuf: a header of 16 words, then headroom and data room.
const MBUF_BYTES = 64 + HEADROOM + DATA_ROOM;
const M_OFF_REF = 0; // data offset, reference count << 16
const M_SEGS_PORT = 1; // segments, port << 16
const M_PKT_LEN = 2;
const M_DATA_LEN = 3;
const M_NEXT = 4;
const M_FLAGS = 5;
const M_BUFFER = 6;
const POOLS_AT = 65536; // the rings lie before
const MEMORY_BYTES = POOLS_AT + 2 * POOL * MBUF_BYTES;
const memory = new SharedArrayBuffer(MEMORY_BYTES);
const U8 = new Uint8Array(memory);
const U16 = new Uint16Array(memory);
const I32 = new Int32Array(memory);
const F64 = new Float64Array(memory);

/** Pool 0 or 1, with all its mbufs. */
export function makePool(which: number): Pool {
  const at = POOLS_AT + which * POOL * MBUF_BYTES;
  const pool: Pool = { cache: new Int32Array(FLUSH + CACHE), store: new Int32Array(POOL), cached: 0, stored: POOL };
  for (let i = 0; i < POOL; i++) {
    const m = (at + i * MBUF_BYTES) >> 2;
    I32[m + M_BUFFER] = (m << 2) + 64;
    mbufReset(m, 0);
    pool.store[i] = m;
  }
  return pool;
}

function poolRefill(pool: Pool, n: number): void {
  const want = Math.min(CACHE + n - pool.cached, pool.stored);
  pool.stored -= want;
  for (let i = 0; i < want; i++) pool.cache[pool.cached + i] = pool.store[pool.stored + i]!;
  pool.cached += want;
}

function poolGet(pool: Pool, out: Int32Array, n: number): number {
  if (pool.cached < n) poolRefill(pool, n);
  if (pool.cached < n) return 0;
  pool.cached -= n;
  for (let i = 0; i < n; i++) out[i] = pool.cache[pool.cached + i]!;
  return n;
}

export function freeBulk(pool: Pool, mbufs: Int32Array, n: number): void {
  const { cache } = pool;
  const at = pool.cached;
  for (let i = 0; i < n; i++) {
    const m = mbufs[i]!;
    if (I32[m + M_OFF_REF]! >>> 16 !== 1 || (I32[m + M_SEGS_PORT]! & 0xffff) !== 1)
      throw new Error("mbuf: shared or chained");
    cache[at + i] = m;
  }
  pool.cached = at + n;
  if (pool.cached >= FLUSH) {
    for (let i = CACHE; i < pool.cached; i++) pool.store[pool.stored++] = cache[i]!;
    pool.cached = CACHE;
  }
}

/** An mbuf is known by the index of its header in I32. */
function mbufReset(m: number, length: number): void {
  I32[m + M_OFF_REF] = HEADROOM | (1 << 16);
  I32[m + M_SEGS_PORT] = 1 | (0xffff << 16);
  I32[m + M_PKT_LEN] = length;
  I32[m + M_DATA_LEN] = length;
  I32[m + M_NEXT] = 0;
  I32[m + M_FLAGS] = 0;
}

/** Copies from byte offset `from` to `to`, both multiples of 8; 64 bytes straight, more in a loop, as was fastest here. */
function copyFrame(to: number, from: number, n: number): void {
  const t = to >> 3;
  const f = from >> 3;
  if (n <= 64) {
    F64[t] = F64[f]!;
    F64[t + 1] = F64[f + 1]!;
    F64[t + 2] = F64[f + 2]!;
    F64[t + 3] = F64[f + 3]!;
    F64[t + 4] = F64[f + 4]!;
    F64[t + 5] = F64[f + 5]!;
    F64[t + 6] = F64[f + 6]!;
    F64[t + 7] = F64[f + 7]!;
  } else copyLong(t, f, (n + 7) >> 3);
}

function copyLong(t: number, f: number, words: number): void {
  for (let i = 0; i < words; i++) F64[t + i] = F64[f + i]!;
}

const RING = 256;
const MASK = RING - 1;
const NET_HDR = 12;
const GUEST_BASE = 0x1000_0000;
const DESC_F_NEXT = 1;
const DESC_F_WRITE = 2;

const RING_BYTES = 8192; // descriptors at 0, avail at 4096, used at 4672
const AVAIL = 4096;
const USED = 4672;

/** Clears ring `ring` (0 or 1) and chains its free descriptors. */
export function clearRing(ring: number): void {
  const desc = (ring * RING_BYTES) >> 2;
  I32.fill(0, desc, desc + (RING_BYTES >> 2));
  for (let i = 0; i < RING; i++) I32[desc + 4 * i + 3] = ((i + 1) & MASK) << 16;
}

export function makeSide(ring: number, pool: Pool): Side {
  const base = ring * RING_BYTES;
  return {
    desc: base >> 2,
    avail: (base + AVAIL) >> 1,
    usedIdx: ((base + USED) >> 1) + 1,
    used: (base + USED + 4) >> 2,
    pool,
    shadow: new Int32Array(RING),
    availIdx: 0,
    usedIdxSeen: 0,
    freeHead: 0,
    freeCount: RING,
    packets: 0,
    bytes: 0,
  };
}

function deviceDone(v: Side, n: number, bytes: number): void {
  v.availIdx = (v.availIdx + n) & 0xffff;
  v.usedIdxSeen = (v.usedIdxSeen + n) & 0xffff;
  v.packets += n;
  v.bytes += bytes;
  Atomics.store(U16, v.usedIdx, v.usedIdxSeen);
}

export function vhostEnqueue(v: Side, pkts: Int32Array, count: number): number {
  const { desc, avail, used } = v;
  const ready = (Atomics.load(U16, avail + 1) - v.availIdx) & 0xffff;
  const n = Math.min(count, ready);
  let bytes = 0;
  let i = 0;
  for (; i < n; i++) {
    const m = pkts[i]!;
    const head = U16[avail + 2 + ((v.availIdx + i) & MASK)]!;
    if (head > MASK) break;
    const d = desc + 4 * head;
    const at = I32[d]! - GUEST_BASE;
    const length = I32[m + M_PKT_LEN]!;
    const flags = I32[d + 3]! & (DESC_F_NEXT | DESC_F_WRITE);
    if (at < 0 || at > MEMORY_BYTES || flags !== DESC_F_WRITE || length + NET_HDR > I32[d + 2]!) break;
    const header = at >> 2;
    I32[header] = 0;
    I32[header + 1] = 0;
    I32[header + 2] = 1 << 16; // num_buffers = 1
    copyFrame(at + NET_HDR, I32[m + M_BUFFER]! + (I32[m + M_OFF_REF]! & 0xffff), length);
    const u = used + 2 * ((v.usedIdxSeen + i) & MASK);
    I32[u] = head;
    I32[u + 1] = length + NET_HDR;
    bytes += length;
  }
  if (i > 0) deviceDone(v, i, bytes);
  return i;
}

const fresh = new Int32Array(RING);

export function virtioRxRefill(q: Side): void {
  const { desc, avail, shadow } = q;
  const n = poolGet(q.pool, fresh, Math.min(q.freeCount, 64));
  let head = q.freeHead;
  for (let i = 0; i < n; i++) {
    const m = fresh[i]!;
    const d = desc + 4 * head;
    const next = I32[d + 3]! >>> 16;
    mbufReset(m, 0);
    shadow[head] = m;
    I32[d] = GUEST_BASE + I32[m + M_BUFFER]! + HEADROOM - NET_HDR;
    I32[d + 2] = DATA_ROOM + NET_HDR;
    I32[d + 3] = DESC_F_WRITE | (next << 16);
    U16[avail + 2 + ((q.availIdx + i) & MASK)] = head;
    head = next;
  }
  q.freeHead = head;
  q.freeCount -= n;
  q.availIdx = (q.availIdx + n) & 0xffff;
  Atomics.store(U16, avail + 1, q.availIdx);
}

export function virtioRx(q: Side, pkts: Int32Array, count: number): number {
  const { desc, used, shadow } = q;
  const n = Math.min(count, (Atomics.load(U16, q.usedIdx) - q.usedIdxSeen) & 0xffff);
  let head = q.freeHead;
  let bytes = 0;
  for (let i = 0; i < n; i++) {
    const u = used + 2 * ((q.usedIdxSeen + i) & MASK);
    const id = I32[u]!;
    const length = I32[u + 1]! - NET_HDR;
    const m = shadow[id]!;
    shadow[id] = 0;
    const d = desc + 4 * id;
    I32[d + 3] = (I32[d + 3]! & 0xffff) | (head << 16);
    head = id;
    I32[m + M_PKT_LEN] = length;
    I32[m + M_DATA_LEN] = length;
    I32[m + M_SEGS_PORT] = 1 | (1 << 16);
    const gsoType = U8[I32[m + M_BUFFER]! + HEADROOM - NET_HDR + 1]!;
    if (gsoType !== 0) I32[m + M_FLAGS] = gsoType;
    pkts[i] = m;
    bytes += length;
  }
  q.usedIdxSeen = (q.usedIdxSeen + n) & 0xffff;
  q.freeHead = head;
  q.freeCount += n;
  q.packets += n;
  q.bytes += bytes;
  if (n > 0) virtioRxRefill(q);
  return n;
}

const done = new Int32Array(RING);

function virtioTxCleanup(q: Side): void {
  const { desc, used, shadow } = q;
  const n = (Atomics.load(U16, q.usedIdx) - q.usedIdxSeen) & 0xffff;
  if (n === 0) return;
  let head = q.freeHead;
  for (let i = 0; i < n; i++) {
    const id = I32[used + 2 * ((q.usedIdxSeen + i) & MASK)]!;
    done[i] = shadow[id]!;
    shadow[id] = 0;
    const d = desc + 4 * id;
    I32[d + 3] = (I32[d + 3]! & 0xffff) | (head << 16);
    head = id;
  }
  freeBulk(q.pool, done, n);
  q.usedIdxSeen = (q.usedIdxSeen + n) & 0xffff;
  q.freeHead = head;
  q.freeCount += n;
}

export function virtioTx(q: Side, pkts: Int32Array, count: number): number {
  virtioTxCleanup(q);
  const { desc, avail, shadow } = q;
  const n = Math.min(count, q.freeCount);
  let head = q.freeHead;
  let bytes = 0;
  for (let i = 0; i < n; i++) {
    const m = pkts[i]!;
    const length = I32[m + M_PKT_LEN]!;
    const dataOff = I32[m + M_OFF_REF]! & 0xffff;
    if (dataOff < NET_HDR) throw new Error("mbuf: no room for the net header");
    const at = I32[m + M_BUFFER]! + dataOff - NET_HDR;
    const header = at >> 2;
    I32[header] = 0;
    I32[header + 1] = 0;
    I32[header + 2] = 0;
    const d = desc + 4 * head;
    const next = I32[d + 3]! >>> 16;
    shadow[head] = m;
    I32[d] = GUEST_BASE + at;
    I32[d + 2] = length + NET_HDR;
    I32[d + 3] = next << 16;
    U16[avail + 2 + ((q.availIdx + i) & MASK)] = head;
    head = next;
    bytes += length;
  }
  q.freeHead = head;
  q.freeCount -= n;
  q.availIdx = (q.availIdx + n) & 0xffff;
  q.packets += n;
  q.bytes += bytes;
  Atomics.store(U16, avail + 1, q.availIdx);
  return n;
}

export function vhostDequeue(v: Side, pkts: Int32Array, count: number): number {
  const { desc, avail, used } = v;
  const n = Math.min(count, (Atomics.load(U16, avail + 1) - v.availIdx) & 0xffff);
  if (n === 0 || poolGet(v.pool, pkts, n) === 0) return 0;
  let bytes = 0;
  for (let i = 0; i < n; i++) {
    const m = pkts[i]!;
    const head = U16[avail + 2 + ((v.availIdx + i) & MASK)]! & MASK;
    const d = desc + 4 * head;
    const at = I32[d]! - GUEST_BASE;
    const length = I32[d + 2]! - NET_HDR;
    const flags = I32[d + 3]! & (DESC_F_NEXT | DESC_F_WRITE);
    if (at < 0 || at > MEMORY_BYTES || flags !== 0 || length > DATA_ROOM) throw new Error("vring: bad descriptor");
    mbufReset(m, length);
    if (U8[at] !== 0) I32[m + M_FLAGS] = U8[at]!;
    copyFrame(I32[m + M_BUFFER]! + HEADROOM, at + NET_HDR, length);
    const u = used + 2 * ((v.usedIdxSeen + i) & MASK);
    I32[u] = head;
    I32[u + 1] = 0;
    bytes += length;
  }
  deviceDone(v, n, bytes);
  return n;
}

// The start of every frame made here: IPv4 over Ethernet, 48 bytes.
const frameHead = new Float64Array(6);
new Int32Array(frameHead.buffer)[3] = 0x0045_0008;

/** Fills `pkts` with `n` new frames of `length` bytes, or with none. */
export function sourceRx(pool: Pool, pkts: Int32Array, n: number, length: number): number {
  if (poolGet(pool, pkts, n) === 0) return 0;
  for (let i = 0; i < n; i++) {
    const m = pkts[i]!;
    mbufReset(m, length);
    const data = (I32[m + M_BUFFER]! + HEADROOM) >> 3;
    for (let k = 0; k < 6; k++) F64[data + k] = frameHead[k]!;
    U8[(data << 3) + 34] = i;
  }
  return n;
}

/** mac forwarding: destination 02:00:00:00:00:00, source 02:00:00:00:00:01, written as three little-endian words. */
export function macForward(pkts: Int32Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const m = pkts[i]!;
    const data = (I32[m + M_BUFFER]! + (I32[m + M_OFF_REF]! & 0xffff)) >> 2;
    I32[data] = 0x0000_0002;
    I32[data + 1] = 0x0002_0000;
    I32[data + 2] = 0x0100_0000;
    I32[m + M_FLAGS] = I32[m + M_FLAGS]! & 0x60;
  }
}

/** The frame of an mbuf, in place. */
export function frameOf(m: number, length: number): Uint8Array {
  const at = I32[m + M_BUFFER]! + (I32[m + M_OFF_REF]! & 0xffff);
  return U8.subarray(at, at + length);
}
