// ovs - sizes and ids of the userspace datapath that both sides need.
export const NETDEV_MAX_BURST: u32 = 32; // lib/dp-packet.h
export const FLOW_KEY_BYTES: u32 = 256; // ovs/flow-key
export const METADATA_BYTES: u32 = 16; // ovs/extract
export const EM_FLOW_HASH_ENTRIES: u32 = 8192;
export const SMC_BUCKET_CNT: u32 = 262144;
export const SMC_BUCKET_BYTES: u32 = 16;
// pmd_stat_type, of which dpif-netdev/pmd-stats-show prints: u64 each. A hit or a miss is one packet of one datapath pass.
export const PMD_STAT_EXACT_HIT: u32 = 0;
export const PMD_STAT_SMC_HIT: u32 = 1;
export const PMD_STAT_MASKED_HIT: u32 = 2;
export const PMD_STAT_MISS: u32 = 3; // upcalls that succeeded
export const PMD_STAT_LOST: u32 = 4; // upcalls that failed
export const PMD_STAT_MASKED_LOOKUP: u32 = 5; // subtables looked at for masked hits
export const PMD_STAT_RECV: u32 = 6;
export const PMD_STAT_RECIRC: u32 = 7;
export const PMD_STAT_RX_INVALID: u32 = 8; // datapath_drop_rx_invalid_packet: shorter than an Ethernet header
export const PMD_STAT_COUNT: u32 = 9;
// A megaflow's record, as megaflowRead writes it: u64 each, then its key and its mask as struct flow.
export const MEGAFLOW_PACKETS: u32 = 0;
export const MEGAFLOW_OCTETS: u32 = 1;
export const MEGAFLOW_USED: u32 = 2; // ps, 0: never
export const MEGAFLOW_TCP_FLAGS: u32 = 3;
export const MEGAFLOW_ACTIONS: u32 = 4;
export const MEGAFLOW_MASK_WORDS0: u32 = 5; // words of the subtable's mask below 64: the first of miniflow_bits(,)
export const MEGAFLOW_MASK_WORDS1: u32 = 6; // and the second
export const MEGAFLOW_FIELDS: u32 = 7;
