/**
 * pcapng: what can be wrong with a block, in words.
 *
 * Kept apart from the loop over blocks so that the loop stays readable; nothing here runs on a sound capture except
 * `lengthFault`. Byte numbers are positions in the file of the field that is wrong.
 */
import { BLOCK_BYTES_MAXIMUM, type Chunk, PACKET_BYTES_MAXIMUM } from "./chunk.ts";
import { bytesInWords, type CaptureFault, hexWord } from "./error.ts";
import { LINKTYPE_ETHERNET, linkTypeName } from "./link-type.ts";
import {
  BLOCK_ENHANCED,
  BLOCK_INTERFACE,
  BLOCK_PACKET,
  BLOCK_SECTION,
  BLOCK_SIMPLE,
  type Interface,
  magicFault,
  optionFault,
  type Section,
} from "./pcapng-headers.ts";
import { nextPacket, type Tally } from "./summary.ts";

/** A block's name, or its number. */
function blockName(type: number): string {
  if (type === BLOCK_SECTION) return "section header block";
  if (type === BLOCK_INTERFACE) return "interface description block";
  if (type === BLOCK_ENHANCED) return "enhanced packet block";
  if (type === BLOCK_SIMPLE) return "simple packet block";
  if (type === BLOCK_PACKET) return "packet block";
  return `block of type ${hexWord(type)}`;
}

/** Whether blocks of this type are looked into. */
export function isRead(type: number): boolean {
  return isPacket(type) || type === BLOCK_INTERFACE || type === BLOCK_SECTION;
}

/** Whether blocks of this type carry a packet. */
export function isPacket(type: number): boolean {
  return type === BLOCK_ENHANCED || type === BLOCK_SIMPLE || type === BLOCK_PACKET;
}

function packetOf(type: number, tally: Tally): number | undefined {
  return isPacket(type) ? nextPacket(tally) : undefined;
}

/** The fault of a block's length field (or of a section's byte-order magic, without which it means nothing), if any. */
export function lengthFault(
  chunk: Chunk,
  position: number,
  type: number,
  length: number,
  tally: Tally,
): CaptureFault | undefined {
  if (type === BLOCK_SECTION) {
    const fault = magicFault(chunk.view, position, chunk.offset);
    if (fault !== undefined) return fault;
  }
  const what = `length of ${blockName(type)}`;
  const byte = chunk.offset + position + 4;
  const packet = packetOf(type, tally);
  if (length < 12) return { what, found: bytesInWords(length), expected: "at least 12 bytes", byte, packet };
  if (length % 4 !== 0) return { what, found: bytesInWords(length), expected: "a multiple of 4", byte, packet };
  if (length > BLOCK_BYTES_MAXIMUM && isRead(type)) {
    const expected = `at most ${bytesInWords(BLOCK_BYTES_MAXIMUM)}`;
    return { what, found: bytesInWords(length), expected, byte, packet };
  }
  return undefined;
}

/** The fault of a block whose length, repeated at `position`, is not the one it began with; undefined where it is. */
export function trailerFault(
  chunk: Chunk,
  position: number,
  littleEndian: boolean,
  length: number,
): CaptureFault | undefined {
  const repeated = chunk.view.getUint32(position, littleEndian);
  if (repeated === length) return undefined;
  const expected = `${length} as at its start`;
  return { what: "length at end of block", found: String(repeated), expected, byte: chunk.offset + position };
}

/** The fault of the block at `position`, which the end of the capture cuts. */
export function cutFault(chunk: Chunk, position: number, section: Section | undefined, tally: Tally): CaptureFault {
  const { view } = chunk;
  const left = chunk.size - position;
  const byte = chunk.offset + position;
  if (left < 12) return { what: "block header", found: bytesInWords(left), expected: "12 bytes", byte };
  const type = view.getUint32(position, section?.littleEndian ?? true);
  const littleEndian = type === BLOCK_SECTION ? view.getUint8(position + 8) === 0x4d : (section?.littleEndian ?? true);
  const expected = bytesInWords(view.getUint32(position + 4, littleEndian));
  return { what: blockName(type), found: bytesInWords(left), expected, byte, packet: packetOf(type, tally) };
}

/** The fault of a block being skipped when the capture ends: `missing` of its `length` bytes did not come. */
export function cutSkipFault(byte: number, length: number, missing: number): CaptureFault {
  return { what: "skipped block", found: bytesInWords(length - missing), expected: bytesInWords(length), byte };
}

/** The fault of a packet block too short for its own fields. */
export function shortPacketFault(
  chunk: Chunk,
  position: number,
  type: number,
  length: number,
  minimum: number,
  tally: Tally,
): CaptureFault {
  const expected = `at least ${bytesInWords(minimum)}`;
  const byte = chunk.offset + position + 4;
  return {
    what: `length of ${blockName(type)}`,
    found: bytesInWords(length),
    expected,
    byte,
    packet: nextPacket(tally),
  };
}

/** The fault of a packet longer than its block has room for, or than is accepted. */
export function packetLengthFault(
  chunk: Chunk,
  byte: number,
  length: number,
  room: number,
  tally: Tally,
): CaptureFault {
  const expected =
    length > PACKET_BYTES_MAXIMUM
      ? `at most ${bytesInWords(PACKET_BYTES_MAXIMUM)}`
      : `at most the ${bytesInWords(room)} of its block`;
  return {
    what: "packet length",
    found: bytesInWords(length),
    expected,
    byte: chunk.offset + byte,
    packet: nextPacket(tally),
  };
}

/** The fault of a packet on an interface its section does not describe. */
export function interfaceFault(
  chunk: Chunk,
  position: number,
  id: number,
  section: Section,
  tally: Tally,
): CaptureFault {
  const count = section.interfaces.length;
  const expected = count === 0 ? "an interface description block before it" : `at most ${count - 1}`;
  return {
    what: "interface of packet",
    found: String(id),
    expected,
    byte: chunk.offset + position + 8,
    packet: nextPacket(tally),
  };
}

/** The fault of a packet that is not Ethernet. */
export function linkTypeFault(chunk: Chunk, position: number, source: Interface, tally: Tally): CaptureFault {
  const found = linkTypeName(source.linkType);
  const what = source.name === undefined ? "link type" : `link type of interface ${source.name}`;
  const expected = linkTypeName(LINKTYPE_ETHERNET);
  return { what, found, expected, byte: chunk.offset + position, packet: nextPacket(tally) };
}

/** The fault of a packet's option that leaves its block. */
export function packetOptionFault(
  chunk: Chunk,
  position: number,
  end: number,
  littleEndian: boolean,
  tally: Tally,
): CaptureFault {
  const fault = optionFault(chunk.view, position, end, littleEndian);
  return { ...fault, byte: chunk.offset + fault.byte, packet: nextPacket(tally) };
}
