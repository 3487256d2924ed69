// pseudo-header - the sum that a sender leaves in the L4 checksum field for others to finish: rte_ipv4_phdr_cksum and rte_ipv6_phdr_cksum
// of DPDK 22.11.
import { rawSum, sumFold } from "./checksum";
import { ipv4HeaderBytes } from "./layers";

/** ip: an IPv4 header. segmented: the length is not part of it, as rte_mbuf has it for TSO. @returns 16 bits as they lie in memory */
export function ipv4PseudoSum(ip: usize, segmented: bool): u32 {
  const addresses = load<u64>(ip, 12), length = (<u32>bswap<u16>(load<u16>(ip, 2)) - ipv4HeaderBytes(ip)) & 0xffff;
  const sum = (addresses & 0xffff_ffff) + (addresses >> 32) + (<u64>load<u8>(ip, 9) << 8);
  return sumFold(segmented ? sum : sum + <u64>bswap<u16>(length as u16));
}

export function ipv6PseudoSum(ip: usize, segmented: bool): u32 {
  const sum = rawSum(ip + 8, 32) + (<u64>load<u8>(ip, 6) << 8);
  return sumFold(segmented ? sum : sum + <u64>load<u16>(ip, 4));
}
