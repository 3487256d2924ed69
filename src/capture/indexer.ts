/**
 * Reads a capture in place: finds the packets in its bytes and writes an index entry (assembly/abi/ingress) for each.
 *
 * The caller owns the bytes and gives them chunk by chunk; nothing is copied. The format is told by content, never by name.
 * Invariants: 1 the same bytes give the same entries however they are cut into chunks; 2 every entry lies inside the bytes
 * given; 3 with CHUNK_BYTES_MINIMUM bytes (or the last ones) and room in the index, `index` gets further or throws.
 * Entries are [data, length, ns low, ns high, port, number of the entry in this capture].
 * A capture of another kind, or cut inside its file header, is refused even when tolerant: nothing came before the fault.
 */

import { type Chunk, ENTRY_WORDS, type IndexOptions, type Step } from "./chunk.ts";
import {
  CLASSIC_HEADER_BYTES,
  CLASSIC_MICROSECONDS,
  CLASSIC_NANOSECONDS,
  type Classic,
  classicInterface,
  indexClassic,
  judgeUnit,
  readClassicHeader,
} from "./classic.ts";
import { bytesInWords, CaptureError, type CaptureFault, hexWord } from "./error.ts";
import { indexPcapng, openPcapng, type Pcapng, pcapngInterfaces } from "./pcapng.ts";
import { BLOCK_SECTION } from "./pcapng-headers.ts";
import { type CaptureSummary, emptyTally, summarize, type Tally } from "./summary.ts";

export interface Indexed {
  /** Bytes read for good; carry the rest to the front of the next chunk. */
  readonly consumed: number;
  /** Entries written. */
  readonly packets: number;
  /** The index has no room for a packet that is there: use the entries up and call again from `consumed`. */
  readonly full: boolean;
}

export class CaptureIndexer {
  readonly #options: IndexOptions;
  readonly #tally: Tally = emptyTally();
  readonly #corrections: string[] = [];
  #classic: Classic | undefined;
  #pcapng: Pcapng | undefined;
  #offset = 0;
  #fault: CaptureError | undefined;

  constructor(options: IndexOptions) {
    this.#options = options;
  }

