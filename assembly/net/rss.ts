// rss - which rx queue a frame goes to: Toeplitz over addresses and, for TCP and UDP that are no fragments, ports.
// Follows Microsoft's RSS definition as rte_softrss computes it; up to two VLAN tags are skipped; anything not IP hashes to 0, so
// to the queue of entry 0. No state; the key is an argument.
// Not modelled: IPv6 extension headers (such packets hash on addresses), SCTP ports, symmetric keys.
import { toeplitz } from "../memory/hash";

const ETHERTYPE_IPV4: u32 = 0x0800;
const ETHERTYPE_IPV6: u32 = 0x86dd;
const ETHERTYPE_VLAN: u32 = 0x8100;
const ETHERTYPE_QINQ: u32 = 0x88a8;
const PROTO_TCP: u32 = 6;
const PROTO_UDP: u32 = 17;

// @ts-ignore: decorator
@inline
function be16(at: usize): u32 {
  return bswap<u16>(load<u16>(at));
}

/** key: 44 bytes; frame of n bytes; scratch: 40 bytes for the tuple. @returns the RSS hash, 0 when the frame has none */
export function rssHash(key: usize, frame: usize, n: u32, scratch: usize): u32 {
  let at: u32 = 14;
  if (n < 14) return 0;
  let type = be16(frame + 12);
  for (let tags = 0; tags < 2 && (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ); tags++) {
    if (n < at + 4) return 0;
    type = be16(frame + at + 2);
    at += 4;
  }
  let addresses: u32, l4: u32, proto: u32;
  if (type == ETHERTYPE_IPV4) {
    if (n < at + 20) return 0;
    const header = (<u32>load<u8>(frame + at) & 15) << 2;
    addresses = 8;
    memory.copy(scratch, frame + at + 12, 8);
    proto = be16(frame + at + 6) & 0x3fff ? 0 : <u32>load<u8>(frame + at + 9); // a fragment has no ports
    l4 = at + header;
  } else if (type == ETHERTYPE_IPV6) {
    if (n < at + 40) return 0;
    addresses = 32;
    memory.copy(scratch, frame + at + 8, 32);
    proto = load<u8>(frame + at + 6);
    l4 = at + 40;
  } else {
    return 0;
  }
  if ((proto == PROTO_TCP || proto == PROTO_UDP) && n >= l4 + 4) {
    store<u32>(scratch + addresses, load<u32>(frame + l4));
    addresses += 4;
  }
  return toeplitz(key, scratch, addresses);
}
