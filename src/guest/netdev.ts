// netdev - a guest's network devices as its kernel keeps them: what drivers have registered, which is whose master.
import type { Queue } from "../wasm/parts.ts";

/** A device on the guest's PCI bus that a network driver has bound: its queues in the engine's memory. */
export interface NetDevice {
  /** QEMU's id. */
  readonly id: string;
  readonly driver: "virtio_net" | "vf";
  readonly mac: bigint;
  /** VIRTIO_NET_F_STANDBY was offered, and acknowledged. */
  readonly standby: boolean;
  /** ndo_set_rx_mode; undefined: a driver that is not asked. groups: multicast addresses, byte 0 lowest */
  setRxMode?(isPromiscuous: boolean, groups: readonly bigint[]): void;
  readonly rx: Queue;
  readonly tx: Queue;
}

export interface Netdev {
  readonly index: number;
  readonly name: string;
  readonly mac: bigint;
  /** undefined: a failover master, which has no queues. */
  readonly device: NetDevice | undefined;
  up: boolean;
  /** IFF_PROMISC */
  isPromiscuous: boolean;
  /** IPv4 address, byte 0 lowest; 0: none. */
  address: number;
  prefix: number;
  /** IFLA_LINK of its device, as set_link and domif-setlink have it. */
  carrier: boolean;
}
