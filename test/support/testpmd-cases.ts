// testpmd-cases - the runs of real testpmd that test/recorded/testpmd keeps: a name, a command line, commands. Paths are those of the
// repository. `RECORD_TESTPMD=1 npx vitest run test/testpmd/recorded.test.ts` records them anew; `new` instead of 1
// those that have no folder yet, another word those with it in their name.

import { furtherCases } from "./testpmd-further-cases.ts";
import {
  BURSTS,
  command,
  EMPTY,
  each,
  GENERATED,
  mode,
  NO_FLUSH,
  named,
  ONE_CORE,
  pair,
  run,
  SHOW,
  type TestpmdCase,
  TIME,
} from "./testpmd-parts.ts";

export type { TestpmdCase } from "./testpmd-parts.ts";

const modes: TestpmdCase[] = [
  ...["io", "mac", "macswap", "5tswap", "csum", "rxonly"].flatMap((name) =>
    ["l4", "tags", "runts", "jumbo"].map((capture) => mode(name, capture, { live: capture === "tags" })),
  ),
  ...["mcast", "frag", "bad"].flatMap((capture) => ["csum", "5tswap"].map((name) => mode(name, capture))),
  ...["arpicmp", "tags", "runts", "frag"].map((capture) => mode("icmpecho", capture, { live: capture === "arpicmp" })),
  mode("io", "mix"),
  mode("mac", "sizes"),
  mode("mac retry", "tags"),
  mode("macswap retry", "l4"),
];

const options: TestpmdCase[] = [
  named("mac_eth-peer", mode("mac", "tags", { options: ["--eth-peer=1,ff:ee:dd:cc:bb:aa"] })),
  named("mac_set-eth-peer", mode("mac", "tags", { before: ["set eth-peer 1 0a:0b:0c:0d:0e:0f"] })),
  named("csum_mac-swap-off", mode("csum", "l4", { before: ["csum mac-swap off 1", "csum show 1"] })),
  named("csum_parse-tunnel", mode("csum", "l4", { before: ["csum parse-tunnel on 1", "csum show 1"] })),
  named("noisy_reads", mode("noisy", "tags", { options: ["--noisy-lkup-memory=1", "--noisy-lkup-num-reads=1"] })),
  named("noisy_fifo", mode("noisy", "sizes", { options: ["--noisy-tx-sw-buffer-size=32"] })),
  named(
    "noisy_fifo-flushed",
    mode("noisy", "sizes", { options: ["--noisy-tx-sw-buffer-size=32", "--noisy-tx-sw-buffer-flushtime=50"] }),
  ),
  named("shared_rxq_share", mode("shared_rxq", "tags", { options: ["--rxq-share"] })),
  named("io_burst-7", mode("io", "sizes", { options: ["--burst=7"] })),
  named("io_set-burst-512", mode("io", "sizes", { before: ["set burst 512"] })),
  named("mac_mbuf-size", mode("mac", "jumbo", { options: ["--mbuf-size=1024"] })),
  named("rxonly_verbose", mode("rxonly", "tags", { before: ["set verbose 1"] })),
  named("icmpecho_verbose", mode("icmpecho", "arpicmp", { before: ["set verbose 1"] })),
  named("mac_verbose-3", mode("mac", "l4", { before: ["set verbose 3"] })),
  named("mac_flushed", { ...mode("mac", "tags"), words: command(pair("tags"), [BURSTS]) }),
];

/** Three ports with a capture each, mac. */
function topology(name: string, ...added: string[]): TestpmdCase {
  const words = command(each("sizes", "tags", "l4"), [NO_FLUSH, ...added]);
  return { name: `topology_${name}`, words, commands: run("set fwd mac") };
}

/** Two ports of two queues each, mac. */
function queues(name: string, lcores: string, ...added: string[]): TestpmdCase {
  const vdev = (i: number, a: string, b: string): string =>
    `net_pcap${i},rx_pcap=pcaps/in/${a}.pcap,rx_pcap=pcaps/in/${b}.pcap,tx_pcap=p${i}q0.pcap,tx_pcap=p${i}q1.pcap`;
  const vdevs = [vdev(0, "sizes", "tags"), vdev(1, "l4", "bad")];
  const words = command(vdevs, [NO_FLUSH, BURSTS, ...added], ["--lcores", lcores]);
  return { name: `queues_${name}`, words, commands: run("set fwd mac") };
}

