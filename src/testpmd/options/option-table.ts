// option-table - testpmd's options, in the order of 22.11's table, which decides what an abbreviation means.
// Follows lgopts and launch_args_parse of app/test-pmd/parameters.c: numbers are read by atoi, so `64k` is 64 and `x` is 0, and
// are cut to the width of the variable that they go to. Options without a field in Settings are checked and change nothing.
import { atoi, strtoul } from "../../dpdk/eal/c-number.ts";
import type { ArgumentRule } from "../../dpdk/eal/getopt.ts";
import type { PortTopology, Settings } from "../settings.ts";
import { chooseOlderMode } from "./option-older.ts";
import type { Apply, OptionRun } from "./option-run.ts";
import * as values from "./option-values.ts";
import { setForwardLcoreMask, setForwardMode, setForwardPortList, setForwardPortMask } from "./setters.ts";

export interface TestpmdOption {
  readonly name: string;
  readonly argument: ArgumentRule;
  readonly apply: Apply;
  /** Of an optional argument: what the option does without one. */
  readonly bare?: Apply;
}

/** RTE_ETHER_MIN_LEN, RTE_MEMPOOL_CACHE_MAX_SIZE, MIN_TOTAL_NUM_MBUFS, RTE_ETH_MQ_RX_VMDQ_DCB_RSS. */
const MIN_PACKET = 64;
const MAX_CACHE = 512;
const MIN_MBUFS = 1024;
const MAX_MQ_MODE = 7;

/** RTE_ETH_RX_OFFLOAD_*. */
const RX_OFFLOADS = {
  "disable-crc-strip": 0x1_0000n,
  "enable-lro": 0x10n,
  "enable-rx-cksum": 0xen,
  "enable-rx-timestamp": 0x4000n,
  "enable-scatter": 0x2000n,
  "enable-hw-vlan": 0x621n,
  "enable-hw-vlan-filter": 0x200n,
  "enable-hw-vlan-strip": 0x1n,
  "enable-hw-vlan-extend": 0x400n,
  "enable-hw-qinq-strip": 0x20n,
} as const;

/** RTE_ETH_RSS_IP, RTE_ETH_RSS_UDP and the levels. */
const RSS_IP = 0xa38cn;
const RSS_UDP = 0x2_0820n;
const RSS_LEVEL_OUTERMOST = 1n << 50n;
const RSS_LEVEL_INNERMOST = 2n << 50n;

const int16 = (n: number): number => (n << 16) >> 16;
/** A threshold of 8 or 16 bits, whose highest value is the sign of an unset one. */
const threshold8 = (n: number): number => ((n & 0xff) === 0xff ? -1 : n & 0xff);
const threshold16 = (n: number): number => ((n & 0xffff) === 0xffff ? -1 : n & 0xffff);
const uint16 = (n: number): number => n & 0xffff;

const flag = (name: string, change: (settings: Settings, run: OptionRun) => void): TestpmdOption => ({
  name,
  argument: "none",
  apply: (run) => change(run.settings, run),
});

const valued = (name: string, apply: Apply): TestpmdOption => ({ name, argument: "required", apply });

/** A number of at least `low`; refused: why. */
const number = (
  name: string,
  low: number,
  refusal: string | ((n: number, run: OptionRun) => string),
  change: (settings: Settings, n: number, run: OptionRun) => void,
  high: number | ((run: OptionRun) => number) = 2 ** 31,
): TestpmdOption =>
  valued(name, (run, argument) => {
    const n = atoi(argument);
    const most = typeof high === "number" ? high : high(run);
    if (n < low || n > most) run.exit(typeof refusal === "string" ? refusal : refusal(n, run));
    change(run.settings, n, run);
  });

/** A number from 0, refused as most are. */
const natural = (name: string, change: (settings: Settings, n: number, run: OptionRun) => void): TestpmdOption =>
  number(name, 0, `${name} must be >= 0\n`, change);

