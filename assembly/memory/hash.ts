// hash - Toeplitz, as NICs compute RSS (Microsoft's definition; rte_softrss). The 40-byte key is an argument: TypeScript writes it.

/** Hashes n bytes, most significant bit first. key: at least n + 4 bytes. @returns the 32-bit RSS hash */
export function toeplitz(key: usize, data: usize, n: u32): u32 {
  let hash: u32 = 0;
  let window: u64 = bswap<u64>(load<u64>(key)); // the 32 key bits in use are its top half
  for (let i: u32 = 0; i < n; i++) {
    const byte: u32 = load<u8>(data + i);
    for (let bit: u32 = 0; bit < 8; bit++) {
      if (byte & (0x80 >> bit)) hash ^= (window >> 32) as u32;
      window <<= 1;
    }
    // eight bits were shifted out at the top; the low 8 of the next key byte come in
    window |= <u64>load<u8>(key + i + 8);
  }
  return hash;
}
