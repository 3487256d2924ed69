// ingress - the index of packets that enter through simulated NICs: one entry a packet, in replay order.
// Written by src/capture (data, length, time, port), then by nic-pacer (time becomes the arrival, queue, id); read by port/nic.
// | 0 data u32: linear address of byte 0 | 4 length u32: captured bytes | 8 time u64 | 16 port u16 | 18 queue u16 | 20 id u32 |
// time is nanoseconds since 1970 as captured, and after pacing the arrival in virtual picoseconds since the first packet.
export const INGRESS_DATA: u32 = 0;
export const INGRESS_LENGTH: u32 = 4;
export const INGRESS_TIME: u32 = 8;
export const INGRESS_PORT: u32 = 16;
export const INGRESS_QUEUE: u32 = 18;
export const INGRESS_ID: u32 = 20;
export const INGRESS_BYTES: u32 = 24;
