import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { freshMachine, Hands } from "../../support/engine.ts";
import { withSeed } from "../../support/random.ts";

/** What mpref.c printed on DPDK 22.11: every get and put of a script, with the objects that came out. */
const TRACE = readFileSync(new URL("mpref-22.11.txt", import.meta.url), "utf8");

interface Step {
  readonly text: string;
  readonly get: boolean;
  readonly n: number;
  readonly ok: boolean;
  readonly cache: number;
  readonly ring: number;
  readonly ends: readonly [number, number] | undefined;
}

interface TracedPool {
  readonly size: number;
  readonly cache: number;
  readonly refused: boolean;
  readonly steps: Step[];
}

function parseTrace(text: string): TracedPool[] {
  const pools: TracedPool[] = [];
  for (const line of text.split("\n")) {
    const pool = /^pool n=(\d+) cache=(\d+)(: refused)?/.exec(line);
    if (pool) pools.push({ size: Number(pool[1]), cache: Number(pool[2]), refused: pool[3] !== undefined, steps: [] });
    const step = /^(get|put) (\d+) -> (?:(ok|FAIL) )?cache (\d+) ring (\d+)(?: first (\d+) last (\d+))?/.exec(line);
    if (!step) continue;
    pools.at(-1)!.steps.push({
      text: line,
      get: step[1] === "get",
      n: Number(step[2]),
      ok: step[3] !== "FAIL",
      cache: Number(step[4]),
      ring: Number(step[5]),
      ends: step[6] === undefined ? undefined : [Number(step[6]), Number(step[7])],
    });
  }
  return pools;
}

describe("mbuf/mempool against the trace of DPDK 22.11", () => {
  const pools = parseTrace(TRACE);

  it("reads 915 steps and the refusal from the trace", () => {
    expect(pools.reduce((n, p) => n + p.steps.length, 0)).toBe(915);
    expect(pools.filter((p) => p.refused).map((p) => [p.size, p.cache])).toEqual([[2048, 513]]);
  });

  it.each([...pools.filter((p) => p.refused), { size: 100, cache: 68 }, { size: 0, cache: 0 }])(
    "refuses a pool of $size with a cache of $cache",
    ({ size, cache }) => {
      expect(() => freshMachine().addPool(size, cache, 1)).toThrow(/mempool: found/);
    },
  );

  it.each(pools.filter((p) => !p.refused).map((p) => ({ ...p, count: p.steps.length })))(
    "pool of $size, cache $cache: $count steps give the same objects, cache and ring",
    ({ size, cache, steps }) => {
      const machine = freshMachine();
      const hands = new Hands(machine);
      const { engine } = machine;
      const pool = machine.addPool(size, cache, 1);
      const held: number[] = [];
      steps.forEach((step, i) => {
        const where = `step ${i}: ${step.text}`;
        if (step.get) {
          const got = hands.take(pool, step.n);
          expect(got.length, where).toBe(step.ok ? step.n : 0);
          const number = (m: number | undefined): number => engine.mbufNumber(m ?? 0) >>> 0;
          if (step.ends) expect([number(got[0]), number(got.at(-1))], where).toEqual(step.ends);
          held.push(...got);
        } else {
          hands.putBulk(pool, held.splice(held.length - step.n, step.n));
        }
        expect([engine.mempoolCacheCount(pool, 0), engine.mempoolCommonCount(pool)], where).toEqual([
          step.cache,
          step.ring,
        ]);
      });
    },
  );
});

