// testpmd-further-cases - recorded runs of what users do besides forwarding a capture once: settings that change, ports that are configured
// anew, files of commands, many ports and queues, command lines that are wrong, captures of other kinds. See testpmd-cases.

import type { TestpmdCase } from "./testpmd-parts.ts";
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
  SHOW,
  TIME,
} from "./testpmd-parts.ts";

const FILES = "test/recorded/testpmd-files";
const SOFTWARE = ["outer-ip", "ip", "udp", "tcp", "sctp"].map((what) => `csum set ${what} sw 1`);

function testCase(name: string, words: readonly string[], ...commands: string[]): TestpmdCase {
  return { name, words, commands };
}

const settings: TestpmdCase[] = [
  named("mac-retry_delay", mode("mac retry", "tags", { before: ["set burst tx delay 10 retry 5", "show config fwd"] })),
  named("csum_set-sw", mode("csum", "l4", { before: [...SOFTWARE, "csum show 1"] })),
  named(
    "csum_set-hw",
    mode("csum", "l4", { before: ["csum set ip hw 1", "port stop 1", "csum set ip hw 1", "port start 1"] }),
  ),
  named("io_bursts-of-512", mode("io", "sizes", { options: ["--burst=512"] })),
  named("io_bursts-of-64", mode("io", "mix", { options: ["--burst=64"] })),
  named("mac_peers-file", mode("mac", "tags", { options: [`--eth-peers-configfile=${FILES}/peers.txt`] })),
  named("mac_cmdline-file", {
    ...mode("mac", "tags", { options: [`--cmdline-file=${FILES}/forward.cmd`] }),
    commands: ["start", TIME, "stop"],
  }),
  testCase(
    "load",
    command(pair("tags"), [NO_FLUSH, BURSTS]),
    `load ${FILES}/forward.cmd`,
    `load ${FILES}/none.cmd`,
    "start",
    TIME,
    "stop",
  ),
  testCase(
    "txonly_rand",
    command(EMPTY, [NO_FLUSH]),
    "set fwd txonly",
    "set txpkts 64,32,32",
    "set txsplit rand",
    "show config txpkts",
    "start",
    GENERATED,
    "stop",
  ),
  testCase("flowgen_bytes", command(EMPTY, [NO_FLUSH, "--txpkts=128"]), "set fwd flowgen", "start", GENERATED, "stop"),
  testCase("burst_0", command(pair("tags"), [NO_FLUSH, BURSTS, "--burst=0"]), "start", TIME, "stop"),
];

const again: TestpmdCase[] = [
  testCase(
    "start_stop_twice",
    command(pair("tags"), [NO_FLUSH]),
    "set fwd mac",
    "stop",
    "start",
    "start",
    TIME,
    "stop",
    "stop",
    "start",
    TIME,
    "stop",
  ),
  testCase(
    "stats_cleared",
    command(pair("tags"), [NO_FLUSH]),
    "start",
    TIME,
    "show port stats 0",
    "clear port stats 0",
    "show port stats all",
    "stop",
    "clear port stats all",
    "show port stats all",
    "show port xstats 1",
    "clear port xstats all",
    "show port xstats all",
    "clear port stats 7",
  ),
  testCase(
    "promisc_allmulti_link",
    command(pair("tags"), [NO_FLUSH]),
    "set promisc all off",
    "set allmulti all on",
    "set allmulti 0 off",
    "set promisc 0 on",
    "show port summary all",
    "set link-down port 0",
    "show port summary all",
    "start",
    TIME,
    "stop",
    "set link-up port 0",
    "show port summary all",
    "set promisc 9 on",
  ),
  testCase(
    "ports_configured",
    command(each("tags", "l4"), [NO_FLUSH]),
    "port config all rxq 1",
    "port stop all",
    "port config all rxq 2",
    "port config all rxq 1",
    "port config all rxd 256",
    "port config all txd 128",
    "port config mtu 0 1600",
    "port config all burst 16",
    "port start all",
    "show config rxtx",
    ...["set fwd mac", "start", TIME, "stop"],
    ...SHOW,
  ),
  testCase(
    "port_attached",
    command(pair("tags"), [NO_FLUSH]),
    "port attach net_pcap2,tx_pcap=p2.pcap",
    "show port summary all",
    "port start 2",
    "set portlist 0,2",
    ...["set fwd mac", "start", TIME, "stop"],
    "port stop 2",
    "port close 2",
    "port detach 2",
    "show port summary all",
  ),
  testCase(
    "nbport_nbcore",
    command(each("tags", "l4"), [NO_FLUSH], ["--lcores", "0@0,1@0,2@1"]),
    "set nbport 1",
    "set nbcore 2",
    "start",
    TIME,
    "set nbcore 1",
    "stop",
    "set nbport 2",
    "start",
    "stop",
    "set nbcore 3",
    "set nbport 3",
  ),
];

