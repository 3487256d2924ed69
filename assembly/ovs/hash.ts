// hash - OVS's hashes as Debian's amd64 build has them: MurmurHash3 x86_32 over 32-bit words (lib/hash.h, "mhash"; a build with SSE4.2 uses
// CRC32c and finds other values). Packet fields are hashed as a little-endian CPU reads them from the frame.
import {
  FLOW_DL_DST, FLOW_DL_TYPE, FLOW_IPV6_DST, FLOW_IPV6_SRC, FLOW_NW_FRAG, FLOW_NW_PROTO, FLOW_NW_SRC, FLOW_TP_SRC, FLOW_VLAN_TPID,
} from "../abi/flow";
import { BE_ARP, BE_IPV4, BE_IPV6, PROTO_ICMP, PROTO_SCTP, PROTO_TCP, PROTO_UDP } from "../net/layers";
import { bit, FlowKey, KEY_VALUES, keyAt0, keyAt1, keyOffset } from "./flow-key";

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
  return hashTuple(key, 0, changetype<FlowKey>(key).hashProto);
}

/** flow_hash_5tuple */
export function flowHash5Tuple(key: usize, basis: u32): u32 {
  return hashTuple(key, basis, 0);
}

/** instead: 256 + what is hashed for the protocol, 0: nw_proto */
function hashTuple(key: usize, basis: u32, instead: u32): u32 {
  const map0 = changetype<FlowKey>(key).map0, map1 = changetype<FlowKey>(key).map1;
  if (!(map0 & bit(FLOW_DL_TYPE >> 3))) return hashFinish(basis, 42);
  const type: u32 = load<u16>(keyAt0(key, FLOW_DL_TYPE >> 3), FLOW_DL_TYPE & 7);
  // values of map1 in its order: addresses, then the word whose last byte is the protocol
  let value = key + KEY_VALUES + ((popcnt<u64>(map0) as usize) << 3), hash = basis;
  if (type == BE_IPV4 || type == BE_ARP) {
    if (map1 & bit(FLOW_NW_SRC >> 3)) {
      hash = hashAdd64(hash, load<u64>(value));
      value += 8;
    } else {
      hash = hashAdd64(hash, 0);
    }
  } else if (type == BE_IPV6) {
    const there = (map1 & bit(FLOW_IPV6_SRC >> 3)) != 0, at = there ? value : 0; // page 0 is zero
    hash = hashAdd64(hashAdd64(hashAdd64(hashAdd64(hash, load<u64>(at)), load<u64>(at, 8)), load<u64>(at, 16)), load<u64>(at, 24));
    if (there) value += 32;
  } else {
    return hashFinish(basis, 42);
  }
  const proto: u32 = map1 & bit(FLOW_NW_PROTO >> 3) ? load<u8>(value, FLOW_NW_PROTO & 7) : 0;
  hash = hashAdd(hash, instead ? instead & 0xff : proto);
  if (proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP || proto == PROTO_ICMP || proto == PROTO_ICMPV6) {
    const ports: u32 = map1 & bit(FLOW_TP_SRC >> 3) ? load<u32>(keyAt1(key, FLOW_TP_SRC >> 3), FLOW_TP_SRC & 7) : 0;
    hash = hashAdd(hash, ports);
  }
  return hashFinish(hash, 42);
}

/** flow_hash_symmetric_l3l4, without UDP's ports: the same for both directions of a connection. */
export function hashSymmetricL4(key: usize, basis: u32): u32 {
  const type: u32 = (wordAt(key, FLOW_DL_TYPE >> 3) >> ((FLOW_DL_TYPE & 7) << 3)) as u32 & 0xffff;
  let hash = basis;
  if (type == BE_IPV4) {
    const addresses = wordAt(key, FLOW_NW_SRC >> 3);
    hash = hashAdd(hash, (addresses ^ (addresses >> 32)) as u32);
  } else if (type == BE_IPV6) {
    hash = hashAdd64(hash, wordAt(key, FLOW_IPV6_SRC >> 3) ^ wordAt(key, FLOW_IPV6_DST >> 3));
    hash = hashAdd64(hash, wordAt(key, (FLOW_IPV6_SRC >> 3) + 1) ^ wordAt(key, (FLOW_IPV6_DST >> 3) + 1));
  } else {
    return hashSymmetricL2(key, type, basis);
  }
  const ip = wordAt(key, FLOW_NW_PROTO >> 3), proto = (ip >> ((FLOW_NW_PROTO & 7) << 3)) as u32, frag = (ip >> ((FLOW_NW_FRAG & 7) << 3)) as u32 & 3;
  hash = hashAdd(hash, proto);
  if (!frag && (proto == PROTO_TCP || proto == PROTO_SCTP)) {
    const ports = wordAt(key, FLOW_TP_SRC >> 3) as u32;
    hash = hashAdd(hash, (ports ^ (ports >> 16)) & 0xffff);
  }
  return hashFinish(hash, basis);
}

/** flow_hash_symmetric_l2 */
function hashSymmetricL2(key: usize, type: u32, basis: u32): u32 {
  const first = wordAt(key, FLOW_DL_DST >> 3), second = wordAt(key, (FLOW_DL_DST >> 3) + 1), tags = wordAt(key, FLOW_VLAN_TPID >> 3);
  const addresses = (first ^ (first >> 48 | (second << 16))) & 0xffff_ffff_ffff;
  const tci = ((tags >> 16) ^ (tags >> 48)) as u32 & BE_VID;
  return hashFinish(hashAdd64(hashAdd(basis, type | (tci << 16)), addresses), basis);
}

/** VLAN_VID_MASK as it lies in memory. */
const BE_VID: u32 = 0xff0f;

/** Word `word` of the struct flow that the key stands for. */
function wordAt(key: usize, word: u32): u64 {
  const offset = keyOffset(changetype<FlowKey>(key).map0, changetype<FlowKey>(key).map1, word);
  return offset ? load<u64>(key + offset) : 0;
}

/** hash_int */
export function hashInt(x: u32, basis: u32): u32 {
  return hashFinish(hashAdd(hashAdd(x, 0), basis), 8);
}

/** netdev_flow_mask_init's: values, then the map's two units; kept with the mask. */
export function hashMask(mask: usize): u32 {
  const m = changetype<FlowKey>(mask);
  let hash: u32 = 0;
  for (let at = mask + KEY_VALUES, end = at + (m.words << 3); at < end; at += 8) hash = hashAdd64(hash, load<u64>(at));
  return hashFinish(hashAdd64(hashAdd64(hash, m.map0), m.map1), m.words << 3);
}
