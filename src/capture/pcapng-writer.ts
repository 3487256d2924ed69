/**
 * Writes pcapng: one little-endian section, an interface a port, nanoseconds, directions, and drop counts at the end.
 *
 * Follows the IETF draft "PCAP Now Generic Capture File Format": SHB (shb_userappl), IDB (if_name, if_tsresol 9), EPB (epb_flags:
 * 1 inbound, 2 outbound), ISB (isb_ifrecv, isb_ifdrop). Every option list ends with opt_endofopt.
 * The statistics carry the time of the last packet written.
 */
import { PACKET_BYTES_MAXIMUM } from "./chunk.ts";
import { ChunkBuffer, checkTimes, recordLength, timeWords } from "./chunk-buffer.ts";
import { LINKTYPE_ETHERNET } from "./link-type.ts";
import {
  BLOCK_ENHANCED,
  BLOCK_INTERFACE,
  BLOCK_SECTION,
  BLOCK_STATISTICS,
  BYTE_ORDER_MAGIC,
  EPB_FLAGS,
  IF_NAME,
  IF_TSRESOL,
  ISB_IFDROP,
  ISB_IFRECV,
  SHB_USERAPPL,
} from "./pcapng-headers.ts";
import type { CaptureWriter, PortDrops, Sink } from "./writer.ts";

const USERAPPL = "ringbed";
const NANOSECONDS = 9;
const PACKET_HEADER_BYTES = 28;
/** epb_flags, opt_endofopt and the block's length again. */
const PACKET_TRAILER_BYTES = 8 + 4 + 4;

export class PcapngWriter implements CaptureWriter {
  readonly #out: ChunkBuffer;
  readonly #ports: number;
  #lastHigh = 0;
  #lastLow = 0;

  constructor(ports: readonly string[], sink: Sink) {
    this.#out = new ChunkBuffer(sink);
    this.#ports = ports.length;
    const { view } = this.#out;
    this.#block(BLOCK_SECTION, (at) => {
      view.setUint32(at, BYTE_ORDER_MAGIC, true);
      view.setUint16(at + 4, 1, true);
      view.setUint16(at + 6, 0, true);
      view.setBigInt64(at + 8, -1n, true);
      return this.#endOptions(this.#option(at + 16, SHB_USERAPPL, new TextEncoder().encode(USERAPPL)));
    });
    for (const port of ports) {
      this.#out.makeRoom();
      this.#block(BLOCK_INTERFACE, (at) => {
        view.setUint16(at, LINKTYPE_ETHERNET, true);
        view.setUint16(at + 2, 0, true);
        view.setUint32(at + 4, PACKET_BYTES_MAXIMUM, true);
        const named = this.#option(at + 8, IF_NAME, new TextEncoder().encode(port));
        return this.#endOptions(this.#option(named, IF_TSRESOL, Uint8Array.of(NANOSECONDS)));
      });
    }
  }

  write(batch: Uint8Array, times: BigUint64Array, port: number, direction: "in" | "out"): void {
    if (port < 0 || port >= this.#ports) throw new RangeError(`port: found ${port}, expected less than ${this.#ports}`);
    const out = this.#out;
    const { view } = out;
    const words = timeWords(times);
    const flags = direction === "in" ? 1 : 2;
    let packet = 0;
    for (let position = 0; position < batch.length; packet++) {
      const length = recordLength(batch, position);
      checkTimes(packet, times);
      out.makeRoom();
      const at = out.used;
      const padded = (length + 3) & ~3;
      const block = PACKET_HEADER_BYTES + padded + PACKET_TRAILER_BYTES;
      this.#lastLow = words[packet * 2]!;
      this.#lastHigh = words[packet * 2 + 1]!;
      view.setUint32(at, BLOCK_ENHANCED, true);
      view.setUint32(at + 4, block, true);
      view.setUint32(at + 8, port, true);
      view.setUint32(at + 12, this.#lastHigh, true);
      view.setUint32(at + 16, this.#lastLow, true);
      view.setUint32(at + 20, length, true);
      view.setUint32(at + 24, length, true);
      const data = at + PACKET_HEADER_BYTES;
      if (padded > length) view.setUint32(data + padded - 4, 0);
      out.copy(batch, position + 4, length, data);
      view.setUint32(data + padded, EPB_FLAGS | (4 << 16), true);
      view.setUint32(data + padded + 4, flags, true);
      view.setUint32(data + padded + 8, 0, true);
      view.setUint32(data + padded + 12, block, true);
      out.used = at + block;
      position += 4 + length;
    }
  }

  finish(statistics: readonly PortDrops[] = []): void {
    const { view } = this.#out;
    for (const [port, { received, dropped }] of statistics.slice(0, this.#ports).entries()) {
      this.#out.makeRoom();
      this.#block(BLOCK_STATISTICS, (at) => {
        view.setUint32(at, port, true);
        view.setUint32(at + 4, this.#lastHigh, true);
        view.setUint32(at + 8, this.#lastLow, true);
        const counted = this.#option(at + 12, ISB_IFRECV, counter(received));
        return this.#endOptions(this.#option(counted, ISB_IFDROP, counter(dropped)));
      });
    }
    this.#out.flush();
  }

  /** Puts a block around what `body` writes from the position it is given; `body` returns where it ended. */
  #block(type: number, body: (at: number) => number): void {
    const at = this.#out.used;
    const { view } = this.#out;
    const end = body(at + 8);
    const length = end + 4 - at;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, length, true);
    view.setUint32(end, length, true);
    this.#out.used = at + length;
  }

  #option(at: number, code: number, value: Uint8Array): number {
    const padded = (value.length + 3) & ~3;
    this.#out.view.setUint16(at, code, true);
    this.#out.view.setUint16(at + 2, value.length, true);
    this.#out.bytes.fill(0, at + 4, at + 4 + padded);
    this.#out.bytes.set(value, at + 4);
    return at + 4 + padded;
  }

  #endOptions(at: number): number {
    this.#out.view.setUint32(at, 0, true);
    return at + 4;
  }
}

function counter(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}
