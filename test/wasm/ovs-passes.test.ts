// Whole ways of packets against recorded runs of real OVS 3.1: recirculation, groups, batches, the simple match table, meters. The same packets
// and megaflows, the same counters, the same packets out.
import { describe, expect, it } from "vitest";
import type { PmdStats } from "../../src/wasm/ovs-datapath.ts";
import { OvsBench } from "../support/ovs-bench.ts";
import { PassReplay, type RecordedMeter, type RecordedPass, recordedPasses } from "../support/ovs-passes.ts";

const { runs, meters } = recordedPasses();
const title = ({ kind, capture, times, config, rules }: RecordedPass): string =>
  `${kind}, ${capture} x ${times}, emc-insert-inv-prob ${config["emc-insert-inv-prob"]}, ${rules.join("; ")}`;

/** By pmd-stats-show's names. */
function shown(stats: PmdStats): Record<string, number> {
  const two = (value: number): number => Number(value.toFixed(2));
  return {
    "packets received": stats.received,
    "packet recirculations": stats.recirculated,
    "simple match hits": stats.simpleHits,
    "emc hits": stats.emcHits,
    "smc hits": stats.smcHits,
    "megaflow hits": stats.megaflowHits,
    "avg. subtable lookups per megaflow hit": two(stats.subtableLookupsPerHit),
    "miss with success upcall": stats.missed,
    "miss with failed upcall": stats.lost,
    "avg. packets per output batch": stats.sentBatches === 0 ? 0 : two(stats.sentPackets / stats.sentBatches),
  };
}

const datapathDrops = (drops: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(drops).filter(([name]) => name.startsWith("datapath_drop_")));

describe("ovs-datapath: recorded passes", () => {
  it.each(runs.map((run) => [title(run), run] as const))("%s", (_, run) => {
    const replay = new PassReplay(run);
    const { bench } = replay;
    expect(replay.replay()).toEqual(run.sent);
    expect(run.stats).toMatchObject(shown(bench.pmd.readStats()));
    expect(datapathDrops(bench.counts.drops)).toEqual(run.drops);
    const ours = [...bench.pmd.flowStats()].sort((a, b) => a.cookie - b.cookie);
    expect(ours.map(({ packets, bytes, tcpFlags }) => ({ packets, bytes, tcpFlags }))).toEqual(
      replay.known.map(({ flow: { packets, bytes, tcpFlags } }) => ({ packets, bytes, tcpFlags })),
    );
    expect(bench.machine.mbufsAway()).toBe(0);
  });
});

/** add-meter's text: unit and bands. */
function readMeter(text: string): { unit: "pktps" | "kbps"; bands: { rate: number; burst: number }[] } {
  const bursts = [...text.matchAll(/burst_size=(\d+)/g)].map(([, burst]) => Number(burst));
  const bands = [...text.matchAll(/rate=(\d+)/g)].map(([, rate], i) => ({ rate: Number(rate), burst: bursts[i] ?? 0 }));
  return { unit: text.includes("pktps") ? "pktps" : "kbps", bands };
}

describe("ovs-datapath: recorded meters", () => {
  it.each(meters.map((recorded): [string, RecordedMeter] => [recorded.meter, recorded]))("%s", (_, recorded) => {
    const bench = new OvsBench({ kind: "dummy" });
    const { unit, bands } = readMeter(recorded.meter);
    bench.datapath.setMeter(1, unit, bands);
    bench.decide = () => ({
      actions: [
        { type: "meter", id: 1 },
        { type: "output", port: 2 },
      ],
      install: false,
    });
    const frame = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => [0x12, 0x34][i - 12] ?? 0);
    bench.receive(1, [frame(60)], 0);
    bench.sent(2);
    let ms = 0;
    const sent = recorded.steps.map(([passed, small, large]) => {
      ms += passed;
      for (let i = 0; i < small + large; i++) bench.receive(1, [frame(i < small ? 60 : 1000)], ms * 1000);
      return bench.sent(2).length;
    });
    expect(sent).toEqual(recorded.sent);
    const { packets, bytes, bands: dropped } = bench.datapath.meter(1)!;
    expect([[packets, bytes], ...dropped.map((band) => [band.packets, band.bytes])]).toEqual(recorded.counts);
  });
});
