// option-values - options whose arguments are more than a number: addresses, queues, masks, lists, NUMA and events.
// Follows launch_args_parse of app/test-pmd/parameters.c (22.11), where it is lenient too: `--tx-udp=-1` is 65535, a peers' file
// with a line end behind its address is refused. `--burst=-1`, which lets the real program overrun its arrays, is 512.

import { isIpv4, parseMac } from "../../dpdk/address.ts";
import { atoi, strtoul } from "../../dpdk/eal/c-number.ts";
import { LOG_ERR } from "../../dpdk/eal/eal-log.ts";
import { MAX_ETHPORTS } from "../../dpdk/limits.ts";
import type { Apply, OptionRun } from "./option-run.ts";
import { MAX_TX_SEGMENTS, parseItemList, setTxSegments } from "./setters.ts";

/** MAX_PKT_BURST. */
const MAX_BURST = 512;
/** MAX_SEGS_BUFFER_SPLIT. */
const MAX_RX_SEGMENTS = 8;
/** RTE_MAX_QUEUES_PER_PORT. */
const MAX_QUEUES = 1024;
/** RTE_MAX_NUMA_NODES. */
const MAX_NUMA_NODES = 32;
/** Characters of a line of a peers' file that are read at once: fgets into 50 bytes. */
const PEER_LINE = 49;
/** Names of --display-xstats are cut to RTE_ETH_XSTATS_NAME_SIZE - 1. */
const XSTAT_NAME = 63;

/** An int that a wider number is assigned to. */
const int32 = (value: bigint): number => Number(BigInt.asIntN(32, value));

export const statsPeriod: Apply = (run, argument) => {
  const { value, end } = strtoul(argument, 10);
  if (argument === "" || end !== argument.length) run.exit("Invalid stats-period value\n");
  run.settings.statsPeriod = Number(BigInt.asUintN(32, value));
};

export const displayXstats: Apply = (run, argument) => {
  const names = argument.split(",").filter((name) => name !== "");
  run.settings.xstatsDisplay = names.map((name) => name.slice(0, XSTAT_NAME));
};

export const ethPeersFile: Apply = (run, argument) => {
  const file = run.context.readText(argument);
  if ("error" in file) {
    run.err(`Failed to open eth config file\n: ${file.error}\n`);
    return run.exit("Cannot open logfile\n");
  }
  const lines = file.text.match(new RegExp(`[^\\n]{1,${PEER_LINE}}\\n?|\\n`, "g")) ?? [];
  for (const [port, line] of lines.slice(0, MAX_ETHPORTS).entries()) {
    const peer = parseMac(line.slice(0, PEER_LINE));
    if (peer === undefined) {
      run.err(`Bad MAC address format on line ${port + 1}\n`);
      return run.exit("Cannot open logfile\n");
    }
    run.settings.peers[port] = peer;
  }
};

export const ethPeer: Apply = (run, argument) => {
  const { value, end, overflow } = strtoul(argument, 10);
  if (overflow || end === 0 || argument[end] !== ",") run.exit(`Invalid eth-peer: ${argument}`);
  const port = int32(value);
  if (port >= MAX_ETHPORTS) run.exit(`eth-peer: port ${port} >= RTE_MAX_ETHPORTS(${MAX_ETHPORTS})\n`);
  const text = argument.slice(end + 1);
  const peer = parseMac(text);
  if (peer === undefined) return run.exit(`Invalid ethernet address: ${text}\n`);
  if (port >= 0) run.settings.peers[port] = peer;
};

export const txIp: Apply = (run, argument) => {
  const comma = argument.indexOf(",");
  if (comma <= 0) run.exit(`Invalid tx-ip: ${argument}`);
  const source = argument.slice(0, comma);
  const destination = argument.slice(comma + 1);
  if (!isIpv4(source)) run.exit(`Invalid source IP address: ${source}\n`);
  if (!isIpv4(destination)) run.exit(`Invalid destination IP address: ${source}\n`);
  run.settings.txIpSource = ipv4(source);
  run.settings.txIpDestination = ipv4(destination);
};

function ipv4(text: string): number {
  return text.split(".").reduce((address, byte) => address * 256 + Number(byte), 0);
}

export const txUdp: Apply = (run, argument) => {
  const source = strtoul(argument, 10);
  const tail = argument.slice(source.end);
  if (!isUdpPort(source) || (tail !== "" && !tail.startsWith(","))) run.exit(`Invalid UDP port: ${argument}\n`);
  run.settings.txUdpSource = int32(source.value) & 0xffff;
  run.settings.txUdpDestination = run.settings.txUdpSource;
  if (tail === "") return;
  const text = tail.slice(1);
  const destination = strtoul(text, 10);
  if (!isUdpPort(destination) || destination.end !== text.length) {
    run.exit(`Invalid destination UDP port: ${text}\n`);
  }
  run.settings.txUdpDestination = int32(destination.value) & 0xffff;
};

function isUdpPort({ value, end, overflow }: { value: bigint; end: number; overflow: boolean }): boolean {
  return !overflow && end > 0 && int32(value) <= 0xffff;
}

