// dump - what `set verbose` prints of a burst: a record a burst, and in it one a packet with its first bytes. Written by
// testpmd/dump in the order testpmd would print, read by src/wasm/dump.
// burst:  | 0 bytes u32: with its packets | 4 kind u16 | 6 port u16 | 8 queue u16 | 10 packets u16 | 12 total u32 |
// packet: | 0 olFlags u64 | 8 txOffload u64 | 16 pktLen u32 | 20 packetType u32 | 24 rss u32 | 28 vlanTci u16 | 30 vlanTciOuter u16 |
//         | 32 nbSegs u16 | 34 port u16 | 36 id u32 | 40 number u32 | 44 kept u32: bytes of the frame that follow, padded to 8 |
// A packet of DUMP_CSUM goes on before its bytes with what the engine parsed:
//         | 48 rx olFlags u64 | 56 l2 u16 | 58 l3 u16 | 60 l4 u16 | 62 ethertype u16 | 64 l4 protocol u16 | 66 tunnel u16 |
//         | 68 outer l2 u16 | 70 outer l3 u16 | 72 outer ethertype u16 | 74 tso u16 | 76 tunnel tso u16 | 78 reserved | 80 tx offloads u64 |
export const DUMP_BYTES: u32 = 0;
export const DUMP_KIND: u32 = 4;
export const DUMP_PORT: u32 = 6;
export const DUMP_QUEUE: u32 = 8;
export const DUMP_PACKETS: u32 = 10;
export const DUMP_TOTAL: u32 = 12; // DUMP_DROP: packets of the burst, of which `packets` were dropped
export const DUMP_HEADER_BYTES: u32 = 16;

export const DUMP_OL_FLAGS: u32 = 0;
export const DUMP_TX_OFFLOAD: u32 = 8;
export const DUMP_PKT_LEN: u32 = 16;
export const DUMP_PACKET_TYPE: u32 = 20;
export const DUMP_RSS: u32 = 24;
export const DUMP_VLAN_TCI: u32 = 28;
export const DUMP_VLAN_TCI_OUTER: u32 = 30;
export const DUMP_NB_SEGS: u32 = 32;
export const DUMP_MBUF_PORT: u32 = 34;
export const DUMP_ID: u32 = 36; // the packet's number in its capture
export const DUMP_NUMBER: u32 = 40; // the mbuf's in its pool
export const DUMP_KEPT: u32 = 44;
export const DUMP_PACKET_BYTES: u32 = 48;

export const DUMP_CSUM_RX_FLAGS: u32 = 48;
export const DUMP_CSUM_L2: u32 = 56;
export const DUMP_CSUM_L3: u32 = 58;
export const DUMP_CSUM_L4: u32 = 60;
export const DUMP_CSUM_ETHERTYPE: u32 = 62;
export const DUMP_CSUM_PROTOCOL: u32 = 64;
export const DUMP_CSUM_TUNNEL: u32 = 66;
export const DUMP_CSUM_OUTER_L2: u32 = 68;
export const DUMP_CSUM_OUTER_L3: u32 = 70;
export const DUMP_CSUM_OUTER_ETHERTYPE: u32 = 72;
export const DUMP_CSUM_TSO: u32 = 74;
export const DUMP_CSUM_TUNNEL_TSO: u32 = 76;
export const DUMP_CSUM_TX_OFFLOADS: u32 = 80;
export const DUMP_CSUM_BYTES: u32 = 88;

// Bytes of a frame that a record keeps at most: enough for every header that testpmd prints.
export const DUMP_KEPT_MAX: u32 = 256;
// Bytes that one poll of the largest burst can write: received, looked at by the engine, sent.
export const DUMP_POLL_BYTES: u32 = 0x90000;
// kinds
export const DUMP_RX: u32 = 0; // returned by an rx burst
export const DUMP_TX: u32 = 1; // given to a tx burst, each attempt
export const DUMP_ICMPECHO: u32 = 2; // as icmpecho looks at them, before it writes
export const DUMP_CSUM: u32 = 3; // one packet that csum has done
export const DUMP_DROP: u32 = 4; // txonly's first drop: no packets follow
export const DUMP_SLEEP: u32 = 5; // an lcore is about to wait for its rx interrupts; total: rte_lcore_id. No packets follow these two
export const DUMP_WAKE: u32 = 6; // one of them woke it: port and queue; total likewise
