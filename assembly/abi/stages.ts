// stages - what the cost model charges for: one rx and one tx stage a port kind, one stage an engine.
// A profile names them "<kind>.<rx|tx>" and "fwd.<engine>"; each costs picoseconds per poll, burst, packet and byte.
export const STAGE_NULL_RX: u32 = 0;
export const STAGE_NULL_TX: u32 = 1;
export const STAGE_NIC_RX: u32 = 2;
export const STAGE_NIC_TX: u32 = 3;
export const STAGE_PCAP_RX: u32 = 4;
export const STAGE_PCAP_TX: u32 = 5;
export const STAGE_RING_RX: u32 = 6;
export const STAGE_RING_TX: u32 = 7;
export const STAGE_VHOST_RX: u32 = 8;
export const STAGE_VHOST_TX: u32 = 9;
export const STAGE_VIRTIO_RX: u32 = 10;
export const STAGE_VIRTIO_TX: u32 = 11;
export const STAGE_FWD_IO: u32 = 12; // + the engine's id
export const STAGE_FWD_MAC: u32 = 13;
export const STAGE_FWD_MACSWAP: u32 = 14;
export const STAGE_FWD_RXONLY: u32 = 15;
export const STAGE_FWD_TXONLY: u32 = 16;
export const STAGE_FWD_MAC_RETRY: u32 = 17;
export const STAGE_FWD_FLOWGEN: u32 = 18;
export const STAGE_FWD_CSUM: u32 = 19;
export const STAGE_FWD_ICMPECHO: u32 = 20;
export const STAGE_FWD_NOISY: u32 = 21;
export const STAGE_FWD_5TSWAP: u32 = 22;
export const STAGE_FWD_SHARED_RXQ: u32 = 23;
export const STAGE_COUNT: u32 = 24;
// A stage's record: four u32, in picoseconds.
export const STAGE_POLL: u32 = 0;
export const STAGE_BURST: u32 = 4;
export const STAGE_PACKET: u32 = 8;
export const STAGE_BYTE: u32 = 12;
export const STAGE_BYTES: u32 = 16;
