// The blocks of `start`, `stop` and --stats-period: given the same numbers, the text that the real program printed
// (test/recorded/testpmd-blocks, cut out of its logs).
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseMac } from "../../../src/dpdk/address.ts";
import type { EthStats } from "../../../src/dpdk/devices/dev-info.ts";
import { burstSpread } from "../../../src/testpmd/blocks/burst-spread.ts";
import { startBanner } from "../../../src/testpmd/blocks/forward-config.ts";
import { forwardStatistics } from "../../../src/testpmd/blocks/forward-statistics.ts";
import { portStatistics, statisticsScreen } from "../../../src/testpmd/blocks/port-statistics.ts";
import { FakeApp, type FakeDevice, fakePcap, fakeStream, NO_STATS } from "../../support/testpmd-app.ts";

const real = (name: string): string =>
  readFileSync(new URL(`../../recorded/testpmd-blocks/${name}.txt`, import.meta.url), "utf8");

/** Bursts by size. */
function spread(bursts: Readonly<Record<number, number>>): number[] {
  const sizes = new Array<number>(513).fill(0);
  for (const [size, count] of Object.entries(bursts)) sizes[Number(size)] = count;
  return sizes;
}

function program(...counters: readonly Partial<EthStats>[]): { app: FakeApp; devices: FakeDevice[] } {
  const devices = counters.map((stats, id) => {
    const device = fakePcap(id);
    device.counters = { ...NO_STATS, ...stats };
    return device;
  });
  return { app: new FakeApp(devices), devices };
}

describe("what stop prints", () => {
  it("of the csum engine has checksums, of recorded bursts their sizes", () => {
    const { app } = program({ ipackets: 124 }, { opackets: 124 });
    app.settings.forwardMode = "csum";
    app.settings.recordBurstStats = true;
    const rx = { 0: 6193373, 32: 3, 28: 1 };
    const there = fakeStream({
      rxPort: 0,
      txPort: 1,
      stats: { rxSpread: spread(rx), txSpread: spread({ 32: 3, 28: 1 }) },
    });
    const back = fakeStream({ rxPort: 1, txPort: 0, stats: { rxSpread: spread({ 0: 6193377 }) } });
    app.config = { ...app.config, streams: [there, back] };
    expect(forwardStatistics(app)).toBe(real("stop-csum"));
  });

  it("of packets that found no mbuf has their number", () => {
    const { app } = program({ ipackets: 1025, rxNombuf: 2047 }, {});
    app.settings.forwardMode = "noisy";
    expect(forwardStatistics(app)).toBe(real("stop-nombuf"));
  });

  it("of several queues a port begins with their streams", () => {
    const { app } = program({ ipackets: 57, opackets: 30 }, { ipackets: 30, opackets: 57 });
    const stream = (rxPort: number, queue: number, packets: number) =>
      fakeStream({
        rxPort,
        txPort: 1 - rxPort,
        rxQueue: queue,
        txQueue: queue,
        stats: { rxPackets: packets, txPackets: packets },
      });
    app.config = { ...app.config, streams: [stream(0, 0, 45), stream(1, 0, 18), stream(0, 1, 12), stream(1, 1, 12)] };
    expect(forwardStatistics(app)).toBe(real("stop-queues"));
  });

  it("of a stream without a packet says nothing", () => {
    const { app } = program({}, {});
    const idle = (rxQueue: number) => fakeStream({ rxPort: 0, txPort: 1, rxQueue });
    app.config = { ...app.config, streams: [idle(0), idle(1), idle(2)] };
    expect(forwardStatistics(app)).not.toContain("Forward Stats for");
  });

  it("has cycles a received packet, and of equally frequent bursts the smaller first", () => {
    const { app } = program({ ipackets: 45 }, { opackets: 45 });
    app.settings.forwardMode = "mac";
    app.settings.recordBurstStats = true;
    app.settings.recordCoreCycles = true;
    const bursts = { 13: 1, 32: 1 };
    const there = fakeStream({
      rxPort: 0,
      txPort: 1,
      stats: { rxSpread: spread({ 0: 17318674, ...bursts }), txSpread: spread(bursts), coreCycles: 374790n },
    });
    const back = fakeStream({ rxPort: 1, txPort: 0, stats: { rxSpread: spread({ 0: 17318676 }) } });
    app.config = { ...app.config, streams: [there, back] };
    expect(forwardStatistics(app)).toBe(real("stop-cycles-mac"));
  });

  it("has cycles a sent packet of an engine that only sends", () => {
    const { app } = program({ opackets: 973472 }, { opackets: 973472 });
    app.settings.forwardMode = "txonly";
    app.settings.recordCoreCycles = true;
    const stream = (rxPort: number, coreCycles: bigint) =>
      fakeStream({ rxPort, txPort: 1 - rxPort, stats: { coreCycles } });
    app.config = { ...app.config, streams: [stream(0, 650720570n), stream(1, 8n)] };
    expect(forwardStatistics(app)).toBe(real("stop-cycles-txonly"));
  });

  it("counts from the start, except errors", () => {
    const { app } = program({ ipackets: 10, imissed: 7, ierrors: 2, oerrors: 5 }, {});
    const port = app.ports.get(0)!;
    port.statsBase = { ...NO_STATS, ipackets: 4, imissed: 1, ierrors: 2, oerrors: 3 };
    app.config = { ...app.config, streams: [fakeStream({ rxPort: 1, txPort: 0, stats: { fwdDropped: 20 } })] };
    const [, block = ""] = forwardStatistics(app).split("Forward statistics for port");
    expect(block).toContain("RX-packets: 6              RX-dropped: 6             RX-total: 12\n  RX-error: 2\n");
    expect(block).toContain("TX-packets: 0              TX-dropped: 22            TX-total: 22\n");
  });
});

