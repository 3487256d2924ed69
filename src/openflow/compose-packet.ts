// compose-packet - a packet that has a flow's headers (flow_compose of OVS 3.1): what netdev-dummy/receive feeds in and
// ofproto/trace -generate traces. Payload, where a protocol has one, counts up from 0; TCP segments with SYN, FIN or
// RST have none.
import {
  FLOW_ARP_SHA,
  FLOW_ARP_THA,
  FLOW_DL_DST,
  FLOW_DL_TYPE,
  FLOW_IGMP_GROUP,
  FLOW_IPV6_LABEL,
  FLOW_IPV6_SRC,
  FLOW_MPLS_LSE,
  FLOW_ND_TARGET,
  FLOW_NW_DST,
  FLOW_NW_FRAG,
  FLOW_NW_PROTO,
  FLOW_NW_SRC,
  FLOW_NW_TOS,
  FLOW_NW_TTL,
  FLOW_TCP_FLAGS,
  FLOW_TP_DST,
  FLOW_TP_SRC,
  FLOW_VLAN_TCI,
  FLOW_VLAN_TPID,
} from "../../assembly/abi/flow.ts";
import {
  DL_TYPE_NONE,
  ETH_TYPE_IP,
  FRAG_ANY,
  FRAG_LATER,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IGMP,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  isArpType,
  isIpAny,
  isMplsType,
  ND_NEIGHBOR_ADVERT,
  ND_NEIGHBOR_SOLICIT,
} from "./field-prereqs.ts";
import type { Flow } from "./flow.ts";

/** Bytes of payload where nothing else is said. */
const DEFAULT_PAYLOAD = 64;

const ETH_HEADER = 14;
const VLAN_CFI = 0x1000;
const IP_MORE_FRAGMENTS = 0x2000;
const LATER_OFFSET = 100;
const MPLS_BOS = 0x100;
const MPLS_LABELS = 3;
const TCP_SYN_FIN_RST = 0x07;
const ARP_REQUEST = 1;
const ARP_REPLY = 2;
const ICMP_ECHOS = [0, 8];
const ICMPV6_ECHOS = [128, 129];
const ND_SOURCE = 1;
const ND_TARGET = 2;

/** Bytes one behind the other. */
class Packet {
  readonly bytes: number[] = [];

  put8(...values: readonly number[]): void {
    for (const value of values) this.bytes.push(value & 0xff);
  }

  put16(...values: readonly number[]): void {
    for (const value of values) this.put8(value >>> 8, value);
  }

  put32(...values: readonly number[]): void {
    for (const value of values) this.put16(value >>> 16, value & 0xffff);
  }

  put(bytes: Uint8Array): void {
    for (const byte of bytes) this.bytes.push(byte);
  }

  set16(at: number, value: number): void {
    this.bytes[at] = (value >>> 8) & 0xff;
    this.bytes[at + 1] = value & 0xff;
  }
}

/** The one's complement sum of 16-bit words, carries not yet folded in. */
function sum(bytes: readonly number[], from: number, to: number): number {
  let total = 0;
  for (let i = from; i < to; i += 2) total += (bytes[i]! << 8) | (i + 1 < to ? bytes[i + 1]! : 0);
  return total;
}

function fold(total: number): number {
  let left = total;
  while (left > 0xffff) left = (left & 0xffff) + (left >>> 16);
  return ~left & 0xffff;
}

function hasTransport(flow: Flow): boolean {
  return (flow.u8(FLOW_NW_FRAG) & FRAG_LATER) === 0;
}

function putNeighbor(packet: Packet, flow: Flow): void {
  packet.put(flow.slice(FLOW_ND_TARGET, 16));
  for (const [at, option] of [
    [FLOW_ARP_SHA, ND_SOURCE],
    [FLOW_ARP_THA, ND_TARGET],
  ] as const) {
    if (flow.isZero(at, 6)) continue;
    packet.put8(option, 1);
    packet.put(flow.slice(at, 6));
  }
}

