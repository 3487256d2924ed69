// checksum-update - an Internet checksum after a change of what it covers (RFC 1624), 16 bits at a time as OVS does it: which of the two zeros
// of one's complement comes out depends on the steps. Values are as they lie in memory.

/** recalc_csum16 */
// @ts-ignore: decorator
@inline
export function update16(sum: u32, before: u32, after: u32): u32 {
  const total = (~sum & 0xffff) + (~before & 0xffff) + after, folded = (total & 0xffff) + (total >> 16);
  return ~((folded & 0xffff) + (folded >> 16)) & 0xffff;
}

/** recalc_csum32 */
export function update32(sum: u32, before: u32, after: u32): u32 {
  return update16(update16(sum, before & 0xffff, after & 0xffff), before >> 16, after >> 16);
}

/** Of n bytes, an even number. */
export function updateBytes(sum: u32, before: usize, after: usize, n: u32): u32 {
  for (let i: u32 = 0; i < n; i += 2) sum = update16(sum, load<u16>(before + i), load<u16>(after + i));
  return sum;
}
