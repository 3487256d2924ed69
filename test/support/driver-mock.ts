// driver-mock - the driver side of a split ring, written by hand: puts descriptors and avail entries into memory byte by byte and
// reads used entries. It checks nothing, so it can also do all that the specification forbids. Offsets are the specification's own
// (virtio 1.3, 2.7), not the engine's.

export interface Descriptor {
  readonly addr: bigint;
  readonly len: number;
  readonly flags?: number;
  readonly next?: number;
}

export interface UsedElement {
  readonly id: number;
  readonly len: number;
}

export const NEXT = 1;
export const WRITE = 2;
export const INDIRECT = 4;

/** Offsets of a ring of n descriptors in vring_init's layout with used on the next 4096. */
export function splitLayout(n: number): { avail: number; used: number; bytes: number } {
  const avail = 16 * n;
  const used = Math.ceil((avail + 6 + 2 * n) / 4096) * 4096;
  return { avail, used, bytes: used + 6 + 8 * n };
}

export class DriverMock {
  readonly size: number;
  private readonly view: DataView;
  private readonly avail: number;
  private readonly used: number;
  private seen: number;

  /** @param start value of avail.idx and used.idx to start from: both sides must agree */
  constructor(memory: Uint8Array<SharedArrayBuffer>, ring: number, size: number, start = 0) {
    const { avail, used, bytes } = splitLayout(size);
    this.size = size;
    this.view = new DataView(memory.buffer, ring, bytes);
    this.avail = avail;
    this.used = used;
    this.seen = start;
  }

  describe(index: number, { addr, len, flags = 0, next = 0 }: Descriptor): void {
    this.view.setBigUint64(index * 16, addr, true);
    this.view.setUint32(index * 16 + 8, len, true);
    this.view.setUint16(index * 16 + 12, flags, true);
    this.view.setUint16(index * 16 + 14, next, true);
  }

  /** Writes a chain into the descriptors from `first` on. */
  chain(first: number, buffers: readonly { addr: bigint; len: number }[], flags = 0): void {
    buffers.forEach(({ addr, len }, i) => {
      const more = i + 1 < buffers.length;
      this.describe(first + i, { addr, len, flags: flags | (more ? NEXT : 0), next: more ? first + i + 1 : 0 });
    });
  }

  get availIdx(): number {
    return this.view.getUint16(this.avail + 2, true);
  }

  set availIdx(value: number) {
    this.view.setUint16(this.avail + 2, value & 0xffff, true);
  }

  /** Writes the avail entry of a free-running index, and publishes nothing. */
  enter(index: number, head: number): void {
    this.view.setUint16(this.avail + 4 + (index % this.size) * 2, head, true);
  }

  /** Makes chains available. */
  post(...heads: number[]): void {
    for (const head of heads) {
      this.enter(this.availIdx, head);
      this.availIdx += 1;
    }
  }

  /** VRING_AVAIL_F_NO_INTERRUPT. */
  set wantsNoCall(no: boolean) {
    this.view.setUint16(this.avail, no ? 1 : 0, true);
  }

  /** used_event, behind the avail entries. */
  set usedEvent(index: number) {
    this.view.setUint16(this.avail + 4 + 2 * this.size, index & 0xffff, true);
  }

  get availEvent(): number {
    return this.view.getUint16(this.used + 4 + 8 * this.size, true);
  }

  get usedFlags(): number {
    return this.view.getUint16(this.used, true);
  }

  get usedIdx(): number {
    return this.view.getUint16(this.used + 2, true);
  }

  /** Used elements since the last call. */
  takeUsed(): UsedElement[] {
    const elements: UsedElement[] = [];
    for (; this.seen !== this.usedIdx; this.seen = (this.seen + 1) & 0xffff) {
      const at = this.used + 4 + (this.seen % this.size) * 8;
      elements.push({ id: this.view.getUint32(at, true), len: this.view.getUint32(at + 4, true) });
    }
    return elements;
  }

  /** A copy of the ring's bytes: what must not change. */
  snapshot(): Uint8Array {
    return Uint8Array.from(new Uint8Array(this.view.buffer, this.view.byteOffset, this.view.byteLength));
  }
}
