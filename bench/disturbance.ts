// disturbance - how long a measurement waited for its core because others had it. All that is measured here polls and never sleeps, so
// whatever it did not run, it waited. Linux only; elsewhere everything counts as undisturbed.
// Follows: proc(5). Invariant: D1 one rule for ours and theirs: a figure counts when less than 5 % of its time was waiting.
import { readdirSync, readFileSync } from "node:fs";

/** The largest share of a measurement that may be waiting. */
export const WAITED_MAX = 0.05;
const TICK_MS = 10;

/** A figure, and the share of its time that it waited for a core, 0 to 1. */
export interface Figure {
  readonly value: number;
  readonly waited: number;
}

/** Nanoseconds this thread has been ready to run without a core. */
export function waitedByThread(): number {
  return waitOf("/proc/thread-self/schedstat");
}

/** The same of all threads of this process together. */
export function waitedByProcess(): number {
  try {
    return readdirSync("/proc/self/task").reduce((sum, tid) => sum + waitOf(`/proc/self/task/${tid}/schedstat`), 0);
  } catch {
    return 0;
  }
}

function waitOf(path: string): number {
  try {
    return Number(readFileSync(path, "latin1").split(" ")[1]);
  } catch {
    return 0;
  }
}

/** CPU milliseconds, of 10 each, of children that have ended; undefined where the system does not say. */
function childrenCpuMs(): number | undefined {
  try {
    // after the name in parentheses: state is field 3, cutime and cstime are 16 and 17
    const fields = readFileSync("/proc/self/stat", "latin1").split(") ").at(-1)!.split(" ");
    return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
  } catch {
    return undefined;
  }
}

/** Runs a child that keeps `threads` threads busy from its start to its end, and gives the share of the time that they waited. */
export function waitedByChild(threads: number, run: () => void): number {
  const cpu = childrenCpuMs();
  const start = performance.now();
  run();
  const wall = performance.now() - start;
  const after = childrenCpuMs();
  if (cpu === undefined || after === undefined) return 0;
  // a tick may be missing at either end, and a process takes some milliseconds to start
  return Math.max(0, 1 - (after - cpu + 2 * TICK_MS) / (wall * threads));
}
