// ports - the ids of the port kinds.
export const PORT_NULL: u32 = 0;
export const PORT_NIC: u32 = 1;
export const PORT_PCAP: u32 = 2;
export const PORT_RING: u32 = 3;
export const PORT_VHOST: u32 = 4;
export const PORT_VIRTIO: u32 = 5;
