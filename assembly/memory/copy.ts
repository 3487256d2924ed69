// copy - packet copies. Widths measured in V8: 32 to 64 bytes four straight v128 stores, up to 255 an unrolled v128 loop with
// an overlapping tail, else memory.copy.

/** A packet that copyPacket can copy. */
// @ts-ignore: decorator
@inline
export function isShort(n: u32): bool {
  return n - 32 <= 32;
}

/**
 * Copies a packet of 32 to 64 bytes, and touches no other byte: what lies behind a frame is seen by engines that look past its end.
 * Straight, so that the hot loops need no call.
 */
// @ts-ignore: decorator
@inline
export function copyPacket(to: usize, from: usize, n: u32): void {
  // the last 32 bytes overlap the first 32
  const rest: usize = n - 32, tail = from + rest, end = to + rest;
  const a = v128.load(from), b = v128.load(from, 16), c = v128.load(tail), d = v128.load(tail, 16);
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(end, c);
  v128.store(end, d, 16);
}

/** Copies a packet of any length, and touches no other byte. */
export function copyAny(to: usize, from: usize, n: u32): void {
  if (n >= 256 || n < 32) {
    memory.copy(to, from, n);
    return;
  }
  if (n <= 64) {
    copyPacket(to, from, n);
    return;
  }
  const end = from + n - 64;
  do {
    const a = v128.load(from), b = v128.load(from, 16), c = v128.load(from, 32), d = v128.load(from, 48);
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
    from += 64;
    to += 64;
  } while (from < end);
  to -= from - end;
  const a = v128.load(end), b = v128.load(end, 16), c = v128.load(end, 32), d = v128.load(end, 48);
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
}

/** Copies n u32 handles, eight at a time. */
// @ts-ignore: decorator
@inline
export function copyHandles(to: usize, from: usize, n: u32): void {
  const end = to + (n << 2);
  for (const eights = to + ((n & ~7) << 2); to < eights; to += 32, from += 32) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
  }
  for (; to < end; to += 4, from += 4) store<u32>(to, load<u32>(from));
}

/** Copies the n u32 handles that end at `top` (exclusive) in reverse order: a LIFO pop of n. */
// @ts-ignore: decorator
@inline
export function popHandles(to: usize, top: usize, n: u32): void {
  const end = to + (n << 2);
  for (const eights = to + ((n & ~7) << 2); to < eights; to += 32) {
    top -= 32;
    const high = v128.load(top, 16), low = v128.load(top);
    v128.store(to, v128.shuffle<u32>(high, high, 3, 2, 1, 0));
    v128.store(to, v128.shuffle<u32>(low, low, 3, 2, 1, 0), 16);
  }
  for (; to < end; to += 4) {
    top -= 4;
    store<u32>(to, load<u32>(top));
  }
}
