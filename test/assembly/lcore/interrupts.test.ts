// Rx interrupts in virtual time: over both layouts, with and without EVENT_IDX and in order, for one to four queues. A wake-up reaches the lcore of its queue and no
// other, none is lost and none comes for nothing, whenever a packet comes. (Conformance cases 27 and 94 to 96.)
import { describe, expect, it } from "vitest";
import { ENGINE_IO, ENGINE_MACSWAP } from "../../../assembly/abi/engines.ts";
import { L3FWD_INTERRUPT } from "../../../assembly/abi/l3fwd.ts";
import * as stages from "../../../assembly/abi/stages.ts";
import { RxInterrupt } from "../../../src/wasm/interrupts.ts";
import { L3fwdLcore } from "../../../src/wasm/l3fwd.ts";
import type { Machine } from "../../../src/wasm/machine.ts";
import type { RingAgreement } from "../../../src/wasm/parts.ts";
import { freshMachine } from "../../support/engine.ts";
import { profile, run, scheduler, stream, US } from "../../support/lab.ts";
import { type Arrival, feed, left } from "../../support/ports.ts";
import { random } from "../../support/random.ts";

const MS = 1000n * US;
const WAKE_PS = 50n * US;
/** What the guest's polls, the host's and both copies take at most beside the wake-up, and the drain of tx buffers behind a packet that met one awake. */
const SLACK_PS = 110n * US;
const FRAME = Uint8Array.from(
  Buffer.from("0200000001000200000002000800450000200001000040116eca0a0000010101010100070e151c232a31383f464d", "hex"),
);

interface Bench {
  readonly machine: Machine;
  readonly sched: number;
  readonly egress: { at: number; buffer: number; times: number };
  readonly vectors: readonly RxInterrupt[];
  readonly guests: readonly number[];
}

/** Paced arrivals -> io -> one ring a queue -> an lcore each that sleeps -> io -> out. lcores: how many share the queues */
function bench(
  ring: RingAgreement,
  queues: number,
  arrivals: readonly Arrival[],
  { lcores = queues, rxPollPs = 20_000, slowHostPs }: { lcores?: number; rxPollPs?: number; slowHostPs?: number } = {},
): Bench {
  const size = 64;
  const machine = freshMachine();
  profile(machine, [20_000, 5_000, 9_000, 10], {
    [stages.STAGE_INTERRUPT_WAKE]: [0, Number(WAKE_PS), 0, 0],
    [stages.STAGE_FWD_MACSWAP]: [0, slowHostPs ?? 0, 0, 0],
    [stages.STAGE_VIRTIO_RX]: [rxPollPs, 5_000, 9_000, 10],
  });
  const host = machine.addLcore(true, 16, 0);
  const guests = Array.from({ length: lcores }, () => machine.addLcore(true, 4, 0));
  const pool = machine.addPool(4000, 64, 5);
  const window = machine.addWindow(
    2 * queues * machine.ringWindowBytes(size, { ...ring, indirect: true }) + (64 << 10) + 2000 * 2176,
  );
  const guestPool = machine.addPool(2000, 64, 5, window);
  const source = machine.addIngress(true, false, undefined);
  const egress = machine.addEgress(true, 16 << 20, 200_000, 1 << 20, 512);
  const line = machine.addNicTxPort(0);
  const options = { size, headerBytes: 12, mergeable: true, ...ring };
  const vectors = Array.from({ length: queues }, () => new RxInterrupt(machine));
  const states = guests.map(() => new L3fwdLcore(machine, L3FWD_INTERRUPT, 1));
  for (const [q, vector] of vectors.entries()) {
    const guest = q % lcores;
    const ends = [
      { port: 8, number: q, pool },
      { port: 0, number: q, pool: guestPool, window, lcore: guests[guest]! },
    ] as const;
    const [down, up] = [machine.addVirtqueue(true, options, ...ends), machine.addVirtqueue(false, options, ...ends)];
    vector.give(down.guest);
    vector.bind(down.host.state);
    stream(machine, host, ENGINE_IO, machine.addNicRx(1, q, 1024, pool, source, 0), down.host);
    stream(machine, host, ENGINE_IO, up.host, machine.addNicTx(2, q, 1024, line, egress.at));
    if (slowHostPs !== undefined)
      stream(
        machine,
        machine.addLcore(true, 1, 0),
        ENGINE_MACSWAP,
        machine.addNicRx(9, q, 1024, pool, source, 1),
        down.host,
      );
    if (q < lcores) states[guest]!.setPort({ port: 0, txq: up.guest, mac: 2n, drains: true });
    states[guest]!.addRx(guests[guest]!, down.guest, up.guest, 2n, guest);
  }
  feed(machine, source, arrivals);
  const sched = scheduler(machine, [egress.at]);
  return { machine, sched, egress, vectors, guests };
}

