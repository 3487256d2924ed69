// csum-sum - the checksums that csum writes. Follows rte_ipv4_cksum and rte_ipv4_udptcp_cksum_mbuf of DPDK 22.11 and their like for IPv6.
import { NO_SUM, packetSum } from "../mbuf/packet-sum";
import { rawSum, sumFold } from "../net/checksum";
import { BE_IPV4, ipv4HeaderBytes, PROTO_UDP } from "../net/layers";

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
