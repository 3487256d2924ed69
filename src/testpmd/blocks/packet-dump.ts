// packet-dump - what `set verbose` prints of each burst that is received or sent: dump_pkt_burst of app/test-pmd 22.11.
// Two lines a packet. Not modelled: flow restore information, FDIR matches, metadata and dynamic flags, which no device here sets.
import { formatMac } from "../../dpdk/address.ts";
import { hex, hex4 } from "./format.ts";
import { rxFlagNames, txFlagNames } from "./offload-flags.ts";
import { packetTypeOf } from "./packet-type.ts";

export interface DumpedPacket {
  /** The front of the frame: headers, all of them where it has so many bytes. */
  readonly bytes: Uint8Array;
  /** pkt_len. */
  readonly length: number;
  readonly segments: number;
  readonly olFlags: bigint;
  /** mbuf's packet_type, as a driver set it; 0 for none. */
  readonly packetType: number;
  /** hash.rss, shown where olFlags has RSS_HASH. */
  readonly rss: number;
  readonly vlanTci: number;
  readonly vlanTciOuter: number;
  /** The receive timestamp, µs, of drivers that keep one (net_pcap). */
  readonly timestamp?: bigint;
  /** The mbuf's port, shown with --rxq-share. */
  readonly port?: number;
}

export interface DumpedBurst {
  readonly port: number;
  readonly queue: number;
  readonly isRx: boolean;
  readonly packets: readonly DumpedPacket[];
  /** Of the mbufs. */
  readonly poolName: string;
}

const RX_VLAN = 1n << 0n;
const RX_RSS_HASH = 1n << 1n;
const RX_QINQ = 1n << 20n;

/** RTE_PTYPE_TUNNEL_MASK of the 16 bits that testpmd keeps of a packet type. */
const TUNNEL_MASK = 0xf000;
/** RTE_ETH_IS_IPV4_HDR. */
const PTYPE_L3_IPV4 = 0x10;
const PROTOCOL_UDP = 17;
const VXLAN_FRONT = 14 + 40 + 8 + 8;

/** The text of a burst; nothing for an empty one. */
export function packetDump(burst: DumpedBurst): string {
  const { port, queue, isRx, packets } = burst;
  if (packets.length === 0) return "";
  const head = `port ${port}/queue ${queue}: ${isRx ? "received" : "sent"} ${packets.length} packets\n`;
  return head + packets.map((packet) => packetLines(burst, packet)).join("");
}

function packetLines({ queue, isRx, poolName }: DumpedBurst, packet: DumpedPacket): string {
  const { bytes, olFlags } = packet;
  const type = packetTypeOf(bytes, packet.length);
  const names = type.names.length === 0 ? "UNKNOWN" : type.names.map((name) => `${name} `).join("");
  const has = (flag: bigint): boolean => (olFlags & flag) !== 0n;
  return [
    packet.port === undefined ? "" : `port ${packet.port}, `,
    `  src=${macAt(bytes, 6)} - dst=${macAt(bytes, 0)} - pool=${poolName}`,
    ` - type=${hex4((byteAt(bytes, 12) << 8) | byteAt(bytes, 13))} - length=${packet.length} - nb_segs=${packet.segments}`,
    has(RX_RSS_HASH) ? ` - RSS hash=${hex(packet.rss)} - RSS queue=${hex(queue)}` : "",
    packet.timestamp === undefined ? "" : ` - timestamp ${packet.timestamp} `,
    vlan(packet),
    packet.packetType === 0 ? "" : ` - hw ptype: ${packetTypeNames(packet.packetType)}`,
    ` - sw ptype: ${names}`,
    ...type.lengths.map(([name, length]) => ` - ${name}=${length}`),
    vxlan(packet),
    ` - ${isRx ? "Receive" : "Send"} queue=${hex(queue)}\n`,
    `  ol_flags: ${isRx ? rxFlagNames(olFlags) : txFlagNames(olFlags)}\n`,
  ].join("");
}

