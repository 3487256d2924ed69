// virtio-link - net_vhost and net_virtio_user with the same path in one process: their rings, joined in memory. They are made when both are
// there and set up, and taken apart when one of them goes.
import { hasOffloads } from "../../vhost-user/features.ts";
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
}

/** The driver's. */
export interface GuestLinkEnd extends LinkEnd {
  readonly vdev: VirtioUserVdev;
  /** Its memory, in which rings and its pool's buffers lie, and the lcore that fills rx rings. */
  memory(): { readonly window: GuestWindow; readonly lcore: number };
  /** Of a ring of this direction: descriptors that it may use, rx_free_thresh, whether a vector burst function serves it. */
  ringChoices(direction: "rx" | "tx", features: bigint): RingChoices;
}

interface Virtqueues {
  readonly down: { readonly device: number; readonly driver: number };
  readonly up: { readonly device: number; readonly driver: number };
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
  /** Offload features, once both were set up. */
  private agreed: bigint | undefined;
  private watcher: () => void = () => {};
  /** NUMA node of the driver's memory. */
  guestNode = 0;
  /** Packets that waited in rings when they were taken apart: queued for good. */
  private left = 0;

  constructor(machine: Machine) {
    this.machine = machine;
    machine.addHolder(() => this.left);
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

  detachGuest(): void {
    this.guest = undefined;
    this.takeApart();
    this.host?.peerChanged();
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
    return this.host !== undefined && this.guest !== undefined;
  }

  /** The driver's side has been set up. */
  joinGuest(): void {
    this.join();
    this.watcher();
  }

  /** A side has been set up: joins the pairs that both sides have. */
  join(): void {
    const { host, guest } = this;
    if (host === undefined || guest === undefined) return;
    const agreed = this.agree(host, guest);
    const count = Math.min(host.pairs.pairs.length, guest.pairs.pairs.length);
    for (let number = 0; number < count; number++) {
      const laid = this.virtqueues[number] ?? this.lay(number, host, guest, agreed);
      this.virtqueues[number] = laid;
      const { down, up } = laid;
      host.pairs.connect(number, "tx", down.device);
      host.pairs.connect(number, "rx", up.device);
      guest.pairs.connect(number, "rx", down.driver);
      guest.pairs.connect(number, "tx", up.driver);
    }
  }

  /** Tells the host what both ends agree on. */
  private agree(host: HostLinkEnd, guest: GuestLinkEnd): bigint {
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

  private lay(number: number, host: LinkEnd, guest: GuestLinkEnd, agreed: bigint): Virtqueues {
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
    });
    const hostEnd = { port: host.port, number, pool: host.pool() };
    const guestEnd = { port: guest.port, number, pool: guest.pool(), window, lcore };
    return {
      down: machine.layVirtqueue(true, ring("rx"), hostEnd, guestEnd),
      up: machine.layVirtqueue(false, ring("tx"), hostEnd, guestEnd),
    };
  }

  private takeApart(): void {
    for (const { rx } of [...(this.host?.pairs.pairs ?? []), ...(this.guest?.pairs.pairs ?? [])])
      this.left += this.machine.engine.portRxWaiting(rx.address) >>> 0;
    this.host?.pairs.disconnectAll();
    this.guest?.pairs.disconnectAll();
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
