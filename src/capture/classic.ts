/**
 * Classic pcap: the file header and the loop over its records.
 *
 * Follows the IETF draft "PCAP Capture File Format", version 2.4. A sub-second field of a second or more is not refused (nor is
 * it by tcpdump and tshark, which show it as it stands): the excess is carried into the seconds and counted. Seconds are
 * unsigned. The FCS bits of the link type are ignored: an FCS stays part of the packet.
 * dpdk-dumpcap -P (up to at least DPDK 22.11) writes microseconds under the nanosecond magic: see `judgeUnit`.
 */
import { type Chunk, ENTRY_WORDS, type IndexOptions, PACKET_BYTES_MAXIMUM, type Step } from "./chunk.ts";
import { bytesInWords, type CaptureFault } from "./error.ts";
import { LINKTYPE_ETHERNET, linkTypeName } from "./link-type.ts";
import { type InterfaceSummary, nextPacket, type Tally } from "./summary.ts";
import { secondsToNsHigh, secondsToNsLow } from "./time.ts";

export const CLASSIC_MICROSECONDS = 0xa1b2c3d4;
export const CLASSIC_NANOSECONDS = 0xa1b23c4d;
export const CLASSIC_HEADER_BYTES = 24;
const RECORD_BYTES = 16;
const WORD = 2 ** 32;
/** Records a call of the hot loop takes: few enough that it is called often and compiled whole, not replaced while it runs. */
const SLICE_WORDS = 2048 * ENTRY_WORDS;
/** dumpcap's unit is judged on the records in this many bytes, however the capture is cut into chunks. */
const JUDGED_BYTES = 327_680;
const JUDGED_PACKETS = 4;
/** libpcap and Ringbed write this snaplen; dumpcap writes its -s, 2176 unless told otherwise. */
const SNAPLEN_NOT_DUMPCAP = 262_144;

export interface Classic {
  readonly littleEndian: boolean;
  readonly nanoseconds: boolean;
  readonly snaplen: number;
  readonly linkType: number;
  readonly port: number;
  /** Nanoseconds a unit of the sub-second field; 0 while dumpcap's fault is suspected but not yet judged. */
  scale: number;
}

/** Reads the 24-byte file header at the front of `view`, which holds at least that; a fault where it cannot be used. */
export function readClassicHeader(view: DataView, options: IndexOptions): Classic | CaptureFault {
  const littleEndian = view.getUint8(0) !== 0xa1;
  const nanoseconds = view.getUint32(0, littleEndian) === CLASSIC_NANOSECONDS;
  const version = `${view.getUint16(4, littleEndian)}.${view.getUint16(6, littleEndian)}`;
  if (version !== "2.4") return { what: "pcap version", found: version, expected: "2.4", byte: 4 };
  const linkType = view.getUint32(20, littleEndian) & 0x03ffffff;
  if (linkType !== LINKTYPE_ETHERNET) {
    return { what: "link type", found: linkTypeName(linkType), expected: linkTypeName(LINKTYPE_ETHERNET), byte: 20 };
  }
  const snaplen = view.getUint32(16, littleEndian);
  const suspect = nanoseconds && !options.rawTime && snaplen !== SNAPLEN_NOT_DUMPCAP;
  const scale = suspect ? 0 : nanoseconds ? 1 : 1000;
  return { littleEndian, nanoseconds, snaplen, linkType, port: options.portOf(0, "unknown", undefined), scale };
}

/** The one interface of a classic capture. */
export function classicInterface(classic: Classic): InterfaceSummary {
  const resolution = classic.nanoseconds && classic.scale !== 1000 ? "10^-9 s" : "10^-6 s";
  return { name: undefined, linkType: classic.linkType, snaplen: classic.snaplen, resolution, section: 0 };
}

/**
 * Decides whether a nanosecond file holds microseconds: all sub-second values of at least 4 records in its first 320 KiB are
 * under 10^6. One value above settles it at once, so that only suspicious files wait for bytes.
 * Sets `scale` to 1 or 1000, or leaves it 0 when more bytes are needed. Source: facts of DPDK 22.11's app/dumpcap.
 */