/** --coremask and --portmask: hexadecimal. */
export const mask =
  (what: "core" | "port", take: (run: OptionRun, mask: bigint) => boolean): Apply =>
  (run, argument) => {
    const { value, end } = strtoul(argument, 16);
    if (argument === "" || end !== argument.length) run.exit(`Invalid fwd ${what} mask\n`);
    if (!take(run, value)) run.exit(`${what}mask is not valid\n`);
  };

export const mbufSize: Apply = (run, argument) => {
  const sizes = parseItemList(run, argument, "mbuf-size", MAX_RX_SEGMENTS);
  if (sizes.length === 0) run.exit("bad mbuf-size\n");
  if (sizes.some((size) => size === 0 || size > 0xffff)) run.exit("mbuf-size should be > 0 and < 65536\n");
  run.settings.mbufSizes = sizes;
};

export const txSegments: Apply = (run, argument) => {
  const lengths = parseItemList(run, argument, "txpkt segments", MAX_TX_SEGMENTS);
  if (lengths.length === 0) run.exit("bad txpkts\n");
  setTxSegments(run, run.settings, lengths, () => {
    for (const port of run.ports.keys()) {
      for (let queue = 0; queue < run.settings.txq; queue++) {
        // Before they are configured the drivers have one queue.
        const unset = `Tx queue ${queue} of device with port_id=${port} has not been setup\n`;
        run.context.log("lib.ethdev", LOG_ERR, queue === 0 ? unset : `Invalid Tx queue_id=${queue}\n`);
      }
    }
    return true;
  });
};

/** --rxoffs and --rxpkts: read and checked; no driver here splits what it receives. */
export const rxSegments =
  (items: string, option: string, noun: string): Apply =>
  (run, argument) => {
    const values = parseItemList(run, argument, items, MAX_RX_SEGMENTS);
    if (values.length === 0) run.exit(`bad ${option}\n`);
    if (values.length >= MAX_RX_SEGMENTS) {
      run.out(`nb segments per RX packets=${values.length} >= MAX_SEGS_BUFFER_SPLIT - ignored\n`);
      return;
    }
    const long = values.findIndex((value) => value >= 0xffff);
    if (long >= 0) run.out(`${noun}[${long}]=${values[long]} > UINT16_MAX - give up\n`);
  };

const RX_HEADERS = /^(?:(?:inner-)?(?:eth|ipv[46](?:-(?:tcp|udp|sctp))?)|grenat)$/;

export const rxHeaders: Apply = (run, argument) => {
  const names = argument.split(",").filter((name) => name !== "");
  for (const name of names) if (!RX_HEADERS.test(name)) run.err(`Unsupported protocol: ${name}\n`);
  if (names.length === 0) run.exit("bad rxpkts\n");
  if (names.length > MAX_RX_SEGMENTS) {
    run.err(`Number of rxpkt segments = ${names.length + 1} > ${MAX_RX_SEGMENTS} (maximum items)\n`);
  }
  if (names.length + 1 > MAX_RX_SEGMENTS) {
    run.out(`nb segments per RX packets=${names.length + 1} > MAX_SEGS_BUFFER_SPLIT - ignored\n`);
  }
};

type Direction = "rxq" | "txq";
const MOST_QUEUES = { rxq: "maxRxQueues", txq: "maxTxQueues" } as const;

/** get_allowed_max_nb_rxq and its likes: the least that a port has, and that port. */
function allowedQueues(run: OptionRun, direction: Direction): { most: number; port: number } {
  let allowed = { most: MAX_QUEUES, port: 0 };
  for (const { id, info } of run.ports.values()) {
    const most = info[MOST_QUEUES[direction]];
    if (most < allowed.most) allowed = { most, port: id };
  }
  return run.ports.size === 0 ? { most: 0, port: 0 } : allowed;
}

/** check_nb_rxq and check_nb_txq. */
function queuesFit(run: OptionRun, direction: Direction, count: number): boolean {
  const { most, port } = allowedQueues(run, direction);
  const queues = count & 0xffff;
  if (queues <= most) return true;
  const name = `max_${direction.slice(0, 2)}_queues`;
  run.err(`Fail: input ${direction} (${queues}) can't be greater than ${name} (${most}) of port ${port}\n`);
  return false;
}

export const queues =
  (direction: Direction): Apply =>
  (run, argument) => {
    const n = atoi(argument);
    if (n < 0 || !queuesFit(run, direction, n)) {
      const { most } = allowedQueues(run, direction);
      run.exit(`${direction} ${n} invalid - must be >= 0 && <= ${most}\n`);
    }
    run.settings[direction] = n & 0xffff;
  };

