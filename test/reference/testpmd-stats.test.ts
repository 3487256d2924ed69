// testpmd-stats.test - the parsers against kept logs of real testpmd 22.11 and the numbers read from them by hand.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseForwardStatistics, parseNicStatistics, parseXstats } from "../../src/reference/testpmd-stats.ts";

const read = (name: string): string => readFileSync(join(import.meta.dirname, name), "latin1");

describe("src/reference/testpmd-stats", () => {
  for (const name of ["mac__mix", "misc_cycles_mac"]) {
    it(`reads the forward statistics of the real log ${name}`, () => {
      const kept = JSON.parse(read(`${name}.stats.json`)) as Record<string, Record<string, number>>;
      const found = parseForwardStatistics(read(`${name}.log.txt`));
      const { all, ...ports } = kept;
      expect(found.all).toEqual(all);
      expect(Object.fromEntries([...found.ports].map(([port, block]) => [`p${port}`, block.counters]))).toEqual(ports);
    });
  }

  it("reads the spread of bursts, and does not take it for counters", () => {
    const { ports } = parseForwardStatistics(read("mac__mix.log.txt"));
    expect(ports.get(0)?.rxBursts).toEqual({ bursts: 9571813, percent: { 0: 99, 32: 0, 28: 1 } });
    expect(ports.get(0)?.txBursts).toBeUndefined();
    expect(ports.get(1)?.txBursts).toEqual({ bursts: 4, percent: { 0: 0, 32: 75, 28: 25 } });
  });

  it("reads the cycles line, and has none where testpmd printed none", () => {
    expect(parseForwardStatistics(read("misc_cycles_mac.log.txt")).cycles).toEqual({
      perPacket: 8328.67,
      total: 374790,
      packets: 45,
      clockMHz: 2600,
    });
    expect(parseForwardStatistics(read("mac__mix.log.txt")).cycles).toBeUndefined();
  });

  it("reads the NIC statistics of each port", () => {
    const ports = parseNicStatistics(read("mac__mix.log.txt"));
    expect([...ports.keys()]).toEqual([0, 1]);
    expect(ports.get(0)).toMatchObject({ "RX-packets": 124, "RX-bytes": 41767, "RX-nombuf": 0, "TX-packets": 0 });
    expect(ports.get(1)).toMatchObject({ "RX-packets": 0, "TX-packets": 124, "TX-errors": 0, "TX-bytes": 41767 });
  });

  it("keeps the last block of a port that was shown twice", () => {
    const block = (n: number): string =>
      `  ####### NIC statistics for port 0  #######\n  RX-packets: ${n}   RX-missed: 0\n  ${"#".repeat(40)}\n`;
    expect(parseNicStatistics(block(1) + block(2)).get(0)).toEqual({ "RX-packets": 2, "RX-missed": 0 });
  });

  it("reads extended statistics by their names", () => {
    const text =
      "testpmd> show port xstats 0\n###### NIC extended statistics for port 0\nrx_errors: 5\nrx_q0_errors: 5\n";
    expect(parseXstats(text)).toEqual({ rx_errors: 5, rx_q0_errors: 5 });
  });

  it("gives empty results for text without statistics", () => {
    expect(parseForwardStatistics("testpmd> ").ports.size).toBe(0);
    expect(parseForwardStatistics("testpmd> ").all).toEqual({});
    expect(parseNicStatistics("").size).toBe(0);
  });
});
