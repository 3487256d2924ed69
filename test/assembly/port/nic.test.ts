import { describe, expect, it } from "vitest";
import {
  COUNTER_DROPS,
  COUNTER_NOMBUF,
  COUNTER_PACKETS,
  COUNTER_RECEIVED,
  COUNTER_SENT,
} from "../../../assembly/abi/counters.ts";
import { DROP_RX_MISSED } from "../../../assembly/abi/drops.ts";
import type { Queue } from "../../../src/wasm/machine.ts";
import { payload } from "../../support/captures.ts";
import { freshMachine, Hands } from "../../support/engine.ts";
import { feed, left } from "../../support/ports.ts";
import { withSeed } from "../../support/random.ts";

/** Sets an lcore's clock: a batch of no polls. */
const at = (hands: Hands, ps: bigint): void => void hands.engine.lcoreRun(hands.lcore, 0, ps);
const count = ({ counters }: Queue, id: number): number => Number(counters[id]);

function nic(
  options: {
    depth?: number;
    pool?: number;
    waits?: boolean;
    psPerByte?: number;
    txDepth?: number;
    paced?: boolean;
  } = {},
) {
  const { depth = 8, pool = 600, waits = false, psPerByte = 800, txDepth = 8, paced = true } = options;
  const machine = freshMachine();
  const hands = new Hands(machine);
  const mbufs = machine.addPool(pool, 0, 1);
  const source = machine.addIngress(paced, waits, undefined);
  const egress = machine.addEgress(true, 1 << 20, 1024, 1 << 20, 512);
  const line = machine.addNicTxPort(psPerByte);
  return {
    machine,
    hands,
    pool: mbufs,
    source,
    egress,
    line,
    rx: machine.addNicRx(0, 0, depth, mbufs, source, 0),
    tx: machine.addNicTx(0, 0, txDepth, line, egress.at),
  };
}

