// plan - builds a topology in the engine's memory: pools, NICs, rings, lcores and streams, and remembers which port is which.
import { MAX_BURST, MBUF_DATA_ROOM } from "../../assembly/abi/limits.ts";
import { isVector, NET_VHOST_FEATURES, negotiatePaths } from "../dpdk/devices/virtio-paths.ts";
import { UsageError } from "../errors.ts";
import { RxInterrupt } from "../wasm/interrupts.ts";
import { Machine, type Queue } from "../wasm/machine.ts";
import { parseMac } from "./mac.ts";
import type { Settings } from "./options.ts";
import type { OvsSwitch } from "./ovs-switch.ts";
import { LINK_BPS } from "./speed.ts";
import type { Topology } from "./topology.ts";

/** Depths of a simulated NIC's queues: testpmd's defaults where the driver prefers none. */
const NIC_RX_DEPTH = 512;
const NIC_TX_DEPTH = 512;
/** mbufs a cache may keep on top of its size before it is flushed: DPDK's 1.5. */
const CACHE = 250;
/** mbufs a guest or host has beyond what rings, caches and bursts can hold. */
const SPARE_MBUFS = 512;
/** Most mbufs counted for bursts in hand: full bursts of the longest frames a capture may hold would want more than the memory has. */
const BURST_MBUFS_MAX = 32768;
const TRACE_RECORDS = 16384;
/** Cycles a second of the time stamp counter that policers count in. */
const TSC_HZ = 2_600_000_000;
/** Egress kept between two hand-outs. */
export const EGRESS_BYTES = 8 << 20;
export const EGRESS_PACKETS = 1 << 16;
/** Picoseconds a byte takes on the link. */
export const LINK_PS_PER_BYTE: number = 8e12 / LINK_BPS;

export interface EgressPort {
  readonly name: string;
  /** Id of the port in the run. */
  readonly port: number;
  readonly at: number;
  readonly buffer: number;
  readonly times: number;
}

export interface Plan {
  readonly machine: Machine;
  /** Port names by id: what queues and trace records call `port`. */
  readonly ports: readonly string[];
  readonly ingress: number;
  readonly nicRx: readonly Queue[];
  readonly egress: readonly EgressPort[];
  readonly lcores: readonly string[];
  /** Vectors of the guests' rx queues, by port and queue; none where guests poll. */
  readonly vectors: ReadonlyMap<string, RxInterrupt>;
  readonly macs: ReadonlyMap<string, bigint>;
  /** Between the host's ports; undefined: wires are. */
  readonly ovs: OvsSwitch | undefined;
}

/** How a run differs from a replay in virtual time. */
export interface PlanMode {
  /** Time by cost profile; else the wall's, for the parallel executor. */
  readonly virtual: boolean;
  /** Streams take no more than their tx queue has places for, and the source waits: nothing is lost. */
  readonly lossless: boolean;
  /** Keep the bytes of what leaves. */
  readonly keepEgress: boolean;
  /** Longest frame that will enter, bytes. */
  readonly maxFrame: number;
  /** The switch, where settings.switch is one: it is loaded by those who need it. */
  readonly OvsSwitch?: typeof OvsSwitch;
}