describe("the bursts line", () => {
  it("gives what is left to other sizes", () => {
    expect(burstSpread("TX", spread({ 1: 1, 2: 1, 3: 1 }))).toBe(
      "  TX-bursts : 3 [0% of 0 pkts + 33% of 1 pkts + 33% of 2 pkts + 34% of other]\n",
    );
  });

  it("is not there without a burst", () => expect(burstSpread("RX", spread({}))).toBe(""));
});

describe("what start prints", () => {
  it("of several queues and lcores has each lcore's streams", () => {
    const { app } = program({}, {});
    app.settings.forwardMode = "mac";
    app.settings.rxq = 2;
    app.settings.txq = 2;
    app.forwardLcores = [1, 2];
    app.forwardLcoreCount = 2;
    const stream = (rxPort: number, queue: number) =>
      fakeStream({ rxPort, txPort: 1 - rxPort, rxQueue: queue, txQueue: queue });
    app.config = {
      mode: "mac",
      ports: [0, 1],
      streams: [stream(0, 0), stream(1, 0), stream(0, 1), stream(1, 1)],
      lcores: [
        { id: 1, first: 0, count: 2 },
        { id: 2, first: 2, count: 2 },
      ],
    };
    expect(startBanner(app)).toBe(real("start-queues"));
  });

  it("with retry says how often and how long after", () => {
    const { app } = program({}, {});
    Object.assign(app.settings, { forwardMode: "mac", retryEnabled: true, txRetryNum: 5, txRetryDelayUs: 10 });
    app.settings.peers[1] = parseMac("aa:bb:cc:dd:ee:ff")!;
    app.setupForwarding();
    expect(`${startBanner(app)}`).toBe(real("start-retry"));
  });

  it("of flowgen has its flows and the packet's length", () => {
    const { app } = program({}, {});
    app.settings.forwardMode = "flowgen";
    app.setupForwarding();
    expect(startBanner(app)).toBe(real("start-flowgen"));
  });

  it("names the engine of the streams above and the one that is set below", () => {
    const { app } = program({}, {});
    app.settings.forwardMode = "macswap";
    expect(startBanner(app)).toMatch(
      /^io packet forwarding - [\s\S]*\n {2}macswap packet forwarding packets\/burst=32\n/,
    );
  });
});

describe("port statistics", () => {
  /** What the ports had counted at each screen of the recorded run, and the seconds between. */
  const SCREENS: readonly (readonly [Partial<EthStats>, Partial<EthStats>])[] = [
    [
      { ipackets: 32, ibytes: 10672, opackets: 32, obytes: 2048 },
      { opackets: 64, obytes: 12720 },
    ],
    [
      { ipackets: 45, ibytes: 29217, opackets: 32, obytes: 2048 },
      { opackets: 77, obytes: 31265 },
    ],
  ];
  const BETWEEN_NS = 2_000_200_000n;

  it("fill a cleared screen each period, with rates since the last", () => {
    const { app, devices } = program({}, {});
    app.settings.forwardMode = "mac";
    const screens = [...SCREENS, SCREENS[1]!].map((counters, i) => {
      app.now = 1n + BigInt(i) * BETWEEN_NS;
      for (const [id, stats] of counters.entries()) devices[id]!.counters = { ...NO_STATS, ...stats };
      return statisticsScreen(app);
    });
    expect(screens.join("")).toBe(real("screens"));
  });

  it("show no rate where a counter went back, nor at a port's first show", () => {
    const { app, devices } = program({ ipackets: 1000, ibytes: 64000 });
    expect(portStatistics(app, 0)).toContain("Rx-pps:            0          Rx-bps:            0\n");
    app.now += 1_000_000_000n;
    devices[0]!.counters = { ...NO_STATS, ipackets: 10, ibytes: 65000 };
    expect(portStatistics(app, 0)).toContain("Rx-pps:            0          Rx-bps:         8000\n");
  });

  it("list the counters of --display-xstats", () => {
    const { app } = program({ ipackets: 5 });
    app.settings.xstatsDisplay = ["rx_good_packets"];
    expect(portStatistics(app, 0)).toContain(
      "\n                               Value            Rate (since last show)\n" +
        "  rx_good_packets                     5               0\n",
    );
  });
});
