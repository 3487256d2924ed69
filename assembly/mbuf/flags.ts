// flags - the bits of ol_flags that engines and ports read or write: RTE_MBUF_F_* of DPDK 22.11 by their names there.

/** What testpmd's engines keep of a received packet's flags: RTE_MBUF_F_INDIRECT and _EXTERNAL. */
export const OL_FLAGS_KEPT: u64 = (1 << 62) | (1 << 61);

export const RX_VLAN: u64 = 1;
export const RX_RSS_HASH: u64 = 1 << 1;
export const RX_L4_CKSUM_BAD: u64 = 1 << 3;
export const RX_L4_CKSUM_MASK: u64 = (1 << 3) | (1 << 8);
export const RX_L4_CKSUM_GOOD: u64 = 1 << 8;
/** The checksum is not finished, and not wrong: RTE_MBUF_F_RX_L4_CKSUM_NONE. */
export const RX_L4_CKSUM_NONE: u64 = RX_L4_CKSUM_MASK;
export const RX_IP_CKSUM_BAD: u64 = 1 << 4;
export const RX_IP_CKSUM_MASK: u64 = (1 << 4) | (1 << 7);
export const RX_OUTER_IP_CKSUM_BAD: u64 = 1 << 5;
export const RX_VLAN_STRIPPED: u64 = 1 << 6;
export const RX_LRO: u64 = 1 << 16;
export const RX_OUTER_L4_CKSUM_BAD: u64 = 1 << 21;
/** The dynamic flag of rte_mbuf_dyn_rx_timestamp_register: the first free bit, as no other is registered before it. */
export const RX_TIMESTAMP: u64 = 1 << 23;

export const TX_OUTER_UDP_CKSUM: u64 = 1 << 41;
export const TX_UDP_SEG: u64 = 1 << 42;
export const TX_MACSEC: u64 = 1 << 44;
export const TX_TUNNEL_VXLAN: u64 = 1 << 45;
export const TX_TUNNEL_GRE: u64 = 2 << 45;
export const TX_TUNNEL_IPIP: u64 = 3 << 45;
export const TX_TUNNEL_GENEVE: u64 = 4 << 45;
export const TX_TUNNEL_VXLAN_GPE: u64 = 6 << 45;
export const TX_TUNNEL_GTP: u64 = 7 << 45;
export const TX_TUNNEL_MASK: u64 = 15 << 45;
export const TX_QINQ: u64 = 1 << 49;
export const TX_TCP_SEG: u64 = 1 << 50;
export const TX_TCP_CKSUM: u64 = 1 << 52;
export const TX_SCTP_CKSUM: u64 = 2 << 52;
export const TX_UDP_CKSUM: u64 = 3 << 52;
export const TX_L4_MASK: u64 = 3 << 52;
export const TX_IP_CKSUM: u64 = 1 << 54;
export const TX_IPV4: u64 = 1 << 55;
export const TX_IPV6: u64 = 1 << 56;
export const TX_VLAN: u64 = 1 << 57;
export const TX_OUTER_IP_CKSUM: u64 = 1 << 58;
export const TX_OUTER_IPV4: u64 = 1 << 59;
export const TX_OUTER_IPV6: u64 = 1 << 60;
