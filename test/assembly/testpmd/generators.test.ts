// flowgen and txonly beyond their recordings: what comes back when packets are not sent, pools that run empty, chance and time.
import { describe, expect, it } from "vitest";
import { COUNTER_CONSUMED, COUNTER_GENERATED } from "../../../assembly/abi/counters.ts";
import { ENGINE_FLOWGEN, ENGINE_IO, ENGINE_TXONLY } from "../../../assembly/abi/engines.ts";
import { TX_OFFLOAD_SEND_ON_TIMESTAMP } from "../../../assembly/abi/forwarding.ts";
import { generator } from "../../support/generator.ts";
import { US } from "../../support/lane.ts";

const word = (frame: Uint8Array, at: number): number => (frame[at]! << 8) | frame[at + 1]!;

/** The Internet checksum over a header that holds its own is 0. */
function headerSum(frame: Uint8Array): number {
  let sum = 0;
  for (let i = 14; i < 34; i += 2) sum += word(frame, i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

describe("testpmd flowgen", () => {
  const flow = (frame: Uint8Array): number => word(frame, 32);

  it("counts through its flows, and goes back by what was not sent", () => {
    const it = generator({ engine: ENGINE_FLOWGEN, places: 7, burst: 5 });
    it.machine.forwarding.setForwardConfig({ flowgenFlows: 9 });
    const flows: number[] = [];
    const take = (n: number): void => {
      const packets = it.pull(n);
      flows.push(...packets.map((m) => flow(it.hands.bytes(m))));
      it.hands.free(packets);
    };
    it.poll();
    it.poll(); // three of five are dropped
    expect(it.counters).toMatchObject({ txPackets: 7, dropped: 3 });
    take(7);
    it.poll();
    take(5);
    expect(flows).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2]);
    expect(it.machine.engine.mempoolAvailable(it.pool)).toBe(3000);
  });

  it("every header's checksum is right, over all of 65536 flows", () => {
    const it = generator({ engine: ENGINE_FLOWGEN, burst: 512, places: 1023 });
    it.machine.forwarding.setForwardConfig({ flowgenFlows: 65_537 });
    let wrong = 0;
    for (let i = 0; i < 130; i++) {
      it.poll();
      const packets = it.pull();
      for (const m of packets) if (headerSum(it.hands.bytes(m)) !== 0) wrong++;
      it.hands.free(packets);
    }
    expect(wrong).toBe(0);
  });

  it("frees what it receives and counts it as received and consumed", () => {
    const it = generator({ engine: ENGINE_FLOWGEN, burst: 8, offered: 20n });
    for (let i = 0; i < 4; i++) it.poll();
    expect(it.counters).toMatchObject({ rxPackets: 20, txPackets: 32 });
    expect([it.rx.counters[COUNTER_CONSUMED], it.tx.counters[COUNTER_GENERATED]].map(Number)).toEqual([20, 32]);
    it.machine.ledger();
  });

  it("sends as many as the pool has mbufs, and none when it is empty", () => {
    const it = generator({ engine: ENGINE_FLOWGEN, pool: 10, burst: 8 });
    it.poll();
    it.poll();
    it.poll();
    expect(it.counters).toMatchObject({ txPackets: 10, dropped: 0 });
    expect(it.machine.forwarding.readSpreads(it.stream).tx.flatMap((n, size) => (n ? [[size, n]] : []))).toEqual([
      [0, 1],
      [2, 1],
      [8, 1],
    ]);
  });

  it("clones are the packet before them: one mbuf, its references given back one by one", () => {
    const it = generator({ engine: ENGINE_FLOWGEN, burst: 6 });
    it.machine.forwarding.setForwardConfig({ flowgenClones: 2 });
    it.poll();
    const packets = it.pull();
    expect(packets.map((m) => packets.indexOf(m))).toEqual([0, 0, 0, 3, 3, 3]);
    expect(it.hands.fields(packets[0]!).refcnt).toBe(3);
    it.hands.free(packets.slice(0, 2));
    expect(it.hands.fields(packets[0]!).refcnt).toBe(1);
    it.hands.free(packets.slice(2));
    expect(it.machine.engine.mempoolAvailable(it.pool)).toBe(3000);
  });
});