const byteAt = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;

function macAt(bytes: Uint8Array, at: number): string {
  let mac = 0n;
  for (let i = 5; i >= 0; i--) mac = (mac << 8n) | BigInt(byteAt(bytes, at + i));
  return formatMac(mac);
}

function vlan({ olFlags, vlanTci, vlanTciOuter }: DumpedPacket): string {
  if ((olFlags & RX_QINQ) !== 0n) return ` - QinQ VLAN tci=${hex(vlanTci)}, VLAN tci outer=${hex(vlanTciOuter)}`;
  return (olFlags & RX_VLAN) !== 0n ? ` - VLAN tci=${hex(vlanTci)}` : "";
}

/** Of a packet whose driver said that it is tunneled; IPv4 options are not looked at. */
function vxlan({ bytes, packetType }: DumpedPacket): string {
  if ((packetType & TUNNEL_MASK) === 0) return "";
  const isIpv4 = (packetType & PTYPE_L3_IPV4) !== 0;
  const protocol = byteAt(bytes, 14 + (isIpv4 ? 9 : 6));
  if (protocol !== PROTOCOL_UDP) return "";
  const udp = 14 + (isIpv4 ? 20 : 40);
  const front = new Uint8Array(VXLAN_FRONT);
  front.set(bytes.subarray(0, VXLAN_FRONT));
  const view = new DataView(front.buffer);
  const vni = view.getUint32(udp + 12);
  return (
    ` - VXLAN packet: packet type =${packetType & 0xffff}, Destination UDP port =${view.getUint16(udp + 2)},` +
    ` VNI = ${vni >>> 8}, last_rsvd = ${vni & 0xff}`
  );
}

/** By shift: names of the values from 1 on. */
const PTYPE_NAMES: readonly (readonly [shift: number, names: readonly string[]])[] = [
  [
    0,
    "ETHER ETHER_TIMESYNC ETHER_ARP ETHER_LLDP ETHER_NSH ETHER_VLAN ETHER_QINQ ETHER_PPPOE ETHER_FCOE ETHER_MPLS"
      .split(" ")
      .map((name) => `L2_${name}`),
  ],
  [
    4,
    [
      "L3_IPV4",
      "",
      "L3_IPV4_EXT",
      "L3_IPV6",
      "",
      "",
      "",
      "",
      "L3_IPV4_EXT_UNKNOWN",
      "",
      "",
      "L3_IPV6_EXT",
      "",
      "L3_IPV6_EXT_UNKNOWN",
    ],
  ],
  [8, "TCP UDP FRAG SCTP ICMP NONFRAG IGMP".split(" ").map((name) => `L4_${name}`)],
  [
    12,
    "IP GRE VXLAN NVGRE GENEVE GRENAT GTPC GTPU ESP L2TP VXLAN_GPE MPLS_IN_GRE MPLS_IN_UDP"
      .split(" ")
      .map((name) => `TUNNEL_${name}`),
  ],
  [16, "ETHER ETHER_VLAN ETHER_QINQ".split(" ").map((name) => `INNER_L2_${name}`)],
  [20, "IPV4 IPV4_EXT IPV6 IPV4_EXT_UNKNOWN IPV6_EXT IPV6_EXT_UNKNOWN".split(" ").map((name) => `INNER_L3_${name}`)],
  [24, "TCP UDP FRAG SCTP ICMP NONFRAG".split(" ").map((name) => `INNER_L4_${name}`)],
];
const LAYERS = ["L2", "L3", "L4", "TUNNEL", "INNER_L2", "INNER_L3", "INNER_L4"];

/** rte_get_ptype_name, of a type that is not 0. */
export function packetTypeNames(packetType: number): string {
  return PTYPE_NAMES.map(([shift, names], i) => {
    const value = (packetType >>> shift) & 0xf;
    return value === 0 ? "" : `${names[value - 1] || `${LAYERS[i]}_UNKNOWN`} `;
  }).join("");
}
