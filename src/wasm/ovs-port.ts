// ovs-port - a port of the userspace datapath, with names: its limits, policers, receive queues and counters.
import { ENGINE_OVS } from "../../assembly/abi/engines.ts";
import { NETDEV_MAX_BURST } from "../../assembly/abi/ovs.ts";
import * as ids from "../../assembly/abi/ovs-ports.ts";
import { UsageError } from "../errors.ts";
import type { Machine, Queue } from "./machine.ts";

export type OvsPortKind = "dpdk" | "vhost" | "internal" | "dummy";

export interface OvsPortOptions {
  /** Datapath port number. */
  readonly number: number;
  readonly kind: OvsPortKind;
  readonly rx: readonly Queue[];
  readonly tx: readonly Queue[];
  readonly mtu?: number;
}

export interface OvsPortCounters {
  readonly txPackets: number;
  readonly txBytes: number;
  /** Of whatever reason. */
  readonly txDropped: number;
  readonly txRetries: number;
  readonly txFailureDrops: number;
  readonly txMtuExceededDrops: number;
  readonly txQosDrops: number;
  readonly rxQosDrops: number;
}

const KINDS: Readonly<Record<OvsPortKind, number>> = {
  dpdk: ids.OVS_PORT_DPDK,
  vhost: ids.OVS_PORT_VHOST,
  internal: ids.OVS_PORT_INTERNAL,
  dummy: ids.OVS_PORT_DUMMY,
};
/** Bytes of a frame beyond the MTU: Ethernet's header, and for DPDK's ports an FCS that is never there. */
const BEYOND_MTU: Readonly<Record<OvsPortKind, number>> = { dpdk: 18, vhost: 18, internal: 14, dummy: 14 };
const DEFAULT_MTU = 1500;
/** VHOST_ENQ_RETRY_DEF and VHOST_ENQ_RETRY_MAX */
const RETRIES = 8;
const RETRIES_MAX = 32;
/** RTE_METER_TB_PERIOD_MIN */
const PERIOD_MIN = 100;
const BITS = 8;
/** ingress_policing_burst where there is none, kbit. */
const DEFAULT_BURST_KB = 8000;

/** A receive queue: polled by one thread at a time. */
export class OvsRxq {
  readonly port: OvsPort;
  readonly queue: Queue;
  /** Linear address of its stream. */
  readonly stream: number;
  private readonly machine: Machine;
  private readonly address: number;
  private readonly counters: BigUint64Array;
  private emcEnabled = true;
  private thread: readonly [pmd: number, tx: number] = [0, 0];

  constructor(machine: Machine, port: OvsPort, queue: Queue, tx: Queue) {
    const { engine, arena } = machine;
    this.machine = machine;
    this.port = port;
    this.queue = queue;
    this.address = arena.allocate(engine.rxqBytes() >>> 0, "a receive queue");
    this.counters = arena.u64(engine.rxqCounters(this.address) >>> 0, ids.RXQ_COUNTERS);
    this.stream = arena.allocate(engine.streamBytes() >>> 0, "a stream");
    machine.makeStream(this.stream, { ...STREAM, rx: queue, tx });
    engine.streamSetOvs(this.stream, this.address);
  }

  /** Gives it to a thread. tx: the thread's part of the port */
  assign(pmd: number, tx: number): void {
    this.thread = [pmd, tx];
    this.machine.engine.rxqSet(this.address, this.queue.address, pmd, tx, this.emcEnabled ? 1 : 0);
  }

  setEmcEnable(enable: boolean): void {
    this.emcEnabled = enable;
    this.assign(...this.thread);
  }

  /** Processing time so far. */
  busyPs(): bigint {
    return this.counters[ids.RXQ_BUSY_PS] ?? 0n;
  }
}

/** What a stream has that this engine does not look at. */
const STREAM = {
  engine: ENGINE_OVS,
  burst: NETDEV_MAX_BURST,
  peerMac: 0n,
  sourceMac: 0n,
  retryNum: 0,
  retryDelayPs: 0n,
  waits: false,
  txFirst: 0,
} as const;

export class OvsPort {
  readonly number: number;
  readonly kind: OvsPortKind;
  readonly address: number;
  readonly rxqs: readonly OvsRxq[];
  readonly txqCount: number;
  private readonly machine: Machine;
  private readonly hz: number;
  private readonly counterBlocks: BigUint64Array[] = [];

