// ethdev-vhost - net_vhost: the device side of virtqueues. Follows drivers/net/vhost of 22.11: MAC 56:48:4F:53:54:<port>, link up while a
// driver is connected.

import { SOFTWARE_CHECKSUM, SOFTWARE_VLAN_STRIP } from "../../../assembly/abi/software.ts";
import { UsageError } from "../../errors.ts";
import { SocketError } from "../../vhost-user/fault.ts";
import type { Queue } from "../../wasm/parts.ts";
import { type EalLog, LOG_ERR, LOG_INFO, LOG_NOTICE, LOG_WARNING } from "../eal/eal-log.ts";
import type { LiveSide } from "../executor.ts";
import type { Offloads } from "../limits.ts";
import type { DevInfo, Link, Xstat } from "./dev-info.ts";
import { PLAIN_INFO, SOFTWARE_LINK } from "./dev-info.ts";
import type { DeviceContext } from "./device-context.ts";
import { Ethdev, type QueueSetup, type RefusedQueues } from "./ethdev.ts";
import type { VhostVdev } from "./vdev-vhost.ts";
import { VhostBackEnd } from "./vhost-back-end.ts";
import type { VirtioLink } from "./virtio-link.ts";
import { VLAN_STRIP, vhostOffloadFeatures, vhostSoftwareChecksums } from "./virtio-offloads.ts";
import { VirtioPairs } from "./virtio-pairs.ts";
import { VirtioXstats } from "./virtio-xstats.ts";

/** RTE_ETH_RX_OFFLOAD_VLAN_STRIP, UDP_CKSUM, TCP_CKSUM; RTE_ETH_TX_OFFLOAD_VLAN_INSERT, UDP_CKSUM, TCP_CKSUM, MULTI_SEGS. */
const RX_OFFLOADS = 0xdn;
const TX_OFFLOADS = 0x800dn;
/** "VHOST" and the port's id. */
const MAC_BASE = 0x54_534f_4856n;

export class VhostEthdev extends Ethdev {
  readonly driver = "net_vhost";
  private readonly vdev: VhostVdev;
  private readonly log: EalLog;
  private readonly counts: VirtioXstats;
  private readonly virtio: VirtioLink;
  private readonly pairs: VirtioPairs;
  private readonly context: DeviceContext;
  private backEnd: VhostBackEnd | undefined;
  private pool = 0;
  /** Agreed on with the driver. */
  private features = 0n;
  private rxOffloads: Offloads = 0n;
  private txOffloads: Offloads = 0n;

  /** link: to the driver of this process that has the same path, if there is one */
  constructor(link: VirtioLink, id: number, vdev: VhostVdev, context: DeviceContext) {
    super(id, vdev.name, vdev.devargs, MAC_BASE | (BigInt(id & 0xff) << 40n));
    const { machine, log } = context;
    this.vdev = vdev;
    this.log = log;
    this.counts = new VirtioXstats(machine);
    this.pairs = new VirtioPairs(machine, "vhost", id);
    this.virtio = link;
    this.context = context;
    link.legacyFlags = vdev.legacyOlFlags;
    link.dpdkQuirks = context.dpdkQuirks;
    link.attachHost({
      ...{ port: id, pairs: this.pairs, pool: () => this.pool, peerChanged: () => this.peerChanged() },
      offloads: () => vhostOffloadFeatures(vdev),
      agreed: (features) => this.agreed(features),
      ringsChanged: (count) => this.ringsChanged(count),
      linkChanged: () => context.event(id, "link state change"),
      setMtu: (mtu) => this.takeMtu(mtu),
    });
  }

  /** vhost_dev_csum_configure: a driver came with these features, or (0n) there is none yet. */
  private agreed(features: bigint): void {
    this.features = features;
    this.chooseSoftware(true);
  }

  /** What this port does to each packet itself. */
  private chooseSoftware(say: boolean): void {
    const { rx, tx } = vhostSoftwareChecksums(this.vdev, this.features, this.rxOffloads, this.txOffloads);
    const notice = (direction: string): void =>
      this.log.log("pmd.net.vhost", LOG_NOTICE, `${direction} csum will be done in SW, may impact performance.\n`);
    if (say && rx) notice("Rx");
    if (say && tx) notice("Tx");
    const { engine } = this.context.machine;
    const strip = (this.rxOffloads & VLAN_STRIP) === 0n ? 0 : SOFTWARE_VLAN_STRIP;
    for (const pair of this.pairs.pairs) {
      engine.portQueueSoftware(pair.rx.address, strip | (rx ? SOFTWARE_CHECKSUM : 0));
      engine.portQueueSoftware(pair.tx.address, tx ? SOFTWARE_CHECKSUM : 0);
    }
  }

