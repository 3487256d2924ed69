// stream - testpmd's fwd_stream: one (rx queue, tx queue, engine) with its counters, and what all engines share: receiving,
// transmitting with or without retry, dropping what is left. Follows the receive and transmit parts of 22.11's engines.
// How a stream is made and told what to do is in stream-setup.ts.
//
// An engine that waits does not spin: the rest of its burst is saved here and the lcore is told when to resume; nothing else on that
// lcore is polled meanwhile. Writers: the stream's lcore.
import { COUNTER_CONSUMED } from "../abi/counters";
import { DROP_BEHIND_TOO_BIG, DROP_CHAIN_BROKEN, DROP_FRAME_TOO_BIG, DROP_RETRY_EXHAUSTED, DROP_TX_FULL } from "../abi/drops";
import { DUMP_RX, DUMP_TX } from "../abi/dump";
import { MAX_BURST } from "../abi/limits";
import { STAGE_FWD_IO } from "../abi/stages";
import { TRACE_CONSUMED, TRACE_DROP, TRACE_RETRY } from "../abi/trace";
import { mbufFreeBurst } from "../mbuf/free";
import { copyHandles } from "../memory/copy";
import { charge, Lcore } from "../memory/lcore-context";
import { portRxBurst, portTxBurst, portTxFree } from "../port/port";
import { countAdd, countDrop, PortQueue } from "../port/queue";
import { traceBurst } from "../port/trace";
import { STOP_BROKEN, STOP_FULL, STOP_TOO_BIG } from "../virtio/virtqueue";
import { ForwardConfig } from "./config";
import { dumpBurst, dumpDrop } from "./dump";

@unmanaged
export class Stream {
  engine: u32; // ENGINE_*
  rxq: u32; // PortQueue
  txq: u32; // PortQueue
  burst: u32; // 1..512
  addresses: u64; // what mac engines write: the peer as destination and the source's first two bytes
  addressesRest: u32; // the source's other four
  waits: u32; // 1: takes no more than the tx queue has places for (ours: a lossless source)
  config: u32; // ForwardConfig
  rxPort: u32; // PortConfig
  txPort: u32; // PortConfig
  account: u32; // ACCOUNT_*: how what was sent is counted
  retryNum: u32; // further attempts; 0: none
  rollback: u32; // ROLLBACK_*: what packets that were not sent give back
  retryDelay: u64; // ps before each attempt
  due: u64; // ps: when the waiting burst tries again
  triesDelay: u64; // ps
  saved: u32; // u32[512]: the burst that waits
  savedCount: u32; // its packets; 0: none
  savedNext: u32; // first unsent
  savedFirst: u32; // sent by the first attempt
  tries: u32; // attempts made
  triesMax: u32; // attempts allowed
  lost: u32; // packets of the waiting burst that the port freed itself
  txFirst: u32; // rounds of generated bursts before the engine starts
  rxSpread: u32; // u64[513]: bursts by size
  txSpread: u32;
  rxPackets: u64;
  txPackets: u64;
  dropped: u64; // fwd_dropped
  badIp: u64; // rx_bad_ip_csum and its three companions, as the flags of received packets said
  badL4: u64;
  badOuterIp: u64;
  badOuterL4: u64;
  template: u32; // 64 bytes: what every frame of txonly starts with; then 64 of flowgen's
  templateSum: u32; // flowgen: the header's sum without the destination
  parsed: u32; // csum: Parsed, what it found in the packet in hand
  eal: u32; // rte_lcore_id of its lcore: part of txonly's multi-flow addresses
  flushing: u32; // noisy: 1 while it empties its FIFO
  timer: u64; // ps: when it has to be polled though nothing arrives, u64.MAX_VALUE: never
  skew: u64; // ps: txonly's send time of the last packet, 0: none yet
  ovs: u32; // Rxq of an OVS datapath thread
  own: u32; // veb: its Veb; kernel: its KernelNetdev
}

/** How long a lossless stream waits before it looks again. */
const WAIT_PS: u64 = 1_000_000;

