// flow - struct flow as ofproto works on it: the same 672 bytes that the datapath has (assembly/abi/flow), with access
// by offset. A mask has the same shape. Offsets are FLOW_*; packet fields are big-endian in memory and plain numbers
// here, host fields likewise.
import { FLOW_BYTES } from "../../assembly/abi/flow.ts";

/**
 * Flows share buffers by the few: one each would cost more to make, and of many, one flow that is kept would keep all.
 */
const SLAB_FLOWS = 8;
let slab = new ArrayBuffer(0);
let used = 0;

export class Flow {
  readonly bytes: Uint8Array;
  /** The same memory, 168 words: what masks are applied by. */
  readonly words: Uint32Array;

  constructor() {
    if (used === slab.byteLength) {
      slab = new ArrayBuffer(SLAB_FLOWS * FLOW_BYTES);
      used = 0;
    }
    this.bytes = new Uint8Array(slab, used, FLOW_BYTES);
    this.words = new Uint32Array(slab, used, FLOW_BYTES / 4);
    used += FLOW_BYTES;
  }

  clone(): Flow {
    const copy = new Flow();
    copy.words.set(this.words);
    return copy;
  }

  copyFrom(other: Flow): void {
    this.words.set(other.words);
  }

  clear(): void {
    this.words.fill(0);
  }

  equals(other: Flow): boolean {
    for (let i = 0; i < this.words.length; i++) if (this.words[i] !== other.words[i]) return false;
    return true;
  }

  u8(at: number): number {
    return this.bytes[at]!;
  }

  setU8(at: number, value: number): void {
    this.bytes[at] = value;
  }

  /** A big-endian field of 2 bytes. */
  be16(at: number): number {
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  setBe16(at: number, value: number): void {
    this.bytes[at] = value >>> 8;
    this.bytes[at + 1] = value;
  }

  /** A big-endian field of 4 bytes. */
  be32(at: number): number {
    const b = this.bytes;
    return ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;
  }

  setBe32(at: number, value: number): void {
    const b = this.bytes;
    b[at] = value >>> 24;
    b[at + 1] = value >>> 16;
    b[at + 2] = value >>> 8;
    b[at + 3] = value;
  }

  /** A field of 4 bytes in the CPU's order; at: a multiple of 4. */
  u32(at: number): number {
    return this.words[at >>> 2]!;
  }

  setU32(at: number, value: number): void {
    this.words[at >>> 2] = value;
  }

  slice(at: number, n: number): Uint8Array {
    return this.bytes.slice(at, at + n);
  }

  set(at: number, value: Uint8Array): void {
    this.bytes.set(value, at);
  }

  isZero(at: number, n: number): boolean {
    for (let i = at; i < at + n; i++) if (this.bytes[i] !== 0) return false;
    return true;
  }

  fill(at: number, n: number, value: number): void {
    this.bytes.fill(value, at, at + n);
  }
}

/**
 * What packets an OpenFlow rule is for: flow's bits count where mask's are one, and are zero elsewhere (struct match).
 */
export interface Match {
  readonly flow: Flow;
  readonly mask: Flow;
}
