/**
 * pcapng: the hot loop, over a run of ordinary Enhanced Packet Blocks.
 *
 * Takes little-endian blocks of Ethernet interfaces with a whole number of nanoseconds a tick and at most the flags option in
 * front; it stops without a word at anything else (another block, a first packet of a direction, any fault), which the general
 * loop of pcapng.ts then reads or refuses. It must give the entries and counts that the general loop would.
 * Signed 32-bit integers only and constants of other modules as numbers, as in classic.ts; no allocation, no call a packet.
 */
import type { Chunk } from "./chunk.ts";
import { EPB_FLAGS, type Section } from "./pcapng-headers.ts";
import type { Tally } from "./summary.ts";

const WORD = 2 ** 32;
/** Blocks a call takes: see SLICE_WORDS in classic.ts. */
const SLICE_BLOCKS = 2048;
/** Code 2 and length 4, as one little-endian word. */
const FLAGS_OPTION = EPB_FLAGS | (4 << 16);

/**
 * Indexes ordinary blocks from `from` on, writing entries from `word` on (one for each packet the tally then has more).
 * @returns the position of the first block it did not take
 */
export function indexEnhancedRun(section: Section, chunk: Chunk, from: number, word: number, tally: Tally): number {
  const { view, base, size, index } = chunk;
  const { interfaces } = section;
  const room = index.length - 6;
  let left = SLICE_BLOCKS;
  let position = from;
  let entry = word;
  let number = tally.packets;
  let skipped = 0;
  let truncated = 0;
  let zeroLength = 0;
  let backwards = 0;
  let undirected = 0;
  let inbound = 0;
  let lastHigh = tally.lastHigh;
  let lastLow = tally.lastLow;
  while (position + 32 <= size && entry <= room && left > 0) {
    if (view.getInt32(position, true) !== 6) break;
    const length = view.getInt32(position + 4, true);
    const captured = view.getInt32(position + 20, true);
    const end = position + length - 4;
    const options = position + 28 + ((captured + 3) & ~3);
    if ((length & 3) !== 0 || captured >>> 0 > 262_144 || options > end || end + 4 > size) break;
    if (view.getInt32(end, true) !== length) break;
    const id = view.getInt32(position + 8, true);
    if (id < 0 || id >= interfaces.length) break;
    const source = interfaces[id]!;
    const factor = source.resolution.factor;
    if (factor === 0 || source.linkType !== 1) break;
    let direction = 0;
    if (options < end) {
      if (options + 8 > end || view.getInt32(options, true) !== FLAGS_OPTION) break;
      direction = view.getInt32(options + 4, true) & 3;
      if (direction === 3) break;
      // After the flags only an end of options may follow, or an epb_queue and nothing more as dpdk-dumpcap writes it.
      const after = options + 8;
      if (
        after < end &&
        view.getInt32(after, true) !== 0 &&
        !(after + 8 === end && view.getInt32(after, true) === 0x40006)
      ) {
        break;
      }
    }
    const port = source.ports[direction]!;
    if (port < 0) {
      if (port !== -1) break;
      skipped++;
    } else {
      const ticksLow = view.getInt32(position + 16, true);
      let low = ticksLow;
      let high = view.getInt32(position + 12, true);
      if (factor !== 1) {
        const ns = (ticksLow >>> 0) * factor;
        low = ns | 0;
        high = (Math.imul(high, factor) + Math.floor(ns / WORD)) | 0;
      }
      low = (low + source.addLow) | 0;
      high = (high + source.addHigh + (low >>> 0 < source.addLow ? 1 : 0)) | 0;
      if (high >>> 0 < lastHigh >>> 0 || (high === lastHigh && low >>> 0 < lastLow >>> 0)) backwards++;
      if (captured < view.getUint32(position + 24, true)) truncated++;
      if (captured === 0) zeroLength++;
      index[entry] = base + position + 28;
      index[entry + 1] = captured;
      index[entry + 2] = low;
      index[entry + 3] = high;
      index[entry + 4] = port;
      index[entry + 5] = number;
      number++;
      entry += 6;
      lastHigh = high;
      lastLow = low;
    }
    if (direction === 0) undirected++;
    else if (direction === 1) inbound++;
    position = end + 4;
    left--;
  }
  tally.directions[0] += undirected;
  tally.directions[1] += inbound;
  tally.directions[2] += number - tally.packets + skipped - undirected - inbound;
  tally.packets = number;
  tally.skipped += skipped;
  tally.truncated += truncated;
  tally.zeroLength += zeroLength;
  tally.timeBackwards += backwards;
  tally.lastHigh = lastHigh;
  tally.lastLow = lastLow;
  return position;
}
