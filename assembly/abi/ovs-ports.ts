// ovs-ports - ids of what a datapath port is and counts.
// Kinds: how netdev_send treats what the device does not take.
export const OVS_PORT_DPDK: u32 = 0; // type=dpdk: asked until it takes nothing
export const OVS_PORT_VHOST: u32 = 1; // dpdkvhostuser, dpdkvhostuserclient: asked tx-retries-max times more
export const OVS_PORT_INTERNAL: u32 = 2; // a tap, or any device of the kernel: given once
export const OVS_PORT_DUMMY: u32 = 3; // of OVS's own tests: the first frame that is too big ends the batch
// How a thread's tx queue is chosen (enum txq_mode).
export const TXQ_STATIC: u32 = 0;
export const TXQ_XPS: u32 = 1; // the queue that the fewest threads use, for as long as it is used
export const TXQ_XPS_HASH: u32 = 2; // tx-steering=hash
// Settings of a port, by ovsPortSet.
export const OVS_PORT_KIND: u32 = 0; // OVS_PORT_*
export const OVS_PORT_MAX_LENGTH: u32 = 1; // bytes of a frame: MTU + 18 of DPDK's, MTU + 14 of a dummy
export const OVS_PORT_RETRIES_MAX: u32 = 2; // tx-retries-max
export const OVS_PORT_CONNECTED: u32 = 3; // 0: a vhost port without its guest, or a device that is down
export const OVS_PORT_TXQ_MODE: u32 = 4; // TXQ_*
export const OVS_PORT_HEAP: u32 = 5; // 1: its packets are no mbufs of DPDK's, as the source rule of output batches sees it
export const OVS_PORT_SETTINGS: u32 = 6;
// Policers: srTCM without excess burst, in TSC cycles and bytes.
export const POLICER_INGRESS: u32 = 0;
export const POLICER_EGRESS: u32 = 1;
// Counters of a port on one thread, u64 each.
export const OVS_TX_PACKETS: u32 = 0; // that the device took
export const OVS_TX_BYTES: u32 = 1;
export const OVS_TX_DROPPED: u32 = 2; // of whatever reason
export const OVS_TX_RETRIES: u32 = 3;
export const OVS_TX_FAILURE_DROPS: u32 = 4;
export const OVS_TX_MTU_EXCEEDED_DROPS: u32 = 5;
export const OVS_TX_QOS_DROPS: u32 = 6;
export const OVS_RX_QOS_DROPS: u32 = 7;
export const OVS_PORT_COUNTERS: u32 = 8;
// A receive queue's, u64 each.
export const RXQ_BUSY_PS: u32 = 0; // processing time: its polls that brought packets, and its share of sending them
export const RXQ_COUNTERS: u32 = 1;