export const ACCOUNT_USUAL: u32 = 0;
export const ACCOUNT_NOISY: u32 = 1; // noisy without a FIFO: see there
export const ACCOUNT_NOISY_FIFO: u32 = 2;

export const ROLLBACK_NONE: u32 = 0;
export const ROLLBACK_FLOW: u32 = 1; // flowgen's next flow
export const ROLLBACK_ADDRESS: u32 = 2; // txonly's address variation

/** Receives up to a burst into the lcore's packet array, and counts it for the stream. @returns packets */
// @ts-ignore: decorator
@inline
export function streamRx(lcore: usize, stream: usize): u32 {
  const n = streamRxUncounted(lcore, stream);
  changetype<Stream>(stream).rxPackets += n;
  return n;
}

/** As streamRx, for an engine that credits packets to other streams. */
// @ts-ignore: decorator
@inline
export function streamRxUncounted(lcore: usize, stream: usize): u32 {
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
  if (changetype<ForwardConfig>(s.config as usize).dumpRx) dumpBurst(lcore, DUMP_RX, s.rxq, changetype<Lcore>(lcore).packets, n);
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

/** Charges the engine for n packets, those in hand. */
// @ts-ignore: decorator
@inline
export function streamCharge(lcore: usize, stream: usize, n: u32): void {
  charge(lcore, STAGE_FWD_IO + changetype<Stream>(stream).engine, n, changetype<Lcore>(lcore).packetBytes);
}

/** Transmits the first n of the lcore's packet array with the stream's own retry setting. @returns n: all are sent, saved or dropped */
export function streamTx(lcore: usize, stream: usize, n: u32): u32 {
  const s = changetype<Stream>(stream);
  return streamTxRetry(lcore, stream, n, s.retryNum, s.retryDelay);
}

/** Transmits the lcore's packet array; what does not fit is tried again `tries` times, `delay` ps before each, then dropped. */
export function streamTxRetry(lcore: usize, stream: usize, n: u32, tries: u32, delay: u64): u32 {
  const s = changetype<Stream>(stream), l = changetype<Lcore>(lcore), q = changetype<PortQueue>(s.txq as usize);
  if (changetype<ForwardConfig>(s.config as usize).dumpTx) dumpBurst(lcore, DUMP_TX, s.txq, l.packets, n);
  const sent = portTxBurst(lcore, s.txq, l.packets, n);
  if (sent == n && q.lost == 0) {
    if (s.account) count(s, n, n, 0);
    else transmitted(s, n);
    return n;
  }
  copyHandles(s.saved, l.packets, n);
  s.savedCount = n;
  s.savedNext = sent;
  s.savedFirst = sent - q.lost;
  s.lost = q.lost;
  s.tries = 0;
  s.triesMax = tries;
  s.triesDelay = delay;
  if (s.waits && q.stall == STOP_FULL) {
    // A packet of several buffers found fewer places than were counted: a lossless stream waits for more.
    s.triesMax = u32.MAX_VALUE;
    s.triesDelay = WAIT_PS;
  }
  if (s.triesMax && sent < n) wait(lcore, s);
  else giveUp(lcore, s);
  return n;
}

// @ts-ignore: decorator
@inline
function transmitted(s: Stream, n: u32): void {
  const spread: usize = s.txSpread + (n << 3);
  store<u64>(spread, load<u64>(spread) + 1);
  s.txPackets += n;
}

/**
 * Counts a burst of n packets of which `sent` went out; first: those of the first attempt, if there were others.
 * noisy of 22.11 adds its retries' total to the first attempt's, never counts what it drops, and with a FIFO not what it sends.
 */
function count(s: Stream, n: u32, sent: u32, first: u32): void {
  if (s.account == ACCOUNT_USUAL) {
    transmitted(s, sent);
    s.dropped += n - sent;
    return;
  }
  sent += first;
  const packets = s.txPackets;
  if (sent <= MAX_BURST) transmitted(s, sent); // the real one counts past the end of its histogram
  s.txPackets = s.account == ACCOUNT_NOISY ? packets + sent : packets;
}

function wait(lcore: usize, s: Stream): void {
  const l = changetype<Lcore>(lcore);
  s.due = l.clock + s.triesDelay;
  l.waiting = changetype<usize>(s) as u32;
  if (l.traceOn) traceBurst(lcore, TRACE_RETRY, s.txq, s.saved + (s.savedNext << 2), s.savedCount - s.savedNext, s.tries, 0, false);
}

/** The waiting burst's next attempt. @returns packets sent by it */
export function streamResume(lcore: usize, stream: usize): u32 {
  const s = changetype<Stream>(stream), packets: usize = s.saved + (s.savedNext << 2), rest = s.savedCount - s.savedNext;
  if (changetype<ForwardConfig>(s.config as usize).dumpTx) dumpBurst(lcore, DUMP_TX, s.txq, packets, rest);
  const sent = portTxBurst(lcore, s.txq, packets, rest);
  s.savedNext += sent;
  s.lost += changetype<PortQueue>(s.txq as usize).lost;
  s.tries++;
  if (s.savedNext < s.savedCount && s.tries < s.triesMax) {
    wait(lcore, s);
  } else {
    changetype<Lcore>(lcore).waiting = 0;
    giveUp(lcore, s);
  }
  return sent;
}

/** The end of a burst that did not go out at once: frees and counts what the tx queue did not take. The place in the tree where a forwarded packet is dropped. */
function giveUp(lcore: usize, s: Stream): void {
  const n = s.savedCount, rest = n - s.savedNext, packets: usize = s.saved + (s.savedNext << 2), stall = changetype<PortQueue>(s.txq as usize).stall;
  const c = changetype<ForwardConfig>(s.config as usize);
  s.savedCount = 0;
  if (s.rollback && rest) rollBack(changetype<Lcore>(lcore), c, s.rollback, rest);
  if (rest && c.verbose && s.rollback == ROLLBACK_ADDRESS && s.dropped == 0) dumpDrop(lcore, s.txq, n, rest);
  count(s, n, s.savedNext - s.lost, s.tries ? s.savedFirst : 0);
  if (stall == STOP_TOO_BIG) {
    streamDrop(lcore, s, packets, min<u32>(rest, 1), DROP_FRAME_TOO_BIG);
    if (rest) streamDrop(lcore, s, packets + 4, rest - 1, DROP_BEHIND_TOO_BIG);
  } else {
    streamDrop(lcore, s, packets, rest, stall == STOP_BROKEN ? DROP_CHAIN_BROKEN : s.triesMax ? DROP_RETRY_EXHAUSTED : DROP_TX_FULL);
  }
}

/** Gives flows or addresses of packets that were not sent to the packets that come next. */
function rollBack(l: Lcore, c: ForwardConfig, what: u32, n: u32): void {
  if (what == ROLLBACK_ADDRESS) {
    if (c.multiFlow) l.ipVariation = (l.ipVariation - n) & 0xff;
    return;
  }
  let flow = l.nextFlow - (n as i32);
  while (flow < 0) flow += c.flows as i32;
  l.nextFlow = flow;
}

/** Frees n packets and counts them under the reason at the stream's tx queue. */
export function streamDrop(lcore: usize, s: Stream, packets: usize, n: u32, reason: u32): void {
  if (n == 0) return;
  countDrop(changetype<PortQueue>(s.txq as usize), reason, n);
  if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_DROP, s.txq, packets, n, s.tries, reason, false);
  mbufFreeBurst(lcore, packets, n);
}

/** Ends n packets by design. packets: u32[n] */
export function streamConsume(lcore: usize, stream: usize, packets: usize, n: u32): void {
  const s = changetype<Stream>(stream);
  countAdd(changetype<PortQueue>(s.rxq as usize), COUNTER_CONSUMED, n);
  if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_CONSUMED, s.rxq, packets, n, 0, 0, false);
  mbufFreeBurst(lcore, packets, n);
}
