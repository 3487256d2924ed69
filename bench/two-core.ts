// two-core - the PVP loop on two cores, host and guest: ours beside the C twin's two threads, in pairs between two ping-pongs.
// A virtual machine's cores move between near (a cache line goes there and back in about 100 ns) and far (about 500 ns) by themselves,
// and everything that crosses them moves 3 to 4 times: a pair in which the mode changed is discarded, ratios are a mode's own.
import { type Figure, WAITED_MAX } from "./disturbance.ts";
import { measure } from "./measure.ts";
import { nativeLoop } from "./one-core.ts";
import { runPingPong } from "./peers/native.ts";
import { type Goal, pairRatios, type Results } from "./rows.ts";

/** Between near and far: the geometric mean of 100 and 500 ns. */
const NEAR_BELOW_NS = 220;
const PING_PONG_SECONDS = 0.2;
const LENGTHS = [64, 1518];
const GOAL: Goal = { least: 0.65 };

export type Mode = "near" | "far";

export interface Pair {
  readonly ours: number;
  readonly native: number;
  /** Nanoseconds of the ping-pong before and after. */
  readonly beforeNs: number;
  readonly afterNs: number;
}

/** The mode of a pair; undefined: it changed. */
export function modeOf(pair: Pick<Pair, "beforeNs" | "afterNs">): Mode | undefined {
  const before = pair.beforeNs < NEAR_BELOW_NS ? "near" : "far";
  const after = pair.afterNs < NEAR_BELOW_NS ? "near" : "far";
  return before === after ? before : undefined;
}

/** Both lengths. cores: how many this process may use */
export function twoCores(results: Results, cores: number): void {
  for (const lengthBytes of LENGTHS) {
    const section = results.in(`two cores, ${lengthBytes} bytes`);
    if (cores < 2) {
      section.skip("host and guest at the same time", `${cores} core, expected 2`);
      continue;
    }
    const first = runPingPong(PING_PONG_SECONDS);
    if (first.value === undefined) alone(section, lengthBytes, first.reason);
    else pairs(section, lengthBytes, first.value);
  }
}

/** Without the C peers: our figure, of which nobody knows the mode. */
function alone(results: Results, lengthBytes: number, reason: string): void {
  const { runs, seconds } = results.effort;
  results.skip("C twin and ping-pong", reason);
  const ours = Array.from({ length: runs }, () => measure({ kind: "loop", lengthBytes, seconds, lcores: 2 }).value);
  results.add("ours", "Mpps", ours, { note: "near or far unknown" });
}

function pairs(results: Results, lengthBytes: number, firstNs: number): void {
  const { runs, seconds } = results.effort;
  const good: { readonly mode: Mode; readonly pair: Pair }[] = [];
  const bad: { readonly mode: Mode; readonly pair: Pair }[] = [];
  let beforeNs = firstNs;
  let changed = 0;
  const measureOurs = (): Figure => measure({ kind: "loop", lengthBytes, seconds, lcores: 2 });
  const measureNative = (): Figure | undefined => nativeLoop(results, lengthBytes, seconds, 2);
  for (let n = 0; n < 3 * runs && good.length < runs; n++) {
    results.progress(`two cores, ${lengthBytes} bytes: pair ${good.length + 1} of ${runs} (${beforeNs} ns)`);
    const first = n % 2 === 0 ? measureOurs() : measureNative();
    const second = n % 2 === 0 ? measureNative() : measureOurs();
    const [ours, native] = n % 2 === 0 ? [first, second] : [second, first];
    const afterNs = runPingPong(PING_PONG_SECONDS).value;
    if (ours === undefined || native === undefined || afterNs === undefined) return;
    const pair = { ours: ours.value, native: native.value, beforeNs, afterNs };
    beforeNs = afterNs;
    const mode = modeOf(pair);
    const disturbed = ours.waited > WAITED_MAX || native.waited > WAITED_MAX;
    if (mode === undefined) changed++;
    else (disturbed ? bad : good).push({ mode, pair });
  }
  for (const mode of ["near", "far"] as const) {
    const used = good.length > 0 ? good : bad;
    const ofMode = used.filter((g) => g.mode === mode).map((g) => g.pair);
    addMode(results, mode, ofMode, good.length === 0);
  }
  if (changed > 0) results.skip(`${changed} pairs`, "the ping-pong changed between near and far");
  if (bad.length > 0)
    results.skip(`${bad.length} further pairs`, "others had a core for more than 5 % of a measurement");
}

function addMode(results: Results, mode: Mode, pairs: readonly Pair[], disturbed: boolean): void {
  const ours = pairs.map((p) => p.ours);
  const native = pairs.map((p) => p.native);
  const trips = pairs.flatMap((p) => [p.beforeNs, p.afterNs]);
  results.add(`ping-pong, ${mode}`, "ns", trips, { disturbed });
  results.add(`ours, ${mode}`, "Mpps", ours, { disturbed });
  results.add(`C twin, two threads, ${mode}`, "Mpps", native, { disturbed });
  results.add(`ours / C twin, ${mode}`, "x", pairRatios(ours, native), { goal: GOAL, disturbed });
}
