// The report for people: tables, durations, the words of each drop reason, the trace.
import { describe, expect, it } from "vitest";
import { replay } from "../../src/node/index.ts";
import { DROP_TEXT } from "../../src/report/drop-text.ts";
import { duration, runText, traceText } from "../../src/report/run-text.ts";
import { grouped, textTable } from "../../src/report/table.ts";
import { DROP_NAMES } from "../../src/wasm/counters.ts";
import { pcapPath } from "../support/recordings.ts";

describe("the pieces of a report", () => {
  it.each([
    [0, "0 ns"],
    [999, "999 ns"],
    [1000, "1.000 us"],
    [1_234_567, "1.235 ms"],
    [7_200_000_000_000, "7200.000 s"],
  ])("%i ns is %s", (ns, text) => expect(duration(ns)).toBe(text));

  it.each([
    [0, "0"],
    [999, "999"],
    [1000, "1 000"],
    [1234567, "1 234 567"],
  ])("%i is %s", (n, text) => expect(grouped(n)).toBe(text));

  it("a table's first column stands left, the others right, nothing behind", () => {
    expect(
      textTable(
        ["a", "bb"],
        [
          ["long", 1],
          ["x", "22"],
        ],
      ),
    ).toEqual(["a     bb", "long   1", "x     22"]);
  });

  it("every drop reason of the engine has its sentence, and no other", () => {
    expect(Object.keys(DROP_TEXT).sort()).toEqual([...DROP_NAMES].sort());
  });
});

describe("a run's report", () => {
  const report = (name: string, options = {}) => replay({ captures: [pcapPath(name)], switch: "wire", ...options });

  it("names each drop reason with its sentence and count", async () => {
    const text = runText(await report("in/runts.pcap"));
    expect(text).toContain(
      "ledger: 19 received + 0 generated + 0 copied = 14 sent + 0 consumed + 5 dropped + 0 queued",
    );
    expect(text).toContain(`  rx_short: 5 (${DROP_TEXT.rx_short})`);
  });

  it("says what was modelled and that it is no measurement", async () => {
    const text = runText(await report("in/mix.pcap"));
    expect(text).toMatch(
      /virtual time 123\.\d+ ms, modelled with cost profile testpmd-22\.11 \(a model, not a measurement/,
    );
  });

  it("counts what went through: loops and limits included", async () => {
    expect(runText(await report("in/mix.pcap", { loop: 3 }))).toContain("372 packets through pvp, guests in mac mode");
    expect(runText(await report("in/mix.pcap", { limit: 5 }))).toContain(": 5 packets through pvp");
  });

  it("says the mode of p2p without guests, and the retry suffix", async () => {
    expect(runText(await report("in/mix.pcap", { topology: "p2p" }))).toContain("through p2p, in mac mode\n");
    expect(runText(await report("in/mix.pcap", { retry: true }))).toContain("guests in mac retry mode\n");
    expect(runText(await report("in/mix.pcap", { fwdMode: "mac_retry" }))).toContain("guests in mac_retry mode\n");
  });

  it("says outbound packets and steps back in time", async () => {
    expect(runText(await report("in/big.pcap"))).toContain("11 steps back in time were clamped");
  });

  it("of a capture without packets has no table of streams", async () => {
    expect(runText(await report("in/empty.pcap"))).not.toContain("stream");
  });

  it("has a line a hop of traced packets: time, lcore, port and queue, ring slot, mbuf", async () => {
    const { trace = [] } = await report("in/mix.pcap", { trace: [2, 2] });
    const lines = traceText(trace);
    expect(lines).toHaveLength(8);
    expect(lines[0]).toBe("packet 2");
    expect(lines[1]).toMatch(/^ +1000000\.000 ns {2}host {2}phy0\/0 +on the wire, into rx queue \[1\], 1 in it$/);
    expect(lines[3]).toMatch(/^ +10000\d\d\.\d{3} ns {2}host {2}vhost0\/0 +tx \[1\], 1 in it {2}mbuf \d+, \d+ bytes$/);
    expect(lines[7]).toMatch(/phy1\/0 +tx \[1\]/);
  });

  it("says why and after how many retries a traced packet died", async () => {
    const { trace = [] } = await report("in/jumbo9000.pcap", { mergeable: false, retry: true, trace: [1, 1] });
    expect(traceText(trace).at(-1)).toContain(`dropped: frame_too_big (${DROP_TEXT.frame_too_big})`);
  });
});
