// console - recorded console sessions (test/recorded/record-console.py) carried out in a lab: each line's answer beside the real one's.
import { readFileSync } from "node:fs";
import type { LabOptions } from "../../src/lab/lab-options.ts";
import { openLab } from "../../src/lab/open-lab.ts";
import { nodeLabHost } from "../../src/node/lab-host.ts";

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface Exchange {
  readonly line: string;
  readonly real: Answer;
  readonly ours: Answer;
}

/** A line, what it printed to both streams, and its exit code. */
type RecordedLine = readonly [line: string, stdout: string, stderr: string, code: number];

export const readConsole = (name: string): RecordedLine[] =>
  JSON.parse(readFileSync(new URL(`../recorded/${name}.json`, import.meta.url), "utf8")) as RecordedLine[];

/** As record-console.py cleans what the real ones said. */
function clean(text: string): string {
  return (
    text
      .replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\|/gm, "DATE|")
      .replace(/duration=[\d.]+s/g, "duration=TIME")
      .replace(/idle_age=\d+/g, "idle_age=N")
      .replace(/dpid:[0-9a-f]{16}/g, "dpid:ID")
      .replace(/addr:[0-9a-f:]{17}/g, "addr:MAC")
      .replace(/duration:[\d.]+s/g, "duration:TIME")
      // groups stand in no order
      .replace(/(?:^ group_id=.*\n)+/gm, (lines) =>
        lines
          .split(/(?<=\n)/)
          .sort()
          .join(""),
      )
  );
}

/** Carries a recorded session out, line by line. */
export async function carryOutConsole(name: string, options: LabOptions = {}): Promise<Exchange[]> {
  const recorded = readConsole(name);
  const found: Exchange[] = [];
  let [stdout, stderr, code] = ["", "", 0];
  const host = nodeLabHost(
    {
      out: (more) => {
        stdout += more;
      },
      err: (more) => {
        stderr += more;
      },
    },
    () => false,
  );
  const lab = await openLab(host, {
    ...options,
    onCommand: (ran) => {
      code = ran.code;
    },
  });
  let next = 0;
  const take = (): void => {
    if (next === 0) return;
    const [line, out, err, exit] = recorded[next - 1]!;
    const ours = { stdout: clean(stdout), stderr: clean(stderr), code };
    found.push({ line, real: { stdout: out, stderr: err, code: exit }, ours });
    [stdout, stderr, code] = ["", "", 0];
  };
  await lab.run({
    line: async () => {
      take();
      return recorded[next++]?.[0];
    },
  } as Parameters<typeof lab.run>[0]);
  return found;
}