describe("mbuf/mempool", () => {
  it.each([
    { size: 600, cache: 250, first: 29, numbers: [278, 250] },
    { size: 600, cache: 0, first: 29, numbers: [0, 28] },
    { size: 600, cache: 250, first: 600, numbers: [0, 599] },
    { size: 2000, cache: 64, first: 512, numbers: [575, 64] },
    { size: 2000, cache: 64, first: 513, numbers: [0, 512] },
    { size: 8, cache: 1, first: 3, numbers: [3, 1] },
  ])(
    "a fresh pool of $size with cache $cache hands out $first as objects $numbers",
    ({ size, cache, first, numbers }) => {
      const hands = new Hands(freshMachine());
      const got = hands.take(hands.machine.addPool(size, cache, 1), first).map((m) => hands.engine.mbufNumber(m) >>> 0);
      expect([got[0], got.at(-1)]).toEqual(numbers);
    },
  );

  it("puts every buffer in its place, headroom 128, one segment, refcnt 1", () => {
    const hands = new Hands(freshMachine());
    const pool = hands.machine.addPool(16, 0, 1);
    const all = hands.take(pool, 16).map((m) => hands.fields(m));
    expect(new Set(all.map((f) => f.buffer)).size).toBe(16);
    const sorted = all.map((f) => f.buffer).sort((a, b) => a - b);
    expect(sorted.every((b, i) => i === 0 || b - sorted[i - 1]! === 2176)).toBe(true);
    for (const f of all)
      expect(f).toMatchObject({ refcnt: 1, segments: 1, dataOff: 128, next: 0, pktLen: 0, port: 0xffff });
  });

  it.each([
    { size: 64, cache: 0 },
    { size: 64, cache: 32 },
    { size: 375, cache: 250 },
  ])("M2 a get of more than pool $size (cache $cache) holds takes nothing", ({ size, cache }) => {
    const hands = new Hands(freshMachine());
    const pool = hands.machine.addPool(size, cache, 1);
    hands.put(pool, hands.take(pool, 5));
    expect(hands.take(pool, size + 1)).toEqual([]);
    expect(hands.engine.mempoolAvailable(pool)).toBe(size);
    expect(new Set(hands.take(pool, size)).size).toBe(size);
    expect(hands.take(pool, 1)).toEqual([]);
    expect(hands.engine.mempoolAvailable(pool)).toBe(0);
  });

  it("a failed get leaves the cache in its order", () => {
    const hands = new Hands(freshMachine());
    const pool = hands.machine.addPool(40, 20, 1);
    const order = hands.take(pool, 40);
    hands.put(pool, order.slice(0, 10));
    expect(hands.take(pool, 11)).toEqual([]);
    expect(hands.take(pool, 10)).toEqual(order.slice(0, 10).reverse());
  });

  it("giving back n at once equals giving back one after the other", () => {
    const [a, b] = [new Hands(freshMachine()), new Hands(freshMachine())];
    const [pa, pb] = [a.machine.addPool(500, 40, 1), b.machine.addPool(500, 40, 1)];
    const [ma, mb] = [a.take(pa, 200), b.take(pb, 200)];
    a.put(pa, ma);
    for (const m of mb) b.put(pb, [m]);
    const counts = (h: Hands, p: number): number[] => [
      h.engine.mempoolCacheCount(p, 0),
      h.engine.mempoolCommonCount(p),
    ];
    expect(counts(a, pa)).toEqual(counts(b, pb));
    const numbers = (h: Hands, p: number): number[] => h.take(p, 500).map((m) => h.engine.mbufNumber(m) >>> 0);
    expect(numbers(a, pa)).toEqual(numbers(b, pb));
  });

  it("freeing a burst, chains among it, gives the segments back in packet order", () => {
    const hands = new Hands(freshMachine());
    const pool = hands.machine.addPool(64, 0, 1);
    const one = hands.packet(pool, new Uint8Array(60));
    const chain = hands.packet(pool, new Uint8Array(300), 0, [100, 100, 100]);
    const two = hands.packet(pool, new Uint8Array(60));
    expect(hands.fields(chain)).toMatchObject({ segments: 3, pktLen: 300, dataLen: 100 });
    hands.free([one, chain, two]);
    expect(hands.engine.mempoolAvailable(pool)).toBe(64);
    const order = hands.take(pool, 64).map((m) => hands.engine.mbufNumber(m) >>> 0);
    expect(order).toEqual([...Array.from({ length: 59 }, (_, i) => i + 5), 0, 1, 2, 3, 4]);
    for (const m of [one, chain, two]) expect(hands.fields(m)).toMatchObject({ segments: 1, next: 0, refcnt: 1 });
  });

  it.each([1, 2, 3, 4, 5, 6])("M1 no object is ever in two hands: two lcores, sequence %i", (seed) => {
    withSeed(seed, (random) => {
      const machine = freshMachine();
      const size = random.between(20, 700);
      const cache = random.below(Math.floor(Math.min(512, size / 1.5)) + 1);
      const pool = machine.addPool(size, cache, 2);
      const lcores = [0, 1].map(() => ({ hands: new Hands(machine), held: [] as number[] }));
      const held = new Set<number>();
      for (let step = 0; step < 400; step++) {
        const { hands, held: mine } = random.pick(lcores);
        const n = random.between(1, Math.min(512, size));
        if (random.below(2) === 0) {
          const got = hands.take(pool, n);
          expect(got.length === 0 || got.length === n).toBe(true);
          for (const m of got) {
            expect(held.has(m), `step ${step}: object ${machine.engine.mbufNumber(m)} is in someone's hands`).toBe(
              false,
            );
            held.add(m);
          }
          mine.push(...got);
        } else {
          const back = mine.splice(0, Math.min(n, mine.length));
          for (const m of back) held.delete(m);
          const kind = random.below(3);
          if (back.length === 0) continue;
          if (kind === 0) hands.put(pool, back);
          else if (kind === 1) hands.putBulk(pool, back);
          else hands.free(back);
        }
        expect(machine.engine.mempoolAvailable(pool), `step ${step}`).toBe(size - held.size);
      }
    });
  });

  it("what one lcore's cache holds another cannot take", () => {
    const machine = freshMachine();
    const pool = machine.addPool(100, 60, 2);
    const [a, b] = [new Hands(machine), new Hands(machine)];
    a.put(pool, a.take(pool, 1)); // a's cache: 60 + 1
    expect(machine.engine.mempoolCacheCount(pool, 0)).toBe(61);
    expect(b.take(pool, 40)).toEqual([]);
    expect(b.take(pool, 39)).toHaveLength(39);
  });
});
