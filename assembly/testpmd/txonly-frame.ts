// txonly-frame - txonly's frames that are not all alike: segments of txpkts' lengths chained, a random number of them, several flows,
// send times. One frame a call, as pkt_burst_prepare of testpmd 22.11 makes it; headers are spread over short segments.
//
// Multi-flow's counter is the lcore's and 8 bits wide; the source address becomes (destination | counter << 8) + rte_lcore_id.
// Send times: only where the tx port offers SEND_ON_TIMESTAMP, which no virtual device of 22.11 does. There the NIC holds each packet
// back until its time; here the stream does, a whole burst until its first packet's.
import { TX_OFFLOAD_SEND_ON_TIMESTAMP, TX_SPLIT_RAND } from "../abi/forwarding";
import { mbufFree } from "../mbuf/free";
import { Mbuf, mbufData, mbufReset, NO_NUMBER, REARM, TX_OFFLOAD_ETHER_IPV4 } from "../mbuf/mbuf";
import { mempoolGet, mempoolPutBulk } from "../mbuf/mempool";
import { Lcore } from "../memory/lcore-context";
import { randomBelow, randomStep } from "../memory/random";
import { ipv4Sum20, sumFold } from "../net/checksum";
import { PortQueue } from "../port/queue";
import { ForwardConfig, PortConfig, segmentLength } from "./config";
import { Stream } from "./stream";

const HEADERS: u32 = 14 + 20 + 8;
const MARK_BYTES: u32 = 16;
const MARK_SIGNATURE: u32 = 0xbeefc0de;

/** Whether the next burst may go now. When it may not, the stream's timer says when. */
export function txonlySendsAt(l: Lcore, s: Stream, c: ForwardConfig): bool {
  if (!sendsOnTime(s)) return true;
  if (s.skew == 0) s.skew = max<u64>(l.clock, 1) + c.timesInter;
  s.timer = s.skew + c.timesInter;
  if (l.clock < s.timer) return false;
  s.timer = u64.MAX_VALUE;
  return true;
}

// @ts-ignore: decorator
@inline
function sendsOnTime(s: Stream): bool {
  return (changetype<PortConfig>(s.txPort as usize).txOffloads & TX_OFFLOAD_SEND_ON_TIMESTAMP) != 0;
}

/**
 * Makes frames of the n mbufs in the lcore's packet array, which came in one bulk; packetBytes becomes their bytes.
 * @returns frames made; the mbufs from the first that found no further segments on are given back
 */
export function txonlyFrames(lcore: usize, s: Stream, c: ForwardConfig, n: u32): u32 {
  const l = changetype<Lcore>(lcore), packets: usize = l.packets, pool = changetype<PortQueue>(s.rxq as usize).pool;
  l.packetBytes = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (frame(lcore, s, c, pool, load<u32>(packets + (i << 2)), i)) continue;
    mempoolPutBulk(lcore, pool, packets + (i << 2), n - i);
    return i;
  }
  return n;
}

/** As txonlyFrames, where the pool has no bulk for a burst: each frame takes its mbufs before the next does. */
export function txonlyFramesOneByOne(lcore: usize, s: Stream, c: ForwardConfig): u32 {
  const l = changetype<Lcore>(lcore), pool = changetype<PortQueue>(s.rxq as usize).pool;
  l.packetBytes = 0;
  let n: u32 = 0;
  for (; n < s.burst; n++) {
    const place: usize = l.packets + (n << 2);
    if (!mempoolGet(lcore, pool, place, 1)) break;
    if (!frame(lcore, s, c, pool, load<u32>(place), n)) {
      mbufFree(lcore, load<u32>(place));
      break;
    }
  }
  return n;
}

