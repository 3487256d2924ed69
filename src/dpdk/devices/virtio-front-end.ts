// virtio-front-end - net_virtio_user's socket: a vhost device of another process, and rings in memory that both share. Rings begin anew
// with each connection; what was in them when a device went away is freed.
// A device that offers no packed rings gets split ones, as the driver's probe has it.
// Not modelled: event index (DPDK's driver never asks for it).
import {
  VIRTIO_F_IN_ORDER,
  VIRTIO_F_INDIRECT_DESC,
  VIRTIO_F_RING_PACKED,
  VIRTIO_F_VERSION_1,
  VIRTIO_NET_F_MRG_RXBUF,
} from "../../../assembly/abi/features.ts";
import type { RingbedError } from "../../errors.ts";
import type { Agreed, DriverEvents, DriverRing, DriverUser } from "../../vhost-user/device.ts";
import {
  hasBit,
  hasOffloads,
  maskOf,
  VIRTIO_NET_F_CTRL_RX,
  VIRTIO_NET_F_CTRL_VQ,
  VIRTIO_NET_F_MQ,
} from "../../vhost-user/features.ts";
import { FrontEnd } from "../../vhost-user/front-end.ts";
import type { Fd } from "../../vhost-user/host.ts";
import type { Machine } from "../../wasm/machine.ts";
import type { RingChoices, RingOptions } from "../../wasm/parts.ts";
import { agreedMask, type DriverPlaces, fillRx, initDriver, placeDriver } from "../../wasm/virtqueue.ts";
import type { LiveSide } from "../executor.ts";
import type { DeviceContext, LiveContext } from "./device-context.ts";
import type { VirtioUserVdev } from "./vdev-virtio-user.ts";
import { offersTso } from "./virtio-offloads.ts";
import type { VirtioPairs } from "./virtio-pairs.ts";

/** A packed ring's first slot, wrap counter 1. */
const PACKED_BASE = 0x8000;

interface PortSide {
  readonly id: number;
  readonly pairs: VirtioPairs;
  /** Linear address of the mempool. */
  readonly pool: number;
  /** Queue pairs that are set up. */
  readonly inUse: number;
  /** Offload features to ask for. */
  readonly offloads: bigint;
  /** As GuestLinkEnd's. features: agreed on with the device */
  ringChoices(direction: "rx" | "tx", features: bigint): RingChoices;
  /** A device came, or went by itself. */
  linkChanged(up: boolean): void;
}

export class VirtioFrontEnd implements DriverUser {
  private readonly context: DeviceContext;
  private readonly machine: Machine;
  private readonly live: LiveContext;
  private readonly vdev: VirtioUserVdev;
  private readonly port: PortSide;
  private readonly frontEnd: FrontEnd;
  /** By ring: rx 2i, tx 2i + 1. */
  private readonly places: DriverPlaces[] = [];
  private events: readonly DriverEvents[] = [];
  private used = false;
  /** What rx rings are like: all the same. */
  private rxRing: RingOptions | undefined;
  /** Features that no offload changes. */
  private readonly plain: bigint;
  /** A device is there; we are about to leave it. */
  private up = false;
  private closing = false;
  private settle: (fault: RingbedError | undefined) => void = () => {};
  /** Resolves when rings run, or with why they never did. */
  readonly ready: Promise<RingbedError | undefined> = new Promise((resolve) => {
    this.settle = resolve;
  });

  /** @throws UsageError when nobody listens at the path, or it cannot be listened at */
  static async open(context: DeviceContext, vdev: VirtioUserVdev, port: PortSide): Promise<VirtioFrontEnd> {
    const live = await context.live();
    return new VirtioFrontEnd(context, live, vdev, port, await live.windowFd());
  }