function putTransport(packet: Packet, flow: Flow, payload: Uint8Array): void {
  const source = flow.be16(FLOW_TP_SRC);
  const destination = flow.be16(FLOW_TP_DST);
  switch (flow.u8(FLOW_NW_PROTO)) {
    case IPPROTO_TCP: {
      const flags = flow.be16(FLOW_TCP_FLAGS);
      packet.put16(source, destination);
      packet.put32(0, 0);
      packet.put16((5 << 12) | (flags & 0xfff), 0, 0, 0);
      if ((flags & TCP_SYN_FIN_RST) === 0) packet.put(payload);
      break;
    }
    case IPPROTO_UDP:
      packet.put16(source, destination, 8 + payload.length, 0);
      packet.put(payload);
      break;
    case IPPROTO_SCTP:
      packet.put16(source, destination);
      packet.put32(0, 0);
      break;
    case IPPROTO_ICMP:
      packet.put8(source, destination, 0, 0);
      packet.put32(0);
      if (ICMP_ECHOS.includes(source & 0xff) && (destination & 0xff) === 0) packet.put(payload);
      break;
    case IPPROTO_IGMP:
      packet.put8(source, destination, 0, 0);
      packet.put32(flow.be32(FLOW_IGMP_GROUP));
      break;
    case IPPROTO_ICMPV6: {
      const type = source & 0xff;
      packet.put8(type, destination, 0, 0);
      packet.put32(flow.be32(FLOW_IGMP_GROUP));
      if ((destination & 0xff) !== 0) break;
      if (type === ND_NEIGHBOR_SOLICIT || type === ND_NEIGHBOR_ADVERT) putNeighbor(packet, flow);
      else if (ICMPV6_ECHOS.includes(type)) packet.put(payload);
    }
  }
}

/** Where checksums of transport headers are, and whether a pseudo header is summed with them. */
const CHECKSUMS = new Map<number, readonly [offset: number, pseudo: boolean]>([
  [IPPROTO_TCP, [16, true]],
  [IPPROTO_UDP, [6, true]],
  [IPPROTO_ICMP, [2, false]],
  [IPPROTO_IGMP, [2, false]],
  [IPPROTO_ICMPV6, [2, true]],
]);

function sumTransport(packet: Packet, flow: Flow, l3: number, l4: number): void {
  const proto = flow.u8(FLOW_NW_PROTO);
  const place = CHECKSUMS.get(proto);
  if (place === undefined || !hasTransport(flow)) return;
  const { bytes } = packet;
  const [offset, pseudo] = place;
  packet.set16(l4 + offset, 0);
  let total = sum(bytes, l4, bytes.length);
  if (pseudo) {
    const addresses = flow.be16(FLOW_DL_TYPE) === ETH_TYPE_IP ? [l3 + 12, l3 + 20] : [l3 + 8, l3 + 40];
    total += sum(bytes, addresses[0]!, addresses[1]!) + proto + (bytes.length - l4);
  }
  const checksum = fold(total);
  packet.set16(l4 + offset, proto === IPPROTO_UDP && checksum === 0 ? 0xffff : checksum);
}

/** Lengths and checksums of IP and what it carries, as the packet now is. */
function finishIp(packet: Packet, flow: Flow, l3: number, l4: number): void {
  const { bytes } = packet;
  if (flow.be16(FLOW_DL_TYPE) === ETH_TYPE_IP) {
    packet.set16(l3 + 2, bytes.length - l3);
    packet.set16(l3 + 10, 0);
    packet.set16(l3 + 10, fold(sum(bytes, l3, l4)));
  } else {
    packet.set16(l3 + 4, bytes.length - l4);
  }
  sumTransport(packet, flow, l3, l4);
}

function putIpv4(packet: Packet, flow: Flow): void {
  const frag = flow.u8(FLOW_NW_FRAG);
  const offset = (frag & FRAG_ANY ? IP_MORE_FRAGMENTS : 0) | (frag === (FRAG_ANY | FRAG_LATER) ? LATER_OFFSET : 0);
  packet.put8(0x45, flow.u8(FLOW_NW_TOS));
  packet.put16(0, 0, offset);
  packet.put8(flow.u8(FLOW_NW_TTL), flow.u8(FLOW_NW_PROTO));
  packet.put16(0);
  packet.put32(flow.be32(FLOW_NW_SRC), flow.be32(FLOW_NW_DST));
}

