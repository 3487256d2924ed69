// testpmd-report - a comparison of two testpmd runs for the terminal: a table of counters, the captures, the differences.
import { textTable } from "../report/table.ts";
import type { CounterRow, TestpmdComparison } from "./testpmd-compare.ts";

/** Text of a comparison. theirs: what the other side is called */
export function comparisonText(comparison: TestpmdComparison, theirs: string): string {
  const lines: string[] = [];
  const { counters, captures, text, exitCodes, differences } = comparison;
  if (counters.length > 0) {
    const rows = counters
      .filter(isShown)
      .map((row) => [
        `${row.block}, ${row.port}, ${row.counter}`,
        String(row.ours ?? "none"),
        String(row.theirs ?? "none"),
        difference(row),
      ]);
    lines.push(...textTable(["counter", "ours", theirs, "difference"], rows), "");
  }
  for (const { name, comparison: capture } of captures) lines.push(`${name}: ${capture.text}`);
  for (const { stream, command, ours, theirs: wanted } of text) {
    lines.push(`${stream}, after ${command === "" ? "the start" : JSON.stringify(command)}:`);
    lines.push(`  ours:  ${shown(ours)}`, `  ${theirs}:  ${shown(wanted)}`);
  }
  const [a, b] = exitCodes;
  if (a !== b) lines.push(`exit code: found ${a ?? "none"}, expected ${b ?? "none"}`);
  lines.push(differences === 0 ? "no difference" : `${differences} difference${differences === 1 ? "" : "s"}`);
  return `${lines.join("\n")}\n`;
}

/** Counters that are 0 on both sides say nothing. */
function isShown({ ours, theirs }: CounterRow): boolean {
  return ours !== 0 || theirs !== 0;
}

function difference({ ours, theirs, result }: CounterRow): string {
  if (result === "equal") return "0";
  const n = ours === undefined || theirs === undefined ? "missing" : String(ours - theirs);
  return result === "byShape" ? "by shape" : n;
}

function shown(line: string | undefined): string {
  return line === undefined ? "(no further line)" : JSON.stringify(line);
}
