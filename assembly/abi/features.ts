// features - virtio feature bit NUMBERS (virtio 1.3, sections 5.1.3 and 6) that the rings know, and net header constants.
export const VIRTIO_NET_F_MRG_RXBUF: u32 = 15;
export const VIRTIO_F_INDIRECT_DESC: u32 = 28;
export const VIRTIO_F_EVENT_IDX: u32 = 29;
export const VIRTIO_F_VERSION_1: u32 = 32;
export const VIRTIO_F_RING_PACKED: u32 = 34;
export const VIRTIO_F_IN_ORDER: u32 = 35;
// What both sides of a ring agreed on, as a mask: the set-up functions' `agreed`.
export const RING_MERGEABLE: u32 = 1; // VIRTIO_NET_F_MRG_RXBUF
export const RING_PACKED: u32 = 2;
export const RING_IN_ORDER: u32 = 4;
export const RING_INDIRECT: u32 = 8;
export const RING_EVENT_IDX: u32 = 16;
export const RING_OFFLOADS: u32 = 32; // net headers may ask for checksums and segmentation: CSUM or HOST_*, towards the driver GUEST_*
export const RING_LEGACY_FLAGS: u32 = 64; // the device turns what a header asks for into Tx flags: net_vhost's legacy-ol-flags
export const RING_DPDK_QUIRKS: u32 = 128; // not agreed on: the device does what DPDK's vhost library does where that is not what the specification says
export const RING_VECTOR: u32 = 256; // not agreed on: the driver's side moves packets by its vector burst function
export const RING_CALLED: u32 = 512; // with RING_DPDK_QUIRKS: the driver was called since the ring was new, so its first burst is nothing special
export const RING_DISCARDS: u32 = 1024; // not agreed on: the driver disabled the ring, and what it sends by it is dropped
