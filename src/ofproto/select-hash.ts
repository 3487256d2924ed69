// select-hash - a select group's hash values given to its buckets by their weights (Webster's method, group_setup_dp_hash_table).

const MIN_SLOTS = 16;
const MAX_SLOTS = 256;

/** @returns which bucket each hash value is for; undefined: there is nothing to give to, or it would take too many values */
export function hashSlots(weights: readonly number[]): number[] | undefined {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return undefined;
  const smallest = Math.min(...weights.filter((weight) => weight > 0));
  const n = Math.max(MIN_SLOTS, 2 ** Math.ceil(Math.log2(Math.ceil(total / smallest))));
  if (n > MAX_SLOTS) return undefined;
  const hits = weights.map(() => 0);
  return Array.from({ length: n }, () => {
    let winner = 0;
    const value = (i: number): number => weights[i]! / (2 * hits[i]! + 1);
    for (let i = 1; i < weights.length; i++) if (value(i) > value(winner)) winner = i;
    hits[winner]!++;
    return winner;
  });
}
