// lab-options - what a lab is asked to be, and what it tells of its commands.

export interface LabOptions {
  readonly version?: "2.7" | "3.1";
  /** Cores and NUMA nodes of the host. */
  readonly cores?: number;
  readonly nodes?: number;
  /** NUMA node of each core, instead of those two. */
  readonly numa?: readonly number[];
  /** ovs-vswitchd's --enable-dummy: dummy devices, time/stop and time/warp. */
  readonly enableDummy?: boolean;
  /** NUMA nodes of PCI addresses; others are on node 0. */
  readonly pciNodes?: ReadonlyMap<string, number>;
  /** PCI addresses and the virtual devices that stand for them. */
  readonly pci?: ReadonlyMap<string, string>;
  readonly seed?: number;
  /** Numbers of the packets of an SR-IOV NIC's line to trace, from 1, inclusive. */
  readonly trace?: readonly [number, number];
  /** vhost ports do as DPDK's library where that is not what the specifications say. */
  readonly dpdkQuirks?: boolean;
  /** On the wall's clock, guests are other processes. */
  readonly live?: boolean;
  /** Seconds since 1970 when virtual time begins. */
  readonly epoch?: number;
  /** Folder that the script begins in, and variables beside the usual ones. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command of Open vSwitch has run. */
  readonly onCommand?: (ran: OvsCommand) => void;
  /** Gets ovs-vswitchd's log, line by line. */
  readonly onLog?: (line: string) => void;
}

/** A command of Open vSwitch and its answer. */
export interface OvsCommand {
  readonly words: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}
