// What every kind of port keeps; port.test.ts runs it over each. `skip` names a claim that a kind cannot keep, with the reason.
import { describe, expect, it } from "vitest";
import { COUNTER_BYTES, COUNTER_PACKETS } from "../../../assembly/abi/counters.ts";
import type { Queue } from "../../../src/wasm/machine.ts";
import { payload } from "../../support/captures.ts";
import type { PortUnderTest } from "../../support/ports.ts";
import { type Random, withSeed } from "../../support/random.ts";

export type Claim =
  | "an rx burst returns 0 to n"
  | "rx keeps bytes and order"
  | "an empty rx counts nothing"
  | "rx counters move by what was returned"
  | "rx loses no mbuf"
  | "tx takes a prefix and leaves the rest alone"
  | "tx keeps bytes and order"
  | "tx counters move by what was taken"
  | "tx loses no mbuf"
  | "a tx burst of nothing does nothing"
  | "tx free says how many are taken"
  | "rx waiting says how many come"
  | "the ledger is balanced at every step";

const lengths = (random: Random): number =>
  random.pick([14, 60, 64, 65, 128, 255, 256, 1514, 2048, random.between(14, 2048)]);

function some(random: Random, n: number): Uint8Array[] {
  return Array.from({ length: n }, (_, i) => payload(lengths(random), i));
}

function counted({ counters }: Queue): [packets: number, bytes: number] {
  return [Number(counters[COUNTER_PACKETS]), Number(counters[COUNTER_BYTES])];
}

const total = (frames: readonly Uint8Array[]): number => frames.reduce((n, { length }) => n + length, 0);

