/**
 * What the indexer hands to the reader of a format, and what it gets back.
 *
 * Positions inside a chunk count from its first byte; `base` makes them addresses, `offset` makes them file positions.
 * A reader never throws for bad bytes: it commits what came before and returns the fault.
 */
import { INGRESS_BYTES } from "../../assembly/abi/ingress.ts";
import type { CaptureFault } from "./error.ts";
import type { Direction } from "./summary.ts";

export interface IndexOptions {
  /** The capture as messages call it, usually its path. */
  readonly name: string;
  /** Use everything before a fault and keep the fault in the summary, instead of throwing it. */
  readonly tolerant: boolean;
  /** Leave dpdk-dumpcap's wrong times as they are. */
  readonly rawTime: boolean;
  /** A time the capture cannot be much younger than (its file's mtime, or now), in nanoseconds since 1970. */
  readonly referenceNs: bigint;
  /** The ingress port of packets of an interface (its number within its section) and direction; -1 skips them. */
  portOf(interfaceId: number, direction: Direction, interfaceName: string | undefined): number;
}

export interface Chunk {
  readonly view: DataView;
  /** Index of the view's byte 0 in the memory. */
  readonly base: number;
  /** Position of the view's byte 0 in the file. */
  readonly offset: number;
  readonly size: number;
  /** No more bytes will come. */
  readonly last: boolean;
  readonly index: Uint32Array;
  /** First word of `index` to write. */
  readonly word: number;
}

export interface Step {
  /** Bytes read for good; the rest must be given again, with more behind it. */
  readonly consumed: number;
  /** First word of the index that was not written. */
  readonly word: number;
  /** The index had no room for the next record. */
  readonly full: boolean;
  readonly fault: CaptureFault | undefined;
}

/** Words of one index entry (assembly/abi/ingress.ts). */
export const ENTRY_WORDS = INGRESS_BYTES / 4;

/** Longest packet that is accepted, in bytes: libpcap's MAXIMUM_SNAPLEN, which Wireshark takes over. */
export const PACKET_BYTES_MAXIMUM = 262_144;

/** Longest pcapng block that is looked into, in bytes; longer ones of other types are skipped as they come. */
export const BLOCK_BYTES_MAXIMUM = 524_288;

/** Given at least this many bytes (or the last ones), and room in the index, the indexer always gets further. */
export const CHUNK_BYTES_MINIMUM = 1_048_576;
