// What testpmd's options put into the settings; what they print is compared with the real program in recorded-options.test.ts.
import { describe, expect, it } from "vitest";
import { Exit } from "../../src/dpdk/io.ts";
import type { Choices, OptionPort } from "../../src/testpmd/options/option-run.ts";
import { parseOptions } from "../../src/testpmd/options/options.ts";
import { defaultSettings, type Settings } from "../../src/testpmd/settings.ts";

const PEERS = "02:00:00:00:00:11";

/** Reads the words on three lcores and two ports of up to 16 queues, of which port 0 prefers bursts of 48. */
function parse(...words: string[]): { settings: Settings; choices: Choices; out: string; err: string } {
  const settings = defaultSettings();
  const printed = { out: "", err: "" };
  const port = (id: number): OptionPort => {
    return { id, info: { maxRxQueues: 16, maxTxQueues: 16, preferred: { rxBurst: id === 0 ? 48 : 0 } } };
  };
  const choices = parseOptions("dpdk-testpmd", words, {
    settings,
    ports: new Map([0, 1].map((id) => [id, port(id)])),
    lcores: [0, 1, 2],
    mainLcore: 0,
    numaNodes: 1,
    io: {
      out: (text) => {
        printed.out += text;
      },
      err: (text) => {
        printed.err += text;
      },
    },
    readText: () => ({ text: PEERS }),
    log: () => undefined,
  });
  return { settings, choices, ...printed };
}

/** Only what the words changed. */
function changed(...words: string[]): Partial<Record<keyof Settings, unknown>> {
  const before: Partial<Record<string, unknown>> = { ...defaultSettings() };
  return Object.fromEntries(
    Object.entries(parse(...words).settings).filter(([key, value]) => {
      const text = (v: unknown): string => JSON.stringify(v, (_, x: unknown) => (typeof x === "bigint" ? `${x}n` : x));
      return text(value) !== text(before[key]);
    }),
  );
}

