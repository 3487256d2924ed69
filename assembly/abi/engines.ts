// engines - the ids of the forwarding engines. The command line's name is the constant's, in lower case.
export const ENGINE_IO: u32 = 0;
export const ENGINE_MAC: u32 = 1;
export const ENGINE_MACSWAP: u32 = 2;
export const ENGINE_RXONLY: u32 = 3;
export const ENGINE_TXONLY: u32 = 4;
export const ENGINE_MAC_RETRY: u32 = 5;
export const ENGINE_FLOWGEN: u32 = 6;
export const ENGINE_CSUM: u32 = 7;
export const ENGINE_ICMPECHO: u32 = 8;
export const ENGINE_NOISY: u32 = 9;
export const ENGINE_5TSWAP: u32 = 10;
export const ENGINE_SHARED_RXQ: u32 = 11;
export const ENGINE_OVS: u32 = 12; // no mode of testpmd's: a receive queue of an OVS datapath thread
export const ENGINE_VEB: u32 = 13; // no mode of testpmd's: a port of an SR-IOV NIC's embedded switch
export const ENGINE_KERNEL: u32 = 14; // no mode of testpmd's: a netdev of a Linux guest
export const ENGINE_L3FWD: u32 = 15; // no mode of testpmd's: an rx queue of l3fwd-power
