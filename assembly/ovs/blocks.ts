// blocks - memory of what a datapath makes and drops at run time (megaflows, subtables, their tables), out of one region that TypeScript
// gave. Sizes are powers of two from 64 bytes on; a block that is given back is used again for its size only, so a table that doubles
// leaves less behind than it has.
import { CACHE_LINE } from "../abi/limits";

@unmanaged
export class Blocks {
  next: u32; // the first byte never handed out
  end: u32;
}

/** Behind the struct: u32[32], free blocks by the power of their size; a free block's first word is the next one. */
const LISTS: usize = 8;
export const BLOCKS_BYTES: u32 = 136;

/** from, bytes: the region, cache-line aligned and zero */
export function blocksInit(blocks: usize, from: usize, bytes: u32): void {
  const b = changetype<Blocks>(blocks);
  b.next = from as u32;
  b.end = (from as u32) + bytes;
}

// @ts-ignore: decorator
@inline
function power(bytes: u32): u32 {
  return bytes <= CACHE_LINE ? 6 : 32 - (clz<u32>(bytes - 1) as u32);
}

/** @returns a zeroed block of that many bytes or more, 0 when the region is used up */
export function blockGet(blocks: usize, bytes: u32): usize {
  const b = changetype<Blocks>(blocks), size: u32 = 1 << power(bytes), list = blocks + LISTS + (power(bytes) << 2);
  let at: usize = load<u32>(list);
  if (at) {
    store<u32>(list, load<u32>(at));
    memory.fill(at, 0, size);
  } else {
    if (b.end - b.next < size) return 0;
    at = b.next;
    b.next += size;
  }
  return at;
}

export function blockPut(blocks: usize, at: usize, bytes: u32): void {
  const list = blocks + LISTS + (power(bytes) << 2);
  store<u32>(at, load<u32>(list));
  store<u32>(list, at as u32);
}
