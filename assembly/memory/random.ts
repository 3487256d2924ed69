// random - chance for the data plane: xorshift64* (Vigna 2016), its state an argument. Equal seeds give equal packets everywhere.
// Not DPDK's rte_rand, which seeds itself from the machine: which values come is nobody's to compare.

/** A state from any seed, never 0 (splitmix64's finaliser). */
export function randomSeed(seed: u64): u64 {
  let z = (seed + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31) | 1;
}

/** The next state. */
// @ts-ignore: decorator
@inline
export function randomStep(state: u64): u64 {
  state ^= state >> 12;
  state ^= state << 25;
  return state ^ (state >> 27);
}

/** A number below n from a state. */
// @ts-ignore: decorator
@inline
export function randomBelow(state: u64, n: u32): u32 {
  return (((state * 0x2545f4914f6cdd1d) >> 32) * n >> 32) as u32;
}
