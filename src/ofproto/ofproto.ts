// ofproto - one bridge: its OpenFlow tables, ports, bundles, groups, meters and MAC table (struct ofproto_dpif of OVS 3.1), as ovs-vswitchd
// configures it and ovs-ofctl asks it. Refusals of OpenFlow requests are OfpError, with the name that ovs-ofctl prints.
import { UsageError } from "../errors.ts";
import type { FlowMod, FlowStatsRequest } from "../openflow/flow-mod.ts";
import type { AggregateStats, FlowStats } from "../openflow/format-flow.ts";
import type { GroupStats } from "../openflow/format-group.ts";
import type { MeterStats } from "../openflow/format-meter.ts";
import type { GroupDesc, GroupMod } from "../openflow/group.ts";
import type { MeterConfig, MeterMod } from "../openflow/meter.ts";
import type { OfPort } from "../openflow/ofpact.ts";
import { OFPP_LOCAL, type PortMap } from "../openflow/ports.ts";
import { checkActions } from "./action-check.ts";
import { Bond, type BondSettings } from "./bond.ts";
import { bondText } from "./bond-text.ts";
import { Bridge, type FragHandling } from "./bridge.ts";
import { aggregateStats, flowStats } from "./flow-stats.ts";
import { FlowTables, type RemovedReason } from "./flow-tables.ts";
import { applyGroupMod, groupStats } from "./group-table.ts";
import { LearningOfproto } from "./learning-ofproto.ts";
import { MacLearning, macNumber } from "./mac-learning.ts";
import { applyMeterMod, meterStats } from "./meter-table.ts";
import { Mirror, type MirrorSettings } from "./mirror.ts";
import type { OfprotoHost } from "./ofproto-host.ts";
import { Bundle, Port, type PortConfig, type PortSettings, type VlanSettings } from "./port.ts";
import { PortNumbers } from "./port-numbers.ts";
import type { Rule } from "./rule.ts";
import { STANDALONE_FLOW } from "./standalone-flow.ts";
import type { TableMiss, TableSettings } from "./table.ts";

export type { BondMode, BondSettings } from "./bond.ts";
export type { PortConfig, VlanMode } from "./port.ts";

export interface OfprotoOptions {
  readonly name: string;
  /** Of the bridge itself. */
  readonly mac?: Uint8Array;
  /** 64 bits; the MAC, if it is not said */
  readonly datapathId?: bigint;
  /** Told of rules that go, if their flags ask for it. */
  readonly onFlowRemoved?: (rule: Rule, reason: RemovedReason) => void;
}

/** A Port of the database. */
export interface BundleSettings extends VlanSettings {
  readonly name: string;
  readonly ports: readonly OfPort[];
  /** Counts where there are several ports. */
  readonly bond?: BondSettings;
}

const STANDALONE_BOND: BondSettings = { mode: "active-backup" };

export class Ofproto extends LearningOfproto {
  readonly bridge: Bridge;
  readonly datapathId: bigint;
  protected readonly host: OfprotoHost;
  private readonly numbers: PortNumbers;

  constructor(host: OfprotoHost, { name, mac = new Uint8Array(6), datapathId, onFlowRemoved }: OfprotoOptions) {
    super();
    this.host = host;
    this.datapathId = datapathId ?? BigInt(macNumber(mac));
    this.numbers = new PortNumbers(host);
    const tables = new FlowTables(host, {
      changed: () => host.changed(),
      removed: (rule, reason) => {
        if (rule.flags.sendFlowRem) onFlowRemoved?.(rule, reason);
      },
      checkActions: (actions) => checkActions(actions, this.bridge),
    });
    this.bridge = new Bridge(name, tables, new MacLearning(host));
  }

  get name(): string {
    return this.bridge.name;
  }

  // ports

  /** @returns its number: the one that was asked for, if that is free */
  addPort(settings: PortSettings & { readonly request?: OfPort }): OfPort {
    const { bridge, host } = this;
    const number = settings.name === bridge.name ? OFPP_LOCAL : this.numbers.take(settings.request);
    if (number === undefined) throw new UsageError("port: found no number that is free");
    const port = new Port(number, settings);
    bridge.ports.set(number, port);
    host.attach(bridge, port);
    this.portsChanged();
    return number;
  }

  removePort(number: OfPort): void {
    const port = this.port(number);
    const { bundle } = port;
    if (bundle !== undefined) {
      bundle.ports = bundle.ports.filter((other) => other !== port);
      if (bundle.ports.length === 0) this.removeBundle(bundle.name);
    }
    this.bridge.ports.delete(number);
    this.numbers.give(number);
    this.host.detach(port);
    this.portsChanged();
  }

  port(number: OfPort): Port {
    const port = this.bridge.ports.get(number);
    if (port === undefined) throw new UsageError(`port: found ${number}, expected one of ${this.name}`);
    return port;
  }

  portByName(name: string): Port | undefined {
    for (const port of this.bridge.ports.values()) if (port.name === name) return port;
    return undefined;
  }

  /** Ports by name and number. */
  get portMap(): PortMap {
    return {
      name: (number) => this.bridge.ports.get(number)?.name,
      number: (name) => this.portByName(name)?.number,
    };
  }

  /** As mod-port does. */
  configurePort(number: OfPort, config: Partial<PortConfig>): void {
    const port = this.port(number);
    port.config = { ...port.config, ...config };
    this.linksChanged();
  }

  setLink(number: OfPort, up: boolean): void {
    this.port(number).linkUp = up;
    this.linksChanged();
  }

  private linksChanged(): void {
    for (const { bond } of this.bridge.bundles) bond?.run();
    this.host.changed();
  }

  private portsChanged(): void {
    this.bridge.portsChanged();
    this.host.changed();
  }

