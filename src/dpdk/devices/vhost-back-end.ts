// vhost-back-end - net_vhost's socket: front-ends of other processes, and the rings that they share. One front-end at a time has the port's
// queues, as net_vhost has one device a path; rings change only while no lcore polls.
// Not modelled: dequeue without a copy.
import {
  VIRTIO_F_EVENT_IDX,
  VIRTIO_F_IN_ORDER,
  VIRTIO_F_INDIRECT_DESC,
  VIRTIO_F_RING_PACKED,
  VIRTIO_F_VERSION_1,
  VIRTIO_NET_F_MRG_RXBUF,
} from "../../../assembly/abi/features.ts";
import { DEVICE_QUEUE_BYTES, GUEST_MEMORY_BYTES } from "../../../assembly/abi/sizes.ts";
import { STATUS_OK } from "../../../assembly/abi/status.ts";
import { RunError } from "../../errors.ts";
import { BackEnd } from "../../vhost-user/back-end.ts";
import type { Device, DeviceRing, DeviceUser, DirtyLog, RingPosition } from "../../vhost-user/device.ts";
import {
  hasBit,
  hasOffloads,
  maskOf,
  VIRTIO_NET_F_CTRL_RX,
  VIRTIO_NET_F_CTRL_VQ,
  VIRTIO_NET_F_GUEST_ANNOUNCE,
  VIRTIO_NET_F_MQ,
  VIRTIO_NET_F_MTU,
} from "../../vhost-user/features.ts";
import type { Machine } from "../../wasm/machine.ts";
import { agreedMask } from "../../wasm/virtqueue.ts";
import type { LiveSide } from "../executor.ts";
import type { LiveContext } from "./device-context.ts";
import type { VhostVdev } from "./vdev-vhost.ts";
import { vhostOffloadFeatures } from "./virtio-offloads.ts";
import type { VirtioPairs } from "./virtio-pairs.ts";

const FEATURES = maskOf(
  VIRTIO_F_VERSION_1,
  VIRTIO_F_RING_PACKED,
  VIRTIO_F_IN_ORDER,
  VIRTIO_F_INDIRECT_DESC,
  VIRTIO_F_EVENT_IDX,
  VIRTIO_NET_F_MRG_RXBUF,
  VIRTIO_NET_F_CTRL_VQ,
  VIRTIO_NET_F_CTRL_RX,
  VIRTIO_NET_F_GUEST_ANNOUNCE,
  VIRTIO_NET_F_MQ,
  VIRTIO_NET_F_MTU,
);
const MAX_RING_SIZE = 32768;

interface PortSide {
  readonly id: number;
  readonly pairs: VirtioPairs;
  /** Linear address of the mempool. */
  readonly pool: number;
  /** Does as DPDK's library where that is not what the specifications say. */
  readonly dpdkQuirks: boolean;
  /** Its device came up with these features. */
  agreed(features: bigint): void;
  /** NET_SET_MTU of a device whose driver agreed on MTU. */
  setMtu(mtu: number): void;
  /** A ring that the front-end enabled or disabled by itself. */
  queueChanged(): void;
  /** The front-end's device came up, or went. */
  linkChanged(): void;
  /** A client that found nobody at its path. */
  absent(reason: string): void;
}

/** One ring's place for its device side, used again by the next front-end. */
interface RingRoom {
  readonly state: number;
  readonly ids: number;
}

export class VhostBackEnd {
  private readonly machine: Machine;
  private readonly live: LiveContext;
  private readonly port: PortSide;
  private readonly backEnd: BackEnd;
  private readonly memory: number;
  private readonly legacyFlags: boolean;
  private readonly rooms = new Map<number, RingRoom>();
  /** Rings that run, and their eventfds. */
  private readonly running = new Map<number, Pick<DeviceRing, "kick" | "call" | "size" | "discards">>();
  /** Connection that has the port, until it ends; 0: none. */
  private owner = 0;
  /** The port was last told that its device is up. */
  private up = false;

  /** Listens at the path, or (client) connects there. @throws UsageError when it cannot */
  constructor(machine: Machine, live: LiveContext, vdev: VhostVdev, port: PortSide) {
    this.machine = machine;
    this.live = live;
    this.port = port;
    this.legacyFlags = vdev.legacyOlFlags;
    this.memory = machine.arena.allocate(GUEST_MEMORY_BYTES, "a memory table");
    this.backEnd = BackEnd.open(
      live.host,
      {
        path: vdev.iface,
        client: vdev.client,
        features: FEATURES | vhostOffloadFeatures(vdev),
        queuePairs: vdev.queues,
        dpdkQuirks: port.dpdkQuirks,
      },
      {
        absent: (reason) => port.absent(reason),
        connected: (id) => this.userOf(id),
        disconnected: (id, fault) => {
          if (this.owner === id) this.leave();
          if (fault !== undefined) live.warn(`${vdev.name}: ${fault.message}`);
        },
        warn: (line) => live.warn(`${vdev.name}: ${line}`),
      },
    );
  }

  /** A front-end's first two rings run: as long as one of them stands, the device is not ready, as virtio_is_ready has it. Quirks: one that came back does. */
  get connected(): boolean {
    if (this.port.dpdkQuirks) return this.running.size > 0;
    return [0, 1].every((index) => this.running.get(index)?.discards === false);
  }

  /** What the front-end has, once its device runs. */
  get guest(): { readonly pairs: number; readonly ringSize: number } | undefined {
    if (!this.connected) return undefined;
    return { pairs: (Math.max(...this.running.keys()) >> 1) + 1, ringSize: this.running.get(0)?.size ?? 0 };
  }