function putIpv6(packet: Packet, flow: Flow): void {
  packet.put32(((6 << 28) | (flow.u8(FLOW_NW_TOS) << 20) | flow.be32(FLOW_IPV6_LABEL)) >>> 0);
  packet.put16(0);
  packet.put8(flow.u8(FLOW_NW_PROTO), flow.u8(FLOW_NW_TTL));
  packet.put(flow.slice(FLOW_IPV6_SRC, 32));
}

function putArp(packet: Packet, flow: Flow): void {
  const operation = flow.u8(FLOW_NW_PROTO);
  const known = operation === ARP_REQUEST || operation === ARP_REPLY;
  packet.put16(1, ETH_TYPE_IP);
  packet.put8(6, 4);
  packet.put16(operation);
  packet.put(known ? flow.slice(FLOW_ARP_SHA, 6) : new Uint8Array(6));
  packet.put32(known ? flow.be32(FLOW_NW_SRC) : 0);
  packet.put(known ? flow.slice(FLOW_ARP_THA, 6) : new Uint8Array(6));
  packet.put32(known ? flow.be32(FLOW_NW_DST) : 0);
}

function putMpls(packet: Packet, flow: Flow): void {
  for (let i = 0; i < MPLS_LABELS; i++) {
    const lse = flow.be32(FLOW_MPLS_LSE + 4 * i);
    packet.put32(lse);
    if (lse & MPLS_BOS) break;
  }
}

function putEthernet(packet: Packet, flow: Flow): void {
  packet.put(flow.slice(FLOW_DL_DST, 12));
  for (const i of [0, 4]) {
    const tci = flow.be16(FLOW_VLAN_TCI + i);
    if (tci & VLAN_CFI) packet.put16(flow.be16(FLOW_VLAN_TPID + i), tci & ~VLAN_CFI);
  }
  packet.put16(flow.be16(FLOW_DL_TYPE));
}

/**
 * Makes a packet longer with zeros, and its lengths and checksums right again, as netdev-dummy/receive's --len does.
 */
function expand(packet: Packet, flow: Flow, l3: number, l4: number, length: number): void {
  const extra = length - packet.bytes.length;
  for (let i = 0; i < extra; i++) packet.bytes.push(0);
  if (!isIpAny(flow.be16(FLOW_DL_TYPE))) return;
  // the reference counts what was added to UDP twice
  if (flow.u8(FLOW_NW_PROTO) === IPPROTO_UDP && hasTransport(flow)) {
    packet.set16(l4 + 4, packet.bytes.length - l4 + extra);
  }
  finishIp(packet, flow, l3, l4);
}

/**
 * @param payload bytes, or how many of them
 * @param length of the packet that is wanted, which must not be less than the headers
 * @returns undefined: the packet is longer than that
 */
export function composePacket(
  flow: Flow,
  payload: Uint8Array | number = DEFAULT_PAYLOAD,
  length?: number,
): Uint8Array | undefined {
  const data = typeof payload === "number" ? Uint8Array.from({ length: payload }, (_, i) => i) : payload;
  const packet = new Packet();
  const dlType = flow.be16(FLOW_DL_TYPE);
  putEthernet(packet, flow);
  const l3 = packet.bytes.length;
  let l4 = l3;
  if (dlType === DL_TYPE_NONE) {
    packet.bytes.length = ETH_HEADER;
    packet.set16(12, Math.max(ETH_HEADER, length ?? 0));
  } else if (isIpAny(dlType)) {
    if (dlType === ETH_TYPE_IP) putIpv4(packet, flow);
    else putIpv6(packet, flow);
    l4 = packet.bytes.length;
    if (hasTransport(flow)) putTransport(packet, flow, data);
    finishIp(packet, flow, l3, l4);
  } else if (isArpType(dlType)) {
    putArp(packet, flow);
  } else if (isMplsType(dlType)) {
    putMpls(packet, flow);
  }
  if (length !== undefined && packet.bytes.length > length) return undefined;
  if (length !== undefined && packet.bytes.length < length) expand(packet, flow, l3, l4, length);
  return Uint8Array.from(packet.bytes);
}
