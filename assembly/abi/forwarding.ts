// forwarding - ids of the settings that streams share: testpmd's globals (forwardConfigSet) and a port's (portConfigSet), with what
// their values are. Segment lengths of `txpkts` go by forwardConfigSegments, noisy's FIFO by noisyInit.
export const FORWARD_TX_SPLIT: u32 = 0; // TX_SPLIT_*
export const FORWARD_TX_TIMES_INTER: u32 = 1; // ps between bursts
export const FORWARD_TX_TIMES_INTRA: u32 = 2; // ps between packets of a burst
export const FORWARD_TX_MULTI_FLOW: u32 = 3; // 0, 1
export const FORWARD_TX_IP_SOURCE: u32 = 4; // IPv4 address as a number
export const FORWARD_TX_IP_DESTINATION: u32 = 5;
export const FORWARD_TX_UDP_SOURCE: u32 = 6;
export const FORWARD_TX_UDP_DESTINATION: u32 = 7;
export const FORWARD_FLOWGEN_FLOWS: u32 = 8;
export const FORWARD_FLOWGEN_CLONES: u32 = 9;
export const FORWARD_NOISY_FLUSH: u32 = 10; // ms, 0: never
export const FORWARD_NOISY_MEMORY: u32 = 11; // linear address of the memory that noisy looks up in, 0: none
export const FORWARD_NOISY_MEMORY_BYTES: u32 = 12;
export const FORWARD_NOISY_WRITES: u32 = 13; // a packet
export const FORWARD_NOISY_READS: u32 = 14;
export const FORWARD_NOISY_READS_WRITES: u32 = 15;
export const FORWARD_VXLAN_GPE_PORT: u32 = 16; // UDP
export const FORWARD_GENEVE_PORT: u32 = 17;
export const FORWARD_VERBOSE: u32 = 18; // testpmd's level: 1 rx, 2 tx, above both
export const FORWARD_SETTINGS: u32 = 19;
// txsplit
export const TX_SPLIT_OFF: u32 = 0;
export const TX_SPLIT_ON: u32 = 1;
export const TX_SPLIT_RAND: u32 = 2;

export const PORT_CONFIG_MAC: u32 = 0; // 48 bits, byte 0 lowest; 0: what the stream was given
export const PORT_CONFIG_PEER: u32 = 1; // likewise
export const PORT_CONFIG_TX_OFFLOADS: u32 = 2; // RTE_ETH_TX_OFFLOAD_*
export const PORT_CONFIG_TX_VLAN: u32 = 3; // tx_vlan_id: the TCI
export const PORT_CONFIG_TX_VLAN_OUTER: u32 = 4;
export const PORT_CONFIG_PARSE_TUNNEL: u32 = 5; // 0, 1
export const PORT_CONFIG_MAC_SWAP: u32 = 6; // 0, 1: csum writes addresses
export const PORT_CONFIG_TSO: u32 = 7; // bytes of a segment, 0: off
export const PORT_CONFIG_TUNNEL_TSO: u32 = 8;
export const PORT_SETTINGS: u32 = 9;
// RTE_ETH_TX_OFFLOAD_* of 22.11 that engines ask for
export const TX_OFFLOAD_VLAN_INSERT: u32 = 0x1;
export const TX_OFFLOAD_IPV4_CKSUM: u32 = 0x2;
export const TX_OFFLOAD_UDP_CKSUM: u32 = 0x4;
export const TX_OFFLOAD_TCP_CKSUM: u32 = 0x8;
export const TX_OFFLOAD_SCTP_CKSUM: u32 = 0x10;
export const TX_OFFLOAD_OUTER_IPV4_CKSUM: u32 = 0x80;
export const TX_OFFLOAD_QINQ_INSERT: u32 = 0x100;
export const TX_OFFLOAD_MACSEC_INSERT: u32 = 0x2000;
export const TX_OFFLOAD_OUTER_UDP_CKSUM: u32 = 0x100000;
export const TX_OFFLOAD_SEND_ON_TIMESTAMP: u32 = 0x200000;
// What streamCounters writes: u64[STREAM_COUNTERS].
export const STREAM_RX_PACKETS: u32 = 0;
export const STREAM_TX_PACKETS: u32 = 1;
export const STREAM_DROPPED: u32 = 2; // fwd_dropped
export const STREAM_RX_BAD_IP_CSUM: u32 = 3;
export const STREAM_RX_BAD_L4_CSUM: u32 = 4;
export const STREAM_RX_BAD_OUTER_IP_CSUM: u32 = 5;
export const STREAM_RX_BAD_OUTER_L4_CSUM: u32 = 6;
export const STREAM_COUNTERS: u32 = 7;
