// ethdev-virtio-user - net_virtio_user: the driver side of virtqueues, over a vhost device of this process or of another. Follows drivers/net/virtio
// of 22.11: no speed is known, promiscuous and allmulticast mode want a control queue (cq=1),
// which the driver emulates itself and which takes everything; it has no MAC or VLAN table, as vhost-user devices offer none.

import { SOFTWARE_VLAN_STRIP } from "../../../assembly/abi/software.ts";
import { UsageError } from "../../errors.ts";
import { SocketError } from "../../vhost-user/fault.ts";
import { RxInterrupt } from "../../wasm/interrupts.ts";
import type { Queue, RingChoices } from "../../wasm/parts.ts";
import type { LiveSide } from "../executor.ts";
import type { Offloads } from "../limits.ts";
import type { Xstat } from "./dev-info.ts";
import { type DevInfo, FALLBACK_RING_SIZE, type Link, PLAIN_INFO } from "./dev-info.ts";
import type { DeviceContext } from "./device-context.ts";
import { EINVAL, EPERM } from "./errno.ts";
import { Ethdev, type QueueSetup, type RefusedQueues } from "./ethdev.ts";
import { MacAddresses } from "./mac-addresses.ts";
import {
  logVirtioUserLink,
  logVirtioUserNoSocket,
  logVirtioUserThresholds,
  type VirtioUserVdev,
} from "./vdev-virtio-user.ts";
import { VirtioFrontEnd } from "./virtio-front-end.ts";
import type { VirtioLink } from "./virtio-link.ts";
import { VIRTIO_MTU_MAX, virtioTakesMtu } from "./virtio-mtu.ts";
import type { Negotiation } from "./virtio-negotiation.ts";
import { offersTso, TCP_TSO, VLAN_STRIP, virtioOffloadFeatures } from "./virtio-offloads.ts";
import { VirtioPairs } from "./virtio-pairs.ts";
import { isVector, NET_VHOST_FEATURES, negotiatePaths } from "./virtio-paths.ts";
import { logVirtioConfigured, logVirtioNoControl, logVirtioPaths } from "./virtio-user-log.ts";
import { VirtioXstats } from "./virtio-xstats.ts";

/** RTE_ETH_SPEED_NUM_UNKNOWN. */
const SPEED_UNKNOWN = 0xffff_ffff;
/**
 * RTE_ETH_RX_OFFLOAD_VLAN_STRIP, UDP_CKSUM, TCP_CKSUM, TCP_LRO, SCATTER; RTE_ETH_TX_OFFLOAD_VLAN_INSERT, UDP_CKSUM, TCP_CKSUM,
 * MULTI_SEGS: what a vhost-user device of 22.11 leaves of the driver's wishes.
 */
const RX_OFFLOADS = 0x201dn;
const TX_OFFLOADS = 0x800dn;
const MACS_MAX = 64;
const SCATTER = 0x2000n;
const DESCRIPTORS = { max: 32768, min: 32, align: 1 };

export class VirtioUserEthdev extends Ethdev {
  readonly driver: string = "net_virtio_user";
  private readonly vdev: VirtioUserVdev;
  protected readonly virtio: VirtioLink;
  private readonly macs: MacAddresses;
  private readonly counts: VirtioXstats;
  private readonly pairs: VirtioPairs;
  protected readonly context: DeviceContext;
  private frontEnd: VirtioFrontEnd | undefined;
  private pool = 0;
  private queues: QueueSetup | undefined;
  private wasUp = false;
  private negotiation: Negotiation | undefined;
  /** Since the last start. */
  private configured = false;
  /** Offload features that it wants. */
  private asked = 0n;
  private strips = false;
  /** A vector an rx queue, once rx interrupts were asked for: vector i + 1 is rx queue i's. */
  private vectors: readonly RxInterrupt[] = [];
  private scatters = false;

  constructor(context: DeviceContext, link: VirtioLink, id: number, vdev: VirtioUserVdev, devargs?: string) {
    super(id, vdev.name, devargs, vdev.mac ?? context.randomMac());
    this.vdev = vdev;
    this.virtio = link;
    this.macs = new MacAddresses(context.log, id, MACS_MAX);
    this.counts = new VirtioXstats(context.machine);
    this.promiscuous = false;
    this.allmulticast = false;
    this.context = context;
    this.pairs = new VirtioPairs(context.machine, "virtio", id);
    link.attachGuest({
      ...{ port: id, vdev, pairs: this.pairs, pool: () => this.pool, peerChanged: () => {} },
      offloads: () => this.asked,
      pairsInUse: () => this.pairsInUse,
      hostMtu: () => this.hostMtu,
      memory: () => ({ window: context.window, lcore: context.mainLcore }),
      ringChoices: (direction, features) => this.ringChoices(direction, features),
      rxQueues: () => this.rxQueues.length,
      rxInterrupt: (number) => this.vectors[number],
    });
  }

