// options - what a replay is asked to do, with the defaults and limits of each. The command line and the typed replay() both end here.
import * as engines from "../../assembly/abi/engines.ts";
import { DEFAULT_BURST, MAX_BURST, MAX_RING_SIZE } from "../../assembly/abi/limits.ts";
import { UsageError } from "../errors.ts";
import { parseSpeed } from "./speed.ts";

export interface ReplayOptions {
  /** Paths of captures, replayed one after the other; `-` is standard input. */
  readonly captures: readonly string[];
  /** p2p, pvp, pvvp[:N], pvpv[:N], loopback */
  readonly topology?: string;
  /** wire: host ports joined by testpmd io; ovs: by the OVS datapath, which is usual for pvp and p2p */
  readonly switch?: string;
  /** What phy0, phy1 are: nic (arrival times, finite queues, line rate) or pcap (net_pcap: read when polled, no pace). */
  readonly phy?: "nic" | "pcap";
  /** The guests' mode (p2p: the host's). */
  readonly fwdMode?: string;
  readonly retry?: boolean;
  readonly retryNum?: number;
  readonly retryDelayUs?: number;
  readonly ring?: string;
  readonly mergeable?: boolean;
  /** VIRTIO_F_IN_ORDER and VIRTIO_F_INDIRECT_DESC. As in the PMD, a split ring used in order has no indirect tables. */
  readonly inOrder?: boolean;
  readonly indirect?: boolean;
  /** The guests' drivers take their vector burst functions, where the others of these allow it, on a machine with AVX-512. */
  readonly vectorized?: boolean;
  /** Vhost ports do as DPDK's library where that is not what the specification says. */
  readonly dpdkQuirks?: boolean;
  readonly ringSize?: number;
  readonly queues?: number;
  readonly burst?: number;
  /** Ingress port of all packets, against what the capture says. */
  readonly in?: string;
  readonly speed?: string;
  readonly loop?: number;
  /** Packets to replay at most, of each loop. */
  readonly limit?: number;
  /** Capture to write. */
  readonly output?: string;
  readonly direction?: "in" | "out" | "all";
  /** FILE or PORT=FILE: what must leave. */
  readonly expect?: readonly string[];
  readonly unordered?: boolean;
  /** PORT=MAC */
  readonly macs?: readonly string[];
  /** PORT=MAC: the peer behind a port, as testpmd's --eth-peer. */
  readonly ethPeers?: readonly string[];
  readonly seed?: number;
  /** Path of a cost profile; undefined: the shipped one. */
  readonly profile?: string;
  /** Numbers of the packets to trace, inclusive, from 1. */
  readonly trace?: readonly [number, number];
  readonly totalNumMbufs?: number;
  /** The guests' lcores sleep until rx interrupts come, instead of polling. */
  readonly rxInterrupts?: boolean;
  /** rounds of `start tx_first` */
  readonly txFirst?: number;
  readonly tolerant?: boolean;
  readonly rawTime?: boolean;
  /** Bytes of a capture held at once; a longer one is read in parts. */
  readonly partBytes?: number;
}

/** Every option decided. */
export type Settings = Required<Omit<ReplayOptions, "output" | "in" | "profile" | "trace" | "totalNumMbufs">> &
  Pick<ReplayOptions, "output" | "in" | "profile" | "trace" | "totalNumMbufs"> & { readonly engine: number };

/** Engine ids by the name of the mode: ENGINE_MAC_RETRY is `mac_retry`. OVS and what comes behind it are no modes. */
const ENGINE_IDS: ReadonlyMap<string, number> = new Map(
  Object.entries(engines)
    .filter(([, id]) => id < engines.ENGINE_OVS)
    .map(([name, id]) => [name.slice("ENGINE_".length).toLowerCase(), id]),
);

/** Packets that virtio_recv_pkts_vec takes at least, and buffers that it posts at a time. */
const VECTOR_RX_LEAST = 8;
const VECTOR_RX_REARM = 32;

/** Packet numbers have 31 bits in the engine. */
const PACKETS_MAX = 2 ** 31 - 2;

