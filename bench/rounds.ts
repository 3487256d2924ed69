// rounds - measures several things in turn, round by round, so that each round's figures are of the same moment. Every second round
// runs backwards. A round in which others had the core is repeated, at most as often again as there are rounds.
import { type Figure, WAITED_MAX } from "./disturbance.ts";
import type { Results } from "./rows.ts";

/** Measures one thing; undefined: it cannot be had here. */
export type Turn = () => Figure | undefined;

export interface Rounds {
  /** By turn: its figures, one a round; empty for a turn that gave none. */
  readonly figures: readonly (readonly number[])[];
  /** False: no round was undisturbed, and the figures are those of the disturbed ones. */
  readonly undisturbed: boolean;
}

/** label: what progress calls it */
export function rounds(results: Results, label: string, turns: readonly Turn[]): Rounds {
  const { runs } = results.effort;
  const good: (Figure | undefined)[][] = [];
  const bad: (Figure | undefined)[][] = [];
  for (let n = 0; n < 2 * runs && good.length < runs; n++) {
    results.progress(
      `${label}: round ${good.length + 1} of ${runs}${bad.length > 0 ? `, ${bad.length} disturbed` : ""}`,
    );
    const order = turns.map((_, i) => (n % 2 === 0 ? i : turns.length - 1 - i));
    const round: (Figure | undefined)[] = turns.map(() => undefined);
    for (const i of order) round[i] = turns[i]!();
    (round.every((f) => f === undefined || f.waited <= WAITED_MAX) ? good : bad).push(round);
  }
  if (bad.length > 0)
    results.skip(`${bad.length} rounds of ${label}`, "others had the core for more than 5 % of a measurement");
  const used = good.length > 0 ? good : bad;
  const figures = turns.map((_, i) => used.flatMap((round) => round[i]?.value ?? []));
  return { figures, undisturbed: good.length > 0 };
}
