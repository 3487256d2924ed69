// csum-sum - the checksums that csum writes. Follows rte_ipv4_cksum and rte_ipv4_udptcp_cksum_mbuf of DPDK 22.11 and their like for IPv6.
import { Mbuf, mbufData } from "../mbuf/mbuf";
import { ipv4Sum20, rawSum, sumFold } from "../net/checksum";
import { BE_IPV4, ipv4HeaderBytes, PROTO_UDP } from "../net/layers";

/** What packetSum gives for bytes that the packet does not have. */
const NO_SUM: u64 = u64.MAX_VALUE;

/** Writes an IPv4 header's checksum, of as many bytes as it says it has. */
// @ts-ignore: decorator
@inline
export function ipv4WriteChecksum(ip: usize): void {
  const bytes = ipv4HeaderBytes(ip);
  store<u16>(ip, ~sumFold(bytes == 20 ? ipv4Sum20(ip) : ipv4LongSum(ip, bytes)) as u16, 10);
}

function ipv4LongSum(ip: usize, bytes: u32): u64 {
  store<u16>(ip, 0, 10);
  return rawSum(ip, bytes);
}

/**
 * Writes the UDP or TCP checksum at `field` of the packet m, over as many bytes as the IP header `ip` says. l4: where they start in it.
 * Of bytes that the packet does not have the sum is 0, so 0xffff is written.
 */
export function l4WriteChecksum(m: usize, ip: usize, l4: u32, ethertype: u32, field: usize): void {
  store<u16>(field, 0);
  let pseudo: u64, n: u32, proto: u32;
  if (ethertype == BE_IPV4) {
    const addresses = load<u64>(ip, 12);
    proto = load<u8>(ip, 9);
    n = (<u32>bswap<u16>(load<u16>(ip, 2)) - ipv4HeaderBytes(ip)) & 0xffff;
    pseudo = (addresses & 0xffff_ffff) + (addresses >> 32) + <u64>bswap<u16>(n as u16);
  } else {
    proto = load<u8>(ip, 6);
    n = bswap<u16>(load<u16>(ip, 4));
    pseudo = rawSum(ip + 8, 32) + <u64>load<u16>(ip, 4);
  }
  const sum = packetSum(m, l4, n);
  let checksum: u32 = 0xffff;
  if (sum != NO_SUM) {
    checksum = ~sumFold(sum + pseudo + (<u64>proto << 8)) & 0xffff;
    if (checksum == 0 && proto == PROTO_UDP) checksum = 0xffff;
  }
  store<u16>(field, checksum as u16);
}

/** Sum of n bytes of the packet from `at` on. */
// @ts-ignore: decorator
@inline
function packetSum(m: usize, at: u32, n: u32): u64 {
  return at + n <= <u32>load<u16>(m, offsetof<Mbuf>("dataLen")) ? rawSum(mbufData(m) + at, n) : chainSum(m, at, n);
}

/** As packetSum, of bytes not all in the first segment. */
function chainSum(m: usize, at: u32, n: u32): u64 {
  if (at + n > changetype<Mbuf>(m).pktLen) return NO_SUM;
  while (m && at >= <u32>changetype<Mbuf>(m).dataLen) {
    at -= changetype<Mbuf>(m).dataLen;
    m = changetype<Mbuf>(m).next;
  }
  let sum: u64 = 0, done: u32 = 0;
  while (m && done < n) {
    const part = min<u32>(n - done, <u32>changetype<Mbuf>(m).dataLen - at);
    // A segment that starts at an odd byte: the real one swaps the bytes of its sum's low half and forgets the rest.
    sum += done & 1 ? <u64>bswap<u16>(exactSum(mbufData(m) + at, part) as u16) : rawSum(mbufData(m) + at, part);
    done += part;
    at = 0;
    m = changetype<Mbuf>(m).next;
  }
  return done < n ? NO_SUM : sum;
}

/** Sum of n bytes as little-endian words, 32 bits wide: where its low half matters. */
function exactSum(data: usize, n: u32): u32 {
  let sum: u32 = 0;
  for (const end = data + (n & ~1); data < end; data += 2) sum += load<u16>(data);
  return n & 1 ? sum + load<u8>(data) : sum;
}
