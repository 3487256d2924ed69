// packet-config - what packets are made of: `show config txpkts`, `txtimes`, `rxoffs`, `rxpkts` and `rxhdrs`.
// Follows show_tx_pkt_segments, show_tx_pkt_times and show_rx_pkt_* of app/test-pmd 22.11.
import type { Settings } from "../settings.ts";

export function txPackets({ txSegments, txSplit }: Settings): string {
  return `Number of segments: ${txSegments.length}\nSegment sizes: ${txSegments.join(",")}\nSplit packet: ${txSplit}\n`;
}

export function txTimes({ txTimes: { inter, intra } }: Settings): string {
  return `Interburst gap: ${inter}\nIntraburst gap: ${intra}\n`;
}

/** Of rx buffer split, which no device here does: kept and shown. */
export interface BufferSplit {
  offsets: readonly number[];
  /** Sizes of the first segments of rx_pkt_seg_lengths; more of them may be counted by headers. */
  lengths: readonly number[];
  /** rx_pkt_nb_segs: set by lengths and, one more than there are, by headers. */
  segments: number;
  headers: readonly string[];
}

/** The last of the offsets is printed from the lengths: so in 22.11. */
export function rxOffsets({ offsets, lengths }: BufferSplit): string {
  const all = [...offsets.slice(0, -1), lengths[offsets.length - 1] ?? 0];
  return `Number of offsets: ${offsets.length}\n${offsets.length === 0 ? "" : `Segment offsets: ${all.join(",")}\n`}`;
}

export function rxPackets({ lengths, segments }: BufferSplit): string {
  const all = Array.from({ length: segments }, (_, i) => lengths[i] ?? 0);
  return `Number of segments: ${segments}\n${segments === 0 ? "" : `Segment sizes: ${all.join(",")}\n`}`;
}

export function rxHeaders({ headers, segments }: BufferSplit): string {
  const all = Array.from({ length: Math.max(segments - 1, 0) }, (_, i) => `${headers[i] ?? "unsupported"}, `);
  return `Number of segments: ${segments}\n${segments === 0 ? "" : `Packet segs: ${all.join("")}payload\n`}`;
}
