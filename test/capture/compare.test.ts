import { describe, expect, it } from "vitest";
import { type Comparer, type Comparison, compareOrdered, compareUnordered } from "../../src/capture/compare.ts";
import { readPackets } from "../../src/capture/packets.ts";
import { batchOf, fixture, payload } from "../support/captures.ts";

const EXPECTED = readPackets(fixture("in/mix.pcap"), "mix");

/** Pushes packets in batches of three. */
function compare(comparer: Comparer, packets: readonly Uint8Array[]): Comparison {
  for (let i = 0; i < packets.length; i += 3) comparer.push(batchOf(packets.slice(i, i + 3)));
  return comparer.finish();
}

function changed(packet: Uint8Array, at: number): Uint8Array {
  const copy = packet.slice();
  copy[at]! ^= 0xff;
  return copy;
}

describe("an egress stream held against a capture, in order", () => {
  it("is equal to itself", () => {
    expect(compare(compareOrdered(EXPECTED), EXPECTED)).toEqual({
      equal: true,
      text: "124 packets, all as expected",
      found: 124,
      expected: 124,
      different: 0,
      missing: 0,
      extra: 0,
    });
    expect(compare(compareOrdered([]), []).equal).toBe(true);
  });

  it("shows the first packet that differs, its byte and the bytes around it", () => {
    const found = [
      ...EXPECTED.slice(0, 16),
      changed(EXPECTED[16]!, 38),
      changed(EXPECTED[17]!, 0),
      ...EXPECTED.slice(18),
    ];
    const { equal, text, different, missing, extra } = compare(compareOrdered(EXPECTED), found);
    expect({ equal, different, missing, extra }).toEqual({ equal: false, different: 2, missing: 0, extra: 0 });
    expect(text.split("\n")).toEqual([
      "packet 17, byte 38: found 0xff, expected 0x00 (255 bytes)".replace("255 bytes", `${EXPECTED[16]!.length} bytes`),
      expect.stringMatching(/^ {2}found {4}0018 (?: [0-9a-f]{2} ){14}\[ff\](?: [0-9a-f]{2} )*/),
      expect.stringMatching(/^ {2}expected 0018 (?: [0-9a-f]{2} ){14}\[00\](?: [0-9a-f]{2} )*/),
      "124 packets found, 124 expected: 2 different, 0 missing, 0 extra",
    ]);
  });

  it("tells a packet cut short or grown longer", () => {
    const short = compare(compareOrdered([payload(60)]), [payload(59)]);
    expect(short.text).toContain("packet 1, byte 59: found the end, expected 0x3b (59 bytes, not 60)");
    const long = compare(compareOrdered([payload(60)]), [payload(61)]);
    expect(long.text).toContain("packet 1, byte 60: found 0x3c, expected the end (61 bytes, not 60)");
    expect(compare(compareOrdered([payload(4)]), [payload(0)]).text).toContain("found    0000  (no bytes)");
  });

  it("says when a packet was lost rather than changed", () => {
    const { text, missing, different } = compare(compareOrdered(EXPECTED), [
      ...EXPECTED.slice(0, 5),
      ...EXPECTED.slice(7),
    ]);
    expect(text).toContain("it equals expected packet 8: 2 may be lost before it");
    expect(missing).toBe(2);
    expect(different).toBe(117);
  });

  it("counts missing and extra packets at the end", () => {
    const missing = compare(compareOrdered(EXPECTED), EXPECTED.slice(0, 120));
    expect(missing).toMatchObject({ equal: false, missing: 4, extra: 0, different: 0 });
    expect(missing.text).toContain(`packet 121: found the end, expected ${EXPECTED[120]!.length} bytes`);
    const extra = compare(compareOrdered(EXPECTED), [...EXPECTED, payload(9), payload(9)]);
    expect(extra).toMatchObject({ equal: false, missing: 0, extra: 2, different: 0 });
    expect(extra.text).toContain("packet 125: found 9 bytes, expected no more packets");
  });
});

describe("an egress stream held against a capture, in any order", () => {
  it("is equal when the packets are the same, also several alike", () => {
    const expected = [...EXPECTED, EXPECTED[3]!, EXPECTED[3]!];
    expect(compare(compareUnordered(expected), [...expected].reverse())).toMatchObject({ equal: true, found: 126 });
  });

  it("counts packets too many and too few, and shows the first of each", () => {
    const found = [EXPECTED[1]!, EXPECTED[1]!, changed(EXPECTED[2]!, 3), EXPECTED[0]!];
    const { equal, text, missing, extra } = compare(compareUnordered(EXPECTED.slice(0, 4)), found);
    expect({ equal, missing, extra }).toEqual({ equal: false, missing: 2, extra: 2 });
    expect(text.split("\n").filter((line) => !line.startsWith("  "))).toEqual([
      `packet 2: found ${EXPECTED[1]!.length} bytes that no (further) expected packet has`,
      `expected packet 3 of ${EXPECTED[2]!.length} bytes was not found`,
      "4 packets found, 4 expected: 2 missing, 2 extra",
    ]);
  });
});
