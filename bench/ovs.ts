// ovs - the userspace datapath's lookups by themselves: extraction, EMC, classifier, and a whole burst through all; then its whole way, from a
// simulated NIC to a port. The goals of the lookups are a prototype's, whose classifier had masks of two words; these have six, as megaflows do.
import { measure } from "./measure.ts";
import type { OvsLoop } from "./ovs-loops.ts";
import { runOvsPcap } from "./peers/ovs-pcap.ts";
import { rounds, type Turn } from "./rounds.ts";
import { type Goal, pairRatios, type Results } from "./rows.ts";

const ROWS: readonly { name: string; loop: OvsLoop; goal?: Goal }[] = [
  { name: "extract 64 bytes of UDP, a call each", loop: { what: "extract" } },
  { name: "EMC lookup, 100 flows", loop: { what: "emc", flows: 100 }, goal: { least: 90 } },
  { name: "EMC lookup, 8192 flows", loop: { what: "emc", flows: 8192 }, goal: { least: 35 } },
  { name: "dpcls lookup, 1 subtable", loop: { what: "dpcls", flows: 1024, subtables: 1 }, goal: { least: 80 } },
  { name: "dpcls lookup, 4 subtables", loop: { what: "dpcls", flows: 1024, subtables: 4 }, goal: { least: 25 } },
  { name: "dpcls lookup, 16 subtables", loop: { what: "dpcls", flows: 1024, subtables: 16 }, goal: { least: 14 } },
  { name: "extract, hash, EMC, count; 100 flows", loop: { what: "burst", flows: 100 } },
  { name: "extract, hash, EMC, count; 4000 flows", loop: { what: "burst", flows: 4000 } },
  { name: "NIC to port, simple match, 1 flow", loop: { what: "path", flows: 1, by: "simple" }, goal: { least: 20 } },
  { name: "NIC to port, EMC, 1 flow", loop: { what: "path", flows: 1, by: "emc" }, goal: { least: 20 } },
  { name: "NIC to port, EMC, 4000 flows", loop: { what: "path", flows: 4000, by: "emc" }, goal: { least: 12 } },
  { name: "NIC to port, classifier, 4000 flows", loop: { what: "path", flows: 4000, by: "dpcls" } },
  { name: "PVP, EMC both ways, 1 flow", loop: { what: "pvp", flows: 1 }, goal: { least: 15 } },
  { name: "PVP, EMC both ways, 1000 flows", loop: { what: "pvp", flows: 1000 }, goal: { least: 10 } },
  { name: "upcalls with installation", loop: { what: "upcall" }, goal: { least: 0.3 } },
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

/** Pairs with the real Open vSwitch: what enters a port from an endless capture and leaves by a null port. */
const PAIRS = [
  { name: "simple match, 1 flow", flows: 1, by: "simple" },
  { name: "EMC, 1 flow", flows: 1, by: "emc" },
  { name: "EMC, 4000 flows", flows: 4000, by: "emc" },
] as const;

export async function ovsPeers(results: Results): Promise<void> {
  const { seconds, testpmdRuns, testpmdSeconds } = results.effort;
  for (const { name, flows, by } of PAIRS) {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < testpmdRuns; round++) {
      results.progress(`Open vSwitch, ${name}: ${round + 1} of ${testpmdRuns}`);
      const outcome = await runOvsPcap(flows, by === "simple", testpmdSeconds);
      if (outcome.value === undefined) return results.skip("Open vSwitch", outcome.reason);
      theirs.push(outcome.value);
      ours.push(measure({ kind: "ovs", loop: { what: "path", flows, by }, seconds }).value);
    }
    results.add(`${name}: ours`, "Mpps", ours);
    results.add(`${name}: Open vSwitch`, "Mpps", theirs, { note: "net_pcap with infinite_rx to net_null" });
    results.add(`${name}: ours / Open vSwitch`, "x", pairRatios(ours, theirs), { goal: { least: 1 } });
  }
}
