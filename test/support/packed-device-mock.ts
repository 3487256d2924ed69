// packed-device-mock - the device side of a packed ring, written by hand: reads what the driver made available and writes used descriptors, true
// ones or not, in any order. Offsets and bits are the specification's own (virtio 1.3, 2.8), not the engine's.
import type { AvailableBuffer } from "./device-mock.ts";
import { INDIRECT, NEXT } from "./driver-mock.ts";
import { AVAIL, packedLayout, USED } from "./packed-driver-mock.ts";

export interface PackedChain {
  readonly id: number;
  readonly slot: number;
  readonly slots: number;
  readonly flags: number;
  readonly buffers: AvailableBuffer[];
}

export class PackedDeviceMock {
  readonly size: number;
  slot = 0;
  wrap = 1;
  usedSlot = 0;
  usedWrap = 1;
  private readonly memory: Uint8Array<SharedArrayBuffer>;
  private readonly view: DataView;
  private readonly driver: number;
  private readonly device: number;
  private readonly gpa: bigint;

  /** @param gpa guest minus linear address of the driver's buffers */
  constructor(memory: Uint8Array<SharedArrayBuffer>, ring: number, size: number, gpa: bigint) {
    const { driver, device } = packedLayout(size);
    this.size = size;
    this.memory = memory;
    this.view = new DataView(memory.buffer, ring, device + 4);
    this.driver = driver;
    this.device = device;
    this.gpa = gpa;
  }

  private descriptor(view: DataView, index: number): AvailableBuffer & { id: number } {
    return {
      addr: view.getBigUint64(index * 16, true),
      len: view.getUint32(index * 16 + 8, true),
      id: view.getUint16(index * 16 + 12, true),
      flags: view.getUint16(index * 16 + 14, true),
    };
  }

  /** Chains made available and not yet taken, at most n; a table's entries in place of the descriptor that leads there. */
  take(n = 65535): PackedChain[] {
    const chains: PackedChain[] = [];
    while (chains.length < n) {
      const first = this.slot;
      const head = this.descriptor(this.view, first);
      if ((head.flags & (AVAIL | USED)) !== (this.wrap ? AVAIL : USED)) break;
      const buffers: AvailableBuffer[] = [];
      let id = head.id;
      for (let more = true; more; ) {
        const d = this.descriptor(this.view, this.slot);
        expectBits(d.flags, this.wrap);
        id = d.id;
        buffers.push({ addr: d.addr, len: d.len, flags: d.flags & 7 });
        more = (d.flags & NEXT) !== 0;
        if (++this.slot === this.size) {
          this.slot = 0;
          this.wrap ^= 1;
        }
      }
      const slots = buffers.length;
      const all = (head.flags & INDIRECT) !== 0 ? this.table(buffers[0]!) : buffers;
      chains.push({ id, slot: first, slots, flags: head.flags, buffers: all });
    }
    return chains;
  }

  private table({ addr, len }: AvailableBuffer): AvailableBuffer[] {
    const view = new DataView(this.memory.buffer, Number(addr - this.gpa), len);
    return Array.from({ length: len / 16 }, (_, i) => {
      const { id: _id, ...buffer } = this.descriptor(view, i);
      return buffer;
    });
  }

  at({ addr, len }: { addr: bigint; len: number }): Uint8Array {
    const from = Number(addr - this.gpa);
    return this.memory.subarray(from, from + len);
  }

  read(chain: PackedChain): Uint8Array {
    return Uint8Array.from(chain.buffers.flatMap((buffer) => [...this.at(buffer)]));
  }

  /** Writes a net header of `header` bytes and a payload into a chain of one buffer. */
  write(chain: PackedChain, header: number, payload: Uint8Array, numBuffers = 1, flags = 0): void {
    const to = this.at(chain.buffers[0]!);
    to.fill(0, 0, header);
    to[0] = flags;
    to[10] = numBuffers & 0xff;
    to[11] = numBuffers >> 8;
    to.set(payload, header);
  }

  /** Gives a buffer back at the next used slot and skips `slots`. flags: beside AVAIL and USED */
  give(id: number, len: number, slots = 1, flags = 2): void {
    const at = this.usedSlot * 16;
    this.view.setUint32(at + 8, len, true);
    this.view.setUint16(at + 12, id, true);
    this.view.setUint16(at + 14, flags | (this.usedWrap ? AVAIL | USED : 0), true);
    this.usedSlot += slots;
    if (this.usedSlot >= this.size) {
      this.usedSlot -= this.size;
      this.usedWrap ^= 1;
    }
  }

  get driverAsks(): { flags: number; slot: number; wrap: number } {
    const at = this.view.getUint16(this.driver, true);
    return { flags: this.view.getUint16(this.driver + 2, true), slot: at & 0x7fff, wrap: at >> 15 };
  }

  /** Its event area. */
  askFor(flags: number, slot = 0, wrap = 0): void {
    this.view.setUint16(this.device, slot | (wrap << 15), true);
    this.view.setUint16(this.device + 2, flags, true);
  }
}

/** Each descriptor of a chain has to be marked as its slot's lap wants. */
function expectBits(flags: number, wrap: number): void {
  const bits = flags & (AVAIL | USED);
  if (bits !== (wrap ? AVAIL : USED)) throw new Error(`found flags ${flags.toString(16)} on the lap of ${wrap}`);
}
