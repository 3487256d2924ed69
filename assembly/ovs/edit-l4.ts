// edit-l4 - actions on TCP, UDP, SCTP and ICMP headers, with their checksums. Follows lib/odp-execute.c and lib/packets.c of OVS 3.1: headers
// that are cut off are left alone.
import { mbufData } from "../mbuf/mbuf";
import { tcpHeaderBytes, UDP_BYTES } from "../net/layers";
import { update16 } from "./checksum-update";
import { l4Bytes, storeUdpSum } from "./edit-ip";
import { Layers } from "./layers";

const TCP_BYTES: u32 = 20;
const SCTP_BYTES: u32 = 12;
const ICMP_BYTES: u32 = 8;
const TCP_SUM: usize = 16;
const UDP_SUM: usize = 6;
const SCTP_SUM: usize = 8;
const ICMP_SUM: usize = 2;

// @ts-ignore: decorator
@inline
function header(m: usize, layers: usize): usize {
  return mbufData(m) + <u32>changetype<Layers>(layers).l4;
}

/** What the header's first word becomes. args: value and mask of it */
// @ts-ignore: decorator
@inline
function changed(l4: usize, args: usize): u32 {
  return load<u32>(args) | (load<u32>(l4) & ~load<u32>(args, 4));
}

/** The checksum after both halves of the header's first word have changed, those that have. */
function updatePorts(sum: u32, before: u32, after: u32): u32 {
  if ((before ^ after) & 0xffff) sum = update16(sum, before & 0xffff, after & 0xffff);
  if ((before ^ after) >> 16) sum = update16(sum, before >> 16, after >> 16);
  return sum;
}

/** args: of these: value and mask of the ports */
export function setTcp(m: usize, layers: usize, args: usize): void {
  const l4 = header(m, layers), n = l4Bytes(m, layers);
  if (n < TCP_BYTES || tcpHeaderBytes(l4) < TCP_BYTES || tcpHeaderBytes(l4) > n) return;
  const after = changed(l4, args);
  store<u16>(l4, updatePorts(load<u16>(l4, TCP_SUM), load<u32>(l4), after) as u16, TCP_SUM);
  store<u32>(l4, after);
}

export function setUdp(m: usize, layers: usize, args: usize): void {
  const l4 = header(m, layers);
  if (l4Bytes(m, layers) < UDP_BYTES) return;
  const after = changed(l4, args), sum: u32 = load<u16>(l4, UDP_SUM);
  if (sum) storeUdpSum(l4, updatePorts(sum, load<u32>(l4), after));
  store<u32>(l4, after);
}

/** A checksum that was wrong is so afterwards, by the same bits. */
export function setSctp(m: usize, layers: usize, args: usize): void {
  const l4 = header(m, layers), n = l4Bytes(m, layers);
  if (n < SCTP_BYTES) return;
  const sum = load<u32>(l4, SCTP_SUM);
  store<u32>(l4, 0, SCTP_SUM);
  const right = crc32c(l4, n);
  store<u32>(l4, changed(l4, args));
  store<u32>(l4, sum ^ right ^ crc32c(l4, n), SCTP_SUM);
}

/** args: value and mask of type and code */
export function setIcmp(m: usize, layers: usize, args: usize): void {
  const l4 = header(m, layers);
  if (l4Bytes(m, layers) < ICMP_BYTES) return;
  const before: u32 = load<u16>(l4), after = changed(l4, args) & 0xffff;
  if (before == after) return;
  store<u16>(l4, after as u16);
  store<u16>(l4, update16(load<u16>(l4, ICMP_SUM), before, after) as u16, ICMP_SUM);
}

/** Of n bytes (RFC 9260, appendix A), as it lies in the header: bit by bit, for a table would be static data, and SCTP is rare. */
function crc32c(data: usize, n: u32): u32 {
  let crc: u32 = 0xffff_ffff;
  for (const end = data + n; data < end; data++) {
    crc ^= load<u8>(data);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0x82f6_3b78 : 0);
  }
  return ~crc;
}
