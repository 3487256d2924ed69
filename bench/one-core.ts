// one-core - the PVP loop on one core: ours over split rings and packed ones, the C twin, the array twin in turn, round by round; then ours beside
// real testpmd, over either layout.
// Ratios are of one round's figures: they stand where the machine's speed moves. Every second round runs backwards.
import type { RingAgreement } from "../src/wasm/parts.ts";
import { type Figure, WAITED_MAX, waitedByChild } from "./disturbance.ts";
import { measure } from "./measure.ts";
import { type Outcome, runNativePvp } from "./peers/native.ts";
import { runTestpmdPvp } from "./peers/testpmd-pvp.ts";
import { rounds, type Turn } from "./rounds.ts";
import { type Goal, pairRatios, type Results } from "./rows.ts";

const PACKED = { packed: true } as const;
const PACKED_IN_ORDER = { packed: true, inOrder: true } as const;
/** Packed rings against split ones, at any length. */
const PACKED_GOAL: Goal = { least: 0.95 };

interface LengthGoals {
  readonly ours: Goal;
  readonly native: Goal;
  readonly array?: Goal;
  readonly testpmd?: Goal;
  readonly packedTestpmd?: Goal;
}

const GOALS: Readonly<Record<number, LengthGoals>> = {
  64: {
    ours: { least: 30, aim: 45 },
    native: { least: 0.6 },
    array: { least: 2 },
    testpmd: { least: 3 },
    packedTestpmd: { least: 2.5 },
  },
  512: { ours: { least: 20 }, native: { least: 0.55 } },
  1518: { ours: { least: 11 }, native: { least: 0.8 } },
};

/** All lengths. @returns why threads are not pinned, or undefined */
export async function oneCore(results: Results): Promise<string | undefined> {
  let unpinned: string | undefined;
  for (const lengthBytes of results.effort.lengths) {
    const section = results.in(`one core, ${lengthBytes} bytes`);
    unpinned = twins(section, lengthBytes) || unpinned;
    await realTestpmd(section, lengthBytes);
    if (GOALS[lengthBytes]?.packedTestpmd !== undefined) await realTestpmd(section, lengthBytes, PACKED);
  }
  return unpinned;
}

/** Rounds of ours over each layout, the C twin and the array twin. */
function twins(results: Results, lengthBytes: number): string {
  const { seconds } = results.effort;
  const goals = GOALS[lengthBytes];
  let unpinned = "";
  const turns: Turn[] = [
    () => {
      const measured = measure({ kind: "loop", lengthBytes, seconds, lcores: 1 });
      unpinned = measured.unpinned;
      return measured;
    },
    () => measure({ kind: "loop", lengthBytes, seconds, lcores: 1, agreed: PACKED }),
    () => measure({ kind: "loop", lengthBytes, seconds, lcores: 1, agreed: PACKED_IN_ORDER }),
    () => measure({ kind: "array", lengthBytes, seconds }),
    () => nativeLoop(results, lengthBytes, seconds, 1),
  ];
  const { figures, undisturbed } = rounds(results, `one core, ${lengthBytes} bytes`, turns);
  const [ours = [], packed = [], inOrder = [], array = [], native = []] = figures;
  const disturbed = !undisturbed;
  results.add("ours", "Mpps", ours, { goal: goals?.ours, disturbed });
  results.add("ours, packed rings", "Mpps", packed, { disturbed });
  results.add("ours, packed rings in order", "Mpps", inOrder, { disturbed });
  results.add("packed / split", "x", pairRatios(packed, ours), { goal: PACKED_GOAL, disturbed });
  results.add("packed in order / split", "x", pairRatios(inOrder, ours), { goal: PACKED_GOAL, disturbed });
  results.add("C twin (gcc -O3 -march=native)", "Mpps", native, { disturbed });
  results.add("array twin (typed arrays)", "Mpps", array, { disturbed });
  if (native.length === ours.length)
    results.add("ours / C twin", "x", pairRatios(ours, native), { goal: goals?.native, disturbed });
  results.add("ours / array twin", "x", pairRatios(ours, array), { goal: goals?.array, disturbed });
  return unpinned;
}

/** The C twin's figure; skipped, with the reason, where there is none. */
export function nativeLoop(results: Results, lengthBytes: number, seconds: number, threads: 1 | 2): Figure | undefined {
  let outcome: Outcome | undefined;
  const waited = waitedByChild(threads, () => {
    outcome = runNativePvp(lengthBytes, seconds, threads);
  });
  if (outcome?.value !== undefined) return { value: outcome.value, waited };
  results.skip("C twin", outcome?.reason ?? "no figure");
  return undefined;
}

/** A few pairs with real testpmd; it starts in seconds, so they are fewer and longer. */
async function realTestpmd(results: Results, lengthBytes: number, agreed: RingAgreement = {}): Promise<void> {
  const { testpmdRuns, testpmdSeconds, seconds } = results.effort;
  const ours: number[] = [];
  const theirs: number[] = [];
  let disturbed = false;
  const packed = agreed.packed === true;
  for (let round = 0; round < testpmdRuns; round++) {
    results.progress(
      `one core, ${lengthBytes} bytes: testpmd ${round + 1} of ${testpmdRuns}${packed ? ", packed" : ""}`,
    );
    const measured = measure({ kind: "loop", lengthBytes, seconds, lcores: 1, agreed });
    const outcome = await runTestpmdPvp(lengthBytes, testpmdSeconds, packed ? { virtioArgs: ",packed_vq=1" } : {});
    if (outcome.value === undefined) {
      results.skip("dpdk-testpmd", outcome.reason);
      if (theirs.length === 0) return;
      continue;
    }
    disturbed ||= measured.waited > WAITED_MAX;
    ours.push(measured.value);
    theirs.push(outcome.value);
  }
  const note = "one process, mac at all three hops, both directions added";
  const { testpmd, packedTestpmd } = GOALS[lengthBytes] ?? {};
  const over = packed ? ", packed rings" : "";
  results.add(`dpdk-testpmd${over}`, "Mpps", theirs, { note });
  const goal = packed ? packedTestpmd : testpmd;
  results.add(`ours / dpdk-testpmd${over}`, "x", pairRatios(ours, theirs), { goal, disturbed });
}