describe("an option sets its setting", () => {
  it.each<[string, Partial<Record<keyof Settings, unknown>>]>([
    ["-i", { interactive: true }],
    ["-a", { autoStart: true }],
    ["-ia", { interactive: true, autoStart: true }],
    ["--i", { interactive: true }],
    ["--interactive", { interactive: true }],
    ["--auto-start", { autoStart: true }],
    ["--tx-first", { txFirst: true }],
    ["--cmdline-file=foo", { cmdlineFile: "foo" }],
    ["--stats-period=2", { statsPeriod: 2 }],
    ["--display-xstats=a,,b", { xstatsDisplay: ["a", "b"] }],
    ["--no-numa", { numa: false }],
    ["--mp-anon", { mpAlloc: "anon" }],
    ["--mp-alloc=xmemhuge", { mpAlloc: "xmemhuge" }],
    ["--mbuf-size=1024,2048", { mbufSizes: [1024, 2048] }],
    ["--total-num-mbufs=2048", { totalNumMbufs: 2048 }],
    ["--max-pkt-len=9000", { maxPacketLength: 9000 }],
    ["--disable-crc-strip", { rxOffloads: 0x10000n }],
    ["--enable-lro", { rxOffloads: 0x10n }],
    ["--enable-scatter", { rxOffloads: 0x2000n }],
    ["--enable-rx-cksum", { rxOffloads: 0xen }],
    ["--enable-rx-timestamp", { rxOffloads: 0x4000n }],
    ["--enable-hw-vlan", { rxOffloads: 0x621n }],
    ["--enable-hw-vlan-filter", { rxOffloads: 0x200n }],
    ["--enable-hw-vlan-strip", { rxOffloads: 0x1n }],
    ["--enable-hw-vlan-extend", { rxOffloads: 0x400n }],
    ["--enable-hw-qinq-strip", { rxOffloads: 0x20n }],
    ["--rx-offloads=0x7fffffff", { rxOffloads: 0x7fffffffn }],
    ["--tx-offloads=8000", { txOffloads: 0x8000n }],
    ["--tx-offloads=0x100000001", { txOffloads: 1n }],
    ["--enable-drop-en", { rxDropEnable: 1 }],
    ["--disable-rss", { rssHf: 0n }],
    ["--rss-udp", { rssHf: 0x20820n }],
    ["--rss-level-inner", { rssHf: 0xa38cn | (2n << 50n) }],
    ["--rss-level-outer", { rssHf: 0xa38cn | (1n << 50n) }],
    ["--port-topology=chained", { topology: "chained" }],
    ["--port-topology=loop", { topology: "loop" }],
    ["--forward-mode=5tswap", { forwardMode: "5tswap" }],
    ["--forward-mode=bad", {}],
    ["--rxq=4", { rxq: 4 }],
    ["--txq=0", { txq: 0 }],
    ["--rxq=65537", {}],
    ["--rxd=1024", { rxd: 1024 }],
    ["--txd=65536", {}],
    ["--txd=65537", { txd: 1 }],
    ["--burst=512", { burst: 512 }],
    ["--burst=0", { burst: 48 }],
    ["--burst=-1", { burst: 512 }],
    ["--burst=16x", { burst: 16 }],
    ["--flowgen-clones=3", { flowgenClones: 3 }],
    ["--flowgen-flows=7", { flowgenFlows: 7 }],
    ["--mbcache=0", { mbcache: 0 }],
    ["--txpt=300", { txThresholds: { pthresh: 44, hthresh: -1, wthresh: -1 } }],
    ["--txht=2", { txThresholds: { pthresh: -1, hthresh: 2, wthresh: -1 } }],
    ["--txwt=3", { txThresholds: { pthresh: -1, hthresh: -1, wthresh: 3 } }],
    ["--rxpt=1", { rxThresholds: { pthresh: 1, hthresh: -1, wthresh: -1 } }],
    ["--rxht=128", { rxThresholds: { pthresh: -1, hthresh: 128, wthresh: -1 } }],
    ["--rxwt=3", { rxThresholds: { pthresh: -1, hthresh: -1, wthresh: 3 } }],
    ["--txfreet=32768", { txFreeThreshold: 32768 }],
    ["--txfreet=65535", {}],
    ["--rxht=255", {}],
    ["--txrst=4", { txRsThreshold: 4 }],
    ["--rxfreet=5", { rxFreeThreshold: 5 }],
    ["--no-flush-rx", { noFlushRx: true }],
    ["--txpkts=64,128", { txSegments: [64, 128] }],
    ["--txpkts=10", {}],
    ["--txonly-multi-flow", { txMultiFlow: true }],
    ["--rxq-share", { rxqShare: 4294967295 }],
    ["--rxq-share=3", { rxqShare: 3 }],
    ["--disable-link-check", { noLinkCheck: true }],
    ["--disable-device-start", { noDeviceStart: true }],
    ["--no-lsc-interrupt", { lscInterrupt: false }],
    ["--no-rmv-interrupt", { rmvInterrupt: false }],
    ["--hot-plug", { hotPlug: true }],
    ["--no-mlockall", { mlockall: false }],
    ["--tx-ip=1.2.3.4,255.0.0.1", { txIpSource: 0x01020304, txIpDestination: 0xff000001 }],
    ["--tx-udp=5", { txUdpSource: 5, txUdpDestination: 5 }],
    ["--tx-udp=5,6", { txUdpSource: 5, txUdpDestination: 6 }],
    ["--tx-udp=-1", { txUdpSource: 65535, txUdpDestination: 65535 }],
    ["--rx-mq-mode=0x1", { rxMqMode: 1 }],
    ["--record-core-cycles", { recordCoreCycles: true }],
    ["--record-burst-stats", { recordBurstStats: true }],
    ["--num-procs=4", { numProcs: 4 }],
    ["--no-iova-contig", {}],
  ])("%s", (word, expected) => expect(changed(word)).toEqual(expected));

  it("noisy settings", () => {
    const words = ["tx-sw-buffer-size=100", "tx-sw-buffer-flushtime=65537", "lkup-memory=1", "lkup-num-writes=2"];
    const rest = ["lkup-num-reads=3", "lkup-num-reads-writes=4"];
    const { settings } = parse(...[...words, ...rest].map((word) => `--noisy-${word}`));
    const expected = { bufferSize: 100, flushTimeMs: 1, lookupMemoryMb: 1n, writes: 2n, reads: 3n, readsWrites: 4n };
    expect(settings.noisy).toEqual(expected);
  });

  it("a peer's address has its first byte lowest", () => {
    expect(parse("--eth-peer=3,02:00:00:00:00:AB").settings.peers[3]).toBe(0xab00_0000_0002n);
    expect(parse("--eth-peer=3,0200:0000:00ab").settings.peers[3]).toBe(0xab00_0000_0002n);
  });

  it("a peers' file replaces the first peers", () => {
    const { peers } = parse("--eth-peers-configfile=f").settings;
    expect(peers.slice(0, 2)).toEqual([0x1100_0000_0002n, 0x0100_0000_0002n]);
  });

  it("a later option wins over an earlier one", () => {
    expect(changed("--rss-udp", "--rss-ip", "--burst=1", "--burst=2", "--numa", "--mlockall")).toEqual({ burst: 2 });
  });
});

