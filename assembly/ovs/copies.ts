// copies - packets made out of others, where a batch goes on after an output, a clone or a recirculation (dp_packet_batch_clone). OVS takes
// them from its heap; here they come from a mempool of their own, whose address tells them from packets of the devices.
import { COUNTER_COPIED } from "../abi/counters";
import { DROP_NO_COPY } from "../abi/drops";
import { STAGE_OVS_COPY } from "../abi/stages";
import { RX_RSS_HASH } from "../mbuf/flags";
import { mbufFree } from "../mbuf/free";
import { Mbuf, mbufData, mbufRead, mbufReset, REARM } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { copyAny } from "../memory/copy";
import { charge } from "../memory/lcore-context";
import { countAdd, countDrop, PortQueue } from "../port/queue";
import { Datapath } from "./datapath";

/**
 * Copies n packets with the headroom each has. packets, to: u32[n]; rxq: PortQueue of the poll, whose counters get them.
 * @returns how many were made, the first of them; the others' mempool was empty
 */
export function copyBurst(lcore: usize, datapath: usize, rxq: usize, packets: usize, to: usize, n: u32): u32 {
  const pool = changetype<Datapath>(datapath).pool as usize, q = changetype<PortQueue>(rxq);
  countAdd(q, COUNTER_COPIED, n);
  charge(lcore, STAGE_OVS_COPY, n, 0);
  let made = n;
  if (!mempoolGet(lcore, pool, to, n)) {
    for (made = 0; made < n && mempoolGet(lcore, pool, to + (made << 2), 1); ) made++;
    countDrop(q, DROP_NO_COPY, n - made);
  }
  for (const end = to + (made << 2); to < end; to += 4, packets += 4) copyPacket(load<u32>(to), load<u32>(packets));
  return made;
}

function copyPacket(to: usize, from: usize): void {
  const f = changetype<Mbuf>(from), t = changetype<Mbuf>(to), length = f.pktLen;
  mbufReset(to, (REARM & ~(0xffff as u64)) | <u64>f.dataOff, length, f.id);
  t.port = f.port;
  t.olFlags = f.olFlags & RX_RSS_HASH;
  t.rss = f.rss;
  if (f.nbSegs > 1) mbufRead(from, mbufData(to));
  else copyAny(mbufData(to), mbufData(from), length);
}

/** Takes so many bytes off a packet's end (dp_packet_set_size). */
export function cutPacket(lcore: usize, m: usize, cut: u32): void {
  if (!cut) return;
  const mbuf = changetype<Mbuf>(m);
  mbuf.pktLen -= cut;
  let last = m, left = mbuf.pktLen, segments: u32 = 1;
  for (; left > <u32>changetype<Mbuf>(last).dataLen; segments++) {
    left -= <u32>changetype<Mbuf>(last).dataLen;
    last = changetype<Mbuf>(last).next;
  }
  const rest: usize = changetype<Mbuf>(last).next;
  changetype<Mbuf>(last).dataLen = left as u16;
  changetype<Mbuf>(last).next = 0;
  mbuf.nbSegs = segments as u16;
  if (rest) mbufFree(lcore, rest);
}
