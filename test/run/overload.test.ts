// A guest slower than what is offered: where packets die, by counter and by trace, with retry and without. And retry's own times.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type ReplayOptions, type RunReport, replay, type TraceRecord } from "../../src/node/index.ts";
import { traffic } from "../support/frames.ts";
import { pcapPath } from "../support/recordings.ts";
import { writeScratch } from "../support/replayed.ts";

/** The shipped profile with some stages' cycles a packet replaced. */
function slow(packetCycles: Record<string, number>): string {
  const profile = JSON.parse(readFileSync(pcapPath("../profiles/testpmd-22.11.json"), "utf8")) as {
    stages: Record<string, Record<string, number>>;
  };
  for (const [stage, cycles] of Object.entries(packetCycles))
    profile.stages[stage] = { ...profile.stages[stage], packet: cycles };
  return writeScratch(new TextEncoder().encode(JSON.stringify(profile)), "slow.json");
}

const OFFERED = 3072;
const slowGuest = slow({ "fwd.mac": 1000, "fwd.mac_retry": 1000 });
const capture = pcapPath("in/big.pcap");

/** 10 Mpps against a guest that makes 2.6. */
function overload(options: Partial<ReplayOptions>): Promise<RunReport> {
  return replay({ switch: "wire", captures: [capture], speed: "10Mpps", profile: slowGuest, ...options });
}

/** Hops of one packet, a line each. */
function hops(trace: readonly TraceRecord[], packet: number): string[] {
  return trace
    .filter((t) => t.packet === packet)
    .map((t) => [t.hop, `${t.port}/${t.queue}`, ...(t.reason === undefined ? [] : [t.reason])].join(" "));
}

describe("a guest slower than the offered rate", () => {
  it("without --retry loses packets at vhost's full ring and nowhere else", async () => {
    const { ledger, ports } = await overload({});
    expect(ledger.dropped).toBeGreaterThan(1500);
    expect(ledger.drops).toEqual({ tx_full: ledger.dropped });
    expect(ports.vhost0!.tx_dropped).toBe(ledger.dropped);
    expect(ports.phy0).toMatchObject({ rx_packets: OFFERED, rx_missed: 0 });
  });

  it("with --retry loses fewer, and those at the NIC, whose queue fills while the host waits", async () => {
    const without = await overload({});
    const { ledger, ports } = await overload({ retry: true });
    expect(ledger.dropped).toBeGreaterThan(0);
    expect(ledger.dropped).toBeLessThan(without.ledger.dropped - 300);
    expect(ledger.drops).toEqual({ rx_missed: ledger.dropped });
    expect(ports.phy0!.rx_missed).toBe(ledger.dropped);
    expect(ports.vhost0!.tx_dropped).toBe(0);
  });

  it("with retries that end too early loses in both places, each under its name", async () => {
    const { ledger, ports } = await overload({ retry: true, retryNum: 5 });
    const { rx_missed = 0, retry_exhausted = 0 } = ledger.drops;
    expect(rx_missed).toBeGreaterThan(0);
    expect(retry_exhausted).toBeGreaterThan(0);
    expect(rx_missed + retry_exhausted).toBe(ledger.dropped);
    expect(ports).toMatchObject({ phy0: { rx_missed }, vhost0: { tx_dropped: retry_exhausted } });
  });

  it("keeps up when less is offered than it can do", async () => {
    expect((await overload({ speed: "2Mpps" })).ledger).toMatchObject({ sent: OFFERED, dropped: 0 });
  });

  it("loses more with a shorter ring", async () => {
    const [short, long] = [await overload({ ringSize: 64 }), await overload({ ringSize: 1024 })];
    expect(short.ledger.dropped).toBeGreaterThan(long.ledger.dropped + 500);
  });

  it.each([
    {},
    { retry: true },
    { retry: true, retryNum: 5 },
    { topology: "pvvp:2" },
    { topology: "pvpv:2" },
    { queues: 2 },
  ])("%j: every packet is sent or in one counter, and the same twice", async (options) => {
    const report = await overload(options);
    const { received, sent, dropped, queued } = report.ledger;
    expect({ received, queued, all: sent + dropped }).toEqual({ received: OFFERED, queued: 0, all: OFFERED });
    expect(JSON.stringify(await overload(options))).toBe(JSON.stringify(report));
  });
});

