// Hashes: published vectors of MurmurHash3, and what a dp_hash group of real OVS 3.1 computed of each odd frame, with the frame's whole key.
import { describe, expect, it } from "vitest";
import { FLOW_FIELDS, type FlowField, type FlowFields } from "../../../src/wasm/ovs-flow.ts";
import { Extractor } from "../../support/ovs-extract.ts";
import { readOdpFlow } from "../../support/ovs-odp.ts";
import { exactFlows, oddFrames } from "../../support/ovs-recorded.ts";

const extractor = new Extractor();

/**
 * Fields that are not zero, without those that dump-flows does not show: IGMP's, ICMP's of the other IP version, and those of neighbour
 * discovery that stand where TCP and IGMP have others.
 */
function shown(fields: FlowFields): string {
  const value = (field: FlowField): bigint => BigInt(fields[field] ?? 0);
  const proto = value("nw_proto");
  const ports = [6n, 17n, 132n, value("dl_type") === 0x86ddn ? 58n : 1n].includes(proto);
  const hidden: FlowField[] = ["igmp_group"];
  if (!ports) hidden.push("tp_src", "tp_dst");
  if (proto !== 6n) hidden.push("tcp_flags");
  if (value("dl_type") === 0x800n) hidden.push("nd_target", "arp_sha", "arp_tha");
  return FLOW_FIELDS.filter((field) => value(field) !== 0n && !hidden.includes(field))
    .map((field) => `${field}=0x${value(field).toString(16)}`)
    .join(" ");
}

describe("ovs/hash", () => {
  // MurmurHash3_x86_32 of words as they lie in memory: the vectors that implementations of it are tested with
  it.each([
    [[0x87654321], 0, 0xf55b516b],
    [[0x87654321], 0x5082edee, 0x2362f9de],
    [[0xffffffff], 0, 0x76293b50],
    [[0], 0, 0x2362f9de],
    [[0x61616161], 0x9747b28c, 0x5a97808a],
    [[0x64636261], 0x9747b28c, 0xf0478627],
    [[], 1, 0x514e28b7],
    [[], 0xffffffff, 0x81f16f39],
  ])("hash_words of %j from %i is MurmurHash3's", (words, basis, expected) => {
    expect(extractor.hashWords(words, basis)).toBe(expected);
  });

  it("keys and 5-tuple hashes of odd frames are those that real OVS recirculated with", () => {
    const recorded = exactFlows().map(readOdpFlow);
    const theirs = new Set(recorded.filter(({ key }) => key.recirc_id !== 0n).map(({ key }) => shown(key)));
    const recircId = Number(recorded.find(({ key }) => key.recirc_id !== 0n)?.key.recirc_id);
    const ours = new Set(
      wholeFrames().map((frame) => {
        // hash(l4(0)) is hash_int of the RSS hash, which is the 5-tuple's
        const dpHash = extractor.hashWords([0, 0], extractor.extract(frame).hash);
        return shown(extractor.extract(frame, { recircId, dpHash }).fields);
      }),
    );
    expect([...theirs].filter((flow) => !ours.has(flow))).toEqual([]);
    expect([...ours].filter((flow) => !theirs.has(flow))).toEqual([]);
    expect(theirs.size).toBeGreaterThan(50);
  });
});

/** The frames before they were cut: each is followed by itself cut to 14 bytes. */
function wholeFrames(): Uint8Array[] {
  const frames = oddFrames();
  return frames.filter((frame, i) => frames[i + 1]?.length === 14 && frame.length > 14);
}
