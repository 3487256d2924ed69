import { describe, expect, it } from "vitest";
import { readPackets } from "../../src/capture/packets.ts";
import { fixture, readAll } from "../support/captures.ts";

/** Packets and packets cut by the snaplen, as the table of pcaps/README.md has them. */
const COUNTS: Record<string, readonly [packets: number, truncated: number]> = {
  "pdump_rx.pcap": [124, 0],
  "pdump_tx1.pcap": [124, 0],
  "pdump_both.pcap": [124, 0],
  "pdump_jumbo.pcap": [19, 0],
  "two_p1rx.pcap": [0, 0],
  "dumpcap.pcap": [248, 0],
  "dumpcap.pcapng": [248, 0],
  "dumpcap_s96.pcapng": [124, 61],
  "dumpcap_jumbo.pcapng": [19, 11],
  "dumpcap_filter.pcapng": [3, 0],
  "in/sizes.pcap": [45, 0],
  "in/tags.pcap": [12, 0],
  "in/l4.pcap": [18, 0],
  "in/frag.pcap": [8, 0],
  "in/bad.pcap": [12, 0],
  "in/mcast.pcap": [8, 0],
  "in/arpicmp.pcap": [21, 0],
  "in/runts.pcap": [19, 0],
  "in/jumbo.pcap": [19, 0],
  "in/mix.pcap": [124, 0],
  "in/empty.pcap": [0, 0],
  "in/flows60.pcap": [256, 0],
  "in/tunnels.pcap": [289, 0],
  "in/headers.pcap": [294, 0],
  "in/echo.pcap": [50, 0],
  "in/big.pcap": [3072, 0],
};

describe("captures of real programs", () => {
  for (const [name, [packets, truncated]] of Object.entries(COUNTS)) {
    it(`reads ${packets} packets of ${name}`, () => {
      expect(readAll(fixture(name)).summary).toMatchObject({ packets, truncated, fault: undefined });
    });
  }

  it("dpdk-pdump's rx capture equals its input byte for byte", () => {
    expect(readPackets(fixture("pdump_rx.pcap"), "rx")).toEqual(readPackets(fixture("in/mix.pcap"), "mix"));
    expect(readPackets(fixture("pdump_jumbo.pcap"), "rx")).toEqual(readPackets(fixture("in/jumbo.pcap"), "jumbo"));
  });

  it("dpdk-dumpcap's inbound packets are the input, its outbound ones what dpdk-pdump saw leave", () => {
    const file = fixture("dumpcap.pcapng");
    const inbound = readPackets(file, "in", (_, direction) => direction === "in");
    const outbound = readPackets(
      file,
      "out",
      (id, direction, name) => direction === "out" && id === 1 && name === "dpdk:1",
    );
    expect(inbound).toEqual(readPackets(fixture("in/mix.pcap"), "mix"));
    expect(outbound).toEqual(readPackets(fixture("pdump_tx1.pcap"), "tx"));
  });

  it("a capture cut at 96 bytes keeps the front of each packet", () => {
    const whole = readPackets(fixture("in/mix.pcap"), "mix");
    expect(readPackets(fixture("dumpcap_s96.pcapng"), "s96")).toEqual(whole.map((packet) => packet.subarray(0, 96)));
  });

  it("dpdk-dumpcap's times are those of its bursts, in order", () => {
    const { entries, summary } = readAll(fixture("dumpcap.pcapng"));
    expect(summary).toMatchObject({ timeBackwards: 0, sawInbound: 124, sawOutbound: 124, sawUndirected: 0 });
    expect(summary.interfaces.map(({ name, resolution, snaplen }) => [name, resolution, snaplen])).toEqual([
      ["dpdk:0", "10^-9 s", 0],
      ["dpdk:1", "10^-9 s", 0],
    ]);
    expect(entries.at(-1)!.ns - entries[0]!.ns).toBe(6_970_420n);
  });

  it("a capture repeated twelve times steps back eleven times", () => {
    expect(readAll(fixture("in/big.pcap")).summary.timeBackwards).toBe(11);
  });
});
