// Rings that a peer fills with whatever it likes, between bursts and at random: every burst ends, every mbuf stays in a pool or in the ring's table,
// and nothing is written but the peer's own window. Each side, each layout, with everything agreed on that can be.
import { describe, expect, it } from "vitest";
import { agreedMask } from "../../../src/wasm/virtqueue.ts";
import { freshMachine, Hands } from "../../support/engine.ts";
import { type Random, withSeed } from "../../support/random.ts";

const SIZES = { split: [1, 8, 64], packed: [1, 5, 64] } as const;
const POOL = 96;
const WINDOW = 1 << 16;
const GUARD = 4096;
const CASES = (["split", "packed"] as const).flatMap((layout) =>
  [false, true].flatMap((inOrder) => SIZES[layout].map((size) => [layout, inOrder, size] as const)),
);

interface Ring {
  readonly hands: Hands;
  readonly queue: number;
  readonly pool: number;
  /** What the peer may write: linear address and bytes, the ring first. */
  readonly window: { readonly at: number; readonly bytes: number; readonly gpa: bigint };
  readonly guard: Uint8Array;
}

/** A ring in a window with guards on both sides, and the engine's `side` of it. */
function lay(
  side: "device" | "driver",
  layout: "split" | "packed",
  inOrder: boolean,
  size: number,
  vector = false,
): Ring {
  const machine = freshMachine();
  const hands = new Hands(machine);
  const { engine, arena } = machine;
  const mask = agreedMask({
    mergeable: !vector,
    vector,
    packed: layout === "packed",
    inOrder,
    indirect: true,
    eventIdx: true,
  });
  const pages = WINDOW + POOL * 2176 + 3 * GUARD;
  const guest = machine.addWindow(pages + GUARD);
  const front = guest.allocate(GUARD, "a guard", 4096);
  arena.bytes.fill(0x5a, front, front + GUARD);
  const ring = guest.allocate(WINDOW, "a ring and buffers", 4096);
  const pool = machine.addPool(POOL, 0, 1, side === "driver" ? guest : undefined);
  const queue = arena.allocate(65536, "a queue");
  const ids = arena.allocate(size * 4, "packet numbers");
  const headers = side === "driver" ? guest.allocate(size * 144, "net headers", 64) : 0;
  const { memory, gpa } = guest;
  const result =
    side === "device"
      ? engine.deviceQueueInit(queue, ring, size, 12, mask, memory, ids, pool, 1)
      : engine.driverQueueInit(queue, ring, size, 12, mask, gpa, ids, headers, pool, 1, 0);
  expect(result).toBe(0);
  return {
    hands,
    queue,
    pool,
    window: { at: ring, bytes: WINDOW, gpa },
    guard: arena.bytes.subarray(front, front + GUARD),
  };
}

/** Writes over the ring as no driver or device would: fields that are nearly right, now and then nothing but noise. */
function scribble({ hands, window }: Ring, random: Random, size: number): void {
  const view = new DataView(hands.machine.arena.bytes.buffer, window.at, window.bytes);
  const near = (): bigint => window.gpa + BigInt(window.at + 8192 + random.below(WINDOW - 8192));
  const flags = [0x80, 0x82, 0x8000, 0x8002, 0x8080, 0x8082, 0x81, 0x84, 0x8003, 0x8004, 0x8001, 0, 1, 2, 4, 0xffff];
  for (let n = random.between(1, 2 * size); n > 0; n--) {
    const at = 16 * random.below(size);
    if (random.below(8) > 0)
      view.setBigUint64(at, random.below(6) > 0 ? near() : BigInt(random.below(2 ** 31)) << 33n, true);
    view.setUint32(at + 8, random.pick([12, 60, 72, 300, 2048, 16, 48, 0, 65535, 0xffff_fff0, 0x7fff_ffff]), true);
    view.setUint16(at + 12, random.pick([random.below(size), ...flags.slice(0, 4), random.below(65536)]), true);
    view.setUint16(at + 14, random.pick([...flags, random.below(size)]), true);
  }
  // The other areas, of either layout: indexes, entries, event areas.
  for (let n = random.below(24); n > 0; n--) {
    const at = 16 * size + random.below(6 + 2 * size);
    view.setUint8(at, random.pick([0, 1, size, random.below(256)]));
    const used = Math.ceil((16 * size + 4) / 4096) * 4096 + random.below(6 + 8 * size);
    view.setUint8(used, random.pick([0, 0, 1, 2, random.below(256)]));
  }
}