describe("the trace of a lost packet", () => {
  const all = [1, OFFERED] as const;

  it("names the port where it died and why, for each packet that the counters count", async () => {
    const { trace = [], ledger } = await overload({ retry: true, retryNum: 5, trace: all });
    const died = trace.filter(({ hop }) => hop === "drop");
    const by = (reason: string) => died.filter((t) => t.reason === reason);
    expect(died).toHaveLength(ledger.dropped);
    expect(new Set(died.map(({ packet }) => packet)).size).toBe(ledger.dropped);
    expect(by("rx_missed").map(({ port }) => port)).toEqual(Array(ledger.drops.rx_missed).fill("phy0"));
    expect(by("retry_exhausted").map(({ port }) => port)).toEqual(Array(ledger.drops.retry_exhausted).fill("vhost0"));
    const ends = new Set(
      [...died, ...trace.filter(({ hop, port }) => hop === "tx" && port === "phy1")].map((t) => t.packet),
    );
    expect(ends.size).toBe(OFFERED);
  });

  it("shows a full ring, no retry asked for", async () => {
    const { trace = [] } = await overload({ trace: all });
    const lost = trace.find(({ hop }) => hop === "drop")!;
    expect(lost).toMatchObject({
      port: "vhost0",
      reason: "tx_full",
      occupancy: 256,
      tries: 0,
      length: 60,
      lcore: "host",
    });
    expect(hops(trace, lost.packet)).toEqual(["arrived phy0/0", "rx phy0/0", "drop vhost0/0 tx_full"]);
  });

  it("shows a full NIC: no mbuf, the moment it arrived", async () => {
    const { trace = [] } = await overload({ retry: true, trace: all });
    const lost = trace.find(({ hop }) => hop === "drop")!;
    expect(lost).toMatchObject({ port: "phy0", reason: "rx_missed", occupancy: 512, mbuf: undefined });
    expect(lost.time_ns).toBe((lost.packet - 1) * 100);
    expect(hops(trace, lost.packet)).toEqual(["drop phy0/0 rx_missed"]);
  });

  it.each<[capture: string, options: Partial<ReplayOptions>, last: string]>([
    ["jumbo9000", { mergeable: false }, "drop vhost0/0 frame_too_big"],
    ["runts", {}, "drop vm0.eth0/0 rx_short"],
  ])("of %s with %j ends in %s", async (name, options, last) => {
    const { trace = [] } = await replay({
      switch: "wire",
      captures: [pcapPath(`in/${name}.pcap`)],
      ...options,
      trace: [1, 1],
    });
    expect(hops(trace, 1).at(-1)).toBe(last);
  });

  it("of a packet that rxonly took ends consumed", async () => {
    const { trace = [] } = await replay({ switch: "wire", captures: [capture], fwdMode: "rxonly", trace: [5, 5] });
    expect(hops(trace, 5).at(-1)).toMatch(/^consumed vm0\./);
  });
});

