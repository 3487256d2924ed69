// A datapath thread's life: bursts, upcalls, megaflows that come and go, and what is refused. What recorded runs of real OVS show is tested there
// (recorded-runs.test.ts); here is what lib/dpif-netdev.c says of the rest.
import { describe, expect, it } from "vitest";
import { exact, FLOW_FIELDS } from "../../../src/wasm/ovs-flow.ts";
import { frameFrom, ofSource, PmdBench, PORT } from "../../support/ovs-pmd.ts";

const ALWAYS = { emcInsertInvProb: 1 };
const NEVER = { emcInsertInvProb: 0 };
const SECOND_PS = 1_000_000_000_000n;

describe("ovs/pmd: a burst", () => {
  it("32 packets of one new flow are one miss and 31 megaflow hits, then 32 EMC hits", () => {
    const bench = new PmdBench(ALWAYS);
    const burst = Array.from({ length: 32 }, () => frameFrom(1));
    const upcalls: number[] = [];
    const found = bench.lookup(burst, (i) => {
      upcalls.push(i);
      return bench.add(1);
    });
    expect(upcalls).toEqual([0]);
    expect(found[0]).toBeUndefined();
    expect(new Set(found.slice(1)).size).toBe(1);
    expect(bench.counts()).toEqual({ emc: 0, smc: 0, megaflow: 31, missed: 1 });
    bench.lookup(burst);
    expect(bench.counts()).toEqual({ emc: 32, smc: 0, megaflow: 0, missed: 0 });
    // the upcall's own packet is counted by OpenFlow, not by the megaflow
    expect(bench.pmd.describe(found[1]!)).toMatchObject({ packets: 63, bytes: 63 * 64, tcpFlags: 0 });
  });

  it("an upcall that installs nothing is asked for every packet, one that fails is a lost packet", () => {
    const bench = new PmdBench(ALWAYS);
    bench.lookup([frameFrom(1), frameFrom(1), frameFrom(1)], (i) => (i === 1 ? "failed" : "none"));
    expect(bench.pmd.readStats()).toMatchObject({ received: 3, missed: 2, lost: 1, megaflowHits: 0 });
  });

  it("frames below 14 bytes have no megaflow and no upcall", () => {
    const bench = new PmdBench(ALWAYS);
    bench.add(1);
    const runt = new Uint8Array(13);
    const found = bench.lookup([runt, frameFrom(1), runt], () => expect.fail("an upcall"));
    expect(found.map((flow) => flow !== undefined)).toEqual([false, true, false]);
    expect(bench.pmd.readStats()).toMatchObject({ received: 3, invalid: 2, megaflowHits: 1 });
  });

  it("a megaflow is another port's only there", () => {
    const bench = new PmdBench(ALWAYS);
    const mine = bench.add(1);
    const { key, mask } = ofSource(1);
    const theirs = bench.pmd.addFlow({ ...key, in_port: 2 }, mask);
    for (const inPort of [PORT, 2, PORT, 2])
      expect(bench.lookup([frameFrom(1)], undefined, { inPort })).toEqual([inPort === 2 ? theirs : mine]);
    expect(bench.counts()).toEqual({ emc: 2, smc: 0, megaflow: 2, missed: 0 });
  });

  it("a recirculated packet has another key and another place in the EMC", () => {
    const bench = new PmdBench(ALWAYS);
    const { key, mask } = ofSource(1);
    const first = bench.pmd.addFlow(key, mask);
    const again = bench.pmd.addFlow({ ...key, recirc_id: 7 }, mask);
    const recirculated = { recirculated: { recircId: 7, dpHash: 0, depth: 1 } };
    for (let round = 0; round < 2; round++) {
      expect(bench.lookup([frameFrom(1)])).toEqual([first]);
      expect(bench.lookup([frameFrom(1)], undefined, recirculated)).toEqual([again]);
    }
    expect(bench.pmd.readStats()).toMatchObject({ received: 2, recirculated: 2, emcHits: 2, megaflowHits: 2 });
  });

  it("recirculation mixes its depth into the hash, so a packet's passes do not share two slots", () => {
    const bench = new PmdBench(ALWAYS);
    const { key, mask } = ofSource(1);
    const ids = [0, 7, 8];
    for (const recirc_id of ids) bench.pmd.addFlow({ ...key, recirc_id }, mask);
    const pass = (recircId: number) => (recircId === 0 ? {} : { recirculated: { recircId, dpHash: 0, depth: 1 } });
    for (let round = 0; round < 10; round++) for (const id of ids) bench.lookup([frameFrom(1)], undefined, pass(id));
    expect(bench.counts()).toEqual({ emc: 27, smc: 0, megaflow: 3, missed: 0 });
  });

  it("a port whose emc-enable is false neither looks into the EMC nor fills it", () => {
    const bench = new PmdBench(ALWAYS);
    bench.add(1);
    bench.pmd.setEmcInsertInvProb(0);
    bench.lookup([frameFrom(1)]);
    bench.pmd.setEmcInsertInvProb(1);
    bench.lookup([frameFrom(1)]);
    bench.pmd.setEmcInsertInvProb(0);
    bench.lookup([frameFrom(1)]);
    expect(bench.counts()).toEqual({ emc: 0, smc: 0, megaflow: 3, missed: 0 });
  });

  it("with emc-insert-inv-prob 100 about one miss in a hundred enters the EMC, by the seed which", () => {
    const entered = (seed: number): number[] => {
      const bench = new PmdBench({ emcInsertInvProb: 100, seed });
      bench.pmd.addFlow({ in_port: PORT, dl_type: 0x800 }, { ...exact("dl_type", "nw_frag"), vlan_tci: 0x1fff });
      const rounds = Array.from({ length: 4000 }, (_, i) => {
        bench.lookup([frameFrom(1000 + i)]);
        bench.lookup([frameFrom(1000 + i)]);
        return bench.counts().emc;
      });
      return rounds.flatMap((hits, i) => (hits > 0 ? [i] : []));
    };
    const first = entered(1);
    expect(first.length).toBeGreaterThan(20);
    expect(first.length).toBeLessThan(65);
    expect(entered(1)).toEqual(first);
    expect(entered(2)).not.toEqual(first);
  });
});

