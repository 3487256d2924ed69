// layers - numbers of Ethernet, IP and UDP as they lie in memory: 16-bit ones are big-endian there and compared as they are loaded.
export const BE_IPV4: u32 = 0x0008;
export const BE_IPV6: u32 = 0xdd86;
export const BE_ARP: u32 = 0x0608;
export const BE_VLAN: u32 = 0x0081;
export const BE_QINQ: u32 = 0xa888; // 0x88a8
export const BE_TEB: u32 = 0x5865; // 0x6558, transparent Ethernet bridging: GRE and Geneve

export const PROTO_ICMP: u32 = 1;
export const PROTO_IPIP: u32 = 4;
export const PROTO_TCP: u32 = 6;
export const PROTO_UDP: u32 = 17;
export const PROTO_GRE: u32 = 47;
export const PROTO_SCTP: u32 = 132;

export const ETHER_BYTES: u32 = 14;
export const TAG_BYTES: u32 = 4;
export const IPV6_BYTES: u32 = 40;
export const UDP_BYTES: u32 = 8;

/** Bytes of an IPv4 header, as its first byte says: 0 to 60. */
// @ts-ignore: decorator
@inline
export function ipv4HeaderBytes(ip: usize): u32 {
  return (<u32>load<u8>(ip) & 15) << 2;
}

/** Bytes of a TCP header, as it says: 0 to 60. */
// @ts-ignore: decorator
@inline
export function tcpHeaderBytes(tcp: usize): u32 {
  return (<u32>load<u8>(tcp, 12) & 0xf0) >> 2;
}
