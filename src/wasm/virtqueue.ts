// virtqueue - lays a virtqueue with both its sides into memory: the ring and its net headers in the guest's window, what the sides
// keep to themselves outside it.
import * as features from "../../assembly/abi/features.ts";
import { PAGE_BYTES } from "../../assembly/abi/limits.ts";
import { PORT_RING, PORT_VHOST, PORT_VIRTIO } from "../../assembly/abi/ports.ts";
import { DEVICE_QUEUE_BYTES } from "../../assembly/abi/sizes.ts";
import * as stages from "../../assembly/abi/stages.ts";
import { STATUS_OK } from "../../assembly/abi/status.ts";
import { UsageError } from "../errors.ts";
import type { Arena } from "./arena.ts";
import type { Engine } from "./engine.ts";
import type { GuestWindow } from "./guest-window.ts";
import type { Queue, RingAgreement, RingOptions } from "./parts.ts";

/** One side's port and queue, and the pool it takes mbufs from. */
export interface RingEnd {
  readonly port: number;
  readonly number: number;
  readonly pool: number;
}

/** The guest's side, with its memory and the lcore that fills an rx ring. */
export interface GuestEnd extends RingEnd {
  readonly window: GuestWindow;
  readonly lcore: number;
}

/** What a ring's sides agreed on, as the engine has it: RING_*. */
export function agreedMask(ring: RingAgreement): number {
  return (
    (ring.mergeable ? features.RING_MERGEABLE : 0) |
    (ring.packed ? features.RING_PACKED : 0) |
    (ring.inOrder ? features.RING_IN_ORDER : 0) |
    (ring.indirect ? features.RING_INDIRECT : 0) |
    (ring.eventIdx ? features.RING_EVENT_IDX : 0) |
    (ring.vector ? features.RING_VECTOR : 0) |
    (ring.offloads ? features.RING_OFFLOADS : 0) |
    (ring.legacyFlags ? features.RING_LEGACY_FLAGS : 0) |
    (ring.dpdkQuirks ? features.RING_DPDK_QUIRKS : 0) |
    (ring.discards ? features.RING_DISCARDS : 0) |
    (ring.called ? features.RING_CALLED : 0)
  );
}

/** Bytes of a guest's window that one virtqueue takes. */
export function ringWindowBytes(engine: Engine, size: number, ring: RingAgreement): number {
  const bytes = engine.virtqueueWindowBytes(size, agreedMask(ring)) >>> 0;
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES + PAGE_BYTES;
}

function checkSize({ size, packed }: RingOptions): void {
  const whole = Number.isInteger(size) && size >= 1 && size <= 32768;
  if (!whole || (!packed && (size & (size - 1)) !== 0)) {
    throw new UsageError(`ring size: found ${size}, expected ${packed ? "1" : "a power of two"} up to 32768`);
  }
}

/** What a driver side has in its guest's window and outside it; linear addresses. */
export interface DriverPlaces {
  readonly ring: number;
  readonly headers: number;
  readonly ids: number;
  readonly driver: number;
}

/** Room for the driver side of a ring of either layout. @throws UsageError for a size that no ring has */
export function placeDriver(engine: Engine, arena: Arena, ring: RingOptions, window: GuestWindow): DriverPlaces {
  checkSize(ring);
  const { size } = ring;
  const agreed = agreedMask(ring);
  return {
    ring: window.allocate(engine.splitRingBytes(size) >>> 0, "a ring"),
    headers: window.allocate(size * (engine.txRegionBytes(agreed) >>> 0), "net headers", 64),
    ids: arena.allocate(size * 4, "packet numbers"),
    driver: arena.allocate(engine.driverQueueBytes(size) >>> 0, "a driver queue"),
  };
}

/** Sets a driver side up, with its ring; all of it is zero. @throws UsageError for a tx_free_thresh that it cannot have */
export function initDriver(engine: Engine, places: DriverPlaces, ring: RingOptions, guest: GuestEnd): void {
  const { size, headerBytes, freeThreshold = 0, descriptors = size } = ring;
  const { driver, ring: at, ids, headers } = places;
  const { window, pool, port } = guest;
  const result = engine.driverQueueInit(
    driver,
    at,
    size,
    headerBytes,
    agreedMask(ring),
    window.gpa,
    ids,
    headers,
    pool,
    port,
    freeThreshold,
  );
  if (result !== STATUS_OK)
    throw new UsageError(`tx_free_thresh: found ${freeThreshold}, expected less than ${size} - 3`);
  engine.driverQueueLimit(driver, descriptors);
}

/** A ring with both its sides. @returns linear addresses of their state. @throws UsageError for a size that no ring has */
export function makeVirtqueue(
  engine: Engine,
  arena: Arena,
  ring: RingOptions,
  host: RingEnd,
  guest: GuestEnd,
): { readonly device: number; readonly driver: number } {
  const { size, headerBytes } = ring;
  const places = placeDriver(engine, arena, ring, guest.window);
  initDriver(engine, places, ring, guest);
  const device = arena.allocate(DEVICE_QUEUE_BYTES, "a device queue");
  const { memory } = guest.window;
  const agreed = agreedMask(ring);
  engine.deviceQueueInit(device, places.ring, size, headerBytes, agreed, memory, places.ids, host.pool, host.port);
  return { device, driver: places.driver };
}

/** RTE_VIRTIO_VPMD_RX_REARM_THRESH: so many buffers at a time, or none at all on a ring that has less. */
const VECTOR_REARM = 32;

/** Posts buffers on an rx ring, as DPDK does at dev_start; none on a ring whose queue was not set up. @throws UsageError when the pool has none */
export function fillRx(engine: Engine, driver: number, lcore: number, ring: RingOptions): void {
  const { size, descriptors = size, vector = false, packed = false } = ring;
  if (descriptors === 0) return;
  const posted = engine.driverRefill(lcore, driver);
  engine.publishDeferred(lcore);
  const fills = packed || !vector || Math.min(size, descriptors) >= VECTOR_REARM;
  if (posted === 0 && fills) throw new UsageError(`mempool: found too few mbufs, expected ${size} to fill an rx ring`);
}

export const VHOST_STAGES = { rx: stages.STAGE_VHOST_RX, tx: stages.STAGE_VHOST_TX } as const;
export const VIRTIO_STAGES = { rx: stages.STAGE_VIRTIO_RX, tx: stages.STAGE_VIRTIO_TX } as const;

/** Gives a queue the side of a virtqueue that its peer has come to, between polls; its counters stay. state: linear address of that side */
export function connectQueue(engine: Engine, queue: Queue, side: "vhost" | "virtio", state: number): void {
  const [kind, stage] = side === "vhost" ? [PORT_VHOST, VHOST_STAGES] : [PORT_VIRTIO, VIRTIO_STAGES];
  engine.portQueueBecome(queue.address, kind, stage[queue.direction], state);
}

/** Makes a queue of addRing what it was again. */
export function disconnectQueue(engine: Engine, queue: Queue): void {
  const stage = queue.direction === "rx" ? stages.STAGE_RING_RX : stages.STAGE_RING_TX;
  engine.portQueueBecome(queue.address, PORT_RING, stage, queue.state);
}
