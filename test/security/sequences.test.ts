// vhost-user messages in any order, of any length, with descriptors of any kind and number, cut anywhere: against a back-end's session and against a
// front-end's. Nothing is left behind, another session goes on, and what is thrown is a peer's fault. fast-check prints seed and path of a failure.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RingbedError } from "../../src/errors.ts";
import { maskOf } from "../../src/vhost-user/features.ts";
import { FrontEndSession } from "../../src/vhost-user/front-end-session.ts";
import type { Fd } from "../../src/vhost-user/host.ts";
import { encodeMessage, REQUESTS } from "../../src/vhost-user/message.ts";
import { MemoryHost, Network, settle } from "../vhost-user/memory-host.ts";
import { GUEST, MEMORY_BYTES, openPair, PATH, Script, USER } from "../vhost-user/script.ts";

const RUNS = Number(process.env.RINGBED_SEQUENCES ?? 150);
const KINDS = ["eventfd", "file", "socket", "other"] as const;

/** Numbers that mean something somewhere, and any other. */
const u32 = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 1, 2, 3, 4, 7, 8, 15, 16, 100, 256, 32768) },
  { weight: 1, arbitrary: fc.constantFrom(0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff) },
  { weight: 1, arbitrary: fc.nat(0xffff_ffff) },
);
const u64 = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0n, 1n, 256n, 4096n, GUEST, USER, USER + 4096n, BigInt(MEMORY_BYTES)) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(maskOf(15, 30, 32), maskOf(30, 32, 34, 35), maskOf(0, 3), maskOf(0, 3, 4, 16), 15n),
  },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 4096n) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
);

function packed(parts: readonly (number | bigint)[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce<number>((sum, part) => sum + (typeof part === "bigint" ? 8 : 4), 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    if (typeof part === "bigint") view.setBigUint64(at, part, true);
    else view.setUint32(at, part, true);
    at += typeof part === "bigint" ? 8 : 4;
  }
  return bytes;
}

const region = fc.tuple(u64, u64, u64, u64);
const payload = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(u32, u32).map(packed) },
  { weight: 3, arbitrary: u64.map((value) => packed([value])) },
  { weight: 3, arbitrary: fc.tuple(u32, u32, u64, u64, u64, u64).map(packed) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.oneof(fc.nat(9), u32), fc.array(region, { maxLength: 9 }), fc.boolean())
      .map(([count, regions, honest]) => packed([honest ? regions.length : count, 0, ...regions.flat()])),
  },
  { weight: 1, arbitrary: fc.tuple(u64, u64).map(packed) },
  { weight: 2, arbitrary: fc.constant(new Uint8Array(0)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
);
const message = fc.record({
  request: fc.oneof({ weight: 12, arbitrary: fc.integer({ min: 0, max: 44 }) }, { weight: 1, arbitrary: u32 }),
  flags: fc.constantFrom(0, 8, 8, 8, 8, 4, 12, 0xffff_fff8, 2),
  payload,
  fds: fc.array(fc.constantFrom(...KINDS), { maxLength: 9 }),
  /** A length that is not the payload's. */
  claims: fc.oneof({ weight: 30, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: u32 }),
  rests: fc.boolean(),
});
type Sent = typeof message extends fc.Arbitrary<infer T> ? T : never;

function bytesOf({ request, flags, payload: body, claims }: Sent): Uint8Array {
  const bytes = encodeMessage(request >>> 0, flags, body);
  if (claims !== undefined) new DataView(bytes.buffer).setUint32(8, claims, true);
  return bytes;
}

function files(host: MemoryHost, kinds: readonly (typeof KINDS)[number][]): Fd[] {
  return kinds.map((kind) => host.install({ kind, bytes: new Uint8Array(kind === "file" ? MEMORY_BYTES : 8) }));
}

describe("a back-end's session", () => {
  it.each(["from the start", "while its rings run"])("under any messages, %s", async (when) => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 30 }), fc.nat(40), async (messages, cut) => {
        const { script, network, backEnd, host, before, warnings } = openPair();
        const other = new Script(new MemoryHost(network));
        await other.start();
        const alone = { ...host.holdings, streams: host.holdings.streams - 1 };
        if (when !== "from the start") await script.start();
        if (cut > 0) network.cut = (n) => Math.min(n, cut);
        for (const sent of messages) {
          if (script.ended) break;
          const fds = files(script.host, sent.fds);
          try {
            script.stream.send(bytesOf(sent), fds);
          } catch (error) {
            if (!(error instanceof RingbedError)) throw error;
          }
          for (const fd of fds) script.host.closeFd(fd);
          if (sent.rests) await settle();
        }
        await settle();
        for (const line of warnings) expect(line).toMatch(/found .*, expected|goes on|found base/);
        network.cut = (n) => n;
        expect(await other.ask("SET_VRING_ENABLE", { index: 0, num: 1 })).toBe(0n);
        script.kill();
        for (let i = 0; i < 3; i++) await settle();
        expect(host.holdings).toEqual(alone);
        await backEnd.close();
        expect(host.holdings).toEqual(before);
      }),
      { numRuns: RUNS },
    );
  });
});

