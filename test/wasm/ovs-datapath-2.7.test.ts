// What Open vSwitch 2.7 did otherwise on its way through the datapath, each against the same with 3.1.
import { describe, expect, it } from "vitest";
import { exact, type FlowFields } from "../../src/wasm/ovs-flow.ts";
import { udpFrame } from "../support/frames.ts";
import { always, OvsBench } from "../support/ovs-bench.ts";
import { frameFrom } from "../support/ovs-pmd.ts";

const frames = (n: number): Uint8Array[] => Array.from({ length: n }, (_, i) => udpFrame(64, i));
const to = (port: number) => ({ type: "output", port }) as const;
const OUT = [to(2)];
const BY_SOURCE: FlowFields = exact("nw_src");

describe("ovs-datapath: 2.7", () => {
  it("takes the EMC's hits before the classifier's, so packets of a burst change places", () => {
    const order = (version: "2.7" | "3.1"): Uint8Array[] => {
      const bench = new OvsBench({ version });
      bench.datapath.setEmcInsertInvProb(1);
      bench.decide = always(OUT, BY_SOURCE);
      for (const source of [1, 2]) bench.receive(1, [frameFrom(source)]);
      bench.sent(2);
      // of source 1 port 5 is in no cache, port 0 is
      bench.receive(1, [frameFrom(1, 5), frameFrom(2), frameFrom(1)]);
      return bench.sent(2);
    };
    expect(order("3.1")).toEqual([frameFrom(1, 5), frameFrom(1), frameFrom(2)]);
    expect(order("2.7")).toEqual([frameFrom(2), frameFrom(1), frameFrom(1, 5)]);
  });

  it("has no simple match table", () => {
    const bench = new OvsBench({ version: "2.7" });
    bench.datapath.setEmcInsertInvProb(1);
    bench.decide = always(OUT);
    bench.receive(1, frames(1));
    bench.receive(1, frames(1));
    expect(bench.pmd.readStats()).toMatchObject({ simpleHits: 0, emcHits: 1 });
  });

  it("forgets the EMC when a thread gets other queues, and 3.1 does not", () => {
    for (const [version, emcHits] of [
      ["3.1", 1],
      ["2.7", 0],
    ] as const) {
      const bench = new OvsBench({ version });
      bench.datapath.setEmcInsertInvProb(1);
      bench.decide = always(OUT, BY_SOURCE);
      bench.receive(1, [frameFrom(1)]);
      bench.pmd.poll(bench.pmd.rxqs);
      bench.receive(1, [frameFrom(1)]);
      expect(bench.pmd.readStats()).toMatchObject({ emcHits });
    }
  });

  it("looks into the EMC though nothing enters it any more", () => {
    for (const [version, emcHits] of [
      ["3.1", 0],
      ["2.7", 1],
    ] as const) {
      const bench = new OvsBench({ version });
      bench.datapath.setEmcInsertInvProb(1);
      bench.decide = always(OUT, BY_SOURCE);
      bench.receive(1, [frameFrom(1)]);
      bench.datapath.setEmcInsertInvProb(0);
      bench.receive(1, [frameFrom(1)]);
      expect(bench.pmd.readStats()).toMatchObject({ emcHits });
    }
  });
});
