// The classifier against a list that is searched from end to end: random masks, megaflows that do not overlap, mixed protocols, deletions.
import { describe, expect, it } from "vitest";
import type { FlowFields } from "../../../src/wasm/ovs-flow.ts";
import { exact, flowBytes } from "../../../src/wasm/ovs-flow.ts";
import type { Megaflow } from "../../../src/wasm/ovs-flows.ts";
import { Extractor } from "../../support/ovs-extract.ts";
import { frameFrom, PmdBench, PORT } from "../../support/ovs-pmd.ts";
import { oddFrames } from "../../support/ovs-recorded.ts";
import { type Random, withSeed } from "../../support/random.ts";

const COMMON = { ...exact("dl_type", "nw_frag"), vlan_tci: 0x1fff } as const;
/** What a mask may have beside the common fields. */
const CHOICES: readonly FlowFields[] = [
  {},
  exact("nw_src"),
  exact("nw_proto", "tp_dst"),
  exact("nw_proto", "tp_src", "tcp_flags"),
  exact("ipv6_src", "nw_proto"),
  exact("dl_src", "dl_dst", "nw_ttl"),
  exact("nw_tos", "nw_proto", "tp_src", "tp_dst", "nw_src", "nw_dst", "ipv6_dst"),
  { nw_dst: 0xffff_ff00, ipv6_dst: (1n << 128n) - (1n << 64n) },
  exact("nd_target", "arp_sha", "arp_tha"),
  exact("vlan_tci", "vlan_tpid"),
];

interface Rule {
  readonly key: Uint8Array;
  readonly mask: Uint8Array;
  readonly flow: Megaflow;
}

const matches = (packet: Uint8Array, { key, mask }: Rule): boolean =>
  mask.every((bits, at) => ((packet[at]! ^ key[at]!) & bits) === 0);

function search(random: Random, frames: readonly Uint8Array[]): void {
  const extractor = new Extractor();
  const bench = new PmdBench({ emcInsertInvProb: 0, smcEnable: random.below(2) === 0 });
  const packets = new Map(
    frames.map((frame) => [frame, extractor.extract(frame, { inPort: PORT, vlanLimit: 1 }).fields] as const),
  );
  let rules: Rule[] = [];
  for (let burst = 0; burst < 120; burst++) {
    const chosen = Array.from({ length: random.between(1, 32) }, () => random.pick(frames));
    const images = chosen.map((frame) => flowBytes(packets.get(frame)!));
    const expected = images.map((image) => rules.find((rule) => matches(image, rule))?.flow);
    const found = bench.lookup(chosen);
    expect(found).toEqual(expected);

    // what an upcall would do, for some: a megaflow of one of the masks, where it overlaps with none
    images.forEach((image, i) => {
      if (rules.some((rule) => matches(image, rule)) || random.below(3) > 0) return;
      const mask = { ...COMMON, ...random.pick(CHOICES) };
      const fields = packets.get(chosen[i]!)!;
      const bits = flowBytes({ ...mask, ...exact("recirc_id", "packet_type", "in_port") });
      const overlapping = rules.some((rule) =>
        bits.every((b, at) => ((image[at]! ^ rule.key[at]!) & b & rule.mask[at]!) === 0),
      );
      if (overlapping) return;
      rules.push({ key: image, mask: bits, flow: bench.pmd.addFlow(fields, mask) });
    });
    if (random.below(5) === 0) {
      for (const rule of rules.filter(() => random.below(4) === 0)) {
        bench.pmd.deleteFlow(rule.flow);
        rules = rules.filter((other) => other !== rule);
      }
    }
    if (random.below(10) === 0) bench.pmd.housekeeping(BigInt(burst) * 10n ** 13n);
  }
  expect(rules.length).toBeGreaterThan(5);
}

describe("ovs/dpcls", () => {
  const frames = oddFrames().filter((frame, i) => i % 7 === 0 && frame.length >= 14);

  it.each([1, 2, 3, 4])("seed %i: finds what a search from end to end finds", (seed) =>
    withSeed(seed, (random) => search(random, frames)),
  );

  it("a subtable of 20000 megaflows, grown from four buckets, finds each and no other", () => {
    const bench = new PmdBench({ emcInsertInvProb: 0, flowLimit: 20_000 });
    const flows = Array.from({ length: 20_000 }, (_, i) => bench.add(i));
    const { key } = bench.pmd.describe(flows[12_345]!);
    expect(key.nw_src).toBe(0x0a000000n + 12_345n);
    withSeed(5, (random) => {
      for (let burst = 0; burst < 200; burst++) {
        const sources = Array.from({ length: 32 }, () => random.below(25_000));
        const frames = sources.map((source) => frameFrom(source));
        expect(bench.lookup(frames)).toEqual(sources.map((source) => flows[source]));
      }
    });
  });
});
