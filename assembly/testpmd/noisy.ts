// noisy - io with a neighbour's noise: random accesses to a memory for each packet, and a FIFO in front of the tx queue. Follows
// testpmd 22.11's noisy_vnf. The FIFO is the rx port's; it holds its size - 1. While it has room a burst goes in and nothing out;
// then as many leave as come in. After `flush time` without a packet sent it is emptied, MAX_BURST at a time: a call each here,
// with nothing else polled between.
//
// Counts as 22.11 does: drops are never in fwd_dropped, with a FIFO sent packets not in tx_packets, and retries count what the first
// attempt sent twice. What it leaks is dropped here and named: packets that find a FIFO smaller than the burst, or a tx queue full
// after a retry. What is left in the FIFO when it ends (leaked there) goes by noisyEnd.
import { DROP_FIFO_FULL, DROP_FIFO_LEFT } from "../abi/drops";
import { MAX_BURST } from "../abi/limits";
import { STATUS_BAD_SIZE, STATUS_OK } from "../abi/status";
import { mbufBytes } from "../mbuf/mbuf";
import { lockGive, lockTake } from "../memory/barrier";
import { copyHandles } from "../memory/copy";
import { Lcore } from "../memory/lcore-context";
import { randomBelow, randomStep } from "../memory/random";
import { ForwardConfig, PortConfig } from "./config";
import { ACCOUNT_NOISY, ACCOUNT_NOISY_FIFO, Stream, streamCharge, streamDrop, streamHold, streamRx, streamTx } from "./stream";

const PS_PER_MS: u64 = 1_000_000_000;
const CACHE_LINE: u32 = 64;

/** An rte_ring that the streams of one rx port share. head and tail run free modulo 2^32; Writers: under lock. */
@unmanaged
export class Fifo {
  mask: u32;
  lock: u32;
  head: u32;
  tail: u32;
  // objects u32[mask + 1] from FIFO_OBJECTS
}

const FIFO_OBJECTS: usize = 64;

/** @returns packets received or sent */
export function noisyForward(lcore: usize, stream: usize): u32 {
  const s = changetype<Stream>(stream), l = changetype<Lcore>(lcore), c = changetype<ForwardConfig>(s.config as usize);
  const port = changetype<PortConfig>(s.rxPort as usize), fifo: usize = port.fifo;
  if (s.flushing) return flush(lcore, s, port);
  const n = streamRx(lcore, stream);
  let sent: u32 = 0;
  if (n) {
    streamCharge(lcore, stream, n);
    if (fifo) {
      sent = exchange(lcore, s, fifo, c, n);
    } else {
      lookUp(l, c, n);
      streamTx(lcore, stream, n);
      return n;
    }
  }
  if (fifo && c.noisyFlush && sent == 0) {
    if (!port.noisyTimed) {
      port.noisyTimed = 1;
      port.noisyTime = l.clock;
    }
    s.timer = u64.MAX_VALUE;
    if (fifoCount(fifo) == 0) return n;
    if ((l.clock - port.noisyTime) / PS_PER_MS >= c.noisyFlush) return n + flush(lcore, s, port);
    s.timer = port.noisyTime + c.noisyFlush * PS_PER_MS;
  }
  return n;
}

/** The n packets in hand into the FIFO; where it has no room for all, as many as then leave it. @returns packets given to the tx queue */
function exchange(lcore: usize, s: Stream, fifo: usize, c: ForwardConfig, n: u32): u32 {
  const l = changetype<Lcore>(lcore), packets: usize = l.packets, out: usize = l.scratch;
  lockTake(fifo + offsetof<Fifo>("lock"));
  const room = changetype<Fifo>(fifo).mask - fifoCount(fifo);
  let leaving: u32 = 0, entering = n;
  if (room < n) {
    leaving = fifoTake(fifo, out, n);
    entering = leaving;
  }
  fifoGive(fifo, packets, entering);
  lockGive(fifo + offsetof<Fifo>("lock"));
  if (entering < n) streamDrop(lcore, s, packets + (entering << 2), n - entering, DROP_FIFO_FULL);
  lookUp(l, c, entering);
  if (leaving) {
    copyHandles(packets, out, leaving);
    streamHold(lcore, leaving, mbufBytes(packets, leaving));
    streamTx(lcore, changetype<usize>(s), leaving);
  }
  return leaving;
}