const NOWHERE = (count: number): string[] => Array.from({ length: count }, (_, i) => `net_null${i},no-rx=1`);
const SIXTEEN = ["net_pcap0", ...Array.from({ length: 16 }, () => "rx_pcap=pcaps/in/tags.pcap")].join(",");

const many: TestpmdCase[] = [
  testCase("ports_32", command(NOWHERE(32), [NO_FLUSH]), "show port summary all", "start", "stop"),
  testCase("ports_33", command(NOWHERE(33), [NO_FLUSH]), "show port summary all"),
  testCase("port_1", command(each("tags"), [NO_FLUSH]), "set fwd mac", "start", TIME, "stop"),
  testCase(
    "queues_16",
    command([SIXTEEN, "net_null0,no-rx=1"], [NO_FLUSH, BURSTS, "--rxq=16", "--txq=16"]),
    "set fwd mac",
    "start",
    TIME,
    "stop",
    "show port xstats 0",
  ),
  testCase("queues_17", command([SIXTEEN, "net_null0,no-rx=1"], [NO_FLUSH, "--rxq=17", "--txq=17"]), "start", "stop"),
  testCase(
    "cores_more-than-streams",
    command(each("tags", "l4"), [NO_FLUSH, "--nb-cores=3"], ["--lcores", "0@0,1@0,2@1,3@1"]),
    "set fwd mac",
    "show config fwd",
    "start",
    TIME,
    "stop",
  ),
  testCase(
    "ring_tx-first",
    command(["net_ring0"], [NO_FLUSH, "--port-topology=loop"]),
    "set fwd mac",
    "start tx_first 8",
    GENERATED,
    "stop",
  ),
  testCase("ring_pair", command(["net_ring0", "net_ring1"], [NO_FLUSH]), "start", TIME, "stop", ...SHOW),
];

const refused: TestpmdCase[] = [
  testCase("refused_option", command(pair("tags"), ["--nosuch"]), "start"),
  testCase("refused_eal-option", ["--nosuch", ...command(pair("tags"))], "start"),
  testCase("refused_burst", command(pair("tags"), ["--burst=513"]), "start"),
  testCase(
    "refused_mbufs",
    command(pair("tags"), [], ONE_CORE, ["-i", "--no-mlockall", "--total-num-mbufs=1024"]),
    "start",
  ),
  testCase("refused_tx-first", command(pair("tags"), ["--tx-first"]), "start"),
  testCase("refused_mode", command(pair("tags"), [NO_FLUSH, "--forward-mode=bogus"]), "start", TIME, "stop"),
  testCase("refused_vdev", command(["net_nosuch0", ...pair("tags")]), "start"),
  testCase("refused_vdev-argument", command([...pair("tags"), "net_null0,nosuch=1"]), "show port summary all"),
  testCase(
    "refused_missing-pcap",
    command(["net_pcap0,rx_pcap=pcaps/in/nosuch.pcap,tx_pcap=p0.pcap", "net_pcap1,tx_pcap=p1.pcap"]),
    "show port summary all",
    "start",
    "stop",
  ),
  testCase(
    "refused_no-capture",
    command([`net_pcap0,rx_pcap=${FILES}/forward.cmd`, "net_pcap1,tx_pcap=p1.pcap"]),
    "show port summary all",
  ),
  testCase(
    "refused_stub",
    command([`net_pcap0,rx_pcap=${FILES}/stub.pcap`, "net_pcap1,tx_pcap=p1.pcap"]),
    "show port summary all",
  ),
  testCase("refused_one-lcore", command(pair("tags"), [], ["--lcores", "0@0"]), "start"),
  testCase("no_ports", command([]), "show port summary all", "start", "stop"),
];

/** A capture of a kind of its own. */
function reads(name: string, path: string): TestpmdCase {
  return testCase(
    `reads_${name}`,
    command([`net_pcap0,rx_pcap=${path},tx_pcap=p0.pcap`, "net_pcap1,tx_pcap=p1.pcap"], [NO_FLUSH, BURSTS]),
    "set fwd mac",
    "start",
    TIME,
    "stop",
    ...SHOW,
  );
}

const captures: TestpmdCase[] = [
  reads("empty", "pcaps/in/empty.pcap"),
  reads("pcapng", "pcaps/dumpcap_filter.pcapng"),
  reads("nanoseconds", "pcaps/pdump_rx.pcap"),
  reads("cut", `${FILES}/cut.pcap`),
  testCase(
    "infinite_rx-empty",
    command(["net_pcap0,rx_pcap=pcaps/in/empty.pcap,infinite_rx=1", "net_pcap1,tx_pcap=p1.pcap"], [NO_FLUSH]),
    "start",
    GENERATED,
    "stop",
  ),
];

export const furtherCases: readonly TestpmdCase[] = [...settings, ...again, ...many, ...refused, ...captures];
