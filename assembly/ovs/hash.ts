// hash - OVS's hashes as Debian's amd64 build has them: MurmurHash3 x86_32 over 32-bit words (lib/hash.h, "mhash"; a build with SSE4.2 uses
// CRC32c and finds other values). Packet fields are hashed as a little-endian CPU reads them from the frame.
import { FLOW_DL_TYPE, FLOW_IPV6_SRC, FLOW_NW_PROTO, FLOW_NW_SRC, FLOW_TP_SRC } from "../abi/flow";
import { BE_ARP, BE_IPV4, BE_IPV6, PROTO_ICMP, PROTO_SCTP, PROTO_TCP, PROTO_UDP } from "../net/layers";
import { bit, FlowKey, KEY_VALUES, keyAt0, keyAt1 } from "./flow-key";

const PROTO_ICMPV6: u32 = 58;

/** hash_add: one word. A word of zero changes nothing but the rotation. */
// @ts-ignore: decorator
@inline
export function hashAdd(hash: u32, data: u32): u32 {
  hash ^= rotl<u32>(data * 0xcc9e2d51, 15) * 0x1b873593;
  return rotl<u32>(hash, 13) * 5 + 0xe6546b64;
}

// @ts-ignore: decorator
@inline
export function hashAdd64(hash: u32, data: u64): u32 {
  return hashAdd(hashAdd(hash, data as u32), (data >> 32) as u32);
}

/** hash_finish. last: what is mixed in at the end, mostly the number of bytes */
// @ts-ignore: decorator
@inline
export function hashFinish(hash: u32, last: u32): u32 {
  hash ^= last;
  hash ^= hash >> 16;
  hash *= 0x85ebca6b;
  hash ^= hash >> 13;
  hash *= 0xc2b2ae35;
  return hash ^ (hash >> 16);
}

/** hash_words: of n 32-bit words. */
export function hashWords(words: usize, n: u32, basis: u32): u32 {
  let hash = basis;
  for (const end = words + (n << 2); words < end; words += 4) hash = hashAdd(hash, load<u32>(words));
  return hashFinish(hash, n << 2);
}

/**
 * miniflow_hash_5tuple with basis 0: addresses, protocol, ports; ARP's opcode counts as protocol, ICMP's type and code as ports. It
 * stands in for the RSS hash of a packet that has none. Frames that are neither IP nor ARP all hash to 0x087fcd5c. TCP and UDP behind
 * IPv6 extension headers hash with the first of those as protocol: there, extraction itself sets the RSS hash
 * (dp_packet_update_rss_hash_ipv6_tcp_udp).
 */
export function hash5Tuple(key: usize): u32 {
  const map0 = changetype<FlowKey>(key).map0, map1 = changetype<FlowKey>(key).map1;
  if (!(map0 & bit(FLOW_DL_TYPE >> 3))) return hashFinish(0, 42);
  const type: u32 = load<u16>(keyAt0(key, FLOW_DL_TYPE >> 3), FLOW_DL_TYPE & 7);
  const l3 = key + KEY_VALUES + ((popcnt<u64>(map0) as usize) << 3); // the first value of map1
  let hash: u32 = 0, proto: u32 = 0;
  if (type == BE_IPV4 || type == BE_ARP) {
    const addresses: u64 = map1 & bit(FLOW_NW_SRC >> 3) ? load<u64>(l3) : 0;
    hash = hashAdd64(0, addresses);
  } else if (type == BE_IPV6) {
    const at = map1 & bit(FLOW_IPV6_SRC >> 3) ? l3 : 0; // page 0 is zero
    hash = hashAdd64(hashAdd64(hashAdd64(hashAdd64(0, load<u64>(at)), load<u64>(at, 8)), load<u64>(at, 16)), load<u64>(at, 24));
  } else {
    return hashFinish(0, 42);
  }
  if (map1 & bit(FLOW_NW_PROTO >> 3)) proto = load<u8>(keyAt1(key, FLOW_NW_PROTO >> 3), FLOW_NW_PROTO & 7);
  const hashProto = changetype<FlowKey>(key).hashProto;
  hash = hashAdd(hash, hashProto ? hashProto & 0xff : proto);
  if (proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP || proto == PROTO_ICMP || proto == PROTO_ICMPV6) {
    const ports: u32 = map1 & bit(FLOW_TP_SRC >> 3) ? load<u32>(keyAt1(key, FLOW_TP_SRC >> 3), FLOW_TP_SRC & 7) : 0;
    hash = hashAdd(hash, ports);
  }
  return hashFinish(hash, 42);
}

/** netdev_flow_mask_init's: values, then the map's two units; kept with the mask. */
export function hashMask(mask: usize): u32 {
  const m = changetype<FlowKey>(mask);
  let hash: u32 = 0;
  for (let at = mask + KEY_VALUES, end = at + (m.words << 3); at < end; at += 8) hash = hashAdd64(hash, load<u64>(at));
  return hashFinish(hashAdd64(hashAdd64(hash, m.map0), m.map1), m.words << 3);
}
