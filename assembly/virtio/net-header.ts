// net-header - struct virtio_net_hdr; virtio 1.3, 5.1.6. Ten bytes for a legacy device without mergeable buffers, else twelve.
// | 0 flags u8 | 1 gso_type u8 | 2 hdr_len u16 | 4 gso_size u16 | 6 csum_start u16 | 8 csum_offset u16 | 10 num_buffers u16 |
// The data plane asks for no offload yet: headers are written as zeros with num_buffers, and a received header's flags are carried
// into the mbuf's ol_flags by netHeaderToMbuf.
// Not modelled here: checksum and segmentation requests (they have an issue of their own).
import { Mbuf } from "../mbuf/mbuf";

export const NET_HEADER_FLAGS: usize = 0;
export const NET_HEADER_NUM_BUFFERS: usize = 10;
const VIRTIO_NET_HDR_F_NEEDS_CSUM: u32 = 1;
const VIRTIO_NET_HDR_F_DATA_VALID: u32 = 2;
/** RTE_MBUF_F_RX_L4_CKSUM_GOOD; both bits together: _NONE. */
const RX_L4_CKSUM_GOOD: u64 = 1 << 8;
const RX_L4_CKSUM_BAD: u64 = 1 << 3;

/** What a received header says of checksums, as Rx ol_flags. Source: virtio_rx_offload of the PMD. */
export function netHeaderToMbuf(flags: u32, m: usize): void {
  const mbuf = changetype<Mbuf>(m);
  if (flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) mbuf.olFlags |= RX_L4_CKSUM_GOOD | RX_L4_CKSUM_BAD;
  else if (flags & VIRTIO_NET_HDR_F_DATA_VALID) mbuf.olFlags |= RX_L4_CKSUM_GOOD;
}
