/**
 * pcapng: the loop over blocks, with the packet blocks read in place.
 *
 * Follows the IETF draft "PCAP Now Generic Capture File Format": Enhanced, Simple and the obsolete Packet Block carry packets;
 * Section Header and Interface Description Blocks are in pcapng-headers; every other block is skipped by its length.
 * A block's length is a multiple of 4, at least 12, and repeated at its end; options end inside their block.
 * An interface of another link type is refused when a packet of it is wanted, so one without packets does no harm.
 * A Simple Packet Block has no time: it takes that of the packet before it.
 * Not modelled: the section length (blocks are followed one by one), decryption secrets, name resolution, statistics.
 */
import { type Chunk, ENTRY_WORDS, type IndexOptions, PACKET_BYTES_MAXIMUM, type Step } from "./chunk.ts";
import type { CaptureFault } from "./error.ts";
import { LINKTYPE_ETHERNET } from "./link-type.ts";
import { indexEnhancedRun } from "./pcapng-enhanced.ts";
import {
  cutFault,
  cutSkipFault,
  interfaceFault,
  isPacket,
  isRead,
  lengthFault,
  linkTypeFault,
  packetLengthFault,
  packetOptionFault,
  shortPacketFault,
  trailerFault,
} from "./pcapng-faults.ts";
import {
  BLOCK_ENHANCED,
  BLOCK_INTERFACE,
  BLOCK_SECTION,
  BLOCK_SIMPLE,
  EPB_FLAGS,
  type Interface,
  PORT_UNKNOWN,
  readInterface,
  readSection,
  type Section,
  sectionIsLittleEndian,
} from "./pcapng-headers.ts";
import { correctWrap } from "./pcapng-time.ts";
import { DIRECTIONS, type InterfaceSummary, type Tally } from "./summary.ts";
import { highWord, lowWord, ticksToNs } from "./time.ts";

const WORD = 2 ** 32;
/** Bytes before the data in an Enhanced or obsolete Packet Block, and in a Simple one. */
const PACKET_HEADER_BYTES = 28;
const SIMPLE_HEADER_BYTES = 12;

export interface Pcapng {
  readonly options: IndexOptions;
  readonly sections: Section[];
  readonly corrections: string[];
  /** Bytes still to come of a long block being skipped, its repeated length included (0: none), and that length. */
  skipBytes: number;
  skipLength: number;
}

/** The state of a pcapng capture before its first block. */
export function openPcapng(options: IndexOptions): Pcapng {
  return { options, sections: [], corrections: [], skipBytes: 0, skipLength: 0 };
}

/** All interfaces met so far, section by section. */
export function pcapngInterfaces(capture: Pcapng): InterfaceSummary[] {
  return capture.sections.flatMap((section) =>
    section.interfaces.map(({ name, linkType, snaplen, resolution }) => {
      return { name, linkType, snaplen, resolution: resolution.text, section: section.number };
    }),
  );
}

/**
 * Indexes the packets of the complete blocks of a chunk.
 * @returns how far it came; a fault for a malformed block, or for one cut by the end of the capture.
 */
export function indexPcapng(capture: Pcapng, chunk: Chunk, tally: Tally): Step {
  const { view, size } = chunk;
  const room = chunk.index.length - ENTRY_WORDS;
  let section = capture.sections.at(-1);
  let word = chunk.word;
  let position = 0;
  let fault: CaptureFault | undefined;
  if (capture.skipBytes > 0) {
    position = Math.min(size, capture.skipBytes - 4);
    capture.skipBytes -= position;
    if (capture.skipBytes === 4 && size - position >= 4) {
      fault = trailerFault(chunk, position, section?.littleEndian ?? true, capture.skipLength);
      if (fault !== undefined) return { consumed: position, word, full: false, fault };
      position += 4;
      capture.skipBytes = 0;
    }
  }
  while (capture.skipBytes === 0 && position + 12 <= size && word <= room) {
    const type = view.getUint32(position, section === undefined || section.littleEndian);
    const little = type === BLOCK_SECTION ? sectionIsLittleEndian(view, position) : section!.littleEndian;
    const length = view.getUint32(position + 4, little);
    fault = lengthFault(chunk, position, type, length, tally);
    if (fault !== undefined) break;
    if (position + length > size) {
      if (!isRead(type)) position += skipPart(capture, size - position, length);
      break;
    }
    fault = trailerFault(chunk, position + length - 4, little, length);
    if (fault !== undefined) break;
    if (isPacket(type)) {
      const read = indexPacket(capture, section!, chunk, position, type, length, word, tally);
      if (typeof read !== "number") {
        fault = read;
        break;
      }
      word = read;
      if (section!.littleEndian && section!.dated) {
        const packets = tally.packets;
        position = indexEnhancedRun(section!, chunk, position + length, word, tally);
        word += (tally.packets - packets) * ENTRY_WORDS;
        continue;
      }
    } else if (isRead(type)) {
      fault = readHeader(capture, chunk, position, type, length);
      if (fault !== undefined) break;
      section = capture.sections.at(-1);
    }
    position += length;
  }
  const full = word > room && position < size;
  if (fault === undefined && !full && chunk.last) {
    const { skipBytes, skipLength } = capture;
    if (skipBytes > 0) {
      const byte = chunk.offset + position - (skipLength - skipBytes);
      fault = cutSkipFault(byte, skipLength, skipBytes - (size - position));
    } else if (position < size) {
      fault = cutFault(chunk, position, section, tally);
    }
  }
  return { consumed: position, word, full, fault };
}

