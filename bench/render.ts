// render - a benchmark's rows as a table for people, under a header that says what was measured and what was only modelled.
import { grouped, textTable } from "../src/report/table.ts";
import type { Goal, Row, Skipped } from "./rows.ts";

/** Where and how it was measured. */
export interface Environment {
  /** ISO 8601. */
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** Load average of the last minute before the start: others were at work. */
  readonly load: number;
  /** Why threads were not pinned; undefined: they were. */
  readonly unpinned: string | undefined;
  readonly quick: boolean;
}

const HEADER = ["", "median", "least", "most", "n", "unit", "goal", ""];

/** The whole text. stages: only the stages were timed */
export function benchText(
  environment: Environment,
  rows: readonly Row[],
  skipped: readonly Skipped[],
  stages: boolean,
): string {
  const sections = [...new Set([...rows, ...skipped].map((r) => r.section))];
  const cells = sections.flatMap((section) => [
    [section, ...HEADER.slice(1).map(() => "")],
    ...rows.filter((r) => r.section === section).map(rowCells),
  ]);
  const lines = [...head(environment, stages), "", ...textTable(HEADER, cells)];
  if (skipped.length > 0) lines.push("", ...skipped.map((s) => `skipped: ${s.section}: ${s.name}: ${s.reason}`));
  const judged = rows.filter((r) => r.result !== undefined);
  if (judged.length > 0) {
    const missed = judged.filter((r) => r.result === "miss").length;
    lines.push("", missed === 0 ? `all ${judged.length} goals reached` : `${missed} of ${judged.length} goals missed`);
  }
  return `${lines.join("\n")}\n`;
}

function head(e: Environment, stages: boolean): string[] {
  const pinned = e.unpinned === undefined ? "threads pinned" : `threads not pinned: ${e.unpinned}`;
  const lines = [
    `Ringbed bench, ${e.date}: ${e.cpu}, ${e.cores} cores, Node ${e.node}, load ${e.load} before, ${pinned}`,
    "Measured: how fast the simulator and its peers run on this machine, wall clock. Modelled: the wire and the NICs at both ends of the",
    "loop, which cost what a function call costs. No figure here is one of hardware.",
  ];
  if (stages) lines.push("median, least: 50th and 0th percentile of the timings; most: the 99th.");
  else {
    lines.push(
      "Loop: NIC -> vhost -> guest mac -> vhost -> NIC, split ring of 256, bursts of 32. Ratios are medians of pairs run side by side.",
    );
  }
  if (e.quick) lines.push("Quick: few short runs; nothing is held against its goal.");
  return lines;
}

function rowCells(row: Row): string[] {
  const figures = [row.median, row.least, row.most].map((value) => figure(value, row));
  const result = row.result === "miss" ? "MISS" : (row.result ?? "");
  const note = row.note === undefined ? "" : ` (${row.note})`;
  return [`  ${row.name}${note}`, ...figures, grouped(row.samples), row.unit, goalText(row.goal), result];
}

function figure(value: number, row: Row): string {
  const digits = row.unit === "x" || value < 10 ? 2 : value < 1000 ? 1 : 0;
  return value.toFixed(digits);
}

function goalText(goal: Goal | undefined): string {
  if (goal === undefined) return "";
  if (goal.most !== undefined) return `<= ${goal.most}`;
  return goal.aim === undefined ? `>= ${goal.least}` : `>= ${goal.least}, aim ${goal.aim}`;
}