describe("ports and lcores that forward", () => {
  it.each<[string[], Partial<Choices>]>([
    [[], { forwardPorts: [0, 1], forwardPortCount: 2, forwardLcores: [1, 2], forwardLcoreCount: 1, sockets: [0] }],
    [["--portlist=1,0"], { forwardPorts: [1, 0], forwardPortCount: 2 }],
    [["--portlist=1"], { forwardPorts: [1], forwardPortCount: 1 }],
    [["--portmask=2"], { forwardPorts: [1], forwardPortCount: 1 }],
    [["--nb-ports=1"], { forwardPorts: [0, 1], forwardPortCount: 1 }],
    [["--nb-cores=2"], { forwardLcores: [1, 2], forwardLcoreCount: 2 }],
    [["--coremask=4"], { forwardLcores: [2], forwardLcoreCount: 1 }],
    [["--coremask=6"], { forwardLcores: [1, 2], forwardLcoreCount: 2 }],
    [["--port-numa-config=(0,0),(1,3)"], { sockets: [0, 3] }],
    [["--latencystats=1"], { latencyLcore: 1 }],
    [["--flow-isolate-all"], { flowIsolateAll: true }],
  ])("%j", (words, expected) => expect(parse(...words).choices).toMatchObject(expected));
});

describe("what 22.11 does not know", () => {
  it("--dpdk-quirks and --idle are ours, take nothing, and are silent", () => {
    const { out, err } = parse("--dpdk-quirks", "--idle");
    expect([out, err]).toEqual(["", ""]);
  });

  it("--virtual is ours, and silent", () => {
    const { choices, out, err } = parse("--virtual");
    expect({ virtual: choices.virtual, out, err }).toEqual({ virtual: true, out: "", err: "" });
    expect(parse().choices.virtual).toBe(false);
  });

  it.each([
    "--txqflags=0xf00",
    "--disable-hw-vlan",
    "--disable-hw-vlan-filter",
    "--disable-hw-vlan-strip",
    "--disable-hw-vlan-extend",
    "--crc-strip",
  ])("%s is taken, changes nothing and says so in one line", (word) => {
    const { out, err } = parse(word);
    expect(out).toBe("");
    expect(err).toMatch(/^ringbed: --[a-z-]+ is of DPDK 17\.11 and older: .+\n$/);
    expect(changed(word)).toEqual({});
  });

  it("--forward-mode=mac_retry is 2.x's engine", () => {
    const { settings, out, err } = parse("--forward-mode=mac_retry");
    expect(settings.forwardMode).toBe("mac_retry");
    expect(out).toBe("Set mac_retry packet forwarding mode\n");
    expect(err).toMatch(/^ringbed: .*mac_retry.*\n$/);
  });

  it("--forward-mode=mac_fwd is mac", () => {
    const { settings, out, err } = parse("--forward-mode=mac_fwd");
    expect(settings.forwardMode).toBe("mac");
    expect(out).toBe("Set mac packet forwarding mode\n");
    expect(err).toMatch(/^ringbed: .*mac_fwd.*\n$/);
  });

  it.each(["--virtua", "--txqf=1", "--disable-hw", "--crc"])("%s is no abbreviation of it", (word) => {
    expect(() => parse(word)).toThrow(Exit);
  });
});
