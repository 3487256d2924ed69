// The datapath as a whole: polls, upcalls, lists of actions, what waits to be sent. What real OVS does with each action is in
// ovs-recorded-actions.test.ts, with whole runs in ovs-passes.test.ts; here is how the parts work together.
import { describe, expect, it } from "vitest";
import type { Upcall } from "../../src/wasm/ovs-datapath.ts";
import { exact, type FlowFields, flowFields } from "../../src/wasm/ovs-flow.ts";
import { udpFrame } from "../support/frames.ts";
import { always, maskWords, OvsBench } from "../support/ovs-bench.ts";
import { frameFrom } from "../support/ovs-pmd.ts";

const frames = (n: number): Uint8Array[] => Array.from({ length: n }, (_, i) => udpFrame(64, i));
const to = (port: number) => ({ type: "output", port }) as const;
const OUT = [to(2)];
const BY_SOURCE: FlowFields = exact("nw_src");
const keyOf = (upcall: Upcall) => flowFields(new Uint8Array(Uint32Array.from(upcall.key).buffer));

describe("ovs-datapath: upcalls", () => {
  it("the first packet of a flow is asked for, the others of its burst find the megaflow", () => {
    const bench = new OvsBench();
    bench.decide = always(OUT);
    const sent = frames(40);
    bench.receive(1, sent);
    expect(bench.upcalls.length).toBe(1);
    expect(bench.sent(2)).toEqual(sent);
    // 8 come in a second burst: all megaflows of the port are simple, so the simple match table has them
    expect(bench.pmd.readStats()).toMatchObject({
      received: 40,
      missed: 1,
      megaflowHits: 31,
      simpleHits: 8,
      emcHits: 0,
    });
  });

  it("is told the packet's key, its bytes and where it stands", () => {
    const bench = new OvsBench();
    const seen: unknown[] = [];
    bench.decide = (upcall) => {
      const { in_port, nw_src, tp_dst } = keyOf(upcall);
      seen.push({ in_port, nw_src, tp_dst, kind: upcall.kind, length: upcall.length, depth: upcall.depth });
      return always(OUT)(upcall);
    };
    bench.receive(3, [frameFrom(7)]);
    expect(seen).toEqual([{ in_port: 3n, nw_src: 0x0a000007n, tp_dst: 9n, kind: "miss", length: 64, depth: 0 }]);
    expect(bench.upcalls[0]?.packet).toEqual(frameFrom(7));
  });

  it("one that fails loses its packet", () => {
    const bench = new OvsBench();
    bench.receive(1, frames(3));
    expect(bench.pmd.readStats()).toMatchObject({ missed: 0, lost: 3 });
    expect(bench.counts.drops).toEqual({ datapath_drop_upcall_error: 3 });
  });

  it("one that installs nothing is asked for again", () => {
    const bench = new OvsBench();
    bench.decide = () => ({ actions: OUT, install: false });
    bench.receive(1, frames(3));
    expect([bench.upcalls.length, bench.sent(2).length, bench.pmd.flowCount]).toEqual([3, 3, 0]);
  });

  it("the megaflow may have other actions than the packet, and is known by its cookie", () => {
    const bench = new OvsBench();
    bench.decide = (upcall) => ({ ...always([to(3)])(upcall)!, putActions: OUT, cookie: 77 });
    const sent = frames(3);
    bench.receive(1, sent);
    expect([bench.sent(3), bench.sent(2)]).toEqual([sent.slice(0, 1), sent.slice(1)]);
    expect([...bench.pmd.flowStats()].map(({ cookie, packets }) => [cookie, packets])).toEqual([[77, 2]]);
  });

  it("where the mask has no VLAN, the megaflow is for untagged packets", () => {
    for (const [version, tci] of [
      ["3.1", 0x1fffn],
      ["2.7", 0xffffn],
    ] as const) {
      const bench = new OvsBench({ version });
      bench.decide = always(OUT);
      bench.receive(1, frames(1));
      const [{ flow = 0 } = {}] = [...bench.pmd.flowStats()];
      expect(bench.pmd.describe(flow).mask).toMatchObject({ vlan_tci: tci, in_port: 0xffff_ffffn });
    }
  });

  it("a megaflow that a packet's own actions have brought is not made again", () => {
    const bench = new OvsBench();
    let asked = 0;
    bench.decide = (upcall) => {
      asked++;
      // the recirculated pass brings a megaflow for the first pass as well
      if (upcall.depth === 1) bench.pmd.putFlow(Uint32Array.from(upcall.key).fill(0, 108, 109), maskWords({}), OUT);
      upcall.mask.set(maskWords({}));
      return { actions: upcall.depth === 0 ? [{ type: "recirc", id: 5 }] : OUT, install: true };
    };
    bench.receive(1, frames(1));
    expect([asked, bench.pmd.flowCount]).toEqual([2, 2]);
  });
});