  get info(): DevInfo {
    const { queues, packedVq } = this.vdev;
    const max = packedVq ? 65535 : DESCRIPTORS.max;
    return {
      ...PLAIN_INFO,
      maxMtu: this.maxMtu,
      minRxBufferSize: 64,
      maxRxPacketLength: 9728,
      maxRxQueues: queues,
      maxTxQueues: queues,
      maxMacAddresses: MACS_MAX,
      rxOffloads: RX_OFFLOADS,
      txOffloads: this.hasTso ? TX_OFFLOADS | TCP_TSO : TX_OFFLOADS,
      rxDescriptors: { ...DESCRIPTORS, max },
      txDescriptors: { ...DESCRIPTORS, max, segmentsMax: 65535, mtuSegmentsMax: 65535 },
    };
  }

  /** Of a device in another process only once it was asked. */
  private get hasTso(): boolean {
    return this.isLive ? this.frontEnd?.offersTso === true : offersTso(this.virtio.hostOffloads);
  }

  override get hasSocket(): boolean {
    return false;
  }

  link(): Link {
    const up = this.started && this.hasCarrier;
    const speedMbps = up ? (this.vdev.speedMbps ?? SPEED_UNKNOWN) : 0;
    return { up, speedMbps, fullDuplex: true, autoneg: true };
  }

  /** The configuration space's LINK_UP, or that there is none. */
  protected get hasCarrier(): boolean {
    return !this.isLive || this.frontEnd?.connected === true;
  }

  /** What the device can take: max_mtu of the driver's. */
  protected get maxMtu(): number {
    return VIRTIO_MTU_MAX;
  }

  /** What the device tells its back-end by NET_SET_MTU; undefined: nothing. */
  protected get hostMtu(): number | undefined {
    return undefined;
  }

