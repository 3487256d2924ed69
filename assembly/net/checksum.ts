// checksum - the Internet checksum (RFC 1071) over headers and packets in memory. No state.
//
// Two forms: checksumAdd sums big-endian words of a header, not folded; rawSum sums the words as they lie in memory, any length, and
// gives them folded. One's complement sums do not depend on byte order, so both stand for the same (RFC 1071, 2.B).

import { ipv4HeaderBytes } from "./layers";

/** Sum of n bytes as big-endian 16-bit words, not folded; an odd last byte counts as the high one. */
export function checksumAdd(data: usize, n: u32, sum: u32): u32 {
  let i: u32 = 0;
  for (; i + 1 < n; i += 2) sum += <u32>bswap<u16>(load<u16>(data + i));
  if (i < n) sum += <u32>load<u8>(data + i) << 8;
  return sum;
}

/** Folds and complements: the 16 bits to store, host order. */
export function checksumFinish(sum: u32): u32 {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

/** Folds a sum of words to 16 bits: 0 only of 0, as any order of folding gives. */
// @ts-ignore: decorator
@inline
export function sumFold(sum: u64): u32 {
  sum = (sum & 0xffff_ffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return ((sum & 0xffff) + (sum >> 16)) as u32;
}

/** Sum of an IPv4 header of the usual 20 bytes but for its checksum field, not folded. */
// @ts-ignore: decorator
@inline
export function ipv4Sum20(ip: usize): u64 {
  const a = load<u64>(ip), b = load<u64>(ip, 12);
  return (a & 0xffff_ffff) + (a >> 32) + <u64>load<u16>(ip, 8) + (b & 0xffff_ffff) + (b >> 32);
}

/** Sum of n bytes as little-endian words, an odd last byte being the low one; not folded. n < 2^20 */
export function rawSum(data: usize, n: u32): u64 {
  let sum: u64 = 0;
  const end = data + (n & ~15);
  if (n >= 64) {
    // four sums of 32 bits in two registers: the upper halves of u64 lanes take the carries
    let low = i64x2.splat(0), high = i64x2.splat(0);
    for (; data < end; data += 16) {
      const v = v128.load(data);
      low = i64x2.add(low, i64x2.extend_low_i32x4_u(v));
      high = i64x2.add(high, i64x2.extend_high_i32x4_u(v));
    }
    low = i64x2.add(low, high);
    sum = (i64x2.extract_lane(low, 0) as u64) + (i64x2.extract_lane(low, 1) as u64);
  }
  for (; data < end; data += 16) {
    const a = load<u64>(data), b = load<u64>(data, 8);
    sum += (a & 0xffff_ffff) + (a >> 32) + (b & 0xffff_ffff) + (b >> 32);
  }
  if (n & 8) {
    const a = load<u64>(data);
    sum += (a & 0xffff_ffff) + (a >> 32);
    data += 8;
  }
  if (n & 4) {
    sum += load<u32>(data);
    data += 4;
  }
  if (n & 2) {
    sum += load<u16>(data);
    data += 2;
  }
  if (n & 1) sum += load<u8>(data);
  return sum;
}

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