describe("ovs-datapath: megaflows that change while an upcall waits", () => {
  it("one that is deleted meanwhile serves the packets that had found it, and is let go of afterwards", () => {
    const bench = new OvsBench();
    bench.decide = always(OUT, BY_SOURCE);
    bench.receive(1, [frameFrom(1)]);
    const [{ flow = 0 } = {}] = [...bench.pmd.flowStats()];
    bench.sent(2);
    bench.decide = (upcall) => {
      bench.pmd.deleteFlow(flow);
      return always([to(3)], BY_SOURCE)(upcall);
    };
    bench.receive(1, [frameFrom(1), frameFrom(2), frameFrom(1)]);
    expect([bench.sent(2), bench.sent(3)]).toEqual([[frameFrom(1), frameFrom(1)], [frameFrom(2)]]);
    expect(bench.pmd.flowCount).toBe(1);
    bench.decide = always([to(3)], BY_SOURCE);
    bench.receive(1, [frameFrom(1)]);
    expect(bench.sent(3)).toEqual([frameFrom(1)]);
  });

  it("one that is modified meanwhile has its new actions for all packets that are not yet under way", () => {
    const bench = new OvsBench();
    bench.decide = always(OUT, BY_SOURCE);
    bench.receive(1, [frameFrom(1)]);
    const [{ flow = 0 } = {}] = [...bench.pmd.flowStats()];
    bench.sent(2);
    bench.decide = (upcall) => {
      bench.pmd.modifyFlow(flow, [to(3)]);
      return always([], BY_SOURCE)(upcall);
    };
    bench.receive(1, [frameFrom(1), frameFrom(2)]);
    expect([bench.sent(2).length, bench.sent(3).length]).toEqual([0, 1]);
  });

  it("thousands come and go without using memory up", () => {
    const bench = new OvsBench({ thread: { flowLimit: 64 } });
    bench.decide = always(
      [{ type: "push_vlan", tpid: 0x8100, tci: 0x1001 }, to(2), { type: "pop_vlan" }, to(3)],
      BY_SOURCE,
    );
    for (let round = 0; round < 400; round++) {
      bench.receive(
        1,
        Array.from({ length: 40 }, (_, i) => frameFrom(round * 40 + i)),
      );
      expect(bench.pmd.flowCount).toBe(40);
      for (const { flow } of [...bench.pmd.flowStats()]) bench.pmd.deleteFlow(flow);
      for (const port of [2, 3]) bench.sent(port);
    }
    expect(bench.machine.mbufsAway()).toBe(0);
  });
});

