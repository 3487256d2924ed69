import { describe, expect, it } from "vitest";
import { COUNTER_DROPS, COUNTER_FAULTS } from "../../../assembly/abi/counters.ts";
import {
  DROP_BEHIND_TOO_BIG,
  DROP_CHAIN_BROKEN,
  DROP_FRAME_TOO_BIG,
  DROP_RETRY_EXHAUSTED,
  DROP_TX_FULL,
} from "../../../assembly/abi/drops.ts";
import { ENGINE_IO, ENGINE_MAC, ENGINE_MAC_RETRY } from "../../../assembly/abi/engines.ts";
import { FAULT_ADDRESS } from "../../../assembly/abi/faults.ts";
import { Machine, type Queue } from "../../../src/wasm/machine.ts";
import { payload } from "../../support/captures.ts";
import { freshMachine, Hands } from "../../support/engine.ts";
import { lane, US } from "../../support/lane.ts";

const drops = ({ counters }: Queue, reason: number): number => Number(counters[COUNTER_DROPS + reason]);
const dropsOf = (queue: Queue): number =>
  [...queue.counters].slice(COUNTER_DROPS, COUNTER_FAULTS).reduce((n, count) => n + Number(count), 0);

describe("testpmd, a tx queue that has no room", () => {
  const nine = Array.from({ length: 9 }, (_, i) => payload(60, i));

  it("without retry the rest is dropped at once as tx_full", () => {
    const it = lane({ engine: ENGINE_IO, places: 7 });
    it.frames(nine);
    it.poll();
    expect(it.counts).toEqual({ rx: 9, tx: 7, dropped: 2 });
    expect([drops(it.tx, DROP_TX_FULL), dropsOf(it.tx)]).toEqual([2, 2]);
    expect(it.pull().map((m) => it.hands.bytes(m))).toEqual(nine.slice(0, 7));
    expect(it.queued).toBe(0);
  });

  it.each([
    ["io with testpmd's default of 64 x 1 us", ENGINE_IO, 64, US, 64, US],
    ["mac with 3 x 7 us", ENGINE_MAC, 3, 7n * US, 3, 7n * US],
    ["mac_retry's own 5 x 10 us", ENGINE_MAC_RETRY, 0, US, 5, 10n * US],
    ["mac_retry told 2 x 3 us", ENGINE_MAC_RETRY, 2, 3n * US, 2, 3n * US],
  ])(
    "%s: that many further attempts, the delay before each, then retry_exhausted",
    (_, engine, retryNum, retryDelayPs, tries, delay) => {
      const it = lane({ engine, places: 7, retryNum, retryDelayPs });
      it.frames(nine);
      let now = 5n;
      expect(it.poll(now)).toBe(true);
      for (let i = 0; i < tries; i++) {
        expect(it.queued).toBe(2);
        expect(it.counts).toEqual({ rx: 9, tx: 0, dropped: 0 });
        expect(it.poll(now + delay - 1n), `attempt ${i} is not early`).toBe(false);
        now += delay;
        expect(it.poll(now), `attempt ${i}`).toBe(true);
      }
      expect(it.queued).toBe(0);
      expect(it.counts).toEqual({ rx: 9, tx: 7, dropped: 2 });
      expect([drops(it.tx, DROP_RETRY_EXHAUSTED), dropsOf(it.tx)]).toEqual([2, 2]);
      it.hands.free(it.pull());
      expect(it.machine.engine.mempoolAvailable(it.pool)).toBe(2000);
    },
  );

  it("a retry goes on at the first unsent packet, progress does not renew the tries, order is kept", () => {
    const frames = Array.from({ length: 32 }, (_, i) => payload(60, i));
    const it = lane({ engine: ENGINE_IO, places: 7, retryNum: 4 });
    it.frames([...frames, payload(61)]);
    it.poll(0n);
    const got: Uint8Array[] = [];
    const drain = (n: number): void => {
      const packets = it.pull(n);
      got.push(...packets.map((m) => it.hands.bytes(m)));
      it.hands.free(packets);
    };
    for (const [i, n] of [3, 0, 7, 2].entries()) {
      drain(n);
      it.poll(BigInt(i + 1) * US);
    }
    drain(7);
    expect(got).toEqual(frames.slice(0, 19));
    expect(it.counts).toEqual({ rx: 32, tx: 19, dropped: 13 });
    expect(drops(it.tx, DROP_RETRY_EXHAUSTED)).toBe(13);
    it.poll(5n * US); // the next burst is polled again
    expect(it.counts.rx).toBe(33);
  });

  it("while a burst waits nothing else is received on that lcore", () => {
    const it = lane({ engine: ENGINE_IO, places: 7, retryNum: 10 });
    it.frames(Array.from({ length: 64 }, () => payload(60)));
    for (let i = 0; i <= 10; i++) it.poll(BigInt(i) * US);
    expect(it.counts).toMatchObject({ rx: 32, dropped: 25 });
  });

  it("a lossless stream takes no more than there is room for", () => {
    const it = lane({ engine: ENGINE_IO, places: 7, waits: true });
    it.frames(Array.from({ length: 20 }, (_, i) => payload(60, i)));
    const got: Uint8Array[] = [];
    for (let i = 0; i < 6; i++) {
      it.poll();
      const packets = it.pull(5);
      got.push(...packets.map((m) => it.hands.bytes(m)));
    }
    expect(got).toEqual(Array.from({ length: 20 }, (_, i) => payload(60, i)));
    expect(it.counts).toEqual({ rx: 20, tx: 20, dropped: 0 });
  });

  /** A host's stream into a guest's ring that is not mergeable. */
  function towardsGuest(retryNum: number) {
    const machine = freshMachine();
    const hands = new Hands(machine);
    const guest = new Hands(machine);
    const window = machine.addWindow(2 * machine.ringWindowBytes(8) + 8192 + 40 * 2176);
    const pool = machine.addPool(100, 0, 3);
    const guestPool = machine.addPool(30, 0, 3, window);
    const ring = { size: 8, headerBytes: 12, mergeable: false };
    const down = machine.addVirtqueue(
      true,
      ring,
      { port: 0, number: 0, pool },
      { port: 1, number: 0, pool: guestPool, window, lcore: guest.lcore },
    );
    const inward = machine.addRing(64, [2, 0], [3, 0]);
    const lcore = machine.addLcore(false, 1, 0);
    machine.addStream(lcore, {
      engine: ENGINE_IO,
      rx: inward.rx,
      tx: down.host,
      burst: 32,
      peerMac: 0n,
      sourceMac: 0n,
      retryNum,
      retryDelayPs: US,
      waits: false,
      txFirst: 0,
    });
    const frames = [60, 61, 3000, 62, 63].map((n, i) =>
      hands.packet(pool, payload(n, i), i, n > 2048 ? [2048, n - 2048] : [n]),
    );
    hands.send(hands.engine.portTxBurst, inward.tx.address, frames);
    return {
      machine,
      guest,
      down,
      window,
      run: () => Array.from({ length: retryNum + 1 }, (_, i) => machine.engine.lcoreRun(lcore, 1, BigInt(i) * US)),
    };
  }

  it.each([0, 3])(
    "a frame that no buffer holds is frame_too_big, those behind it behind_too_big, with %i retries",
    (retryNum) => {
      const { machine, guest, down, run } = towardsGuest(retryNum);
      run();
      expect([DROP_FRAME_TOO_BIG, DROP_BEHIND_TOO_BIG].map((reason) => drops(down.host, reason))).toEqual([1, 2]);
      expect(dropsOf(down.host)).toBe(3);
      const got = guest.receive(machine.engine.portRxBurst, down.guest.address, 32);
      expect(got.map((m) => guest.fields(m).pktLen)).toEqual([60, 61]);
      guest.free(got);
      expect(machine.mbufsAway()).toBe(0);
    },
  );

  it("what a broken ring does not take is chain_broken", () => {
    const { machine, down, window, run } = towardsGuest(0);
    const view = new DataView(machine.arena.bytes.buffer);
    // the ring lies behind the guest's 30 buffers; its descriptor 1 leads to an address outside
    const ring = Number(0x1_0000_0000n - window.gpa) + Math.ceil((30 * Machine.bufferBytes) / 4096) * 4096;
    view.setBigUint64(ring + 16, 0x7_0000_0000n, true);
    run();
    expect(down.host.counters[COUNTER_FAULTS + FAULT_ADDRESS]).toBe(1n);
    expect([drops(down.host, DROP_CHAIN_BROKEN), dropsOf(down.host)]).toEqual([4, 4]);
  });
});
