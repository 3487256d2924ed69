import { describe, expect, it } from "vitest";
import { CaptureError } from "../../src/capture/error.ts";
import {
  block,
  bytes,
  interfaceBlock,
  option,
  packetBlock,
  payload,
  readAll,
  readInChunks,
  sectionBlock,
  simpleBlock,
  text,
} from "../support/captures.ts";

const NANOSECONDS = option(9, [9]);

function refuse(bad: Uint8Array, words: string): void {
  expect(() => readAll(bad)).toThrow(CaptureError);
  expect(() => readAll(bad)).toThrow(words);
}

describe("a pcapng that cannot be read", () => {
  const section = sectionBlock(true, option(4, text("somebody")));
  const source = interfaceBlock({ options: [option(2, text("eth0")), NANOSECONDS] });
  const head = section.length + source.length;

  it("refuses a section header cut at any byte, also when tolerant", () => {
    for (let cut = 1; cut < section.length; cut++) {
      expect(() => readAll(section.subarray(0, cut), { tolerant: true })).toThrow(CaptureError);
      const what = cut < 4 ? "capture" : cut < 12 ? "block header" : "section header block";
      refuse(section.subarray(0, cut), `x.pcap: ${what}: found ${cut === 1 ? "1 byte" : `${cut} bytes`}, expected `);
    }
  });

  it("refuses an interface description cut at any byte", () => {
    const file = bytes(section, source);
    for (let cut = section.length + 1; cut < file.length; cut++) {
      const left = cut - section.length;
      const what = left < 12 ? "block header" : "interface description block";
      refuse(
        file.subarray(0, cut),
        `x.pcap: ${what}: found ${left === 1 ? "1 byte" : `${left} bytes`}, expected ${left < 12 ? 12 : source.length} bytes (byte ${section.length})`,
      );
    }
  });

  it("refuses a packet block cut at any byte; tolerant uses everything before it", () => {
    const file = bytes(section, source, packetBlock(), packetBlock());
    const second = head + 92;
    for (let cut = second + 1; cut < file.length; cut++) {
      const words = cut - second < 12 ? `(byte ${second})` : `expected 92 bytes (byte ${second}, packet 2)`;
      refuse(file.subarray(0, cut), words);
      const { entries, summary } = readAll(file.subarray(0, cut), { tolerant: true });
      expect(entries.length).toBe(1);
      expect(summary.fault).toContain(words);
    }
  });

  it("refuses a skipped block cut at any byte, also in small chunks", () => {
    const file = bytes(section, block(0x0bad, payload(40)));
    for (let cut = section.length + 12; cut < file.length; cut++) {
      const words = `skipped block: found ${cut - section.length} bytes, expected 52 bytes (byte ${section.length})`;
      refuse(file.subarray(0, cut), words);
      expect(() => readInChunks(file.subarray(0, cut), 5)).toThrow(words);
    }
  });

  it("refuses a block length under 12, no multiple of 4, or not repeated at the end", () => {
    const at = `(byte ${head + 4}, packet 1)`;
    refuse(
      bytes(section, source, block(6, payload(80), true, 8)),
      `length of enhanced packet block: found 8 bytes, expected at least 12 bytes ${at}`,
    );
    refuse(
      bytes(section, source, block(6, payload(80), true, 94)),
      `length of enhanced packet block: found 94 bytes, expected a multiple of 4 ${at}`,
    );
    refuse(
      bytes(section, source, block(6, payload(80), true, 92, 96)),
      `length at end of block: found 96, expected 92 as at its start (byte ${head + 88})`,
    );
    refuse(
      bytes(section, source, block(6, payload(4), true)),
      `length of enhanced packet block: found 16 bytes, expected at least 32 bytes ${at}`,
    );
    refuse(
      bytes(section, source, block(6, payload(80), true, 0xfffffffc)),
      `found 4294967292 bytes, expected at most 524288 bytes ${at}`,
    );
    refuse(
      bytes(section, source, block(0x0bad, payload(8), true, 20, 24)),
      "length at end of block: found 24, expected 20",
    );
  });

  it("refuses a packet longer than its block, or than 256 KiB", () => {
    refuse(
      bytes(section, source, packetBlock({ captured: 61 })),
      `packet length: found 61 bytes, expected at most the 60 bytes of its block (byte ${head + 20}, packet 1)`,
    );
    refuse(
      bytes(section, source, packetBlock({ captured: 0xffffffff })),
      "packet length: found 4294967295 bytes, expected at most 262144 bytes",
    );
    refuse(
      bytes(section, source, simpleBlock(payload(8), 9)),
      "packet length: found 9 bytes, expected at most the 8 bytes of its block",
    );
  });

  it("refuses a packet on an interface that does not exist", () => {
    refuse(
      bytes(section, source, packetBlock({ id: 7 })),
      `interface of packet: found 7, expected at most 0 (byte ${head + 8}, packet 1)`,
    );
    refuse(
      bytes(section, simpleBlock(payload(8))),
      "interface of packet: found 0, expected an interface description block before it",
    );
  });

  it("refuses an option that leaves its block", () => {
    const long = bytes([2, 0, 5, 0], [1, 0, 0, 0]);
    refuse(
      bytes(section, source, packetBlock({ options: [long] })),
      `option length: found 5 bytes, expected at most the 4 bytes left in its block (byte ${head + 90}, packet 1)`,
    );
    refuse(
      bytes(section, interfaceBlock({ options: [long] })),
      "option length: found 5 bytes, expected at most the 4 bytes left in its block",
    );
    refuse(sectionBlock(true, long), "option length: found 5 bytes");
  });

  it("refuses another version, and a byte-order magic that is none", () => {
    const version = sectionBlock();
    version[12] = 2;
    refuse(version, "pcapng version: found 2.0, expected 1.0 (byte 12)");
    const magic = sectionBlock();
    magic[9] = 0;
    refuse(magic, "byte-order magic: found 1a2b004d, expected 1a2b3c4d (byte 8)");
  });
});
