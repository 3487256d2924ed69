// Both sides of the engine's ring against each other: what goes in comes out, in order, and no mbuf is left behind.
import { describe, expect, it } from "vitest";
import type { Queue } from "../../../src/wasm/machine.ts";
import type { RingAgreement } from "../../../src/wasm/parts.ts";
import { freshMachine, Hands } from "../../support/engine.ts";
import { type Random, withSeed } from "../../support/random.ts";

interface Case {
  readonly mergeable: boolean;
  readonly headerBytes: number;
  readonly size: number;
  readonly burst: number;
  /** What else both sides agreed on, by name. */
  readonly agreed: readonly (keyof RingAgreement)[];
}

const UNMERGED = { mergeable: false, headerBytes: 12 };
const SPLIT: readonly Case["agreed"][] = [[], ["inOrder"], ["indirect"], ["inOrder", "indirect", "eventIdx"]];
const BURSTS = [1, 7, 32, 512];
/** Of the driver's side: a vector rx path takes no burst below eight, and posts 32 buffers at a time or (packed) four. */
const VECTOR: Case[] = [
  ...[32, 64, 1024].flatMap((size) =>
    [8, 32, 512].map((burst): Case => ({ ...UNMERGED, size, burst, agreed: ["indirect", "vector"] })),
  ),
  ...[1, 3, 4, 20, 255, 256].flatMap((size) =>
    BURSTS.map((burst): Case => ({ ...UNMERGED, size, burst, agreed: ["packed", "inOrder", "indirect", "vector"] })),
  ),
];

const CASES: Case[] = [true, false].flatMap((mergeable) => [
  ...(mergeable ? [12] : [12, 10]).flatMap((headerBytes) =>
    [1, 2, 4, 16, 256, 1024].flatMap((size) =>
      BURSTS.map((burst): Case => ({ mergeable, headerBytes, size, burst, agreed: [] })),
    ),
  ),
  ...SPLIT.slice(1).flatMap((agreed) =>
    [2, 16, 256].flatMap((size) =>
      [7, 512].map((burst): Case => ({ mergeable, headerBytes: 12, size, burst, agreed })),
    ),
  ),
  ...SPLIT.flatMap((agreed) =>
    [1, 3, 4, 20, 256, 1000].flatMap((size) =>
      BURSTS.map((burst): Case => ({ mergeable, headerBytes: 12, size, burst, agreed: ["packed", ...agreed] })),
    ),
  ),
]);

/** A port of the host's and one of the guest's, joined by a ring each way. */
function join(
  { mergeable, headerBytes, size, agreed }: Case,
  cache: number,
): {
  host: Hands;
  guest: Hands;
  pools: number[];
  down: { host: Queue; guest: Queue };
  up: { host: Queue; guest: Queue };
} {
  const machine = freshMachine();
  const host = new Hands(machine);
  const guest = new Hands(machine);
  const mbufs = size + 2200;
  const features: RingAgreement = Object.fromEntries(agreed.map((name) => [name, true]));
  const window = machine.addWindow(4 * machine.ringWindowBytes(size, features) + 16384 + mbufs * 2176);
  const hostPool = machine.addPool(mbufs, cache, 2);
  const guestPool = machine.addPool(mbufs, cache, 2, window);
  const ring = { size, headerBytes, mergeable, ...features };
  const sides = [
    { port: 0, number: 0, pool: hostPool },
    { port: 1, number: 0, pool: guestPool, window, lcore: guest.lcore },
  ] as const;
  const down = machine.addVirtqueue(true, ring, ...sides);
  const up = machine.addVirtqueue(false, ring, ...sides);
  return { host, guest, pools: [hostPool, guestPool], down, up };
}

/** Frames that a ring of this kind can carry, short and long ones, cut into mbufs at random. */
function frame(random: Random, { limit, segments, shortest }: Way): { bytes: Uint8Array; cuts: number[] } {
  const length = random.pick([
    random.between(shortest, 70),
    random.between(shortest, 1514),
    random.between(shortest, limit),
  ]);
  const cuts: number[] = [];
  for (let rest = length; rest > 0; ) {
    const n = Math.min(rest, random.below(3) === 0 ? random.between(1, 2048) : 2048);
    cuts.push(n);
    rest -= n;
  }
  return {
    bytes: random.bytes(length),
    cuts:
      cuts.length <= segments
        ? cuts
        : Array.from({ length: Math.ceil(length / 2048) }, (_, i) => Math.min(2048, length - i * 2048)),
  };
}

interface Way {
  readonly from: Hands;
  readonly fromPool: number;
  readonly tx: Queue;
  readonly to: Hands;
  readonly rx: Queue;
  /** longest frame, and the most segments it may have: those that fit 2048 bytes each apart */
  readonly limit: number;
  readonly segments: number;
  /** packets that a burst asks for at least */
  readonly least: number;
  /** the PMD drops what is shorter than an Ethernet header, the device does not */
  readonly shortest: number;
}