describe("mac_retry", () => {
  const slowHost = slow({ "vhost.rx": 30_000 });
  const busy = {
    captures: [capture],
    speed: "10Mpps",
    profile: slowHost,
    ringSize: 16,
    limit: 600,
    trace: [1, 600],
  } as const;

  it("waits 10 us before each of 5 further tries, then drops", async () => {
    const { trace = [], ledger } = await replay({ switch: "wire", ...busy, fwdMode: "mac_retry" });
    expect(ledger.drops.retry_exhausted).toBeGreaterThan(0);
    const lost = trace.find(({ reason }) => reason === "retry_exhausted")!;
    const tries = trace.filter(({ packet, port }) => packet === lost.packet && port === "vm0.eth1");
    expect(tries.map(({ hop }) => hop)).toEqual(["retry", "retry", "retry", "retry", "retry", "drop"]);
    expect(tries.map((t) => t.tries)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(tries.slice(1).map((t, i) => Math.round(t.time_ns - tries[i]!.time_ns))).toEqual(Array(5).fill(10_000));
  });

  it("is not the retry suffix: mac without it drops at once", async () => {
    const { trace = [], ledger } = await replay({ switch: "wire", ...busy, fwdMode: "mac" });
    expect(ledger.drops.retry_exhausted).toBeUndefined();
    expect(trace.some(({ hop }) => hop === "retry")).toBe(false);
  });

  it.each([
    [undefined, undefined, 64, 1000],
    [7, undefined, 7, 1000],
    [3, 25, 3, 25_000],
  ])(
    "the suffix with --retry-num %s --retry-delay-us %s: %i tries, %i ns before each",
    async (retryNum, retryDelayUs, n, gap) => {
      const { trace = [] } = await replay({
        switch: "wire",
        ...busy,
        fwdMode: "mac",
        retry: true,
        ...(retryNum !== undefined && { retryNum }),
        ...(retryDelayUs !== undefined && { retryDelayUs }),
      });
      const waits = new Map<number, TraceRecord[]>();
      for (const t of trace)
        if (t.port === "vm0.eth1" || t.port === "vhost0") waits.set(t.packet, [...(waits.get(t.packet) ?? []), t]);
      const gaps = [...waits.values()].flatMap((list) =>
        list
          .slice(1)
          .flatMap((t, i) =>
            list[i]!.hop === "retry" && t.port === list[i]!.port ? [Math.round(t.time_ns - list[i]!.time_ns)] : [],
          ),
      );
      expect(gaps.length).toBeGreaterThan(0);
      expect(new Set(gaps)).toEqual(new Set([gap]));
      expect(Math.max(...trace.map(({ tries }) => tries))).toBeLessThanOrEqual(n);
    },
  );
});

describe("the trace of a packet that gets through", () => {
  it("shows each hop in order with port, queue, ring index, occupancy, mbuf and time", async () => {
    const captures = [writeScratch(traffic(600, 1000))];
    const { trace = [] } = await replay({ switch: "wire", captures, trace: [300, 301] });
    const one = trace.filter(({ packet }) => packet === 300);
    expect(hops(trace, 300)).toEqual([
      "arrived phy0/0",
      "rx phy0/0",
      "tx vhost0/0",
      "rx vm0.eth0/0",
      "tx vm0.eth1/0",
      "rx vhost1/0",
      "tx phy1/0",
    ]);
    expect(one.map(({ lcore }) => lcore)).toEqual(["host", "host", "host", "vm0", "vm0", "host", "host"]);
    expect(one[0]).toMatchObject({ time_ns: 299_000, index: 299, occupancy: 1, mbuf: undefined });
    // 299 came before: rings of 256 have wrapped, NIC queues of 512 have not
    expect(one.map(({ index }) => index)).toEqual([299, 299, 43, 43, 43, 43, 299]);
    expect(one.slice(1).every(({ mbuf, length }) => mbuf !== undefined && length === 60)).toBe(true);
    expect(one.every(({ time_ns }, i) => i === 0 || time_ns >= one[i - 1]!.time_ns)).toBe(true);
    expect(one[2]!.mbuf).toBe(one[1]!.mbuf);
    expect(one[4]!.mbuf).toBe(one[3]!.mbuf);
    expect(one[6]!.mbuf).toBe(one[5]!.mbuf);
  });

  it("costs nothing: the report is the same but for the trace", async () => {
    const { trace, ...traced } = await overload({ retry: true, trace: [1, OFFERED] });
    expect(trace!.length).toBeGreaterThan(OFFERED);
    expect(traced).toEqual(await overload({ retry: true }));
  });
});
