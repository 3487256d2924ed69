// stream - testpmd's fwd_stream: one (rx queue, tx queue, engine) with its counters, and what all engines share: receiving,
// transmitting with or without retry, dropping what is left. Follows common_fwd_stream_receive and _transmit of 22.11.
//
// An engine that waits does not spin: the rest of its burst is saved here and the lcore is told when to resume; nothing else on that
// lcore is polled meanwhile. Writers: the stream's lcore.
import { COUNTER_CONSUMED } from "../abi/counters";
import { MAX_BURST } from "../abi/limits";
import { STATUS_BAD_SIZE, STATUS_OK } from "../abi/status";
import { DROP_BEHIND_TOO_BIG, DROP_CHAIN_BROKEN, DROP_FRAME_TOO_BIG, DROP_RETRY_EXHAUSTED, DROP_TX_FULL } from "../abi/drops";
import { TRACE_CONSUMED, TRACE_DROP, TRACE_RETRY } from "../abi/trace";
import { mbufFreeBurst } from "../mbuf/free";
import { copyHandles } from "../memory/copy";
import { charge, Lcore } from "../memory/lcore-context";
import { STAGE_FWD_IO } from "../abi/stages";
import { etherAddresses, etherAddressesRest } from "../net/ethernet";
import { countAdd, countDrop, PortQueue } from "../port/queue";
import { portRxBurst, portTxBurst, portTxFree } from "../port/port";
import { traceBurst } from "../port/trace";
import { STOP_BROKEN, STOP_FULL, STOP_TOO_BIG } from "../virtio/virtqueue";

@unmanaged
export class Stream {
  engine: u32; // ENGINE_*
  rxq: u32; // PortQueue
  txq: u32; // PortQueue
  burst: u32; // 1..512
  peer: u64; // destination that mac engines write
  source: u64; // MAC of the tx port
  retryNum: u32; // further attempts; 0: none
  waits: u32; // 1: takes no more than the tx queue has places for (ours: a lossless source)
  retryDelay: u64; // ps before each attempt
  due: u64; // ps: when the waiting burst tries again
  saved: u32; // u32[512]: the burst that waits
  savedCount: u32; // its packets; 0: none
  savedNext: u32; // first unsent
  tries: u32; // attempts made
  triesMax: u32; // attempts allowed
  txFirst: u32; // rounds of generated bursts before the engine starts
  rxSpread: u32; // u64[513]: bursts by size
  txSpread: u32;
  rxPackets: u64;
  txPackets: u64;
  dropped: u64; // fwd_dropped
  triesDelay: u64; // ps
  addresses: u64; // what mac engines write: destination and the source's first two bytes
  addressesRest: u32; // the source's other four
  reserved: u32;
  generator: u32; // txonly: 64 bytes of header
  generatorLength: u32;
}

/** How long a lossless stream waits before it looks again. */
const WAIT_PS: u64 = 1_000_000;
export const STREAM_BYTES: u32 = 192;
/** The number of packets that no capture brought. */
export const NO_NUMBER: u32 = 0x7fff_ffff;

/** Receives up to a burst into the lcore's packet array. @returns packets */
// @ts-ignore: decorator
@inline
export function streamRx(lcore: usize, stream: usize): u32 {
  const s = changetype<Stream>(stream);
  let n = s.burst;
  if (s.waits) {
    const free = portTxFree(lcore, s.txq);
    if (free < n) n = free;
  }
  n = portRxBurst(lcore, s.rxq, changetype<Lcore>(lcore).packets, n);
  streamHold(lcore, n, changetype<PortQueue>(s.rxq as usize).burstBytes);
  const spread: usize = s.rxSpread + (n << 3);
  store<u64>(spread, load<u64>(spread) + 1);
  s.rxPackets += n;
  return n;
}

/** Says what the lcore's packet array holds now: n packets of so many bytes. */
// @ts-ignore: decorator
@inline
export function streamHold(lcore: usize, n: u32, bytes: u32): void {
  const l = changetype<Lcore>(lcore);
  l.packetCount = n;
  l.packetBytes = bytes;
}

/** Charges the engine for n packets. */
// @ts-ignore: decorator
@inline
export function streamCharge(lcore: usize, stream: usize, n: u32): void {
  const s = changetype<Stream>(stream);
  charge(lcore, STAGE_FWD_IO + s.engine, n, changetype<PortQueue>(s.rxq as usize).burstBytes);
}

/** Transmits with the stream's own retry setting. @returns n: all are sent, saved or dropped */
export function streamTx(lcore: usize, stream: usize, n: u32): u32 {
  const s = changetype<Stream>(stream);
  return streamTxRetry(lcore, stream, n, s.retryNum, s.retryDelay);
}

/** Transmits the lcore's packet array; what does not fit is tried again `tries` times, `delay` ps before each, then dropped. */
export function streamTxRetry(lcore: usize, stream: usize, n: u32, tries: u32, delay: u64): u32 {
  const s = changetype<Stream>(stream), l = changetype<Lcore>(lcore);
  const sent = portTxBurst(lcore, s.txq, l.packets, n);
  if (sent == n) {
    transmitted(s, n);
    return n;
  }
  copyHandles(s.saved, l.packets, n);
  s.savedCount = n;
  s.savedNext = sent;
  s.tries = 0;
  s.triesMax = tries;
  s.triesDelay = delay;
  if (s.waits && changetype<PortQueue>(s.txq as usize).stall == STOP_FULL) {
    // A packet of several buffers found fewer places than were counted: a lossless stream waits for more.
    s.triesMax = u32.MAX_VALUE;
    s.triesDelay = WAIT_PS;
  }
  if (s.triesMax) wait(lcore, s);
  else giveUp(lcore, s);
  return n;
}