describe("ovs/pmd: megaflows that go", () => {
  it("a deleted megaflow is found in no cache", () => {
    const bench = new PmdBench({ emcInsertInvProb: 1, smcEnable: true });
    const flow = bench.add(1);
    bench.lookup([frameFrom(1)]);
    expect(bench.lookup([frameFrom(1)])).toEqual([flow]);
    bench.pmd.deleteFlow(flow);
    bench.counts();
    expect(bench.lookup([frameFrom(1)])).toEqual([undefined]);
    expect(bench.counts()).toEqual({ emc: 0, smc: 0, megaflow: 0, missed: 1 });
  });

  it("its memory is not another's while the EMC holds it, and is when the sweep has passed", () => {
    const bench = new PmdBench(ALWAYS);
    const flow = bench.add(1);
    bench.lookup([frameFrom(1)]);
    bench.pmd.deleteFlow(flow);
    const next = bench.add(2);
    expect(next).not.toBe(flow);
    // one entry a call; the other slot of the key was never used
    for (let i = 0; i < 8192; i++) bench.pmd.housekeeping(0n);
    expect(bench.add(3)).toBe(flow);
  });

  it("a megaflow that takes a dead one's entry in the EMC is found there", () => {
    const bench = new PmdBench(ALWAYS);
    const flow = bench.add(1);
    bench.lookup([frameFrom(1)]);
    bench.pmd.deleteFlow(flow);
    const again = bench.add(1);
    bench.lookup([frameFrom(1)]);
    bench.counts();
    expect(bench.lookup([frameFrom(1)])).toEqual([again]);
    expect(bench.counts().emc).toBe(1);
    // nothing holds the dead one any more
    expect(bench.add(2)).toBe(flow);
  });

  it("the SMC's number of another port's megaflow is not taken", () => {
    const bench = new PmdBench({ emcInsertInvProb: 0, smcEnable: true });
    const { key, mask } = ofSource(1);
    const flows = [PORT, 2].map((in_port) => bench.pmd.addFlow({ ...key, in_port }, mask));
    for (const inPort of [PORT, 2, 2, PORT])
      expect(bench.lookup([frameFrom(1)], undefined, { inPort })).toEqual([flows[inPort - 1]]);
    // one hash, one way: the number is the last one's
    expect(bench.counts()).toEqual({ emc: 0, smc: 1, megaflow: 3, missed: 0 });
  });

  it("the SMC's number of a deleted megaflow, given to another, finds nothing wrong", () => {
    const bench = new PmdBench({ emcInsertInvProb: 0, smcEnable: true });
    const flow = bench.add(1);
    bench.lookup([frameFrom(1)]);
    bench.lookup([frameFrom(1)]);
    expect(bench.counts()).toEqual({ emc: 0, smc: 1, megaflow: 1, missed: 0 });
    bench.pmd.deleteFlow(flow);
    const other = bench.add(2);
    expect(bench.lookup([frameFrom(1), frameFrom(2)])).toEqual([undefined, other]);
    expect(bench.counts()).toEqual({ emc: 0, smc: 0, megaflow: 1, missed: 1 });
  });

  it("ten times the limit may come and go", () => {
    const bench = new PmdBench({ ...NEVER, flowLimit: 1000 });
    for (let round = 0; round < 10; round++) {
      const flows = Array.from({ length: 1000 }, (_, i) => bench.add(i));
      expect(bench.lookup([frameFrom(0), frameFrom(999), frameFrom(1000)])).toEqual([flows[0], flows[999], undefined]);
      for (const flow of flows) bench.pmd.deleteFlow(flow);
    }
  });

  it("a table that is full refuses, and goes on as it was", () => {
    const bench = new PmdBench({ ...NEVER, flowLimit: 1000 });
    const flows = Array.from({ length: 1000 }, (_, i) => bench.add(i));
    expect(() => bench.add(1000)).toThrow("megaflow: found no room for one more");
    expect(bench.lookup([frameFrom(999), frameFrom(1000)])).toEqual([flows[999], undefined]);
    bench.pmd.deleteFlow(flows[0]!);
    const last = bench.add(1000);
    expect(bench.lookup([frameFrom(0), frameFrom(1000)])).toEqual([undefined, last]);
  });

  it("a mask of every field fits", () => {
    const bench = new PmdBench();
    const { key } = ofSource(1);
    const flow = bench.pmd.addFlow(key, exact(...FLOW_FIELDS));
    const { mask, miniflowBits } = bench.pmd.describe(flow);
    expect(mask).toEqual(exact(...FLOW_FIELDS));
    expect(miniflowBits).toEqual([11, 15]);
  });
});

