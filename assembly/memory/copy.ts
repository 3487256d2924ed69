// copy - packet copies. Widths measured in V8: 32 to 64 bytes four straight v128 stores, up to 255 an unrolled v128 loop with
// an overlapping tail, else memory.copy.

/** Copies a packet of n bytes, and touches no other byte: what lies behind a short frame is seen by engines that look past its end. */
// @ts-ignore: decorator
@inline
export function copyPacket(to: usize, from: usize, n: u32): void {
  if (n - 32 <= 32) {
    // 32..64: the last two overlap the first two
    const tail = from + n, a = v128.load(from), b = v128.load(from, 16), c = v128.load(tail - 32), d = v128.load(tail - 16);
    const end = to + n;
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(end - 32, c);
    v128.store(end - 16, d);
  } else {
    copyLong(to, from, n);
  }
}

function copyLong(to: usize, from: usize, n: u32): void {
  if (n >= 256 || n < 32) {
    memory.copy(to, from, n);
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

/** Copies n u32 handles, four at a time. */
// @ts-ignore: decorator
@inline
export function copyHandles(to: usize, from: usize, n: u32): void {
  const end = to + (n << 2), end4 = to + ((n & ~3) << 2);
  while (to < end4) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
  while (to < end) {
    store<u32>(to, load<u32>(from));
    to += 4;
    from += 4;
  }
}

/** Copies the n u32 handles that end at `top` (exclusive) in reverse order: a LIFO pop of n. */
// @ts-ignore: decorator
@inline
export function popHandles(to: usize, top: usize, n: u32): void {
  const end = to + (n << 2), end4 = to + ((n & ~3) << 2);
  while (to < end4) {
    top -= 16;
    v128.store(to, v128.shuffle<u32>(v128.load(top), v128.load(top), 3, 2, 1, 0));
    to += 16;
  }
  while (to < end) {
    top -= 4;
    store<u32>(to, load<u32>(top));
    to += 4;
  }
}
