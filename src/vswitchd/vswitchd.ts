// vswitchd - ovs-vswitchd: keeps the switches, devices and threads as the database says, and the database as they are. A reconfiguration happens
// at once when a transaction is committed, in no time.
import type { Clock } from "../dpdk/clock.ts";
import type { DeviceContext } from "../dpdk/devices/device-context.ts";
import type { VirtioLinks } from "../dpdk/devices/virtio-link.ts";
import type { Asking } from "../dpdk/executor.ts";
import { Backer } from "../ofproto/backer.ts";
import type { MeterStatistics } from "../ofproto/meter.ts";
import { Database } from "../ovsdb/database.ts";
import type { Atom } from "../ovsdb/datum.ts";
import { mapOf } from "../ovsdb/row.ts";
import { parseSchema } from "../ovsdb/schema.ts";
import { OVS_VERSION } from "../ovsdb/vsctl.ts";
import { VSWITCH_TABLES } from "../ovsdb/vswitch-schema.ts";
import { DROP_NAMES, readCounters, sumLedger } from "../wasm/counters.ts";
import type { Machine } from "../wasm/machine.ts";
import { OvsDatapath, type OvsPmd, type OvsVersion } from "../wasm/ovs-datapath.ts";
import { FlowExtractor, type PacketMetadata } from "../wasm/ovs-extract.ts";
import { Bridge } from "./bridge.ts";
import type { CpuSet } from "./cpu-set.ts";
import { DpdkDevices, type PciMap } from "./dpdk-devices.ts";
import { DpifNetdev } from "./dpif-netdev.ts";
import { DpifSettings } from "./dpif-settings.ts";
import type { Iface } from "./iface.ts";
import { Log, type LogLevel } from "./log.ts";
import { Mempools } from "./mempools.ts";
import { type Netdev, NetdevError } from "./netdev.ts";
import { NetdevDpdk } from "./netdev-dpdk.ts";
import { NetdevDummy } from "./netdev-dummy.ts";
import { NetdevInternal, NetdevPatch } from "./netdev-internal.ts";
import { NetdevVhost } from "./netdev-vhost.ts";
import { INTERVAL_MS } from "./pmd-load.ts";
import { integer } from "./settings.ts";
import { Upcalls } from "./upcalls.ts";

export interface VswitchdOptions {
  readonly machine: Machine;
  readonly time: Clock;
  /** The devices' surroundings; its log goes to the switch's. */
  readonly context: DeviceContext;
  readonly links: VirtioLinks;
  readonly cpus: CpuSet;
  readonly pci: PciMap;
  /** NUMA nodes of PCI devices; others are on node 0. */
  readonly pciNodes?: ReadonlyMap<string, number>;
  /** --enable-dummy: dummy devices, and time/*. */
  readonly enableDummy?: boolean;
  readonly version?: OvsVersion;
  /** Cycles a second of the time stamp counter. */
  readonly hz: number;
  readonly seed: number;
  /** Folder of its sockets. */
  readonly socketFolder: string;
  readonly traceCapacity?: number;
  /** Threads poll on the wall's clock: where they put their questions. */
  readonly ask?: (pmd: OvsPmd) => Asking;
  date(): string;
  logLine(line: string, level: LogLevel): void;
  pathKind(path: string): "missing" | "socket" | "other";
}

const LCORES_MAX = 160;
/** How often the database gets statistics (other_config:stats-update-interval). */
const STATISTICS_MS = 5000;
/** How often revalidators look what is due. */
const REVALIDATION_MS = 250;
const PS_PER_MS = 1_000_000_000n;
/** Types that OVS knows and this switch does not. */
const REFUSED = [
  "afxdp",
  "bareudp",
  "erspan",
  "geneve",
  "gre",
  "gtpu",
  "ip6erspan",
  "ip6gre",
  "lisp",
  "stt",
  "system",
  "tap",
  "vxlan",
];

