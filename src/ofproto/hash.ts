// hash - OVS's hashes as Debian's amd64 build has them (MurmurHash3 x86_32 over 32-bit words, lib/hash.h), for what chooses by hash: groups,
// bonds, multipath, bundle. Words are what a little-endian CPU reads.

/** hash_add: one word. */
export function hashAdd(hash: number, data: number): number {
  data = Math.imul(data, 0xcc9e2d51);
  data = (data << 15) | (data >>> 17);
  hash ^= Math.imul(data, 0x1b873593);
  hash = (hash << 13) | (hash >>> 19);
  return (Math.imul(hash, 5) + 0xe6546b64) | 0;
}

/** hash_finish, unsigned. last: what is mixed in at the end, mostly the number of bytes */
export function hashFinish(hash: number, last: number): number {
  hash ^= last;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** hash_2words. */
export function hashTwoWords(x: number, y: number): number {
  return hashFinish(hashAdd(hashAdd(x, 0), y), 8);
}

/** hash_int. */
export function hashInt(value: number, basis: number): number {
  return hashTwoWords(value, basis);
}

/** hash_uint64_basis, of the two halves of a 64-bit number. */
export function hashUint64(low: number, high: number, basis: number): number {
  return hashFinish(hashAdd(hashAdd(basis, low), high), 8);
}

/** hash_bytes: whole words first, the rest as the low bytes of one more. */
export function hashBytes(bytes: Uint8Array, basis: number): number {
  let hash = basis;
  for (let at = 0; at < bytes.length; at += 4) {
    let word = 0;
    for (let i = Math.min(at + 4, bytes.length) - 1; i >= at; i--) word = (word << 8) | bytes[i]!;
    hash = hashAdd(hash, word);
  }
  return hashFinish(hash, bytes.length);
}
