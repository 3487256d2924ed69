// extract-l4 - what miniflow_extract of OVS 3.1 takes of TCP, UDP, SCTP, ICMP, IGMP and ICMPv6 with neighbour discovery. The protocol
// decides, not the IP version: ICMPv6 in IPv4 is read as well. A header that the IP length cuts off leaves no trace.
import { FLOW_ARP_SHA, FLOW_IGMP_GROUP, FLOW_ND_TARGET, FLOW_TCP_FLAGS, FLOW_TP_SRC } from "../abi/flow";
import { PROTO_ICMP, PROTO_SCTP, PROTO_TCP, PROTO_UDP, tcpHeaderBytes, UDP_BYTES } from "../net/layers";
import { bit, bits, FlowKey } from "./flow-key";

const PROTO_IGMP: u32 = 2;
const PROTO_ICMPV6: u32 = 58;
const TCP_BYTES: u32 = 20;
const SCTP_BYTES: u32 = 12;
const ICMP_BYTES: u32 = 8; // ICMPv6 with its data word, and IGMP, too
const ND_TARGET_BYTES: u32 = 16;
const ND_OPTION_BYTES: u32 = 8;
const ND_NEIGHBOR_SOLICIT: u32 = 135;
const ND_NEIGHBOR_ADVERT: u32 = 136;
const ND_OPT_SOURCE_LINKADDR: u32 = 1;
const ND_OPT_TARGET_LINKADDR: u32 = 2;

/** l4: n bytes. @returns where the key's next value would go */
export function extractL4(key: usize, at: usize, l4: usize, n: u32, proto: u32): usize {
  const k = changetype<FlowKey>(key);
  if (proto == PROTO_UDP) {
    if (n < UDP_BYTES) return at;
  } else if (proto == PROTO_TCP) {
    if (n < TCP_BYTES) return at;
    const header = tcpHeaderBytes(l4);
    if (header < TCP_BYTES || header > n) return at;
    k.map1 |= bit(FLOW_TCP_FLAGS >> 3);
    store<u64>(at, <u64>(<u32>load<u16>(l4, 12) & 0xff0f) << 32); // the twelve flag bits
    at += 8;
  } else if (proto == PROTO_SCTP) {
    if (n < SCTP_BYTES) return at;
  } else {
    return n < ICMP_BYTES ? at : extractIcmp(key, at, l4, n, proto);
  }
  k.map1 |= bit(FLOW_TP_SRC >> 3);
  store<u64>(at, <u64>load<u32>(l4));
  return at + 8;
}

function extractIcmp(key: usize, at: usize, l4: usize, n: u32, proto: u32): usize {
  if (proto != PROTO_ICMP && proto != PROTO_ICMPV6 && proto != PROTO_IGMP) return at;
  const k = changetype<FlowKey>(key), type: u32 = load<u8>(l4), code: u32 = load<u8>(l4, 1);
  const nd = proto == PROTO_ICMPV6 && code == 0 && (type == ND_NEIGHBOR_SOLICIT || type == ND_NEIGHBOR_ADVERT);
  if (nd) at = extractNd(key, at, l4 + ICMP_BYTES, n - ICMP_BYTES);
  // type and code stand where ports do, 16 bits each
  k.map1 |= bit(FLOW_TP_SRC >> 3);
  store<u64>(at, <u64>((type << 8) | (code << 24)));
  at += 8;
  if (nd || proto == PROTO_IGMP) {
    k.map1 |= bit(FLOW_IGMP_GROUP >> 3);
    store<u64>(at, <u64>load<u32>(l4, 4));
    at += 8;
  }
  return at;
}

/**
 * Target and link-layer addresses of a neighbour solicitation or advertisement. An option given twice makes target and addresses void,
 * but not the first option's type, which takes the place of TCP's flags. Options end at one of length 0 or one that is cut off.
 */
function extractNd(key: usize, at: usize, target: usize, n: u32): usize {
  const k = changetype<FlowKey>(key);
  let source: u64 = 0, destination: u64 = 0, first: u32 = 0, isVoid = false;
  const whole = n >= ND_TARGET_BYTES;
  if (whole) {
    let option = target + ND_TARGET_BYTES, left = n - ND_TARGET_BYTES;
    while (left >= ND_OPTION_BYTES) {
      const type: u32 = load<u8>(option), bytes = <u32>load<u8>(option, 1) << 3;
      if (!bytes || bytes > left) break;
      if (bytes == ND_OPTION_BYTES && (type == ND_OPT_SOURCE_LINKADDR || type == ND_OPT_TARGET_LINKADDR)) {
        const address = load<u64>(option) >> 16;
        if (type == ND_OPT_SOURCE_LINKADDR ? source : destination) {
          isVoid = true;
          break;
        }
        if (type == ND_OPT_SOURCE_LINKADDR) source = address;
        else destination = address;
        if (!first) first = type;
      }
      option += bytes;
      left -= bytes;
    }
  }
  if (isVoid) {
    source = 0;
    destination = 0;
  }
  if (whole && !isVoid) {
    k.map1 |= bits(FLOW_ND_TARGET >> 3, 2);
    v128.store(at, v128.load(target));
    at += 16;
  }
  k.map1 |= bits(FLOW_ARP_SHA >> 3, 2);
  store<u64>(at, source | (destination << 48));
  store<u64>(at, (destination >> 16) | (<u64>(first << 8) << 32), 8);
  return at + 16;
}
