// ethernet - a view on the Ethernet header: addresses as u64 with byte 0 lowest, as they lie in memory. No state.
// Frames shorter than 14 bytes are written all the same, as testpmd does: an mbuf's buffer always has room.

/** The first eight bytes of a header with these addresses. destination, source: 48 bits, byte 0 lowest. */
export function etherAddresses(destination: u64, source: u64): u64 {
  return destination | (source << 48);
}

/** The next four. */
export function etherAddressesRest(source: u64): u32 {
  return (source >> 16) as u32;
}

/** Writes both addresses, as etherAddresses and etherAddressesRest give them. */
// @ts-ignore: decorator
@inline
export function etherSetAddresses(frame: usize, addresses: u64, rest: u32): void {
  store<u64>(frame, addresses);
  store<u32>(frame, rest, 8);
}

/** Exchanges destination and source. */
// @ts-ignore: decorator
@inline
export function etherSwapAddresses(frame: usize): void {
  const low = load<u64>(frame), high = load<u32>(frame, 8);
  // low: d0..d5 s0 s1, high: s2..s5
  store<u64>(frame, (low >> 48) | (<u64>high << 16) | (low << 48));
  store<u32>(frame, (low >> 16) as u32, 8);
}