/** Notes that a block nobody looks into goes on after this chunk; returns the bytes of it that can be eaten now. */
function skipPart(capture: Pcapng, available: number, length: number): number {
  const eaten = Math.min(available, length - 4);
  capture.skipBytes = length - eaten;
  capture.skipLength = length;
  return eaten;
}

function readHeader(
  capture: Pcapng,
  chunk: Chunk,
  position: number,
  type: number,
  length: number,
): CaptureFault | undefined {
  const { view, offset } = chunk;
  if (type === BLOCK_INTERFACE) {
    const section = capture.sections.at(-1)!;
    const source = readInterface(view, position, length, offset, section);
    if ("what" in source) return source;
    section.interfaces.push(source);
    return undefined;
  }
  const section = readSection(view, position, length, offset, capture.sections.length);
  if ("what" in section) return section;
  section.dated = capture.options.rawTime;
  capture.sections.push(section);
  return undefined;
}

/**
 * Reads one packet block and writes its entry at `word`, unless its packet is not wanted.
 * @returns the next word of the index to write, or the fault
 */
function indexPacket(
  capture: Pcapng,
  section: Section,
  chunk: Chunk,
  position: number,
  type: number,
  length: number,
  word: number,
  tally: Tally,
): number | CaptureFault {
  const { view, index } = chunk;
  const little = section.littleEndian;
  const simple = type === BLOCK_SIMPLE;
  const header = simple ? SIMPLE_HEADER_BYTES : PACKET_HEADER_BYTES;
  if (length < header + 4) return shortPacketFault(chunk, position, type, length, header + 4, tally);
  const wide = type === BLOCK_ENHANCED;
  const id = wide ? view.getUint32(position + 8, little) : simple ? 0 : view.getUint16(position + 8, little);
  const source = section.interfaces[id];
  if (source === undefined) return interfaceFault(chunk, position, id, section, tally);
  const original = view.getUint32(position + header - 4, little);
  const captured = simple ? simpleLength(original, source.snaplen) : view.getUint32(position + 20, little);
  const kept = length - header - 4;
  if (captured > kept || captured > PACKET_BYTES_MAXIMUM) {
    return packetLengthFault(chunk, position + (simple ? 8 : 20), captured, kept, tally);
  }
  const options = position + header + ((captured + 3) & ~3);
  const end = position + length - 4;
  const direction = simple ? 0 : directionAt(view, options, end, little);
  if (direction < 0) return packetOptionFault(chunk, -direction, end, little, tally);
  let port = source.ports[direction]!;
  if (port === PORT_UNKNOWN) {
    port = capture.options.portOf(id, DIRECTIONS[direction]!, source.name);
    source.ports[direction] = port;
  }
  if (port >= 0 && source.linkType !== LINKTYPE_ETHERNET) return linkTypeFault(chunk, position, source, tally);
  tally.directions[direction]!++;
  if (port < 0) {
    tally.skipped++;
    return word;
  }
  if (!simple) {
    const ticksHigh = view.getUint32(position + 12, little);
    const ticksLow = view.getUint32(position + 16, little);
    if (!section.dated) {
      const said = correctWrap(section, source, ticksHigh, ticksLow, capture.options.referenceNs);
      if (said !== undefined) capture.corrections.push(`${capture.options.name}: ${said}`);
    }
    setTime(source, ticksHigh, ticksLow, tally);
  }
  if (tally.packets === 0) {
    tally.firstHigh = tally.lastHigh;
    tally.firstLow = tally.lastLow;
  }
  if (captured < original) tally.truncated++;
  if (captured === 0) tally.zeroLength++;
  index[word] = chunk.base + position + header;
  index[word + 1] = captured;
  index[word + 2] = tally.lastLow;
  index[word + 3] = tally.lastHigh;
  index[word + 4] = port;
  index[word + 5] = tally.packets++;
  return word + ENTRY_WORDS;
}

/** A Simple Packet Block keeps min(original, snaplen) bytes and does not say so. */
function simpleLength(original: number, snaplen: number): number {
  return snaplen > 0 && snaplen < original ? snaplen : original;
}

/** Makes the time of a packet about to be indexed the tally's last, in nanoseconds. */
function setTime(source: Interface, ticksHigh: number, ticksLow: number, tally: Tally): void {
  const { factor } = source.resolution;
  let low = ticksLow * factor;
  let high = ticksHigh * factor;
  if (factor === 0) {
    const ns = ticksToNs(ticksHigh, ticksLow, source.resolution.ticksPerSecond);
    low = lowWord(ns);
    high = highWord(ns);
  }
  low += source.addLow;
  high += source.addHigh;
  if (low >= WORD) {
    high += Math.floor(low / WORD);
    low %= WORD;
  }
  if (high >= WORD) high %= WORD;
  const lastHigh = tally.lastHigh >>> 0;
  if (high < lastHigh || (high === lastHigh && low < tally.lastLow >>> 0)) tally.timeBackwards++;
  tally.lastHigh = high | 0;
  tally.lastLow = low | 0;
}

/** The direction that the flags option in [at, end) gives (0, 1 in, 2 out), or minus the place of an option that leaves it. */
function directionAt(view: DataView, at: number, end: number, little: boolean): number {
  let direction = 0;
  let option = at;
  while (option + 4 <= end) {
    const code = view.getUint16(option, little);
    const length = view.getUint16(option + 2, little);
    if (code === 0) break;
    if (option + 4 + length > end) return -option;
    if (code === EPB_FLAGS && length === 4) direction = view.getUint32(option + 4, little) & 3;
    option += 4 + ((length + 3) & ~3);
  }
  return direction === 3 ? 0 : direction;
}
