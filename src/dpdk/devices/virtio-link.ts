// virtio-link - net_vhost and net_virtio_user with the same path in one process: their rings, joined in memory. They are made when both are
// there and set up, and taken apart when one of them goes.
import { hasOffloads } from "../../vhost-user/features.ts";
import type { RxInterrupt } from "../../wasm/interrupts.ts";
import type { GuestWindow, Machine, RingOptions } from "../../wasm/machine.ts";
import type { RingChoices } from "../../wasm/parts.ts";
import { agreedMask } from "../../wasm/virtqueue.ts";
import type { VirtioUserVdev } from "./vdev-virtio-user.ts";
import type { VirtioPairs } from "./virtio-pairs.ts";
import { NET_VHOST_FEATURES } from "./virtio-paths.ts";

/** Bytes of the virtio net header: 12 with VERSION_1, mergeable buffers or not. */
const HEADER_BYTES = 12;

/** One side of a link: its port, its queues, and who wants to know when the other side comes or goes. */
export interface LinkEnd {
  readonly port: number;
  readonly pairs: VirtioPairs;
  /** Where it takes mbufs from, once it is set up. */
  pool(): number;
  peerChanged(): void;
  /** Offload features that it offers, or asks for. */
  offloads(): bigint;
}

/** The device's. */
export interface HostLinkEnd extends LinkEnd {
  /** These offload features were agreed on. */
  agreed(features: bigint): void;
  /** Its driver is there, or not, without a word of rings. */
  linkChanged(): void;
  /** So many of its rings were enabled, or disabled. */
  ringsChanged(count: number): void;
  /** NET_SET_MTU */
  setMtu(mtu: number): void;
}

/** The driver's. */
export interface GuestLinkEnd extends LinkEnd {
  readonly vdev: VirtioUserVdev;
  /** Queue pairs that the device serves: those that its control queue was told, Infinity without one. */
  pairsInUse(): number;
  /** What its device tells the other end by NET_SET_MTU; undefined: nothing. */
  hostMtu(): number | undefined;
  /** Its memory, in which rings and its pool's buffers lie, and the lcore that fills rx rings. */
  memory(): { readonly window: GuestWindow; readonly lcore: number };
  /** Of a ring of this direction: descriptors that it may use, rx_free_thresh, whether a vector burst function serves it. */
  ringChoices(direction: "rx" | "tx", features: bigint): RingChoices;
  /** Rx queues that are set up: rings beyond them get no buffers. */
  rxQueues(): number;
  /** An rx ring's vector, where its lcore may sleep. */
  rxInterrupt(number: number): RxInterrupt | undefined;
}

interface Sides {
  readonly device: number;
  readonly driver: number;
}

interface Virtqueues {
  readonly down: Sides;
  readonly up: Sides;
  /** The driver has set the rx queue up and posted buffers. */
  readonly isPosted: boolean;
}

export class VirtioLink {
  private readonly machine: Machine;
  /** The host takes what headers ask for as Tx flags. */
  legacyFlags = false;
  /** The host does as DPDK's vhost library, whatever the specification says. */
  dpdkQuirks = false;
  private host: HostLinkEnd | undefined;
  private guest: GuestLinkEnd | undefined;
  private virtqueues: Virtqueues[] = [];
  /** The NIC's link is down: its rings stand still, with what is in them. */
  private isDown = false;
  /** Offload features, once both were set up. */
  private agreed: bigint | undefined;
  private watcher: () => void = () => {};
  /** NUMA node of the driver's memory. */
  guestNode = 0;
  /** Packets that waited in rings when they were taken apart: queued for good. */
  private left = 0;

  constructor(machine: Machine) {
    this.machine = machine;
    machine.addHolder(() => this.left + (this.isDown ? this.inRings() : 0));
  }

  attachHost(end: HostLinkEnd): void {
    this.host = end;
  }

  attachGuest(end: GuestLinkEnd): void {
    this.guest = end;
    this.host?.peerChanged();
  }

  detachHost(): void {
    this.host = undefined;
    this.takeApart();
  }

  /** atOnce: its device stops all rings together, so that nobody hears of each; else they were disabled one by one */
  detachGuest(atOnce = false): void {
    if (this.guest === undefined) return;
    this.guest = undefined;
    this.takeApart();
    if (atOnce) this.host?.linkChanged();
    else this.host?.peerChanged();
    this.watcher();
  }

  /** Calls `changed` when a driver comes or goes, beside the host end's own notice. */
  watchHost(changed: () => void): void {
    this.watcher = changed;
  }

  /** Queue pairs that the driver has set up; undefined: no driver, or none yet. */
  get guestPairs(): number | undefined {
    const count = this.guest?.pairs.pairs.length ?? 0;
    return count === 0 ? undefined : count;
  }

  /** Size of the driver's rings. */
  get ringSize(): number {
    return this.guest?.vdev.queueSize ?? 0;
  }

  /** Offload features that the device offers. */
  get hostOffloads(): bigint {
    return this.host?.offloads() ?? 0n;
  }

  get hasHost(): boolean {
    return this.host !== undefined;
  }

  get connected(): boolean {
    return this.host !== undefined && this.guest !== undefined && !this.isDown;
  }

  /** set_link of a NIC whose device stops its back-end's rings meanwhile, as QEMU does. */
  setCarrier(isUp: boolean): void {
    if (this.isDown !== isUp) return;
    if (!isUp) this.host?.pairs.disconnectAll();
    this.isDown = !isUp;
    this.join();
    if (isUp) this.host?.ringsChanged(2 * this.virtqueues.length);
    this.host?.linkChanged();
    this.watcher();
  }