export function portSuite(
  kind: string,
  make: () => PortUnderTest,
  skip: Partial<Record<Claim, string>>,
  seed: number,
): void {
  const claim = (name: Claim, body: (port: PortUnderTest, random: Random) => void): void => {
    const reason = skip[name];
    if (reason !== undefined) it.skip(`${name} (${reason})`, () => {});
    else it(name, () => withSeed(seed, (random) => body(make(), random)));
  };
  const rx = (port: PortUnderTest, n: number): number[] =>
    port.hands.receive(port.hands.engine.portRxBurst, port.rx.address, n);
  const tx = (port: PortUnderTest, packets: readonly number[]): number =>
    port.hands.send(port.hands.engine.portTxBurst, port.tx.address, packets);
  const available = (port: PortUnderTest): number => port.hands.engine.mempoolAvailable(port.pool) >>> 0;

  describe(kind, () => {
    claim("an rx burst returns 0 to n", (port, random) => {
      port.offer(some(random, 250));
      for (const n of [1, 2, 3, 4, 0]) expect(rx(port, n)).toHaveLength(n);
      expect([29, 30, 31, 32]).toContain(rx(port, 32).length); // virtio's stops at a line of descriptors
      const rest = rx(port, 512).length;
      expect(rest).toBeGreaterThan(0);
      expect(rest).toBeLessThanOrEqual(port.rxMost);
    });

    claim("rx keeps bytes and order", (port, random) => {
      const frames = some(random, 250);
      port.offer(frames);
      const got: Uint8Array[] = [];
      while (got.length < frames.length) {
        const packets = rx(port, random.between(1, 70));
        expect(packets.length, `after ${got.length}`).toBeGreaterThan(0);
        for (const m of packets) {
          const fields = port.hands.fields(m);
          expect(fields).toMatchObject({ refcnt: 1, segments: 1, dataLen: fields.pktLen });
          got.push(port.hands.bytes(m));
        }
        port.hands.free(packets);
      }
      expect(got).toEqual(frames);
      expect(rx(port, 32)).toEqual([]);
    });

    claim("an empty rx counts nothing", (port) => {
      port.offer([]);
      for (let i = 0; i < 3; i++) expect(rx(port, 32)).toEqual([]);
      expect([...port.rx.counters].filter((count) => count !== 0n)).toEqual([]);
    });

    claim("rx counters move by what was returned", (port, random) => {
      port.offer(some(random, 200));
      let [packets, bytes] = [0, 0];
      for (let i = 0; i < 12; i++) {
        const got = rx(port, random.between(0, 40));
        packets += got.length;
        bytes += got.reduce((n, m) => n + port.hands.fields(m).pktLen, 0);
        port.hands.free(got);
        expect(counted(port.rx)).toEqual([packets, bytes]);
      }
    });

    claim("rx loses no mbuf", (port, random) => {
      for (let round = 0; round < 5; round++) {
        port.offer(some(random, 100));
        for (let got = rx(port, 64); got.length; got = rx(port, 64)) port.hands.free(got);
      }
      expect(available(port)).toBe(port.poolSize);
    });

    claim("tx takes a prefix and leaves the rest alone", (port) => {
      const frames = Array.from({ length: port.places! + 9 }, (_, i) => payload(60 + (i % 5), i));
      const packets = frames.map((bytes) => port.hands.packet(port.pool, bytes));
      const n = tx(port, packets);
      expect(n).toBe(port.places);
      expect(packets.slice(n).map((m) => port.hands.bytes(m))).toEqual(frames.slice(n));
      expect(tx(port, packets.slice(n))).toBe(0);
      expect(counted(port.tx)).toEqual([n, total(frames.slice(0, n))]);
      expect(port.collect()).toEqual(frames.slice(0, n));
      expect(tx(port, packets.slice(n))).toBe(9);
      expect(port.collect()).toEqual(frames.slice(n));
    });

    claim("tx keeps bytes and order", (port, random) => {
      for (let round = 0; round < 20; round++) {
        const frames = some(random, random.between(1, 64));
        expect(
          tx(
            port,
            frames.map((bytes) => port.hands.packet(port.pool, bytes)),
          ),
        ).toBe(frames.length);
        expect(port.collect()).toEqual(frames);
      }
    });

    claim("tx counters move by what was taken", (port, random) => {
      let [packets, bytes] = [0, 0];
      for (let round = 0; round < 10; round++) {
        const frames = some(random, random.between(0, 64));
        packets += frames.length;
        bytes += total(frames);
        expect(
          tx(
            port,
            frames.map((frame) => port.hands.packet(port.pool, frame)),
          ),
        ).toBe(frames.length);
        port.collect();
        expect(counted(port.tx)).toEqual([packets, bytes]);
      }
    });

    claim("tx loses no mbuf", (port, random) => {
      for (let round = 0; round < 10; round++) {
        const chained = port.hands.packet(port.pool, payload(5000, round), 0, [2048, 2048, 904]);
        const packets = [...some(random, 30).map((frame) => port.hands.packet(port.pool, frame)), chained];
        const n = tx(port, packets);
        expect(n).toBe(packets.length);
        port.collect();
      }
      expect(available(port)).toBe(port.poolSize);
    });

    claim("a tx burst of nothing does nothing", (port) => {
      const before = [...port.tx.counters];
      expect(tx(port, [])).toBe(0);
      expect([...port.tx.counters]).toEqual(before);
      expect(port.collect()).toEqual([]);
    });

    claim("tx free says how many are taken", (port, random) => {
      const free = (): number => port.hands.engine.portTxFree(port.hands.lcore, port.tx.address) >>> 0;
      expect(free()).toBe(port.places);
      for (let round = 0; round < 5; round++) {
        const places = free();
        const packets = Array.from({ length: Math.min(places + 2, random.between(1, 400)) }, (_, i) =>
          port.hands.packet(port.pool, payload(60, i)),
        );
        const n = tx(port, packets);
        expect(n).toBe(Math.min(places, packets.length));
        port.hands.free(packets.slice(n));
        expect(free()).toBe(places - n);
        if (random.below(2)) port.collect();
      }
    });

    claim("rx waiting says how many come", (port, random) => {
      const waiting = (): number => port.hands.engine.portRxWaiting(port.rx.address) >>> 0;
      expect(waiting()).toBe(0);
      port.offer(some(random, 100));
      for (let rest = 100; rest > 0; ) {
        expect(waiting()).toBe(rest);
        const got = rx(port, random.between(1, 20));
        rest -= got.length;
        port.hands.free(got);
      }
      expect(waiting()).toBe(0);
    });

    claim("the ledger is balanced at every step", (port, random) => {
      port.offer(some(random, 200));
      port.hands.machine.ledger();
      for (let round = 0; round < 10; round++) {
        const got = rx(port, random.between(0, 40));
        // what is in this test's hands goes out again
        let n = 0;
        while (n < got.length) {
          n += tx(port, got.slice(n));
          if (n < got.length) port.collect();
        }
        port.hands.machine.ledger();
      }
    });
  });
}