export class Vswitchd {
  readonly db = new Database(parseSchema(VSWITCH_TABLES));
  readonly bridges = new Map<string, Bridge>();
  readonly backer: Backer;
  readonly dpif: DpifNetdev;
  readonly datapath: OvsDatapath;
  readonly devices: DpdkDevices;
  readonly upcalls: Upcalls;
  readonly log: Log;
  readonly options: VswitchdOptions;
  private readonly settings: DpifSettings;
  private readonly pools: Mempools;
  private made = 0;
  private extractor: FlowExtractor | undefined;
  private vlanLimit: 0 | 1 | 2 = 1;
  private turns: Promise<void> = Promise.resolve();
  private stopped = false;
  private cancelBalance = (): void => {};

  constructor(options: VswitchdOptions) {
    this.options = options;
    const { machine, time, context, links, cpus, pci, version = "3.1", hz } = options;
    this.log = new Log(options.date, options.logLine);
    for (const node of cpus.nodes) {
      const count = cpus.cpus.filter(({ numa }) => numa === node).length;
      this.log.info("ovs_numa", `Discovered ${count} CPU cores on NUMA node ${node}`);
    }
    this.log.info("ovs_numa", `Discovered ${cpus.nodes.length} NUMA nodes and ${cpus.cpus.length} CPU cores`);
    this.datapath = new OvsDatapath(machine, { version, hz, lcores: LCORES_MAX });
    this.settings = new DpifSettings(this.datapath, this.log);
    this.backer = new Backer({
      set: (id, { unit, bands }) => this.datapath.setMeter(id, unit, bands, time.nowPs),
      remove: (id) => this.datapath.deleteMeter(id),
      read: (id) => meterFigures(this.datapath.meter(id)),
    });
    this.upcalls = new Upcalls(this.backer, this.datapath);
    this.pools = new Mempools(machine, LCORES_MAX, this.log);
    this.devices = new DpdkDevices({
      ...{ context, log: this.log, pci, links, pathKind: options.pathKind },
      nodeOf: (name) => (pci.has(name) ? (options.pciNodes?.get(name) ?? 0) : this.mainNode),
    });
    this.dpif = new DpifNetdev({
      ...{ machine, time, cpus, version, hz, datapath: this.datapath, log: this.log },
      ...(options.traceCapacity === undefined ? {} : { traceCapacity: options.traceCapacity }),
      ...(options.ask === undefined ? {} : { ask: options.ask }),
      decide: (upcall) => this.upcalls.decide(upcall),
      ended: (pmd) => this.upcalls.flush(pmd),
    });
    this.db.transact(() => this.db.insert("Open_vSwitch"));
    this.publish();
    this.every(INTERVAL_MS, () => this.dpif.threads.closeInterval(this.settings.autoLb));
    this.every(STATISTICS_MS, () => this.publish(true));
    this.every(REVALIDATION_MS, () => {
      this.reportLinks();
      this.upcalls.run(this.nowMs);
    });
  }

  get version(): OvsVersion {
    return this.options.version ?? "3.1";
  }

  /** Node of the main lcore: the lowest core of dpdk-lcore-mask, or core 0. Virtual devices are there. */
  private get mainNode(): number {
    const { cpus } = this.options;
    const [root] = this.db.rows("Open_vSwitch");
    const mask = root === undefined ? undefined : mapOf(root, "other_config").get("dpdk-lcore-mask");
    const core = mask === undefined ? 0 : (cpus.masked(mask).cpus[0]?.core ?? 0);
    return cpus.numaOf(core) ?? 0;
  }

  get nowMs(): number {
    return Number(this.options.time.nowPs / PS_PER_MS);
  }

  /** Calls `act` again and again. */
  private every(ms: number, act: () => void): void {
    if (this.stopped) return;
    this.options.time.at(this.options.time.nowPs + BigInt(ms) * PS_PER_MS, () => {
      act();
      this.every(ms, act);
    });
  }

