// live-compare - a capture through four PVP set-ups at once: ours alone in virtual time, our guest on the real host, our host under the real
// guest, and the real ones on both sides. The last is what the others are held against: every packet that leaves, every counter of every
// port.
import { type Comparison, compareOrdered } from "../capture/compare.ts";
import { readPackets } from "../capture/packets.ts";
import type { PortReport } from "../node/index.ts";
import { textTable } from "../report/table.ts";
import { type LiveOptions, type LiveRun, runAlone, runLive } from "./live-run.ts";

export const SETUPS = ["ours alone", "our guest", "our host", "real"] as const;
type Setup = (typeof SETUPS)[number];

export interface LiveRow {
  readonly port: string;
  readonly counter: keyof PortReport;
  /** By set-up. */
  readonly values: readonly number[];
  readonly equal: boolean;
}

export interface LiveComparison {
  readonly rows: readonly LiveRow[];
  /** What left phy1, against the real run's, by set-up but the last. */
  readonly captures: readonly { readonly setup: Setup; readonly comparison: Comparison }[];
  readonly differences: number;
}

/** Runs all four and compares. @throws RunError when one cannot be run without loss */
export async function compareLive(options: LiveOptions, progress: (line: string) => void): Promise<LiveComparison> {
  const runs: LiveRun[] = [];
  for (const [i, setup] of SETUPS.entries()) {
    progress(`${setup} (${i + 1} of ${SETUPS.length})`);
    runs.push(await PLAYED[setup](options));
  }
  const real = runs.at(-1)!;
  const rows = Object.entries(real.ports).flatMap(([port, counters]) =>
    (Object.keys(counters) as (keyof PortReport)[]).map((counter): LiveRow => {
      const values = runs.map(({ ports }) => ports[port]?.[counter] ?? Number.NaN);
      return { port, counter, values, equal: values.every((value) => value === values[0]) };
    }),
  );
  const expected = readPackets(real.egress, "real");
  const captures = SETUPS.slice(0, -1).map((setup, i) => ({ setup, comparison: compare(runs[i]!.egress, expected) }));
  const differences =
    rows.filter(({ equal }) => !equal).length + captures.filter(({ comparison }) => !comparison.equal).length;
  return { rows, captures, differences };
}

const PLAYED: Readonly<Record<Setup, (options: LiveOptions) => Promise<LiveRun>>> = {
  "ours alone": runAlone,
  "our guest": (options) => runLive("real", "ours", options),
  "our host": (options) => runLive("ours", "real", options),
  real: (options) => runLive("real", "real", options),
};

function compare(egress: Uint8Array, expected: readonly Uint8Array[]): Comparison {
  const comparer = compareOrdered(expected);
  for (const packet of readPackets(egress, "ours")) {
    const record = new Uint8Array(4 + packet.length);
    new DataView(record.buffer).setUint32(0, packet.length, true);
    record.set(packet, 4);
    comparer.push(record);
  }
  return comparer.finish();
}

/** For the terminal. */
export function liveText({ rows, captures, differences }: LiveComparison): string {
  const shown = rows.filter(({ values, equal }) => !equal || values.some((value) => value !== 0));
  const cells = shown.map(({ port, counter, values, equal }) => [
    `${port}, ${counter}`,
    ...values.map(String),
    equal ? "0" : "different",
  ]);
  const table = textTable(["counter", ...SETUPS, "difference"], cells);
  const packets = captures.map(({ setup, comparison }) => `phy1, ${setup}: ${comparison.text}`);
  const end = differences === 0 ? "no difference" : `${differences} difference${differences === 1 ? "" : "s"}`;
  return `${[...table, "", ...packets, end].join("\n")}\n`;
}
