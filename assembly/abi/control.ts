// control - the control queue of virtio-net: classes, commands and answers (virtio 1.3, 5.1.6.5), and what a device's state is asked for.
export const VIRTIO_NET_OK: u32 = 0;
export const VIRTIO_NET_ERR: u32 = 1;
export const VIRTIO_NET_CTRL_RX: u32 = 0;
export const VIRTIO_NET_CTRL_RX_PROMISC: u32 = 0;
export const VIRTIO_NET_CTRL_RX_ALLMULTI: u32 = 1;
export const VIRTIO_NET_CTRL_RX_ALLUNI: u32 = 2;
export const VIRTIO_NET_CTRL_RX_NOMULTI: u32 = 3;
export const VIRTIO_NET_CTRL_RX_NOUNI: u32 = 4;
export const VIRTIO_NET_CTRL_RX_NOBCAST: u32 = 5;
export const VIRTIO_NET_CTRL_MAC: u32 = 1;
export const VIRTIO_NET_CTRL_MAC_TABLE_SET: u32 = 0;
export const VIRTIO_NET_CTRL_MAC_ADDR_SET: u32 = 1;
export const VIRTIO_NET_CTRL_VLAN: u32 = 2;
export const VIRTIO_NET_CTRL_VLAN_ADD: u32 = 0;
export const VIRTIO_NET_CTRL_VLAN_DEL: u32 = 1;
export const VIRTIO_NET_CTRL_ANNOUNCE: u32 = 3;
export const VIRTIO_NET_CTRL_ANNOUNCE_ACK: u32 = 0;
export const VIRTIO_NET_CTRL_MQ: u32 = 4;
export const VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET: u32 = 0;
// Of the configuration space's status.
export const VIRTIO_NET_S_LINK_UP: u32 = 1;
export const VIRTIO_NET_S_ANNOUNCE: u32 = 2;
// Addresses that QEMU's table holds, unicast and multicast ones together: MAC_TABLE_ENTRIES.
export const MAC_TABLE_ENTRIES: u32 = 64;
// Identifiers of VLANs.
export const VLAN_IDS: u32 = 4096;
// A driver's command area: class and command, the ack byte, then data; so struct virtio_pmd_ctrl of DPDK.
export const CONTROL_ACK: u32 = 2;
export const CONTROL_DATA: u32 = 3;
export const CONTROL_DATA_MAX: u32 = 2048; // VIRTIO_MAX_CTRL_DATA
// The queue's size in QEMU.
export const CONTROL_QUEUE_SIZE: u32 = 64;
// Parts of a command's data that a driver sends: TABLE_SET has two.
export const CONTROL_PARTS_MAX: u32 = 8;
// controlAnswer: the device has not answered yet.
export const CONTROL_PENDING: u32 = 256; // no ack byte
// netControlState's questions; the receive modes are 0 to 5, by their commands.
export const CONTROL_STATE_MAC: u32 = 6;
export const CONTROL_STATE_STATUS: u32 = 7;
export const CONTROL_STATE_PAIRS: u32 = 8;
export const CONTROL_STATE_IN_USE: u32 = 9; // addresses in the table,
export const CONTROL_STATE_FIRST_MULTI: u32 = 10; // and how many of them are unicast
export const CONTROL_STATE_UNI_OVERFLOW: u32 = 11;
export const CONTROL_STATE_MULTI_OVERFLOW: u32 = 12;
export const CONTROL_STATE_CHANGES: u32 = 13; // commands that changed the receive filter
export const CONTROL_STATE_SERVED: u32 = 14; // commands that were answered,
export const CONTROL_STATE_REFUSED: u32 = 15; // and chains given back without an answer
