// flowgen - frees what it receives and sends a burst of frames of txpkts - 4 bytes whose destination address counts through the flows:
// 00:01:02:03:04:00 -> :01, 10.254.0.0 -> 10.253.0.0 + flow, UDP 1000 -> 1001 without checksum. Follows testpmd 22.11's flowgen.
//
// Mbufs are taken one at a time, so a pool that runs empty gives a shorter burst. `clones` packets of each burst in a row are the mbuf
// before them with one more reference; the flow counter, one a lcore, advances past them too and goes back by what was not sent.
import { COUNTER_GENERATED } from "../abi/counters";
import { TEMPLATE_BYTES } from "../abi/sizes";
import { STAGE_FWD_RXONLY } from "../abi/stages";
import { Mbuf, mbufData, mbufReset, NO_NUMBER, REARM, TX_OFFLOAD_ETHER_IPV4 } from "../mbuf/mbuf";
import { mempoolCacheCount, mempoolGet } from "../mbuf/mempool";
import { addRefcnt } from "../memory/barrier";
import { charge, Lcore } from "../memory/lcore-context";
import { etherAddresses, etherAddressesRest, etherSetAddresses } from "../net/ethernet";
import { countAdd, PortQueue } from "../port/queue";
import { ForwardConfig, PortConfig } from "./config";
import { ROLLBACK_FLOW, Stream, streamCharge, streamConsume, streamHold, streamRx, streamTx } from "./stream";

const SOURCE_MAC: u64 = 0x000403020100;
const DESTINATION_MAC: u64 = 0x010403020100;
const SOURCE: u32 = 0x0afe0000; // 10.254.0.0
const DESTINATION: u32 = 0x0afd0000; // 10.253.0.0
const UDP_SOURCE: u16 = 1000;
const UDP_DESTINATION: u16 = 1001;
/** Of txpkts, as if it counted the frame check sequence. */
const FCS_BYTES: u32 = 4;

/** Writes the header that every frame starts with, without destination address and checksum. */
export function flowgenTemplate(s: Stream, c: ForwardConfig): void {
  const header: usize = s.template + TEMPLATE_BYTES, ip = header + 14, udp = ip + 20, length = c.length - FCS_BYTES;
  memory.fill(header, 0, TEMPLATE_BYTES);
  etherSetAddresses(header, etherAddresses(DESTINATION_MAC, SOURCE_MAC), etherAddressesRest(SOURCE_MAC));
  store<u16>(header, bswap<u16>(0x0800), 12);
  store<u8>(ip, 0x45);
  store<u16>(ip, bswap<u16>((length - 14) as u16), 2);
  store<u8>(ip, 64, 8);
  store<u8>(ip, 17, 9);
  store<u32>(ip, bswap<u32>(SOURCE), 12);
  store<u16>(udp, bswap<u16>(UDP_SOURCE));
  store<u16>(udp, bswap<u16>(UDP_DESTINATION), 2);
  store<u16>(udp, bswap<u16>((length - 34) as u16), 4);
  s.templateSum = 0;
  for (let i: usize = 0; i < 16; i += 2) s.templateSum += load<u16>(ip + i);
}

/** @returns packets generated */
export function flowgenForward(lcore: usize, stream: usize): u32 {
  const s = changetype<Stream>(stream), l = changetype<Lcore>(lcore), c = changetype<ForwardConfig>(s.config as usize);
  const received = streamRx(lcore, stream), packets: usize = l.packets;
  if (received) {
    charge(lcore, STAGE_FWD_RXONLY, received, l.packetBytes); // rxonly's work; the engine's own stage is what it makes
    streamConsume(lcore, stream, packets, received);
  }
  const n = c.clones ? clone(lcore, s, c) : generate(lcore, s, c);
  streamHold(lcore, n, n * (c.length - FCS_BYTES));
  countAdd(changetype<PortQueue>(s.txq as usize), COUNTER_GENERATED, n);
  streamCharge(lcore, stream, n);
  s.rollback = ROLLBACK_FLOW;
  streamTx(lcore, stream, n);
  return n + received;
}

