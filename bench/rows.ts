// rows - what a benchmark gives: rows of figures with their spread, held against goals. Plain data.
import { spread } from "../src/run/throughput.ts";

/** Millions of packets a second, milliseconds, nanoseconds, or a ratio. */
export type Unit = "Mpps" | "ms" | "ns" | "x";

/** Fewer figures than this are shown and not judged. */
const JUDGED_MIN = 3;

/** A bound for the median; aim: what one would like beyond it. */
export type Goal =
  | { readonly least: number; readonly aim?: number; readonly most?: undefined }
  | { readonly most: number; readonly aim?: undefined; readonly least?: undefined };

export interface Row {
  readonly section: string;
  readonly name: string;
  readonly unit: Unit;
  readonly values: readonly number[];
  readonly samples: number;
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly goal: Goal | undefined;
  /** Against the goal; undefined: none, or not held against it (a quick run, a disturbed one, fewer than three figures). */
  readonly result: "pass" | "miss" | undefined;
  /** What belongs to the figure. */
  readonly note: string | undefined;
}

/** A figure that could not be had here, and why. */
export interface Skipped {
  readonly section: string;
  readonly name: string;
  readonly reason: string;
}

/** How much is measured. */
export interface Effort {
  /** Pairs and repetitions. */
  readonly runs: number;
  /** Seconds of each measured run, after its warm-up. */
  readonly seconds: number;
  /** Runs of real testpmd, which takes seconds to start, and the seconds of each. */
  readonly testpmdRuns: number;
  readonly testpmdSeconds: number;
  /** Frame lengths of the one-core loop, bytes. */
  readonly lengths: readonly number[];
  /** Packets of the captures. */
  readonly packets: number;
  /** Goals are judged. */
  readonly judged: boolean;
}

export const FULL: Effort = {
  runs: 7,
  seconds: 0.5,
  testpmdRuns: 3,
  testpmdSeconds: 2,
  lengths: [64, 512, 1518],
  packets: 1_000_000,
  judged: true,
};

/** For CI: shows that everything runs; its figures are too few to be judged. */
export const QUICK: Effort = {
  runs: 2,
  seconds: 0.1,
  testpmdRuns: 1,
  testpmdSeconds: 0.5,
  lengths: [64, 1518],
  packets: 100_000,
  judged: false,
};

export interface RowOptions {
  readonly goal?: Goal | undefined;
  readonly note?: string | undefined;
  /** Samples that the values stand for, where those are not single figures. */
  readonly samples?: number;
  /** Others had the core: shown, not judged. */
  readonly disturbed?: boolean;
}

/** Collects rows and says on the way what is being done. */
export class Results {
  readonly rows: Row[] = [];
  readonly skipped: Skipped[] = [];
  readonly effort: Effort;
  readonly progress: (line: string) => void;
  private readonly section: string;

  constructor(effort: Effort, progress: (line: string) => void, section = "", shared?: Results) {
    this.effort = effort;
    this.progress = progress;
    this.section = section;
    if (shared !== undefined) {
      this.rows = shared.rows;
      this.skipped = shared.skipped;
    }
  }

  /** The same results, seen from a section. */
  in(section: string): Results {
    return new Results(this.effort, this.progress, section, this);
  }

  /** Adds a row; nothing where there are no values. */
  add(
    name: string,
    unit: Unit,
    values: readonly number[],
    { goal, note, samples, disturbed = false }: RowOptions = {},
  ): void {
    if (values.length === 0) return;
    const row = {
      section: this.section,
      name,
      unit,
      values,
      samples: samples ?? values.length,
      ...spread(values),
      goal,
    };
    const judged = this.effort.judged && !disturbed && goal !== undefined && values.length >= JUDGED_MIN;
    const notes = [note, disturbed ? "disturbed" : undefined].filter((text) => text !== undefined && text !== "");
    const result = judged ? judge(row.median, goal) : undefined;
    this.rows.push({ ...row, note: notes.length === 0 ? undefined : notes.join(", "), result });
  }

  skip(name: string, reason: string): void {
    if (this.skipped.some((s) => s.section === this.section && s.name === name)) return;
    this.skipped.push({ section: this.section, name, reason });
    this.progress(`${this.section}, ${name}: skipped: ${reason}`);
  }
}

/** A median against its goal. */
export function judge(median: number, goal: Goal): "pass" | "miss" {
  if (goal.least !== undefined) return median >= goal.least ? "pass" : "miss";
  return median <= goal.most ? "pass" : "miss";
}

/** Ratios of what was measured side by side. @throws RangeError when the lists are not pairs */
export function pairRatios(ours: readonly number[], theirs: readonly number[]): number[] {
  if (ours.length !== theirs.length)
    throw new RangeError(`pairs: found ${ours.length} and ${theirs.length} figures, expected as many of each`);
  return ours.map((value, i) => value / theirs[i]!);
}