/** One burst out of the FIFO. While more is in it, the stream is the next to be polled again. @returns packets */
function flush(lcore: usize, s: Stream, port: PortConfig): u32 {
  const l = changetype<Lcore>(lcore), fifo: usize = port.fifo, packets: usize = l.packets;
  lockTake(fifo + offsetof<Fifo>("lock"));
  const n = fifoTake(fifo, packets, MAX_BURST);
  const more = fifoCount(fifo) != 0;
  lockGive(fifo + offsetof<Fifo>("lock"));
  s.flushing = more ? 1 : 0;
  s.timer = u64.MAX_VALUE;
  if (more) l.nextStream = l.nextStream ? l.nextStream - 1 : l.streamCount - 1;
  if (n == 0) return 0;
  streamHold(lcore, n, mbufBytes(packets, n));
  streamTx(lcore, changetype<usize>(s), n);
  port.noisyTime = l.clock;
  return n;
}

/** The accesses of n packets, one byte each, anywhere in the first 64th of the memory, as there. */
function lookUp(l: Lcore, c: ForwardConfig, n: u32): void {
  const reads = (c.noisyReads + c.noisyReadsWrites) * n, writes = (c.noisyWrites + c.noisyReadsWrites) * n;
  if (c.noisyMemory && reads | writes) lookUpBytes(l, c.noisyMemory, c.noisyBytes / CACHE_LINE, reads, writes);
}

/** memory: linear address of `bytes` bytes. What is read adds to the generator's state, so that no compiler can leave it out. */
export function lookUpBytes(l: Lcore, memory: usize, bytes: u32, reads: u32, writes: u32): void {
  let random = l.random, seen: u64 = 0;
  for (let i: u32 = 0; i < writes; i++) {
    random = randomStep(random);
    store<u8>(memory + randomBelow(random, bytes), random as u8);
  }
  for (let i: u32 = 0; i < reads; i++) {
    random = randomStep(random);
    seen += load<u8>(memory + randomBelow(random, bytes));
  }
  l.random = random ^ (seen << 8) | 1;
}

function fifoCount(fifo: usize): u32 {
  const f = changetype<Fifo>(fifo);
  return f.tail - f.head;
}

/** Takes up to n. @returns how many */
function fifoTake(fifo: usize, to: usize, n: u32): u32 {
  const f = changetype<Fifo>(fifo), got = min<u32>(n, f.tail - f.head);
  for (let i: u32 = 0; i < got; i++) store<u32>(to + (i << 2), load<u32>(fifo + (((f.head + i) & f.mask) << 2), FIFO_OBJECTS));
  f.head += got;
  return got;
}

function fifoGive(fifo: usize, from: usize, n: u32): void {
  const f = changetype<Fifo>(fifo);
  for (let i: u32 = 0; i < n; i++) store<u32>(fifo + (((f.tail + i) & f.mask) << 2), load<u32>(from + (i << 2)), FIFO_OBJECTS);
  f.tail += n;
}

/** Bytes of a FIFO of `size` entries. */
export function noisyFifoBytes(size: u32): u32 {
  return (FIFO_OBJECTS as u32) + (size << 2);
}

/** Gives a port an empty FIFO. at: noisyFifoBytes(size), 64-byte aligned, 0: none. @returns STATUS_BAD_SIZE unless size is a power of two */
export function noisyInit(portConfig: usize, at: usize, size: u32): u32 {
  const port = changetype<PortConfig>(portConfig);
  if (at && (size < 2 || (size & (size - 1)) != 0)) return STATUS_BAD_SIZE;
  port.fifo = at as u32;
  port.noisyTimed = 0;
  if (at) {
    memory.fill(at, 0, FIFO_OBJECTS);
    changetype<Fifo>(at).mask = size - 1;
  }
  return STATUS_OK;
}

/** Sets a noisy stream's way of counting: by whether its rx port has a FIFO. */
export function noisyConfigure(s: Stream): void {
  const fifo = changetype<PortConfig>(s.rxPort as usize).fifo;
  s.account = fifo ? ACCOUNT_NOISY_FIFO : ACCOUNT_NOISY;
  s.flushing = 0;
  s.timer = u64.MAX_VALUE;
}

/** Packets in a port's FIFO: part of the ledger's `queued`. */
export function noisyQueued(portConfig: usize): u32 {
  const fifo: usize = changetype<PortConfig>(portConfig).fifo;
  return fifo ? fifoCount(fifo) : 0;
}

/** Frees what is left in the FIFO of the stream's rx port, as drops of its tx queue. @returns packets */
export function noisyEnd(lcore: usize, stream: usize): u32 {
  const s = changetype<Stream>(stream), fifo: usize = changetype<PortConfig>(s.rxPort as usize).fifo, packets: usize = changetype<Lcore>(lcore).packets;
  let freed: u32 = 0;
  while (fifo && fifoCount(fifo)) {
    const n = fifoTake(fifo, packets, MAX_BURST);
    streamDrop(lcore, s, packets, n, DROP_FIFO_LEFT);
    freed += n;
  }
  return freed;
}