  *ifaces(): Generator<Iface> {
    for (const bridge of this.bridges.values()) yield* bridge.ifaces.values();
  }

  findIface(name: string): Iface | undefined {
    for (const iface of this.ifaces()) if (iface.name === name) return iface;
    return undefined;
  }

  /** Tells bridges which ports have a link. */
  reportLinks(): void {
    for (const { ifaces, ofproto } of this.bridges.values()) {
      for (const iface of ifaces.values()) iface.reportLink(ofproto);
    }
  }

  /** Brings everything to what the database says. */
  reconfigure(): Promise<void> {
    const turn = this.turns.then(() => this.reconfigureNow());
    this.turns = turn.catch(() => {});
    return turn;
  }

  private async reconfigureNow(): Promise<void> {
    if (this.stopped) return;
    const { db } = this;
    const [root] = db.rows("Open_vSwitch");
    if (root === undefined) return;
    const wanted = db.references(root, "bridges");
    if (wanted.length > 0) this.applyGlobals(mapOf(root, "other_config"));
    else this.settings.forget();
    for (const [name, bridge] of this.bridges) {
      if (wanted.some(({ uuid }) => uuid === bridge.uuid)) continue;
      this.bridges.delete(name);
      await bridge.close();
    }
    for (const row of wanted) {
      const name = String(row.columns.get("name")!.keys[0]);
      await (this.bridges.get(name) ?? this.makeBridge(row, name)).removeGone(row);
    }
    for (const row of wanted) await this.bridges.get(String(row.columns.get("name")!.keys[0]))!.reconfigure(row);
    for (const bridge of this.bridges.values()) bridge.checkPatches();
    await this.dpif.reconfigureIfNeeded();
    await this.balance();
    this.reportLinks();
    this.publish();
    const next = root.columns.get("next_cfg")!.keys;
    db.set("Open_vSwitch", root.uuid, "cur_cfg", { keys: next });
  }

  /** PMD auto load balance: now, and whenever it is due. */
  private async balance(): Promise<void> {
    this.cancelBalance();
    const due = await this.dpif.balance(this.nowMs, this.settings.autoLb);
    if (due === undefined || this.stopped) return;
    this.cancelBalance = this.options.time.at(BigInt(due) * PS_PER_MS, () => this.balance());
  }

  private makeBridge(row: ReturnType<Database["rows"]>[number], name: string): Bridge {
    const bridge = new Bridge(row, this.newMac(), {
      db: this.db,
      backer: this.backer,
      dpif: this.dpif,
      log: this.log,
      nowPs: () => this.options.time.nowPs,
      open: (iface, type) => this.open(iface, type),
      hasPatch: (peer) => this.findIface(peer)?.netdev instanceof NetdevPatch,
    });
    this.bridges.set(name, bridge);
    return bridge;
  }

  /** Locally administered, the same in every run. */
  private newMac(): Uint8Array {
    const n = ++this.made;
    return Uint8Array.from([0x02, 0x6f, 0x76, 0x73, n >> 8, n]);
  }

  private applyGlobals(config: ReadonlyMap<string, string>): void {
    const { datapath, dpif, upcalls, settings } = this;
    if (settings.apply(config)) dpif.requestReconfiguration();
    dpif.configurePmds(settings.pmd);
    const vlans = integer(config, "vlan-limit", 1);
    this.vlanLimit = vlans === 0 ? 2 : (Math.min(Math.max(vlans, 0), 2) as 0 | 1 | 2);
    datapath.setVlanLimit(this.vlanLimit);
    upcalls.configure({
      maxIdleMs: integer(config, "max-idle", 10_000),
      flowLimit: integer(config, "flow-limit", 200_000),
      maxRevalidatorMs: integer(config, "max-revalidator", 500),
    });
  }

