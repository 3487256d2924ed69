// classes - the u64 counters that a virtio device's xstats are made of: packets by their destination and by their size.
export const CLASS_MULTICAST: u32 = 0;
export const CLASS_BROADCAST: u32 = 1;
export const CLASS_UNDERSIZE: u32 = 2; // below 64 bytes
export const CLASS_64: u32 = 3;
export const CLASS_65_127: u32 = 4;
export const CLASS_128_255: u32 = 5;
export const CLASS_256_511: u32 = 6;
export const CLASS_512_1023: u32 = 7;
export const CLASS_1024_1518: u32 = 8;
export const CLASS_1519_MAX: u32 = 9;
export const CLASS_COUNT: u32 = 10;
