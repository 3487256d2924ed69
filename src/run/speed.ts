// speed - how fast a capture is replayed: `capture`, `max`, `Nx`, `N[kM]pps`, `N[kMG]bps`. Everything ends as a ratio of integers.
import { UsageError } from "../errors.ts";

/** Modes of the engine's pacer (assembly/port/pacer). */
const PACE_CAPTURE = 0;
const PACE_PPS = 1;
const PACE_BPS = 2;

/** Link speed of a simulated NIC, bits a second: net_pcap's. */
export const LINK_BPS = 10_000_000_000;

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
  if (text === "max") return { mode: PACE_BPS, ...ratio(8e12, LINK_BPS), text };
  const match = /^(\d+(?:\.\d+)?)(x|[kM]?pps|[kMG]?bps)$/.exec(text);
  const value = Number(match?.[1]);
  const unit = match?.[2];
  if (unit === undefined || !(value > 0) || value > 1e12) {
    throw new UsageError(`speed: found ${text}, expected capture, max, Nx, N[kM]pps or N[kMG]bps`);
  }
  if (unit === "x") return { mode: PACE_CAPTURE, ...ratio(1, value), text };
  const scale = { k: 1e3, M: 1e6, G: 1e9 }[unit[0] ?? ""] ?? 1;
  const perSecond = value * scale;
  return unit.endsWith("pps")
    ? { mode: PACE_PPS, ...ratio(1e12, perSecond), text }
    : { mode: PACE_BPS, ...ratio(8e12, perSecond), text };
}

/** numerator / denominator as integers, the denominator exact to a millionth. */
function ratio(numerator: number, denominator: number): { numerator: bigint; denominator: bigint } {
  return { numerator: BigInt(Math.round(numerator)) * 1_000_000n, denominator: BigInt(Math.round(denominator * 1e6)) };
}