  private constructor(context: DeviceContext, live: LiveContext, vdev: VirtioUserVdev, port: PortSide, fd: Fd) {
    this.context = context;
    this.machine = context.machine;
    this.live = live;
    this.vdev = vdev;
    this.port = port;
    const { start, size, guest } = context.window;
    const many = vdev.queues > 1 ? [VIRTIO_NET_F_CTRL_VQ, VIRTIO_NET_F_MQ] : [];
    const merge = vdev.mrgRxbuf ? [VIRTIO_NET_F_MRG_RXBUF] : [];
    const order = vdev.inOrder ? [VIRTIO_F_IN_ORDER] : [];
    const packed = vdev.packedVq ? [VIRTIO_F_RING_PACKED] : [];
    this.plain = maskOf(VIRTIO_F_VERSION_1, VIRTIO_F_INDIRECT_DESC, ...merge, ...order, ...packed, ...many);
    this.frontEnd = FrontEnd.open(
      live.host,
      {
        path: vdev.path,
        server: vdev.server,
        features: this.plain | port.offloads,
        queuePairs: vdev.queues,
        window: { fd, linear: start, size, guest },
      },
      this,
      {
        connected: () => {
          this.settle(undefined);
          this.up = true;
          port.linkChanged(true);
        },
        disconnected: (fault) => {
          if (fault !== undefined) live.warn(`${vdev.name}: ${fault.message}`);
          this.settle(fault);
          if (this.up && !this.closing) port.linkChanged(false);
          this.up = false;
        },
      },
    );
    void this.frontEnd.use(port.inUse);
  }

  /** Rings run. */
  get connected(): boolean {
    return this.events.length > 0;
  }

  /** The driver side of a ring that runs. */
  side(pair: number, direction: "rx" | "tx"): LiveSide | undefined {
    const index = 2 * pair + (direction === "rx" ? 0 : 1);
    const [places, events] = [this.places[index], this.events[index]];
    if (places === undefined || events === undefined) return undefined;
    return { side: "driver", state: places.driver, bell: events.kick, wake: events.call };
  }

  /** Queue pairs that are set up from now on. */
  use(pairs: number): Promise<void> {
    return this.frontEnd.use(pairs);
  }

  /** Asks a device that is there, and those that come, for other offloads. */
  ask(offloads: bigint): Promise<void> {
    return this.frontEnd.ask(this.plain | offloads);
  }

  /** The device that was asked last has no CTRL_RX. */
  get refusesRxControl(): boolean {
    const { offered } = this.frontEnd;
    return offered !== 0n && !hasBit(offered, VIRTIO_NET_F_CTRL_RX);
  }

  get offersTso(): boolean {
    return offersTso(this.frontEnd.offered);
  }

  rings(agreed: Agreed): readonly DriverRing[] {
    const { engine, arena } = this.machine;
    const size = this.vdev.queueSize;
    const { id: port, pool } = this.port;
    return Array.from({ length: 2 * agreed.queuePairs }, (_, index): DriverRing => {
      const { window, mainLcore } = this.context;
      const direction = index % 2 === 0 ? "rx" : "tx";
      const offloads = hasOffloads(agreed.features, index);
      const ring: RingOptions = { ...agreed, size, ...this.port.ringChoices(direction, agreed.features), offloads };
      if (direction === "rx") this.rxRing = ring;
      const places = this.places[index] ?? placeDriver(engine, arena, { ...ring, indirect: true }, window);
      if (this.places[index] === undefined) this.machine.addDriver(places.driver);
      this.places[index] = places;
      if (this.used) engine.driverRelease(mainLcore, places.driver);
      const ringBytes = engine.splitRingBytes(size) >>> 0;
      arena.bytes.fill(0, places.ring, places.ring + ringBytes);
      arena.bytes.fill(0, places.driver, places.driver + (engine.driverQueueBytes(size) >>> 0));
      initDriver(engine, places, ring, { port, number: index >> 1, pool, window, lcore: mainLcore });
      const desc = places.ring;
      const mask = agreedMask(ring);
      const avail = desc + (engine.ringAvailOffset(size, mask) >>> 0);
      const used = desc + (engine.ringUsedOffset(size, mask) >>> 0);
      return { size, desc, avail, used, base: agreed.packed ? PACKED_BASE : 0 };
    });
  }

  async start(_agreed: Agreed, events: readonly DriverEvents[]): Promise<void> {
    this.used = true;
    const { engine } = this.machine;
    await this.live.still(() => {
      for (const [index, { driver }] of this.places.entries()) {
        const rx = index % 2 === 0;
        if (rx) fillRx(engine, driver, this.context.mainLcore, this.rxRing!);
        this.port.pairs.connect(index >> 1, rx ? "rx" : "tx", driver);
      }
      this.events = events;
    });
    for (const { kick } of events) this.live.host.signal(kick);
  }

  async stop(): Promise<void> {
    await this.live.still(() => {
      this.port.pairs.disconnectAll();
      this.events = [];
    });
  }

  close(): Promise<void> {
    this.closing = true;
    return this.frontEnd.close();
  }
}