describe("port/nic rx", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("rx_missed is exact: arrivals, depth and polls of sequence %i", (seed) => {
    withSeed(seed, (random) => {
      const depth = random.pick([1, 2, 8, 64]);
      const { hands, rx, source, machine } = nic({ depth });
      const arrivals = Array.from({ length: 400 }, () => BigInt(random.below(10_000))).sort((a, b) => (a < b ? -1 : 1));
      feed(
        machine,
        source,
        arrivals.map((time, i) => ({ bytes: payload(60 + (i % 4), i), time })),
      );
      // the model: a queue of numbers
      const queue: number[] = [];
      let [next, missed] = [0, 0];
      let now = 0n;
      while (now < 12_000n) {
        now += BigInt(random.pick([1, 10, 100, 500]));
        at(hands, now);
        const burst = random.between(0, 40);
        for (; next < arrivals.length && arrivals[next]! <= now; next++) {
          if (queue.length < depth) queue.push(next);
          else missed++;
        }
        const expected = queue.splice(0, burst);
        const got = hands.receive(hands.engine.portRxBurst, rx.address, burst);
        expect(
          got.map((m) => hands.fields(m).id),
          `at ${now}`,
        ).toEqual(expected);
        expect(got.map((m) => hands.bytes(m))).toEqual(expected.map((i) => payload(60 + (i % 4), i)));
        hands.free(got);
        expect(count(rx, COUNTER_DROPS + DROP_RX_MISSED), `at ${now}`).toBe(missed);
        expect(hands.engine.portRxWaiting(rx.address)).toBe(queue.length);
      }
      expect(count(rx, COUNTER_RECEIVED)).toBe(400);
      expect(count(rx, COUNTER_PACKETS) + missed + queue.length).toBe(400);
    });
  });

  it("a source that waits misses nothing", () => {
    const { hands, rx, source, machine } = nic({ depth: 4, waits: true });
    feed(
      machine,
      source,
      Array.from({ length: 50 }, (_, i) => ({ bytes: payload(60, i) })),
    );
    const ids: number[] = [];
    for (let i = 0; i < 20; i++) {
      const got = hands.receive(hands.engine.portRxBurst, rx.address, 3);
      ids.push(...got.map((m) => hands.fields(m).id));
      hands.free(got);
    }
    expect(ids).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(count(rx, COUNTER_DROPS + DROP_RX_MISSED)).toBe(0);
  });

  it("takes only what its port and queue are to get", () => {
    const { hands, source, machine, pool } = nic();
    const queues = [
      [0, 0],
      [0, 1],
      [1, 0],
    ].map(([port, number]) => machine.addNicRx(port!, number!, 64, pool, source, port!));
    feed(
      machine,
      source,
      Array.from({ length: 30 }, (_, i) => ({
        bytes: payload(60, i),
        port: i % 3 === 2 ? 1 : 0,
        queue: i % 3 === 1 ? 1 : 0,
      })),
    );
    const ids = queues.map((queue) =>
      hands.receive(hands.engine.portRxBurst, queue.address, 64).map((m) => hands.fields(m).id % 3),
    );
    expect(ids).toEqual([0, 1, 2].map((rest) => new Array<number>(10).fill(rest)));
  });

  it("replays its source as often as asked, a span apart, numbers going on", () => {
    const { hands, rx, source, machine } = nic({ depth: 64 });
    feed(
      machine,
      source,
      [0n, 5n].map((time) => ({ bytes: payload(60), time })),
      3n,
      100n,
    );
    const taken: [bigint, number[]][] = [];
    for (let now = 0n; now <= 300n; now += 5n) {
      at(hands, now);
      const got = hands.receive(hands.engine.portRxBurst, rx.address, 32);
      if (got.length) taken.push([now, got.map((m) => hands.fields(m).id)]);
    }
    expect(taken).toEqual([
      [0n, [0]],
      [5n, [1]],
      [100n, [2]],
      [105n, [3]],
      [200n, [4]],
      [205n, [5]],
    ]);
  });

  it.each([2049, 4096, 4097, 9000])("scatters a frame of %i bytes over mbufs of 2048 each", (length) => {
    const { hands, rx, source, machine, pool } = nic();
    feed(
      machine,
      source,
      [60, length, 60].map((n, i) => ({ bytes: payload(n, i) })),
    );
    const got = hands.receive(hands.engine.portRxBurst, rx.address, 32);
    expect(got.map((m) => hands.bytes(m))).toEqual([60, length, 60].map((n, i) => payload(n, i)));
    expect(hands.fields(got[1]!)).toMatchObject({
      pktLen: length,
      dataLen: 2048,
      segments: Math.ceil(length / 2048),
      id: 1,
      port: 0,
    });
    hands.free(got);
    expect(hands.engine.mempoolAvailable(pool)).toBe(600);
  });

  it("with too few mbufs takes what there are, counts rx_nombuf and leaves the rest queued", () => {
    const { hands, rx, source, machine, pool } = nic({ pool: 5, depth: 16 });
    feed(
      machine,
      source,
      Array.from({ length: 10 }, (_, i) => ({ bytes: payload(60, i) })),
    );
    const rxBurst = (): number[] => hands.receive(hands.engine.portRxBurst, rx.address, 8);
    const first = rxBurst();
    expect(first).toHaveLength(5);
    expect([rxBurst(), rxBurst()]).toEqual([[], []]);
    expect(count(rx, COUNTER_NOMBUF)).toBe(3);
    expect(hands.engine.portRxWaiting(rx.address)).toBe(5);
    hands.free(first);
    expect(rxBurst().map((m) => hands.bytes(m))).toEqual(Array.from({ length: 5 }, (_, i) => payload(60, 5 + i)));
    expect(count(rx, COUNTER_DROPS + DROP_RX_MISSED)).toBe(0);
    expect(hands.engine.mempoolAvailable(pool)).toBe(0);
  });

  it("without an mbuf for a further segment the frame stays queued and the mbufs go back", () => {
    const { hands, rx, source, machine, pool } = nic({ pool: 4 });
    feed(
      machine,
      source,
      [60, 9000, 60].map((n, i) => ({ bytes: payload(n, i) })),
    );
    const first = hands.receive(hands.engine.portRxBurst, rx.address, 3);
    expect(first.map((m) => hands.bytes(m))).toEqual([payload(60, 0)]);
    expect(hands.engine.mempoolAvailable(pool)).toBe(3);
    expect(hands.engine.portRxWaiting(rx.address)).toBe(2);
    expect(count(rx, COUNTER_NOMBUF)).toBe(1);
  });

  it("generates frames of a template with a counting source port", () => {
    const { hands, machine, pool } = nic();
    const template = payload(64, 3);
    const rx = machine.addNicGenerator(0, 0, pool, template, 64, 100n);
    const got = hands.receive(hands.engine.portRxBurst, rx.address, 64);
    const rest = hands.receive(hands.engine.portRxBurst, rx.address, 64);
    expect([got.length, rest.length, hands.receive(hands.engine.portRxBurst, rx.address, 64).length]).toEqual([
      64, 36, 0,
    ]);
    const expected = (i: number): Uint8Array => {
      const bytes = Uint8Array.from(template);
      bytes.set([i & 0xff, i >> 8], 34);
      return bytes;
    };
    expect([...got, ...rest].map((m) => hands.bytes(m))).toEqual(Array.from({ length: 100 }, (_, i) => expected(i)));
    expect(count(rx, COUNTER_RECEIVED)).toBe(100);
  });
});

