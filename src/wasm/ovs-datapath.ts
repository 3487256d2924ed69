// ovs-datapath - the userspace datapath with names: its ports, meters and threads (struct dp_netdev), as dpif-netdev of OVS 3.1 or 2.7.
import * as ids from "../../assembly/abi/ovs.ts";
import { TXQ_STATIC, TXQ_XPS, TXQ_XPS_HASH } from "../../assembly/abi/ovs-ports.ts";
import { UsageError } from "../errors.ts";
import { Machine } from "./machine.ts";
import { ActionCompiler } from "./ovs-compile.ts";
import { OvsPmd, type PmdOptions } from "./ovs-pmd.ts";
import { OvsPort, type OvsPortOptions } from "./ovs-port.ts";

export type { Megaflow, MegaflowState, MegaflowStats } from "./ovs-flows.ts";
export type { OvsPmd } from "./ovs-pmd.ts";
export type { OvsPort, OvsPortCounters, OvsPortKind, OvsPortOptions, OvsRxq } from "./ovs-port.ts";
export type { PmdStats } from "./ovs-stats.ts";
export type { Decide, Upcall, UpcallDecision } from "./ovs-upcall.ts";

export type OvsVersion = "2.7" | "3.1";

export interface DatapathOptions {
  readonly version?: OvsVersion;
  /** Of the time stamp counter: policers count in its cycles. */
  readonly hz?: number;
  /** Copies of packets that may be under way at a time, and what each may have of buffer. */
  readonly copies?: number;
  readonly copyBufferBytes?: number;
  /** Lcores that the machine will have. */
  readonly lcores?: number;
  /** Port numbers there may be, from 0. */
  readonly ports?: number;
}

interface ThreadConfig {
  readonly emcInsertInvProb: number;
  readonly smcEnable: boolean;
  readonly vlanLimit: 0 | 1 | 2;
}

/** What a thread may be told when it is made; the rest is the datapath's. */
export type ThreadOptions = Pick<PmdOptions, "main" | "flowLimit" | "seed">;

export interface MeterBand {
  /** kbps or packets a second. */
  readonly rate: number;
  /** kbit or packets, 0: as rate. */
  readonly burst: number;
}

export interface MeterState {
  readonly packets: number;
  readonly bytes: number;
  readonly bands: readonly { readonly packets: number; readonly bytes: number }[];
}

const DEFAULTS = {
  version: "3.1",
  hz: 2_600_000_000,
  copies: 4096,
  copyBufferBytes: Machine.bufferBytes,
  lcores: 64,
  ports: 1024,
} as const;
const COPY_CACHE = 256;
/** MAX_METERS and MAX_BANDS: of 2.7, 65536 meters. */
const METERS = { "3.1": 1 << 18, "2.7": 65536 } as const;
const BANDS_MAX = 8;
const VERSIONS = { "3.1": ids.OVS_3_1, "2.7": ids.OVS_2_7 } as const;

export class OvsDatapath {
  readonly version: OvsVersion;
  readonly ports = new Map<number, OvsPort>();
  readonly pmds: OvsPmd[] = [];
  private readonly machine: Machine;
  private readonly address: number;
  private readonly hz: number;
  private readonly portCapacity: number;
  private readonly compiler = new ActionCompiler();
  private readonly meters = new Map<number, { readonly at: number; readonly bands: number }>();
  private readonly scratch: number;
  private steering: "thread" | "hash" = "thread";
  private config: ThreadConfig = { emcInsertInvProb: 100, smcEnable: false, vlanLimit: 1 };
  private threads = 1;
  private maxSleepUs = 0;

  constructor(machine: Machine, options: DatapathOptions = {}) {
    const { version, hz, copies, copyBufferBytes, lcores, ports } = { ...DEFAULTS, ...options };
    const { engine, arena } = machine;
    this.machine = machine;
    this.version = version;
    this.hz = hz;
    this.portCapacity = ports;
    this.address = arena.allocate(engine.datapathBytes(METERS[version]) >>> 0, "a datapath");
    this.scratch = arena.allocate(8 * (2 + 2 * BANDS_MAX), "scratch");
    engine.datapathInit(this.address, METERS[version]);
    const pool = machine.addPool(
      copies,
      Math.min(COPY_CACHE, Math.floor(copies / 2)),
      lcores,
      undefined,
      copyBufferBytes,
    );
    this.set(ids.DATAPATH_VERSION, VERSIONS[version]);
    this.set(ids.DATAPATH_HZ, hz);
    this.set(ids.DATAPATH_POOL, pool);
    machine.addHolder(() => this.pmds.reduce((n, pmd) => n + pmd.queued, 0));
  }

  private set(what: number, value: number): void {
    this.machine.engine.datapathSet(this.address, what, BigInt(value));
  }

  /** other_config:emc-insert-inv-prob, for all threads. */
  setEmcInsertInvProb(invProb: number): void {
    this.configure({ ...this.config, emcInsertInvProb: invProb });
  }

  setSmcEnable(enable: boolean): void {
    this.configure({ ...this.config, smcEnable: enable });
  }

