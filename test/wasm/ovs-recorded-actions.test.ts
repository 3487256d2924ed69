// Each datapath action on whole, cut and lying frames against real OVS 3.1: the packets that leave, byte for byte.
import { describe, expect, it } from "vitest";
import { OvsBench } from "../support/ovs-bench.ts";
import { recordedActions } from "../support/ovs-recorded-actions.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("ovs-datapath: recorded actions", () => {
  it.each(recordedActions().map((recorded) => [recorded.text, recorded] as const))("%s", (_, { frames }) => {
    expect(frames.length).toBeGreaterThan(0);
    const bench = new OvsBench({ kind: "dummy", thread: { flowLimit: 16 } });
    bench.datapath.setVlanLimit(2);
    const ours = frames.map(({ frame, actions }) => {
      bench.decide = () => ({ actions, install: false });
      bench.receive(1, [frame]);
      return { frame: hex(frame), sent: [2, 3].map((port) => bench.sent(port).map(hex)) };
    });
    expect(ours).toEqual(frames.map(({ frame, sent }) => ({ frame: hex(frame), sent })));
    expect(bench.machine.mbufsAway()).toBe(0);
  });
});
