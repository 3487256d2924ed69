// stream-setup - how a stream is made, told what it shares with others, read and used again. Between runs only.
// Order: streamInit, streamConfigure, lcoreAddStream; before each further run streamConfigure again, which works out anew what
// generators send, and streamReset where testpmd's `start` resets the counters.
import { MAX_BURST } from "../abi/limits";
import { TEMPLATE_BYTES } from "../abi/sizes";
import { STATUS_BAD_SIZE, STATUS_OK } from "../abi/status";
import { ENGINE_FLOWGEN, ENGINE_NOISY } from "../abi/engines";
import { TX_VLAN } from "../mbuf/flags";
import { etherAddresses, etherAddressesRest } from "../net/ethernet";
import { PortQueue } from "../port/queue";
import { ForwardConfig, PortConfig } from "./config";
import { Parsed } from "./csum-parse";
import { flowgenTemplate } from "./flowgen";
import { noisyConfigure } from "./noisy";
import { Stream } from "./stream";
import { txonlyTemplate } from "./txonly";

/** The struct's bytes, a multiple of a cache line. */
const STREAM_BYTES: u32 = 320;
const SPREAD_BYTES: u32 = ((MAX_BURST + 1) * 8 + 63) & ~63;
if (offsetof<Stream>() > STREAM_BYTES) ERROR();

/** After both templates: csum's Parsed. */
const PARSED_BYTES: u32 = 64;
if (offsetof<Parsed>() > PARSED_BYTES) ERROR();

/** Bytes of the struct with its templates, its saved burst and both histograms. */
export function streamBytes(): u32 {
  return STREAM_BYTES + 2 * TEMPLATE_BYTES + PARSED_BYTES + (MAX_BURST << 2) + 2 * SPREAD_BYTES;
}

/**
 * Makes a stream, whatever was at the place before. at: streamBytes, 64-byte aligned; peer, source: 48 bits, byte 0 lowest;
 * retryNum 0: no retry; retryDelay in ps; waits 1: lossless (see Stream); txFirst: rounds of `start tx_first`
 */
export function streamInit(
  at: usize, engine: u32, rxq: usize, txq: usize, burst: u32, peer: u64, source: u64, retryNum: u32, retryDelay: u64, waits: u32, txFirst: u32,
): u32 {
  if (burst == 0 || burst > MAX_BURST) return STATUS_BAD_SIZE;
  memory.fill(at, 0, streamBytes());
  const s = changetype<Stream>(at);
  s.engine = engine;
  s.rxq = rxq as u32;
  s.txq = txq as u32;
  s.burst = burst;
  s.addresses = etherAddresses(peer, source);
  s.addressesRest = etherAddressesRest(source);
  s.retryNum = retryNum;
  s.retryDelay = retryDelay;
  s.waits = waits;
  s.txFirst = txFirst;
  s.timer = u64.MAX_VALUE;
  s.template = (at as u32) + STREAM_BYTES;
  s.parsed = s.template + 2 * TEMPLATE_BYTES;
  s.saved = s.parsed + PARSED_BYTES;
  s.rxSpread = s.saved + (MAX_BURST << 2);
  s.txSpread = s.rxSpread + SPREAD_BYTES;
  return STATUS_OK;
}

/**
 * Says what the stream shares: testpmd's globals and its two ports' settings. eal: rte_lcore_id of the lcore that polls it.
 * Also tells the tx queue whether packets may want a VLAN tag.
 */
export function streamConfigure(stream: usize, forward: usize, rxPort: usize, txPort: usize, eal: u32): void {
  const s = changetype<Stream>(stream), p = changetype<PortConfig>(txPort);
  s.config = forward as u32;
  s.rxPort = rxPort as u32;
  s.txPort = txPort as u32;
  s.eal = eal;
  s.skew = 0;
  if (p.mac | p.peer) {
    s.addresses = etherAddresses(p.peer, p.mac);
    s.addressesRest = etherAddressesRest(p.mac);
  }
  changetype<PortQueue>(s.txq as usize).inserts = p.txFlags & TX_VLAN ? 1 : 0;
  changetype<PortQueue>(s.txq as usize).lost = 0;
  txonlyTemplate(s, changetype<ForwardConfig>(forward)); // every engine's: `start tx_first` sends it
  if (s.engine == ENGINE_FLOWGEN) flowgenTemplate(s, changetype<ForwardConfig>(forward));
  else if (s.engine == ENGINE_NOISY) noisyConfigure(s);
}

/** Sets the stream's counters and histograms to 0. A burst that waits goes on waiting. */
export function streamReset(stream: usize): void {
  const s = changetype<Stream>(stream);
  memory.fill(s.rxSpread, 0, 2 * SPREAD_BYTES);
  s.rxPackets = 0;
  s.txPackets = 0;
  s.dropped = 0;
  s.badIp = 0;
  s.badL4 = 0;
  s.badOuterIp = 0;
  s.badOuterL4 = 0;
}

/** Asks for that many rounds of generated bursts before the engine goes on. */
export function streamTxFirst(stream: usize, rounds: u32): void {
  changetype<Stream>(stream).txFirst = rounds;
}

/** Changes the retries of a stream that may be running: the next burst takes them. num: further attempts; delay: ps before each */
export function streamSetRetry(stream: usize, num: u32, delay: u64): void {
  const s = changetype<Stream>(stream);
  s.retryDelay = delay;
  s.retryNum = num;
}

/** Packets that wait for the tx queue in this stream. */
export function streamQueued(stream: usize): u32 {
  const s = changetype<Stream>(stream);
  return s.savedCount - (s.savedCount ? s.savedNext : 0);
}

/** Writes u64[STREAM_COUNTERS] to `to`: STREAM_* of abi/forwarding. */
export function streamCounters(stream: usize, to: usize): void {
  const s = changetype<Stream>(stream);
  store<u64>(to, s.rxPackets);
  store<u64>(to, s.txPackets, 8);
  store<u64>(to, s.dropped, 16);
  store<u64>(to, s.badIp, 24);
  store<u64>(to, s.badL4, 32);
  store<u64>(to, s.badOuterIp, 40);
  store<u64>(to, s.badOuterL4, 48);
}

/** Linear address of the numbers of rx bursts by size, u64[MAX_BURST + 1]. */
export function streamRxSpread(stream: usize): usize {
  return changetype<Stream>(stream).rxSpread;
}

export function streamTxSpread(stream: usize): usize {
  return changetype<Stream>(stream).txSpread;
}
