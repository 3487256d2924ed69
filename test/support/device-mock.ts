// device-mock - the device side of a split ring, written by hand: reads what the driver made available and writes used elements,
// true ones or not. Offsets are the specification's own (virtio 1.3, 2.7), not the engine's.
import { NEXT, splitLayout } from "./driver-mock.ts";

export interface AvailableBuffer {
  readonly addr: bigint;
  readonly len: number;
  readonly flags: number;
}

export interface AvailableChain {
  readonly head: number;
  readonly buffers: AvailableBuffer[];
}

export class DeviceMock {
  readonly size: number;
  private readonly memory: Uint8Array<SharedArrayBuffer>;
  private readonly view: DataView;
  private readonly avail: number;
  private readonly used: number;
  private readonly gpa: bigint;
  private seen = 0;

  /** @param gpa guest minus linear address of the driver's buffers */
  constructor(memory: Uint8Array<SharedArrayBuffer>, ring: number, size: number, gpa: bigint) {
    const { avail, used, bytes } = splitLayout(size);
    this.size = size;
    this.memory = memory;
    this.view = new DataView(memory.buffer, ring, bytes);
    this.avail = avail;
    this.used = used;
    this.gpa = gpa;
  }

  get availFlags(): number {
    return this.view.getUint16(this.avail, true);
  }

  get availIdx(): number {
    return this.view.getUint16(this.avail + 2, true);
  }

  /** Chains made available and not yet taken, at most n. */
  take(n = 65535): AvailableChain[] {
    const chains: AvailableChain[] = [];
    for (; chains.length < n && this.seen !== this.availIdx; this.seen = (this.seen + 1) & 0xffff) {
      const head = this.view.getUint16(this.avail + 4 + (this.seen % this.size) * 2, true);
      const buffers: AvailableBuffer[] = [];
      for (let index = head, more = true; more; index = this.view.getUint16(index * 16 + 14, true)) {
        const flags = this.view.getUint16(index * 16 + 12, true);
        buffers.push({
          addr: this.view.getBigUint64(index * 16, true),
          len: this.view.getUint32(index * 16 + 8, true),
          flags,
        });
        more = (flags & NEXT) !== 0 && buffers.length <= this.size;
      }
      chains.push({ head, buffers });
    }
    return chains;
  }

  /** The bytes of a driver's buffer. */
  at({ addr, len }: { addr: bigint; len: number }): Uint8Array {
    const from = Number(addr - this.gpa);
    return this.memory.subarray(from, from + len);
  }

  read(chain: AvailableChain): Uint8Array {
    return Uint8Array.from(chain.buffers.flatMap((buffer) => [...this.at(buffer)]));
  }

  /** Writes a net header of `header` bytes and a payload into a chain of one buffer. */
  write(
    chain: AvailableChain,
    header: number,
    payload: Uint8Array,
    numBuffers = 1,
    flags: number | readonly number[] = 0,
  ): void {
    const to = this.at(chain.buffers[0]!);
    to.fill(0, 0, header);
    to.set(typeof flags === "number" ? [flags] : flags);
    if (header === 12) {
      to[10] = numBuffers & 0xff;
      to[11] = numBuffers >> 8;
    }
    to.set(payload, header);
  }

  get usedIdx(): number {
    return this.view.getUint16(this.used + 2, true);
  }

  set usedIdx(value: number) {
    this.view.setUint16(this.used + 2, value & 0xffff, true);
  }

  /** Gives a chain back: one used element. */
  give(id: number, len: number): void {
    const at = this.used + 4 + (this.usedIdx % this.size) * 8;
    this.view.setUint32(at, id, true);
    this.view.setUint32(at + 4, len, true);
    this.usedIdx += 1;
  }

  /** avail_event, behind the used elements. */
  set availEvent(index: number) {
    this.view.setUint16(this.used + 4 + 8 * this.size, index & 0xffff, true);
  }

  get usedEvent(): number {
    return this.view.getUint16(this.avail + 4 + 2 * this.size, true);
  }

  /** Gives several chains back by one element, the last one's. */
  giveBatch(id: number, len: number, chains: number): void {
    this.give(id, len);
    this.usedIdx += chains - 1;
  }

  /** VRING_USED_F_NO_NOTIFY. */
  set wantsNoKick(no: boolean) {
    this.view.setUint16(this.used, no ? 1 : 0, true);
  }
}
