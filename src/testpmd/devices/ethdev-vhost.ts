// ethdev-vhost - net_vhost: the device side of virtqueues. Follows drivers/net/vhost of 22.11: MAC 56:48:4F:53:54:<port>, link up while a
// driver is connected.

import { type EalLog, LOG_ERR, LOG_NOTICE } from "../eal/eal-log.ts";
import type { Offloads } from "../settings.ts";
import type { DevInfo, Link, Xstat } from "./dev-info.ts";
import { PLAIN_INFO, SOFTWARE_LINK } from "./dev-info.ts";
import type { DeviceContext } from "./device-context.ts";
import { Ethdev, type QueueSetup } from "./ethdev.ts";
import type { VhostVdev } from "./vdev-vhost.ts";
import type { VirtioLink } from "./virtio-link.ts";
import { VirtioPairs } from "./virtio-pairs.ts";
import { VirtioXstats } from "./virtio-xstats.ts";

/** RTE_ETH_RX_OFFLOAD_VLAN_STRIP, UDP_CKSUM, TCP_CKSUM; RTE_ETH_TX_OFFLOAD_VLAN_INSERT, UDP_CKSUM, TCP_CKSUM, MULTI_SEGS. */
const RX_OFFLOADS = 0xdn;
const TX_OFFLOADS = 0x800dn;
const TX_CHECKSUMS = 0xcn;
/** "VHOST" and the port's id. */
const MAC_BASE = 0x54_534f_4856n;

export class VhostEthdev extends Ethdev {
  readonly driver = "net_vhost";
  private readonly vdev: VhostVdev;
  private readonly log: EalLog;
  private readonly counts: VirtioXstats;
  private readonly virtio: VirtioLink;
  private readonly pairs: VirtioPairs;

  /** link: to the driver of this process that has the same path, if there is one */
  constructor(link: VirtioLink, id: number, vdev: VhostVdev, context: DeviceContext) {
    super(id, vdev.name, vdev.devargs, MAC_BASE | (BigInt(id & 0xff) << 40n));
    const { machine, log, event } = context;
    this.vdev = vdev;
    this.log = log;
    this.counts = new VirtioXstats(machine);
    this.pairs = new VirtioPairs(machine, "vhost", id);
    this.virtio = link;
    const peerChanged = (): void => {
      if (this.pairs.pairs.length === 0) return; // not set up yet: nobody is told
      for (let ring = 0; ring < 2 * this.pairs.pairs.length; ring++) event(id, "queue state");
      event(id, "link state change");
    };
    link.attachHost({ port: id, pairs: this.pairs, peerChanged });
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
    const { pairs } = this.pairs;
    this.pairs.grow(Math.max(queues.rxq, queues.txq), pool);
    this.rxQueues = pairs.slice(0, queues.rxq).map((pair) => pair.rx);
    this.txQueues = pairs.slice(0, queues.txq).map((pair) => pair.tx);
    this.counts.watch([...this.rxQueues, ...this.txQueues]);
    this.virtio.join(pool);
    return 0;
  }

  /** The driver asked for no checksums of ours (GUEST_CSUM), so they are done in software. */
  override configureOffloads(txOffloads: Offloads): void {
    if ((txOffloads & TX_CHECKSUMS) === 0n) return;
    this.log.log("pmd.net.vhost", LOG_NOTICE, "Tx csum will be done in SW, may impact performance.\n");
  }

  override engineOffloads(txOffloads: Offloads): Offloads {
    return txOffloads & ~TX_CHECKSUMS;
  }

  override xstats(): Xstat[] | undefined {
    if (this.virtio.connected) return super.xstats();
    this.log.log("lib.vhost.config", LOG_ERR, "VHOST_CONFIG: (device) (-1) device not found.\n");
    return undefined;
  }

  protected override driverXstats(): Xstat[] {
    return [
      ...super.driverXstats(),
      ...[...this.rxQueues, ...this.txQueues].flatMap((q) => this.counts.device(q, q.number)),
    ];
  }

  override resetXstats(): number {
    this.counts.reset();
    return 0;
  }

  override close(): void {
    super.close();
    this.virtio.detachHost();
  }
}
