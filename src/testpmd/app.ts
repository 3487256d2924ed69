// app - the testpmd program as its commands and blocks see it: ports, streams, lcores, and what can be done with them.
// session.ts makes one; commands change it; blocks print it.
import type { EthStats } from "../dpdk/devices/dev-info.ts";
import type { Ethdev } from "../dpdk/devices/ethdev.ts";
import type { Io } from "../dpdk/io.ts";
import type { Offloads } from "../dpdk/limits.ts";
import type { ForwardModeName, Settings } from "./settings.ts";

/** rte_port of testpmd: a device and what testpmd keeps about it. */
export interface Port {
  readonly id: number;
  readonly dev: Ethdev;
  status: "stopped" | "started" | "handling" | "closed";
  needReconfigure: boolean;
  needReconfigureQueues: boolean;
  /** dev_conf.rxmode.offloads and .txmode.offloads. */
  rxOffloads: Offloads;
  txOffloads: Offloads;
  txVlanId: number;
  txVlanIdOuter: number;
  parseTunnel: boolean;
  /** csum writes addresses: `csum mac-swap`. */
  macSwap: boolean;
  tsoSegmentSize: number;
  tunnelTsoSegmentSize: number;
  /** What its queues were set up with. */
  rxd: number;
  txd: number;
  rxQueueStarted: boolean[];
  txQueueStarted: boolean[];
  /** Statistics when forwarding started: what `show fwd stats` subtracts. */
  statsBase: EthStats;
}

export interface StreamStats {
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly fwdDropped: number;
  readonly rxBadIpChecksum: number;
  readonly rxBadL4Checksum: number;
  readonly rxBadOuterIpChecksum: number;
  readonly rxBadOuterL4Checksum: number;
  readonly coreCycles: bigint;
  /** Bursts by size, entry 0 those of no packets: 513 entries. */
  readonly rxSpread: readonly number[];
  readonly txSpread: readonly number[];
}

/** fwd_stream: what is forwarded where. */
export interface ForwardStream {
  readonly rxPort: number;
  readonly rxQueue: number;
  readonly txPort: number;
  readonly txQueue: number;
  /** Index of the peer's address. */
  readonly peer: number;
  /** Of the last start's reset; zeros before the first. */
  stats(): StreamStats;
}

/** fwd_config: which streams, by which lcores. */
export interface ForwardConfig {
  /** The engine that this configuration was made for. */
  readonly mode: ForwardModeName;
  readonly ports: readonly number[];
  readonly streams: readonly ForwardStream[];
  /** Forwarding lcores that take part, with their streams' range. */
  readonly lcores: readonly { readonly id: number; readonly first: number; readonly count: number }[];
}

export interface App extends Io {
  readonly settings: Settings;
  /** Attached ports by id. */
  readonly ports: ReadonlyMap<number, Port>;
  /** fwd_ports_ids: ports that may forward, in order; settings of --portmask and `set portlist`. */
  forwardPorts: number[];
  /** nb_fwd_ports: how many of them do. */
  forwardPortCount: number;
  /** fwd_lcores_cpuids: lcores that may forward, in order. */
  forwardLcores: number[];
  /** nb_fwd_lcores and nb_cfg_lcores. */
  forwardLcoreCount: number;
  /** nb_lcores: lcores there are, the main one not counted. */
  readonly lcoreCount: number;
  readonly mainLcore: number;
  readonly lcores: readonly number[];
  /** The current configuration, made by the last `start`, `show config fwd` or the like. */
  readonly config: ForwardConfig;
  /** Forwarding is on. */
  readonly running: boolean;
  /** MHz of the clock that coreCycles counts. */
  readonly clockMHz: number;
  /** Nanoseconds of that clock; for rates since the last show. */
  nowNs(): bigint;

  /** fwd_config_setup: makes the configuration anew from the settings; prints the warnings of 22.11. */
  setupForwarding(): void;
  /** start_packet_forwarding: prints what 22.11 prints. txFirst: rounds of generated bursts */
  startForwarding(txFirst: number): Promise<void>;
  /** stop_packet_forwarding with its blocks. */
  stopForwarding(): Promise<void>;
  /** fwd_stats_reset: streams' counters and the ports' bases. */
  resetForwardStats(): void;

  /** `port start|stop|close|reset ID`; undefined: all. They print what 22.11 prints. */
  startPort(id: number | undefined): Promise<boolean>;
  stopPort(id: number | undefined): Promise<void>;
  closePort(id: number | undefined): Promise<void>;
  resetPort(id: number | undefined): Promise<void>;
  /** `port attach IDENTIFIER`, `port detach ID`, `device detach NAME`. */
  attachPort(identifier: string): Promise<void>;
  detachPort(id: number): Promise<void>;
  detachDevice(identifier: string): Promise<void>;

  /** Tells running streams what `set burst tx delay .. retry ..`, `set verbose` and `set record-..` changed. */
  applySettings(): void;
  /** A whole text file, for `load`; undefined: it cannot be read. */
  readText(path: string): string | undefined;
  /** Lets lcores, timers and signals go on; with ms: for so long (virtual time: so much of it). */
  rest(ms?: number): Promise<void>;
  /** Ctrl-C. */
  readonly interrupted: boolean;
}

/** port_id_is_invalid without its message. */
export function hasPort(app: App, id: number): boolean {
  return app.ports.has(id);
}
