// limits - sizes that both sides must agree on.
export const MAX_BURST: u32 = 512; // testpmd's MAX_PKT_BURST
export const DEFAULT_BURST: u32 = 32;
export const MAX_RING_SIZE: u32 = 32768; // virtio 1.3, 2.7: a split ring's largest queue size
export const MAX_QUEUES: u32 = 128; // virtio-user's and vhost's pairs a port
export const MBUF_HEADROOM: u32 = 128; // RTE_PKTMBUF_HEADROOM
export const MBUF_DATA_ROOM: u32 = 2048; // RTE_MBUF_DEFAULT_DATAROOM
export const MBUF_BYTES: u32 = 64; // our private mbuf header: one cache line
export const MEMPOOL_CACHE_MAX: u32 = 512; // RTE_MEMPOOL_CACHE_MAX_SIZE
export const MAX_SEGMENTS: u32 = 255; // RTE_MAX_SEGS_PER_PKT: nb_segs is 8 bits wide
export const CACHE_LINE: u32 = 64;
export const PAGE_BYTES: u32 = 4096;
export const MAX_FRAME: u32 = 262144; // the longest packet a capture may hold (libpcap's MAXIMUM_SNAPLEN)
export const CHAINED_MAX: u32 = 16128; // the longest chained frame that net_pcap writes: RTE_ETH_PCAP_SNAPLEN less Ethernet's header and tags