const topologies: TestpmdCase[] = [
  topology("paired"),
  topology("chained", "--port-topology=chained"),
  topology("loop", "--port-topology=loop"),
  topology("portlist", "--portlist=2,0"),
  topology("portmask", "--portmask=0x5"),
  topology("nb-ports", "--nb-ports=2"),
  queues("2x2_1-core", "0@0,1@0", "--rxq=2", "--txq=2"),
  queues("2x2_2-cores", "0@0,1@0,2@1", "--rxq=2", "--txq=2", "--nb-cores=2"),
  queues("2x2_3-cores", "0@0,1@0,2@1,3@1", "--rxq=2", "--txq=2", "--nb-cores=3"),
  queues("2x1", "0@0,1@0", "--rxq=2", "--txq=1"),
];

/** A run that generates what it sends. */
function generated(name: string, options: readonly string[], ...before: string[]): TestpmdCase {
  return {
    name,
    words: command(EMPTY, [NO_FLUSH, ...options]),
    commands: [...before, "start", GENERATED, "stop", "show config txpkts"],
  };
}

const generators: TestpmdCase[] = [
  generated("txonly", [], "set fwd txonly"),
  generated("txonly_300-bytes", ["--txpkts=300", "--tx-ip=1.2.3.4,5.6.7.8", "--tx-udp=1111,2222"], "set fwd txonly"),
  generated("txonly_segments", [], "set fwd txonly", "set txpkts 64,64", "set txsplit on"),
  generated("txonly_multi-flow", ["--txonly-multi-flow"], "set fwd txonly"),
  generated("flowgen", [], "set fwd flowgen"),
  generated("flowgen_clones", ["--flowgen-clones=3", "--flowgen-flows=5", "--burst=8"], "set fwd flowgen"),
  { name: "tx_first", words: command(EMPTY, [NO_FLUSH]), commands: txFirst("start tx_first"), live: true },
  { name: "tx_first_3", words: command(EMPTY, [NO_FLUSH]), commands: txFirst("start tx_first 3") },
];

function txFirst(start: string): string[] {
  return ["set fwd mac", start, TIME, "stop", ...SHOW];
}

const others: TestpmdCase[] = [
  {
    name: "null_io",
    words: command(["net_null0", "net_null1,size=128"], [NO_FLUSH]),
    commands: run("set fwd io"),
  },
  {
    name: "null_no-rx",
    words: command(["net_null0,no-rx=1", "net_null1,no-rx=1"], [NO_FLUSH]),
    commands: run("set fwd mac"),
  },
  {
    name: "infinite_rx",
    words: command(["net_pcap0,rx_pcap=pcaps/in/tags.pcap,infinite_rx=1", "net_pcap1,tx_pcap=p1.pcap"], [NO_FLUSH]),
    commands: ["set fwd mac", "start", GENERATED, "stop"],
  },
  {
    name: "pool_used_up",
    words: command(pair("big"), [NO_FLUSH, "--mbcache=0", "--noisy-tx-sw-buffer-size=4096"], ONE_CORE, [
      "-i",
      "--no-mlockall",
      "--total-num-mbufs=1025",
    ]),
    commands: ["set fwd noisy", "start", TIME, "show port stats 0", "stop", "show port stats 0"],
  },
  {
    name: "ports_restarted",
    words: command(pair("tags"), [NO_FLUSH]),
    commands: [
      ...run("set fwd mac"),
      "port stop all",
      "start",
      "port start all",
      "clear port stats all",
      ...run("set fwd macswap"),
      "port stop 1",
      "port close 1",
      "show port summary all",
    ],
  },
  {
    name: "modes_changed",
    words: command(each("tags", "l4"), [NO_FLUSH]),
    commands: [
      "start",
      TIME,
      "set fwd mac retry",
      "show fwd stats all",
      "clear fwd stats all",
      "stop",
      "start",
      "stop",
    ],
  },
  {
    name: "not_interactive",
    words: command(pair("tags"), [NO_FLUSH, "--forward-mode=mac", "--tx-first", BURSTS], ONE_CORE, [
      "--no-mlockall",
      "--total-num-mbufs=2048",
    ]),
    commands: ["sleep 0.5", ""],
  },
];

/** All of them. */
export const testpmdCases: readonly TestpmdCase[] = [
  ...modes,
  ...options,
  ...topologies,
  ...generators,
  ...others,
  ...furtherCases,
];
