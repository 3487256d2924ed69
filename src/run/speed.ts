// speed - how fast a capture is replayed: `capture`, `max`, `Nx`, `N[kM]pps`, `N[kMG]bps`. Everything ends as a ratio of integers.
import { UsageError } from "../errors.ts";

/** Modes of the engine's pacer (assembly/port/pacer). */
export const PACE_CAPTURE = 0;
export const PACE_PPS = 1;
export const PACE_BPS = 2;

/** Link speed of a simulated NIC, bits a second: net_pcap's. */
export const LINK_BPS = 10_000_000_000;

const PS_PER_SECOND = 1_000_000_000_000n;
const PRODUCT_LIMIT = 2n ** 62n;

export interface Speed {
  readonly mode: number;
  /** ps = amount x numerator / denominator; amount: captured ps, packets, or bytes on the wire */
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly text: string;
}

/** Parses --speed. max is the line rate of the link. @throws UsageError */
export function parseSpeed(text: string): Speed {
  if (text === "capture") return { mode: PACE_CAPTURE, numerator: 1n, denominator: 1n, text };
  if (text === "max") return { mode: PACE_BPS, ...ratio(8n * PS_PER_SECOND, BigInt(LINK_BPS)), text };
  const match = /^(\d{1,13})(?:\.(\d{1,9}))?(x|([kMG])?(?:pps|bps))$/.exec(text);
  const [, whole = "", fraction = "", unit = "", prefix = ""] = match ?? [];
  const value = BigInt(whole + fraction);
  if (value === 0n || unit === "Gpps") {
    throw new UsageError(`speed: found ${text}, expected capture, max, Nx, N[kM]pps or N[kMG]bps`);
  }
  const parts = 10n ** BigInt(fraction.length);
  if (unit === "x") return { mode: PACE_CAPTURE, ...ratio(parts, value), text };
  const perSecond = value * ({ k: 1000n, M: 1_000_000n, G: 1_000_000_000n }[prefix] ?? 1n);
  return unit.endsWith("pps")
    ? { mode: PACE_PPS, ...ratio(PS_PER_SECOND * parts, perSecond), text }
    : { mode: PACE_BPS, ...ratio(8n * PS_PER_SECOND * parts, perSecond), text };
}

/**
 * numerator / denominator as the engine can multiply by it: their product stays below 2^62. Exact wherever it can be, else the
 * nearest such fraction on the way of its continued fraction.
 */
function ratio(numerator: bigint, denominator: bigint): { numerator: bigint; denominator: bigint } {
  let [p, q] = [numerator, denominator];
  let [n, d, before, under] = [1n, 0n, 0n, 1n];
  while (q > 0n) {
    const digit = p / q;
    const [nextN, nextD] = [digit * n + before, digit * d + under];
    if (nextN * nextD >= PRODUCT_LIMIT) break;
    [before, under, n, d] = [n, d, nextN, nextD];
    [p, q] = [q, p % q];
  }
  if (d === 0n) throw new UsageError(`speed: found ${numerator / denominator} ps a step, expected less than 2^62`);
  return { numerator: n, denominator: d };
}
