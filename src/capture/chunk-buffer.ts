/**
 * The buffer behind a capture writer: records are put in it and leave in chunks of about 256 KiB.
 */
import { PACKET_BYTES_MAXIMUM } from "./chunk.ts";
import type { Sink } from "./writer.ts";

const CHUNK_BYTES = 262_144;
/** Up to this length a loop over bytes is faster than a view and a call. */
const SHORT_COPY_BYTES = 64;

export class ChunkBuffer {
  readonly bytes: Uint8Array = new Uint8Array(CHUNK_BYTES + PACKET_BYTES_MAXIMUM + 4096);
  readonly view: DataView = new DataView(this.bytes.buffer);
  /** Bytes filled; whoever puts something at `used` moves it on. */
  used = 0;
  readonly #sink: Sink;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Makes room for one more record of the longest kind: hands the chunk over when it is full enough. */
  makeRoom(): void {
    if (this.used >= CHUNK_BYTES) this.flush();
  }

  /** Hands over what is there. */
  flush(): void {
    if (this.used === 0) return;
    this.#sink(this.bytes.subarray(0, this.used));
    this.used = 0;
  }

  /** Copies from[start, start + length) to `at`. */
  copy(from: Uint8Array, start: number, length: number, at: number): void {
    const { bytes } = this;
    if (length > SHORT_COPY_BYTES) {
      bytes.set(from.subarray(start, start + length), at);
      return;
    }
    for (let i = 0; i < length; i++) bytes[at + i] = from[start + i]!;
  }
}

/**
 * The length of the record at `position` of a batch of [u32 LE length][bytes].
 * @throws RangeError where the batch ends inside the record, or its packet is longer than 256 KiB
 */
export function recordLength(batch: Uint8Array, position: number): number {
  const left = batch.length - position - 4;
  if (left < 0) throw new RangeError(`batch: found ${left + 4} bytes at ${position}, expected a length of 4`);
  const length =
    (batch[position]! | (batch[position + 1]! << 8) | (batch[position + 2]! << 16) | (batch[position + 3]! << 24)) >>>
    0;
  if (length > left) throw new RangeError(`batch: found ${left} bytes at ${position + 4}, expected ${length}`);
  if (length > PACKET_BYTES_MAXIMUM) {
    throw new RangeError(`batch: found a packet of ${length} bytes, expected at most ${PACKET_BYTES_MAXIMUM}`);
  }
  return length;
}

/** A batch's times as words (low, high alternately): reading BigInts one by one would cost more than the packets. */
export function timeWords(times: BigUint64Array): Uint32Array {
  return new Uint32Array(times.buffer, times.byteOffset, times.length * 2);
}

/** @throws RangeError when a batch has a packet without a time */
export function checkTimes(packet: number, times: BigUint64Array): void {
  if (packet >= times.length) throw new RangeError(`batch: found ${times.length} times, expected one a packet`);
}
