// parse-match - the fields of ovs-ofctl's flow syntax: `tcp,nw_src=10.0.0.0/8,tp_dst=80`, shorthands, old and new
// names, subfields.
import { FLOW_DL_TYPE, FLOW_NW_PROTO, FLOW_PACKET_TYPE } from "../../assembly/abi/flow.ts";
import { UsageError } from "../errors.ts";
import type { MfField } from "./field.ts";
import {
  ETH_TYPE_ARP,
  ETH_TYPE_IP,
  ETH_TYPE_IPV6,
  ETH_TYPE_MPLS,
  ETH_TYPE_MPLS_MCAST,
  ETH_TYPE_RARP,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  OFPHTN_ETHERTYPE,
  PT_ETH,
} from "./field-prereqs.ts";
import { mfFromName } from "./field-table.ts";
import { mfFormat, mfParse, type NameContext } from "./field-text.ts";
import { mfSet } from "./field-value.ts";
import { Flow, type Match } from "./flow.ts";
import { P_ANY, type Protocols } from "./protocol.ts";
import { parseIntString } from "./scan.ts";
import { areBitsZero, matchSubfield, parseSubfield } from "./subfield.ts";

/** Words that stand for an Ethernet type, and an IP protocol where it is not 0. */
const PROTOCOLS = new Map<string, readonly [dlType: number, nwProto: number]>([
  ["ip", [ETH_TYPE_IP, 0]],
  ["ipv4", [ETH_TYPE_IP, 0]],
  ["ip4", [ETH_TYPE_IP, 0]],
  ["arp", [ETH_TYPE_ARP, 0]],
  ["icmp", [ETH_TYPE_IP, IPPROTO_ICMP]],
  ["tcp", [ETH_TYPE_IP, IPPROTO_TCP]],
  ["udp", [ETH_TYPE_IP, IPPROTO_UDP]],
  ["sctp", [ETH_TYPE_IP, IPPROTO_SCTP]],
  ["ipv6", [ETH_TYPE_IPV6, 0]],
  ["ip6", [ETH_TYPE_IPV6, 0]],
  ["icmp6", [ETH_TYPE_IPV6, IPPROTO_ICMPV6]],
  ["tcp6", [ETH_TYPE_IPV6, IPPROTO_TCP]],
  ["udp6", [ETH_TYPE_IPV6, IPPROTO_UDP]],
  ["sctp6", [ETH_TYPE_IPV6, IPPROTO_SCTP]],
  ["rarp", [ETH_TYPE_RARP, 0]],
  ["mpls", [ETH_TYPE_MPLS, 0]],
  ["mplsm", [ETH_TYPE_MPLS_MCAST, 0]],
]);

export function protocolShorthand(word: string): readonly [dlType: number, nwProto: number] | undefined {
  return PROTOCOLS.get(word);
}

export function anyMatch(): Match {
  return { flow: new Flow(), mask: new Flow() };
}

function setPacketType({ flow, mask }: Match, type: number): void {
  flow.setBe32(FLOW_PACKET_TYPE, type);
  mask.setBe32(FLOW_PACKET_TYPE, 0xffffffff);
}

/** Fields of packets imply Ethernet packets, where no packet type is given. */
function setDefaultPacketType(match: Match): void {
  if (match.mask.be32(FLOW_PACKET_TYPE) === 0) setPacketType(match, PT_ETH);
}

const valueBytes = new Uint8Array(16);
const maskBytes = new Uint8Array(16);
const values = Array.from({ length: 17 }, (_, n) => valueBytes.subarray(0, n));
const masks = Array.from({ length: 17 }, (_, n) => maskBytes.subarray(0, n));

/** Sets one field from text. @returns the protocols that carry it @throws UsageError */
function parseMatchField(field: MfField, text: string, match: Match, names: NameContext): Protocols {
  const value = values[field.bytes]!;
  const mask = masks[field.bytes]!;
  // no value: that the field is there is all that is asked, which is nothing
  mfParse(field, text === "" ? "0/0" : text, value, mask, names);
  const protocols = mfSet(field, value, mask, match);
  if (field.prereqs !== "none") setDefaultPacketType(match);
  return protocols;
}

/** `NXM_NX_REG0[0..7]=5`. */
function parseMatchSubfield(name: string, text: string, match: Match): Protocols {
  const subfield = parseSubfield(name);
  const { field, bits } = subfield;
  const value = new Uint8Array(field.bytes);
  if (parseIntString(text, 0, value) !== text.length) {
    throw new UsageError(`${name}: cannot parse integer value: ${text}`);
  }
  if (!areBitsZero(value, bits, field.bytes * 8 - bits)) {
    throw new UsageError(`${name}: value ${mfFormat(field, value, undefined)} does not fit into ${bits} bits`);
  }
  const protocols = matchSubfield(subfield, value, match);
  if (field.prereqs !== "none") setDefaultPacketType(match);
  return protocols;
}

/**
 * Adds what a key of a flow says of packets.
 * @returns the protocols that carry it; undefined: the key is not about packets
 * @throws UsageError
 */
export function parseMatchKey(key: string, value: string, match: Match, names: NameContext): Protocols | undefined {
  const shorthand = PROTOCOLS.get(key);
  if (shorthand !== undefined) {
    const { flow, mask } = match;
    flow.setBe16(FLOW_DL_TYPE, shorthand[0]);
    mask.setBe16(FLOW_DL_TYPE, 0xffff);
    if (shorthand[1] !== 0) {
      flow.setU8(FLOW_NW_PROTO, shorthand[1]);
      mask.setU8(FLOW_NW_PROTO, 0xff);
    }
    setDefaultPacketType(match);
    return P_ANY;
  }
  if (key === "eth") {
    setPacketType(match, PT_ETH);
    return P_ANY;
  }
  const field = mfFromName(key);
  if (field !== undefined) return parseMatchField(field, value, match, names);
  return key.includes("[") ? parseMatchSubfield(key, value, match) : undefined;
}

/** A packet type of the namespace of ethertypes is the Ethernet type, too. */
export function finishMatch({ flow, mask }: Match): void {
  const type = flow.be32(FLOW_PACKET_TYPE);
  if (mask.be32(FLOW_PACKET_TYPE) === 0xffffffff && type >>> 16 === OFPHTN_ETHERTYPE) {
    flow.setBe16(FLOW_DL_TYPE, type & 0xffff);
  }
}