  /** Queue pairs that the device serves. */
  protected get pairsInUse(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** What follows from the device's features: burst functions, and the driver's lines about them. */
  protected ringChoices(direction: "rx" | "tx", features: bigint): RingChoices {
    const { rxd, txd, rxFreeThreshold = 0, txFreeThreshold = 0 } = this.queues ?? { rxd: 0, txd: 0 };
    const { rx, tx } = this.negotiate(features);
    const descriptors = (direction === "rx" ? rxd : txd) || FALLBACK_RING_SIZE;
    if (direction === "tx") return { descriptors, vector: isVector(tx), freeThreshold: Math.max(txFreeThreshold, 0) };
    const vector = isVector(rx);
    return { descriptors, vector, ...(vector && { freeThreshold: Math.max(rxFreeThreshold, 0) }) };
  }

  private negotiate(features: bigint): Negotiation {
    this.negotiation = negotiatePaths(features, this.vdev, this.context.cpu, this.queues?.rxOffloads ?? 0n);
    return this.negotiation;
  }

  override start(): number {
    this.sayPaths();
    const status = this.restore();
    return status === 0 ? super.start() : status;
  }

  /** eth_dev_config_restore: what the port was told before is told the device. @returns 0 or -errno */
  protected restore(): number {
    const { context, vdev } = this;
    if (vdev.cq) return 0;
    logVirtioNoControl(context.log, "virtio_dev_promiscuous_disable");
    logVirtioNoControl(context.log, "virtio_dev_allmulticast_disable");
    return 0;
  }

  /** At each start, or when the first device comes to a server that has started without. */
  private sayPaths(): void {
    const { negotiation, context, id, configured } = this;
    if (negotiation === undefined) return;
    if (configured) logVirtioConfigured(context.log, negotiation);
    logVirtioPaths(context.log, id, negotiation);
    this.configured = false;
  }

  override setPromiscuous(on: boolean): number {
    if (!this.vdev.cq && on !== this.promiscuous) logVirtioNoControl(this.context.log, "virtio_dev_promiscuous_enable");
    return super.setPromiscuous(on);
  }

  override setAllmulticast(on: boolean): number {
    if (!this.vdev.cq && on !== this.allmulticast)
      logVirtioNoControl(this.context.log, "virtio_dev_allmulticast_enable");
    return super.setAllmulticast(on);
  }

  protected setup(queues: QueueSetup, pool: number): RefusedQueues {
    const refused = logVirtioUserThresholds(this.context.log, this.id, this.vdev.queueSize, queues);
    if (refused !== undefined) return refused;
    this.queues = queues;
    this.configured = true;
    const { pairs } = this.pairs;
    this.pairs.grow(Math.max(queues.rxq, queues.txq), pool);
    this.rxQueues = pairs.slice(0, queues.rxq).map((pair) => pair.rx);
    this.txQueues = pairs.slice(0, queues.txq).map((pair) => pair.tx);
    this.counts.watch([...this.rxQueues, ...this.txQueues]);
    for (const [i, vector] of this.vectors.entries()) vector.give(this.rxQueues[i]!);
    this.pool = pool;
    this.strip(this.strips ? VLAN_STRIP : 0n);
    if (!this.isLive) this.negotiate(NET_VHOST_FEATURES);
    this.virtio.joinGuest();
    return undefined;
  }

  override configureRxInterrupts(rxq: number): number {
    const { machine } = this.context;
    this.vectors = Array.from({ length: rxq }, (_, i) => this.vectors[i] ?? new RxInterrupt(machine));
    return 0;
  }

  override rxInterruptRefusal(queue: number): string | undefined {
    return this.vectors[queue] === undefined ? "Rx Intr vector unset" : undefined;
  }

  /** Calls so far by rx queue, and how many of them woke an lcore. */
  get rxInterrupts(): readonly { readonly raised: number; readonly woken: number }[] {
    return this.vectors.map((vector) => vector.counts());
  }

  /** The PMD has counters of its own in place of those that rte_ethdev keeps a queue. */
  protected override driverXstats(): Xstat[] {
    return [...this.rxQueues, ...this.txQueues].flatMap((queue) => this.counts.driver(queue, queue.number));
  }

  override resetXstats(): number {
    this.counts.reset();
    return this.resetStats();
  }

  /** Other features are asked for at once of a device in this process, else when the port connects. */
  override configureOffloads(txOffloads: Offloads, rxOffloads: Offloads): void {
    this.asked = virtioOffloadFeatures(rxOffloads, txOffloads);
    this.scatters = (rxOffloads & SCATTER) !== 0n;
    this.strip(rxOffloads);
    this.virtio.renegotiate();
  }

  override setVlanOffloads(rxOffloads: Offloads): number {
    this.strip(rxOffloads);
    return 0;
  }

  private strip(rxOffloads: Offloads): void {
    this.strips = (rxOffloads & VLAN_STRIP) !== 0n;
    const { engine } = this.context.machine;
    for (const { rx } of this.pairs.pairs) engine.portQueueSoftware(rx.address, this.strips ? SOFTWARE_VLAN_STRIP : 0);
  }

  override setMtu(mtu: number): number {
    const { pool, context, maxMtu, scatters } = this;
    if (!virtioTakesMtu(context, maxMtu, mtu, pool, scatters)) return -EINVAL;
    this.mtu = mtu;
    return 0;
  }

  /** VIRTIO_NET_F_CTRL_RX: the control queue is the driver's own, and takes all that it is told. */
  protected override get hasPromiscuous(): boolean {
    return this.vdev.cq && this.frontEnd?.refusesRxControl !== true;
  }

  protected override get hasAllmulticast(): boolean {
    return this.hasPromiscuous;
  }

  override get furtherMacs(): readonly bigint[] {
    return this.macs.further;
  }

  override addMac(mac: bigint): number {
    return this.macs.add(mac, this.mac, (further) => this.tellMacs([this.mac, ...further]));
  }

  override removeMac(mac: bigint): number {
    return this.macs.remove(mac, this.mac, (further) => this.tellMacs([this.mac, ...further]));
  }

  /** Without VIRTIO_NET_F_CTRL_MAC_ADDR, which no vhost-user device offers, there is no table. */
  protected tellMacs(_macs: readonly bigint[]): number {
    return -EPERM;
  }

  override setDefaultMac(mac: bigint): number {
    this.mac = mac;
    return 0;
  }

  /** Its device is in another process. */
  override get isLive(): boolean {
    return !this.virtio.hasHost;
  }

  /** Connects to its device, unless that is in this process; a server waits for one while the program goes on. */
  override async connect(): Promise<number> {
    if (!this.isLive) return 0;
    const { context, vdev, id, pairs, pool } = this;
    const inUse = Math.max(1, this.rxQueues.length, this.txQueues.length);
    if (this.frontEnd !== undefined) {
      await this.frontEnd.use(inUse);
      await this.frontEnd.ask(this.asked);
      return 0;
    }
    try {
      const linkChanged = (up: boolean): void => this.linkChanged(up);
      this.frontEnd = await VirtioFrontEnd.open(context, vdev, {
        ...{ id, pairs, pool, inUse, linkChanged, offloads: this.asked },
        ringChoices: (direction, features) => this.ringChoices(direction, features),
      });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      logVirtioUserNoSocket(context.log, vdev, error instanceof SocketError ? error.reason : error.message);
      return -1;
    }
    if (vdev.server || (await this.frontEnd.ready) === undefined) return 0;
    await this.frontEnd.close();
    this.frontEnd = undefined; // the next try connects anew
    return -1;
  }

  /** A port that is stopped hears nothing of its link. */
  private linkChanged(up: boolean): void {
    const { id, context } = this;
    if (!up) logVirtioUserLink(context.log, id, "down");
    else if (this.wasUp) logVirtioUserLink(context.log, id, "again");
    else if (this.started) this.sayPaths();
    this.wasUp = true;
    if (this.started) context.event(id, "link state change");
  }

  override live({ number, direction }: Queue): LiveSide | undefined {
    return this.frontEnd?.side(number, direction);
  }

  override get awaitsPeer(): boolean {
    return this.isLive && this.frontEnd?.connected !== true;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.frontEnd?.close();
    this.frontEnd = undefined;
    this.virtio.detachGuest();
  }
}
