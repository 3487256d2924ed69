// What ovs-ofctl of OVS 3.1 said, recorded by test/recorded/openflow/record-openflow.py.
import { readFileSync } from "node:fs";
import type { OfNames } from "../../src/openflow/ofpact-context.ts";
import type { OfLog } from "../../src/openflow/ports.ts";

export function recorded<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../recorded/openflow/${name}.json`, import.meta.url), "utf8")) as T;
}

/** A log that keeps its lines as the recorder does. */
export function keptLog(): { readonly lines: string[]; readonly log: OfLog } {
  const lines: string[] = [];
  return { lines, log: (level, module, text) => lines.push(`${module}|${level}|${text}`) };
}

/** What `action` returns, or the message of the error it throws. */
export function outcome<T>(action: () => T): { readonly value: T } | { readonly error: string } {
  try {
    return { value: action() };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "UsageError") throw error;
    return { error: error.message };
  }
}

const byNumber = <T extends { readonly [name: string]: number }>(names: T) => ({
  name: (wanted: number) => Object.keys(names).find((name) => names[name] === wanted),
  number: (name: string) => names[name],
});

/** Of the switch that record-switch.py runs. */
export const SWITCH_NAMES: OfNames = {
  ports: byNumber({ p1: 1, p2: 2, p3: 3, br0: 0xfffe }),
  tables: byNumber({ five: 5 }),
};
