// five-tuple-swap - the engine 5tswap: exchanges the MAC addresses, behind any number of 0x8100 and 0x88a8 tags the IPv4 or IPv6
// addresses, and behind those the UDP or TCP ports. Checksums stay right by themselves. Follows testpmd 22.11's 5tswap.
//
// No length is looked at: of a runt, what lies behind the frame in its buffer is exchanged. Fragments are treated as whole packets,
// IPv6 extension headers are not followed. l4_len is written, l2_len and l3_len end as 14 and 20.
// Tags are followed to the end of the buffer; the real one follows them into the next.
import { OL_FLAGS_KEPT } from "../mbuf/flags";
import { Mbuf, mbufData, TX_OFFLOAD_ETHER_IPV4 } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { etherSwapAddresses } from "../net/ethernet";
import {
  BE_IPV4, BE_IPV6, BE_QINQ, BE_VLAN, ETHER_BYTES, IPV6_BYTES, ipv4HeaderBytes, PROTO_TCP, PROTO_UDP, TAG_BYTES, tcpHeaderBytes, UDP_BYTES,
} from "../net/layers";
import { PortConfig } from "./config";
import { Stream, streamCharge, streamRx, streamTx } from "./stream";
import { txTag } from "./tx-metadata";

/** Bytes of the longest headers behind the tags: they have to lie in the buffer. */
const HEADERS_MAX: u32 = 60 + 20;
/** l4_len's place in tx_offload. */
const L4_SHIFT: u64 = 16;
const L4_MASK: u64 = 0xff << 16;
const L2_L3_MASK: u64 = 0xffff;

/** @returns packets received */
export function fiveTupleSwapForward(lcore: usize, stream: usize): u32 {
  const n = streamRx(lcore, stream);
  if (n) {
    const packets: usize = changetype<Lcore>(lcore).packets;
    fiveTupleSwapBurst(packets, n);
    txTag(packets, n, changetype<PortConfig>(changetype<Stream>(stream).txPort as usize));
    streamCharge(lcore, stream, n);
    streamTx(lcore, stream, n);
  }
  return n;
}

export function fiveTupleSwapBurst(packets: usize, n: u32): void {
  for (let p = packets, end = packets + (n << 2); p < end; p += 4) {
    const m: usize = load<u32>(p), frame = mbufData(m);
    store<u64>(m, load<u64>(m, offsetof<Mbuf>("olFlags")) & OL_FLAGS_KEPT, offsetof<Mbuf>("olFlags"));
    etherSwapAddresses(frame);
    let type: u32 = load<u16>(frame, 12), at = frame + ETHER_BYTES;
    if (type == BE_VLAN || type == BE_QINQ) {
      at = behindTags(m, at);
      type = load<u16>(at - 2);
    }
    let l4: usize, proto: u32;
    if (type == BE_IPV4) {
      store<u64>(at, rotr<u64>(load<u64>(at, 12), 32), 12);
      proto = load<u8>(at, 9);
      l4 = at + ipv4HeaderBytes(at);
    } else if (type == BE_IPV6) {
      const source = v128.load(at, 8);
      v128.store(at, v128.load(at, 24), 8);
      v128.store(at, source, 24);
      proto = load<u8>(at, 6);
      l4 = at + IPV6_BYTES;
    } else {
      proto = 0;
      l4 = 0;
    }
    let lengths = load<u64>(m, offsetof<Mbuf>("txOffload")) & ~L2_L3_MASK;
    if (proto == PROTO_UDP || proto == PROTO_TCP) {
      store<u32>(l4, rotr<u32>(load<u32>(l4), 16));
      lengths = (lengths & ~L4_MASK) | (<u64>(proto == PROTO_UDP ? UDP_BYTES : tcpHeaderBytes(l4)) << L4_SHIFT);
    }
    store<u64>(m, lengths | TX_OFFLOAD_ETHER_IPV4, offsetof<Mbuf>("txOffload"));
  }
}

/** Address behind the tags that start at `at`; the type is in the two bytes before. Where no header fits any more, that of a tag. */
function behindTags(m: usize, at: usize): usize {
  const mbuf = changetype<Mbuf>(m), last = (mbuf.buffer + <u32>mbuf.bufferLength - HEADERS_MAX - TAG_BYTES) as usize;
  for (; at <= last; at += TAG_BYTES) {
    const type: u32 = load<u16>(at, 2);
    if (type != BE_VLAN && type != BE_QINQ) return at + TAG_BYTES;
  }
  return at;
}