/** --hairpinq: none of the drivers here has hairpin queues. */
export const hairpinQueues: Apply = (run, argument) => {
  const n = atoi(argument);
  const most = run.ports.size === 0 ? MAX_QUEUES : 0;
  const first = [...run.ports.keys()][0] ?? 0;
  const wanted = n & 0xffff;
  if (n >= 0 && wanted > most) {
    run.err(`Fail: input hairpin (${wanted}) can't be greater than max_hairpin_queues (${most}) of port ${first}\n`);
  }
  if (n < 0 || wanted > most) run.exit(`txq ${n} invalid - must be >= 0 && <= ${most}\n`);
  for (const direction of ["txq", "rxq"] as const) {
    const sum = n + run.settings[direction];
    if (queuesFit(run, direction, sum)) continue;
    const { most: allowed } = allowedQueues(run, direction);
    run.exit(`${direction} + hairpinq ${sum} invalid - must be >= 0 && <= ${allowed}\n`);
  }
};

export const burst: Apply = (run, argument) => {
  const n = atoi(argument);
  if (n > MAX_BURST) run.exit(`burst must be between1 and ${MAX_BURST}\n`);
  run.settings.burst = n === 0 ? preferredBurst(run) : n < 0 ? MAX_BURST : n;
};

/** --burst=0 asks port 0. */
function preferredBurst(run: OptionRun): number {
  const port = run.ports.get(0);
  if (port === undefined) {
    run.context.log("lib.ethdev", LOG_ERR, "Invalid port_id=0\n");
    run.err("Error during getting device (port 0) info: No such device\n");
    const please = `please provide a value between 1 and ${MAX_BURST}`;
    return run.exit(`Failed to get driver recommended burst size, ${please}\n`);
  }
  const { rxBurst } = port.info.preferred;
  if (rxBurst === 0) {
    run.exit(`PMD does not recommend a burst size. Provided value must be between 1 and ${MAX_BURST}\n`);
  }
  if (rxBurst > MAX_BURST) {
    run.exit(`PMD recommended burst size of ${rxBurst} exceeds maximum value of ${MAX_BURST}\n`);
  }
  run.out(`Using PMD-provided burst value of ${rxBurst}\n`);
  return rxBurst;
}

export const socketNum: Apply = (run, argument) => {
  if (run.sockets.includes(atoi(argument) & 0xff)) return;
  reportSockets(run);
  run.exit("Invalid socket id");
};

function reportSockets(run: OptionRun): void {
  run.err(`Invalid socket id, options are: ${run.sockets.join(",")}\n`);
}

/** --port-numa-config and --ring-numa-config: `(port[,flag],socket),...`; what stands outside brackets is not read. */
export const numaConfig =
  (what: "port" | "ring"): Apply =>
  (run, argument) => {
    if (!readNumaConfig(run, argument, what)) run.exit(`invalid ${what}-numa configuration\n`);
  };

function readNumaConfig(run: OptionRun, argument: string, what: "port" | "ring"): boolean {
  for (let open = argument.indexOf("("); open >= 0; ) {
    const close = argument.indexOf(")", open);
    const group = close < 0 ? "" : argument.slice(open + 1, close);
    const fields = numaFields(group, what === "port" ? 2 : 3);
    if (fields === undefined) return false;
    const [port = 0, ...rest] = fields;
    const socket = rest.at(-1) ?? 0;
    if (!run.ports.has(port)) {
      run.err(`Invalid port ${port}\n`);
      run.out(`The valid ports array is [${[...run.ports.keys()].map((id) => ` ${id}`).join("")} ]\n`);
      return false;
    }
    if (!run.sockets.includes(socket)) {
      if (run.sockets.length >= MAX_NUMA_NODES) {
        reportSockets(run);
        return false;
      }
      run.sockets.push(socket);
    }
    const flag = what === "ring" ? (rest[0] ?? 0) : 1;
    if (flag < 1 || flag > 3) {
      run.err(`Invalid ring-flag=${flag} config for port =${port}\n`);
      return false;
    }
    open = argument.indexOf("(", close);
  }
  return true;
}

/** Numbers up to 255; the last field may be followed by anything. */
function numaFields(group: string, count: number): number[] | undefined {
  const parts = group.split(",");
  if (group.length > 255 || parts.length < count) return undefined;
  const fields = parts.slice(0, count).map((part) => strtoul(part, 0));
  if (fields.some(({ value, end, overflow }) => overflow || end === 0 || value > 255n)) return undefined;
  return fields.map(({ value }) => Number(value));
}

const LINK_SPEEDS = [1000, 10_000, 25_000, 40_000, 50_000, 100_000, 200_000];

/** --eth-link-speed: our links have the speeds of their drivers. */
export const linkSpeed: Apply = (run, argument) => {
  const n = atoi(argument);
  if (n >= 0 && !LINK_SPEEDS.includes(n)) run.err("Unsupported fixed speed\n");
};

const EVENTS = [
  "unknown",
  "intr_lsc",
  "queue_state",
  "intr_reset",
  "vf_mbox",
  "ipsec",
  "macsec",
  "intr_rmv",
  "dev_probed",
  "dev_released",
  "flow_aged",
  "err_recovering",
  "recovery_success",
  "recovery_failed",
  "all",
];

/** --print-event and --mask-event: none of these events happens here. */
export const event =
  (option: string): Apply =>
  (run, argument) => {
    if (EVENTS.includes(argument)) return;
    run.err(`Invalid event: ${argument}\n`);
    run.exit(`invalid ${option} argument\n`);
  };
