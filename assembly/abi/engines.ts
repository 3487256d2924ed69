// engines - the ids of the forwarding engines. The command line's name is the constant's, in lower case.
export const ENGINE_IO: u32 = 0;
export const ENGINE_MAC: u32 = 1;
export const ENGINE_MACSWAP: u32 = 2;
export const ENGINE_RXONLY: u32 = 3;
export const ENGINE_TXONLY: u32 = 4;
export const ENGINE_MAC_RETRY: u32 = 5;
