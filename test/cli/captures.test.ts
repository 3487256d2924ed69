// Captures as they should not be, and some that only look so: exit code and the one line for each.
import { describe, expect, it } from "vitest";
import {
  block,
  bytes,
  classic,
  fixture,
  flags,
  interfaceBlock,
  MICROSECONDS,
  packetBlock,
  payload,
  sectionBlock,
  text,
} from "../support/captures.ts";
import { cli, expectOneLine } from "../support/cli.ts";
import { udpFrame } from "../support/frames.ts";
import { scratch, writeScratch } from "../support/replayed.ts";

const mix = fixture("in/mix.pcap");
const dumpcap = fixture("dumpcap.pcapng");

describe("a capture that cannot be used ends with 2 and one line", () => {
  it.each<[title: string, capture: Uint8Array, line: string]>([
    ["an empty file", new Uint8Array(0), "found an empty file, expected a pcap or pcapng header (byte 0)"],
    ["text", text("this is not a capture at all"), "found bytes 74686973, expected a pcap or pcapng file (byte 0)"],
    ["gzip data", bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]), "found gzip data: decompress it first"],
    ["a file header cut at byte 1", mix.subarray(0, 1), "found 1 byte, expected a pcap or pcapng header"],
    ["a file header cut at byte 23", mix.subarray(0, 23), "pcap header: found 23 bytes, expected 24 bytes (byte 0)"],
    ["a packet header cut", mix.subarray(0, 30), "packet header: found 6 bytes, expected 16 bytes (byte 24, packet 1)"],
    ["a packet that ends behind the file", mix.subarray(0, 1000), "packet data: found 62 bytes, expected 96 bytes"],
    ["a length behind the file's end", classic([{ captured: 100_000 }], { snaplen: 262_144 }), "(byte 40, packet 1)"],
    ["a captured length above 256 KiB", classic([{ captured: 262_145 }], { snaplen: 0 }), "262145"],
    [
      "an unknown link type",
      classic([], { linkType: 113 }),
      "link type: found linux cooked capture (LINKTYPE_LINUX_SLL, 113), expected Ethernet",
    ],
    ["a pcapng section header cut", dumpcap.subarray(0, 20), "byte"],
    ["a pcapng packet cut", dumpcap.subarray(0, 600), "byte"],
    ["a block length of 4", bytes(sectionBlock(), block(6, new Uint8Array(0), true, 4)), "block"],
    ["a block length that is no multiple of 4", bytes(sectionBlock(), block(6, new Uint8Array(8), true, 21)), "block"],
    ["a block whose two lengths differ", bytes(sectionBlock(), block(10, new Uint8Array(4), true, 16, 20)), "20"],
    ["a packet of an interface that is not there", bytes(sectionBlock(), packetBlock()), "interface"],
    [
      "a packet of a pcapng interface of another link type",
      bytes(sectionBlock(), interfaceBlock({ linkType: 105 }), packetBlock()),
      "105), expected Ethernet",
    ],
  ])("%s", async (_, capture, line) => {
    expectOneLine(await cli("replay", writeScratch(capture)), 2, line);
  });

  it("no such file, a folder, a path through a file", async () => {
    expectOneLine(
      await cli("replay", `${scratch()}/none.pcap`),
      2,
      "capture: found no file, expected a readable capture",
    );
    expectOneLine(await cli("replay", scratch()), 2, "capture: found a folder, expected a readable capture");
    const file = writeScratch(mix);
    expectOneLine(await cli("replay", `${file}/x.pcap`), 2, "found a file where its folder should be");
  });

  it("a second capture that cannot be used leaves no output file", async () => {
    const output = `${scratch()}/second-bad.pcap`;
    expectOneLine(
      await cli("replay", writeScratch(mix), writeScratch(mix.subarray(0, 1000)), "-w", output),
      2,
      "packet 12",
    );
    expectOneLine(await cli("replay", output), 2, "found no file");
  });

  it("packets 300 days apart at captured speed", async () => {
    const far = writeScratch(classic([{ seconds: 0 }, { seconds: 26_000_000 }]));
    expectOneLine(await cli("replay", far), 2, "over more than 106 days");
    expect(await cli("replay", far, "--speed", "max")).toMatchObject({ code: 0, err: "" });
  });
});

/** Replays with --json; one JSON document on standard output. */
async function json(capture: Uint8Array, ...words: string[]) {
  const { code, out, err } = await cli("replay", writeScratch(capture), "--switch", "wire", "--json", ...words);
  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^\{[\s\S]*\}\n$/) });
  return { report: JSON.parse(out), err };
}

