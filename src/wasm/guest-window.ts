// guest-window - a guest's memory: the one region that its host maps. Rings and buffers lie in it, private state does not.
import { PAGE_BYTES } from "../../assembly/abi/limits.ts";
import { GUEST_MEMORY_BYTES } from "../../assembly/abi/sizes.ts";
import { RunError } from "../errors.ts";
import type { Arena } from "./arena.ts";
import type { Engine } from "./engine.ts";

/** Where guest memory starts, seen by the device side: above 4 GiB, so that an address cut to 32 bits cannot pass. */
const GUEST_BASE = 0x1_0000_0000n;
/** A window ends with room for the longest buffer that the rings' fast path takes without asking (virtqueue.ts, FAST_SPAN). */
export const WINDOW_SLACK: number = 2 * 65536;

export interface GuestWindow {
  /** Linear address of its first byte, its bytes, and its guest address. */
  readonly start: number;
  readonly size: number;
  readonly guest: bigint;
  /** The device side's memory table. */
  readonly memory: number;
  /** Guest address minus linear address. */
  readonly gpa: bigint;
  /** Reserves `size` bytes of the window. @returns their linear address */
  allocate(size: number, what: string, align?: number): number;
}

/** A window for `size` bytes of rings and buffers. */
export function makeWindow(engine: Engine, arena: Arena, size: number): GuestWindow {
  const start = arena.allocate(size + WINDOW_SLACK, "a guest's memory", PAGE_BYTES);
  const memory = arena.allocate(GUEST_MEMORY_BYTES, "a memory table");
  engine.guestMemoryAdd(memory, GUEST_BASE, BigInt(size + WINDOW_SLACK), start);
  let next = start;
  return {
    start,
    size: size + WINDOW_SLACK,
    guest: GUEST_BASE,
    memory,
    gpa: GUEST_BASE - BigInt(start),
    allocate(bytes, what, align = PAGE_BYTES) {
      const at = Math.ceil(next / align) * align;
      if (at + bytes > start + size) {
        throw new RunError(`guest memory: found ${start + size - at} bytes left, expected ${bytes} for ${what}`);
      }
      next = at + bytes;
      return at;
    },
  };
}
