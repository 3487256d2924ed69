// l3fwd - what l3fwd-power of DPDK 22.11 does with a packet (l3fwd_simple_forward, LPM): IPv4 headers are checked as RFC 1812 says and looked up among
// the example's own routes; the packet gets addresses, a TTL less one and its checksum field plus one, and goes into its port's tx buffer. Everything
// else is freed. Which rx queue is polled when, and when buffers are drained, is in l3fwd-loop.ts.
//
// As in the real one: the check has emptied the checksum field before one is added, so every packet leaves with the bytes 01 00 there; a TTL of 0
// goes on as 255; a header whose checksum is the other zero is dropped; options are summed as far as IHL says, beyond the frame as well.
import { DROP_NOT_IPV4, DROP_RFC1812, DROP_TX_FULL } from "../abi/drops";
import { TRACE_DROP } from "../abi/trace";
import { mbufFreeBurst } from "../mbuf/free";
import { Mbuf, mbufData } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { rawSum, sumFold } from "../net/checksum";
import { BE_IPV4, ETHER_BYTES, ipv4HeaderBytes } from "../net/layers";
import { portTxBurst } from "../port/port";
import { countDrop, PortQueue } from "../port/queue";
import { traceBurst } from "../port/trace";

/** What one lcore has: lcore_conf. */
@unmanaged
export class L3fwd {
  mode: u32; // L3FWD_*
  ports: u32; // mask of ports that packets may leave by
  armed: u32; // 1: it sleeps, or has slept until now
  wakeup: u32; // 1: the last sleep was ended by an interrupt
  idle: u32; // rx queues of this round that were found empty often enough
  suspend: u32; // of these, those that were found empty so often that the lcore may sleep
  queued: u32; // packets in tx buffers
  flushable: u32; // of these, those in buffers that time drains
  drained: u64; // ps: when tx buffers were drained last
}

/** An lcore's tx buffer for a port: rte_eth_dev_tx_buffer. */
@unmanaged
export class TxBuffer {
  mac: u64; // the port's, byte 0 lowest
  txq: u32; // PortQueue
  drains: u32; // 1: time drains it. An lcore without a tx queue of its own fills it and sends when it is full
  count: u32;
  reserved: u32;
}

export const MAX_PORTS: u32 = 32; // RTE_MAX_ETHPORTS
export const QUEUES_MAX: u32 = 16; // MAX_RX_QUEUE_PER_LCORE
export const BUFFER_PACKETS: u32 = 32; // MAX_PKT_BURST
/** Behind the struct: zero_rx_packet_count a queue, then the buffers. */
export const ZEROS: u32 = 64;
const BUFFERS: u32 = ZEROS + QUEUES_MAX * 4;
const BUFFER_HEAD: u32 = 24;
const BUFFER_BYTES: u32 = BUFFER_HEAD + BUFFER_PACKETS * 4;
if (offsetof<L3fwd>() > ZEROS) ERROR();
if (offsetof<TxBuffer>() > BUFFER_HEAD) ERROR();

const IPV4_HEADER: u32 = 20;
const MAC_MASK: u64 = 0xffff_ffff_ffff;
/** ipv4_l3fwd_route_array: N.1.1.0/24 to port N - 1, N from 1 to 8. */
const ROUTES: u32 = 8;
const ROUTE_REST: u32 = 0x010100;

export function l3fwdBytes(): u32 {
  return BUFFERS + MAX_PORTS * BUFFER_BYTES;
}

/** at: l3fwdBytes, 8-byte aligned; made anew. mode: L3FWD_*. ports: mask of those that packets may leave by */
export function l3fwdInit(at: usize, mode: u32, ports: u32): void {
  memory.fill(at, 0, l3fwdBytes());
  const f = changetype<L3fwd>(at);
  f.mode = mode;
  f.ports = ports;
}

/** Sets the way out by a port. mac: the port's, byte 0 lowest. drains: see TxBuffer */
export function l3fwdPort(at: usize, port: u32, txq: usize, mac: u64, drains: u32): void {
  const b = bufferOf(at, port);
  b.txq = txq as u32;
  b.mac = mac;
  b.drains = drains;
}

