// What ports let through, against recorded ports of real OVS 3.1 with DPDK: MTU, ingress policing, egress policer. The rates are so low that the
// bucket's first filling decides. Then the buckets' refilling, as rte_meter computes it.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { always, OvsBench } from "../support/ovs-bench.ts";

interface RecordedLimit {
  readonly lengths: readonly number[];
  /** Columns of the interfaces. */
  readonly first: readonly string[];
  readonly second: readonly string[];
  readonly qos: readonly [cir: number, cbs: number] | null;
  readonly counters: Readonly<Record<"p1" | "p2", Readonly<Record<string, number>>>>;
  /** Which of the frames left. */
  readonly sent: readonly number[];
}

const limits = JSON.parse(
  readFileSync(new URL("../recorded/ovs/limits.json", import.meta.url), "utf8"),
) as RecordedLimit[];

/** A frame of a type that nothing parses, with its number behind the header. */
function frame(length: number, number = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint16(12, 0x1234);
  new DataView(bytes.buffer).setUint32(14, number);
  return bytes;
}
const numberOf = (bytes: Uint8Array): number => new DataView(bytes.buffer).getUint32(14);

function configured({ first, second, qos }: RecordedLimit): OvsBench {
  const bench = new OvsBench({ ports: [1, 2] });
  const column = (columns: readonly string[], name: string): number | undefined => {
    const found = columns.find((text) => text.startsWith(`${name}=`));
    return found === undefined ? undefined : Number(found.slice(name.length + 1));
  };
  for (const [number, columns] of [
    [1, first],
    [2, second],
  ] as const) {
    const mtu = column(columns, "mtu_request");
    if (mtu !== undefined) bench.port(number).setMtu(mtu);
    const rateKbps = column(columns, "ingress_policing_rate");
    const burstKb = column(columns, "ingress_policing_burst") ?? 0;
    if (rateKbps !== undefined) bench.port(number).setIngressPolicer({ rateKbps, burstKb });
  }
  if (qos !== null) bench.port(2).setEgressPolicer({ cir: qos[0], cbs: qos[1] });
  bench.decide = always([{ type: "output", port: 2 }]);
  return bench;
}

describe("ovs-port: recorded limits", () => {
  it.each(
    limits.map(
      (limit) => [`${limit.first} | ${limit.second} | ${limit.qos}, ${limit.lengths.length} frames`, limit] as const,
    ),
  )("%s", (_, limit) => {
    const bench = configured(limit);
    bench.receive(1, limit.lengths.map(frame));
    expect(bench.sent(2).map(numberOf)).toEqual(limit.sent);
    const shown = (number: 1 | 2) => {
      const { txFailureDrops, txMtuExceededDrops, txQosDrops, rxQosDrops, txDropped } = bench.port(number).counters();
      return {
        ovs_tx_failure_drops: txFailureDrops,
        ovs_tx_mtu_exceeded_drops: txMtuExceededDrops,
        ovs_tx_qos_drops: txQosDrops,
        ovs_rx_qos_drops: rxQosDrops,
        rx_drop: rxQosDrops,
        tx_drop: txDropped,
      };
    };
    expect(limit.counters.p1).toMatchObject(shown(1));
    expect(limit.counters.p2).toMatchObject(shown(2));
    expect(bench.machine.mbufsAway()).toBe(0);
  });
});

describe("ovs-port: token buckets", () => {
  it("a bucket gets whole periods of the time stamp counter, and keeps the rest of the time", () => {
    // 46 MB/s at 2.6 GHz: 2 bytes each 113 cycles
    const bench = new OvsBench({ ports: [1, 2] });
    bench.port(2).setEgressPolicer({ cir: 46_000_000, cbs: 46 });
    bench.decide = always([{ type: "output", port: 2 }]);
    const passes = (us: number): number => {
      bench.receive(1, [frame(60), frame(60)], us);
      return bench.sent(2).length;
    };
    // full at first; 2600 cycles are 23 periods, so 46 bytes, and one cycle is left over
    expect([passes(0), passes(0), passes(1), passes(2)]).toEqual([1, 0, 1, 1]);
  });

  it("a bucket holds no more than its burst", () => {
    const bench = new OvsBench({ ports: [1, 2] });
    bench.port(1).setIngressPolicer({ rateKbps: 1000, burstKb: 1 });
    bench.decide = always([{ type: "output", port: 2 }]);
    const count = (us: number): number => {
      bench.receive(
        1,
        Array.from({ length: 20 }, () => frame(64)),
        us,
      );
      return bench.sent(2).length;
    };
    // 125 bytes are two frames of 50 counted
    expect([count(0), count(10_000_000), count(10_000_399)]).toEqual([2, 2, 1]);
  });

  it("without a rate there is no policer", () => {
    const bench = new OvsBench({ ports: [1, 2] });
    bench.port(2).setEgressPolicer({ cir: 1, cbs: 1 });
    bench.port(2).setEgressPolicer(undefined);
    bench.decide = always([{ type: "output", port: 2 }]);
    bench.receive(1, [frame(60)]);
    expect(bench.sent(2).length).toBe(1);
  });
});
