// txonly - generates a burst of UDP frames a call and sends it; rx is never polled. Also what `start tx_first` sends.
// Follows testpmd 22.11: destination the peer, source the tx port, 198.18.0.1 -> 198.18.0.2, UDP 9 -> 9, ttl 64, UDP checksum 0, unless
// told otherwise; the payload is never written, so it is whatever the mbufs held. Mbufs: one bulk, else one by one until the pool is empty.
// Frames of several segments, of random length, of several flows or with send times are made in txonly-frame.ts.
import { COUNTER_GENERATED } from "../abi/counters";
import { TX_SPLIT_RAND } from "../abi/forwarding";
import { TEMPLATE_BYTES } from "../abi/sizes";
import { Mbuf, mbufData, mbufReset, NO_NUMBER, REARM, TX_OFFLOAD_ETHER_IPV4 } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { charge, Lcore } from "../memory/lcore-context";
import { checksumAdd, checksumFinish } from "../net/checksum";
import { etherSetAddresses } from "../net/ethernet";
import { countAdd, PortQueue } from "../port/queue";
import { ForwardConfig, PortConfig } from "./config";
import { ROLLBACK_ADDRESS, ROLLBACK_NONE, Stream, streamCharge, streamHold, streamTx } from "./stream";
import { txonlyFrames, txonlyFramesOneByOne, txonlySendsAt } from "./txonly-frame";

/** Writes the header that every frame starts with, as the settings say. */
export function txonlyTemplate(s: Stream, c: ForwardConfig): void {
  const header: usize = s.template, ip = header + 14, udp = ip + 20, length = c.length;
  memory.fill(header, 0, TEMPLATE_BYTES);
  etherSetAddresses(header, s.addresses, s.addressesRest);
  store<u16>(header, bswap<u16>(0x0800), 12);
  store<u8>(ip, 0x45);
  store<u16>(ip, bswap<u16>((length - 14) as u16), 2);
  store<u8>(ip, 64, 8);
  store<u8>(ip, 17, 9);
  store<u32>(ip, bswap<u32>(c.ipSource), 12);
  store<u32>(ip, bswap<u32>(c.ipDestination), 16);
  const sum = checksumFinish(checksumAdd(ip, 20, 0));
  store<u16>(ip, bswap<u16>((sum ? sum : 0xffff) as u16), 10); // testpmd stores 0 as 0xffff
  store<u16>(udp, bswap<u16>(c.udpSource));
  store<u16>(udp, bswap<u16>(c.udpDestination), 2);
  store<u16>(udp, bswap<u16>((length - 34) as u16), 4);
}

/** @returns packets generated */
export function txonlyForward(lcore: usize, stream: usize): u32 {
  const s = changetype<Stream>(stream), c = changetype<ForwardConfig>(s.config as usize), l = changetype<Lcore>(lcore);
  if (c.timesInter && !txonlySendsAt(l, s, c)) return idle(lcore, s);
  const pool = changetype<PortQueue>(s.rxq as usize).pool, packets: usize = l.packets;
  let n = mempoolGet(lcore, pool, packets, s.burst), bytes: u32;
  if (c.segmentCount > 1 || c.multiFlow || c.timesInter || c.split == TX_SPLIT_RAND) {
    n = n ? txonlyFrames(lcore, s, c, n) : txonlyFramesOneByOne(lcore, s, c);
    bytes = l.packetBytes;
  } else {
    if (n == 0) while (n < s.burst && mempoolGet(lcore, pool, packets + (n << 2), 1)) n++;
    txonlyFill(packets, n, s.template, c.length, changetype<PortConfig>(s.txPort as usize));
    bytes = n * c.length;
  }
  if (n == 0) return idle(lcore, s);
  streamHold(lcore, n, bytes);
  countAdd(changetype<PortQueue>(s.txq as usize), COUNTER_GENERATED, n);
  streamCharge(lcore, stream, n);
  s.rollback = ROLLBACK_ADDRESS;
  streamTx(lcore, stream, n);
  if (!l.waiting) s.rollback = ROLLBACK_NONE;
  return n;
}

/** An empty poll costs what lcoreEmptyRound says. */
function idle(lcore: usize, s: Stream): u32 {
  charge(lcore, changetype<PortQueue>(s.rxq as usize).stage, 0, 0);
  return 0;
}

/** Makes n frames of one segment, all the same. */
function txonlyFill(packets: usize, n: u32, header: usize, length: u32, port: PortConfig): void {
  const a = v128.load(header), b = v128.load(header, 16), d = load<u64>(header, 32), e = load<u16>(header, 40);
  const flags = port.txFlags, lengths = length | (<u32>port.vlanTci << 16), outer = port.vlanTciOuter;
  for (let p = packets, end = packets + (n << 2); p < end; p += 4) {
    const m: usize = load<u32>(p);
    mbufReset(m, REARM, length, NO_NUMBER);
    store<u32>(m, lengths, offsetof<Mbuf>("dataLen"));
    store<u64>(m, flags, offsetof<Mbuf>("olFlags"));
    store<u64>(m, TX_OFFLOAD_ETHER_IPV4, offsetof<Mbuf>("txOffload"));
    store<u16>(m, outer, offsetof<Mbuf>("vlanTciOuter"));
    const at = mbufData(m);
    v128.store(at, a);
    v128.store(at, b, 16);
    store<u64>(at, d, 32);
    store<u16>(at, e, 40);
  }
}
