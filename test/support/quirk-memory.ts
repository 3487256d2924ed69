// quirk-memory - the memory of a driver written by hand: pieces of it at guest addresses, frames behind net headers, indirect tables.
import type { Fd } from "../../src/vhost-user/host.ts";
import { type Descriptor, INDIRECT, NEXT } from "./driver-mock.ts";

export const GUEST = 0x1_0000_0000n;
export const WINDOW_BYTES = 17 << 20;
/** Where a second region begins, for cases that have two. */
export const SEAM = 4 << 20;
/** Rings lie below, all else above. */
export const HEAP = 0x80000;

/** Of a dirty log: more than a bit for each page up to the window's end, whole pages of it. */
export const LOG_BYTES = 132 << 10;

/** Memory of the engine's, [at, ...), that is a file as well. */
export interface DriverFile {
  readonly at: number;
  readonly fd: Fd;
}

export interface Piece {
  readonly addr: bigint;
  readonly len: number;
  readonly flags?: number;
}

export class QuirkMemory {
  readonly header: number;
  readonly isPacked: boolean;
  /** The engine's memory; [at, at + WINDOW_BYTES) of it is the file's. */
  protected readonly bytes: Uint8Array<SharedArrayBuffer>;
  protected readonly at: number;
  protected readonly fd: Fd;
  private heap = HEAP;

  constructor(bytes: Uint8Array<SharedArrayBuffer>, window: DriverFile, header: number, isPacked: boolean) {
    this.bytes = bytes;
    this.at = window.at;
    this.fd = window.fd;
    this.header = header;
    this.isPacked = isPacked;
    bytes.fill(0, this.at, this.at + HEAP);
  }

  /** A free piece of memory. at: an offset of its own choice */
  place(len: number, at?: number): { readonly at: number; readonly addr: bigint } {
    const offset = at ?? Math.ceil(this.heap / 64) * 64;
    if (at === undefined) this.heap = offset + Math.max(len, 1);
    return { at: this.at + offset, addr: GUEST + BigInt(offset) };
  }

  /** Bytes in memory. */
  put(bytes: Uint8Array, at?: number): Piece {
    const place = this.place(bytes.length, at);
    this.bytes.set(bytes, place.at);
    return { addr: place.addr, len: bytes.length };
  }

  /** A table of these entries; `link` sets NEXT and next of a split one. */
  table(entries: readonly Descriptor[], at?: number): Piece {
    const bytes = new Uint8Array(16 * entries.length);
    const view = new DataView(bytes.buffer);
    for (const [i, { addr, len, flags = 0, next }] of entries.entries()) {
      const last = i + 1 === entries.length;
      view.setBigUint64(16 * i, addr, true);
      view.setUint32(16 * i + 8, len, true);
      view.setUint16(16 * i + (this.isPacked ? 14 : 12), flags | (this.isPacked || last ? 0 : NEXT), true);
      if (!this.isPacked) view.setUint16(16 * i + 14, next ?? (last ? 0 : i + 1), true);
    }
    return { ...this.put(bytes, at), flags: INDIRECT };
  }

  /** A net header and a frame. */
  frame(n = 100, tag = 1): Uint8Array {
    const bytes = new Uint8Array(this.header + n);
    for (let i = 0; i < n; i++)
      bytes[this.header + i] = i < 14 ? [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5][i]! : i * 7 + tag;
    return bytes;
  }

  /** A frame in memory, cut into pieces of these lengths, the last one the rest. */
  cut(frame: Uint8Array, ...lengths: readonly number[]): Piece[] {
    const whole = this.put(frame);
    let from = 0;
    const rest = frame.length - lengths.reduce((sum, n) => sum + n, 0);
    return [...lengths, rest].map((len) => {
      from += len;
      return { addr: whole.addr + BigInt(from - len), len };
    });
  }
}
