// echo-dump - what the icmpecho engine prints of each packet under `set verbose`: reply_to_icmp_echo_rqsts of app/test-pmd 22.11.
import { formatMac } from "../../dpdk/address.ts";
import { hex4 } from "./format.ts";

export interface EchoPacket {
  /** The front of the frame as it was received. */
  readonly bytes: Uint8Array;
  /** pkt_len. */
  readonly length: number;
  readonly segments: number;
}

const ETHER_TYPE_VLAN = 0x8100;
const ETHER_TYPE_ARP = 0x0806;
const ETHER_TYPE_IPV4 = 0x0800;
const ARP_HRD_ETHER = 1;
const PROTOCOL_ICMP = 1;
const ICMP_ECHO_REQUEST = 8;
/** Ethernet, one tag, ARP: as far as anything is read. */
const FRONT = 14 + 4 + 28;

const ARP_OPERATIONS: Readonly<Record<number, string>> = {
  1: "ARP Request",
  2: "ARP Reply",
  3: "Reverse ARP Request",
  4: "Reverse ARP Reply",
  8: "Peer Identify Request",
  9: "Peer Identify Reply",
};

/** From 0 on; what is not there is UNASSIGNED. */
const PROTOCOLS = (
  "IP6HOPOPTS ICMP IGMP GGP IPv4 UNASSIGNED TCP ST EGP PIGP RCC_MON NVPII PUP ARGUS EMCON XNET CHAOS UDP MUX DCN_MEAS " +
  "HMP PRM XNS_IDP TRUNK1 TRUNK2 LEAF1 LEAF2 RDP IRTP TP4 BLT NSP INP SEP 3PC IDPR XTP DDP CMTP TPXX ILTP IPv6_HDR SDRP " +
  "IPv6_RTG IPv6_FRAG IDRP RSVP GRE MHRP BHA ESP AH INLSP SWIPE NHRP UNASSIGNED UNASSIGNED UNASSIGNED ICMPv6 IPv6NONEXT " +
  "Ipv6DSTOPTS AHIP CFTP HELLO SATEXPAK KRYPTOLAN RVD IPPC ADFS SATMON VISA IPCV CPNX CPHB WSN PVP BRSATMON ND WBMON " +
  "WBEXPAK EON VMTP SVMTP VINES TTP IGP DGP TCF IGRP OSPFIGP SRPC LARP MTP AX25 4IN4 MICP SCCSP ETHERIP ENCAP AES GMTP " +
  "IPCOMP UNASSIGNED UNASSIGNED PIM"
).split(" ");
const PROTOCOL_SCTP = 132;
const PROTOCOL_RAW = 255;

function protocolName(protocol: number): string {
  if (protocol === PROTOCOL_SCTP) return "SCTP";
  if (protocol === PROTOCOL_RAW) return "RAW";
  return PROTOCOLS[protocol] ?? "UNASSIGNED";
}

/** The text of one packet. port: where it was received */
export function echoDump(port: number, packet: EchoPacket): string {
  const front = new Uint8Array(FRONT);
  front.set(packet.bytes.subarray(0, FRONT));
  const view = new DataView(front.buffer);
  let type = view.getUint16(12);
  let l3 = 14;
  let tag = "";
  if (type === ETHER_TYPE_VLAN) {
    tag = ` [vlan id=${view.getUint16(14) & 0xfff}]`;
    type = view.getUint16(16);
    l3 += 4;
  }
  const head = `\nPort ${port} pkt-len=${packet.length} nb-segs=${packet.segments}\n`;
  const ethernet = `  ETH:  src=${macAt(view, 6)} dst=${macAt(view, 0)}${tag} type=${hex4(type)}\n`;
  const rest = type === ETHER_TYPE_ARP ? arp(view, l3) : type === ETHER_TYPE_IPV4 ? ipv4(view, l3) : "";
  return head + ethernet + rest;
}

function arp(view: DataView, at: number): string {
  const hardware = view.getUint16(at);
  const protocol = view.getUint16(at + 2);
  const [hlen, plen] = [view.getUint8(at + 4), view.getUint8(at + 5)];
  const operation = view.getUint16(at + 6);
  const name = ARP_OPERATIONS[operation] ?? "Unknown ARP op";
  const line = `  ARP:  hrd=${hardware} proto=${hex4(protocol)} hln=${hlen} pln=${plen} op=${operation} (${name})\n`;
  if (hardware !== ARP_HRD_ETHER || protocol !== ETHER_TYPE_IPV4 || hlen !== 6 || plen !== 4) return `${line}\n`;
  return (
    `${line}        sha=${macAt(view, at + 8)} sip=${ipAt(view, at + 14)}\n` +
    `        tha=${macAt(view, at + 18)} tip=${ipAt(view, at + 24)}\n`
  );
}

/** ICMP is looked for right behind 20 bytes: options are not seen. */
function ipv4(view: DataView, at: number): string {
  const protocol = view.getUint8(at + 9);
  const icmp = at + 20;
  const line = `  IPV4: src=${ipAt(view, at + 12)} dst=${ipAt(view, at + 16)} proto=${protocol} (${protocolName(protocol)})\n`;
  const isEcho =
    protocol === PROTOCOL_ICMP && view.getUint8(icmp) === ICMP_ECHO_REQUEST && view.getUint8(icmp + 1) === 0;
  return isEcho ? `${line}  ICMP: echo request seq id=${view.getUint16(icmp + 6)}\n` : line;
}

function macAt(view: DataView, at: number): string {
  let mac = 0n;
  for (let i = 5; i >= 0; i--) mac = (mac << 8n) | BigInt(view.getUint8(at + i));
  return formatMac(mac);
}

const ipAt = (view: DataView, at: number): string => [0, 1, 2, 3].map((i) => view.getUint8(at + i)).join(".");
