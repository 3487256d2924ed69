// settings - testpmd's global variables: what its options and `set` commands change, with the defaults of 22.11 (app/test-pmd/testpmd.c).
// Written by options.ts and the commands, read at `start` and by the blocks that show them.
// Not modelled: DCB, hairpin, external memory, latency and bitrate statistics (their options are accepted).
import { MAX_ETHPORTS, type Offloads } from "../dpdk/limits.ts";

export type ForwardModeName =
  | "io"
  | "mac"
  | "macswap"
  | "flowgen"
  | "rxonly"
  | "txonly"
  | "csum"
  | "icmpecho"
  | "noisy"
  | "5tswap"
  | "ieee1588"
  | "shared_rxq"
  /** DPDK 2.x's: 22.11 has no such mode (ours). */
  | "mac_retry";

export type PortTopology = "paired" | "chained" | "loop";
export type TxSplit = "off" | "on" | "rand";

export interface NoisySettings {
  /** --noisy-tx-sw-buffer-size, packets; 0: no FIFO. */
  bufferSize: number;
  /** --noisy-tx-sw-buffer-flushtime, ms; 0: never. */
  flushTimeMs: number;
  /** --noisy-lkup-memory, MB. */
  lookupMemoryMb: bigint;
  writes: bigint;
  reads: bigint;
  readsWrites: bigint;
}

export interface Settings {
  interactive: boolean;
  autoStart: boolean;
  txFirst: boolean;
  cmdlineFile: string;
  /** --stats-period, s; 0: none. */
  statsPeriod: number;
  /** --idle (ours): lcores sleep while live peers are quiet. */
  idle: boolean;
  /** Names of --display-xstats. */
  xstatsDisplay: string[];
  xstatsHideZero: boolean;
  forwardMode: ForwardModeName;
  retryEnabled: boolean;
  /** µs before each further attempt. */
  txRetryDelayUs: number;
  txRetryNum: number;
  burst: number;
  mbcache: number;
  /** --total-num-mbufs; 0: by testpmd's formula. */
  totalNumMbufs: number;
  /** --mbuf-size, bytes, headroom included. */
  mbufSizes: number[];
  maxPacketLength: number;
  rxq: number;
  txq: number;
  /** 0: what the driver prefers. */
  rxd: number;
  txd: number;
  /** -1: the driver's. */
  rxFreeThreshold: number;
  rxDropEnable: number;
  txFreeThreshold: number;
  txRsThreshold: number;
  rxThresholds: { pthresh: number; hthresh: number; wthresh: number };
  txThresholds: { pthresh: number; hthresh: number; wthresh: number };
  rxOffloads: Offloads;
  txOffloads: Offloads;
  rssHf: bigint;
  rxMqMode: number;
  topology: PortTopology;
  /** Peers of the ports, 48 bits, byte 0 lowest; by tx port id. */
  peers: bigint[];
  verbose: number;
  txSegments: number[];
  txSplit: TxSplit;
  /** ns between bursts, between packets of one. */
  txTimes: { inter: number; intra: number };
  txMultiFlow: boolean;
  /** IPv4 addresses of txonly, as numbers. */
  txIpSource: number;
  txIpDestination: number;
  txUdpSource: number;
  txUdpDestination: number;
  flowgenFlows: number;
  flowgenClones: number;
  noisy: NoisySettings;
  noFlushRx: boolean;
  noLinkCheck: boolean;
  /** --disable-device-start. */
  noDeviceStart: boolean;
  numa: boolean;
  lscInterrupt: boolean;
  rmvInterrupt: boolean;
  hotPlug: boolean;
  mlockall: boolean;
  recordCoreCycles: boolean;
  recordBurstStats: boolean;
  /** --rxq-share: ports of a group; 0: off. */
  rxqShare: number;
  numProcs: number;
  procId: number;
  /** --mp-alloc: native, anon, xmem, xmemhuge, xbuf. */
  mpAlloc: "native" | "anon" | "xmem" | "xmemhuge" | "xbuf";
}

/** testpmd's defaults. Peer of port i: 02:00:00:00:00:ii. */
export function defaultSettings(): Settings {
  return {
    interactive: false,
    autoStart: false,
    txFirst: false,
    cmdlineFile: "",
    statsPeriod: 0,
    idle: false,
    xstatsDisplay: [],
    xstatsHideZero: false,
    forwardMode: "io",
    retryEnabled: false,
    txRetryDelayUs: 1,
    txRetryNum: 64,
    burst: 32,
    mbcache: 250,
    totalNumMbufs: 0,
    mbufSizes: [2176],
    maxPacketLength: 0,
    rxq: 1,
    txq: 1,
    rxd: 0,
    txd: 0,
    rxFreeThreshold: -1,
    rxDropEnable: -1,
    txFreeThreshold: -1,
    txRsThreshold: -1,
    rxThresholds: { pthresh: -1, hthresh: -1, wthresh: -1 },
    txThresholds: { pthresh: -1, hthresh: -1, wthresh: -1 },
    rxOffloads: 0n,
    txOffloads: 0x10000n, // RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE
    rssHf: 0xa38cn, // RTE_ETH_RSS_IP
    rxMqMode: 7, // RTE_ETH_MQ_RX_VMDQ_DCB_RSS
    topology: "paired",
    peers: Array.from({ length: MAX_ETHPORTS }, (_, port) => 0x02n | (BigInt(port) << 40n)),
    verbose: 0,
    txSegments: [64],
    txSplit: "off",
    txTimes: { inter: 0, intra: 0 },
    txMultiFlow: false,
    txIpSource: 0xc612_0001,
    txIpDestination: 0xc612_0002,
    txUdpSource: 9,
    txUdpDestination: 9,
    flowgenFlows: 1024,
    flowgenClones: 0,
    noisy: { bufferSize: 0, flushTimeMs: 0, lookupMemoryMb: 0n, writes: 0n, reads: 0n, readsWrites: 0n },
    noFlushRx: false,
    noLinkCheck: false,
    noDeviceStart: false,
    numa: true,
    lscInterrupt: true,
    rmvInterrupt: true,
    hotPlug: false,
    mlockall: true,
    recordCoreCycles: false,
    recordBurstStats: false,
    rxqShare: 0,
    numProcs: 1,
    procId: 0,
    mpAlloc: "native",
  };
}
