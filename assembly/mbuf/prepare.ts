// prepare - what a packet's Tx flags ask of its headers before anyone finishes the checksums: rte_net_intel_cksum_prepare of DPDK 22.11.
// Not modelled: tunnels with offloads of their own (the virtio devices have none), SCTP.
import { ipv4PseudoSum, ipv6PseudoSum } from "../net/pseudo-header";
import { TX_IP_CKSUM, TX_IPV4, TX_L4_MASK, TX_TCP_CKSUM, TX_TCP_SEG, TX_UDP_CKSUM, TX_UDP_SEG } from "./flags";
import { Mbuf, mbufData } from "./mbuf";

/** Flags that ask for something that a net header can carry. */
export const TX_REQUESTS: u64 = TX_L4_MASK | TX_TCP_SEG | TX_UDP_SEG | TX_IP_CKSUM;
export const TCP_CHECKSUM_AT: u32 = 16;
export const UDP_CHECKSUM_AT: u32 = 6;
export const SCTP_CHECKSUM_AT: u32 = 8;

// @ts-ignore: decorator
@inline
export function mbufL2(m: usize): u32 {
  return (changetype<Mbuf>(m).txOffload & 0x7f) as u32;
}

// @ts-ignore: decorator
@inline
export function mbufL3(m: usize): u32 {
  return ((changetype<Mbuf>(m).txOffload >> 7) & 0x1ff) as u32;
}

// @ts-ignore: decorator
@inline
export function mbufL4(m: usize): u32 {
  return ((changetype<Mbuf>(m).txOffload >> 16) & 0xff) as u32;
}

// @ts-ignore: decorator
@inline
export function mbufSegmentSize(m: usize): u32 {
  return ((changetype<Mbuf>(m).txOffload >> 24) & 0xffff) as u32;
}

export function mbufSetSegmentSize(m: usize, size: u32): void {
  const mbuf = changetype<Mbuf>(m);
  mbuf.txOffload = (mbuf.txOffload & ~((0xffff as u64) << 24)) | (<u64>(size & 0xffff) << 24);
}

export function mbufSetLengths(m: usize, l2: u32, l3: u32, l4: u32): void {
  changetype<Mbuf>(m).txOffload = <u64>((l2 & 0x7f) | ((l3 & 0x1ff) << 7) | ((l4 & 0xff) << 16));
}

/** Whether any of n packets asks for something. */
export function anyRequests(packets: usize, n: u32): bool {
  let flags: u64 = 0;
  for (const end = packets + (n << 2); packets < end; packets += 4) flags |= load<u64>(load<u32>(packets), offsetof<Mbuf>("olFlags"));
  return (flags & TX_REQUESTS) != 0;
}

/**
 * Puts pseudo-header sums where TCP or UDP checksums are asked for, and 0 where the IPv4 one is.
 * @returns false, and nothing is changed: the headers are not all in the first segment
 */
export function prepareChecksums(m: usize): bool {
  const mbuf = changetype<Mbuf>(m), flags = mbuf.olFlags, l4 = flags & TX_L4_MASK;
  if (!(flags & (TX_IP_CKSUM | TX_L4_MASK | TX_TCP_SEG))) return true;
  const l2 = mbufL2(m), l3 = mbufL3(m), at = l2 + l3, ip = mbufData(m) + l2, isV4 = (flags & TX_IPV4) != 0;
  if (<u32>mbuf.dataLen < at + mbufL4(m)) return false;
  if (isV4 && flags & TX_IP_CKSUM) store<u16>(ip, 0, 10);
  const segmented = (flags & TX_TCP_SEG) != 0;
  const field = l4 == TX_UDP_CKSUM ? UDP_CHECKSUM_AT : l4 == TX_TCP_CKSUM || segmented ? TCP_CHECKSUM_AT : 0;
  // Behind the segment is the buffer's rest; behind that is nothing of ours.
  if (field == 0 || <u32>mbuf.dataOff + at + 40 > <u32>mbuf.bufferLength) return true;
  store<u16>(ip + l3 + field, (isV4 ? ipv4PseudoSum(ip, segmented) : ipv6PseudoSum(ip, segmented)) as u16);
  return true;
}
