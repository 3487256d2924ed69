// odp-equal - whether two lists of datapath actions are the same.
import type { DatapathAction } from "../wasm/ovs-actions.ts";

export function areActionsEqual(a: readonly DatapathAction[], b: readonly DatapathAction[]): boolean {
  return a.length === b.length && a.every((action, i) => areEqual(action, b[i]));
}

/** Of data without functions and circles. */
function areEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a) as (keyof typeof a)[];
  return keys.length === Object.keys(b).length && keys.every((key) => areEqual(a[key], b[key]));
}