/** Takes up to a burst of mbufs one after the other; a bulk from the cache gives the same ones in the same order. */
function take(lcore: usize, pool: usize, packets: usize, burst: u32): u32 {
  if (mempoolCacheCount(pool, changetype<Lcore>(lcore).id) >= burst) return mempoolGet(lcore, pool, packets, burst);
  let n: u32 = 0;
  while (n < burst && mempoolGet(lcore, pool, packets + (n << 2), 1)) n++;
  return n;
}

/** A burst of new packets, a flow each. @returns packets */
function generate(lcore: usize, s: Stream, c: ForwardConfig): u32 {
  const l = changetype<Lcore>(lcore), packets: usize = l.packets, flows = c.flows;
  const n = take(lcore, changetype<PortQueue>(s.rxq as usize).pool, packets, s.burst);
  let flow = l.nextFlow as u32;
  // A burst is cut where the flows start again, so that the loop has no branch for it.
  for (let done: u32 = 0; done < n; ) {
    const part = flow < flows ? min<u32>(n - done, flows - flow) : 1; // a number that was lowered leaves one packet beyond it
    flowgenFill(packets + (done << 2), part, s, c.length - FCS_BYTES, flow);
    done += part;
    flow = flow + part >= flows ? 0 : flow + part;
  }
  l.nextFlow = flow as i32;
  return n;
}

/** Makes n packets of consecutive flows. */
export function flowgenFill(packets: usize, n: u32, s: Stream, length: u32, flow: u32): void {
  const header: usize = s.template + TEMPLATE_BYTES, port = changetype<PortConfig>(s.txPort as usize);
  const a = v128.load(header), b = v128.load(header, 16), udp = load<u64>(header, 34), constant = s.templateSum;
  const flags = port.txFlags, lengths = length | (<u32>port.vlanTci << 16), outer = port.vlanTciOuter;
  let destination = DESTINATION + flow;
  for (let p = packets, end = packets + (n << 2); p < end; p += 4) {
    const m: usize = load<u32>(p), address = bswap<u32>(destination++);
    let sum = constant + (address & 0xffff) + (address >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum += sum >> 16;
    mbufReset(m, REARM, length, NO_NUMBER);
    store<u32>(m, lengths, offsetof<Mbuf>("dataLen"));
    store<u64>(m, flags, offsetof<Mbuf>("olFlags"));
    store<u64>(m, TX_OFFLOAD_ETHER_IPV4, offsetof<Mbuf>("txOffload"));
    store<u16>(m, outer, offsetof<Mbuf>("vlanTciOuter"));
    const at = mbufData(m);
    v128.store(at, a);
    v128.store(at, b, 16);
    store<u16>(at, ~sum as u16, 24);
    store<u32>(at, address, 30);
    store<u64>(at, udp, 34);
  }
}

/** A burst in which each new packet is followed by its clones. @returns packets */
function clone(lcore: usize, s: Stream, c: ForwardConfig): u32 {
  const l = changetype<Lcore>(lcore), packets: usize = l.packets, pool = changetype<PortQueue>(s.rxq as usize).pool;
  const clones = min<u32>(c.clones, s.burst);
  let left: u32 = 0, m: u32 = 0, n: u32 = 0;
  for (; n < s.burst; n++) {
    const place = packets + (n << 2);
    if (left == 0) {
      if (!mempoolGet(lcore, pool, place, 1)) break;
      flowgenFill(place, 1, s, c.length - FCS_BYTES, l.nextFlow as u32);
      m = load<u32>(place);
      left = clones;
    } else {
      addRefcnt(m + offsetof<Mbuf>("refcnt"), 1);
      store<u32>(place, m);
      left--;
    }
    l.nextFlow = l.nextFlow + 1 >= (c.flows as i32) ? 0 : l.nextFlow + 1;
  }
  return n;
}