function frame(lcore: usize, s: Stream, c: ForwardConfig, pool: usize, m: usize, index: u32): bool {
  const l = changetype<Lcore>(lcore), segments: usize = l.scratch;
  let count = c.segmentCount;
  if (c.split == TX_SPLIT_RAND) {
    l.random = randomStep(l.random);
    count = randomBelow(l.random, count) + 1;
  }
  if (count > 1 && !mempoolGet(lcore, pool, segments, count - 1)) return false;
  const length = chain(m, segments, count, changetype<usize>(c));
  const p = changetype<Mbuf>(m), port = changetype<PortConfig>(s.txPort as usize);
  p.olFlags = port.txFlags;
  p.vlanTci = port.vlanTci;
  p.vlanTciOuter = port.vlanTciOuter;
  p.txOffload = TX_OFFLOAD_ETHER_IPV4;
  if (segmentLength(changetype<usize>(c), 0) >= HEADERS) writeHeaders(mbufData(m), s.template);
  else spread(m, 0, s.template, HEADERS);
  if (c.multiFlow) {
    const source = (c.ipDestination | (l.ipVariation << 8)) + s.eal;
    store<u32>(mbufData(m), bswap<u32>(source), 26);
    l.ipVariation = (l.ipVariation + 1) & 0xff;
  }
  if (c.multiFlow || c.split == TX_SPLIT_RAND) patch(mbufData(m), length);
  if (c.timesInter && sendsOnTime(s)) mark(l, s, c, m, index);
  l.packetBytes += length;
  return true;
}

/** Chains `count` segments of txpkts' lengths, the first of them m. segments: u32[count - 1]. @returns the frame's length */
function chain(m: usize, segments: usize, count: u32, config: usize): u32 {
  let length = segmentLength(config, 0), last = m;
  mbufReset(m, REARM, length, NO_NUMBER);
  for (let i: u32 = 1; i < count; i++) {
    // Further segments keep the data offset they have, as in the real one.
    const next: usize = load<u32>(segments + ((i - 1) << 2)), part = segmentLength(config, i);
    changetype<Mbuf>(last).next = next as u32;
    changetype<Mbuf>(next).dataLen = part as u16;
    changetype<Mbuf>(next).next = 0;
    length += part;
    last = next;
  }
  changetype<Mbuf>(m).nbSegs = count as u16;
  changetype<Mbuf>(m).pktLen = length;
  return length;
}

/** Copies the template's headers, HEADERS bytes, and touches no other byte. */
// @ts-ignore: decorator
@inline
function writeHeaders(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  store<u64>(to, load<u64>(from, 32), 32);
  store<u16>(to, load<u16>(from, 40), 40);
}

/** Copies n bytes to the packet's bytes from `offset` on, over as many segments as it takes. */
function spread(m: usize, offset: u32, from: usize, n: u32): void {
  while (n) {
    const p = changetype<Mbuf>(m), room = <u32>p.dataLen;
    if (offset < room) {
      const part = min<u32>(n, room - offset);
      memory.copy(p.buffer + <u32>p.dataOff + offset, from, part);
      from += part;
      n -= part;
      offset = 0;
    } else {
      offset -= room;
    }
    m = p.next;
  }
}

/** Writes lengths and header checksum of a frame whose headers lie in its first segment. */
function patch(frame: usize, length: u32): void {
  const ip = frame + 14;
  store<u16>(ip, bswap<u16>((length - 34) as u16), 24);
  store<u16>(ip, bswap<u16>((length - 14) as u16), 2);
  store<u16>(ip, ~sumFold(ipv4Sum20(ip)) as u16, 10);
}

/** Writes the mark behind the headers: signature, index in the burst, tx queue, send time in ns (0: with the packet before it). */
function mark(l: Lcore, s: Stream, c: ForwardConfig, m: usize, index: u32): void {
  const at: usize = l.scratch;
  let time: u64 = 0;
  if (index == 0 || c.timesIntra) {
    s.skew += index == 0 ? c.timesInter : c.timesIntra;
    time = s.skew / 1000;
  }
  store<u32>(at, bswap<u32>(MARK_SIGNATURE));
  store<u16>(at, bswap<u16>(index as u16), 4);
  store<u16>(at, bswap<u16>(changetype<PortQueue>(s.txq as usize).number as u16), 6);
  store<u64>(at, bswap<u64>(time), 8);
  spread(m, HEADERS, at, MARK_BYTES);
}