  /** The port has got more queues: rings that run and had none get theirs. */
  join(): void {
    for (const index of this.running.keys())
      this.port.pairs.connect(index >> 1, index % 2 === 0 ? "tx" : "rx", this.rooms.get(index)!.state);
  }

  /** The device side of a ring that runs and is not merely emptied: that is to have no effect, so nobody is called either. */
  side(pair: number, direction: "rx" | "tx"): LiveSide | undefined {
    const index = direction === "rx" ? 2 * pair + 1 : 2 * pair;
    const state = this.rooms.get(index)?.state;
    const events = this.running.get(index);
    if (state === undefined || events === undefined || events.discards) return undefined;
    return { side: "device", state, bell: events.call, wake: events.kick };
  }

  /** A front-end has the port from its first ready ring on; one that says nothing keeps nobody out. @throws RunError when another has it */
  private userOf(id: number): DeviceUser {
    this.admit(id);
    return {
      start: (device, rings) => this.start(id, device, rings),
      relog: (log, rings) => this.live.still(() => this.setLog(log, rings)),
      announce: (mac) => this.machine.engine.guestAnnounce(this.memory, mac),
      stop: (rings) => (this.owner === id ? this.stop(rings) : new Map()),
    };
  }

  private admit(id: number): void {
    if (this.owner !== 0 && this.owner !== id) throw new RunError("found a second front-end, expected one at a time");
  }

  private async start(id: number, device: Device, rings: readonly DeviceRing[]): Promise<void> {
    this.admit(id);
    this.owner = id;
    const came = this.running.size === 0;
    const { engine } = this.machine;
    await this.live.still(() => {
      engine.guestMemoryClear(this.memory);
      for (const { guest, size, linear } of device.regions) engine.guestMemoryAdd(this.memory, guest, size, linear);
      for (const ring of rings) this.startRing(device, ring);
      this.setLog(device.log, rings);
    });
    if (came) this.port.agreed(device.features);
    if (device.mtu !== undefined && hasBit(device.features, VIRTIO_NET_F_MTU)) this.port.setMtu(device.mtu);
    // A driver may sleep on what a device that was killed gave it and never told of: each looks at its rings once. DPDK tells nobody.
    const served = rings.filter(({ discards }) => !discards);
    if (!this.port.dpdkQuirks) for (const { call } of served) if (call !== undefined) this.live.host.signal(call);
    for (const _ of served) this.port.queueChanged();
    this.tellLink(this.up || this.connected);
  }

  private startRing(device: Device, ring: DeviceRing): void {
    const { engine, arena } = this.machine;
    const { index, desc, avail, used, size, position, kick, call, called, discards } = ring;
    const { dpdkQuirks } = this.port;
    const offloads = hasOffloads(device.features, index);
    const { state, ids } = this.room(index);
    const towards = index % 2 === 0; // towards the driver: the port's tx
    arena.bytes.fill(0, state, state + DEVICE_QUEUE_BYTES);
    const result = engine.deviceQueueAttach(
      state,
      desc,
      avail,
      used,
      position.avail,
      size,
      device.headerBytes,
      agreedMask({ ...device, offloads, legacyFlags: this.legacyFlags, dpdkQuirks, called, discards }),
      this.memory,
      ids,
      towards ? 0 : this.port.pool,
      this.port.id,
    );
    if (result !== STATUS_OK)
      throw new RunError(`ring ${index}: found size ${size} and base ${position.avail}, expected others`);
    this.port.pairs.connect(index >> 1, towards ? "tx" : "rx", state);
    this.running.set(index, { kick, call, size, discards });
  }

  private setLog(log: DirtyLog | undefined, rings: readonly Pick<DeviceRing, "index" | "logged">[]): void {
    for (const { index, logged } of rings) {
      const { linear, bytes } = log ?? { linear: 0, bytes: 0 };
      this.machine.engine.deviceQueueLog(this.room(index).state, linear, bytes, logged ? 1 : 0);
    }
  }

  private room(index: number): RingRoom {
    let room = this.rooms.get(index);
    if (room === undefined) {
      const { arena } = this.machine;
      room = {
        state: arena.allocate(DEVICE_QUEUE_BYTES, "a device queue"),
        ids: arena.allocate(MAX_RING_SIZE * 4, "packet numbers"),
      };
      this.rooms.set(index, room);
    }
    return room;
  }

  /** One ring: the driver disabled it. Several: the device goes, and its rings are not told one by one. */
  private async stop(rings: readonly number[]): Promise<ReadonlyMap<number, RingPosition>> {
    const positions = new Map<number, RingPosition>();
    const served = rings.filter((index) => this.running.get(index)?.discards === false);
    await this.live.still(() => {
      for (const index of rings) {
        const room = this.rooms.get(index);
        if (room === undefined || !this.running.delete(index)) continue;
        this.port.pairs.disconnect(index >> 1, index % 2 === 0 ? "tx" : "rx");
        const avail = this.machine.engine.deviceQueuePosition(room.state) >>> 0;
        positions.set(index, { avail, used: avail });
      }
    });
    if (served.length === 1) this.port.queueChanged();
    this.tellLink(this.running.size > 0 && this.up);
    return positions;
  }

  /** The front-end is gone, its rings stopped. */
  private leave(): void {
    this.owner = 0;
    this.machine.arena.bytes.fill(0, this.memory, this.memory + GUEST_MEMORY_BYTES);
  }

  private tellLink(up: boolean): void {
    if (up === this.up) return;
    this.up = up;
    this.port.linkChanged();
  }

  close(): Promise<void> {
    return this.backEnd.close();
  }
}
