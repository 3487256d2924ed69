/**
 * What is counted while a capture is read, and what is told of it afterwards.
 *
 * A Tally is the mutable half, plain numbers that the record loops move; a CaptureSummary is the half users see.
 * Invariants: records seen = packets + skipped; inbound + outbound + undirected = records seen; truncated, zeroLength,
 * timeBackwards and subsecondOverflow count indexed packets only.
 */
import { joinWords } from "./time.ts";

/** The direction a capture gives a packet, seen from the interface it was captured on. */
export type Direction = "in" | "out" | "unknown";

/** Directions in the order of the two low bits of pcapng's epb_flags (3 is reserved and read as 0). */
export const DIRECTIONS: readonly Direction[] = ["unknown", "in", "out"];

export interface InterfaceSummary {
  readonly name: string | undefined;
  readonly linkType: number;
  /** Bytes kept of each packet; 0 means no limit. */
  readonly snaplen: number;
  /** The clock's tick: `10^-9 s`. */
  readonly resolution: string;
  /** pcapng section it belongs to, from 0. */
  readonly section: number;
}

export interface CaptureSummary {
  /** undefined until the first bytes have told. */
  readonly format: "pcap" | "pcapng" | undefined;
  /** Packets indexed; 0 is not a fault here, the caller decides. */
  readonly packets: number;
  /** Packets that `portOf` did not want. */
  readonly skipped: number;
  /** Packets of which the capture kept fewer bytes than were on the wire. */
  readonly truncated: number;
  /** Steps back in time from one packet to the next; times are indexed as they are. */
  readonly timeBackwards: number;
  readonly zeroLength: number;
  /** Classic records whose sub-second field holds a second or more; the excess is carried into the seconds. */
  readonly subsecondOverflow: number;
  readonly sawInbound: number;
  readonly sawOutbound: number;
  readonly sawUndirected: number;
  /** Times of the first and last indexed packet in nanoseconds since 1970, after corrections; undefined without packets. */
  readonly firstNs: bigint | undefined;
  readonly lastNs: bigint | undefined;
  readonly interfaces: readonly InterfaceSummary[];
  /** Faults of the writing program that were corrected, a sentence each, for standard error. */
  readonly corrections: readonly string[];
  /** With `tolerant`: the message of the fault that ended the capture. */
  readonly fault: string | undefined;
}

export interface Tally {
  packets: number;
  skipped: number;
  truncated: number;
  timeBackwards: number;
  zeroLength: number;
  subsecondOverflow: number;
  /** Records by direction, indexed as DIRECTIONS. */
  readonly directions: [number, number, number];
  /** Times of the first and last indexed packet as signed 32-bit words: unsigned ones would not stay integers in V8. */
  firstHigh: number;
  firstLow: number;
  lastHigh: number;
  lastLow: number;
}

/** A tally of nothing. */
export function emptyTally(): Tally {
  return {
    packets: 0,
    skipped: 0,
    truncated: 0,
    timeBackwards: 0,
    zeroLength: 0,
    subsecondOverflow: 0,
    directions: [0, 0, 0],
    firstHigh: 0,
    firstLow: 0,
    lastHigh: 0,
    lastLow: 0,
  };
}

/** The number, from 1, of the record that comes next in the capture. */
export function nextPacket(tally: Tally): number {
  return tally.packets + tally.skipped + 1;
}

/** The summary a tally and what the headers said add up to. */
export function summarize(
  tally: Tally,
  said: Pick<CaptureSummary, "format" | "interfaces" | "corrections" | "fault">,
): CaptureSummary {
  return {
    ...said,
    packets: tally.packets,
    skipped: tally.skipped,
    truncated: tally.truncated,
    timeBackwards: tally.timeBackwards,
    zeroLength: tally.zeroLength,
    subsecondOverflow: tally.subsecondOverflow,
    sawUndirected: tally.directions[0],
    sawInbound: tally.directions[1],
    sawOutbound: tally.directions[2],
    firstNs: tally.packets === 0 ? undefined : joinWords(tally.firstHigh >>> 0, tally.firstLow >>> 0),
    lastNs: tally.packets === 0 ? undefined : joinWords(tally.lastHigh >>> 0, tally.lastLow >>> 0),
  };
}
