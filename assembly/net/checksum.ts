// checksum - the Internet checksum (RFC 1071) over headers in memory. No state.

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
