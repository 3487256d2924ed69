// trace - one record per hop of a traced packet.
// | 0 time u64 ps | 8 id u32 | 12 kind u32 | 16 port u16 | 18 queue u16 | 20 ring index u16 | 22 occupancy u16 | 24 mbuf u32 |
// | 28 length u32 | 32 lcore u16 | 34 tries u16 | 36 reason or engine u32 | 40 detail u32 | 44 reserved |
export const TRACE_TIME: u32 = 0;
export const TRACE_ID: u32 = 8;
export const TRACE_KIND: u32 = 12;
export const TRACE_PORT: u32 = 16;
export const TRACE_QUEUE: u32 = 18;
export const TRACE_INDEX: u32 = 20;
export const TRACE_OCCUPANCY: u32 = 22;
export const TRACE_MBUF: u32 = 24;
export const TRACE_LENGTH: u32 = 28;
export const TRACE_LCORE: u32 = 32;
export const TRACE_TRIES: u32 = 34;
export const TRACE_REASON: u32 = 36;
export const TRACE_DETAIL: u32 = 40; // of OVS's hops
export const TRACE_BYTES: u32 = 48;
// kinds
export const TRACE_ARRIVED: u32 = 0; // on the wire, into the NIC's rx queue
export const TRACE_RX: u32 = 1; // returned by an rx burst
export const TRACE_TX: u32 = 2; // accepted by a tx burst
export const TRACE_RETRY: u32 = 3; // waits for the tx queue
export const TRACE_DROP: u32 = 4; // died: reason
export const TRACE_CONSUMED: u32 = 5; // ended by design
// OVS's: `tries` is how often the packet was recirculated.
export const TRACE_OVS_KEY: u32 = 6; // extracted. detail: the hash
export const TRACE_OVS_SIMPLE: u32 = 7; // the simple match table. reason: HIT_*; detail: the megaflow's cookie
export const TRACE_OVS_EMC: u32 = 8; // reason: HIT_*; detail: of a hit likewise, else why the first slot missed, in the upper half the second: EMC_*
export const TRACE_OVS_SMC: u32 = 9; // reason, detail: as TRACE_OVS_SIMPLE
export const TRACE_OVS_DPCLS: u32 = 10; // likewise
export const TRACE_OVS_UPCALL: u32 = 11; // asked. reason: UPCALL_*
export const TRACE_OVS_CACHED: u32 = 12; // entered the EMC. detail: 1 + the cookie of the megaflow that it evicted, 0: none
export const TRACE_OVS_ACTION: u32 = 13; // reason: ACTION_*; detail: its first argument
export const HIT_NO: u32 = 0;
export const HIT_YES: u32 = 1;
// Why a slot of the EMC missed.
export const EMC_EMPTY: u32 = 0;
export const EMC_OTHER: u32 = 1; // another key's
export const EMC_DEAD: u32 = 2; // its megaflow was deleted
// A traced packet's id carries this bit everywhere it goes.
export const TRACE_BIT: u32 = 0x80000000;
