// index - what `import { replay } from "ringbed"` gives: the typed verbs over Node.
import type { ReplayOptions } from "../run/options.ts";
import { replayOn } from "../run/replay.ts";
import type { RunReport } from "../run/report.ts";
import { nodeHost } from "./host.ts";

export { CheckError, RingbedError, RunError, UsageError } from "../errors.ts";
export type { ReplayOptions } from "../run/options.ts";
export type { LcoreReport, PortReport, RunReport, StreamReport, TraceRecord } from "../run/report.ts";
export type { Ledger } from "../wasm/counters.ts";

/**
 * Replays captures through a topology in virtual time: what `ringbed replay --json` prints, as an object.
 * @throws UsageError for options and captures that cannot be used, RunError when the run breaks
 */
export function replay(options: ReplayOptions): Promise<RunReport> {
  return replayOn(
    nodeHost((line) => process.emitWarning(line, "ringbed")),
    options,
  );
}