describe("testpmd txonly", () => {
  it("with random splits a frame has 1 to all of the segments, and its lengths and checksum say so", () => {
    const it = generator({ engine: ENGINE_TXONLY });
    it.machine.forwarding.setForwardConfig({ txSegments: [64, 32, 33], txSplit: "rand" });
    it.configure();
    const seen = new Map<number, number>();
    for (let i = 0; i < 20; i++) {
      it.poll();
      const packets = it.pull();
      for (const m of packets) {
        const [frame, { segments, pktLen }] = [it.hands.bytes(m), it.hands.fields(m)];
        expect([frame.length, pktLen]).toEqual([[64, 96, 129][segments - 1], frame.length]);
        expect([word(frame, 16), word(frame, 38), headerSum(frame)]).toEqual([frame.length - 14, frame.length - 34, 0]);
        seen.set(segments, (seen.get(segments) ?? 0) + 1);
      }
      it.hands.free(packets);
    }
    expect([...seen.keys()].sort()).toEqual([1, 2, 3]);
    for (const n of seen.values()) expect(n).toBeGreaterThan(100);
    expect(it.machine.engine.mempoolAvailable(it.pool)).toBe(3000);
  });

  it("255 segments are one frame", () => {
    const it = generator({ engine: ENGINE_TXONLY, burst: 2 });
    it.machine.forwarding.setForwardConfig({ txSegments: Array.from({ length: 255 }, () => 1), txSplit: "on" });
    it.configure();
    it.poll();
    const packets = it.pull();
    expect(packets.map((m) => it.hands.fields(m)).map(({ segments, pktLen }) => [segments, pktLen])).toEqual([
      [255, 255],
      [255, 255],
    ]);
    it.hands.free(packets);
    expect(it.machine.engine.mempoolAvailable(it.pool)).toBe(3000);
  });

  it.each([[[]], [Array.from({ length: 256 }, () => 1)]])("refuses %# segments", (txSegments) => {
    const it = generator({ engine: ENGINE_TXONLY });
    expect(() => it.machine.forwarding.setForwardConfig({ txSegments })).toThrow(/txpkts: found (0|256) segments/);
  });

  it.each([
    // a bulk takes one mbuf for each frame of the burst first; without, each frame's segments come behind it
    ["a bulk for the burst and too few for all segments", 50, 32, 9],
    ["no bulk", 20, 32, 6],
  ])("a pool with %s gives the frames it is enough for, and keeps the rest", (_, pool, burst, expected) => {
    const it = generator({ engine: ENGINE_TXONLY, pool, burst });
    it.machine.forwarding.setForwardConfig({ txSegments: [42, 10, 10], txSplit: "on" });
    it.configure();
    it.poll();
    const packets = it.pull();
    expect(packets).toHaveLength(expected);
    it.hands.free(packets);
    expect(it.machine.engine.mempoolAvailable(it.pool)).toBe(pool);
  });

  it("multi-flow goes back by what was not sent, in 8 bits, per lcore", () => {
    const it = generator({ engine: ENGINE_TXONLY, places: 255, burst: 200 });
    it.machine.forwarding.setForwardConfig({ txMultiFlow: true });
    const variation: number[] = [];
    for (let i = 0; i < 3; i++) {
      it.poll();
      if (i === 1) continue; // the second burst finds 55 places
      const packets = it.pull();
      variation.push(...packets.map((m) => it.hands.bytes(m)[28]!));
      it.hands.free(packets);
    }
    expect(it.counters).toMatchObject({ txPackets: 455, dropped: 145 });
    expect(variation).toEqual(Array.from({ length: 455 }, (_, i) => i & 0xff));
  });

  it("send times count where the port offers them: a burst an interval, marked with when it goes", () => {
    const it = generator({ engine: ENGINE_TXONLY, burst: 2 });
    const { forwarding } = it.machine;
    forwarding.setForwardConfig({ txTimesInterNs: 1000, txTimesIntraNs: 100, txSegments: [80] });
    it.poll(5n * US);
    expect(it.pull()).toHaveLength(2); // not offered: at once
    forwarding.setPortConfig(1, { txOffloads: BigInt(TX_OFFLOAD_SEND_ON_TIMESTAMP) });
    it.configure();
    const times: bigint[] = [];
    for (let now = 10n; now < 20n; now++) {
      it.poll(now * US);
      for (const m of it.pull()) {
        const frame = it.hands.bytes(m);
        expect(frame.slice(42, 46)).toEqual(Uint8Array.of(0xbe, 0xef, 0xc0, 0xde));
        expect(word(frame, 46)).toBe(times.length % 2);
        times.push(new DataView(frame.buffer).getBigUint64(50));
      }
    }
    // phase 10 us + 1 interval, each burst a further interval after the last packet's time
    expect(times.slice(0, 4)).toEqual([12_000n, 12_100n, 13_100n, 13_200n]);
  });

  it("start tx_first sends txonly's frames whatever the engine", () => {
    const it = generator({ engine: ENGINE_IO, txFirst: 2, burst: 3 });
    it.machine.forwarding.setForwardConfig({ txSegments: [100] });
    it.configure();
    for (let i = 0; i < 4; i++) it.poll();
    const packets = it.pull();
    expect(packets.map((m) => it.hands.bytes(m).length)).toEqual([100, 100, 100, 100, 100, 100]);
    it.machine.engine.streamTxFirst(it.stream, 1);
    it.poll();
    expect(it.pull()).toHaveLength(3);
  });
});

describe("a stream made again", () => {
  it("starts from nothing at the same place, with another engine", () => {
    const it = generator({ engine: ENGINE_FLOWGEN, burst: 4 });
    it.poll();
    it.hands.free(it.pull());
    it.machine.engine.lcoreClearStreams(it.lcore);
    it.machine.makeStream(it.stream, { ...it.made, engine: ENGINE_TXONLY });
    it.machine.engine.lcoreAddStream(it.lcore, it.stream);
    expect(it.counters.txPackets).toBe(0);
    it.poll();
    expect(it.pull().map((m) => it.hands.bytes(m)[23])).toEqual([17, 17, 17, 17]);
    expect(it.counters.txPackets).toBe(4);
    it.machine.forwarding.resetStream(it.stream);
    expect(it.counters.txPackets).toBe(0);
    expect(Math.max(...it.machine.forwarding.readSpreads(it.stream).tx)).toBe(0);
  });
});
