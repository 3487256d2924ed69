// random - chance for tests: a small generator with a seed, and a frame around a test that prints the seed when it fails.

export interface Random {
  /** An integer from 0 to n - 1. */
  below(n: number): number;
  /** An integer from low to high, both included. */
  between(low: number, high: number): number;
  /** One of the items. */
  pick<T>(items: readonly T[]): T;
  bytes(n: number): Uint8Array;
}

/** mulberry32: 32 bits of state, the same sequence everywhere. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const below = (n: number): number => next() % n;
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    pick: (items) => items[below(items.length)]!,
    bytes: (n) => Uint8Array.from({ length: n }, () => below(256)),
  };
}

/** Runs `body` with a generator; what it throws says the seed. */
export function withSeed(seed: number, body: (random: Random) => void): void {
  try {
    body(random(seed));
  } catch (error) {
    if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`;
    throw error;
  }
}
