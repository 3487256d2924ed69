/**
 * dpdk-dumpcap's wrapped time base: captures dated far into the future.
 *
 * DPDK 22.11's lib/pcapng starts its clock only after the first packet was stamped, so the difference underflows and every time
 * of the file is late by 2^64 / TSC_Hz seconds (225 years at 2.6 GHz). Times relative to each other are right.
 * TSC_Hz is not in the file: it is estimated from how far the date lies ahead of the reference and rounded to 100 MHz, so
 * that the result does not depend on when the file was last touched (within 1.8 years at 4 GHz, 4 at 2.6 GHz).
 */
import { type Interface, type Section, setShift } from "./pcapng-headers.ts";
import { dateOf, joinWords, ticksToNs, YEAR_NS } from "./time.ts";

const HZ_STEP = 1e8;
/** Clock rates of processors DPDK runs on; outside, a late date has another cause and is left alone. */
const HZ_MINIMUM = 1e9;
const HZ_MAXIMUM = 6.5e9;
const WRITER = "dpdk-dumpcap";

/**
 * Looks at the first time of a section; where it is a wrapped one, shifts all of the section's interfaces.
 * @param referenceNs a time the capture cannot be much younger than
 * @returns the correction in words, or undefined when none is needed
 */
export function correctWrap(
  section: Section,
  source: Interface,
  ticksHigh: number,
  ticksLow: number,
  referenceNs: bigint,
): string | undefined {
  section.dated = true;
  const { factor, ticksPerSecond } = source.resolution;
  const ticksNs =
    factor > 0 ? joinWords(ticksHigh, ticksLow) * BigInt(factor) : ticksToNs(ticksHigh, ticksLow, ticksPerSecond);
  const ns = BigInt.asUintN(64, ticksNs + source.offsetNs);
  const aheadNs = ns - referenceNs;
  if (aheadNs <= YEAR_NS) return undefined;
  const hz = Math.round(2 ** 64 / (Number(aheadNs) / 1e9) / HZ_STEP) * HZ_STEP;
  if (hz < HZ_MINIMUM || hz > HZ_MAXIMUM) return undefined;
  const shiftNs = (2n ** 64n * 1_000_000_000n) / BigInt(hz);
  if (shiftNs > ns) return undefined;
  section.shiftNs = shiftNs;
  for (const known of section.interfaces) setShift(known, shiftNs);
  const writer = section.userappl.startsWith(WRITER) ? section.userappl : `${WRITER}, which wrote it or its like,`;
  return (
    `times corrected from ${dateOf(ns)} to ${dateOf(ns - shiftNs)}: ${writer} wraps its clock, ` +
    `so 2^64 / ${(hz / 1e9).toFixed(1)} GHz = ${shiftNs / 1_000_000_000n} s were subtracted`
  );
}