describe("port/nic tx", () => {
  const LENGTHS = [60, 64, 1514, 9000, 60];

  it("each frame has left when the line has carried it: length + 24 bytes at the line's rate", () => {
    const { hands, tx, egress, machine, pool } = nic({ psPerByte: 800 });
    at(hands, 1000n);
    const packets = LENGTHS.map((n, i) =>
      hands.packet(pool, payload(n, i), i, n > 2048 ? [2048, 2048, 2048, 2048, n - 8192] : [n]),
    );
    expect(hands.send(hands.engine.portTxBurst, tx.address, packets)).toBe(5);
    let busy = 1000n;
    const expected = LENGTHS.map((n, i) => {
      busy += BigInt(n + 24) * 800n;
      return { bytes: payload(n, i), time: busy };
    });
    expect(left(machine, egress)).toEqual(expected);
    expect(count(tx, COUNTER_SENT)).toBe(5);
    // after a pause the line starts anew
    machine.engine.egressClear(egress.at);
    at(hands, busy + 5n);
    hands.send(hands.engine.portTxBurst, tx.address, [hands.packet(pool, payload(60))]);
    expect(left(machine, egress)[0]!.time).toBe(busy + 5n + 84n * 800n);
  });

  it("a place is taken until the frame's last bit has left, and not a moment longer", () => {
    const { hands, tx, pool } = nic({ txDepth: 2, psPerByte: 1000 });
    const send = (): number => {
      const m = hands.packet(pool, payload(76));
      const n = hands.send(hands.engine.portTxBurst, tx.address, [m]);
      if (n === 0) hands.free([m]);
      return n;
    };
    expect([send(), send(), send()]).toEqual([1, 1, 0]);
    at(hands, 99_999n);
    expect(send()).toBe(0);
    at(hands, 100_000n);
    expect([send(), send()]).toEqual([1, 0]);
    expect(hands.engine.portTxFree(hands.lcore, tx.address)).toBe(0);
    at(hands, 300_000n);
    expect(hands.engine.portTxFree(hands.lcore, tx.address)).toBe(2);
  });

  it("the tx queues of a port share its line", () => {
    const { hands, tx, egress, line, machine, pool } = nic({ psPerByte: 1000 });
    const second = machine.addNicTx(0, 1, 8, line, egress.at);
    for (const queue of [tx, second, tx])
      hands.send(hands.engine.portTxBurst, queue.address, [hands.packet(pool, payload(76))]);
    expect(left(machine, egress).map(({ time }) => time)).toEqual([100_000n, 200_000n, 300_000n]);
  });

  it("without a line rate everything leaves at once", () => {
    const { hands, tx, egress, machine, pool } = nic({ psPerByte: 0, txDepth: 2 });
    at(hands, 77n);
    expect(
      hands.send(
        hands.engine.portTxBurst,
        tx.address,
        [0, 1, 2].map((i) => hands.packet(pool, payload(60, i))),
      ),
    ).toBe(3);
    expect(left(machine, egress).map(({ time }) => time)).toEqual([77n, 77n, 77n]);
    expect(hands.engine.portTxFree(hands.lcore, tx.address) >>> 0).toBe(0xffff_ffff);
  });
});