describe("a front-end's session", () => {
  it("under any replies", async () => {
    const asked = Object.values(REQUESTS).map(({ number }) => number as number);
    const reply = fc.record({
      request: fc.oneof(
        { weight: 6, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constantFrom(...asked) },
      ),
      flags: fc.constantFrom(4, 4, 4, 4, 4, 0, 12, 7),
      body: fc.oneof(
        { weight: 6, arbitrary: u64.map((value) => packed([value])) },
        { weight: 4, arbitrary: fc.constant(packed([0n])) },
        { weight: 4, arbitrary: fc.constant(packed([2n ** 64n - 1n])) },
        { weight: 1, arbitrary: payload },
      ),
      fds: fc.oneof(
        { weight: 8, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(fc.constantFrom(...KINDS)) },
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(reply, { maxLength: 40 }), async (replies) => {
        const network = new Network();
        const host = new MemoryHost(network);
        const far = new MemoryHost(network);
        const fd = host.makeFile(MEMORY_BYTES);
        const before = host.holdings;
        const listener = far.listen(PATH);
        const stream = host.connect(PATH);
        if ("absent" in stream) throw new Error(stream.absent);
        const peer = (await listener.accept())!;
        const answers = (async () => {
          for (const { request, flags, body, fds } of replies) {
            const chunk = await peer.receive(4096);
            if (chunk === undefined) return;
            const asks = new DataView(chunk.bytes.buffer, chunk.bytes.byteOffset).getUint32(0, true);
            const riders = files(far, fds);
            try {
              peer.send(encodeMessage(request ?? asks, flags, body), riders);
            } catch {
              return; // it has gone
            }
          }
          peer.close();
        })();
        const window = { fd, linear: 65536, size: MEMORY_BYTES, guest: GUEST };
        const session = new FrontEndSession(host, stream, { features: maskOf(15, 22, 32, 34), queuePairs: 2, window });
        try {
          const { queuePairs } = await session.negotiate();
          expect(queuePairs).toBeGreaterThanOrEqual(1);
          expect(queuePairs).toBeLessThanOrEqual(2);
          const ring = { size: 16, base: 0, desc: 65536, avail: 69632, used: 73728 };
          await session.start(Array.from({ length: 2 * queuePairs }, () => ring));
          for (const base of await session.stop()) expect(base).toBeLessThanOrEqual(0xffff_ffff);
        } catch (error) {
          if (!(error instanceof RingbedError)) throw error;
        }
        await session.close();
        await answers;
        peer.close();
        listener.close();
        await settle();
        expect(host.holdings).toEqual(before);
      }),
      { numRuns: 2 * RUNS },
    );
  });
});
