// ring - net_ring: an rte_ring of mbufs, one producer and one consumer. tx enqueues as many as there is room for, rx dequeues.
// Invariant: R1 prod and cons run free modulo 2^32; a ring of size N holds N - 1. The producer publishes prod, the consumer cons.
// A ring of size 1 holds nothing: always empty, always full, as a port whose other end is not there.
import { DROP_VF_UNPLUGGED } from "../abi/drops";
import { MAX_BURST, MAX_RING_SIZE } from "../abi/limits";
import { STATUS_BAD_SIZE, STATUS_OK } from "../abi/status";
import { TRACE_DROP, TRACE_RX, TRACE_TX } from "../abi/trace";
import { mbufFreeBurst } from "../mbuf/free";
import { Mbuf } from "../mbuf/mbuf";
import { loadIndex32, publish32 } from "../memory/barrier";
import { Lcore } from "../memory/lcore-context";
import { STOP_FULL, STOP_NONE } from "../virtio/virtqueue";
import { countBurst, countDrop, PortQueue } from "./queue";
import { traceBurst } from "./trace";

@unmanaged
export class PortRing {
  mask: u32;
  reserved: u32;
  prodPrivate: u32; // the producer's own copy
  consPrivate: u32; // the consumer's own copy
  // prod at 64, cons at 128: a cache line each; objects u32[size] from 192
}

const PROD: usize = 64;
const CONS: usize = 128;
const OBJECTS: usize = 192;

export function portRingBytes(size: u32): u32 {
  return (OBJECTS as u32) + size * 4;
}

export function portRingInit(ring: usize, size: u32): u32 {
  if (size == 0 || size > MAX_RING_SIZE || (size & (size - 1)) != 0) return STATUS_BAD_SIZE;
  changetype<PortRing>(ring).mask = size - 1;
  return STATUS_OK;
}

export function ringRx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<PortQueue>(queue), ring: usize = q.state, r = changetype<PortRing>(ring);
  const waiting = loadIndex32(ring + PROD) - r.consPrivate;
  if (n > waiting) n = waiting;
  if (n == 0) return 0;
  let bytes: u32 = 0;
  q.index = r.consPrivate & r.mask;
  for (let i: u32 = 0; i < n; i++) {
    const m = load<u32>(ring + (((r.consPrivate + i) & r.mask) << 2), OBJECTS);
    store<u32>(packets + (i << 2), m);
    bytes += load<u32>(m, offsetof<Mbuf>("pktLen"));
  }
  r.consPrivate += n;
  publish32(lcore, ring + CONS, r.consPrivate);
  countBurst(q, n, bytes);
  if (changetype<Lcore>(lcore).traceOn) {
    q.occupancy = waiting - n;
    traceBurst(lcore, TRACE_RX, queue, packets, n, 0, 0, false);
  }
  return n;
}

export function ringTx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<PortQueue>(queue), ring: usize = q.state, r = changetype<PortRing>(ring), free = ringTxFree(queue);
  q.stall = n > free ? STOP_FULL : STOP_NONE;
  if (n > free) n = free;
  if (n == 0) return 0;
  let bytes: u32 = 0;
  q.index = r.prodPrivate & r.mask;
  for (let i: u32 = 0; i < n; i++) {
    const m = load<u32>(packets + (i << 2));
    store<u32>(ring + (((r.prodPrivate + i) & r.mask) << 2), m, OBJECTS);
    bytes += load<u32>(m, offsetof<Mbuf>("pktLen"));
  }
  if (changetype<Lcore>(lcore).traceOn) {
    q.occupancy = r.mask - free + n;
    traceBurst(lcore, TRACE_TX, queue, packets, n, 0, 0, false);
  }
  r.prodPrivate += n;
  publish32(lcore, ring + PROD, r.prodPrivate);
  countBurst(q, n, bytes);
  return n;
}

export function ringTxFree(queue: usize): u32 {
  const ring: usize = changetype<PortQueue>(queue).state, r = changetype<PortRing>(ring);
  return r.mask - (r.prodPrivate - loadIndex32(ring + CONS));
}

export function ringRxWaiting(queue: usize): u32 {
  const ring: usize = changetype<PortQueue>(queue).state;
  return loadIndex32(ring + PROD) - changetype<PortRing>(ring).consPrivate;
}

/** A VF goes with its ring: frees and counts what waits in it. Nobody polls meanwhile. queue: the rx side. @returns packets */
export function ringUnplug(lcore: usize, queue: usize): u32 {
  const q = changetype<PortQueue>(queue), ring: usize = q.state, r = changetype<PortRing>(ring), packets: usize = changetype<Lcore>(lcore).packets;
  let dropped: u32 = 0;
  for (;;) {
    let n: u32 = min<u32>(loadIndex32(ring + PROD) - r.consPrivate, MAX_BURST);
    if (n == 0) break;
    q.index = r.consPrivate & r.mask;
    for (let i: u32 = 0; i < n; i++) store<u32>(packets + (i << 2), load<u32>(ring + (((r.consPrivate + i) & r.mask) << 2), OBJECTS));
    r.consPrivate += n;
    countDrop(q, DROP_VF_UNPLUGGED, n);
    if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_DROP, queue, packets, n, 0, DROP_VF_UNPLUGGED, false);
    mbufFreeBurst(lcore, packets, n);
    dropped += n;
  }
  publish32(lcore, ring + CONS, r.consPrivate);
  return dropped;
}