  /** Makes a bundle, or gives one other ports, VLANs or another bond. Entries of the MAC table for it are forgotten if they may be wrong. */
  setBundle(settings: BundleSettings): void {
    const { bridge, host } = this;
    let bundle = bridge.bundles.find(({ name }) => name === settings.name);
    if (bundle === undefined) {
      bundle = new Bundle(settings.name);
      bridge.bundles.push(bundle);
    }
    const ports = settings.ports.map((number) => this.port(number));
    for (const port of bundle.ports) port.bundle = undefined;
    for (const port of ports) port.bundle = bundle;
    bundle.ports = ports;
    if (bundle.setVlans(settings)) this.forget(bundle);
    if (ports.length > 1) {
      bundle.bond ??= new Bond(bundle.name, host);
      bundle.bond.configure(settings.bond ?? STANDALONE_BOND, ports);
    } else bundle.bond = undefined;
    this.portsChanged();
  }

  removeBundle(name: string): void {
    const { bridge } = this;
    const at = bridge.bundles.findIndex((bundle) => bundle.name === name);
    if (at < 0) return;
    const [bundle] = bridge.bundles.splice(at, 1);
    for (const port of bundle!.ports) port.bundle = undefined;
    this.forget(bundle!);
    this.portsChanged();
  }

  setMirrors(mirrors: readonly MirrorSettings[]): void {
    const find = (name: string): Bundle | undefined => this.bridge.bundles.find((bundle) => bundle.name === name);
    this.bridge.mirrors = mirrors.map((mirror) => new Mirror(mirror, find));
    this.host.changed();
  }

  bond(name: string): Bond | undefined {
    return this.bridge.bundles.find((bundle) => bundle.name === name)?.bond;
  }

  bondShow(name: string): string | undefined {
    const bond = this.bond(name);
    return bond === undefined ? undefined : bondText(bond, this.host.nowMs);
  }

  // the bridge

  /** standalone: without a controller it forwards by itself */
  setFailMode(mode: "standalone" | "secure"): void {
    if (mode === "standalone") this.flowMod(STANDALONE_FLOW);
  }

  /** packetInOnMiss: one of OpenFlow 1.0 to 1.2, which gets packets that no rule is for */
  setController(controller: { readonly packetInOnMiss: boolean } | undefined): void {
    this.bridge.hasController = controller !== undefined;
    this.bridge.packetInOnMiss = controller?.packetInOnMiss ?? false;
    this.host.changed();
  }

  setForwardBpdu(forward: boolean): void {
    this.bridge.forwardBpdu = forward;
    this.host.changed();
  }

  setFrags(handling: FragHandling): void {
    this.bridge.fragHandling = handling;
    this.host.changed();
  }

  /** other_config:mac-aging-time */
  setMacAging(seconds: number): void {
    this.bridge.macs.setAging(seconds);
  }

  /** other_config:mac-table-size */
  setMacTableSize(entries: number): void {
    this.bridge.macs.setLimit(entries);
  }

  /** flood_vlans */
  setFloodVlans(vlans: readonly number[]): void {
    this.bridge.macs.setFloodVlans(vlans);
    this.host.changed();
  }

  // flows

  /** @throws OfpError when the switch refuses it */
  flowMod(mod: FlowMod): void {
    this.bridge.tables.apply(mod);
  }

  /** Many changes of flows: what depends on all rules is put in order once. */
  together(changes: () => void): void {
    this.bridge.tables.together(changes);
  }

  /** @throws OfpError when the switch would refuse it */
  checkFlowMod(mod: FlowMod): void {
    this.bridge.tables.check(mod);
  }

  dumpFlows(request: FlowStatsRequest): FlowStats[] {
    return this.bridge.tables.collect(request).map((rule) => flowStats(rule, this.host.nowMs));
  }

  aggregate(request: FlowStatsRequest): AggregateStats {
    return aggregateStats(this.bridge.tables.collect(request));
  }

  /** Flow_Table's row, or mod-table. */
  configureTable(id: number, settings: TableSettings & { readonly miss?: TableMiss }): void {
    const { tables } = this.bridge;
    const table = tables.tables[id]!;
    table.configure(settings);
    if (settings.miss !== undefined) table.miss = settings.miss;
    tables.shrink(table);
    this.host.changed();
  }

  /** Tables were changed by mod-table. */
  configured(): void {
    this.host.changed();
  }

  // groups and meters

  groupMod(mod: GroupMod): void {
    applyGroupMod(this.host, this.bridge, mod);
  }

  get groups(): readonly GroupDesc[] {
    return [...this.bridge.groups.values()].map(({ settings }) => settings);
  }

  groupStats(): GroupStats[] {
    return [...this.bridge.groups.values()].map((group) => groupStats(this.host, this.bridge, group));
  }

  meterMod(mod: MeterMod): void {
    applyMeterMod(this.host, this.bridge, mod);
  }

  get meters(): readonly MeterConfig[] {
    return [...this.bridge.meters.values()].map(({ config }) => config);
  }

  meterStats(): MeterStats[] {
    return [...this.bridge.meters.values()].map((meter) => meterStats(this.host, this.bridge, meter));
  }

  /** Ageing of MACs and multicast groups, and bonds that follow links. */
  run(): void {
    const { macs, snooping, bundles } = this.bridge;
    let changed = macs.run();
    if (snooping?.run()) changed = true;
    for (const { bond } of bundles) if (bond?.run()) changed = true;
    if (changed) this.host.changed();
  }

  /** What depends on how much was counted: rules' timeouts, and bonds' balance. */
  runWithFreshStatistics(): void {
    const { tables, bundles } = this.bridge;
    tables.expire();
    let changed = false;
    for (const { bond } of bundles) if (bond?.rebalance()) changed = true;
    if (changed) this.host.changed();
  }
}