function transmitted(s: Stream, n: u32): void {
  const spread: usize = s.txSpread + (n << 3);
  store<u64>(spread, load<u64>(spread) + 1);
  s.txPackets += n;
}

function wait(lcore: usize, s: Stream): void {
  const l = changetype<Lcore>(lcore);
  s.due = l.clock + s.triesDelay;
  l.waiting = changetype<usize>(s) as u32;
  if (l.traceOn) traceBurst(lcore, TRACE_RETRY, s.txq, s.saved + (s.savedNext << 2), s.savedCount - s.savedNext, s.tries, 0, false);
}

/** The waiting burst's next attempt. @returns packets sent by it */
export function streamResume(lcore: usize, stream: usize): u32 {
  const s = changetype<Stream>(stream);
  const sent = portTxBurst(lcore, s.txq, s.saved + (s.savedNext << 2), s.savedCount - s.savedNext);
  s.savedNext += sent;
  s.tries++;
  if (s.savedNext == s.savedCount) {
    changetype<Lcore>(lcore).waiting = 0;
    s.savedCount = 0;
    transmitted(s, s.savedNext);
  } else if (s.tries < s.triesMax) {
    wait(lcore, s);
  } else {
    changetype<Lcore>(lcore).waiting = 0;
    giveUp(lcore, s);
  }
  return sent;
}

/** Frees and counts what the tx queue did not take: the place in the tree where a forwarded packet is dropped. */
function giveUp(lcore: usize, s: Stream): void {
  const rest = s.savedCount - s.savedNext, packets: usize = s.saved + (s.savedNext << 2), stall = changetype<PortQueue>(s.txq as usize).stall;
  transmitted(s, s.savedNext);
  s.savedCount = 0;
  s.dropped += rest;
  if (stall == STOP_TOO_BIG) {
    drop(lcore, s, packets, 1, DROP_FRAME_TOO_BIG);
    drop(lcore, s, packets + 4, rest - 1, DROP_BEHIND_TOO_BIG);
  } else {
    drop(lcore, s, packets, rest, stall == STOP_BROKEN ? DROP_CHAIN_BROKEN : s.triesMax ? DROP_RETRY_EXHAUSTED : DROP_TX_FULL);
  }
}

function drop(lcore: usize, s: Stream, packets: usize, n: u32, reason: u32): void {
  if (n == 0) return;
  countDrop(changetype<PortQueue>(s.txq as usize), reason, n);
  if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_DROP, s.txq, packets, n, s.tries, reason, false);
  mbufFreeBurst(lcore, packets, n);
}

/** Ends n packets of the lcore's array by design. */
export function streamConsume(lcore: usize, stream: usize, n: u32): void {
  const s = changetype<Stream>(stream), packets: usize = changetype<Lcore>(lcore).packets;
  countAdd(changetype<PortQueue>(s.rxq as usize), COUNTER_CONSUMED, n);
  if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_CONSUMED, s.rxq, packets, n, 0, 0, false);
  mbufFreeBurst(lcore, packets, n);
}

/** Bytes of the struct with its saved burst and both histograms. */
export function streamBytes(): u32 {
  return STREAM_BYTES + (MAX_BURST << 2) + 2 * (((MAX_BURST + 1) * 8 + 63) & ~63);
}

/** at: streamBytes, 64-byte aligned and zero. retryNum 0: no retry; retryDelay in ps; waits 1: lossless (see Stream) */
export function streamInit(
  at: usize, engine: u32, rxq: usize, txq: usize, burst: u32, peer: u64, source: u64, retryNum: u32, retryDelay: u64, waits: u32, txFirst: u32,
): u32 {
  if (burst == 0 || burst > MAX_BURST) return STATUS_BAD_SIZE;
  const s = changetype<Stream>(at);
  s.engine = engine;
  s.rxq = rxq as u32;
  s.txq = txq as u32;
  s.burst = burst;
  s.peer = peer;
  s.source = source;
  s.addresses = etherAddresses(peer, source);
  s.addressesRest = etherAddressesRest(source);
  s.retryNum = retryNum;
  s.retryDelay = retryDelay;
  s.waits = waits;
  s.txFirst = txFirst;
  s.saved = (at as u32) + STREAM_BYTES;
  s.rxSpread = s.saved + (MAX_BURST << 2);
  s.txSpread = s.rxSpread + (((MAX_BURST + 1) * 8 + 63) & ~63);
  return STATUS_OK;
}

/** Packets that wait for the tx queue in this stream. */
export function streamQueued(stream: usize): u32 {
  const s = changetype<Stream>(stream);
  return s.savedCount - (s.savedCount ? s.savedNext : 0);
}

/** (received, transmitted, dropped) as u64[3] at `to`. */
export function streamCounters(stream: usize, to: usize): void {
  const s = changetype<Stream>(stream);
  store<u64>(to, s.rxPackets);
  store<u64>(to, s.txPackets, 8);
  store<u64>(to, s.dropped, 16);
}
