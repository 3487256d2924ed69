// virtqueue - lays a split virtqueue with both its sides into memory: the ring and its net headers in the guest's window, what the sides
// keep to themselves outside it.
import { PAGE_BYTES } from "../../assembly/abi/limits.ts";
import { PORT_RING, PORT_VHOST, PORT_VIRTIO } from "../../assembly/abi/ports.ts";
import { DEVICE_QUEUE_BYTES } from "../../assembly/abi/sizes.ts";
import * as stages from "../../assembly/abi/stages.ts";
import { STATUS_OK } from "../../assembly/abi/status.ts";
import { UsageError } from "../errors.ts";
import type { Arena } from "./arena.ts";
import type { Engine } from "./engine.ts";
import type { GuestWindow } from "./guest-window.ts";
import type { Queue, RingOptions } from "./parts.ts";

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

/** Bytes of a net header's place in the window. */
const HEADER_STRIDE = 16;

/** Bytes of a guest's window that one virtqueue takes. */
export function ringWindowBytes(engine: Engine, size: number): number {
  return Math.ceil((engine.virtqueueWindowBytes(size) >>> 0) / PAGE_BYTES) * PAGE_BYTES + PAGE_BYTES;
}

function checkSize(size: number): void {
  const valid = Number.isInteger(size) && size >= 1 && size <= 32768 && (size & (size - 1)) === 0;
  if (!valid) throw new UsageError(`ring size: found ${size}, expected a power of two up to 32768`);
}

/** What a driver side has in its guest's window and outside it; linear addresses. */
export interface DriverPlaces {
  readonly ring: number;
  readonly headers: number;
  readonly ids: number;
  readonly driver: number;
}

/** Room for the driver side of a ring. @throws UsageError for a size that no ring has */
export function placeDriver(engine: Engine, arena: Arena, size: number, window: GuestWindow): DriverPlaces {
  checkSize(size);
  return {
    ring: window.allocate(engine.splitRingBytes(size) >>> 0, "a ring"),
    headers: window.allocate(size * HEADER_STRIDE, "net headers", 64),
    ids: arena.allocate(size * 4, "packet numbers"),
    driver: arena.allocate(engine.driverQueueBytes(size) >>> 0, "a driver queue"),
  };
}

/** Sets a driver side up, with its ring; all of it is zero. @throws UsageError for a tx_free_thresh that it cannot have */
export function initDriver(engine: Engine, places: DriverPlaces, ring: RingOptions, guest: GuestEnd): void {
  const { size, headerBytes, mergeable, txFreeThreshold = 0, descriptors = size } = ring;
  const { driver, ring: at, ids, headers } = places;
  const { window, pool, port } = guest;
  const result = engine.driverQueueInit(
    driver,
    at,
    size,
    headerBytes,
    mergeable ? 1 : 0,
    window.gpa,
    ids,
    headers,
    pool,
    port,
    txFreeThreshold,
  );
  if (result !== STATUS_OK)
    throw new UsageError(`tx_free_thresh: found ${txFreeThreshold}, expected less than ${size} - 3`);
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
  const places = placeDriver(engine, arena, size, guest.window);
  initDriver(engine, places, ring, guest);
  const device = arena.allocate(DEVICE_QUEUE_BYTES, "a device queue");
  const { memory } = guest.window;
  const mergeable = ring.mergeable ? 1 : 0;
  engine.deviceQueueInit(device, places.ring, size, headerBytes, mergeable, memory, places.ids, host.pool, host.port);
  return { device, driver: places.driver };
}

/** Posts buffers on an rx ring, as DPDK does at dev_start. @throws UsageError when the pool has none */
export function fillRx(engine: Engine, driver: number, lcore: number, size: number): void {
  const posted = engine.splitDriverRefill(lcore, driver);
  engine.publishDeferred(lcore);
  if (posted === 0) throw new UsageError(`mempool: found too few mbufs, expected ${size} to fill an rx ring`);
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
