// virtio-nic-device - QEMU's device of one virtio NIC in the lab: what it offers its driver, what its control queue has told it, and its link.
import { VIRTIO_NET_S_LINK_UP } from "../../assembly/abi/control.ts";
import type { VirtioNicDevice } from "../dpdk/devices/virtio-nic.ts";
import type { VirtioNetDevice } from "../qemu/devices.ts";
import { NetControl } from "../wasm/control-queue.ts";
import type { Machine } from "../wasm/machine.ts";

export interface DeviceOwner {
  filterChanged(): void;
  pairsChanged(): void;
}

export class LabNicDevice implements VirtioNicDevice {
  readonly features: bigint;
  readonly mtu: number;
  readonly maxPairs: number;
  readonly vectors: number;
  readonly control: NetControl;
  /** Who is told of a new receive filter, and of another number of queue pairs: the process that has it. */
  owner: DeviceOwner;
  private seen = { changes: 0, pairs: 1 };
  private watchers: readonly (() => void)[] = [];

  constructor(machine: Machine, { mac, options }: VirtioNetDevice, maxPairs: number, owner: DeviceOwner) {
    this.features = options.features;
    this.mtu = options.hostMtu;
    this.vectors = options.vectors;
    this.maxPairs = maxPairs;
    this.control = new NetControl(machine, mac, maxPairs);
    this.owner = owner;
  }

  served(): void {
    const { counts, pairs } = this.control;
    const before = this.seen;
    this.seen = { changes: counts.changes, pairs };
    if (counts.changes !== before.changes) this.owner.filterChanged();
    if (pairs !== before.pairs) this.owner.pairsChanged();
  }

  setLink(isUp: boolean): void {
    const before = this.control.status;
    this.control.setStatus(VIRTIO_NET_S_LINK_UP, isUp);
    if (this.control.status !== before) for (const watcher of this.watchers) watcher();
  }

  watchLink(changed: () => void): () => void {
    this.watchers = [...this.watchers, changed];
    return () => {
      this.watchers = this.watchers.filter((other) => other !== changed);
    };
  }
}
