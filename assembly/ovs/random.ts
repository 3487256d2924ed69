// random - random_uint32 of OVS's lib/random.c: xorshift of 32 bits (Marsaglia 2003). OVS seeds it from the machine; here the seed is an
// argument, so that whether a key is cached is the same in every run.

/** state: u32, not 0. @returns 1 to 2^32 - 1 */
export function randomNext(state: usize): u32 {
  let x = load<u32>(state);
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  store<u32>(state, x);
  return x;
}