describe("with --tolerant what comes before a fault is replayed and the fault said", () => {
  it.each<[title: string, capture: Uint8Array, packets: number]>([
    ["a packet cut at the end", mix.subarray(0, 1000), 11],
    ["a packet header cut", mix.subarray(0, 30), 0],
    ["a pcapng packet cut", dumpcap.subarray(0, 3000), 17],
  ])("%s", async (_, capture, packets) => {
    const { report, err } = await json(capture, "--tolerant");
    expect(report.capture.packets).toBe(packets);
    expect(err).toMatch(/ringbed: .*; what came before is replayed\n/);
  });

  it("a fault in the file header is refused all the same", async () => {
    expectOneLine(await cli("replay", writeScratch(mix.subarray(0, 10)), "--tolerant"), 2, "pcap header");
  });
});

describe("captures that are unusual but whole are replayed", () => {
  const frame = udpFrame(60);
  it.each<[title: string, capture: Uint8Array, expected: object]>([
    ["no packets", classic([]), { capture: { packets: 0 }, ledger: { received: 0 }, virtual_ns: expect.any(Number) }],
    ["snaplen 0", classic([{ data: frame }], { snaplen: 0 }), { ledger: { received: 1, sent: 1 } }],
    [
      "a packet of no bytes, which the guest's virtio rx drops",
      classic([{ data: new Uint8Array(0) }, { data: frame }]),
      { ledger: { received: 2, sent: 1, drops: { rx_short: 1 } } },
    ],
    [
      "big-endian",
      classic([{ data: frame }], { little: false, magic: MICROSECONDS }),
      { ledger: { received: 1, sent: 1 } },
    ],
    [
      "time stepping back: clamped and counted",
      classic([{ seconds: 10 }, { seconds: 9 }, { seconds: 11 }]),
      { capture: { time_backwards: 1 }, ledger: { sent: 3 } },
    ],
    [
      "packets cut by the snaplen: replayed as captured and counted",
      classic([{ data: frame, original: 1500 }]),
      { capture: { cut_by_snaplen: 1 }, ports: { phy1: { tx_packets: 1, tx_bytes: 60 } } },
    ],
    [
      "pcapng with blocks of unknown type",
      bytes(
        sectionBlock(),
        block(0x0bad0bad, payload(40)),
        interfaceBlock(),
        block(0x80000123, payload(8)),
        packetBlock({ data: frame }),
      ),
      { ledger: { received: 1, sent: 1 } },
    ],
    [
      "a big-endian section behind a little-endian one",
      bytes(
        bytes(sectionBlock(), interfaceBlock(), packetBlock({ data: frame })),
        bytes(sectionBlock(false), interfaceBlock({ little: false }), packetBlock({ little: false, data: frame })),
      ),
      { ledger: { received: 2, sent: 2 } },
    ],
    [
      "outbound packets: not replayed, counted",
      bytes(
        bytes(sectionBlock(), interfaceBlock(), packetBlock({ data: frame, options: [flags(1)] })),
        packetBlock({ data: frame, options: [flags(2)] }),
      ),
      { capture: { packets: 1, skipped_outbound: 1 }, ledger: { received: 1 } },
    ],
  ])("%s", async (_, capture, expected) => {
    expect((await json(capture)).report).toMatchObject(expected);
  });

  it("the word of a packet cut by the snaplen is on standard error", async () => {
    const { err } = await json(classic([{ data: frame, original: 1500 }]));
    expect(err).toMatch(/^ringbed: .*: 1 packets were cut by the snaplen and are replayed as captured\n$/);
  });
});

describe("frames of every length", () => {
  it.each(Array.from({ length: 14 }, (_, length) => length))("a runt of %i bytes", async (length) => {
    const capture = classic([{ data: payload(length) }]);
    const pvp = (await json(capture, "--fwd-mode", "io")).report;
    const short = length < 14;
    expect(pvp.ledger).toMatchObject({ received: 1, sent: short ? 0 : 1, drops: short ? { rx_short: 1 } : {} });
    expect(pvp.ports["vm0.eth0"].rx_errors).toBe(short ? 1 : 0);
    const p2p = (await json(capture, "--fwd-mode", "io", "--topology", "p2p")).report;
    expect(p2p.ports.phy1).toMatchObject({ tx_packets: 1, tx_bytes: length });
  });

  it.each([
    [2048, "off", { sent: 1, drops: {} }],
    [2049, "off", { sent: 0, drops: { frame_too_big: 1 } }],
    [2049, "on", { sent: 1, drops: {} }],
    [9000, "on", { sent: 1, drops: {} }],
    [9000, "off", { sent: 0, drops: { frame_too_big: 1 } }],
    [65535, "on", { sent: 1, drops: {} }],
    [65535, "off", { sent: 0, drops: { frame_too_big: 1 } }],
  ])("%i bytes with mergeable buffers %s", async (length, mergeable, expected) => {
    const capture = classic([{ data: payload(length) }], { snaplen: 262_144 });
    const { report } = await json(capture, "--mergeable", mergeable, "--fwd-mode", "io");
    expect(report.ledger).toMatchObject(expected);
    expect(report.ports.phy1.tx_bytes).toBe(report.ledger.sent * length);
  });
});
