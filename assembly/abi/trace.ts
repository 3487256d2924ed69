// trace - one record per hop of a traced packet.
// | 0 time u64 ps | 8 id u32 | 12 kind u32 | 16 port u16 | 18 queue u16 | 20 ring index u16 | 22 occupancy u16 | 24 mbuf u32 |
// | 28 length u32 | 32 lcore u16 | 34 tries u16 | 36 reason or engine u32 | 40 reserved |
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
export const TRACE_BYTES: u32 = 48;
// kinds
export const TRACE_ARRIVED: u32 = 0; // on the wire, into the NIC's rx queue
export const TRACE_RX: u32 = 1; // returned by an rx burst
export const TRACE_TX: u32 = 2; // accepted by a tx burst
export const TRACE_RETRY: u32 = 3; // waits for the tx queue
export const TRACE_DROP: u32 = 4; // died: reason
export const TRACE_CONSUMED: u32 = 5; // ended by design
// A traced packet's id carries this bit everywhere it goes.
export const TRACE_BIT: u32 = 0x80000000;