  /**
   * Indexes the complete records in bytes[start, end); the first call starts at the capture's first byte.
   * @param last no more bytes will come: a record cut at `end` is a fault, and so is a capture of no bytes
   * @param index entries of 6 words (24 bytes)
   * @param at the entry to write first
   * @throws CaptureError for a fault (with `tolerant` only for one in the file header); the entries before it are written
   */
  index(bytes: Uint8Array, start: number, end: number, last: boolean, index: Uint32Array, at: number): Indexed {
    if (this.#fault !== undefined) return { consumed: end - start, packets: 0, full: false };
    const word = at * ENTRY_WORDS;
    let consumed = 0;
    if (this.#classic === undefined && this.#pcapng === undefined) {
      consumed = this.#recognise(viewOf(bytes, start, end), last);
      this.#offset += consumed;
      if (this.#classic === undefined && this.#pcapng === undefined) return { consumed, packets: 0, full: false };
    }
    const view = viewOf(bytes, start + consumed, end);
    const base = start + consumed;
    const chunk: Chunk = { view, base, offset: this.#offset, size: view.byteLength, last, index, word };
    const step = this.#step(chunk);
    this.#offset += step.consumed;
    const packets = (step.word - word) / ENTRY_WORDS;
    if (step.fault === undefined) return { consumed: consumed + step.consumed, packets, full: step.full };
    const error = new CaptureError(this.#options.name, step.fault);
    if (!this.#options.tolerant || this.#pcapng?.sections.length === 0) throw error;
    this.#fault = error;
    return { consumed: end - start, packets, full: false };
  }

  /** What has been read so far, counted. */
  get summary(): CaptureSummary {
    const format = this.#classic !== undefined ? "pcap" : this.#pcapng !== undefined ? "pcapng" : undefined;
    const classic = this.#classic === undefined ? [] : [classicInterface(this.#classic)];
    const interfaces = this.#pcapng === undefined ? classic : pcapngInterfaces(this.#pcapng);
    const corrections = [...this.#corrections, ...(this.#pcapng?.corrections ?? [])];
    return summarize(this.#tally, { format, interfaces, corrections, fault: this.#fault?.message });
  }

  #step(chunk: Chunk): Step {
    if (this.#pcapng !== undefined) return indexPcapng(this.#pcapng, chunk, this.#tally);
    const classic = this.#classic!;
    if (classic.scale === 0) {
      judgeUnit(classic, chunk);
      if (classic.scale === 0) return { consumed: 0, word: chunk.word, full: false, fault: undefined };
      if (classic.scale === 1000) {
        const { name } = this.#options;
        this.#corrections.push(
          `${name}: times corrected: dpdk-dumpcap -P wrote microseconds under the nanosecond magic`,
        );
      }
    }
    return indexClassic(classic, chunk, this.#tally);
  }

  /** Tells the format; returns the bytes of the file header it has read, 0 when more must come. */
  #recognise(view: DataView, last: boolean): number {
    const size = view.byteLength;
    const { name } = this.#options;
    if (size < 4) {
      if (!last) return 0;
      const found = size === 0 ? "an empty file" : bytesInWords(size);
      throw new CaptureError(name, { what: "capture", found, expected: "a pcap or pcapng header", byte: 0 });
    }
    const magic = view.getUint32(0);
    if (magic === BLOCK_SECTION) {
      this.#pcapng = openPcapng(this.#options);
      return 0;
    }
    const reversed = view.getUint32(0, true);
    const known = [CLASSIC_MICROSECONDS, CLASSIC_NANOSECONDS];
    if (!known.includes(magic) && !known.includes(reversed)) throw new CaptureError(name, notACapture(magic, reversed));
    if (size < CLASSIC_HEADER_BYTES) {
      if (!last) return 0;
      const expected = bytesInWords(CLASSIC_HEADER_BYTES);
      throw new CaptureError(name, { what: "pcap header", found: bytesInWords(size), expected, byte: 0 });
    }
    const header = readClassicHeader(view, this.#options);
    if ("what" in header) throw new CaptureError(name, header);
    this.#classic = header;
    return CLASSIC_HEADER_BYTES;
  }
}

function viewOf(bytes: Uint8Array, start: number, end: number): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
}

/** First words (big-endian) of what people take for captures, in words. */
const KNOWN_OTHERS: readonly (readonly [mask: number, word: number, words: string])[] = [
  [0xffff0000, 0x1f8b0000, "gzip data: decompress it first"],
  [0xffffffff, 0x28b52ffd, "zstd data: decompress it first"],
  [0xffffffff, 0x04224d18, "lz4 data: decompress it first"],
  [0xffffffff, 0xfd377a58, "xz data: decompress it first"],
  [0xffffff00, 0x425a6800, "bzip2 data: decompress it first"],
  [0xffffffff, 0x504b0304, "a zip archive: unpack it first"],
  [0xffffffff, 0x736e6f6f, "a snoop capture: convert it with editcap"],
  [0xffffffff, 0x52545353, "a NetXRay capture: convert it with editcap"],
  [0xffffffff, 0x0061736d, "a WebAssembly module"],
];

function notACapture(magic: number, reversed: number): CaptureFault {
  const other = KNOWN_OTHERS.find(([mask, word]) => (magic & mask) >>> 0 === word)?.[2];
  const modified =
    magic === 0xa1b2cd34 || reversed === 0xa1b2cd34 ? "a modified pcap: convert it with editcap" : undefined;
  const found = modified ?? other ?? `bytes ${hexWord(magic)}`;
  return { what: "capture", found, expected: "a pcap or pcapng file", byte: 0 };
}