/** Packets in tx buffers. */
export function l3fwdQueued(at: usize): u32 {
  return changetype<L3fwd>(at).queued;
}

// @ts-ignore: decorator
@inline
export function bufferOf(at: usize, port: u32): TxBuffer {
  return changetype<TxBuffer>(at + BUFFERS + port * BUFFER_BYTES);
}

/** Forwards or frees each packet of a burst that came by a port. packets: u32[n] */
export function l3fwdBurst(lcore: usize, f: L3fwd, rxq: PortQueue, packets: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    const place = packets + (i << 2), m: usize = load<u32>(place), frame = mbufData(m), ip = frame + ETHER_BYTES;
    if (<u32>load<u16>(frame, 12) != BE_IPV4) {
      end(lcore, rxq, place, 1, DROP_NOT_IPV4);
    } else if (!isValid(ip, changetype<Mbuf>(m).pktLen)) {
      end(lcore, rxq, place, 1, DROP_RFC1812);
    } else {
      const hop = lookUp(bswap<u32>(load<u32>(ip, 16)), rxq.port), port = (f.ports >> hop) & 1 ? hop : rxq.port;
      const b = bufferOf(changetype<usize>(f), port);
      store<u64>(frame, 0x02 | (<u64>port << 40)); // 02:00:00:00:00:port
      store<u8>(ip, load<u8>(ip, 8) - 1, 8);
      store<u16>(ip, 1, 10); // the emptied field and one
      store<u32>(frame, b.mac as u32, 6);
      store<u16>(frame, (b.mac >> 32) as u16, 10);
      bufferPut(lcore, f, b, m);
    }
  }
}

/** is_valid_ipv4_pkt; empties the checksum field. length: the frame's, Ethernet header included, as there */
function isValid(ip: usize, length: u32): bool {
  if (length < IPV4_HEADER) return false;
  const found = load<u16>(ip, 10), bytes = ipv4HeaderBytes(ip);
  store<u16>(ip, 0, 10);
  if (found != ~(sumFold(rawSum(ip, bytes)) as u16)) return false;
  return load<u8>(ip) >> 4 == 4 && bytes >= IPV4_HEADER && <u32>bswap<u16>(load<u16>(ip, 2)) >= IPV4_HEADER;
}

/** rte_lpm_lookup. address: host order. @returns the next hop, or `miss` */
function lookUp(address: u32, miss: u32): u32 {
  const route = address >> 24;
  return (address & 0xffff00) == ROUTE_REST && route - 1 < ROUTES ? route - 1 : miss;
}

/** rte_eth_tx_buffer */
function bufferPut(lcore: usize, f: L3fwd, b: TxBuffer, m: usize): void {
  store<u32>(changetype<usize>(b) + BUFFER_HEAD + (b.count << 2), m as u32);
  b.count++;
  f.queued++;
  if (b.drains) f.flushable++;
  if (b.count == BUFFER_PACKETS) bufferFlush(lcore, f, b);
}

/** rte_eth_tx_buffer_flush: what the queue does not take is freed. @returns packets that it was full of */
export function bufferFlush(lcore: usize, f: L3fwd, b: TxBuffer): u32 {
  const n = b.count, packets = changetype<usize>(b) + BUFFER_HEAD;
  if (n == 0) return 0;
  const sent = portTxBurst(lcore, b.txq, packets, n);
  if (sent < n) end(lcore, changetype<PortQueue>(b.txq as usize), packets + (sent << 2), n - sent, DROP_TX_FULL);
  b.count = 0;
  f.queued -= n;
  if (b.drains) f.flushable -= n;
  return n;
}

/** Frees n packets and counts why at a queue. */
function end(lcore: usize, q: PortQueue, packets: usize, n: u32, reason: u32): void {
  countDrop(q, reason, n);
  if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_DROP, changetype<usize>(q), packets, n, 0, reason, false);
  mbufFreeBurst(lcore, packets, n);
}