export function judgeUnit(classic: Classic, chunk: Chunk): void {
  const { view, size } = chunk;
  const end = Math.min(size, JUDGED_BYTES);
  let packets = 0;
  let largest = 0;
  let position = 0;
  while (position + RECORD_BYTES <= end) {
    const length = view.getUint32(position + 8, classic.littleEndian);
    const next = position + RECORD_BYTES + length;
    if (length > PACKET_BYTES_MAXIMUM) break;
    if (next > end) {
      if (end < JUDGED_BYTES && !chunk.last) return;
      break;
    }
    const subsecond = view.getUint32(position + 4, classic.littleEndian);
    if (subsecond >= 1e6) {
      classic.scale = 1;
      return;
    }
    largest = Math.max(largest, subsecond);
    packets++;
    position = next;
  }
  const settled = chunk.last || end === JUDGED_BYTES || position + RECORD_BYTES <= end;
  if (settled) classic.scale = packets >= JUDGED_PACKETS && largest > 0 ? 1000 : 1;
}

/**
 * Indexes the complete records of a chunk.
 * @returns how far it came; a fault for a packet longer than 256 KiB, or for a record cut by the end of the capture.
 */
export function indexClassic(classic: Classic, chunk: Chunk, tally: Tally): Step {
  const step = indexRecords(classic, chunk, tally);
  const position = step.consumed;
  const left = chunk.size - position;
  if (left === 0 || step.full) return step;
  const byte = chunk.offset + position;
  const packet = nextPacket(tally);
  if (left >= RECORD_BYTES) {
    const length = chunk.view.getUint32(position + 8, classic.littleEndian);
    if (length > PACKET_BYTES_MAXIMUM) {
      const expected = `at most ${bytesInWords(PACKET_BYTES_MAXIMUM)}`;
      return {
        ...step,
        fault: { what: "packet length", found: bytesInWords(length), expected, byte: byte + 8, packet },
      };
    }
    if (!chunk.last) return step;
    const found = bytesInWords(left - RECORD_BYTES);
    const fault = { what: "packet data", found, expected: bytesInWords(length), byte: byte + RECORD_BYTES, packet };
    return { ...step, fault };
  }
  if (!chunk.last) return step;
  const fault = {
    what: "packet header",
    found: bytesInWords(left),
    expected: bytesInWords(RECORD_BYTES),
    byte,
    packet,
  };
  return { ...step, fault };
}

/** All complete records, slice by slice; or past them all when their packets are not wanted. */
function indexRecords(classic: Classic, chunk: Chunk, tally: Tally): Step {
  const { view, base, size, index, word } = chunk;
  if (classic.port < 0) return { consumed: skipRecords(classic, chunk, tally), word, full: false, fault: undefined };
  const before = tally.packets;
  let entry = word;
  let position = 0;
  let next = 0;
  do {
    position = next;
    next = classic.littleEndian
      ? indexLittleEndian(classic, view, base, index, tally, position, entry)
      : indexBigEndian(classic, view, base, index, tally, position, entry);
    entry = word + (tally.packets - before) * ENTRY_WORDS;
  } while (next > position);
  tally.directions[0] += tally.packets - before;
  if (before === 0 && tally.packets > 0) {
    tally.firstLow = index[word + 2]! | 0;
    tally.firstHigh = index[word + 3]! | 0;
  }
  const full = entry + ENTRY_WORDS > index.length && position < size;
  return { consumed: position, word: entry, full, fault: undefined };
}

function skipRecords(classic: Classic, chunk: Chunk, tally: Tally): number {
  const { view, size } = chunk;
  let position = 0;
  while (position + RECORD_BYTES <= size) {
    const length = view.getUint32(position + 8, classic.littleEndian);
    const next = position + RECORD_BYTES + length;
    if (length > PACKET_BYTES_MAXIMUM || next > size) break;
    tally.skipped++;
    tally.directions[0]++;
    position = next;
  }
  return position;
}