  /** The driver has reset its device: the back-end's rings stop, and start again with the same content. */
  reset(): void {
    if (!this.connected || this.virtqueues.length === 0) return;
    this.host?.linkChanged();
    this.host?.ringsChanged(2 * this.virtqueues.length);
    this.host?.linkChanged();
  }

  /** The driver has told its device how many queue pairs it uses: SET_VRING_ENABLE. */
  usePairs(): void {
    const before = this.virtqueues.length;
    const count = Math.min(before, this.guest?.pairsInUse() ?? 0);
    for (let number = count; number < before; number++) this.release(number);
    this.virtqueues.length = count;
    this.join();
    const changed = Math.abs(this.virtqueues.length - before);
    if (changed > 0) this.host?.ringsChanged(2 * changed);
    if (changed > 0) this.watcher();
  }

  /** Packets that the driver has sent and nobody has taken. */
  private inRings(): number {
    return this.virtqueues.reduce((sum, { up }) => sum + (this.machine.engine.deviceReady(up.device) >>> 0), 0);
  }

  /** The driver's side has been set up. */
  joinGuest(): void {
    this.join();
    this.watcher();
  }

  /** A side has been set up: joins the pairs that both sides have. */
  join(): void {
    const { host, guest } = this;
    if (host === undefined || guest === undefined || this.isDown) return;
    const agreed = this.agree(host, guest);
    const count = Math.min(host.pairs.pairs.length, guest.pairs.pairs.length, guest.pairsInUse());
    for (let number = 0; number < count; number++) {
      const laid = this.lay(number, host, guest, agreed, this.virtqueues[number]);
      this.virtqueues[number] = laid;
      const { down, up } = laid;
      guest.rxInterrupt(number)?.bind(down.device);
      host.pairs.connect(number, "tx", down.device);
      host.pairs.connect(number, "rx", up.device);
      guest.pairs.connect(number, "rx", down.driver);
      guest.pairs.connect(number, "tx", up.driver);
    }
  }

  /** Tells the host what both ends agree on. */
  private agree(host: HostLinkEnd, guest: GuestLinkEnd): bigint {
    const mtu = guest.hostMtu();
    if (mtu !== undefined) host.setMtu(mtu);
    const features = host.offloads() & guest.offloads();
    if (features !== this.agreed) host.agreed(features);
    this.agreed = features;
    return features;
  }

  /** The driver asks for other offloads; its rings go on, unless a vector burst function may serve them, which offloads decide as well. */
  renegotiate(): void {
    const { host, guest, machine, legacyFlags } = this;
    if (host === undefined || guest === undefined) return;
    if (guest.vdev.vectorized && this.virtqueues.length > 0) {
      this.takeApart();
      this.join();
      return;
    }
    const features = this.agree(host, guest);
    for (const { down, up } of this.virtqueues) {
      for (const [index, { device, driver }] of [down, up].entries()) {
        const mask = agreedMask({ offloads: hasOffloads(features, index), legacyFlags });
        machine.engine.deviceQueueOffloads(device, mask);
        machine.engine.driverQueueOffloads(driver, mask);
      }
    }
  }

  /** A pair's rings: those there are, but an rx ring anew whose queue has been set up since. */
  private lay(
    number: number,
    host: LinkEnd,
    guest: GuestLinkEnd,
    agreed: bigint,
    laid: Virtqueues | undefined,
  ): Virtqueues {
    const isPosted = number < guest.rxQueues();
    if (laid !== undefined && (laid.isPosted || !isPosted)) return laid;
    const { machine } = this;
    const { window, lcore } = guest.memory();
    const ring = (direction: "rx" | "tx"): RingOptions => ({
      size: guest.vdev.queueSize,
      headerBytes: HEADER_BYTES,
      mergeable: guest.vdev.mrgRxbuf,
      packed: guest.vdev.packedVq,
      inOrder: guest.vdev.inOrder,
      indirect: true,
      offloads: hasOffloads(agreed, direction === "rx" ? 0 : 1),
      legacyFlags: this.legacyFlags,
      dpdkQuirks: this.dpdkQuirks,
      ...guest.ringChoices(direction, NET_VHOST_FEATURES),
      ...(direction === "rx" && !isPosted && { descriptors: 0 }),
    });
    const hostEnd = { port: host.port, number, pool: host.pool() };
    const guestEnd = { port: guest.port, number, pool: guest.pool(), window, lcore };
    return {
      down: machine.layVirtqueue(true, ring("rx"), hostEnd, guestEnd),
      up: laid?.up ?? machine.layVirtqueue(false, ring("tx"), hostEnd, guestEnd),
      isPosted,
    };
  }

  /** Takes a pair's rings from both sides; what waits in them is queued for good. */
  private release(number: number): void {
    for (const end of [this.host, this.guest]) {
      const pair = end?.pairs.pairs[number];
      if (pair === undefined) continue;
      this.left += this.machine.engine.portRxWaiting(pair.rx.address) >>> 0;
      end?.pairs.disconnect(number, "rx");
      end?.pairs.disconnect(number, "tx");
    }
  }

  private takeApart(): void {
    if (this.isDown) this.left += this.inRings();
    for (const number of this.virtqueues.keys()) this.release(number);
    this.virtqueues = [];
    this.agreed = undefined;
  }
}

/** The links of a machine, by path. */
export class VirtioLinks {
  private readonly machine: Machine;
  private readonly links = new Map<string, VirtioLink>();

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Whether a vhost device is at the path. */
  hasHost(path: string): boolean {
    return this.links.get(path)?.hasHost === true;
  }

  at(path: string): VirtioLink {
    let link = this.links.get(path);
    if (link === undefined) {
      link = new VirtioLink(this.machine);
      this.links.set(path, link);
    }
    return link;
  }
}
