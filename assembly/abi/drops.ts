// drops - why a packet died. The report's name is the constant's without DROP_, in lower case; the sentence for each is in
// src/report/drop-text.ts. A packet moves exactly one of these, in the counters of the queue where it died.
export const DROP_RX_MISSED: u32 = 0; // the NIC's rx queue was full when the packet arrived
export const DROP_RX_NOMBUF: u32 = 1; // read from a pcap port, then the mempool had no mbuf for it
export const DROP_TX_FULL: u32 = 2; // the tx queue had no room and the engine does not retry
export const DROP_RETRY_EXHAUSTED: u32 = 3; // the tx queue still had no room after the last retry
export const DROP_FRAME_TOO_BIG: u32 = 4; // no buffer of the guest holds it; with mergeable buffers, not even its whole ring
export const DROP_BEHIND_TOO_BIG: u32 = 5; // later in a burst that stopped at a frame too big
export const DROP_RX_SHORT: u32 = 6; // virtio: fewer than 14 bytes behind the net header
export const DROP_RX_SEGMENTS: u32 = 7; // virtio: fewer used buffers than the header announces
export const DROP_CHAIN_BROKEN: u32 = 8; // vhost: a descriptor chain that the ring rules forbid
export const DROP_TX_VLAN: u32 = 9; // vhost: no VLAN tag could be inserted: shared, shorter than two addresses, or no headroom
export const DROP_NO_STREAM: u32 = 10; // shared_rxq: no stream of the lcore receives from the packet's port
export const DROP_FIFO_FULL: u32 = 11; // noisy: its FIFO is smaller than the burst
export const DROP_FIFO_LEFT: u32 = 12; // noisy: in its FIFO when forwarding stopped
export const DROP_COUNT: u32 = 13;
