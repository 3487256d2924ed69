// The dumps of packets, byte for byte as the real program prints them.
import { describe, expect, it } from "vitest";
import { echoDump } from "../../../src/testpmd/blocks/echo-dump.ts";
import { rxFlagNames, txFlagNames } from "../../../src/testpmd/blocks/offload-flags.ts";
import { type DumpedPacket, packetDump, packetTypeNames } from "../../../src/testpmd/blocks/packet-dump.ts";
import { type CapturedFrame, framesOf, recordedDumps } from "../../support/recorded-dumps.ts";

const BURST = 32;
/** What the dump of a frame may look at. */
const FRONT_BYTES = 192;
/** net_pcap's first segment, and its others. */
const FIRST_SEGMENT = 2048;
const NEXT_SEGMENT = 2176;

const segmentsOf = (length: number): number => 1 + Math.max(0, Math.ceil((length - FIRST_SEGMENT) / NEXT_SEGMENT));

function dumped({ bytes, microseconds }: CapturedFrame): DumpedPacket {
  return {
    bytes: bytes.subarray(0, FRONT_BYTES),
    length: bytes.length,
    segments: segmentsOf(bytes.length),
    olFlags: 0n,
    packetType: 0,
    rss: 0,
    vlanTci: 0,
    vlanTciOuter: 0,
    timestamp: microseconds,
  };
}

/** The sizes of the bursts that the real program happened to make. */
const burstsOf = (text: string): number[] =>
  [...text.matchAll(/^port \d+\/queue \d+: (?:received|sent) (\d+) packets$/gm)].map(([, count]) => Number(count));

describe.each(recordedDumps)("the $kind dump of $capture", ({ kind, capture, text }) => {
  const frames = framesOf(capture);

  it("is the real one", () => {
    if (kind === "echo") {
      const ours = frames.map(({ bytes }) =>
        echoDump(0, {
          bytes: bytes.subarray(0, FRONT_BYTES),
          length: bytes.length,
          segments: segmentsOf(bytes.length),
        }),
      );
      expect(ours.join("")).toBe(text);
      return;
    }
    let at = 0;
    const ours = burstsOf(text).map((count) => {
      const packets = frames.slice(at, at + count).map(dumped);
      at += count;
      expect(count).toBeLessThanOrEqual(BURST);
      return packetDump({ port: kind === "rx" ? 0 : 1, queue: 0, isRx: kind === "rx", packets, poolName: "mb_pool_0" });
    });
    expect(at).toBe(frames.length);
    expect(ours.join("")).toBe(text);
  });
});

describe("the names of flags", () => {
  it("tell each checksum's state once, unknown ones too", () => {
    expect(rxFlagNames(0n)).toBe(
      "RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN RTE_MBUF_F_RX_OUTER_L4_CKSUM_UNKNOWN ",
    );
    expect(rxFlagNames((1n << 3n) | (1n << 8n) | (1n << 7n))).toContain(
      "RTE_MBUF_F_RX_L4_CKSUM_NONE RTE_MBUF_F_RX_IP_CKSUM_GOOD ",
    );
  });

  it("of sent packets tell a requested checksum or that there is none", () => {
    expect(txFlagNames((1n << 55n) | (3n << 52n))).toBe("RTE_MBUF_F_TX_UDP_CKSUM RTE_MBUF_F_TX_IPV4 ");
    expect(txFlagNames(1n << 57n)).toBe("RTE_MBUF_F_TX_VLAN RTE_MBUF_F_TX_L4_NO_CKSUM ");
  });

  it("are cut at the room that testpmd has for them", () => {
    expect(rxFlagNames(0x1f_ffffn)).toHaveLength(255);
  });
});

describe("what a driver says of a packet", () => {
  const frame = { bytes: new Uint8Array(60), microseconds: 0n };

  it("is shown by its name", () => {
    expect(packetTypeNames(0x211)).toBe("L2_ETHER L3_IPV4 L4_UDP ");
    expect(packetTypeNames(0x0f)).toBe("L2_UNKNOWN ");
  });

  it("shows tag and hash where the flags say that they hold", () => {
    const packet = { ...dumped(frame), olFlags: 0b11n, vlanTci: 0x2a, rss: 0xabc };
    const text = packetDump({ port: 3, queue: 1, isRx: true, packets: [packet], poolName: "p" });
    expect(text).toContain(" - RSS hash=0xabc - RSS queue=0x1 - timestamp 0  - VLAN tci=0x2a - sw ptype: L2_ETHER ");
  });
});
