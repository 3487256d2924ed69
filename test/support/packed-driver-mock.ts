// packed-driver-mock - the driver side of a packed ring, written by hand: puts descriptors into memory byte by byte and reads used ones. It checks
// nothing, so it can also do all that the specification forbids. Offsets and bits are the specification's own (virtio 1.3, 2.8), not the engine's.
import type { UsedElement } from "./driver-mock.ts";

export const AVAIL = 0x80;
export const USED = 0x8000;
export const ENABLE = 0;
export const DISABLE = 1;
export const DESC = 2;

/** Offsets of the two event areas in vring_init_packed's layout. */
export function packedLayout(n: number): { driver: number; device: number } {
  const driver = 16 * n;
  return { driver, device: Math.ceil((driver + 4) / 4096) * 4096 };
}

export interface PackedDescriptor {
  readonly addr: bigint;
  readonly len: number;
  readonly id?: number;
  readonly flags?: number;
}

export class PackedDriverMock {
  readonly size: number;
  /** Next slot to make available, and its wrap counter; likewise to look at for used ones. */
  slot = 0;
  wrap = 1;
  usedSlot = 0;
  usedWrap = 1;
  /** Slots of each buffer in flight, by id, in the order in which they were made available. */
  private readonly flight = new Map<number, number>();
  private readonly view: DataView;
  private readonly driver: number;
  private readonly device: number;

  constructor(memory: Uint8Array<SharedArrayBuffer>, ring: number, size: number) {
    const { driver, device } = packedLayout(size);
    this.size = size;
    this.view = new DataView(memory.buffer, ring, device + 4);
    this.driver = driver;
    this.device = device;
  }

  /** Writes a descriptor as it is told. */
  describe(slot: number, { addr, len, id = 0, flags = 0 }: PackedDescriptor): void {
    this.view.setBigUint64(slot * 16, addr, true);
    this.view.setUint32(slot * 16 + 8, len, true);
    this.view.setUint16(slot * 16 + 12, id, true);
    this.setFlags(slot, flags);
  }

  setFlags(slot: number, flags: number): void {
    this.view.setUint16(slot * 16 + 14, flags, true);
  }

  flags(slot: number): number {
    return this.view.getUint16(slot * 16 + 14, true);
  }

  /** AVAIL and USED that make a descriptor available. */
  static bits(wrap: number): number {
    return wrap ? AVAIL : USED;
  }

  private step(): void {
    if (++this.slot === this.size) {
      this.slot = 0;
      this.wrap ^= 1;
    }
  }

  /** Makes one chain available: flags are those of all its descriptors but NEXT, which is set as needed. @returns its slots */
  post(id: number, buffers: readonly { addr: bigint; len: number; flags?: number }[], headLast = true): number[] {
    const { slots, publish } = this.prepare(id, buffers, headLast);
    publish();
    return slots;
  }

  /** Makes several available at once: the first one's head is written last. */
  postAll(
    chains: readonly (readonly [id: number, buffers: readonly { addr: bigint; len: number; flags?: number }[]])[],
  ) {
    const [first, ...others] = chains.map(([id, buffers]) => this.prepare(id, buffers, true));
    for (const { publish } of others) publish();
    first?.publish();
  }

  private prepare(
    id: number,
    buffers: readonly { addr: bigint; len: number; flags?: number }[],
    headLast: boolean,
  ): { readonly slots: number[]; readonly publish: () => void } {
    const slots: number[] = [];
    let head = (): void => {};
    buffers.forEach(({ addr, len, flags = 0 }, i) => {
      const { slot, wrap } = this;
      const all = flags | (i + 1 < buffers.length ? 1 : 0) | PackedDriverMock.bits(wrap);
      // the id counts in the last descriptor only
      const written = { addr, len, id: i + 1 < buffers.length ? 0xdead : id, flags: all };
      if (i === 0) {
        this.describe(slot, { ...written, flags: this.flags(slot) });
        head = () => this.setFlags(slot, all);
        if (!headLast) head();
      } else this.describe(slot, written);
      slots.push(slot);
      this.step();
    });
    this.flight.set(id, slots.length);
    return { slots, publish: headLast ? head : () => {} };
  }

  /** Used buffers since the last call. inOrder: one descriptor stands for all up to its id. */
  takeUsed(inOrder = false): (UsedElement & { flags: number; slot: number })[] {
    const taken: (UsedElement & { flags: number; slot: number })[] = [];
    for (;;) {
      const slot = this.usedSlot;
      const flags = this.flags(slot);
      const mark = this.usedWrap ? AVAIL | USED : 0;
      if ((flags & (AVAIL | USED)) !== mark || this.flight.size === 0) return taken;
      const id = this.view.getUint16(slot * 16 + 12, true);
      if (!this.flight.has(id)) throw new Error(`found used id ${id}, expected one in flight`);
      const done = inOrder ? [...this.flight.keys()].slice(0, [...this.flight.keys()].indexOf(id) + 1) : [id];
      for (const one of done) {
        this.pass(this.flight.get(one)!);
        this.flight.delete(one);
      }
      taken.push({ id, len: this.view.getUint32(slot * 16 + 8, true), flags, slot });
    }
  }

  private pass(slots: number): void {
    this.usedSlot += slots;
    if (this.usedSlot >= this.size) {
      this.usedSlot -= this.size;
      this.usedWrap ^= 1;
    }
  }

  /** Its event area. */
  askFor(flags: number, slot = 0, wrap = 0): void {
    this.view.setUint16(this.driver, slot | (wrap << 15), true);
    this.view.setUint16(this.driver + 2, flags, true);
  }

  get deviceAsks(): { flags: number; slot: number; wrap: number } {
    const at = this.view.getUint16(this.device, true);
    return { flags: this.view.getUint16(this.device + 2, true), slot: at & 0x7fff, wrap: at >> 15 };
  }

  /** A copy of the ring's bytes: what must not change. */
  snapshot(): Uint8Array {
    return Uint8Array.from(new Uint8Array(this.view.buffer, this.view.byteOffset, this.view.byteLength));
  }
}
