// What two runs may differ in, and what they may not: a masked value must not hide a difference.
import { describe, expect, it } from "vitest";
import { byCommand, comparableLines, withoutDumps } from "../../src/reference/testpmd-text.ts";

const FINITE = { endless: false, drivers: ["net_pcap", "net_null"] };
const ENDLESS = { endless: true, drivers: ["net_null", "net_null"] };
const lines = (text: string, options = FINITE): string[] => comparableLines(text, options);

describe("lines that time, chance or the machine decides are equal", () => {
  it.each<[what: string, a: string, b: string]>([
    [
      "rates",
      "  Rx-pps:           12          Rx-bps:          340",
      "  Rx-pps:            0          Rx-bps:            0",
    ],
    [
      "rates sent",
      "  Tx-pps:           12          Tx-bps:          340",
      "  Tx-pps:           99          Tx-bps:            1",
    ],
    [
      "cycles",
      "  CPU cycles/packet=13.94 (total cycles=166 / total mac packets=45) at 2600 MHz Clock",
      "  CPU cycles/packet=1.20 (total cycles=9 / total mac packets=45) at 3100 MHz Clock",
    ],
    [
      "rx bursts",
      "  RX-bursts : 500 [99% of 0 pkts + 1% of 12 pkts]",
      "  RX-bursts : 7 [86% of 0 pkts + 14% of 12 pkts]",
    ],
    ["where a pool is", "mempool <mb_pool_0>@0x17f5c0000", "mempool <mb_pool_0>@0x100000"],
    [
      "what EAL finds",
      "EAL: Detected CPU lcores: 2\nx",
      "EAL: Detected CPU lcores: 64\nEAL: Detected NUMA nodes: 2\nx",
    ],
    ["telemetry", "x", "TELEMETRY: No legacy callbacks, legacy socket not created\nx"],
    ["a notice of ours", "x", "ringbed: set fwd mac_retry: of DPDK before 16.07, today: set fwd mac retry\nx"],
    ["line ends of a console", "testpmd> start\r\n", "testpmd> start\n"],
    [
      "an address that a driver makes up",
      "Port 1: 0E:D7:20:50:BD:68\nto 0E:D7:20:50:BD:68",
      "Port 1: 3A:63:EE:07:BF:05\nto 3A:63:EE:07:BF:05",
    ],
  ])("%s", (_, a, b) => expect(lines(a)).toEqual(lines(b)));
});

describe("lines that the program decides are not", () => {
  it.each<[what: string, a: string, b: string]>([
    [
      "a count",
      "  RX-packets: 12             RX-dropped: 0             RX-total: 12",
      "  RX-packets: 12             RX-dropped: 1             RX-total: 13",
    ],
    [
      "packets beside cycles",
      "  CPU cycles/packet=1.2 (total cycles=9 / total mac packets=45)",
      "  CPU cycles/packet=1.2 (total cycles=9 / total mac packets=44)",
    ],
    [
      "the engine beside cycles",
      "  CPU cycles/packet=1.2 (total cycles=9 / total mac packets=45)",
      "  CPU cycles/packet=1.2 (total cycles=9 / total io packets=45)",
    ],
    [
      "sizes of rx bursts",
      "  RX-bursts : 500 [99% of 0 pkts + 1% of 12 pkts]",
      "  RX-bursts : 500 [99% of 0 pkts + 1% of 13 pkts]",
    ],
    [
      "their order",
      "  RX-bursts : 5 [1% of 0 pkts + 0% of 32 pkts + 1% of 28 pkts]",
      "  RX-bursts : 5 [1% of 0 pkts + 0% of 28 pkts + 1% of 32 pkts]",
    ],
    ["a further size", "  RX-bursts : 5 [100% of 0 pkts]", "  RX-bursts : 5 [99% of 0 pkts + 1% of 12 pkts]"],
    [
      "`other`",
      "  RX-bursts : 5 [99% of 0 pkts + 0% of 7 pkts + 0% of 3 pkts + 1% of other]",
      "  RX-bursts : 5 [99% of 0 pkts + 0% of 7 pkts + 1% of 3 pkts]",
    ],
    [
      "the number of tx bursts",
      "  TX-bursts : 2 [0% of 0 pkts + 100% of 12 pkts]",
      "  TX-bursts : 3 [0% of 0 pkts + 100% of 12 pkts]",
    ],
    [
      "a share of tx bursts",
      "  TX-bursts : 2 [0% of 0 pkts + 50% of 32 pkts + 50% of 13 pkts]",
      "  TX-bursts : 2 [0% of 0 pkts + 51% of 32 pkts + 49% of 13 pkts]",
    ],
    ["blanks", "  RX-errors: 0", "  RX-errors:  0"],
    ["offloads", "    Rx offloads=0x0 Tx offloads=0x10000", "    Rx offloads=0x0 Tx offloads=0x0"],
    ["long flags", "requested:0x17b83c configured:0x0", "requested:0x17b83d configured:0x0"],
    ["a fixed address", "Port 0: 02:70:63:61:70:00", "Port 0: 02:70:63:61:70:01"],
    [
      "another port's address in its place",
      "Port 1: 0E:D7:20:50:BD:68\nto 0E:D7:20:50:BD:68",
      "Port 1: 3A:63:EE:07:BF:05\nto 0E:D7:20:50:BD:68",
    ],
    ["why EAL ends", "EAL: Error - exiting with code: 1", "EAL: Error - exiting with code: 2"],
    ["what EAL refuses", "EAL: Driver cannot attach the device (net_null0)", ""],
    ["an event", "Port 0: link state change event", "Port 0: reset event"],
  ])("%s", (_, a, b) => expect(lines(a)).not.toEqual(lines(b)));
});

