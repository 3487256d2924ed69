// dev-info - what a device says of itself: rte_eth_dev_info, its link, its statistics.
import type { Offloads } from "../limits.ts";

/** RTE_ETH_DEV_FALLBACK_RX_RINGSIZE, and TX: descriptors where neither user nor driver says how many. */
export const FALLBACK_RING_SIZE = 512;

/** rte_eth_dev_info, as far as testpmd shows or checks it. */
export interface DevInfo {
  readonly minMtu: number;
  readonly maxMtu: number;
  readonly minRxBufferSize: number;
  readonly maxRxPacketLength: number;
  readonly maxLroPacketSize: number;
  readonly maxRxQueues: number;
  readonly maxTxQueues: number;
  readonly maxMacAddresses: number;
  readonly maxHashMacAddresses: number;
  readonly maxVfs: number;
  readonly maxVmdqPools: number;
  readonly rxOffloads: Offloads;
  readonly txOffloads: Offloads;
  readonly rxQueueOffloads: Offloads;
  readonly txQueueOffloads: Offloads;
  readonly hashKeySize: number;
  readonly retaSize: number;
  readonly flowTypeRssOffloads: bigint;
  readonly rxDescriptors: { readonly max: number; readonly min: number; readonly align: number };
  readonly txDescriptors: {
    readonly max: number;
    readonly min: number;
    readonly align: number;
    readonly segmentsMax: number;
    readonly mtuSegmentsMax: number;
  };
  readonly speedCapabilities: number;
  readonly deviceCapabilities: bigint;
  /** default_rxportconf and default_txportconf: what the driver prefers; 0: nothing. */
  readonly preferred: {
    readonly rxBurst: number;
    readonly txBurst: number;
    readonly rxd: number;
    readonly txd: number;
  };
  /** default_rxconf and default_txconf, as `show config rxtx` prints them. */
  readonly rxFreeThreshold: number;
  readonly rxDropEnable: number;
  readonly txFreeThreshold: number;
  readonly txRsThreshold: number;
}

/** What a driver without wishes answers: rte_eth_dev_info_get's defaults. */
export const PLAIN_INFO: DevInfo = {
  minMtu: 46,
  maxMtu: 65535,
  minRxBufferSize: 0,
  maxRxPacketLength: 4294967295,
  maxLroPacketSize: 0,
  maxRxQueues: 1,
  maxTxQueues: 1,
  maxMacAddresses: 1,
  maxHashMacAddresses: 0,
  maxVfs: 0,
  maxVmdqPools: 0,
  rxOffloads: 0n,
  txOffloads: 0n,
  rxQueueOffloads: 0n,
  txQueueOffloads: 0n,
  hashKeySize: 0,
  retaSize: 0,
  flowTypeRssOffloads: 0n,
  rxDescriptors: { max: 65535, min: 0, align: 1 },
  txDescriptors: { max: 65535, min: 0, align: 1, segmentsMax: 65535, mtuSegmentsMax: 65535 },
  speedCapabilities: 0,
  deviceCapabilities: 0n,
  preferred: { rxBurst: 0, txBurst: 0, rxd: 0, txd: 0 },
  rxFreeThreshold: 0,
  rxDropEnable: 0,
  txFreeThreshold: 0,
  txRsThreshold: 0,
};

export interface Link {
  readonly up: boolean;
  /** 4294967295: unknown. */
  readonly speedMbps: number;
  readonly fullDuplex: boolean;
  readonly autoneg: boolean;
}

/** What net_null, net_pcap, net_ring and net_vhost say of their link: 10 Gbps, fixed. */
export const SOFTWARE_LINK: Omit<Link, "up"> = { speedMbps: 10_000, fullDuplex: true, autoneg: false };

/** rte_eth_stats. */
export interface EthStats {
  readonly ipackets: number;
  readonly opackets: number;
  readonly ibytes: number;
  readonly obytes: number;
  readonly imissed: number;
  readonly ierrors: number;
  readonly oerrors: number;
  readonly rxNombuf: number;
}

export type Xstat = readonly [name: string, value: number];
