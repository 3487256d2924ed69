import { describe, expect, it } from "vitest";
import { COUNTER_DROPS } from "../../../assembly/abi/counters.ts";
import { DROP_FIFO_FULL, DROP_FIFO_LEFT, DROP_RETRY_EXHAUSTED, DROP_TX_FULL } from "../../../assembly/abi/drops.ts";
import { ENGINE_NOISY } from "../../../assembly/abi/engines.ts";
import { SLICE_DONE } from "../../../assembly/abi/status.ts";
import type { ForwardSettings } from "../../../src/wasm/forwarding.ts";
import { freshMachine } from "../../support/engine.ts";
import { generator } from "../../support/generator.ts";
import { profile, scheduler, stream as streamOn } from "../../support/lab.ts";
import { US } from "../../support/lane.ts";
import { feed, left } from "../../support/ports.ts";

const MS = 1000n * US;

function noisy(fifo: number, forward: ForwardSettings = {}, more: Partial<Parameters<typeof generator>[0]> = {}) {
  const it = generator({ engine: ENGINE_NOISY, offered: 1_000_000n, ...more });
  it.machine.forwarding.setForwardConfig(forward);
  it.machine.forwarding.setPortConfig(0, { noisyFifoSize: fifo });
  it.configure();
  const drops = (reason: number): number => Number(it.tx.counters[COUNTER_DROPS + reason]);
  const ids = (n = 512): number[] => {
    const packets = it.pull(n);
    const got = packets.map((m) => it.hands.fields(m).id);
    it.hands.free(packets);
    return got;
  };
  return { ...it, counters: () => it.counters, drops, ids };
}

describe("testpmd noisy, the FIFO", () => {
  it("keeps bursts while it has room, then gives as many as come in, first in first out", () => {
    const it = noisy(16, {}, { burst: 5 });
    const sent: number[][] = [];
    for (let i = 0; i < 6; i++) {
      it.poll();
      sent.push(it.ids());
    }
    expect(sent).toEqual([[], [], [], [0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11, 12, 13, 14]]);
    expect(it.machine.forwarding.queued()).toBe(15);
    // the real one's counters: with a FIFO nothing that is sent
    expect(it.counters()).toMatchObject({ rxPackets: 30, txPackets: 0, dropped: 0 });
    expect(it.machine.forwarding.readSpreads(it.stream).tx[5]).toBe(3);
  });

  it("smaller than the burst it takes nothing; what 22.11 leaks is dropped as fifo_full", () => {
    const it = noisy(16, {}, { burst: 32 });
    it.poll();
    it.poll();
    expect(it.drops(DROP_FIFO_FULL)).toBe(64);
    expect(it.counters()).toMatchObject({ rxPackets: 64, dropped: 0 });
    it.machine.ledger();
    expect(it.machine.engine.mempoolAvailable(it.pool)).toBe(3000);
  });

  it("is emptied when the flush time has passed without a packet sent, 512 a call", () => {
    const it = noisy(1024, { noisyFlushMs: 10 }, { burst: 300, offered: 900n, places: 2047 });
    for (const now of [0n, 0n, 0n, 9n]) it.poll(now * MS);
    expect(it.ids()).toEqual([]);
    expect(it.poll(10n * MS)).toBe(512);
    expect(it.poll(10n * MS)).toBe(388);
    expect([...it.ids(), ...it.ids()]).toEqual(Array.from({ length: 900 }, (_, i) => i));
    expect(it.poll(30n * MS)).toBe(0);
  });

  it("a packet after a long silence leaves at once: the last flush is long ago", () => {
    const it = noisy(64, { noisyFlushMs: 10 }, { burst: 1, offered: 3n });
    it.poll(0n);
    it.poll(50n * MS);
    expect(it.ids()).toEqual([0, 1]);
    it.poll(55n * MS);
    expect(it.ids()).toEqual([]);
    it.poll(60n * MS);
    expect(it.ids()).toEqual([2]);
  });

  it("what is left in it is freed at the end as fifo_left", () => {
    const it = noisy(64, {}, { burst: 10, offered: 30n });
    for (let i = 0; i < 5; i++) it.poll();
    expect(it.machine.forwarding.queued()).toBe(30);
    it.machine.ledger();
    expect(it.machine.forwarding.endNoisy(it.lcore, it.stream)).toBe(30);
    expect([it.machine.forwarding.queued(), it.drops(DROP_FIFO_LEFT)]).toEqual([0, 30]);
    it.machine.ledger();
    expect(it.machine.engine.mempoolAvailable(it.pool)).toBe(3000);
  });

  it.each([3, 1, 100])("refuses one of %i entries", (noisyFifoSize) => {
    const it = generator({ engine: ENGINE_NOISY });
    expect(() => it.machine.forwarding.setPortConfig(0, { noisyFifoSize })).toThrow(/noisy FIFO: found/);
  });

  it("in virtual time an idle clock jumps to the flush", () => {
    const machine = freshMachine();
    profile(machine, [1000, 0, 0, 0]);
    const pool = machine.addPool(100, 0, 1);
    const lcore = machine.addLcore(true, 1, 0);
    const source = machine.addIngress(false, false, undefined);
    feed(machine, source, [{ bytes: new Uint8Array(60) }]);
    const egress = machine.addEgress(true, 1 << 16, 100, 1 << 16, 512);
    machine.forwarding.setForwardConfig({ noisyFlushMs: 3_600_000 });
    machine.forwarding.setPortConfig(0, { noisyFifoSize: 64 });
    streamOn(
      machine,
      lcore,
      ENGINE_NOISY,
      machine.addPcapRx(0, 0, pool, source, 0),
      machine.addPcapTx(1, 0, egress.at),
    );
    const sched = scheduler(machine, [egress.at]);
    expect(machine.engine.schedulerRun(sched, 1000)).toBe(SLICE_DONE);
    const [packet] = left(machine, egress);
    // the first look at the clock was in the first poll, which cost 1000 ps
    expect(Number(packet!.time / MS)).toBe(3_600_000);
    machine.ledger();
  });
});

describe("testpmd noisy, what 22.11 counts", () => {
  it("drops are in no counter of the stream's", () => {
    const it = noisy(0, {}, { burst: 8, places: 3 });
    it.poll();
    expect(it.counters()).toMatchObject({ rxPackets: 8, txPackets: 3, dropped: 0 });
    expect(it.drops(DROP_TX_FULL)).toBe(5);
  });

  it("a retry counts the first attempt's packets twice", () => {
    const it = noisy(0, {}, { burst: 8, places: 3, retryNum: 1 });
    it.poll(0n);
    expect(it.ids(2)).toEqual([0, 1]);
    it.poll(US);
    // 3 at first, 5 in all
    expect(it.counters()).toMatchObject({ txPackets: 8, dropped: 0 });
    expect(it.drops(DROP_RETRY_EXHAUSTED)).toBe(3);
  });

  it("memory accesses stay in the first 64th of the memory, and touch it", () => {
    const it = noisy(
      0,
      { noisyMemoryBytes: 1 << 20, noisyWrites: 3, noisyReads: 2, noisyReadsWrites: 1 },
      { burst: 512, places: 1023 },
    );
    const { bytes } = it.machine.arena;
    const before = it.machine.arena.allocate(64, "a mark");
    for (let i = 0; i < 8; i++) {
      it.poll();
      it.ids();
    }
    const touched = bytes.subarray(before - (1 << 14), before).reduce((n, byte) => n + (byte ? 1 : 0), 0);
    expect(touched).toBeGreaterThan(8000);
    expect(bytes.subarray(before, before + 64).every((byte) => byte === 0)).toBe(true);
  });
});
