// icmpecho - answers ARP requests for any address and ICMP echo requests on the port they came from (its streams transmit where they
// receive); everything else is freed. Follows testpmd 22.11's icmpecho.
//
// At most one 0x8100 tag is skipped. The ICMP header is looked for 20 bytes behind the IP header's start, whatever its options. The
// ICMP checksum is adjusted, not computed: a wrong one stays wrong; the IP header's stays unless the destination was 224.x.x.x, the
// only multicast it knows. A broadcast request is answered from a broadcast address.
// With bursts above 255 the real one never returns from a full burst of 256 or more (its index has 8 bits); this one does.
import { DUMP_ICMPECHO } from "../abi/dump";
import { mbufData } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { checksumAdd, checksumFinish } from "../net/checksum";
import { etherSwapAddresses } from "../net/ethernet";
import { BE_ARP, BE_IPV4, BE_VLAN, ETHER_BYTES, PROTO_ICMP, TAG_BYTES } from "../net/layers";
import { ForwardConfig } from "./config";
import { dumpBurst } from "./dump";
import { Stream, streamCharge, streamConsume, streamRx, streamTx } from "./stream";

/** hardware Ethernet, protocol IPv4, lengths 6 and 4, as an ARP header starts; then the operation. */
const ARP_ETHERNET_IPV4: u64 = 0x0406_0008_0100;
const ARP_BYTES_COMPARED: u64 = 0xffff_ffff_ffff;
const BE_ARP_REQUEST: u32 = 0x0100;
const BE_ARP_REPLY: u32 = 0x0200;
/** An ICMP header's first two bytes, type and code: echo request; and the first of a reply. */
const ECHO_REQUEST: u32 = 8;
const ECHO_REPLY: u32 = 0;
const MULTICAST: u32 = 224;

/** @returns packets received */
export function icmpechoForward(lcore: usize, stream: usize): u32 {
  const n = streamRx(lcore, stream);
  if (n == 0) return 0;
  const l = changetype<Lcore>(lcore), s = changetype<Stream>(stream), packets: usize = l.packets;
  if (changetype<ForwardConfig>(s.config as usize).verbose) dumpBurst(lcore, DUMP_ICMPECHO, s.rxq, packets, n);
  streamCharge(lcore, stream, n);
  const replies = icmpechoBurst(packets, n, l.scratch, s.addresses, s.addressesRest);
  if (replies < n) streamConsume(lcore, stream, l.scratch, n - replies);
  if (replies) streamTx(lcore, stream, replies);
  return n;
}

/** Makes replies of the requests of a burst. They move to the front in order; the others go to `rest`. @returns replies */
export function icmpechoBurst(packets: usize, n: u32, rest: usize, addresses: u64, addressesRest: u32): u32 {
  const source = (addresses >> 48) | (<u64>addressesRest << 16);
  let reply = packets;
  for (let p = packets, end = packets + (n << 2); p < end; p += 4) {
    const m = load<u32>(p), frame = mbufData(m);
    let type: u32 = load<u16>(frame, 12), l3 = frame + ETHER_BYTES;
    if (type == BE_VLAN) {
      type = load<u16>(frame, 16);
      l3 += TAG_BYTES;
    }
    const isReply = type == BE_IPV4 ? answerEcho(frame, l3) : type == BE_ARP ? answerArp(frame, l3, source) : false;
    if (isReply) {
      store<u32>(reply, m);
      reply += 4;
    } else {
      store<u32>(rest, m);
      rest += 4;
    }
  }
  return ((reply - packets) >> 2) as u32;
}

/** @returns whether it was an echo request and is a reply now */
// @ts-ignore: decorator
@inline
function answerEcho(frame: usize, ip: usize): bool {
  if (load<u8>(ip, 9) != PROTO_ICMP || <u32>load<u16>(ip, 20) != ECHO_REQUEST) return false;
  etherSwapAddresses(frame);
  if (load<u8>(ip, 16) == MULTICAST) answerMulticast(ip);
  else store<u64>(ip, rotr<u64>(load<u64>(ip, 12), 32), 12);
  store<u8>(ip, ECHO_REPLY, 20);
  // RFC 1624 over the words as they lie in memory: ~(~sum + ~old + new)
  let sum = (~(<u32>load<u16>(ip, 22)) & 0xffff) + (~ECHO_REQUEST & 0xffff) + ECHO_REPLY;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  store<u16>(ip, ~sum as u16, 22);
  return true;
}

/** Addresses and checksum of a reply to a multicast request: from an address beside the requester's. */
function answerMulticast(ip: usize): void {
  const requester = load<u32>(ip, 12), address = bswap<u32>(requester);
  store<u32>(ip, bswap<u32>((address & ~3) | ((address & 3) == 1 ? 2 : 1)), 12);
  store<u32>(ip, requester, 16);
  store<u16>(ip, 0, 10);
  const sum = checksumFinish(checksumAdd(ip, 20, 0));
  store<u16>(ip, bswap<u16>((sum ? sum : 0xffff) as u16), 10);
}

/** source: the tx port's address. @returns whether it was a request and is a reply now */
function answerArp(frame: usize, arp: usize, source: u64): bool {
  if ((load<u64>(arp) & ARP_BYTES_COMPARED) != ARP_ETHERNET_IPV4 || <u32>load<u16>(arp, 6) != BE_ARP_REQUEST) return false;
  // Ethernet: to its source, from us
  const low = load<u32>(frame, 6), high = load<u16>(frame, 10);
  store<u32>(frame, low);
  store<u16>(frame, high, 4);
  store<u32>(frame, source as u32, 6);
  store<u16>(frame, (source >> 32) as u16, 10);
  // sha 8, sip 14, tha 18, tip 24
  const address = load<u32>(arp, 14);
  store<u16>(arp, BE_ARP_REPLY as u16, 6);
  store<u32>(arp, load<u32>(arp, 8), 18);
  store<u16>(arp, load<u16>(arp, 12), 22);
  store<u32>(arp, source as u32, 8);
  store<u16>(arp, (source >> 32) as u16, 12);
  store<u32>(arp, load<u32>(arp, 24), 14);
  store<u32>(arp, address, 24);
  return true;
}
