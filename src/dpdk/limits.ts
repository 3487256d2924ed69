// limits - DPDK's build-time limits and the types that devices and applications share.

/** RTE_MAX_ETHPORTS: ports that a process can have. */
export const MAX_ETHPORTS = 32;
/** RTE_MAX_LCORE. */
export const MAX_LCORE = 128;
/** Bit masks of RTE_ETH_RX_OFFLOAD_* and RTE_ETH_TX_OFFLOAD_*. */
export type Offloads = bigint;
