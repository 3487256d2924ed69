// device-context - what a driver needs of the world to probe a device: the engine's memory, files, and where its log lines go.
import type { HostInput } from "../../capture/input.ts";
import type { Fd, Host } from "../../vhost-user/host.ts";
import type { GuestWindow, Machine } from "../../wasm/machine.ts";
import type { EalLog } from "../eal/eal-log.ts";

/** A file that a device writes while it is open: net_pcap's, readable by others all the time, as the real one's is. */
export interface DeviceFile {
  /** The process's descriptor of it, for the lcore that fills it. */
  readonly fd: number;
  write(chunk: Uint8Array): void;
  close(): void;
}

export interface DeviceFiles {
  /** @throws FileError when it cannot be read */
  openInput(path: string): HostInput;
  /** Creates or truncates it. @throws FileError when it cannot be written */
  create(path: string): DeviceFile;
}

/** A file that cannot be opened; its message is what strerror says of why. */
export class FileError extends Error {}

/** What sockets to peers in other processes need. */
export interface LiveHost extends Host {
  /** Moves pages of ours into a file that peers can map. @returns its descriptor, the caller's */
  shareWindow(linear: number, size: number): Fd;
  /** Adds one to an eventfd. */
  signal(fd: Fd): void;
  /** Calls `then` whenever an eventfd is signalled. @returns what ends it */
  watch(fd: Fd, then: () => void): () => void;
  /**
   * Lets peers' memory be mapped, while no lcore polls: from now on a process of its own runs the lcores, and it alone sees that memory, because
   * a peer that cuts its file kills whoever touches it. usedBytes: of the linear memory, from its beginning
   */
  admitPeers(usedBytes: number): Promise<void>;
}

export interface LiveContext {
  readonly host: LiveHost;
  /** Lets peers' memory be mapped; the first call moves the lcores. */
  admitPeers(): Promise<void>;
  /** The file behind the window, for peers to map; the first call makes it. */
  windowFd(): Promise<Fd>;
  /** Does something while no lcore polls. */
  still(change: () => void | Promise<void>): Promise<void>;
  /** A line of ours about a peer. */
  warn(line: string): void;
}

/** What drivers ask of the processor. */
export interface Cpu {
  /** rte_vect_get_max_simd_bitwidth: --force-max-simd-bitwidth. */
  readonly simdBits: number;
  /** RTE_CPUFLAG_AVX512F */
  readonly hasAvx512: boolean;
}

export interface DeviceContext {
  readonly cpu: Cpu;
  readonly machine: Machine;
  readonly files: DeviceFiles;
  /** Linear address of the main lcore's context. */
  readonly mainLcore: number;
  /** Memory that both sides of an in-memory virtio link see: rings, and the pool's buffers. */
  readonly window: GuestWindow;
  /** Nanoseconds since 1970 of the clock's 0. */
  readonly epochNs: bigint;
  readonly log: EalLog;
  /** rte_eth_dev_callback_process: something happened to a port, e.g. "link state change". */
  event(port: number, what: string): void;
  /** There may be peers in other processes: not in virtual time. */
  readonly hasLive: boolean;
  /** --dpdk-quirks (ours): vhost devices do as DPDK's library where that is not what the specifications say. */
  readonly dpdkQuirks: boolean;
  /** Sockets to them. @throws UsageError where they cannot be had */
  live(): Promise<LiveContext>;
  /** A MAC address for a device that has none of its own: locally administered, unicast. */
  randomMac(): bigint;
}

/** A device that could not be probed; what there is to say has been logged. */
export class ProbeError extends Error {}
