// ethdev-vhost - net_vhost: the device side of virtqueues. Follows drivers/net/vhost of 22.11: MAC 56:48:4F:53:54:<port>, link up while a
// driver is connected.
import { type DevInfo, Ethdev, type Link, PLAIN_INFO, type QueueSetup, SOFTWARE_LINK } from "./ethdev.ts";
import type { VhostVdev } from "./vdev-vhost.ts";
import type { VirtioLink } from "./virtio-link.ts";

/** RTE_ETH_RX_OFFLOAD_VLAN_STRIP; RTE_ETH_TX_OFFLOAD_VLAN_INSERT and MULTI_SEGS. */
const RX_OFFLOADS = 0x1n;
const TX_OFFLOADS = 0x8001n;
/** "VHOST" and the port's id. */
const MAC_BASE = 0x54_534f_4856n;

export class VhostEthdev extends Ethdev {
  readonly driver = "net_vhost";
  private readonly vdev: VhostVdev;
  private readonly virtio: VirtioLink;

  private queues: QueueSetup | undefined;
  private pool = 0;

  /** event: says that something has happened to the port */
  constructor(link: VirtioLink, id: number, vdev: VhostVdev, event: (port: number, what: string) => void) {
    super(id, vdev.name, vdev.devargs, MAC_BASE | (BigInt(id & 0xff) << 40n));
    this.vdev = vdev;
    this.virtio = link;
    link.attachHost(id, vdev);
    link.onChange = () => {
      if (this.queues === undefined) return;
      this.setup(this.queues, this.pool);
      for (let ring = 0; ring < 2 * link.queuePairs; ring++) event(id, "queue state");
      event(id, "link state change");
    };
  }

  get info(): DevInfo {
    const { queues } = this.vdev;
    return {
      ...PLAIN_INFO,
      maxRxQueues: queues,
      maxTxQueues: queues,
      rxOffloads: RX_OFFLOADS,
      txOffloads: TX_OFFLOADS,
    };
  }

  link(): Link {
    return { ...SOFTWARE_LINK, up: this.started && this.virtio.connected };
  }

  protected setup(queues: QueueSetup, pool: number): number {
    this.queues = queues;
    this.pool = pool;
    const pairs = Array.from({ length: Math.max(queues.rxq, queues.txq) }, (_, q) => this.virtio.hostQueues(q, pool));
    this.rxQueues = pairs.slice(0, queues.rxq).map((pair) => pair.rx);
    this.txQueues = pairs.slice(0, queues.txq).map((pair) => pair.tx);
    return 0;
  }

  override close(): void {
    super.close();
    this.virtio.detachHost();
  }
}