describe("ovs-datapath: actions", () => {
  it("an output that is not the last sends copies", () => {
    const bench = new OvsBench();
    bench.decide = always([to(2), { type: "push_vlan", tpid: 0x8100, tci: 0x1064 }, to(3)]);
    const [frame = new Uint8Array()] = frames(1);
    bench.receive(1, [frame, frame]);
    const tagged = Uint8Array.from([...frame.subarray(0, 12), 0x81, 0, 0, 0x64, ...frame.subarray(12)]);
    expect([bench.sent(2), bench.sent(3)]).toEqual([
      [frame, frame],
      [tagged, tagged],
    ]);
    expect(bench.counts).toEqual({ copied: 2, consumed: 0, drops: {} });
  });

  it.each([
    ["no actions", [], { actions_end: 5 }],
    ["actions without an output", [{ type: "pop_vlan" } as const], { actions_end: 5 }],
    [
      "a drop action, by its reason",
      [{ type: "drop", why: "of_pipeline" } as const, to(2)],
      { drop_action_of_pipeline: 5 },
    ],
    ["an unknown port", [to(9)], { datapath_drop_invalid_port: 5 }],
    [
      "a sample that takes none",
      [{ type: "sample", probability: 0, actions: OUT } as const],
      { datapath_drop_sample_error: 5 },
    ],
  ])("%s: dropped", (_, actions, drops) => {
    const bench = new OvsBench();
    bench.decide = always(actions);
    bench.receive(1, frames(5));
    expect([bench.counts.drops, bench.sent(2).length, bench.machine.mbufsAway()]).toEqual([drops, 0, 0]);
  });

  it("recirculation ends at its limit: 6 passes more, in 2.7 5", () => {
    for (const [version, passes] of [
      ["3.1", 7],
      ["2.7", 6],
    ] as const) {
      const bench = new OvsBench({ version });
      bench.decide = always([{ type: "recirc", id: 1 }]);
      bench.receive(1, frames(1));
      expect(bench.upcalls.map(({ depth }) => depth)).toEqual(Array.from({ length: passes }, (_, i) => i));
      expect(bench.counts.drops).toEqual({ datapath_drop_recirc_error: 1 });
    }
  });

  it("a pass that recirculation starts is over before the list goes on", () => {
    const bench = new OvsBench();
    const order: number[] = [];
    bench.decide = (upcall) => {
      order.push(upcall.depth);
      const lists = [[{ type: "recirc", id: 1 } as const, { type: "recirc", id: 2 } as const], OUT];
      return { actions: lists[Math.min(upcall.depth, 1)]!, install: false };
    };
    bench.receive(1, frames(2));
    expect(order).toEqual([0, 1, 1, 0, 1, 1]);
  });

  it("dp_hash, priority and mark are part of the next pass's key", () => {
    const bench = new OvsBench();
    const keys: Record<string, bigint>[] = [];
    bench.decide = (upcall) => {
      const { recirc_id, dp_hash, skb_priority, pkt_mark } = keyOf(upcall);
      keys.push({ recirc_id, skb_priority, pkt_mark, hashed: dp_hash === 0n ? 0n : 1n });
      if (upcall.depth > 0) return always(OUT)(upcall);
      const field = (name: string, value: bigint, mask: bigint) => [{ field: name, value, mask }];
      return always([
        { type: "set", key: "skb_priority", fields: field("skb_priority", 9n, 0xffff_ffffn) },
        { type: "set", key: "skb_mark", fields: field("pkt_mark", 0x55n, 0xf0n) },
        { type: "hash", algorithm: "sym_l4", basis: 3 },
        { type: "recirc", id: 4 },
      ])(upcall);
    };
    bench.receive(1, frames(1));
    expect(keys[1]).toEqual({ recirc_id: 4n, skb_priority: 9n, pkt_mark: 0x50n, hashed: 1n });
  });

  it("a userspace action asks for each packet, whose answer may be further actions; the last of a list ends the packet by design", () => {
    const bench = new OvsBench();
    const userspace = { type: "userspace", text: "userspace(pid=0,slow_path(action))", reason: "action" } as const;
    bench.decide = (upcall) => {
      if (upcall.kind === "miss") return always([to(2), userspace])(upcall);
      expect(upcall.action).toEqual(userspace);
      return { actions: [to(3)], install: false };
    };
    const sent = frames(3);
    bench.receive(1, sent);
    expect([bench.sent(2).length, bench.sent(3)]).toEqual([3, sent]);
    bench.decide = () => ({ actions: [], install: false });
    bench.receive(1, sent);
    expect(bench.counts).toEqual({ copied: 6, consumed: 3, drops: {} });
    bench.decide = () => undefined;
    bench.receive(1, sent);
    expect(bench.counts.drops).toEqual({ datapath_drop_userspace_action_error: 3 });
    expect(bench.machine.mbufsAway()).toBe(6); // copies of two rounds in the ring of port 2
  });

  it("a userspace action before the last leaves the packet to the list, cut copies aside", () => {
    const bench = new OvsBench();
    const userspace = {
      type: "userspace",
      text: "userspace(pid=0,controller(reason=1))",
      reason: "controller",
    } as const;
    bench.decide = (upcall) =>
      upcall.kind === "miss"
        ? always([{ type: "trunc", maxLen: 20 }, userspace, to(2)])(upcall)
        : { actions: [], install: false };
    const sent = frames(2);
    bench.receive(1, sent);
    expect(bench.upcalls.filter(({ kind }) => kind === "action").map(({ packet }) => packet.length)).toEqual([20, 20]);
    expect(bench.sent(2)).toEqual(sent);
    expect(bench.counts).toEqual({ copied: 2, consumed: 2, drops: {} });
  });

  it("lists within lists deeper than the engine holds are refused", () => {
    const bench = new OvsBench();
    let list: Parameters<typeof always>[0] = OUT;
    for (let i = 0; i < 32; i++) list = [{ type: "clone", actions: list }];
    bench.decide = always(list);
    bench.receive(1, frames(2));
    expect(bench.sent(2).length).toBe(2);
    bench.decide = always([{ type: "clone", actions: list }]);
    for (const { flow } of [...bench.pmd.flowStats()]) bench.pmd.deleteFlow(flow);
    expect(() => bench.receive(1, frames(1))).toThrow("actions: found more than 32 lists within lists");
  });
});

describe("ovs-datapath: settings", () => {
  it("a port whose emc-enable is false neither looks into the EMC nor fills it", () => {
    const bench = new OvsBench();
    bench.datapath.setEmcInsertInvProb(1);
    bench.port(1).setEmcEnable(false);
    for (const port of [1, 3]) {
      bench.decide = always(OUT, BY_SOURCE);
      for (let i = 0; i < 3; i++) bench.receive(port, [frameFrom(1)]);
    }
    expect(bench.pmd.readStats()).toMatchObject({ missed: 2, megaflowHits: 2, emcHits: 2 });
  });

  it("counters start anew when they are cleared", () => {
    const bench = new OvsBench();
    bench.decide = always(OUT);
    bench.receive(1, frames(3));
    bench.pmd.clearStats();
    expect([bench.pmd.readStats().received, bench.pmd.iterations]).toEqual([0, 0]);
    bench.receive(1, frames(3));
    expect(bench.pmd.readStats()).toMatchObject({ received: 3, simpleHits: 3, missed: 0 });
  });

  it.each([
    [{ number: 1024 }, "port: found 1024, expected 0 to 1023"],
    [{ number: 1 }, "port: found 1 taken, expected another"],
    [{ number: 7, tx: [] }, "port 7: found no tx queue, expected one"],
  ])("a port %j is refused", (port, message) => {
    const bench = new OvsBench();
    const tx = [bench.machine.addNullTx(9, 0)];
    expect(() => bench.datapath.addPort({ kind: "dpdk", rx: [], tx, ...port })).toThrow(message);
  });
});