describe("a run without end", () => {
  it.each<[a: string, b: string]>([
    [
      "  RX-packets: 320            RX-dropped: 0             RX-total: 320",
      "  RX-packets: 64             RX-dropped: 0             RX-total: 64",
    ],
    [
      "  TX-bursts : 2 [0% of 0 pkts + 100% of 12 pkts]",
      "  TX-bursts : 9999 [0% of 0 pkts + 1% of 31 pkts + 99% of 32 pkts]",
    ],
    ["rx_q0_bytes: 12", "rx_q0_bytes: 99"],
  ])("is equal in counts that are not 0: %s", (a, b) => expect(lines(a, ENDLESS)).toEqual(lines(b, ENDLESS)));

  it.each<[a: string, b: string]>([
    [
      "  RX-packets: 320            RX-dropped: 0             RX-total: 320",
      "  RX-packets: 320            RX-dropped: 1             RX-total: 321",
    ],
    [
      "  RX-packets: 320            RX-dropped: 0             RX-total: 320",
      "  RX-packets: 0              RX-dropped: 0             RX-total: 0",
    ],
    ["  TX-bursts : 2 [0% of 0 pkts + 100% of 12 pkts]", "  RX-bursts : 2 [0% of 0 pkts + 100% of 12 pkts]"],
    ["tx_q0_errors: 0", "tx_q0_errors: 1"],
    ["  RX-packets: 320", "  TX-packets: 320"],
  ])("is different in counts that are 0: %s", (a, b) => expect(lines(a, ENDLESS)).not.toEqual(lines(b, ENDLESS)));

  it("keeps counts in a finite run", () => expect(lines("tx_q0_errors: 7")).toEqual(["tx_q0_errors: 7"]));
});

describe("lines of set verbose", () => {
  const dump =
    "port 0/queue 0: received 1 packets\n  src=00:01 - dst=00:02\n  ol_flags: RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN\n";

  it("are equal whenever they come", () => {
    expect(lines(`testpmd> start\n${dump}testpmd> stop\nDone.`)).toEqual(
      lines(`testpmd> start\ntestpmd> ${dump}stop\nDone.`),
    );
  });

  it("are different when one is missing or has another byte", () => {
    const all = lines(`testpmd> start\n${dump}testpmd> stop\n`);
    expect(lines("testpmd> start\ntestpmd> stop\n")).not.toEqual(all);
    expect(lines(`testpmd> start\n${dump.replace("00:02", "00:03")}testpmd> stop\n`)).not.toEqual(all);
  });

  it("are taken out of a text in their order", () => {
    const { rest, dumps } = withoutDumps(`a\n${dump}b\n`);
    expect([rest, dumps.length, dumps[0]]).toEqual(["a\nb\n", 3, "port 0/queue 0: received 1 packets"]);
  });
});

describe("byCommand", () => {
  it("cuts at prompts, with what was printed before the first", () => {
    expect(byCommand(["Done", "testpmd> start", "a", "b", "testpmd> ", "Bye..."])).toEqual([
      { command: "", lines: ["Done"] },
      { command: "start", lines: ["a", "b"] },
      { command: "", lines: ["Bye..."] },
    ]);
  });
});