// The hot loop over one slice of records; returns the position behind the last one it took. In V8 it takes half the time
// because words are signed 32-bit integers, constants of other modules stand as numbers (6, 16, 262144) and view and index are
// arguments. Times compare as signed high and unsigned low words: 32 bits of seconds stay below 2^63 ns. The last time starts
// at 0, so the first packet is never backwards.
function indexLittleEndian(
  classic: Classic,
  view: DataView,
  base: number,
  index: Uint32Array,
  tally: Tally,
  from: number,
  word: number,
): number {
  const size = view.byteLength;
  const { port, scale } = classic;
  const second = 1e9 / scale;
  const end = Math.min(index.length, word + SLICE_WORDS) - 6;
  let position = from;
  let entry = word;
  let number = tally.packets;
  let backwards = 0;
  let truncated = 0;
  let zeroLength = 0;
  let overflow = 0;
  let lastSeconds = 0;
  let secondsHigh = 0;
  let secondsLow = 0;
  let lastHigh = tally.lastHigh;
  let lastLow = tally.lastLow;
  while (position + 16 <= size && entry <= end) {
    const length = view.getInt32(position + 8, true);
    const next = position + 16 + length;
    if (length >>> 0 > 262_144 || next > size) break;
    const seconds = view.getInt32(position, true);
    if (seconds !== lastSeconds) {
      lastSeconds = seconds;
      secondsHigh = secondsToNsHigh(seconds >>> 0) | 0;
      secondsLow = secondsToNsLow(seconds >>> 0) | 0;
    }
    const subsecond = view.getInt32(position + 4, true);
    let high = secondsHigh;
    const low = (secondsLow + Math.imul(subsecond, scale)) | 0;
    if (subsecond >>> 0 < second) {
      if (low >>> 0 < secondsLow >>> 0) high = (high + 1) | 0;
    } else {
      high = (high + Math.floor(((secondsLow >>> 0) + (subsecond >>> 0) * scale) / WORD)) | 0;
      overflow++;
    }
    if (high < lastHigh || (high === lastHigh && low >>> 0 < lastLow >>> 0)) backwards++;
    if (length < view.getUint32(position + 12, true)) truncated++;
    if (length === 0) zeroLength++;
    index[entry] = base + position + 16;
    index[entry + 1] = length;
    index[entry + 2] = low;
    index[entry + 3] = high;
    index[entry + 4] = port;
    index[entry + 5] = number;
    number++;
    lastHigh = high;
    lastLow = low;
    entry += 6;
    position = next;
  }
  tally.packets = number;
  tally.subsecondOverflow += overflow;
  tally.timeBackwards += backwards;
  tally.truncated += truncated;
  tally.zeroLength += zeroLength;
  tally.lastHigh = lastHigh;
  tally.lastLow = lastLow;
  return position;
}

// The same loop for the other byte order, apart so that each is compiled with its own.
function indexBigEndian(
  classic: Classic,
  view: DataView,
  base: number,
  index: Uint32Array,
  tally: Tally,
  from: number,
  word: number,
): number {
  const size = view.byteLength;
  const { port, scale } = classic;
  const second = 1e9 / scale;
  const end = Math.min(index.length, word + SLICE_WORDS) - 6;
  let position = from;
  let entry = word;
  let number = tally.packets;
  let backwards = 0;
  let truncated = 0;
  let zeroLength = 0;
  let overflow = 0;
  let lastSeconds = 0;
  let secondsHigh = 0;
  let secondsLow = 0;
  let lastHigh = tally.lastHigh;
  let lastLow = tally.lastLow;
  while (position + 16 <= size && entry <= end) {
    const length = view.getInt32(position + 8);
    const next = position + 16 + length;
    if (length >>> 0 > 262_144 || next > size) break;
    const seconds = view.getInt32(position);
    if (seconds !== lastSeconds) {
      lastSeconds = seconds;
      secondsHigh = secondsToNsHigh(seconds >>> 0) | 0;
      secondsLow = secondsToNsLow(seconds >>> 0) | 0;
    }
    const subsecond = view.getInt32(position + 4);
    let high = secondsHigh;
    const low = (secondsLow + Math.imul(subsecond, scale)) | 0;
    if (subsecond >>> 0 < second) {
      if (low >>> 0 < secondsLow >>> 0) high = (high + 1) | 0;
    } else {
      high = (high + Math.floor(((secondsLow >>> 0) + (subsecond >>> 0) * scale) / WORD)) | 0;
      overflow++;
    }
    if (high < lastHigh || (high === lastHigh && low >>> 0 < lastLow >>> 0)) backwards++;
    if (length < view.getUint32(position + 12)) truncated++;
    if (length === 0) zeroLength++;
    index[entry] = base + position + 16;
    index[entry + 1] = length;
    index[entry + 2] = low;
    index[entry + 3] = high;
    index[entry + 4] = port;
    index[entry + 5] = number;
    number++;
    lastHigh = high;
    lastLow = low;
    entry += 6;
    position = next;
  }
  tally.packets = number;
  tally.subsecondOverflow += overflow;
  tally.timeBackwards += backwards;
  tally.truncated += truncated;
  tally.zeroLength += zeroLength;
  tally.lastHigh = lastHigh;
  tally.lastLow = lastLow;
  return position;
}