/** Fills in defaults and checks limits. @throws UsageError naming the option */
export function settle(options: ReplayOptions): Settings {
  const topology = options.topology ?? "pvp";
  const fwdMode = options.fwdMode ?? "mac";
  const engine = ENGINE_IDS.get(fwdMode);
  if (engine === undefined)
    throw new UsageError(`fwd-mode: found ${fwdMode}, expected ${[...ENGINE_IDS.keys()].join(", ")}`);
  const kind = options.switch ?? usualSwitch(topology, options);
  if (kind !== "wire" && kind !== "ovs") throw new UsageError(`switch: found ${kind}, expected wire or ovs`);
  if (kind === "ovs" && topology === "p2p" && options.fwdMode !== undefined)
    throw new UsageError(`fwd-mode: found ${fwdMode} with switch ovs, expected none: p2p has no guest`);
  const ring = options.ring ?? "split";
  if (ring !== "split" && ring !== "packed") throw new UsageError(`ring: found ${ring}, expected split or packed`);
  const ringSize = whole(options.ringSize, "ring-size", 256, 1, MAX_RING_SIZE);
  if (ring === "split" && (ringSize & (ringSize - 1)) !== 0) {
    throw new UsageError(`ring-size: found ${ringSize}, expected a power of two up to ${MAX_RING_SIZE}`);
  }
  if (options.captures.length === 0) throw new UsageError("capture: found none, expected at least one");
  if (options.captures.filter((path) => path === "-").length > 1)
    throw new UsageError("capture: found standard input twice, expected - once");
  if (options.output === "") throw new UsageError("output: found an empty name, expected a file");
  const retry = options.retry ?? (options.retryNum !== undefined || options.retryDelayUs !== undefined);
  if (retry && fwdMode === "rxonly")
    throw new UsageError("fwd-mode: found rxonly with retry, expected a mode that transmits");
  parseSpeed(options.speed ?? "capture");
  const [first, last] = options.trace ?? [1, 1];
  if (!(first >= 1 && last >= first && last <= PACKETS_MAX))
    throw new UsageError(`trace: found ${first}-${last}, expected packet numbers from 1 to ${PACKETS_MAX}, rising`);
  const direction = options.direction ?? "out";
  if (!["in", "out", "all"].includes(direction))
    throw new UsageError(`direction: found ${direction}, expected in, out or all`);
  const phy = options.phy ?? "nic";
  if (phy !== "nic" && phy !== "pcap") throw new UsageError(`phy: found ${phy}, expected nic or pcap`);
  const vectorRx =
    options.vectorized === true && ring === "split" && options.inOrder === false && options.mergeable === false;
  if (vectorRx && (options.burst ?? DEFAULT_BURST) < VECTOR_RX_LEAST)
    throw new UsageError(
      `burst: found ${options.burst} with a vector rx path, which takes none below ${VECTOR_RX_LEAST}`,
    );
  if (vectorRx && ringSize < VECTOR_RX_REARM)
    throw new UsageError(
      `ring-size: found ${ringSize} with a vector rx path, which posts no buffer below ${VECTOR_RX_REARM}`,
    );
  return {
    captures: options.captures,
    topology,
    switch: kind,
    phy,
    fwdMode,
    engine,
    retry,
    // 16.07's suffix: 64 tries, 1 us before each; mac_retry keeps its own unless told otherwise.
    retryNum: whole(options.retryNum, "retry-num", fwdMode === "mac_retry" ? 5 : 64, 0, 1_000_000),
    retryDelayUs: whole(options.retryDelayUs, "retry-delay-us", fwdMode === "mac_retry" ? 10 : 1, 0, 1_000_000),
    ring,
    mergeable: options.mergeable ?? true,
    inOrder: options.inOrder ?? true,
    indirect: options.indirect ?? true,
    vectorized: options.vectorized ?? false,
    dpdkQuirks: options.dpdkQuirks ?? false,
    ringSize,
    queues: whole(options.queues, "queues", 1, 1, 128),
    burst: whole(options.burst, "burst", DEFAULT_BURST, 1, MAX_BURST),
    in: options.in,
    speed: options.speed ?? "capture",
    loop: whole(options.loop, "loop", 1, 1, 1_000_000_000),
    limit: options.limit === undefined ? Number.POSITIVE_INFINITY : whole(options.limit, "limit", 0, 1, PACKETS_MAX),
    output: options.output,
    direction,
    expect: options.expect ?? [],
    unordered: options.unordered ?? false,
    macs: options.macs ?? [],
    ethPeers: options.ethPeers ?? [],
    seed: whole(options.seed, "seed", 1, 0, 2 ** 32 - 1),
    profile: options.profile,
    trace: options.trace,
    totalNumMbufs:
      options.totalNumMbufs === undefined
        ? undefined
        : whole(options.totalNumMbufs, "total-num-mbufs", 0, 1025, 2 ** 24),
    rxInterrupts: options.rxInterrupts ?? false,
    txFirst: whole(options.txFirst, "tx-first", 0, 0, 1_000_000),
    tolerant: options.tolerant ?? false,
    rawTime: options.rawTime ?? false,
    partBytes: whole(options.partBytes, "part-bytes", 1 << 30, 1 << 21, 2 ** 31),
  };
}

/** A p2p without a guest is the host's mode's, if one is named; retries are a wire's as well. */
function usualSwitch(topology: string, options: ReplayOptions): "wire" | "ovs" {
  if (topology === "pvp") return "ovs";
  const named = options.fwdMode !== undefined || options.retry === true || options.txFirst !== undefined;
  return topology === "p2p" && !named ? "ovs" : "wire";
}

function whole(value: number | undefined, name: string, otherwise: number, low: number, high: number): number {
  if (value === undefined) return otherwise;
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new UsageError(`${name}: found ${value}, expected a whole number from ${low} to ${high}`);
  }
  return value;
}
