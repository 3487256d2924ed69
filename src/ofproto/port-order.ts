// port-order - ports in the order of a hash map of their numbers (lib/hmap.c): that in which a bridge floods, whose map is made anew by each change
// of its ports, and in which the datapath hands out rx queues.
import { hashBytes, hashInt } from "./hash.ts";

interface Numbered {
  readonly number: number;
}

/** As many buckets as a map of n entries has, less one. */
function maskFor(n: number): number {
  let mask = n >>> 1;
  for (let shift = 1; shift < 32; shift *= 2) mask |= mask >>> shift;
  return mask | ((mask & 1) << 1);
}

/** ports: in the order in which they are put into the map */
export function portOrder<T extends Numbered>(ports: readonly T[]): T[] {
  return mapOrder(ports, ({ number }) => hashInt(number, 0));
}

/** The same of a map by name (hash_string). */
export function nameOrder<T extends { readonly name: string }>(ports: readonly T[]): T[] {
  return mapOrder(ports, ({ name }) => hashBytes(new TextEncoder().encode(name), 0));
}

function mapOrder<T>(ports: readonly T[], hashOf: (port: T) => number): T[] {
  let mask = 0;
  let buckets: T[][] = [[]];
  let n = 0;
  const put = (port: T): void => void buckets[hashOf(port) & mask]!.unshift(port);
  for (const port of ports) {
    put(port);
    if (++n >>> 1 <= mask) continue;
    const old = buckets.flat();
    mask = maskFor(n);
    buckets = Array.from({ length: mask + 1 }, () => []);
    old.forEach(put);
  }
  return buckets.flat();
}