/** Runs until a time, by slices. */
function runTo({ machine, sched }: Bench, ps: bigint, slice = 4096): void {
  machine.engine.schedulerSetHorizon(sched, ps);
  run({ machine, sched } as Parameters<typeof run>[0], slice, 40_000_000);
}

const at = (queue: number, time: bigint): Arrival => ({ bytes: FRAME, queue, time });

const RINGS: readonly (readonly [string, RingAgreement])[] = [
  ["split", {}],
  ["split, event index", { eventIdx: true }],
  ["split, in order", { inOrder: true }],
  ["packed", { packed: true }],
  ["packed, event index", { packed: true, eventIdx: true }],
  ["packed, in order, event index", { packed: true, inOrder: true, eventIdx: true }],
];

describe.each(RINGS)("%s", (_, ring) => {
  it.each([1, 2, 3, 4])("%i queues: a packet wakes the lcore of its queue, and no other", (queues) => {
    for (let q = 0; q < queues; q++) {
      const b = bench(ring, queues, [at(q, 20n * MS), at(q, 30n * MS)]);
      runTo(b, 60n * MS);
      expect(b.vectors.map((vector) => vector.counts().woken)).toEqual(b.vectors.map((__, i) => (i === q ? 2 : 0)));
      expect(left(b.machine, b.egress)).toHaveLength(2);
    }
  });

  it("random flows over four queues wake all four lcores, a fixed one then its own (case 96)", () => {
    const chance = random(96);
    const flows = Array.from({ length: 200 }, (__, i) => at(chance.below(4), BigInt(20 + i) * MS));
    const fixed = Array.from({ length: 50 }, (__, i) => at(2, BigInt(300 + i) * MS));
    const b = bench(ring, 4, [...flows, ...fixed]);
    runTo(b, 299n * MS);
    const before = b.vectors.map((vector) => vector.counts().woken);
    expect(before).toEqual([0, 1, 2, 3].map((q) => flows.filter(({ queue }) => queue === q).length));
    runTo(b, 400n * MS);
    expect(b.vectors.map((vector, i) => vector.counts().woken - before[i]!)).toEqual([0, 0, 50, 0]);
  });

  it("one lcore of four queues is woken by each", () => {
    const b = bench(
      ring,
      4,
      [0, 3, 1, 2, 0].map((q, i) => at(q, BigInt(20 + 5 * i) * MS)),
      { lcores: 1 },
    );
    runTo(b, 80n * MS);
    expect(b.vectors.map((vector) => vector.counts().woken)).toEqual([2, 1, 1, 1]);
  });

  it("packets of one burst, and those that come before the lcore is up, are one wake-up", () => {
    const b = bench(
      ring,
      1,
      Array.from({ length: 60 }, (__, i) => at(0, 20n * MS + (BigInt(i) * WAKE_PS) / 80n)),
    );
    runTo(b, 60n * MS);
    expect(b.vectors[0]!.counts().woken).toBe(1);
    expect(left(b.machine, b.egress)).toHaveLength(60);
  });

  it("whenever a packet comes while the lcore falls asleep, it is not lost until the timeout (case 27)", () => {
    // The first packet wakes it; some 310 us later it sleeps again. The second one comes at each 37 ns around that.
    const arrivals: Arrival[] = [];
    const first = 20n * MS;
    for (let i = 0n; i < 1200n; i++) {
      const start = first + i * 30n * MS;
      arrivals.push(at(0, start), at(0, start + WAKE_PS + 290n * US + i * 37_000n));
    }
    const b = bench(ring, 1, arrivals);
    runTo(b, 1300n * 30n * MS);
    const away = left(b.machine, b.egress).map(({ time }, i) => time - arrivals[i]!.time!);
    expect(away).toHaveLength(arrivals.length);
    expect(away.reduce((most, one) => (one > most ? one : most))).toBeLessThan(WAKE_PS + SLACK_PS);
    // Some of the second ones met it awake, the others woke it.
    expect(b.vectors[0]!.counts().woken).toBeGreaterThan(1300);
    expect(b.vectors[0]!.counts().woken).toBeLessThan(2400);
  });

  it("nor where it polls three queues, and the packet comes behind the last look at its own (case 27)", () => {
    // A round is three polls of 2 us and the pause: the 300th ends 2.1 ms behind the first packet's.
    const arrivals: Arrival[] = [];
    for (let i = 0n; i < 400n; i++) {
      const start = 20n * MS + i * 30n * MS;
      arrivals.push(at(0, start), at(0, start + WAKE_PS + 2080n * US + i * 137_000n));
    }
    const b = bench(ring, 3, arrivals, { lcores: 1, rxPollPs: 2_000_000 });
    runTo(b, 402n * 30n * MS);
    const away = left(b.machine, b.egress).map(({ time }, i) => time - arrivals[i]!.time!);
    expect(away).toHaveLength(arrivals.length);
    expect(away.reduce((most, one) => (one > most ? one : most))).toBeLessThan(WAKE_PS + SLACK_PS);
    expect(b.vectors[0]!.counts().woken).toBeGreaterThan(500);
    expect(b.vectors[0]!.counts().woken).toBeLessThan(800);
  });

  it("bursts of any size at any time: all leave, none late, no wake-up without a packet", () => {
    const chance = random(27);
    const arrivals: Arrival[] = [];
    let time = 20n * MS;
    for (let i = 0; i < 400; i++) {
      const size = chance.between(1, 40);
      for (let k = 0; k < size; k++) arrivals.push(at(chance.below(3), time));
      time += BigInt(chance.below(3_000_000)) * 1000n + 10n * US;
    }
    const b = bench(ring, 3, arrivals);
    runTo(b, time + 100n * MS);
    expect(left(b.machine, b.egress)).toHaveLength(arrivals.length);
    for (const [q, vector] of b.vectors.entries()) {
      const { raised, woken } = vector.counts();
      const times = new Set(arrivals.filter(({ queue }) => queue === q).map((one) => one.time));
      expect(woken).toBeGreaterThan(50);
      expect(woken).toBeLessThanOrEqual(times.size);
      expect(raised).toBeGreaterThanOrEqual(woken);
    }
    const { dropped, queued } = b.machine.ledger();
    expect({ dropped, queued }).toEqual({ dropped: 0, queued: 0 });
  });

  it("two host lcores write to one ring, each at its own pace, and nothing is late", () => {
    const arrivals: Arrival[] = [];
    for (let i = 0n; i < 600n; i++) {
      const start = 20n * MS + i * 30n * MS;
      const second = start + WAKE_PS + 290n * US + i * 74_000n;
      arrivals.push(at(0, start), at(0, second), { ...at(0, second + ((i * 13_000n) % 900_000n)), port: 1 });
    }
    const b = bench(ring, 1, arrivals, { slowHostPs: 3_000_000 });
    runTo(b, 620n * 30n * MS);
    const sent = left(b.machine, b.egress).map(({ time }) => time);
    expect(sent).toHaveLength(arrivals.length);
    const due = arrivals.map(({ time = 0n }) => time).sort((x, y) => (x < y ? -1 : 1));
    const away = sent.sort((x, y) => (x < y ? -1 : 1)).map((time, i) => time - due[i]!);
    expect(away.reduce((most, one) => (one > most ? one : most))).toBeLessThan(WAKE_PS + SLACK_PS);
  });

  it("slices and horizons change nothing", () => {
    const arrivals = Array.from({ length: 100 }, (__, i) => at(i % 2, 20n * MS + BigInt(i * i) * 7n * US));
    const [one, two] = [bench(ring, 2, arrivals), bench(ring, 2, arrivals)];
    runTo(one, 200n * MS);
    for (let ps = MS; ps <= 200n * MS; ps += 777n * US) runTo(two, ps, 7);
    runTo(two, 200n * MS, 1);
    const seen = (b: Bench) => ({
      left: left(b.machine, b.egress),
      woken: b.vectors.map((vector) => vector.counts()),
      counters: b.machine.queues.map(({ counters }) => [...counters]),
    });
    expect(seen(two)).toEqual(seen(one));
  });
});

describe("over 70 400 packets indexes go round, and each burst of 32 is still one wake-up", () => {
  it.each(RINGS)("%s", (_, ring) => {
    const arrivals = Array.from({ length: 70_400 }, (__, i) => at(0, 20n * MS + BigInt(i >> 5) * MS));
    const b = bench(ring, 1, arrivals);
    runTo(b, 2300n * MS);
    expect(b.machine.engine.egressCount(b.egress.at) >>> 0).toBe(70_400);
    expect(b.vectors[0]!.counts().woken).toBe(2200);
  });
});
