// vector-rings - the driver side of a ring that a vector burst function serves, the other side a mock: both layouts under one set of calls.
import { agreedMask } from "../../src/wasm/virtqueue.ts";
import { payload } from "./captures.ts";
import { PackedDriverRig } from "./packed-rings.ts";
import { DriverRig, type RigOptions } from "./rings.ts";

export type Layout = "split" | "packed";
export const LAYOUTS: readonly Layout[] = ["split", "packed"];

/** What each path is agreed on with: split not in order, packed in order, neither mergeable. */
export function vectorOptions(layout: Layout, options: RigOptions = {}): RigOptions {
  return { mergeable: false, inOrder: layout === "packed", vector: true, size: 64, pool: 256, ...options };
}

export class VectorRig {
  readonly rig: DriverRig | PackedDriverRig;
  /** Frames given back so far: the seed of the next. */
  private given = 0;

  constructor(layout: Layout, options: RigOptions = {}) {
    const all = vectorOptions(layout, options);
    this.rig = layout === "split" ? new DriverRig(all) : new PackedDriverRig(all);
  }

  /** Fills the next posted buffers with frames of these lengths and gives them back. */
  deliver(...lengths: number[]): void {
    for (const length of lengths)
      this.give(12 + length, payload(Math.min(Math.max(length, 0), 2048), this.given % 200));
  }

  /** Gives the next posted buffer back with a used length of one's own. */
  give(usedLength: number, bytes: Uint8Array, flags = 0): void {
    const { device } = this.rig;
    this.given++;
    if ("giveBatch" in device) {
      const [chain] = device.take(1);
      device.write(chain!, 12, bytes, 1, flags);
      device.give(chain!.head, usedLength);
    } else {
      const [chain] = device.take(1);
      device.write(chain!, 12, bytes, 1, flags);
      device.give(chain!.id, usedLength);
    }
  }

  /** Buffers posted that the device has not seen before. @returns their number */
  posted(): number {
    return this.rig.device.take().length;
  }

  rx(n = 32): number[] {
    return this.rig.rx(n);
  }

  /** The same, freed. @returns the frames */
  frames(n = 32): Uint8Array[] {
    const got = this.rx(n);
    const bytes = got.map((m) => this.rig.hands.bytes(m));
    this.rig.hands.free(got);
    return bytes;
  }

  /** mbufs in the pool and in the ring: all there are. */
  get all(): number {
    return this.rig.available + this.rig.held;
  }
}

/** RING_* of a vector path's ring. */
export function vectorMask(layout: Layout): number {
  return agreedMask({ packed: layout === "packed", inOrder: layout === "packed", indirect: true, vector: true });
}