/** Builds it all. @throws UsageError for what does not fit or is not there */
export function buildPlan(machine: Machine, topology: Topology, settings: Settings, mode: PlanMode): Plan {
  const macs = portMacs(topology, settings);
  const peers = assignments(settings.ethPeers, "eth-peer", macs, parseMac);
  const ports = [...topology.nics, ...topology.links].map((p) => p.name).concat(topology.links.map((l) => l.guestName));
  const id = (name: string): number => ports.indexOf(name);
  const lcores = new Map(
    topology.lcores.map((name) => {
      const streams = topology.streams.filter((s) => s.lcore === name).length;
      return [name, machine.addLcore(mode.virtual, streams, settings.trace ? TRACE_RECORDS : 0)];
    }),
  );
  const size = poolSizes(topology, settings, mode);
  const hostPool = machine.addPool(size.host, CACHE, lcores.size);
  const queues = new Map<string, { rx: Queue[]; tx: Queue[] }>();
  const ingress = machine.addIngress(
    mode.virtual,
    mode.lossless,
    settings.trace && [settings.trace[0] - 1, settings.trace[1] - 1],
  );
  const egress: EgressPort[] = [];
  const slack = MAX_BURST * (mode.maxFrame + 72);
  for (const nic of topology.nics) {
    const port = id(nic.name);
    const out = machine.addEgress(mode.keepEgress, EGRESS_BYTES, EGRESS_PACKETS, slack, MAX_BURST);
    egress.push({ name: nic.name, port, ...out });
    const line = machine.addNicTxPort(mode.virtual ? LINK_PS_PER_BYTE : 0);
    const each = Array.from({ length: nic.queues }, (_, q) => q);
    const pcap = settings.phy === "pcap";
    queues.set(nic.name, {
      rx: each.map((q) =>
        pcap
          ? machine.addPcapRx(port, q, hostPool, ingress, port)
          : machine.addNicRx(port, q, NIC_RX_DEPTH, hostPool, ingress, port),
      ),
      tx: each.map((q) =>
        pcap ? machine.addPcapTx(port, q, out.at) : machine.addNicTx(port, q, NIC_TX_DEPTH, line, out.at),
      ),
    });
  }
  const { ringSize, mergeable, inOrder, indirect } = settings;
  const layout = { mergeable, packed: settings.ring === "packed", inOrder, indirect };
  const ring = { size: ringSize, headerBytes: 12, ...layout, dpdkQuirks: settings.dpdkQuirks };
  const choice = { mac: 0n, cq: false, mrgRxbuf: mergeable, inOrder, packedVq: ring.packed };
  const { vectorized } = settings;
  const paths = negotiatePaths(NET_VHOST_FEATURES, { ...choice, vectorized }, { simdBits: 512, hasAvx512: true }, 0n);
  for (let vm = 0; vm < topology.vms; vm++) {
    const links = topology.links.filter((l) => l.vm === vm);
    const rings = links.reduce((n, l) => n + 2 * l.queues, 0);
    const window = machine.addWindow(
      rings * machine.ringWindowBytes(ringSize, ring) + (size.guest + 8) * Machine.bufferBytes,
    );
    const pool = machine.addPool(size.guest, CACHE, lcores.size, window);
    const lcore = lcores.get(`vm${vm}`)!;
    for (const link of links) {
      const made = Array.from({ length: link.queues }, (_, number) => {
        const host = { port: id(link.name), number, pool: hostPool };
        const guest = { port: id(link.guestName), number, pool, window, lcore };
        return {
          down: machine.addVirtqueue(true, { ...ring, vector: isVector(paths.rx) }, host, guest),
          up: machine.addVirtqueue(false, { ...ring, vector: isVector(paths.tx) }, host, guest),
        };
      });
      queues.set(link.name, { rx: made.map((m) => m.up.host), tx: made.map((m) => m.down.host) });
      queues.set(link.guestName, { rx: made.map((m) => m.down.guest), tx: made.map((m) => m.up.guest) });
    }
  }
  const vectors = settings.rxInterrupts ? rxInterrupts(machine, topology, lcores, queues, mode) : new Map();
  const ovs =
    settings.switch === "ovs" ? ovsSwitch(machine, lcores.get("host")!, topology, queues, settings, mode) : undefined;
  for (const spec of topology.streams) {
    if (ovs !== undefined && spec.lcore === "host") continue;
    const wire = spec.role === "wire";
    machine.addStream(lcores.get(spec.lcore)!, {
      engine: wire ? 0 : settings.engine,
      rx: queues.get(spec.rx[0])!.rx[spec.rx[1]]!,
      tx: queues.get(spec.tx[0])!.tx[spec.tx[1]]!,
      burst: settings.burst,
      peerMac: peers.get(spec.tx[0]) ?? spec.peerMac,
      sourceMac: macs.get(spec.tx[0]) ?? 0n,
      // the retry suffix is for every engine, so for the host's wires as well; mac_retry brings its own
      retryNum: settings.retry || (!wire && settings.fwdMode === "mac_retry") ? settings.retryNum : 0,
      retryDelayPs: BigInt(settings.retryDelayUs) * 1_000_000n,
      waits: mode.lossless,
      txFirst: wire ? 0 : settings.txFirst,
    });
  }
  const nicRx = topology.nics.flatMap((nic) => queues.get(nic.name)!.rx);
  return { machine, ports, ingress, nicRx, egress, lcores: topology.lcores, vectors, macs, ovs };
}