describe("virtio: a peer that writes whatever it likes", () => {
  it.each(CASES)("%s device side, in order %s, N %i", (layout, inOrder, size) => {
    withSeed(size * 4 + (inOrder ? 2 : 0) + (layout === "packed" ? 1 : 0), (random) => {
      for (let ring = 0; ring < 40; ring++) {
        const made = lay("device", layout, inOrder, size);
        const { hands, queue, pool, guard } = made;
        const { engine } = hands;
        for (let burst = 0; burst < 40; burst++) {
          scribble(made, random, size);
          if (ring % 2 === 0) {
            const got = hands.receive(engine.deviceDequeue, queue, 32);
            for (const m of got) expect(hands.fields(m).pktLen).toBeGreaterThan(0);
            hands.free(got);
          } else {
            const cuts = [random.between(1, 2048), random.between(1, 200)];
            const bytes = random.bytes(cuts[0]! + cuts[1]!);
            const packets = [60, 700].map((n) => hands.packet(pool, random.bytes(n)));
            packets.push(hands.packet(pool, bytes, 0, cuts));
            expect(hands.send(engine.deviceEnqueue, queue, packets)).toBeLessThanOrEqual(3);
            hands.free(packets);
          }
          expect(engine.deviceReady(queue) >>> 0).toBeLessThanOrEqual(0xffff);
          expect(engine.mempoolAvailable(pool) >>> 0).toBe(POOL);
        }
        expect(guard.every((byte) => byte === 0x5a)).toBe(true);
      }
    });
  });

  const VECTOR = CASES.flatMap(([layout, inOrder, size]) =>
    inOrder === (layout === "packed") ? [[layout, inOrder, size, true] as const] : [],
  );
  it.each([...CASES.map((one) => [...one, false] as const), ...VECTOR])(
    "%s driver side, in order %s, N %i, vector %s",
    (layout, inOrder, size, vector) => {
      withSeed(size * 4 + (inOrder ? 2 : 0) + (layout === "packed" ? 1 : 0), (random) => {
        for (let ring = 0; ring < 40; ring++) {
          const made = lay("driver", layout, inOrder, size, vector);
          const { hands, queue, pool, guard } = made;
          const { engine } = hands;
          const posted = vector && layout === "split" ? size & ~31 : size;
          if (ring % 2 === 0) expect(engine.driverRefill(hands.lcore, queue) >>> 0).toBe(posted);
          for (let burst = 0; burst < 40; burst++) {
            if (ring % 2 === 0) {
              scribble(made, random, size);
              hands.free(hands.receive(engine.driverRx, queue, 32));
              engine.driverRxWaiting(queue);
            } else {
              const packets = [[60], [100, 200], [60]].flatMap((cuts) =>
                engine.mempoolAvailable(pool) >>> 0 > 4
                  ? [hands.packet(pool, random.bytes(cuts.reduce((a, b) => a + b, 0)), 0, cuts)]
                  : [],
              );
              const sent = hands.send(engine.driverTx, queue, packets);
              hands.free(packets.slice(sent));
              scribble(made, random, size);
              engine.driverTxFree(hands.lcore, queue);
            }
            const away = POOL - (engine.mempoolAvailable(pool) >>> 0);
            expect(engine.driverHeld(queue) >>> 0).toBe(away);
          }
          engine.driverRelease(hands.lcore, queue);
          expect(engine.mempoolAvailable(pool) >>> 0).toBe(POOL);
          expect(new Set(hands.take(pool, POOL)).size).toBe(POOL);
          expect(guard.every((byte) => byte === 0x5a)).toBe(true);
        }
      });
    },
  );
});
