// sizes - bytes of the engine's structs, for who plans the memory. Each file that defines a struct checks at compile time that it fits.
export const PORT_QUEUE_BYTES: u32 = 128;
export const NIC_RX_BYTES: u32 = 128;
export const NIC_TX_BYTES: u32 = 64;
export const NIC_TX_PORT_BYTES: u32 = 64;
export const NULL_QUEUE_BYTES: u32 = 64;
export const PCAP_QUEUE_BYTES: u32 = 64;
export const EGRESS_BYTES: u32 = 64;
export const INGRESS_SOURCE_BYTES: u32 = 64;
export const PACER_PORTS: u32 = 64; // ports whose lines a pacer keeps
export const PACER_BYTES: u32 = 640; // 128 + 8 x PACER_PORTS
export const DEVICE_QUEUE_BYTES: u32 = 320;
export const GUEST_MEMORY_BYTES: u32 = 256;
export const NET_CONTROL_BYTES: u32 = 1664; // 96 + 2 x 8 x 64 + 4096 / 8, rounded
export const SCHEDULER_BYTES: u32 = 64;
export const TEMPLATE_BYTES: u32 = 64; // a generated frame's first bytes
export const FORWARD_CONFIG_BYTES: u32 = 768;
export const PORT_CONFIG_BYTES: u32 = 128;
