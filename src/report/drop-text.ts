// drop-text - what each drop reason means, for people. A test holds that every reason of assembly/abi/drops has its sentence.
export const DROP_TEXT: Readonly<Record<string, string>> = {
  rx_missed: "the NIC's rx queue was full when the packet arrived",
  rx_nombuf: "the mempool had no mbuf for a packet already read",
  tx_full: "the tx queue had no room and the engine does not retry",
  retry_exhausted: "the tx queue still had no room after the last retry",
  frame_too_big: "no buffer of the guest holds the frame; with mergeable buffers, not even its whole ring",
  behind_too_big: "later in a burst that stopped at a frame too big",
  rx_short: "fewer than 14 bytes behind the net header: the virtio PMD counts it in rx_errors",
  rx_segments: "fewer used buffers than the net header announces",
  chain_broken: "the ring stands still at a descriptor chain that its rules forbid",
  tx_vlan: "no VLAN tag could be inserted: the packet is shared, shorter than two addresses, or has no headroom left",
  no_stream: "no stream of the lcore receives from the packet's port (shared_rxq)",
  fifo_full: "noisy's FIFO is smaller than the burst; testpmd 22.11 leaks such packets",
  fifo_left: "still in noisy's FIFO when forwarding stopped; testpmd 22.11 leaks such packets",
};
