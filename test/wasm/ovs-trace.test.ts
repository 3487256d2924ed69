// A traced packet's way through the datapath: which cache knew it, why the others did not, what was done with it.
import { describe, expect, it } from "vitest";
import { readOvsHops } from "../../src/wasm/ovs-trace.ts";
import { always } from "../support/ovs-bench.ts";
import { OvsLab } from "../support/ovs-lab.ts";
import { frameFrom } from "../support/ovs-pmd.ts";

const US = 1_000_000n;
const OUT = [{ type: "output", port: 2 }] as const;

/** The hops of each packet of a source, one after the other. */
function ways(
  sources: readonly number[],
  configure: (lab: OvsLab) => void,
  fields = {},
  actions = always(OUT, fields),
): string[][] {
  const arrivals = sources.map((source, i) => ({ bytes: frameFrom(source), time: BigInt(i) * 50n * US, port: 1 }));
  const lab = new OvsLab({ ports: 2, threads: 1, arrivals, trace: [0, sources.length] });
  configure(lab);
  lab.run(actions);
  const hops = readOvsHops(lab.machine);
  return sources.map((_, i) => hops.filter(({ packet }) => packet === i).map(({ text }) => text));
}
const HASH = /^key: hash 0x[0-9a-f]{8}$/;

describe("ovs-trace", () => {
  it("the simple match table", () => {
    const [first, second] = ways([1, 1], (lab) => lab.datapath.setEmcInsertInvProb(0));
    expect(first).toEqual([
      "simple match: miss",
      expect.stringMatching(HASH),
      "megaflows: miss",
      "upcall",
      "action: output 2",
    ]);
    expect(second).toEqual(["simple match: hit, megaflow 0", "action: output 2"]);
  });

  it("the EMC: empty at first, then a hit", () => {
    const [first, second, third] = ways([1, 2, 1], (lab) => lab.datapath.setEmcInsertInvProb(1), {
      nw_dst: 0xffff_ffff,
    });
    // nothing is known of the port: the simple match table counts as having all
    expect(first?.at(0)).toBe("simple match: miss");
    expect(first?.at(-1)).toBe("EMC: entered");
    expect(second).toEqual([
      expect.stringMatching(HASH),
      "EMC: miss, first slot empty, second slot empty",
      "megaflows: hit, megaflow 0",
      "EMC: entered",
      "action: output 2",
    ]);
    expect(third).toEqual([expect.stringMatching(HASH), "EMC: hit, megaflow 0", "action: output 2"]);
  });

  it("the SMC", () => {
    const [, , third] = ways(
      [1, 1, 1],
      (lab) => {
        lab.datapath.setEmcInsertInvProb(0);
        lab.datapath.setSmcEnable(true);
      },
      { nw_dst: 0xffff_ffff },
    );
    expect(third).toEqual([expect.stringMatching(HASH), "SMC: hit, megaflow 0", "action: output 2"]);
  });

  it("a recirculated packet's passes, and actions by name", () => {
    const [first] = ways(
      [1],
      () => {},
      {},
      (upcall) => always(upcall.depth === 0 ? [{ type: "pop_vlan" }, { type: "recirc", id: 3 }] : OUT)(upcall),
    );
    expect(first?.filter((text) => text.startsWith("action") || text === "upcall")).toEqual([
      "upcall",
      "action: pop_vlan",
      "action: recirc 3",
      "upcall",
      "action: output 2",
    ]);
  });

  it("packets that nobody traces leave no record", () => {
    const arrivals = [{ bytes: frameFrom(1), port: 1 }];
    const lab = new OvsLab({ ports: 2, threads: 1, arrivals });
    lab.run(always(OUT));
    expect(readOvsHops(lab.machine)).toEqual([]);
  });
});
