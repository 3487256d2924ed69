// virtqueue - lays a split virtqueue with both its sides into memory: the ring and its net headers in the guest's window, what the sides
// keep to themselves outside it.
import { PAGE_BYTES } from "../../assembly/abi/limits.ts";
import { DEVICE_QUEUE_BYTES } from "../../assembly/abi/sizes.ts";
import { STATUS_OK } from "../../assembly/abi/status.ts";
import { UsageError } from "../errors.ts";
import type { Arena } from "./arena.ts";
import type { Engine } from "./engine.ts";
import type { GuestWindow } from "./guest-window.ts";
import type { RingOptions } from "./parts.ts";

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

/** @returns linear addresses of both sides' state. @throws UsageError for a size that no ring has */
export function makeVirtqueue(
  engine: Engine,
  arena: Arena,
  ring: RingOptions,
  host: RingEnd,
  guest: GuestEnd,
): { readonly device: number; readonly driver: number } {
  const { size, headerBytes } = ring;
  const mergeable = ring.mergeable ? 1 : 0;
  const threshold = ring.txFreeThreshold ?? 0;
  const refuse = (): never => {
    throw new UsageError(`ring size: found ${size}, expected a power of two up to 32768`);
  };
  if (!Number.isInteger(size) || size < 1 || size > 32768 || (size & (size - 1)) !== 0) refuse();
  const { window, pool, port } = guest;
  const at = window.allocate(engine.splitRingBytes(size) >>> 0, "a ring");
  const headers = window.allocate(size * HEADER_STRIDE, "net headers", 64);
  const ids = arena.allocate(size * 4, "packet numbers");
  const device = arena.allocate(DEVICE_QUEUE_BYTES, "a device queue");
  const driver = arena.allocate(engine.driverQueueBytes(size) >>> 0, "a driver queue");
  const { gpa, memory } = window;
  const results = [
    engine.driverQueueInit(driver, at, size, headerBytes, mergeable, gpa, ids, headers, pool, port, threshold),
    engine.deviceQueueInit(device, at, size, headerBytes, mergeable, memory, ids, host.pool, host.port),
  ];
  if (results.some((result) => result !== STATUS_OK)) refuse();
  return { device, driver };
}
