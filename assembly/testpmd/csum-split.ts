// csum-split - `txsplit` in csum: the packet is copied into segments of txpkts' lengths. Follows pkt_copy_split of testpmd 22.11.
// A packet that cannot be split so (too few mbufs or segments, one longer than a data room) stays as it is; of a packet too long for
// one single segment the real one writes behind the buffer.
import { TX_SPLIT_RAND } from "../abi/forwarding";
import { mbufFree } from "../mbuf/free";
import { Mbuf, mbufData, mbufReset, REARM } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { Lcore } from "../memory/lcore-context";
import { randomBelow, randomStep } from "../memory/random";
import { ForwardConfig, segmentLength } from "./config";

/** @returns the copy, with m's metadata; m itself where there is none */
export function csumSplit(lcore: usize, c: ForwardConfig, pool: usize, m: usize): usize {
  const l = changetype<Lcore>(lcore), p = changetype<Mbuf>(m), segments: usize = l.scratch, length = p.pktLen;
  let most = c.segmentCount;
  if (c.split == TX_SPLIT_RAND) {
    l.random = randomStep(l.random);
    most = randomBelow(l.random, most) + 1;
  }
  let count: u32 = 0, sum: u32 = 0;
  while (count < most && sum < length) sum += segmentLength(changetype<usize>(c), count++);
  if (count == 0) return m;
  const longer = length > sum ? length - sum : 0; // the last one takes what is left
  let taken: u32 = 0;
  while (taken < count && mempoolGet(lcore, pool, segments + (taken << 2), 1)) {
    const s: usize = load<u32>(segments + (taken << 2));
    mbufReset(s, REARM, segmentLength(changetype<usize>(c), taken) + (taken + 1 == count ? longer : 0), p.id);
    taken++;
    if (changetype<Mbuf>(s).pktLen > <u32>changetype<Mbuf>(s).bufferLength - <u32>changetype<Mbuf>(s).dataOff) break;
  }
  const head = load<u32>(segments);
  if (taken == count && copy(m, segments, count)) {
    const h = changetype<Mbuf>(head as usize);
    h.nbSegs = count as u16;
    h.pktLen = length;
    h.vlanTci = p.vlanTci;
    h.vlanTciOuter = p.vlanTciOuter;
    h.olFlags = p.olFlags;
    h.txOffload = p.txOffload;
    mbufFree(lcore, m);
    return head;
  }
  for (let i: u32 = 0; i < taken; i++) {
    const s: usize = load<u32>(segments + (i << 2));
    changetype<Mbuf>(s).next = 0;
    mbufFree(lcore, s);
  }
  return m;
}

/** Copies and chains; a segment ends where one of the packet's does. pktLen of each is its room. @returns false: too few segments */
function copy(m: usize, segments: usize, count: u32): bool {
  let at: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const s: usize = load<u32>(segments + (i << 2)), to = changetype<Mbuf>(s);
    if (!m) return false;
    const part = min<u32>(to.pktLen, <u32>changetype<Mbuf>(m).dataLen - at);
    memory.copy(mbufData(s), mbufData(m) + at, part);
    to.dataLen = part as u16;
    to.next = i + 1 < count ? load<u32>(segments + ((i + 1) << 2)) : 0;
    at += part;
    if (at == <u32>changetype<Mbuf>(m).dataLen) {
      m = changetype<Mbuf>(m).next;
      at = 0;
    }
  }
  return m == 0;
}
