// index - what `import { replay } from "ringbed"` gives: the typed verbs over Node.
import type { LabOptions, OvsCommand } from "../lab/lab-options.ts";
import { textLines } from "../lab/line-source.ts";
import { openLab } from "../lab/open-lab.ts";
import type { ReplayOptions } from "../run/options.ts";
import { replayOn } from "../run/replay.ts";
import type { RunReport, TraceRecord } from "../run/report.ts";
import type { Ledger } from "../wasm/counters.ts";
import { nodeHost } from "./host.ts";
import { nodeLabHost } from "./lab-host.ts";

export { CheckError, RingbedError, RunError, UsageError } from "../errors.ts";
export type { LabOptions, OvsCommand } from "../lab/lab-options.ts";
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

export interface LabReport {
  /** The script's exit code. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Every command of Open vSwitch, with its answer. */
  readonly commands: readonly OvsCommand[];
  /** Where every packet of the lab is, or what became of it. */
  readonly ledger: Ledger;
  /** With `trace`: each hop of those packets. */
  readonly trace: readonly TraceRecord[];
}

/** Runs a script's text as `ringbed lab` would. @throws UsageError for options that cannot be used, RunError when the run breaks */
export async function lab(script: string, options: LabOptions = {}): Promise<LabReport> {
  let [stdout, stderr] = ["", ""];
  const commands: OvsCommand[] = [];
  const io = {
    out: (text: string): void => {
      stdout += text;
    },
    err: (text: string): void => {
      stderr += text;
    },
  };
  const onCommand = (ran: OvsCommand): void => {
    commands.push(ran);
    options.onCommand?.(ran);
  };
  const opened = await openLab(
    nodeLabHost(io, () => false),
    { ...options, onCommand },
  );
  const code = await opened.run(textLines(script));
  return { code, stdout, stderr, commands, ledger: opened.machine.ledger(), trace: opened.trace };
}
