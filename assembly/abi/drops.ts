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
// The OVS datapath's, by the names of OVS's counters; at the rx queue where the packet came from, or the tx queue it was for.
export const DROP_OVS_RX_QOS_DROPS: u32 = 13; // ingress policer
export const DROP_OVS_TX_FAILURE_DROPS: u32 = 14; // the device took no more
export const DROP_OVS_TX_MTU_EXCEEDED_DROPS: u32 = 15;
export const DROP_OVS_TX_QOS_DROPS: u32 = 16; // egress policer
export const DROP_TX_DROPPED: u32 = 17; // the device is down, a guest is not there, a dummy got a frame too long
export const DROP_DATAPATH_DROP_RX_INVALID_PACKET: u32 = 18; // shorter than an Ethernet header
export const DROP_DATAPATH_DROP_UPCALL_ERROR: u32 = 19;
export const DROP_DATAPATH_DROP_METER: u32 = 20;
export const DROP_DATAPATH_DROP_RECIRC_ERROR: u32 = 21; // recirculated too often
export const DROP_DATAPATH_DROP_INVALID_PORT: u32 = 22;
export const DROP_DATAPATH_DROP_SAMPLE_ERROR: u32 = 23;
export const DROP_DATAPATH_DROP_USERSPACE_ACTION_ERROR: u32 = 24;
export const DROP_ACTIONS_END: u32 = 25; // the megaflow's actions ended without sending it: counted nowhere in OVS
export const DROP_NO_COPY: u32 = 26; // a copy for which there was no mbuf; OVS takes it from the heap
// A drop action's reason (enum xlate_error), in its order: ACTION_DROP has one of these.
export const DROP_DROP_ACTION_OF_PIPELINE: u32 = 27;
export const DROP_DROP_ACTION_BRIDGE_NOT_FOUND: u32 = 28;
export const DROP_DROP_ACTION_RECURSION_TOO_DEEP: u32 = 29;
export const DROP_DROP_ACTION_TOO_MANY_RESUBMIT: u32 = 30;
export const DROP_DROP_ACTION_STACK_TOO_DEEP: u32 = 31;
export const DROP_DROP_ACTION_NO_RECIRCULATION_CONTEXT: u32 = 32;
export const DROP_DROP_ACTION_RECIRCULATION_CONFLICT: u32 = 33;
export const DROP_DROP_ACTION_TOO_MANY_MPLS_LABELS: u32 = 34;
export const DROP_DROP_ACTION_INVALID_TUNNEL_METADATA: u32 = 35;
export const DROP_DROP_ACTION_UNSUPPORTED_PACKET_TYPE: u32 = 36;
export const DROP_DROP_ACTION_CONGESTION: u32 = 37;
export const DROP_DROP_ACTION_FORWARDING_DISABLED: u32 = 38;
// SR-IOV and a guest's kernel.
export const DROP_MAC_FILTERED: u32 = 39; // embedded switch: no port has the unicast destination
export const DROP_VF_UNPLUGGED: u32 = 40; // in a VF's rings when it was unplugged
export const DROP_RX_NOHANDLER: u32 = 41; // kernel: came by a standby netdev while a primary is there
export const DROP_OTHERHOST: u32 = 42; // kernel: another machine's address
export const DROP_RX_OFFLOAD: u32 = 43; // virtio: its net header asks for what the driver cannot take: ECN, no segment size, UDP, a sum outside
export const DROP_TX_PREPARE: u32 = 44; // virtio: rte_eth_tx_prepare refused it, or an earlier one of its burst: headers beyond the first segment
export const DROP_RING_DISABLED: u32 = 45; // vhost: its driver sent it by a ring that is disabled
export const DROP_RX_FILTERED: u32 = 46; // virtio-net: its receive filter does not let the frame in
export const DROP_NOT_IPV4: u32 = 47; // l3fwd-power: its LPM table has IPv4 routes only
export const DROP_RFC1812: u32 = 48; // l3fwd-power: an IPv4 header that a router drops: checksum, version, lengths
export const DROP_COUNT: u32 = 49;
