/**
 * Writes classic pcap: nanosecond magic, little-endian, version 2.4, snaplen 262144, Ethernet.
 *
 * Follows the IETF draft "PCAP Capture File Format". Ports and directions are not kept: packets of all ports follow each other
 * as they are written. Seconds have 32 bits, so times from 2106-02-07 on are refused.
 */
import { UsageError } from "../errors.ts";
import { PACKET_BYTES_MAXIMUM } from "./chunk.ts";
import { ChunkBuffer, checkTimes, recordLength, timeWords } from "./chunk-buffer.ts";
import { CLASSIC_HEADER_BYTES, CLASSIC_NANOSECONDS } from "./classic.ts";
import { LINKTYPE_ETHERNET } from "./link-type.ts";
import { dateOf, joinWords } from "./time.ts";
import type { CaptureWriter, Sink } from "./writer.ts";

const RECORD_BYTES = 16;
const WORD = 2 ** 32;

export class ClassicWriter implements CaptureWriter {
  readonly #name: string;
  readonly #out: ChunkBuffer;
  // The second of the last packet: its number, and its start in nanoseconds as words.
  #second = 0;
  #startHigh = 0;
  #startLow = 0;

  constructor(name: string, sink: Sink) {
    this.#name = name;
    this.#out = new ChunkBuffer(sink);
    const { view } = this.#out;
    view.setUint32(0, CLASSIC_NANOSECONDS, true);
    view.setUint16(4, 2, true);
    view.setUint16(6, 4, true);
    view.setUint32(16, PACKET_BYTES_MAXIMUM, true);
    view.setUint32(20, LINKTYPE_ETHERNET, true);
    this.#out.used = CLASSIC_HEADER_BYTES;
  }

  write(batch: Uint8Array, times: BigUint64Array): void {
    const out = this.#out;
    const { view } = out;
    const words = timeWords(times);
    let packet = 0;
    for (let position = 0; position < batch.length; packet++) {
      const length = recordLength(batch, position);
      checkTimes(packet, times);
      out.makeRoom();
      const at = out.used;
      const nanoseconds = this.#inSecond(words[packet * 2 + 1]!, words[packet * 2]!);
      view.setUint32(at, this.#second, true);
      view.setUint32(at + 4, nanoseconds, true);
      view.setUint32(at + 8, length, true);
      view.setUint32(at + 12, length, true);
      out.copy(batch, position + 4, length, at + RECORD_BYTES);
      out.used = at + RECORD_BYTES + length;
      position += 4 + length;
    }
  }

  finish(): void {
    this.#out.flush();
  }

  /** The nanoseconds of a time within its second, which becomes `#second`. */
  #inSecond(high: number, low: number): number {
    const since = (high - this.#startHigh) * WORD + (low - this.#startLow);
    if (since >= 0 && since < 1e9) return since;
    const ns = joinWords(high, low);
    const second = ns / 1_000_000_000n;
    if (second >= 2n ** 32n) {
      throw new UsageError(
        `${this.#name}: found a packet of ${dateOf(ns)}, expected one before 2106-02-07 (classic pcap has 32 bits of seconds: write pcapng)`,
      );
    }
    const start = second * 1_000_000_000n;
    this.#second = Number(second);
    this.#startHigh = Number(start >> 32n);
    this.#startLow = Number(start & 0xffffffffn);
    return Number(ns - start);
  }
}
