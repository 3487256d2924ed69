// Messages out of a byte stream that is cut anywhere, with descriptors on any of its pieces; and the codecs, by their bytes.
import { describe, expect, it } from "vitest";
import { Connection } from "../../src/vhost-user/connection.ts";
import { LinearSpace } from "../../src/vhost-user/linear-space.ts";
import {
  decodePayload,
  encodeMessage,
  encodePayload,
  REQUESTS,
  type RequestName,
  requestName,
} from "../../src/vhost-user/message.ts";
import type { PayloadKind, Payloads } from "../../src/vhost-user/payload.ts";
import { type Random, withSeed } from "../support/random.ts";
import { MemoryHost, MemoryStream, Network } from "./memory-host.ts";

const SEEDS = Array.from({ length: 200 }, (_, i) => i + 1);

function pair(cut: (n: number) => number): { host: MemoryHost; near: MemoryStream; far: MemoryStream } {
  const host = new MemoryHost(new Network());
  const near = new MemoryStream(host, cut);
  const far = new MemoryStream(host, cut);
  near.peer = far;
  far.peer = near;
  return { host, near, far };
}

describe("a connection", () => {
  it.each(SEEDS)("finds each message and its descriptors, however the stream is cut (seed %i)", async (seed) => {
    const sent: { request: number; payload: Uint8Array; riders: number }[] = [];
    let run: Promise<void> = Promise.resolve();
    withSeed(seed, (chance: Random) => {
      const { host, near, far } = pair((n) => chance.between(1, n));
      const files = Array.from({ length: 8 }, () => host.makeEventfd());
      let whole = new Uint8Array(0);
      for (let i = 0; i < 40; i++) {
        const message = {
          request: chance.below(50),
          payload: chance.bytes(chance.pick([0, 8, 40, 264])),
          riders: chance.pick([0, 0, 1, 8]),
        };
        sent.push(message);
        const bytes = encodeMessage(message.request, 8, message.payload);
        // A message with descriptors starts a send of its own; the bytes of others may go together.
        if (message.riders > 0 || chance.below(2) === 0) {
          if (whole.length > 0) near.send(whole, []);
          near.send(bytes, files.slice(0, message.riders));
          whole = new Uint8Array(0);
        } else {
          whole = Uint8Array.from([...whole, ...bytes]);
        }
      }
      if (whole.length > 0) near.send(whole, []);
      const connection = new Connection(host, far);
      run = (async () => {
        for (const [i, { request, payload, riders }] of sent.entries()) {
          const message = await connection.receive();
          expect(message, `seed ${seed}, message ${i}`).toMatchObject({ request, flags: 9, payload });
          expect(message?.fds, `seed ${seed}, message ${i}`).toHaveLength(riders);
          connection.discard(message!.fds);
        }
        near.close();
        expect(await connection.receive()).toBeUndefined();
        expect(host.fds.size).toBe(8);
      })();
    });
    await run;
  });

  it.each(SEEDS)(
    "meets noise with a fault or a message, never with a hang or a descriptor left (seed %i)",
    async (seed) => {
      let run: Promise<void> = Promise.resolve();
      withSeed(seed, (chance: Random) => {
        const { host, near, far } = pair((n) => chance.between(1, n));
        const file = host.makeEventfd();
        const bytes = chance.bytes(chance.between(1, 400));
        if (chance.below(2) === 0)
          bytes.set([chance.below(60), 0, 0, 0, 1, 0, 0, 0, chance.below(200), 0, 0, 0].slice(0, bytes.length));
        near.send(bytes, chance.below(2) === 0 ? [file] : []);
        near.close();
        const connection = new Connection(host, far);
        run = (async () => {
          for (;;) {
            try {
              const message = await connection.receive();
              if (message === undefined) break;
              connection.discard(message.fds);
            } catch (error) {
              expect(String(error), `seed ${seed}`).toMatch(/found .*, expected /);
              break;
            }
          }
          far.close();
          expect(host.fds.size, `seed ${seed}`).toBe(1);
        })();
      });
      await run;
    },
  );
});

describe("codecs", () => {
  const SAMPLES: { readonly [K in PayloadKind]: [value: Payloads[K], bytes: number[]] } = {
    none: [undefined, []],
    u64: [0x0102030405060708n, [8, 7, 6, 5, 4, 3, 2, 1]],
    state: [{ index: 1, num: 256 }, [1, 0, 0, 0, 0, 1, 0, 0]],
    addr: [
      { index: 1, flags: 1, desc: 2n, used: 3n, avail: 4n, log: 5n },
      [1, 0, 0, 0, 1, 0, 0, 0, ...[2, 3, 4, 5].flatMap((n) => [n, 0, 0, 0, 0, 0, 0, 0])],
    ],
    memory: [
      [{ guest: 1n, size: 2n, user: 3n, offset: 4n }],
      [1, 0, 0, 0, 0, 0, 0, 0, ...[1, 2, 3, 4].flatMap((n) => [n, 0, 0, 0, 0, 0, 0, 0])],
    ],
    file: [{ index: 3, hasFd: false }, [3, 1, 0, 0, 0, 0, 0, 0]],
    config: [{ offset: 6, flags: 1, bytes: Uint8Array.of(9, 8) }, [6, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9, 8]],
    log: [{ size: 1n, offset: 2n }, [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]],
    bytes: [Uint8Array.of(1, 2, 3), [1, 2, 3]],
  };

  it.each(Object.keys(SAMPLES) as PayloadKind[])("%s: to these bytes and back", (kind) => {
    const [value, bytes] = SAMPLES[kind];
    expect([...encodePayload(kind, value)]).toEqual(bytes);
    expect(decodePayload(kind, Uint8Array.from(bytes), "a message")).toEqual(value);
  });

  it("requests have numbers of their own, and are found by them", () => {
    const names = Object.keys(REQUESTS) as RequestName[];
    expect(names.map((name) => requestName(REQUESTS[name].number))).toEqual(names);
  });
});

describe("linear space", () => {
  it.each(SEEDS)("gives out ranges apart and aligned, and is whole again when all are back (seed %i)", (seed) => {
    withSeed(seed, (chance) => {
      const [start, size] = [65536 * chance.between(1, 4), 65536 * chance.between(1, 64)];
      const space = new LinearSpace(start, size);
      const bias = chance.below(1 << 21);
      const taken: { at: number; size: number }[] = [];
      for (let i = 0; i < 60; i++) {
        if (taken.length > 0 && chance.below(3) === 0) {
          const [range] = taken.splice(chance.below(taken.length), 1);
          space.give(range!.at, range!.size);
          continue;
        }
        const wanted = chance.between(1, 40) * 4096;
        const align = chance.pick([4096, 65536, 1 << 21]);
        const at = space.take(wanted, align, bias);
        if (at === undefined) continue;
        expect((at + bias) % align).toBe(0);
        expect(at).toBeGreaterThanOrEqual(start);
        expect(at + wanted).toBeLessThanOrEqual(start + size);
        for (const other of taken) expect(at + wanted <= other.at || other.at + other.size <= at).toBe(true);
        taken.push({ at, size: wanted });
      }
      for (const range of taken) space.give(range.at, range.size);
      expect(space.largest).toBe(size);
    });
  });
});
