import { describe, expect, it } from "vitest";
import { COUNTER_DROPS, COUNTER_SENT } from "../../../assembly/abi/counters.ts";
import { DROP_RETRY_EXHAUSTED } from "../../../assembly/abi/drops.ts";
import { ENGINE_IO, ENGINE_MAC_RETRY, ENGINE_TXONLY } from "../../../assembly/abi/engines.ts";
import * as stages from "../../../assembly/abi/stages.ts";
import { SLICE_DONE, SLICE_EGRESS, SLICE_INGRESS } from "../../../assembly/abi/status.ts";
import { payload } from "../../support/captures.ts";
import { freshMachine } from "../../support/engine.ts";
import { profile, pvp, run, scheduler, state, stepByStep, stream, traffic, US } from "../../support/lab.ts";
import { feed, left } from "../../support/ports.ts";
import { random, withSeed } from "../../support/random.ts";

describe("lcore/scheduler", () => {
  it.each([1, 2, 3])(
    "the same run gives the same clocks, counters, bytes and times, however it is sliced: traffic %i",
    (seed) => {
      withSeed(seed, () => {
        const states = [4096, 1, 7, 100_000].map((slice) => {
          const lab = pvp({ arrivals: traffic(random(seed), 300, 50), retryNum: seed === 3 ? 64 : 0 });
          expect(run(lab, slice)).toBe(SLICE_DONE);
          lab.machine.ledger();
          expect(lab.machine.mbufsAway()).toBe(0);
          return state(lab);
        });
        for (const other of states.slice(1)) expect(other).toEqual(states[0]);
        expect(states[0]!.left.length).toBeGreaterThan(0);
      });
    },
  );

  it.each([
    [11, 200, 20],
    [12, 200, 300],
    [13, 60, 2000],
    [14, 1000, 1],
  ])("T3 T4 jumps and skips change nothing: traffic %i of %i packets with gaps up to %i us", (seed, n, gap) => {
    withSeed(seed, () => {
      const arrivals = traffic(random(seed), n, gap);
      const jumping = pvp({ arrivals });
      expect(run(jumping)).toBe(SLICE_DONE);
      const stepping = pvp({ arrivals });
      stepByStep(
        stepping,
        jumping.machine.lcores.map((lcore) => jumping.machine.usage(lcore).clockPs),
      );
      expect(state(stepping)).toEqual(state(jumping));
    });
  });

  it("an hour of silence costs few polls and ends at the packet", () => {
    const hour = 3600n * 1_000_000n * US;
    const lab = pvp({ arrivals: [0n, hour].map((time, i) => ({ bytes: payload(60, i), time })) });
    expect(run(lab, 100, 2000)).toBe(SLICE_DONE);
    const out = left(lab.machine, lab.egress);
    expect(out).toHaveLength(2);
    expect(out[1]!.time - hour).toBeGreaterThan(0n);
    expect(out[1]!.time - hour).toBeLessThan(2n * US);
    expect(Number(lab.machine.engine.schedulerPolls(lab.sched))).toBeLessThan(500);
  });

  it.each([
    // lcore of the producer, cost of the consumer's poll: when the packets are seen first
    { producer: 0, poll: 100, seen: 1000n, why: "the poll's end, for the lower id goes first" },
    { producer: 1, poll: 100, seen: 1100n, why: "a poll later, for the higher id goes second" },
    { producer: 0, poll: 300, seen: 1200n, why: "the first poll after the end" },
    { producer: 1, poll: 300, seen: 1200n, why: "the first poll after the end" },
    { producer: 0, poll: 999, seen: 1998n, why: "not one that began before the end" },
    { producer: 1, poll: 1, seen: 1001n, why: "a poll later, for the higher id goes second" },
  ])(
    "T1 what lcore $producer publishes in a poll of 1000 ps is seen at $seen by polls of $poll: $why",
    ({ producer, poll, seen }) => {
      const machine = freshMachine();
      profile(machine, [0, 0, 0, 0], {
        [stages.STAGE_PCAP_RX]: [400, 0, 0, 0],
        [stages.STAGE_RING_TX]: [600, 0, 0, 0],
        [stages.STAGE_RING_RX]: [poll, 0, 0, 0],
      });
      const lcores = [machine.addLcore(true, 1, 0), machine.addLcore(true, 1, 0)];
      const pool = machine.addPool(100, 0, 2);
      const source = machine.addIngress(false, false, undefined);
      feed(
        machine,
        source,
        Array.from({ length: 5 }, (_, i) => ({ bytes: payload(60, i) })),
      );
      const egress = machine.addEgress(true, 1 << 20, 100, 1 << 20, 512);
      const ring = machine.addRing(64, [0, 0], [1, 0]);
      stream(machine, lcores[producer]!, ENGINE_IO, machine.addPcapRx(0, 0, pool, source, 0), ring.tx);
      stream(machine, lcores[1 - producer]!, ENGINE_IO, ring.rx, machine.addPcapTx(1, 0, egress.at));
      expect(machine.engine.schedulerRun(scheduler(machine, [egress.at]), 100_000) >>> 0).toBe(SLICE_DONE);
      // written when the rx stage of the poll that saw them has been paid
      expect(left(machine, egress).map(({ time }) => time)).toEqual(new Array(5).fill(seen + BigInt(poll)));
    },
  );

  it.each([
    { producer: 0, poll: 100, seen: 1000n },
    { producer: 1, poll: 100, seen: 1100n },
    { producer: 0, poll: 999, seen: 1998n },
  ])(
    "T1 a virtqueue filled by lcore $producer in a poll of 1000 ps is read at $seen by polls of $poll",
    ({ producer, poll, seen }) => {
      for (const towardsGuest of [true, false]) {
        const machine = freshMachine();
        const [tx, rx] = towardsGuest
          ? [stages.STAGE_VHOST_TX, stages.STAGE_VIRTIO_RX]
          : [stages.STAGE_VIRTIO_TX, stages.STAGE_VHOST_RX];
        profile(machine, [0, 0, 0, 0], {
          [stages.STAGE_PCAP_RX]: [400, 0, 0, 0],
          [tx]: [600, 0, 0, 0],
          [rx]: [poll, 0, 0, 0],
        });
        const lcores = [machine.addLcore(true, 1, 0), machine.addLcore(true, 1, 0)];
        const window = machine.addWindow(2 * machine.ringWindowBytes(16) + 8192 + 100 * 2176);
        const pools = [machine.addPool(100, 0, 2), machine.addPool(100, 0, 2, window)];
        const source = machine.addIngress(false, false, undefined);
        feed(
          machine,
          source,
          Array.from({ length: 4 }, (_, i) => ({ bytes: payload(60, i) })),
        );
        const egress = machine.addEgress(true, 1 << 20, 100, 1 << 20, 512);
        const { host, guest } = machine.addVirtqueue(
          towardsGuest,
          { size: 16, headerBytes: 12, mergeable: true },
          { port: 2, number: 0, pool: pools[0]! },
          { port: 3, number: 0, pool: pools[1]!, window, lcore: lcores[0]! },
        );
        const from = machine.addPcapRx(0, 0, pools[towardsGuest ? 0 : 1]!, source, 0);
        stream(machine, lcores[producer]!, ENGINE_IO, from, towardsGuest ? host : guest);
        stream(
          machine,
          lcores[1 - producer]!,
          ENGINE_IO,
          towardsGuest ? guest : host,
          machine.addPcapTx(1, 0, egress.at),
        );
        expect(machine.engine.schedulerRun(scheduler(machine, [egress.at]), 100_000) >>> 0).toBe(SLICE_DONE);
        expect(left(machine, egress).map(({ time }) => time)).toEqual(new Array(4).fill(seen + BigInt(poll)));
      }
    },
  );

  it("T1 a place that the consumer frees is seen from the end of its poll", () => {
    // ring of 1 place; the consumer's poll lasts 1000, so the producer's next packet cannot leave earlier
    const machine = freshMachine();
    profile(machine, [10, 0, 0, 0], { [stages.STAGE_RING_RX]: [1000, 0, 0, 0] });
    const [producer, consumer] = [machine.addLcore(true, 1, 0), machine.addLcore(true, 1, 0)];
    const pool = machine.addPool(100, 0, 2);
    const source = machine.addIngress(false, false, undefined);
    feed(
      machine,
      source,
      Array.from({ length: 4 }, (_, i) => ({ bytes: payload(60, i) })),
    );
    const egress = machine.addEgress(true, 1 << 20, 100, 1 << 20, 512);
    const ring = machine.addRing(2, [0, 0], [1, 0]);
    stream(machine, producer, ENGINE_IO, machine.addPcapRx(0, 0, pool, source, 0), ring.tx, { waits: true });
    stream(machine, consumer, ENGINE_IO, ring.rx, machine.addPcapTx(1, 0, egress.at));
    expect(machine.engine.schedulerRun(scheduler(machine, [egress.at]), 100_000) >>> 0).toBe(SLICE_DONE);
    const out = left(machine, egress);
    expect(out.map(({ bytes }) => bytes)).toEqual([0, 1, 2, 3].map((i) => payload(60, i)));
    for (const [i, { time }] of out.entries()) if (i > 0) expect(time - out[i - 1]!.time).toBeGreaterThanOrEqual(2000n);
    machine.ledger();
  });

  it("T2 no poll begins after the horizon; fed on, the run goes on as if all had been there", () => {
    const arrivals = traffic(random(5), 400, 30);
    const whole = pvp({ arrivals });
    expect(run(whole)).toBe(SLICE_DONE);
    const parts = pvp({ arrivals: arrivals.slice(0, 150), more: true });
    const { engine } = parts.machine;
    const horizon = arrivals[149]!.time!;
    engine.schedulerSetHorizon(parts.sched, horizon);
    expect(run(parts)).toBe(SLICE_INGRESS);
    expect(run(parts)).toBe(SLICE_INGRESS);
    expect(BigInt.asUintN(64, engine.schedulerNow(parts.sched))).toBeGreaterThan(horizon);
    for (const lcore of parts.machine.lcores) {
      // beyond the horizon by its last poll only
      expect(parts.machine.usage(lcore).clockPs - horizon).toBeLessThan(5n * US);
    }
    for (const queue of parts.machine.queues.filter(({ port, direction }) => port < 2 && direction === "rx")) {
      engine.nicRxCatchUp(parts.machine.lcores[0]!, queue.address, horizon);
      expect(engine.nicRxAtEnd(queue.address)).toBeTruthy();
    }
    feed(parts.machine, parts.source, arrivals.slice(150));
    for (const queue of parts.machine.queues.filter(({ port, direction }) => port < 2 && direction === "rx"))
      engine.nicRxRestart(queue.address);
    engine.schedulerSetHorizon(parts.sched, -1n);
    expect(run(parts)).toBe(SLICE_DONE);
    parts.machine.ledger();
    expect(state(parts)).toEqual(state(whole));
  });

  it("is done at once where nothing is to come", () => {
    const lab = pvp({ arrivals: [] });
    expect(run(lab)).toBe(SLICE_DONE);
    expect(left(lab.machine, lab.egress)).toEqual([]);
    expect(Number(lab.machine.engine.schedulerPolls(lab.sched))).toBeLessThan(20);
  });

  it("stops a slice when an egress is at its mark, and goes on", () => {
    const arrivals = Array.from({ length: 300 }, (_, i) => ({ bytes: payload(60, i), time: BigInt(i) * 100_000n }));
    const lab = pvp({ arrivals });
    lab.machine.engine.egressInit(lab.egress.at, lab.egress.buffer, 4 << 20, lab.egress.times, 40);
    let out: Uint8Array[] = [];
    let stops = 0;
    for (let result = run(lab); ; result = run(lab)) {
      out = out.concat(left(lab.machine, lab.egress).map(({ bytes }) => bytes));
      lab.machine.engine.egressClear(lab.egress.at);
      if (result === SLICE_DONE) break;
      expect(result).toBe(SLICE_EGRESS);
      stops++;
    }
    expect(stops).toBeGreaterThan(3);
    expect(out.map((bytes) => bytes.subarray(12))).toEqual(arrivals.map(({ bytes }) => bytes.subarray(12)));
  });

  it("a burst that waits moves its lcore's clock, and nobody else's", () => {
    const machine = freshMachine();
    profile(machine, [1000, 0, 0, 0]);
    const [waiting, other] = [machine.addLcore(true, 1, 0), machine.addLcore(true, 1, 0)];
    const pool = machine.addPool(100, 0, 2);
    const source = machine.addIngress(false, false, undefined);
    feed(
      machine,
      source,
      Array.from({ length: 9 }, (_, i) => ({ bytes: payload(60, i) })),
    );
    const stuck = machine.addRing(8, [0, 0], [9, 0]); // nobody reads it
    const idle = machine.addRing(8, [1, 0], [1, 0]);
    stream(machine, waiting, ENGINE_MAC_RETRY, machine.addPcapRx(0, 0, pool, source, 0), stuck.tx);
    stream(machine, other, ENGINE_IO, idle.rx, idle.tx);
    const at = scheduler(machine);
    expect(machine.engine.schedulerRun(at, 100_000) >>> 0).toBe(SLICE_DONE);
    expect(Number(stuck.tx.counters[COUNTER_DROPS + DROP_RETRY_EXHAUSTED])).toBe(2);
    // pcap.rx, fwd and ring.tx, then five times 10 us and ring.tx, then polls that find nothing
    const clock = machine.usage(waiting).clockPs;
    const tried = 3000n + 5n * (10n * US + 1000n);
    expect(clock).toBeGreaterThanOrEqual(tried);
    expect(clock - tried).toBeLessThan(5000n);
    expect(machine.usage(other).clockPs - clock).toBeLessThan(5000n);
    machine.engine.schedulerSettle(at);
    machine.ledger();
  });

  it("a lossless run whose guest takes nothing ends, with the packets queued", () => {
    const machine = freshMachine();
    profile(machine, [1000, 0, 0, 0]);
    const lcore = machine.addLcore(true, 1, 0);
    const source = machine.addIngress(true, true, undefined);
    feed(
      machine,
      source,
      Array.from({ length: 100 }, (_, i) => ({ bytes: payload(60, i), time: BigInt(i) })),
    );
    const stuck = machine.addRing(8, [0, 0], [9, 0]);
    const rx = machine.addNicRx(0, 0, 16, machine.addPool(200, 0, 1), source, 0);
    stream(machine, lcore, ENGINE_IO, rx, stuck.tx, { waits: true });
    const at = scheduler(machine);
    expect(machine.engine.schedulerRun(at, 100_000) >>> 0).toBe(SLICE_DONE);
    machine.engine.schedulerSettle(at);
    expect([machine.engine.portRxWaiting(rx.address), machine.engine.portRxWaiting(stuck.rx.address)]).toEqual([16, 7]);
    machine.ledger();
  });

  it("time passes even where a profile says that looking costs nothing", () => {
    const machine = freshMachine();
    profile(machine, [0, 0, 0, 0]);
    const [starved, other] = [machine.addLcore(true, 1, 0), machine.addLcore(true, 1, 0)];
    const [empty, pool] = [machine.addPool(4, 0, 2), machine.addPool(300, 0, 2)];
    const source = machine.addIngress(true, false, undefined);
    const egress = machine.addEgress(true, 1 << 20, 1000, 1 << 20, 512);
    feed(
      machine,
      source,
      Array.from({ length: 3 }, (_, i) => ({ bytes: payload(60, i), time: BigInt(i) * 1000n })),
    );
    const out = machine.addNicTx(1, 0, 8, machine.addNicTxPort(1), egress.at);
    const sink = machine.addRing(8, [2, 0], [9, 0]);
    // the lower id has no mbuf left after four packets: its polls are empty for ever
    stream(machine, starved, ENGINE_TXONLY, machine.addNullRx(3, 0, empty, 64, 0n), sink.tx);
    stream(machine, other, ENGINE_IO, machine.addNicRx(0, 0, 16, pool, source, 0), out);
    expect(machine.engine.schedulerRun(scheduler(machine, [egress.at]), 50_000) >>> 0).toBe(SLICE_DONE);
    expect(Number(out.counters[COUNTER_SENT])).toBe(3);
  });
});
