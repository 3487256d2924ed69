// txonly - generates a burst of UDP frames a call and sends it; rx is never polled. Also what `start tx_first` sends.
// Follows testpmd 22.11: destination the peer, source the tx port; 198.18.0.1 -> 198.18.0.2, UDP 9 -> 9, ttl 64, UDP checksum 0; the
// payload is never written, so it is whatever the mbuf held. Mbufs: one bulk, else one by one until the pool is empty.
// Not modelled here: several segments, random split, multi-flow, send times (they have an issue of their own).
import { COUNTER_GENERATED } from "../abi/counters";
import { mbufData, mbufReset, REARM } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { charge, Lcore } from "../memory/lcore-context";
import { checksumAdd, checksumFinish } from "../net/checksum";
import { etherSetAddresses } from "../net/ethernet";
import { countAdd, PortQueue } from "../port/queue";
import { NO_NUMBER, Stream, streamCharge, streamHold, streamTx } from "./stream";

const HEADERS: u32 = 14 + 20 + 8;

/** Writes the header that every frame of `length` bytes starts with. generator: 64 bytes */
export function txonlyTemplate(stream: usize, generator: usize, length: u32): void {
  const s = changetype<Stream>(stream), ip = generator + 14, udp = ip + 20;
  memory.fill(generator, 0, 64);
  etherSetAddresses(generator, s.addresses, s.addressesRest);
  store<u16>(generator, bswap<u16>(0x0800), 12);
  store<u8>(ip, 0x45);
  store<u16>(ip, bswap<u16>((length - 14) as u16), 2);
  store<u8>(ip, 64, 8);
  store<u8>(ip, 17, 9);
  store<u32>(ip, bswap<u32>(0xc6120001), 12);
  store<u32>(ip, bswap<u32>(0xc6120002), 16);
  const sum = checksumFinish(checksumAdd(ip, 20, 0));
  store<u16>(ip, bswap<u16>((sum ? sum : 0xffff) as u16), 10); // testpmd stores 0 as 0xffff
  store<u16>(udp, bswap<u16>(9));
  store<u16>(udp, bswap<u16>(9), 2);
  store<u16>(udp, bswap<u16>((length - 34) as u16), 4);
  s.generator = generator as u32;
  s.generatorLength = length;
}

/** @returns packets generated */
export function txonlyForward(lcore: usize, stream: usize): u32 {
  const s = changetype<Stream>(stream), packets: usize = changetype<Lcore>(lcore).packets;
  const pool = changetype<PortQueue>(s.rxq as usize).pool, length = s.generatorLength, header: usize = s.generator;
  let n = mempoolGet(lcore, pool, packets, s.burst);
  if (n == 0) while (n < s.burst && mempoolGet(lcore, pool, packets + (n << 2), 1)) n++;
  if (n == 0) {
    charge(lcore, changetype<PortQueue>(s.rxq as usize).stage, 0, 0); // an empty poll costs what lcoreEmptyRound says
    return 0;
  }
  const a = v128.load(header), b = v128.load(header, 16), c = load<u64>(header, 32), d = load<u16>(header, 40);
  for (let p = packets, end = packets + (n << 2); p < end; p += 4) {
    const m: usize = load<u32>(p);
    mbufReset(m, REARM, length, NO_NUMBER);
    const at = mbufData(m);
    v128.store(at, a);
    v128.store(at, b, 16);
    store<u64>(at, c, 32);
    store<u16>(at, d, 40);
  }
  streamHold(lcore, n, n * length);
  countAdd(changetype<PortQueue>(s.txq as usize), COUNTER_GENERATED, n);
  streamCharge(lcore, stream, n);
  streamTx(lcore, stream, n);
  return n;
}
