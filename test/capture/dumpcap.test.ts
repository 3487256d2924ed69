import { describe, expect, it } from "vitest";
import {
  bytes,
  classic,
  fixture,
  flags,
  interfaceBlock,
  NANOSECONDS,
  option,
  packetBlock,
  payload,
  REFERENCE_NS,
  readAll,
  readInChunks,
  sectionBlock,
  text,
} from "../support/captures.ts";

const YEAR_NS = 365n * 86_400n * 1_000_000_000n;
/** When the captures of pcaps/ were made, to the day. */
const MADE_NS = 1_795_132_800n * 1_000_000_000n;

describe("dpdk-dumpcap's microseconds under the nanosecond magic", () => {
  const file = fixture("dumpcap.pcap");

  it("are multiplied by 1000, and that is said", () => {
    const { entries, summary } = readAll(file, { name: "dumpcap.pcap" });
    const raw = readAll(file, { rawTime: true });
    expect(raw.summary.corrections).toEqual([]);
    expect(raw.entries[0]!.ns).toBe(1_795_159_188_000_968_995n);
    expect(entries[0]!.ns).toBe(1_795_159_188_968_995_000n);
    expect(entries.map(({ ns }) => ns % 1_000_000_000n)).toEqual(
      raw.entries.map(({ ns }) => (ns % 1_000_000_000n) * 1000n),
    );
    expect(summary.corrections).toEqual([
      "dumpcap.pcap: times corrected: dpdk-dumpcap -P wrote microseconds under the nanosecond magic",
    ]);
  });

  it("are recognised however the capture is cut into chunks", () => {
    const whole = readAll(file);
    for (const chunk of [1, 50, 1000, 40_000]) expect(readInChunks(file, chunk)).toEqual(whole);
  });

  const small = (count: number, last: number, snaplen = 2176) => {
    const packets = Array.from({ length: count }, (_, i) => ({
      subsecond: i === count - 1 ? last : i * 10,
      data: payload(60),
    }));
    return readAll(classic(packets, { magic: NANOSECONDS, snaplen })).summary.corrections.length;
  };

  it("need at least four packets, all of them under a million", () => {
    expect(small(3, 999_999)).toBe(0);
    expect(small(4, 999_999)).toBe(1);
    expect(small(4, 1_000_000)).toBe(0);
    expect(small(400, 1_000_000)).toBe(0);
  });

  it("are not seen in times of zero, nor under the snaplen that libpcap and Ringbed write", () => {
    const zero = classic([{}, {}, {}, {}], { magic: NANOSECONDS });
    expect(readAll(zero).summary.corrections).toEqual([]);
    expect(small(10, 999_999, 262_144)).toBe(0);
  });

  it("are not seen in true nanoseconds of dpdk-pdump, which end at once the search for them", () => {
    for (const name of ["pdump_rx.pcap", "pdump_tx1.pcap", "pdump_both.pcap", "pdump_jumbo.pcap"]) {
      expect(readAll(fixture(name)).summary.corrections).toEqual([]);
    }
  });
});

describe("dpdk-dumpcap's wrapped time base", () => {
  const file = fixture("dumpcap.pcapng");

  it("is taken back to the day of the capture, and that is said", () => {
    const { entries, summary } = readAll(file, { name: "dumpcap.pcapng", referenceNs: MADE_NS });
    const raw = readAll(file, { rawTime: true });
    expect(raw.summary.corrections).toEqual([]);
    expect(raw.entries[0]!.ns).toBe(8_890_060_749_283_498_849n);
    const shift = (2n ** 64n * 10n ** 9n) / 2_600_000_000n;
    expect(entries.map(({ ns }) => ns)).toEqual(raw.entries.map(({ ns }) => ns - shift));
    expect(new Date(Number(entries[0]!.ns / 1_000_000n)).toISOString()).toBe("2026-11-20T07:19:42.472Z");
    expect(summary.corrections).toEqual([
      "dumpcap.pcapng: times corrected from 2251-09-19 to 2026-11-20: dpdk-dumpcap 1.0 (DPDK 22.11.11) wraps its clock, so 2^64 / 2.6 GHz = 7094901566 s were subtracted",
    ]);
  });

  it("gives the same times for a file copied years later", () => {
    const times = (referenceNs: bigint) => readAll(file, { referenceNs }).entries.map(({ ns }) => ns);
    for (const years of [-2n, -1n, 1n, 2n, 3n]) expect(times(MADE_NS + years * YEAR_NS)).toEqual(times(MADE_NS));
  });

  it("is recognised for each of dumpcap's captures, and when another program has rewritten the file", () => {
    for (const name of ["dumpcap_s96.pcapng", "dumpcap_jumbo.pcapng", "dumpcap_filter.pcapng"]) {
      expect(readAll(fixture(name)).summary.corrections.length).toBe(1);
    }
    const rewritten = file.slice();
    const at = new TextDecoder("latin1").decode(rewritten).indexOf("dpdk-dumpcap");
    rewritten.set(text("editcap-like"), at);
    expect(readAll(rewritten).summary.corrections[0]).toContain(
      "dpdk-dumpcap, which wrote it or its like, wraps its clock",
    );
  });

  const dated = (ns: bigint, userappl = "dpdk-dumpcap 1.0 (DPDK 24.11.1)\n") => {
    const head = bytes(sectionBlock(true, option(4, text(userappl))), interfaceBlock({ options: [option(9, [9])] }));
    return readAll(bytes(head, packetBlock({ ticks: ns }), packetBlock({ ticks: ns + 1n, options: [flags(1)] })));
  };

  it("is left alone where dumpcap's dates are right, or late for another reason", () => {
    for (const ns of [REFERENCE_NS, REFERENCE_NS + YEAR_NS, REFERENCE_NS + 20n * YEAR_NS, 0n]) {
      const { entries, summary } = dated(ns);
      expect(summary.corrections).toEqual([]);
      expect(entries.map((entry) => entry.ns)).toEqual([ns, ns + 1n]);
    }
  });

  it("is taken back for every rate from 2 to 5 GHz", () => {
    for (let tenths = 20n; tenths <= 50n; tenths++) {
      const made = REFERENCE_NS - YEAR_NS / 2n;
      const wrap = (2n ** 64n * 10n) / tenths;
      expect(dated(made + wrap).entries[0]!.ns).toBe(made);
    }
  });
});