  /** Makes an interface's device. @throws NetdevError */
  private open(name: string, type: string): Netdev {
    const { machine, context, links, socketFolder } = this.options;
    const fail = (why: string): never => {
      this.log.warn("bridge", `could not open network device ${name} (${why})`);
      throw new NetdevError(`could not open network device ${name} (${why})`);
    };
    switch (type) {
      case "dpdk":
        return this.numbered(new NetdevDpdk(name, this.devices, this.pools, this.log));
      case "dpdkvhostuser":
      case "dpdkvhostuserclient": {
        if (name.includes("/")) return fail("Invalid argument");
        const changed = (): void => this.options.time.defer(() => this.reconfigure());
        const { pools, mainNode, version } = this;
        const parts = { context, links, pools, mainNode, version, socketFolder, id: 1000 + this.made, changed };
        return this.numbered(new NetdevVhost(name, type, parts));
      }
      case "dummy":
      case "dummy-pmd":
        if (this.options.enableDummy !== true) return fail("Address family not supported by protocol");
        return this.numbered(new NetdevDummy(name, type, this.newMac(), machine, 3000 + this.made));
      case "internal":
        return this.numbered(new NetdevInternal(name, type, this.newMac(), machine, 2000 + this.made));
      case "patch":
        return this.numbered(new NetdevPatch(name, this.newMac()));
      case "":
        return fail("No such device");
      default:
        return REFUSED.includes(type) ? fail("not modelled") : fail("Address family not supported by protocol");
    }
  }

  private numbered<Device extends Netdev>(netdev: Device): Device {
    netdev.ifindex = ++this.made;
    return netdev;
  }

  /** Writes states into the database, and statistics when they are due. */
  publish(withStatistics = false): void {
    const { db } = this;
    const [root] = db.rows("Open_vSwitch");
    if (root === undefined) return;
    const set = (column: string, ...keys: Atom[]): void => db.set("Open_vSwitch", root.uuid, column, { keys });
    set("dpdk_initialized", true);
    set("dpdk_version", "DPDK 22.11.11");
    set("ovs_version", OVS_VERSION);
    set("datapath_types", "netdev", "system");
    const dummies = this.options.enableDummy === true ? ["dummy", "dummy-pmd"] : [];
    const types = [...REFUSED, ...dummies, "dpdk", "dpdkvhostuser", "dpdkvhostuserclient", "internal", "patch"];
    set("iface_types", ...types.sort());
    for (const bridge of this.bridges.values()) {
      for (const iface of bridge.ifaces.values()) iface.publish(db, withStatistics);
      const dpid = bridge.ofproto.datapathId.toString(16).padStart(16, "0");
      db.set("Bridge", bridge.uuid, "datapath_id", { keys: [dpid] });
      db.set("Bridge", bridge.uuid, "datapath_version", { keys: ["<built-in>"] });
    }
  }

  /** A frame's headers as struct flow, until the next call. */
  extract(frame: Uint8Array, metadata: PacketMetadata): Uint8Array {
    this.extractor ??= new FlowExtractor(this.options.machine);
    return this.extractor.extract(frame, metadata, this.vlanLimit);
  }

  /** A coverage counter; undefined: there is none of that name. */
  coverage(name: string): number | undefined {
    if (!/^(datapath_drop|drop_action)_/.test(name) || !DROP_NAMES.includes(name)) return undefined;
    const { queues } = this.options.machine;
    return (
      sumLedger(
        queues.map(({ counters }) => readCounters(counters)),
        0,
      ).drops[name] ?? 0
    );
  }

  /** ovs-appctl exit: ports are closed, rings and files let go. */
  async exit(): Promise<void> {
    this.stopped = true;
    await this.turns;
    for (const bridge of this.bridges.values()) await bridge.close();
    this.bridges.clear();
    await this.dpif.reconfigure();
  }
}

function meterFigures(state: ReturnType<OvsDatapath["meter"]>): MeterStatistics {
  return { packetsIn: state?.packets ?? 0, bytesIn: state?.bytes ?? 0, bands: state?.bands ?? [] };
}
