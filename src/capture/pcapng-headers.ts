/**
 * pcapng: the blocks that say how to read the others, and the numbers of blocks and options.
 *
 * Follows the IETF draft "PCAP Now Generic Capture File Format": Section Header Block and Interface Description Block with the
 * options if_name, if_tsresol, if_tsoffset and shb_userappl; other options are passed over.
 * Invariant: an interface's number is its place in its own section; a new section starts again at 0.
 */
import type { CaptureFault } from "./error.ts";
import { bytesInWords, hexWord } from "./error.ts";
import { highWord, lowWord, type Resolution, resolutionOf } from "./time.ts";

export const BLOCK_SECTION = 0x0a0d0d0a;
export const BLOCK_INTERFACE = 1;
export const BLOCK_PACKET = 2;
export const BLOCK_SIMPLE = 3;
export const BLOCK_STATISTICS = 5;
export const BLOCK_ENHANCED = 6;
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

export const SHB_USERAPPL = 4;
export const IF_NAME = 2;
export const IF_TSRESOL = 9;
export const IF_TSOFFSET = 14;
export const EPB_FLAGS = 2;
export const ISB_IFRECV = 4;
export const ISB_IFDROP = 5;

const SECTION_BYTES_MINIMUM = 28;
const INTERFACE_BYTES_MINIMUM = 20;
const TSRESOL_DEFAULT = 6;

/** A port that `portOf` has not been asked for yet. */
export const PORT_UNKNOWN = -2;

export interface Interface {
  readonly name: string | undefined;
  readonly linkType: number;
  readonly snaplen: number;
  readonly resolution: Resolution;
  /** if_tsoffset in nanoseconds. */
  readonly offsetNs: bigint;
  /** What is added to every time, modulo 2^64: the offset less the section's shift, as two words. */
  addHigh: number;
  addLow: number;
  /** Ingress port by direction (0 unknown, 1 in, 2 out). */
  readonly ports: [number, number, number];
}

export interface Section {
  readonly number: number;
  readonly littleEndian: boolean;
  readonly userappl: string;
  readonly interfaces: Interface[];
  /** Whether the first packet's date has been looked at. */
  dated: boolean;
  /** How far ahead of true its times are, in nanoseconds. */
  shiftNs: bigint;
}

/** Sets what is added to an interface's times. */
export function setShift(source: Interface, shiftNs: bigint): void {
  source.addHigh = highWord(source.offsetNs - shiftNs);
  source.addLow = lowWord(source.offsetNs - shiftNs);
}

/** Whether a Section Header Block at `position` holds little-endian fields (its length too, which comes before the magic). */
export function sectionIsLittleEndian(view: DataView, position: number): boolean {
  return view.getUint8(position + 8) === (BYTE_ORDER_MAGIC & 0xff);
}

/** The fault of a Section Header Block whose byte-order magic is neither 1a2b3c4d nor its reverse. */
export function magicFault(view: DataView, position: number, offset: number): CaptureFault | undefined {
  const magic = view.getUint32(position + 8, sectionIsLittleEndian(view, position));
  if (magic === BYTE_ORDER_MAGIC) return undefined;
  return {
    what: "byte-order magic",
    found: hexWord(magic),
    expected: hexWord(BYTE_ORDER_MAGIC),
    byte: offset + position + 8,
  };
}

/** Reads a complete Section Header Block; `number` is its place among the sections, `offset` the view's place in the file. */
export function readSection(
  view: DataView,
  position: number,
  length: number,
  offset: number,
  number: number,
): Section | CaptureFault {
  const byte = offset + position;
  const littleEndian = sectionIsLittleEndian(view, position);
  if (length < SECTION_BYTES_MINIMUM) return shortBlock("section header block", length, SECTION_BYTES_MINIMUM, byte);
  const major = view.getUint16(position + 12, littleEndian);
  if (major !== 1) {
    const found = `${major}.${view.getUint16(position + 14, littleEndian)}`;
    return { what: "pcapng version", found, expected: "1.0", byte: byte + 12 };
  }
  let userappl = "";
  const fault = eachOption(view, position + 24, position + length - 4, littleEndian, offset, (code, at, size) => {
    if (code === SHB_USERAPPL) userappl = textAt(view, at, size);
  });
  return fault ?? { number, littleEndian, userappl, interfaces: [], dated: false, shiftNs: 0n };
}

/** Reads a complete Interface Description Block of `section`. */
export function readInterface(
  view: DataView,
  position: number,
  length: number,
  offset: number,
  section: Section,
): Interface | CaptureFault {
  const { littleEndian } = section;
  if (length < INTERFACE_BYTES_MINIMUM) {
    return shortBlock("interface description block", length, INTERFACE_BYTES_MINIMUM, offset + position);
  }
  let name: string | undefined;
  let tsresol = TSRESOL_DEFAULT;
  let offsetSeconds = 0n;
  const fault = eachOption(view, position + 16, position + length - 4, littleEndian, offset, (code, at, size) => {
    if (code === IF_NAME) name = textAt(view, at, size);
    else if (code === IF_TSRESOL && size >= 1) tsresol = view.getUint8(at);
    else if (code === IF_TSOFFSET && size >= 8) offsetSeconds = view.getBigInt64(at, littleEndian);
  });
  if (fault !== undefined) return fault;
  const source: Interface = {
    name,
    linkType: view.getUint16(position + 8, littleEndian),
    snaplen: view.getUint32(position + 12, littleEndian),
    resolution: resolutionOf(tsresol),
    offsetNs: offsetSeconds * 1_000_000_000n,
    addHigh: 0,
    addLow: 0,
    ports: [PORT_UNKNOWN, PORT_UNKNOWN, PORT_UNKNOWN],
  };
  setShift(source, section.shiftNs);
  return source;
}

/** The fault of an option at `position` whose length leaves its block, which ends at `end`. */
export function optionFault(view: DataView, position: number, end: number, littleEndian: boolean): CaptureFault {
  const found = bytesInWords(view.getUint16(position + 2, littleEndian));
  const expected = `at most the ${bytesInWords(end - position - 4)} left in its block`;
  return { what: "option length", found, expected, byte: position + 2 };
}

function eachOption(
  view: DataView,
  from: number,
  end: number,
  littleEndian: boolean,
  offset: number,
  take: (code: number, at: number, size: number) => void,
): CaptureFault | undefined {
  let position = from;
  while (position + 4 <= end) {
    const code = view.getUint16(position, littleEndian);
    const size = view.getUint16(position + 2, littleEndian);
    if (code === 0) return undefined;
    if (position + 4 + size > end) {
      const fault = optionFault(view, position, end, littleEndian);
      return { ...fault, byte: offset + fault.byte };
    }
    take(code, position + 4, size);
    position += 4 + ((size + 3) & ~3);
  }
  return undefined;
}

function shortBlock(what: string, length: number, minimum: number, byte: number): CaptureFault {
  return { what, found: bytesInWords(length), expected: `at least ${bytesInWords(minimum)}`, byte: byte + 4 };
}

// TextDecoder refuses shared memory, so the bytes are copied first.
function textAt(view: DataView, at: number, size: number): string {
  const text = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at, size).slice());
  return text.replace(/[\0\s]+$/, "");
}
