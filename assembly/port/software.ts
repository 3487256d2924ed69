// software - what PMDs do to each packet themselves: net_vhost's checksums (vhost_dev_rx_sw_csum and vhost_dev_tx_sw_csum), both virtio ports'
// VLAN stripping, and virtio_xmit_pkts_prepare. Follows drivers/net of 22.11.
// Kept of theirs: sums run to the packet's end, padding included; a TCP sum of 0 stays, a received UDP one becomes 0xffff, a sent one stays.
import { SOFTWARE_CHECKSUM, SOFTWARE_VLAN_STRIP } from "../abi/software";
import { RX_L4_CKSUM_GOOD, RX_L4_CKSUM_MASK, RX_L4_CKSUM_NONE, TX_L4_MASK, TX_TCP_CKSUM, TX_TCP_SEG, TX_UDP_CKSUM, TX_VLAN } from "../mbuf/flags";
import { Mbuf, mbufData } from "../mbuf/mbuf";
import { mbufL2, mbufL3, mbufL4, prepareChecksums, TCP_CHECKSUM_AT, TX_REQUESTS, UDP_CHECKSUM_AT } from "../mbuf/prepare";
import { NO_SUM, packetSum } from "../mbuf/packet-sum";
import { vlanInsert, vlanStrip } from "../mbuf/vlan";
import { ipv4WriteChecksum, sumFold } from "../net/checksum";
import { PROTO_TCP, PROTO_UDP } from "../net/layers";
import { headerLengths, lengthsL4, lengthsProto } from "../net/lengths";

/** Works on a received burst. @returns bytes that tags took */
export function softwareRx(software: u32, packets: usize, n: u32): u32 {
  let stripped: u32 = 0;
  for (const end = packets + (n << 2); packets < end; packets += 4) {
    const m: usize = load<u32>(packets);
    if (software & SOFTWARE_VLAN_STRIP && vlanStrip(m)) stripped += 4;
    if (software & SOFTWARE_CHECKSUM && (changetype<Mbuf>(m).olFlags & RX_L4_CKSUM_MASK) == RX_L4_CKSUM_NONE) finishReceived(m);
  }
  return stripped;
}

function finishReceived(m: usize): void {
  const mbuf = changetype<Mbuf>(m), lengths = headerLengths(mbufData(m), mbuf.dataLen), proto = lengthsProto(lengths);
  if (proto != PROTO_TCP && proto != PROTO_UDP) return;
  const field = proto == PROTO_TCP ? TCP_CHECKSUM_AT : UDP_CHECKSUM_AT;
  if (!writeSum(m, lengthsL4(lengths), field, proto == PROTO_UDP)) return;
  mbuf.olFlags = (mbuf.olFlags & ~RX_L4_CKSUM_MASK) | RX_L4_CKSUM_GOOD;
}

/** Sums from `at` to the packet's end, pseudo header included, and writes the checksum. @returns false: the packet is not so long */
function writeSum(m: usize, at: u32, field: u32, neverZero: bool): bool {
  const mbuf = changetype<Mbuf>(m);
  if (at > mbuf.pktLen) return false;
  const sum = packetSum(m, at, mbuf.pktLen - at);
  if (sum == NO_SUM) return false;
  let checksum = ~sumFold(sum) & 0xffff;
  if (neverZero && checksum == 0) checksum = 0xffff;
  if (<u32>mbuf.dataLen >= at + field + 1 && <u32>mbuf.dataOff + at + field + 2 <= <u32>mbuf.bufferLength) {
    store<u16>(mbufData(m) + at + field, checksum as u16);
  }
  return true;
}

/** Works on a burst before it is sent: what nobody behind would finish. */
export function softwareTx(packets: usize, n: u32): void {
  for (const end = packets + (n << 2); packets < end; packets += 4) {
    const m: usize = load<u32>(packets), mbuf = changetype<Mbuf>(m), l4 = mbuf.olFlags & TX_L4_MASK;
    const field = l4 == TX_TCP_CKSUM ? TCP_CHECKSUM_AT : l4 == TX_UDP_CKSUM ? UDP_CHECKSUM_AT : 0;
    if (field == 0 || !prepareChecksums(m)) continue;
    if (writeSum(m, mbufL2(m) + mbufL3(m), field, false)) mbuf.olFlags &= ~TX_L4_MASK;
  }
}

/** virtio_xmit_pkts_prepare. @returns packets prepared; fewer: the next one could not be */
export function softwarePrepare(packets: usize, n: u32): u32 {
  for (let i: u32 = 0; i < n; i++) {
    const m: usize = load<u32>(packets + (i << 2)), flags = changetype<Mbuf>(m).olFlags;
    if (flags & TX_VLAN && !vlanInsert(m)) return i;
    if (!(flags & TX_REQUESTS)) continue;
    if (!prepareChecksums(m)) return i;
    if (flags & TX_TCP_SEG) prepareSegments(m);
  }
  return n;
}

/** virtio_tso_fix_cksum: an IPv4 checksum for the whole, and its length, padding included, in TCP's pseudo-header sum, where rte_mbuf has none. */
function prepareSegments(m: usize): void {
  const mbuf = changetype<Mbuf>(m), l2 = mbufL2(m), l3 = mbufL3(m), ip = mbufData(m) + l2, field = ip + l3 + TCP_CHECKSUM_AT;
  if (<u32>mbuf.dataLen < l2 + l3 + mbufL4(m) || <u32>mbuf.dataOff + l2 + l3 + 60 > <u32>mbuf.bufferLength) return;
  if (<u32>load<u8>(ip) >> 4 == 4) ipv4WriteChecksum(ip);
  const sum = <u32>load<u16>(field) + <u32>bswap<u16>((mbuf.pktLen - l2 - l3) as u16);
  store<u16>(field, ((sum & 0xffff) + (sum >> 16)) as u16);
}
