// net-failover - the three-netdev model of Linux's net_failover (Documentation/networking/net_failover.rst; drivers/net/net_failover.c and
// net/core/failover.c of 6.1): a virtio device with STANDBY gets a master netdev above its own, the standby; another Ethernet device on PCI with
// the master's MAC becomes the primary. The kernel pairs by MAC alone, QEMU by id.
// Invariants: F1 a master has one standby, and one primary at most. F2 the master transmits by its primary while that is up and has carrier, else
// by its standby under the same conditions, else not at all.
import type { NetDevice, Netdev } from "./netdev.ts";

export interface FailoverPair {
  readonly master: Netdev;
  readonly standby: Netdev;
  primary: Netdev | undefined;
}

export class NetFailover {
  readonly pairs: FailoverPair[] = [];

  /** virtio_net's probe of a device with STANDBY: net_failover_create. */
  create(master: Netdev, standby: Netdev): void {
    this.pairs.push({ master, standby, primary: undefined });
    standby.up = master.up;
  }

  /** NETDEV_REGISTER of another netdev. @returns the pair whose primary it now is; undefined: it stands alone */
  register(netdev: Netdev): FailoverPair | undefined {
    const pair = this.pairs.find(({ master, primary }) => master.mac === netdev.mac && primary === undefined);
    if (pair === undefined) return undefined;
    pair.primary = netdev;
    netdev.up = pair.master.up;
    return pair;
  }

  /** NETDEV_UNREGISTER: the primary's driver lets go of it. */
  unregister(netdev: Netdev): void {
    for (const pair of this.pairs) if (pair.primary === netdev) pair.primary = undefined;
  }

  /** Opening and closing the master does so to its slaves. */
  setUp(master: Netdev, up: boolean): void {
    for (const pair of this.pairs) {
      if (pair.master !== master) continue;
      master.up = up;
      pair.standby.up = up;
      if (pair.primary !== undefined) pair.primary.up = up;
    }
  }

  pairOf(netdev: Netdev): FailoverPair | undefined {
    return this.pairs.find(({ master, standby, primary }) => [master, standby, primary].includes(netdev));
  }

  /** net_failover_start_xmit's choice; undefined: the frame is dropped. */
  active({ master, standby, primary }: FailoverPair): (Netdev & { readonly device: NetDevice }) | undefined {
    if (!master.up) return undefined;
    const ready = (slave: Netdev | undefined): slave is Netdev & { readonly device: NetDevice } =>
      slave?.device !== undefined && slave.up && slave.carrier;
    return [primary, standby].find(ready);
  }
}