  constructor(machine: Machine, datapath: number, hz: number, options: OvsPortOptions) {
    const { engine, arena } = machine;
    const { number, kind, rx, tx, mtu = DEFAULT_MTU } = options;
    const [firstTx] = tx;
    if (firstTx === undefined) throw new UsageError(`port ${number}: found no tx queue, expected one`);
    this.machine = machine;
    this.hz = hz;
    this.number = number;
    this.kind = kind;
    this.txqCount = tx.length;
    this.address = arena.allocate(engine.ovsPortBytes(tx.length) >>> 0, "a datapath port");
    engine.ovsPortInit(this.address, number, datapath, tx.length);
    tx.forEach((queue, i) => {
      engine.ovsPortTxq(this.address, i, queue.address);
    });
    this.set(ids.OVS_PORT_KIND, KINDS[kind]);
    this.set(ids.OVS_PORT_HEAP, kind === "dpdk" || kind === "vhost" ? 0 : 1);
    this.setTxRetriesMax(RETRIES);
    this.setMtu(mtu);
    this.rxqs = rx.map((queue) => new OvsRxq(machine, this, queue, firstTx));
  }

  private set(what: number, value: number): void {
    this.machine.engine.ovsPortSet(this.address, what, value);
  }

  setMtu(mtu: number): void {
    this.set(ids.OVS_PORT_MAX_LENGTH, mtu + BEYOND_MTU[this.kind]);
  }

  /** other_config:emc-enable */
  setEmcEnable(enable: boolean): void {
    for (const rxq of this.rxqs) rxq.setEmcEnable(enable);
  }

  /** options:tx-retries-max; out of range: the default */
  setTxRetriesMax(max: number): void {
    const valid = Number.isInteger(max) && max >= 0 && max <= RETRIES_MAX;
    this.set(ids.OVS_PORT_RETRIES_MAX, valid ? max : RETRIES);
  }

  /** Whether a vhost port's guest is there, or a device is up. */
  setConnected(connected: boolean): void {
    this.set(ids.OVS_PORT_CONNECTED, connected ? 1 : 0);
  }

  /** How threads choose their tx queues: TXQ_* */
  setTxqMode(mode: number): void {
    this.set(ids.OVS_PORT_TXQ_MODE, mode);
  }

  /** ingress_policing_rate and _burst; burst 0: 8000 kbit */
  setIngressPolicer(policer: { readonly rateKbps: number; readonly burstKb: number } | undefined, nowPs = 0n): void {
    const bytes = (thousands: number): number => (thousands * 1000) / BITS;
    const { rateKbps = 0, burstKb = 0 } = policer ?? {};
    this.setPolicer(ids.POLICER_INGRESS, bytes(rateKbps), bytes(burstKb || DEFAULT_BURST_KB), nowPs);
  }

  /** egress-policer: bytes a second and bytes */
  setEgressPolicer(policer: { readonly cir: number; readonly cbs: number } | undefined, nowPs = 0n): void {
    const { cir = 0, cbs = 0 } = policer ?? {};
    this.setPolicer(ids.POLICER_EGRESS, cir, cbs, nowPs);
  }

  /** The bucket's tokens come in whole periods, as rte_meter_get_tb_params has them. rate 0: no policer */
  private setPolicer(which: number, rate: number, burst: number, nowPs: bigint): void {
    const { engine } = this.machine;
    const at = engine.ovsPortPolicer(this.address, which) >>> 0;
    if (rate === 0 || burst === 0) {
      engine.policerSet(at, 0n, 1n, 0n, 0n);
      return;
    }
    const cycles = this.hz / rate;
    const perPeriod = cycles >= PERIOD_MIN ? 1 : Math.ceil(PERIOD_MIN / cycles);
    const period = Math.floor(cycles >= PERIOD_MIN ? cycles : (this.hz * perPeriod) / rate);
    const now = (nowPs * BigInt(this.hz)) / PS_PER_S;
    engine.policerSet(at, BigInt(Math.floor(burst)), BigInt(period), BigInt(perPeriod), now);
  }

  /** A thread's counters of the port are part of the sum from now on. */
  addCounters(at: number): void {
    this.counterBlocks.push(this.machine.arena.u64(at, ids.OVS_PORT_COUNTERS));
  }

  counters(): OvsPortCounters {
    const sum = (i: number): number => Number(this.counterBlocks.reduce((all, block) => all + (block[i] ?? 0n), 0n));
    return {
      txPackets: sum(ids.OVS_TX_PACKETS),
      txBytes: sum(ids.OVS_TX_BYTES),
      txDropped: sum(ids.OVS_TX_DROPPED),
      txRetries: sum(ids.OVS_TX_RETRIES),
      txFailureDrops: sum(ids.OVS_TX_FAILURE_DROPS),
      txMtuExceededDrops: sum(ids.OVS_TX_MTU_EXCEEDED_DROPS),
      txQosDrops: sum(ids.OVS_TX_QOS_DROPS),
      rxQosDrops: sum(ids.OVS_RX_QOS_DROPS),
    };
  }
}

const PS_PER_S = 1_000_000_000_000n;
