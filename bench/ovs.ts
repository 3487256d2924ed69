// ovs - the userspace datapath's lookups by themselves: extraction, EMC, classifier, and a whole burst through all. The goals are a prototype's,
// whose classifier had masks of two words; these have six, as megaflows do.
import { measure } from "./measure.ts";
import type { OvsLoop } from "./ovs-loops.ts";
import { rounds, type Turn } from "./rounds.ts";
import type { Goal, Results } from "./rows.ts";

const ROWS: readonly { name: string; loop: OvsLoop; goal?: Goal }[] = [
  { name: "extract 64 bytes of UDP, a call each", loop: { what: "extract" } },
  { name: "EMC lookup, 100 flows", loop: { what: "emc", flows: 100 }, goal: { least: 90 } },
  { name: "EMC lookup, 8192 flows", loop: { what: "emc", flows: 8192 }, goal: { least: 35 } },
  { name: "dpcls lookup, 1 subtable", loop: { what: "dpcls", flows: 1024, subtables: 1 }, goal: { least: 80 } },
  { name: "dpcls lookup, 4 subtables", loop: { what: "dpcls", flows: 1024, subtables: 4 }, goal: { least: 25 } },
  { name: "dpcls lookup, 16 subtables", loop: { what: "dpcls", flows: 1024, subtables: 16 }, goal: { least: 14 } },
  { name: "extract, hash, EMC, count; 100 flows", loop: { what: "burst", flows: 100 } },
  { name: "extract, hash, EMC, count; 4000 flows", loop: { what: "burst", flows: 4000 } },
];

/** All of them in turn, round by round. */
export function ovsCaches(results: Results): void {
  const { seconds } = results.effort;
  const turns = ROWS.map(
    ({ loop }): Turn =>
      () =>
        measure({ kind: "ovs", loop, seconds }),
  );
  const { figures, undisturbed } = rounds(results, "OVS datapath", turns);
  ROWS.forEach(({ name, goal }, i) => {
    results.add(name, "Mpps", figures[i] ?? [], { goal, disturbed: !undisturbed });
  });
}
