// ovs - sizes and ids of the userspace datapath that both sides need.
export const NETDEV_MAX_BURST: u32 = 32; // lib/dp-packet.h
export const FLOW_KEY_BYTES: u32 = 256; // ovs/flow-key
export const METADATA_BYTES: u32 = 32; // ovs/extract
export const EM_FLOW_HASH_ENTRIES: u32 = 8192;
export const SMC_BUCKET_CNT: u32 = 262144;
export const SMC_BUCKET_BYTES: u32 = 16;
// Which Open vSwitch is followed. 2.7 is commit a2673b6ce, the one that the DPDK how-to describes.
export const OVS_3_1: u32 = 0;
export const OVS_2_7: u32 = 1;
// dp_netdev's settings, by datapathSet.
export const DATAPATH_VERSION: u32 = 0; // OVS_*
export const DATAPATH_HZ: u32 = 1; // the time stamp counter's
export const DATAPATH_TX_FLUSH_INTERVAL: u32 = 2; // us
export const DATAPATH_POOL: u32 = 3; // mempool that copies of packets come from
export const DATAPATH_SETTINGS: u32 = 4;
// A thread's settings, by pmdSet.
export const PMD_EMC_INSERT_MIN: u32 = 0; // UINT32_MAX / emc-insert-inv-prob, 0: the EMC is off
export const PMD_SMC_ENABLE: u32 = 1; // 0, 1
export const PMD_VLAN_LIMIT: u32 = 2; // tags that are fields, 0 to 2
export const PMD_MAIN: u32 = 3; // 1: the main thread, which neither sorts nor sweeps
export const PMD_STATIC_TXQ: u32 = 4; // static_tx_qid
export const PMD_SETTINGS: u32 = 5;
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
export const PMD_STAT_SIMPLE_HIT: u32 = 9;
export const PMD_STAT_SENT_PKTS: u32 = 10;
export const PMD_STAT_SENT_BATCHES: u32 = 11;
export const PMD_STAT_BUSY_ITERATIONS: u32 = 12; // that received or sent something
export const PMD_STAT_BUSY_PS: u32 = 13; // what they took
export const PMD_STAT_UPCALLS: u32 = 14;
export const PMD_STAT_UPCALL_PS: u32 = 15;
export const PMD_STAT_COUNT: u32 = 16;
// A megaflow's record, as megaflowRead writes it: u64 each, then its key and its mask as struct flow.
export const MEGAFLOW_PACKETS: u32 = 0;
export const MEGAFLOW_OCTETS: u32 = 1;
export const MEGAFLOW_USED: u32 = 2; // ps, 0: never
export const MEGAFLOW_TCP_FLAGS: u32 = 3;
export const MEGAFLOW_COOKIE: u32 = 4; // of its actions
export const MEGAFLOW_MASK_WORDS0: u32 = 5; // words of the subtable's mask below 64: the first of miniflow_bits(,)
export const MEGAFLOW_MASK_WORDS1: u32 = 6; // and the second
export const MEGAFLOW_FIELDS: u32 = 7;
// Its statistics, as pmdFlowStats writes them for many.
export const FLOW_STATS_FLOW: u32 = 0; // u32: the megaflow
export const FLOW_STATS_COOKIE: u32 = 4; // u32
export const FLOW_STATS_PACKETS: u32 = 8; // u64
export const FLOW_STATS_OCTETS: u32 = 16; // u64
export const FLOW_STATS_USED: u32 = 24; // u64: ps, 0: never
export const FLOW_STATS_TCP_FLAGS: u32 = 32; // u32
export const FLOW_STATS_BYTES: u32 = 40;