describe("ovs/pmd: subtables", () => {
  /** Two subtables: sources, and ports of a source. */
  const two = (): PmdBench => {
    const bench = new PmdBench(NEVER);
    bench.add(1);
    const { key, mask } = ofSource(2);
    bench.pmd.addFlow({ ...key, nw_proto: 17, tp_src: 1024 }, { ...mask, ...exact("nw_proto", "tp_src") });
    return bench;
  };
  const lookups = (bench: PmdBench, source: number): number => {
    const sum = (): number => {
      const { megaflowHits, subtableLookupsPerHit } = bench.pmd.readStats();
      return Math.round(megaflowHits * subtableLookupsPerHit);
    };
    const before = sum();
    expect(bench.lookup([frameFrom(source)])[0]).toBeDefined();
    return sum() - before;
  };

  it("stand in the order they were made, and by hits once more than a second has passed", () => {
    const bench = two();
    bench.pmd.housekeeping(1n);
    expect([lookups(bench, 1), lookups(bench, 2), lookups(bench, 2)]).toEqual([1, 2, 2]);
    bench.pmd.housekeeping(SECOND_PS + 1n); // not yet
    expect(lookups(bench, 2)).toBe(2);
    bench.pmd.housekeeping(SECOND_PS + 2n);
    expect([lookups(bench, 1), lookups(bench, 2)]).toEqual([2, 1]);
    // as many hits each since then: they stay
    bench.pmd.housekeeping(3n * SECOND_PS);
    expect([lookups(bench, 1), lookups(bench, 1), lookups(bench, 2)]).toEqual([2, 2, 1]);
    // only what was hit since the last time counts
    bench.pmd.housekeeping(5n * SECOND_PS);
    expect([lookups(bench, 1), lookups(bench, 2)]).toEqual([1, 2]);
  });

  it("go with their last megaflow", () => {
    const bench = new PmdBench(NEVER);
    const first = bench.add(1);
    const { key, mask } = ofSource(2);
    bench.pmd.addFlow({ ...key, nw_proto: 17 }, { ...mask, ...exact("nw_proto") });
    expect(lookups(bench, 2)).toBe(2);
    bench.pmd.deleteFlow(first);
    expect(lookups(bench, 2)).toBe(1);
  });
});

describe("ovs/pmd: arguments", () => {
  it.each([
    [{ seed: 0 }, "seed: found 0"],
    [{ emcInsertInvProb: -1 }, "emc-insert-inv-prob: found -1"],
    [{ emcInsertInvProb: 1.5 }, "emc-insert-inv-prob: found 1.5"],
  ])("%j is refused", (options, message) => expect(() => new PmdBench(options)).toThrow(message));

  it("a burst of none or of more than 32 is refused", () => {
    const bench = new PmdBench();
    expect(() => bench.lookup([])).toThrow("burst: found 0 packets, expected 1 to 32");
    expect(() => bench.lookup(Array.from({ length: 33 }, () => frameFrom(1)))).toThrow("burst: found 33 packets");
  });
});