  private peerChanged(): void {
    const { id, pairs, context } = this;
    if (pairs.pairs.length === 0) return; // not set up yet: nobody is told
    this.ringsChanged(2 * pairs.pairs.length);
    context.event(id, "link state change");
  }

  /** new_device's rte_vhost_get_mtu. */
  private takeMtu(mtu: number): void {
    this.mtu = mtu;
  }

  private ringsChanged(count: number): void {
    for (let ring = 0; ring < count; ring++) this.context.event(this.id, "queue state");
  }

  private refusal({ reason }: SocketError): string {
    return this.vdev.client ? `failed to connect: ${reason}` : `failed to bind: ${reason}; remove it and try again`;
  }

  private logConfig(level: number, text: string): void {
    this.log.log("lib.vhost.config", level, `VHOST_CONFIG: (${this.vdev.iface}) ${text}\n`);
  }

  private get connected(): boolean {
    return this.virtio.connected || this.backEnd?.connected === true;
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
    return { ...SOFTWARE_LINK, up: this.started && this.connected };
  }

  protected setup(queues: QueueSetup, pool: number): RefusedQueues {
    const { pairs } = this.pairs;
    this.pairs.grow(Math.max(queues.rxq, queues.txq), pool);
    this.rxQueues = pairs.slice(0, queues.rxq).map((pair) => pair.rx);
    this.txQueues = pairs.slice(0, queues.txq).map((pair) => pair.tx);
    this.counts.watch([...this.rxQueues, ...this.txQueues]);
    this.pool = pool;
    this.chooseSoftware(false);
    this.virtio.join();
    this.backEnd?.join();
    return undefined;
  }

  override configureOffloads(txOffloads: Offloads, rxOffloads: Offloads): void {
    this.txOffloads = txOffloads;
    this.rxOffloads = rxOffloads;
    this.chooseSoftware(true);
  }

  override xstats(): Xstat[] | undefined {
    if (this.connected) return super.xstats();
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

  /** Listens at its path, or connects there, unless its driver is in this process. */
  override async connect(): Promise<number> {
    if (this.backEnd !== undefined || this.virtio.connected || !this.context.hasLive) return 0;
    const { context, vdev, id, pairs, pool, log } = this;
    try {
      const live = await context.live();
      await live.admitPeers();
      this.logConfig(LOG_INFO, `vhost-user ${vdev.client ? "client" : "server"}: socket created`);
      this.backEnd = new VhostBackEnd(context.machine, live, vdev, {
        id,
        pairs,
        pool,
        dpdkQuirks: context.dpdkQuirks,
        agreed: (features) => this.agreed(features),
        setMtu: (mtu) => this.takeMtu(mtu),
        queueChanged: () => context.event(id, "queue state"),
        linkChanged: () => context.event(id, "link state change"),
        absent: (reason) => {
          this.logConfig(LOG_WARNING, `failed to connect: ${reason}`);
          this.logConfig(LOG_INFO, "reconnecting...");
        },
      });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.logConfig(LOG_ERR, error instanceof SocketError ? this.refusal(error) : error.message);
      log.log("pmd.net.vhost", LOG_ERR, `Failed to start driver for ${vdev.iface}\n`);
      log.log("lib.ethdev", LOG_ERR, `Port${id} dev_configure = -1\n`);
      return -1;
    }
    if (!vdev.client) this.logConfig(LOG_INFO, "binding succeeded");
    return 0;
  }

  /** The driver's queue pairs, the size of its rings and the NUMA node of its memory, if that is known; undefined: there is none yet. */
  get guest(): { readonly pairs: number; readonly ringSize: number; readonly node?: number } | undefined {
    const { guestPairs: pairs, ringSize, guestNode: node } = this.virtio;
    return pairs === undefined ? this.backEnd?.guest : { pairs, ringSize, node };
  }

  override live({ number, direction }: Queue): LiveSide | undefined {
    return this.backEnd?.side(number, direction);
  }

  override get awaitsPeer(): boolean {
    return !this.connected;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.backEnd?.close();
    this.backEnd = undefined;
    this.virtio.detachHost();
  }
}