const rxOffload = (name: keyof typeof RX_OFFLOADS): TestpmdOption =>
  flag(name, (settings) => {
    settings.rxOffloads |= RX_OFFLOADS[name];
  });

/** --rx-offloads and --tx-offloads: hexadecimal, through an int. */
const offloads = (name: string, field: "rxOffloads" | "txOffloads"): TestpmdOption =>
  valued(name, (run, argument) => {
    const mask = BigInt.asIntN(32, strtoul(argument, 16).value);
    if (mask < 0n) run.exit(`${name} must be >= 0\n`);
    run.settings[field] = mask;
  });

/** One of several words. */
const choice = <T extends string>(
  name: string,
  words: readonly T[],
  must: string,
  change: (settings: Settings, word: T) => void,
): TestpmdOption =>
  valued(name, (run, argument) => {
    const word = words.find((known) => known === argument);
    if (word === undefined) return run.exit(`${name} ${argument} invalid ${must}\n`);
    change(run.settings, word);
  });

const interactive: Apply = (run) => {
  run.out("Interactive-mode selected\n");
  run.settings.interactive = true;
};

const autoStart: Apply = (run) => {
  run.out("Auto-start selected\n");
  run.settings.autoStart = true;
};

const nothing = (): void => undefined;
const TOPOLOGIES: readonly PortTopology[] = ["paired", "chained", "loop"];
const MP_ALLOC = ["native", "anon", "xmem", "xmemhuge", "xbuf"] as const;

