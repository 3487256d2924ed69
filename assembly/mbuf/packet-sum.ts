// packet-sum - the sum of a packet's bytes, of however many segments. Follows rte_raw_cksum_mbuf of DPDK 22.11, its way with odd segments included.
import { rawSum } from "../net/checksum";
import { Mbuf, mbufData } from "./mbuf";

/** What packetSum gives for bytes that the packet does not have. */
export const NO_SUM: u64 = u64.MAX_VALUE;

/** Sum of n bytes of the packet from `at` on, not folded. */
// @ts-ignore: decorator
@inline
export function packetSum(m: usize, at: u32, n: u32): u64 {
  return <u64>at + n <= <u64>load<u16>(m, offsetof<Mbuf>("dataLen")) ? rawSum(mbufData(m) + at, n) : chainSum(m, at, n);
}

/** As packetSum, of bytes not all in the first segment. */
function chainSum(m: usize, at: u32, n: u32): u64 {
  if (<u64>at + n > <u64>changetype<Mbuf>(m).pktLen) return NO_SUM;
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