function carry(way: Way, random: Random, burst: number, count: number): void {
  const { from, to, tx, rx, least } = way;
  const { portRxBurst, portTxBurst } = from.engine;
  const sent: Uint8Array[] = [];
  let waiting: { m: number; bytes: Uint8Array }[] = [];
  let received = 0;
  for (let idle = 0; received < count; idle++) {
    if (idle > 200) expect.fail(`found ${received} of ${count} packets after 200 bursts that moved none`);
    while (waiting.length < burst && sent.length + waiting.length < count) {
      const { bytes, cuts } = frame(random, way);
      waiting.push({ m: from.packet(way.fromPool, bytes, 0, cuts), bytes });
    }
    const n = from.send(
      portTxBurst,
      tx.address,
      waiting.slice(0, random.between(1, burst)).map(({ m }) => m),
    );
    sent.push(...waiting.slice(0, n).map(({ bytes }) => bytes));
    waiting = waiting.slice(n);
    const got = to.receive(portRxBurst, rx.address, random.between(least, burst));
    for (const m of got) {
      const bytes = to.bytes(m);
      if (Buffer.compare(bytes, sent[received]!) !== 0) expect(bytes, `packet ${received}`).toEqual(sent[received]);
      sent[received++] = new Uint8Array();
    }
    to.free(got);
    if (n || got.length) idle = 0;
  }
  expect(waiting).toEqual([]);
}

describe("virtio, one side against the other", () => {
  it.each([...CASES, ...VECTOR])(
    "$agreed, mergeable $mergeable, header $headerBytes, N $size, bursts up to $burst: bytes and order stay, no mbuf is lost",
    (options) => {
      const seed = options.size * 10_000 + options.burst * 10 + options.headerBytes + (options.mergeable ? 1 : 0);
      withSeed(seed, (random) => {
        const { host, guest, pools, down, up } = join(options, random.pick([0, 32, 250]));
        const { size, mergeable } = options;
        const count = Math.min(600, Math.max(60, size * 3));
        // guest to host: chains of header + segments, so at most N - 1 segments; host to guest: mergeable takes up to N - 1 buffers
        const upward = { from: guest, fromPool: pools[1]!, tx: up.guest, to: host, rx: up.host, shortest: 1, least: 1 };
        const least = options.agreed.includes("vector") ? Math.min(8, options.burst) : 1;
        const downward = {
          least,
          from: host,
          fromPool: pools[0]!,
          tx: down.host,
          to: guest,
          rx: down.guest,
          shortest: 14,
        };
        carry(
          { ...upward, limit: size >= 16 ? 9000 : 2048, segments: Math.max(1, Math.min(size - 1, 8)) },
          random,
          size < 16 ? Math.min(options.burst, size) : options.burst,
          count,
        );
        carry({ ...downward, limit: mergeable && size >= 16 ? 9000 : 2048, segments: 8 }, random, options.burst, count);
        host.engine.portTxFree(guest.lcore, up.guest.address);
        expect(host.machine.mbufsAway()).toBe(0);
        for (const side of [up, down]) {
          const counted = [side.host, side.guest].map(({ counters }) => [Number(counters[0]), Number(counters[1])]);
          expect(counted[0]).toEqual(counted[1]);
          expect(counted[0]![0]).toBe(count);
        }
      });
    },
  );

  it.each<Case["agreed"]>([[], ["packed"], ["packed", "inOrder", "indirect"]])(
    "packet numbers travel beside the ring, both ways: %s",
    (...agreed) => {
      const { host, guest, pools, down, up } = join(
        { mergeable: true, headerBytes: 12, size: 256, burst: 32, agreed },
        32,
      );
      const { portRxBurst, portTxBurst } = host.engine;
      const ids = Array.from({ length: 100 }, (_, i) => i * 3 + 1);
      const send = (hands: Hands, pool: number, queue: Queue): number =>
        hands.send(
          portTxBurst,
          queue.address,
          ids.map((id) =>
            hands.packet(pool, new Uint8Array(id % 7 === 0 ? 4000 : 60), id, id % 7 === 0 ? [2000, 2000] : [60]),
          ),
        );
      expect([send(host, pools[0]!, down.host), send(guest, pools[1]!, up.guest)]).toEqual([100, 100]);
      const take = (hands: Hands, queue: Queue): number[] => {
        const all: number[] = [];
        for (
          let got = hands.receive(portRxBurst, queue.address, 64);
          got.length;
          got = hands.receive(portRxBurst, queue.address, 64)
        ) {
          all.push(...got.map((m) => hands.fields(m).id));
          hands.free(got);
        }
        return all;
      };
      expect(take(guest, down.guest)).toEqual(ids);
      expect(take(host, up.host)).toEqual(ids);
    },
  );
});