/** Gives each rx queue of the guests a vector, and has their lcores wait for them. */
function rxInterrupts(
  machine: Machine,
  topology: Topology,
  lcores: ReadonlyMap<string, number>,
  queues: ReadonlyMap<string, { readonly rx: readonly Queue[]; readonly tx: readonly Queue[] }>,
  mode: PlanMode,
): Map<string, RxInterrupt> {
  if (topology.vms === 0)
    throw new UsageError(`rx-interrupts: found ${topology.name}, expected a topology with guests`);
  if (!mode.virtual) throw new UsageError("rx-interrupts: found the wall's clock, expected virtual time");
  for (let vm = 0; vm < topology.vms; vm++) machine.engine.lcoreWaitByInterrupts(lcores.get(`vm${vm}`)!);
  const vectors = new Map<string, RxInterrupt>();
  for (const { name, guestName } of topology.links) {
    for (const [number, queue] of queues.get(guestName)!.rx.entries()) {
      const vector = new RxInterrupt(machine);
      vector.give(queue);
      vector.bind(queues.get(name)!.tx[number]!.state);
      vectors.set(`${guestName}/${number}`, vector);
    }
  }
  return vectors;
}

function ovsSwitch(
  machine: Machine,
  lcore: number,
  topology: Topology,
  queues: ReadonlyMap<string, { readonly rx: readonly Queue[]; readonly tx: readonly Queue[] }>,
  settings: Settings,
  mode: PlanMode,
): OvsSwitch {
  if (mode.OvsSwitch === undefined) throw new UsageError("switch: found ovs, expected wire here");
  const ports = [
    ...topology.nics.map(({ name }) => ({ name, kind: "dpdk" as const, ...queues.get(name)! })),
    ...topology.links.map(({ name }) => ({ name, kind: "vhost" as const, ...queues.get(name)! })),
  ];
  const { seed } = settings;
  return new mode.OvsSwitch(machine, lcore, topology, ports, {
    hz: TSC_HZ,
    seed,
    maxFrame: mode.maxFrame,
    lcores: topology.lcores.length,
    trace: settings.trace !== undefined,
  });
}

/** mbufs for the host's pool and each guest's: what rings, bursts in hand, saved bursts and caches can hold at once. */
function poolSizes(topology: Topology, settings: Settings, mode: PlanMode): { host: number; guest: number } {
  if (settings.totalNumMbufs !== undefined) return { host: settings.totalNumMbufs, guest: settings.totalNumMbufs };
  const segments = Math.ceil((mode.maxFrame + 12) / MBUF_DATA_ROOM) || 1;
  const of = (lcore: string): number => topology.streams.filter((s) => s.lcore === lcore).length;
  const working = (streams: number): number =>
    Math.min(streams * settings.burst * (segments + 1), BURST_MBUFS_MAX) + 2 * CACHE + SPARE_MBUFS;
  const links = topology.links.filter((l) => l.vm === 0);
  const rings = links.reduce((n, l) => n + 2 * l.queues, 0) * settings.ringSize;
  return { host: working(of("host")), guest: rings + working(of("vm0")) };
}

function portMacs(topology: Topology, settings: Settings): Map<string, bigint> {
  const macs = new Map<string, bigint>();
  for (const nic of topology.nics) macs.set(nic.name, nic.mac);
  for (const link of topology.links) macs.set(link.guestName, link.mac);
  for (const [port, mac] of assignments(settings.macs, "mac", macs, parseMac)) macs.set(port, mac);
  return macs;
}

/** PORT=VALUE pairs. @throws UsageError for a port that is not in the topology */
function assignments<T>(
  texts: readonly string[],
  option: string,
  known: ReadonlyMap<string, unknown>,
  parse: (text: string) => T,
): Map<string, T> {
  return new Map(
    texts.map((text) => {
      const [port = "", value] = text.split("=", 2);
      if (value === undefined) throw new UsageError(`${option}: found ${text}, expected PORT=VALUE`);
      if (!known.has(port))
        throw new UsageError(`${option}: found port ${port}, expected one of ${[...known.keys()].join(", ")}`);
      return [port, parse(value)];
    }),
  );
}
