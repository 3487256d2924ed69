// flow-sort - `--sort` and `--rsort` of dump-flows: by priority, or by a field's value; flows that do not match on the field come last.
import { UsageError } from "../errors.ts";
import { mfFromName } from "../openflow/field-table.ts";
import { mfGet } from "../openflow/field-value.ts";
import type { FlowStats } from "../openflow/format-flow.ts";

interface Criterion {
  readonly field: string;
  readonly descending: boolean;
}

/** @throws UsageError for a field that there is not */
export function sortFlows(flows: readonly FlowStats[], criteria: readonly Criterion[]): FlowStats[] {
  // at last by priority, highest first
  const all = criteria.length === 0 ? [] : [...criteria, { field: "priority", descending: true }];
  const compare = all.map(({ field, descending }) => {
    if (field === "priority")
      return (a: FlowStats, b: FlowStats) => (descending ? b.priority - a.priority : a.priority - b.priority);
    const mf = mfFromName(field);
    if (mf === undefined) throw new UsageError(`${field}: unknown field name`);
    const value = ({ match }: FlowStats): string | undefined =>
      mfGet(mf, match.mask).every((byte) => byte === 0)
        ? undefined
        : [...mfGet(mf, match.flow)].map((b) => String.fromCharCode(b)).join("");
    return (a: FlowStats, b: FlowStats): number => {
      const [x, y] = [value(a), value(b)];
      if (x === y) return 0;
      if (x === undefined) return 1;
      if (y === undefined) return -1;
      return x < y === descending ? 1 : -1;
    };
  });
  return [...flows].sort((a, b) => {
    for (const by of compare) {
      const order = by(a, b);
      if (order !== 0) return order;
    }
    return 0;
  });
}
