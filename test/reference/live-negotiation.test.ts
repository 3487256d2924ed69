// Every combination of what net_virtio_user can be told and what a device can offer, with the real driver: features, header, burst functions.
// RINGBED_SWEEP=1 takes all of them; else some, evenly spread.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { maskOf } from "../../src/vhost-user/features.ts";
import { whyNotLive } from "../node/vhost-user-testpmd.ts";
import { modelNegotiation, type NegotiationCase, realNegotiation } from "../support/negotiations.ts";

const WORDS = ["mrg_rxbuf=0", "in_order=0", "packed_vq=1", "vectorized=1"];
/** MRG_RXBUF, INDIRECT_DESC, VERSION_1, RING_PACKED, IN_ORDER. */
const BITS = [15, 28, 32, 34, 35];
/** CSUM, GUEST_CSUM, both TSO of both sides, and vhost-user's own. */
const ALWAYS = maskOf(0, 1, 7, 8, 11, 12, 30);
const SIMD = [null, 512];
const STRIDE = 61; // a prime: each word and bit comes on and off

function chosen<Item>(items: readonly Item[], mask: number): Item[] {
  return items.filter((_, i) => (mask >> i) & 1);
}

const all = Array.from({ length: SIMD.length << (WORDS.length + BITS.length) }, (_, n): NegotiationCase => {
  const bits = chosen(BITS, n >> WORDS.length);
  return {
    device: `0x${(ALWAYS | maskOf(...bits)).toString(16)}`,
    args: chosen(WORDS, n).join(","),
    simd: SIMD[n >> (WORDS.length + BITS.length)]!,
    app: [],
  };
});
const cases = process.env.RINGBED_SWEEP === undefined ? all.filter((_, n) => n % STRIDE === 17) : all;

const reason = whyNotLive();
if (reason !== undefined) console.log(`skipped: live negotiations: ${reason}`);
const hasAvx512 = reason === undefined && / avx512f /.test(readFileSync("/proc/cpuinfo", "latin1"));

describe.skipIf(reason !== undefined)("the real driver and a device of ours", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ringbed-negotiation-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(cases)("$device with $args, SIMD $simd: agree as the model says", { timeout: 40_000 }, async (one) => {
    expect(await realNegotiation(folder, one)).toEqual(modelNegotiation(one, hasAvx512));
  });
});
