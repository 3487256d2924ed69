// Which packets of a capture are replayed, and by which NIC they enter.
import { describe, expect, it } from "vitest";
import { CaptureIndexer } from "../../src/capture/indexer.ts";
import { replay } from "../../src/node/index.ts";
import { twoSided } from "../../src/run/two-sided.ts";
import {
  bytes,
  type ClassicPacket,
  classic,
  fixture,
  flags,
  interfaceBlock,
  options,
  packetBlock,
  sectionBlock,
} from "../support/captures.ts";
import { traffic, udpFrame } from "../support/frames.ts";
import { packetsOf, pcapPath } from "../support/recordings.ts";
import { replayed, writeScratch } from "../support/replayed.ts";

/** A pcapng of packets [interface, direction], each with its number in it. */
function directed(packets: readonly (readonly [id: number, direction: number])[]): string {
  const interfaces = Array.from({ length: 3 }, () => interfaceBlock());
  const blocks = packets.map(([id, direction], i) =>
    packetBlock({ id, data: udpFrame(60, id, i), options: direction === 0 ? [] : [flags(direction)] }),
  );
  return writeScratch(bytes(sectionBlock(), ...interfaces, ...blocks), "directed.pcapng");
}

const IN = 1;
const OUT = 2;

describe("packets with a direction", () => {
  it("inbound ones of interface k enter phyk, outbound ones are not replayed", async () => {
    const capture = directed([
      [0, IN],
      [1, IN],
      [0, OUT],
      [1, IN],
      [1, OUT],
    ]);
    const report = await replay({ switch: "wire", captures: [capture] });
    expect(report.capture).toMatchObject({ packets: 3, skipped_outbound: 2 });
    expect(report.ports).toMatchObject({
      phy0: { rx_packets: 1, tx_packets: 2 },
      phy1: { rx_packets: 2, tx_packets: 1 },
    });
  });

  it("all inbound ones enter by --in, whatever their interface", async () => {
    const capture = directed([
      [0, IN],
      [1, IN],
      [2, IN],
      [2, OUT],
    ]);
    const report = await replay({ switch: "wire", captures: [capture], in: "phy1" });
    expect(report.ports).toMatchObject({
      phy0: { rx_packets: 0, tx_packets: 3 },
      phy1: { rx_packets: 3, tx_packets: 0 },
    });
  });

  it("of an interface without a NIC are refused", async () => {
    await expect(replay({ switch: "wire", captures: [directed([[2, IN]])] })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/^capture: found inbound packets of interface 2, expected at most 2 NICs or --in/),
    });
  });

  it("without one enter phy0, beside those that have one", async () => {
    const capture = directed([
      [1, 0],
      [1, IN],
    ]);
    const report = await replay({ switch: "wire", captures: [capture] });
    expect(report.ports).toMatchObject({ phy0: { rx_packets: 1 }, phy1: { rx_packets: 1 } });
  });

  it("real dpdk-dumpcap's: what came in is replayed and leaves as real testpmd sent it", async () => {
    const macs = ["vm0.eth1=02:70:63:61:70:01"];
    const { report, left } = await replayed({ captures: [pcapPath("dumpcap.pcapng")], macs });
    expect(report.capture).toMatchObject({ packets: 124, skipped_outbound: 124 });
    expect(left.map(({ data }) => data)).toEqual(packetsOf(pcapPath("pdump_tx1.pcap")));
  });
});

/** What the guess says of a capture. */
function guess(capture: Uint8Array): string | undefined {
  const index = new Uint32Array(6 * 65536);
  const { packets } = new CaptureIndexer(options()).index(capture, 0, capture.length, true, index, 0);
  return twoSided(capture, index, packets);
}

const reversed = (frame: Uint8Array): Uint8Array =>
  bytes(frame.subarray(6, 12), frame.subarray(0, 6), frame.subarray(12));
const rewritten = (frame: Uint8Array): Uint8Array =>
  bytes([2, 0, 0, 0, 0, 1, 2, 0x70, 0x63, 0x61, 0x70, 1], frame.subarray(12));
const frames = Array.from({ length: 40 }, (_, i) => udpFrame(60 + i, i, i));
const of = (packets: readonly Uint8Array[]): Uint8Array => classic(packets.map((data): ClassicPacket => ({ data })));

describe("a capture without directions looks two-sided when", () => {
  it.each<[title: string, capture: Uint8Array, words: RegExp]>([
    [
      "real dpdk-dumpcap -P wrote what came in and what left",
      fixture("dumpcap.pcap"),
      /^124 of its first 248 packets repeat/,
    ],
    [
      "each packet is there again with other addresses",
      of(frames.flatMap((f) => [f, rewritten(f)])),
      /^40 of its first 80/,
    ],
    ["the copies come later", of([...frames, ...frames.map(rewritten)]), /^40 of its first 80/],
    ["the copies' addresses are swapped", of(frames.flatMap((f) => [f, reversed(f)])), /^40 of its first 80/],
    [
      "a conversation's both directions are in it",
      of(frames.flatMap((f, i) => [f, reversed(udpFrame(80 + i, i, 100 + i))])),
      /^40 of its first 80 packets go back between MAC addresses/,
    ],
    [
      "one in four packets answers",
      of(frames.map((f, i) => (i % 4 === 3 ? reversed(f) : f))),
      /^10 of its first 40 packets go back/,
    ],
  ])("%s", (_, capture, words) => expect(guess(capture)).toMatch(words));
});

describe("a capture does not look two-sided when", () => {
  it.each<[title: string, capture: Uint8Array]>([
    ...["mix", "sizes", "l4", "arpicmp", "mcast", "runts", "jumbo", "big", "flows60"].map(
      (name): [string, Uint8Array] => [`it is the input ${name}`, fixture(`in/${name}.pcap`)],
    ),
    ["it is real dpdk-pdump's rx", fixture("pdump_rx.pcap")],
    ["it is real dpdk-pdump's tx", fixture("pdump_tx1.pcap")],
    ["it is empty", of([])],
    ["it has three packets", of([frames[0]!, rewritten(frames[0]!), frames[1]!])],
    [
      "one frame is sent to a sweep of addresses",
      of(frames.map((_, i) => bytes([2, 0, 0, 0, 0, i], udpFrame(60).subarray(6)))),
    ],
    ["the same frame is in it a thousand times", of(Array.from({ length: 1000 }, () => udpFrame(60)))],
    ["one in forty packets answers", of(frames.map((f, i) => (i === 7 ? reversed(f) : f)))],
    ["it is one-way traffic", traffic(500, 1000, [60, 1514], 9)],
  ])("%s", (_, capture) => expect(guess(capture)).toBeUndefined());
});
