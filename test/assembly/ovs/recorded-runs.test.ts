// Caches and classifier against recorded runs of real OVS 3.1: the same packets and megaflows, the same counters.
import { describe, expect, it } from "vitest";
import type { PmdStats } from "../../../src/wasm/ovs-stats.ts";
import { Extractor } from "../../support/ovs-extract.ts";
import { type RecordedRun, type RecordedStats, recordedRuns } from "../../support/ovs-recorded.ts";
import { OvsReplay } from "../../support/ovs-replay.ts";

const title = ({ kind, capture, times, config, flows }: RecordedRun): string => {
  const caches = `emc-insert-inv-prob ${config["emc-insert-inv-prob"]}${config["smc-enable"] ? ", smc" : ""}`;
  return `${kind}, ${capture} x ${times}, ${caches}, ${flows.length} megaflows`;
};

/** Our counters by pmd-stats-show's names. */
function shown(stats: PmdStats) {
  return {
    "packets received": stats.received,
    "emc hits": stats.emcHits,
    "smc hits": stats.smcHits,
    "megaflow hits": stats.megaflowHits,
    "avg. subtable lookups per megaflow hit": Number(stats.subtableLookupsPerHit.toFixed(2)),
    "miss with success upcall": stats.missed,
    "miss with failed upcall": stats.lost,
  };
}

/**
 * With more than a few megaflows real OVS's SMC counts differ from run to run: it keeps a megaflow's place in a hash table that is filled under a
 * random seed and moves its entries as it grows.
 */
const SMC_STEADY = 4;

describe("ovs: recorded runs", () => {
  it.each(recordedRuns().map((run) => [title(run), run] as const))(
    "%s: counters and megaflows are real OVS's",
    (_, run) => {
      const replay = new OvsReplay(run, new Extractor());
      replay.replay(run.times);
      if (run.first !== undefined) {
        expect(shown(replay.pmd.readStats())).toEqual(expect.objectContaining(comparable(run, run.first)));
        replay.sort();
        replay.replay(run.times);
      }
      expect(shown(replay.pmd.readStats())).toMatchObject(comparable(run, run.stats));

      for (const recorded of replay.recorded) {
        const ours = replay.pmd.describe(replay.installed.get(recorded)!);
        const { packets, bytes, tcpFlags, miniflowBits } = recorded.flow;
        expect(ours).toMatchObject({ packets, bytes, tcpFlags, miniflowBits });
      }
    },
  );
});

function comparable(run: RecordedRun, stats: RecordedStats): Partial<RecordedStats> {
  const { "packets received": received, "miss with success upcall": missed, "miss with failed upcall": lost } = stats;
  if (run.config["smc-enable"] && run.flows.length > SMC_STEADY)
    return { "packets received": received, "miss with success upcall": missed, "miss with failed upcall": lost };
  return {
    "packets received": received,
    "emc hits": stats["emc hits"],
    "smc hits": stats["smc hits"],
    "megaflow hits": stats["megaflow hits"],
    "avg. subtable lookups per megaflow hit": stats["avg. subtable lookups per megaflow hit"],
    "miss with success upcall": missed,
    "miss with failed upcall": lost,
  };
}