  setVlanLimit(limit: 0 | 1 | 2): void {
    this.configure({ ...this.config, vlanLimit: limit });
  }

  private configure(config: ThreadConfig): void {
    this.config = config;
    for (const pmd of this.pmds) {
      pmd.setEmcInsertInvProb(config.emcInsertInvProb);
      pmd.setSmcEnable(config.smcEnable);
      pmd.setVlanLimit(config.vlanLimit);
    }
  }

  /** other_config:pmd-maxsleep, microseconds */
  setMaxSleep(us: number): void {
    this.maxSleepUs = us;
    for (const pmd of this.pmds) if (!pmd.main) pmd.setMaxSleep(us);
  }

  /** other_config:tx-flush-interval */
  setTxFlushInterval(us: number): void {
    this.set(ids.DATAPATH_TX_FLUSH_INTERVAL, us);
  }

  /** @throws UsageError for a number that is taken or too large */
  addPort(options: OvsPortOptions): OvsPort {
    const { number } = options;
    if (!(Number.isInteger(number) && number >= 0 && number < this.portCapacity))
      throw new UsageError(`port: found ${number}, expected 0 to ${this.portCapacity - 1}`);
    if (this.ports.has(number)) throw new UsageError(`port: found ${number} taken, expected another`);
    const port = new OvsPort(this.machine, this.address, this.hz, options);
    this.ports.set(number, port);
    for (const pmd of this.pmds) port.addCounters(pmd.addPort(port));
    this.chooseTxqModes();
    return port;
  }

  /** Its queues are polled no more; megaflows that send there drop. */
  removePort(number: number): void {
    const port = this.ports.get(number);
    if (port === undefined) return;
    for (const pmd of this.pmds) pmd.removePort(port);
    this.ports.delete(number);
  }

  /** A thread on an lcore (Machine.addLcore). */
  addPmd(lcore: number, options: ThreadOptions = {}): OvsPmd {
    const { machine, compiler, address: datapath, portCapacity: ports } = this;
    const home = { machine, datapath, ports, compiler, reloadEmptiesEmc: this.version === "2.7" };
    const pmd = new OvsPmd(lcore, { ...this.config, ...options }, home);
    this.pmds.push(pmd);
    if (!pmd.main) pmd.setMaxSleep(this.maxSleepUs);
    for (const port of this.ports.values()) port.addCounters(pmd.addPort(port));
    this.useThreads(this.pmds);
    return pmd;
  }

  /** The threads there are, of those that were made: they share the ports' tx queues. Without a call, all. */
  useThreads(pmds: readonly OvsPmd[]): void {
    const polling = pmds.filter((pmd) => !pmd.main);
    // the main thread's tx queue is the first
    polling.forEach((pmd, i) => {
      pmd.setStaticTxq(i + 1);
    });
    this.threads = polling.length + 1;
    this.chooseTxqModes();
  }

  /** other_config:tx-steering */
  setTxSteering(steering: "thread" | "hash"): void {
    this.steering = steering;
    this.chooseTxqModes();
  }

  /** A port with a tx queue for each thread gives each its own; with fewer, they share. */
  private chooseTxqModes(): void {
    for (const port of this.ports.values()) {
      const hashed = this.steering === "hash" && port.txqCount > 1;
      port.setTxqMode(hashed ? TXQ_XPS_HASH : port.txqCount < this.threads ? TXQ_XPS : TXQ_STATIC);
    }
  }

  /** Makes a meter, or another of its number. @throws UsageError for what there is no place for */
  setMeter(id: number, unit: "pktps" | "kbps", bands: readonly MeterBand[], nowPs = 0n): void {
    const { engine, arena } = this.machine;
    const most = METERS[this.version];
    if (!(Number.isInteger(id) && id >= 0 && id < most))
      throw new UsageError(`meter: found ${id}, expected 0 to ${most - 1}`);
    if (bands.length > BANDS_MAX) throw new UsageError(`meter: found ${bands.length} bands, expected ${BANDS_MAX}`);
    const at = arena.allocate(engine.meterBytes(bands.length) >>> 0, "a meter");
    engine.meterInit(at, unit === "pktps" ? 1 : 0, bands.length, nowPs);
    bands.forEach(({ rate, burst }, i) => {
      engine.meterBand(at, i, rate, burst);
    });
    engine.datapathMeter(this.address, id, at);
    this.meters.set(id, { at, bands: bands.length });
  }

  /** Packets of megaflows that name it pass. */
  deleteMeter(id: number): void {
    this.machine.engine.datapathMeter(this.address, id, 0);
    this.meters.delete(id);
  }

  meter(id: number): MeterState | undefined {
    const meter = this.meters.get(id);
    if (meter === undefined) return undefined;
    this.machine.engine.meterRead(meter.at, this.scratch);
    const counters = this.machine.arena.u64(this.scratch, 2 + 2 * meter.bands);
    const pair = (i: number) => ({ packets: Number(counters[2 * i]), bytes: Number(counters[2 * i + 1]) });
    return { ...pair(0), bands: Array.from({ length: meter.bands }, (_, i) => pair(i + 1)) };
  }
}