export const TESTPMD_OPTIONS: readonly TestpmdOption[] = [
  { name: "help", argument: "none", apply: nothing },
  { name: "interactive", argument: "none", apply: interactive },
  valued("cmdline-file", (run, path) => {
    run.out(`CLI commands to be read from ${path}\n`);
    run.settings.cmdlineFile = path;
  }),
  { name: "auto-start", argument: "none", apply: autoStart },
  valued("eth-peers-configfile", values.ethPeersFile),
  valued("eth-peer", values.ethPeer),
  flag("tx-first", (settings, run) => {
    run.out("Ports to start sending a burst of packets first\n");
    settings.txFirst = true;
  }),
  valued("stats-period", values.statsPeriod),
  valued("display-xstats", values.displayXstats),
  number(
    "nb-cores",
    1,
    (_, run) => `nb-cores should be > 0 and <= ${run.lcoreCount}\n`,
    (_, n, run) => (run.forwardLcoreCount = n),
    (run) => run.lcoreCount,
  ),
  number(
    "nb-ports",
    1,
    (n) => `Invalid port ${n}\n`,
    (_, n, run) => (run.forwardPortCount = n),
    (run) => run.ports.size,
  ),
  valued("coremask", values.mask("core", setForwardLcoreMask)),
  valued(
    "portmask",
    values.mask("port", (run, mask) => {
      setForwardPortMask(run, mask);
      return true;
    }),
  ),
  valued("portlist", (run, list) => {
    if (!setForwardPortList(run, list)) run.exit("Invalid fwd port list\n");
  }),
  flag("numa", (settings) => (settings.numa = true)),
  flag("no-numa", (settings) => (settings.numa = false)),
  flag("mp-anon", (settings) => (settings.mpAlloc = "anon")),
  valued("port-numa-config", values.numaConfig("port")),
  valued("ring-numa-config", values.numaConfig("ring")),
  valued("socket-num", values.socketNum),
  valued("mbuf-size", values.mbufSize),
  number(
    "total-num-mbufs",
    MIN_MBUFS + 1,
    `total-num-mbufs should be > ${MIN_MBUFS}\n`,
    (settings, n) => (settings.totalNumMbufs = n),
  ),
  number(
    "max-pkt-len",
    MIN_PACKET,
    (n) => `Invalid max-pkt-len=${n} - should be > ${MIN_PACKET}\n`,
    (settings, n) => (settings.maxPacketLength = n),
  ),
  valued("max-lro-pkt-size", nothing),
  number(
    "latencystats",
    0,
    (n) => `invalid lcore id ${n} for latencystats must be >= 0\n`,
    (_, n, run) => (run.latencyLcore = n),
  ),
  number("bitrate-stats", 0, (n) => `invalid lcore id ${n} for bitrate stats must be >= 0\n`, nothing),
  rxOffload("disable-crc-strip"),
  rxOffload("enable-lro"),
  rxOffload("enable-rx-cksum"),
  rxOffload("enable-rx-timestamp"),
  rxOffload("enable-scatter"),
  rxOffload("enable-hw-vlan"),
  rxOffload("enable-hw-vlan-filter"),
  rxOffload("enable-hw-vlan-strip"),
  rxOffload("enable-hw-vlan-extend"),
  rxOffload("enable-hw-qinq-strip"),
  flag("enable-drop-en", (settings) => (settings.rxDropEnable = 1)),
  flag("disable-rss", (settings) => (settings.rssHf = 0n)),
  choice("port-topology", TOPOLOGIES, "- must be: paired, chained or loop", (settings, word) => {
    settings.topology = word;
  }),
  valued("forward-mode", (run, mode) => {
    if (!chooseOlderMode(run, mode)) setForwardMode(run, run.settings, mode);
  }),
  flag("rss-ip", (settings) => (settings.rssHf = RSS_IP)),
  flag("rss-udp", (settings) => (settings.rssHf = RSS_UDP)),
  flag("rss-level-outer", (settings) => {
    settings.rssHf |= RSS_LEVEL_OUTERMOST;
  }),
  flag("rss-level-inner", (settings) => {
    settings.rssHf |= RSS_LEVEL_INNERMOST;
  }),
  valued("rxq", values.queues("rxq")),
  valued("txq", values.queues("txq")),
  number(
    "rxd",
    1,
    (n) => `rxd(${n}) invalid - must be > 0\n`,
    (settings, n, run) => {
      const threshold = int16(settings.rxFreeThreshold);
      if (threshold >= n) run.exit(`rxd must be > rx_free_thresh(${threshold})\n`);
      settings.rxd = uint16(n);
    },
  ),
  number("txd", 1, "txd must be in > 0\n", (settings, n) => (settings.txd = uint16(n))),
  valued("hairpinq", values.hairpinQueues),
  valued("hairpin-mode", (run, argument) => {
    const { end, overflow } = strtoul(argument, 0);
    if (overflow || end === 0) run.exit("hairpin mode invalid\n");
  }),
  valued("burst", values.burst),
  number(
    "flowgen-clones",
    0,
    "clones must be >= 0 and <= current burst\n",
    (settings, n) => (settings.flowgenClones = uint16(n)),
  ),
  number("flowgen-flows", 1, "flows must be >= 1\n", (settings, n) => (settings.flowgenFlows = n)),
  number(
    "mbcache",
    0,
    `mbcache must be >= 0 and <= ${MAX_CACHE}\n`,
    (settings, n) => (settings.mbcache = n),
    MAX_CACHE,
  ),
  natural("txpt", (settings, n) => (settings.txThresholds.pthresh = threshold8(n))),
  natural("txht", (settings, n) => (settings.txThresholds.hthresh = threshold8(n))),
  natural("txwt", (settings, n) => (settings.txThresholds.wthresh = threshold8(n))),
  natural("txfreet", (settings, n) => (settings.txFreeThreshold = threshold16(n))),
  natural("txrst", (settings, n) => (settings.txRsThreshold = threshold16(n))),
  natural("rxpt", (settings, n) => (settings.rxThresholds.pthresh = threshold8(n))),
  natural("rxht", (settings, n) => (settings.rxThresholds.hthresh = threshold8(n))),
  natural("rxwt", (settings, n) => (settings.rxThresholds.wthresh = threshold8(n))),
  natural("rxfreet", (settings, n) => (settings.rxFreeThreshold = threshold16(n))),
  flag("no-flush-rx", (settings) => (settings.noFlushRx = true)),
  flag("flow-isolate-all", (_, run) => (run.flowIsolateAll = true)),
  valued("rxoffs", values.rxSegments("rxpkt offsets", "rxoffs", "offset")),
  valued("rxpkts", values.rxSegments("rxpkt segments", "rxpkts", "length")),
  valued("rxhdrs", values.rxHeaders),
  valued("txpkts", values.txSegments),
  flag("multi-rx-mempool", nothing),
  flag("txonly-multi-flow", (settings) => (settings.txMultiFlow = true)),
  {
    name: "rxq-share",
    argument: "optional",
    apply: (run, argument) => {
      const n = atoi(argument);
      if (n < 0) run.exit("rxq-share must be >= 0\n");
      run.settings.rxqShare = n;
    },
    bare: (run) => (run.settings.rxqShare = 0xffff_ffff),
  },
  valued("eth-link-speed", values.linkSpeed),
  flag("disable-link-check", (settings) => (settings.noLinkCheck = true)),
  flag("disable-device-start", (settings) => (settings.noDeviceStart = true)),
  flag("no-lsc-interrupt", (settings) => (settings.lscInterrupt = false)),
  flag("no-rmv-interrupt", (settings) => (settings.rmvInterrupt = false)),
  valued("print-event", values.event("print-event")),
  valued("mask-event", values.event("mask-event")),
  offloads("tx-offloads", "txOffloads"),
  offloads("rx-offloads", "rxOffloads"),
  flag("hot-plug", (settings) => (settings.hotPlug = true)),
  natural("vxlan-gpe-port", nothing),
  natural("geneve-parsed-port", nothing),
  flag("mlockall", (settings) => (settings.mlockall = true)),
  flag("no-mlockall", (settings) => (settings.mlockall = false)),
  choice("mp-alloc", MP_ALLOC, "- must be: native, anon, xmem or xmemhuge", (settings, word) => {
    settings.mpAlloc = word;
  }),
  valued("tx-ip", values.txIp),
  valued("tx-udp", values.txUdp),
  natural("noisy-tx-sw-buffer-size", ({ noisy }, n) => (noisy.bufferSize = uint16(n))),
  natural("noisy-tx-sw-buffer-flushtime", ({ noisy }, n) => (noisy.flushTimeMs = uint16(n))),
  natural("noisy-lkup-memory", ({ noisy }, n) => (noisy.lookupMemoryMb = BigInt(n))),
  natural("noisy-lkup-num-writes", ({ noisy }, n) => (noisy.writes = BigInt(n))),
  natural("noisy-lkup-num-reads", ({ noisy }, n) => (noisy.reads = BigInt(n))),
  natural("noisy-lkup-num-reads-writes", ({ noisy }, n) => (noisy.readsWrites = BigInt(n))),
  flag("no-iova-contig", (_, run) => (run.noIovaContig = true)),
  valued("rx-mq-mode", (run, argument) => {
    const mode = Number(BigInt.asIntN(32, strtoul(argument, 16).value));
    if (mode < 0 || mode > MAX_MQ_MODE) run.exit(`rx-mq-mode must be >= 0 and <= ${MAX_MQ_MODE}\n`);
    run.settings.rxMqMode = mode;
  }),
  flag("record-core-cycles", (settings) => (settings.recordCoreCycles = true)),
  flag("record-burst-stats", (settings) => (settings.recordBurstStats = true)),
  valued("num-procs", (run, argument) => (run.settings.numProcs = atoi(argument))),
  valued("proc-id", (run, argument) => (run.settings.procId = atoi(argument))),
];

/** The short options: -h is help. */
export const SHORT_OPTIONS: Readonly<Record<string, Apply>> = { i: interactive, a: autoStart, h: nothing };
