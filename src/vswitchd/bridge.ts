// bridge - a row of the Bridge table at work: its OpenFlow switch, its interfaces and what their rows ask for (bridge_reconfigure of
// vswitchd/bridge.c, OVS 3.1).
// Not modelled: controllers over the network, NetFlow, sFlow, IPFIX, STP, RSTP, LACP, BFD and CFM.
import type { Backer } from "../ofproto/backer.ts";
import type { MirrorSettings } from "../ofproto/mirror.ts";
import type { Ofproto } from "../ofproto/ofproto.ts";
import { nameOrder } from "../ofproto/port-order.ts";
import type { Database, Row } from "../ovsdb/database.ts";
import { mapOf, numberOf, optional, textOf } from "../ovsdb/row.ts";
import { bundleSettings, mcastPort, mcastSettings, mirrorSettings, tableSettings } from "./bridge-settings.ts";
import type { DpifNetdev } from "./dpif-netdev.ts";
import { Iface } from "./iface.ts";
import type { Log } from "./log.ts";
import { type Netdev, NetdevError } from "./netdev.ts";
import { NetdevInternal, NetdevPatch } from "./netdev-internal.ts";
import { wantedPolicer } from "./qos.ts";
import { integer, rxqAffinity } from "./settings.ts";

/** ingress_policing_burst where there is none, kbit. */
const POLICING_BURST_KB = 8000;

export interface BridgeParts {
  readonly db: Database;
  readonly backer: Backer;
  readonly dpif: DpifNetdev;
  readonly log: Log;
  /** Virtual time. */
  nowPs(): bigint;
  /** Makes an interface's device. @throws NetdevError */
  open(name: string, type: string): Netdev;
  /** Who else has a patch port of this name. */
  hasPatch(name: string): boolean;
}

export class Bridge {
  readonly name: string;
  readonly uuid: string;
  readonly ofproto: Ofproto;
  readonly ifaces = new Map<string, Iface>();
  private readonly parts: BridgeParts;
  private readonly bundles = new Set<string>();
  /** What was set last, as JSON. */
  private mirrors = "[]";
  private readonly tables = new Map<number, string>();
  private failMode: "standalone" | "secure" | undefined;

  constructor(row: Row, mac: Uint8Array, parts: BridgeParts) {
    this.parts = parts;
    this.uuid = row.uuid;
    this.name = textOf(row, "name");
    this.ofproto = parts.backer.addBridge({ name: this.name, mac });
    const id = [...mac].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    parts.log.info("bridge", `bridge ${this.name}: using datapath ID 0000${id}`);
  }

  /** Brings the switch to what the rows ask for. */
  async reconfigure(row: Row): Promise<void> {
    const { db } = this.parts;
    const ports = db.references(row, "ports");
    const config = mapOf(row, "other_config");
    this.setFailMode(textOf(row, "fail_mode") === "secure" ? "secure" : "standalone");
    this.ofproto.setMacAging(integer(config, "mac-aging-time", 300));
    this.ofproto.setMacTableSize(integer(config, "mac-table-size", 8192));
    this.ofproto.setForwardBpdu(config.get("forward-bpdu") === "true");
    for (const port of ports) {
      for (const iface of db.references(port, "interfaces")) await this.configure(iface, port);
      this.bundle(port);
    }
    this.setMcast(row, ports);
    this.setMirrors(db.references(row, "mirrors").map((mirror) => mirrorSettings(db, mirror)));
    this.setTables(row);
    this.followMtu();
  }

  private setMcast(row: Row, ports: readonly Row[]): void {
    this.ofproto.setMcastSnooping(mcastSettings(row));
    if (this.ofproto.mcastSnooping === undefined) return;
    for (const { port } of nameOrder(ports.map((port) => ({ port, name: textOf(port, "name") })))) {
      const { flood, reports } = mcastPort(port);
      this.ofproto.setMcastPort(textOf(port, "name"), flood, reports);
    }
  }

  /** New mirrors begin to count at 0, so those that stay as they are stay. */
  private setMirrors(mirrors: readonly MirrorSettings[]): void {
    const text = JSON.stringify(mirrors);
    if (text !== this.mirrors) this.ofproto.setMirrors(mirrors);
    this.mirrors = text;
  }

  private setTables(row: Row): void {
    const ids = row.columns.get("flow_tables")!.keys.map(Number);
    const rows = this.parts.db.references(row, "flow_tables");
    const wanted = new Map(ids.map((id, i) => [id, tableSettings(rows[i]!)]));
    for (const id of new Set([...wanted.keys(), ...this.tables.keys()])) {
      const settings = wanted.get(id) ?? {};
      const text = JSON.stringify(settings);
      if (text !== (this.tables.get(id) ?? "{}")) this.ofproto.configureTable(id, settings);
      this.tables.set(id, text);
    }
  }

  /** A standalone bridge gets its flow when it becomes one, not again when somebody has deleted it. */
  private setFailMode(mode: "standalone" | "secure"): void {
    if (mode !== this.failMode) this.ofproto.setFailMode(mode);
    this.failMode = mode;
  }

  /** Closes what the rows no longer have, before any bridge opens what it has got. */
  async removeGone(row: Row): Promise<void> {
    const { db } = this.parts;
    const ports = db.references(row, "ports");
    const wanted = new Map(
      ports.flatMap((port) => db.references(port, "interfaces")).map((row) => [textOf(row, "name"), row]),
    );
    for (const [name, iface] of this.ifaces) {
      const row = wanted.get(name);
      if (row?.uuid === iface.uuid && this.typeOf(row) === iface.type && hasRequest(row, iface)) continue;
      await this.remove(iface);
    }
    for (const name of [...this.bundles]) {
      if (ports.some((port) => textOf(port, "name") === name)) continue;
      this.bundles.delete(name);
      this.ofproto.removeBundle(name);
    }
  }

  private async remove(iface: Iface): Promise<void> {
    const { dpif, log } = this.parts;
    this.ifaces.delete(iface.name);
    if (iface.ofPort !== undefined) {
      this.ofproto.removePort(iface.ofPort);
      log.info("bridge", `bridge ${this.name}: deleted interface ${iface.name} on port ${iface.ofPort}`);
    }
    if (iface.odpPort !== undefined) await dpif.removePort(iface.odpPort);
    await iface.netdev?.close();
  }

  /** Closes all. */
  async close(): Promise<void> {
    for (const iface of [...this.ifaces.values()]) await this.remove(iface);
    this.parts.backer.removeBridge(this.name);
  }

  /** The bridge's own port is internal, whatever its row says. */
  private typeOf(row: Row): string {
    return textOf(row, "name") === this.name ? "internal" : textOf(row, "type");
  }

  private async configure(row: Row, port: Row): Promise<void> {
    const name = textOf(row, "name");
    const iface = this.ifaces.get(name) ?? new Iface(row, name, this.typeOf(row));
    this.ifaces.set(name, iface);
    try {
      if (iface.ofPort === undefined) await this.add(iface, row);
      else iface.netdev!.setOptions(mapOf(row, "options"));
      iface.error = undefined;
    } catch (error) {
      if (!(error instanceof NetdevError)) throw error;
      iface.error = error.message;
    }
    if (iface.ofPort !== undefined) await this.applySettings(iface, row, port);
  }

  /** Says at patch ports which have no other end, once every bridge has its ports. */
  checkPatches(): void {
    for (const iface of this.ifaces.values())
      if (iface.netdev instanceof NetdevPatch && !this.parts.hasPatch(iface.netdev.peer))
        iface.error = `No usable peer '${iface.netdev.peer}' exists in 'netdev' datapath.`;
  }

  /** Opens the device and makes it a port. @throws NetdevError */
  private async add(iface: Iface, row: Row): Promise<void> {
    const { dpif, log } = this.parts;
    const { name } = iface;
    const netdev = this.parts.open(name, iface.type);
    try {
      netdev.setOptions(mapOf(row, "options"));
    } catch (error) {
      if (error instanceof NetdevError) {
        log.warn("netdev_dpdk", error.message);
        log.warn("netdev", `${name}: could not set configuration (Invalid argument)`);
      }
      throw error;
    }
    const mtu = optional(row, "mtu_request");
    if (mtu !== undefined) netdev.requestMtu(Number(mtu));
    if (netdev.kind !== "patch") {
      try {
        iface.odpPort = await dpif.addPort(netdev);
      } catch (error) {
        await netdev.close();
        if (!(error instanceof NetdevError)) throw error;
        const words = `could not add network device ${name} to ofproto (Invalid argument)`;
        log.warn("bridge", words);
        throw new NetdevError(words);
      }
    }
    iface.netdev = netdev;
    const request = optional(row, "ofport_request");
    iface.ofPort = this.ofproto.addPort({
      name,
      mac: netdev.mac,
      ...(request === undefined ? {} : { request: Number(request) }),
      ...(iface.odpPort === undefined ? {} : { odpPort: iface.odpPort }),
      ...(netdev instanceof NetdevPatch ? { peer: netdev.peer } : {}),
    });
    iface.sinceMs = Number(this.parts.nowPs() / 1_000_000_000n);
    log.info("bridge", `bridge ${this.name}: added interface ${name} on port ${iface.ofPort}`);
  }

  private pin(netdev: Netdev, row: Row): void {
    const text = mapOf(row, "other_config").get("pmd-rxq-affinity");
    const pins = text === undefined ? new Map<number, number>() : rxqAffinity(text);
    if (pins !== undefined) this.parts.dpif.setAffinity(netdev, pins);
  }

  private async applySettings(iface: Iface, row: Row, port: Row): Promise<void> {
    const { netdev } = iface;
    if (netdev === undefined) return;
    const config = mapOf(row, "other_config");
    const mtu = optional(row, "mtu_request");
    netdev.requestMtu(mtu === undefined ? undefined : Number(mtu));
    this.pin(netdev, row);
    const rateKbps = numberOf(row, "ingress_policing_rate");
    const burst = numberOf(row, "ingress_policing_burst");
    const { db, log, nowPs } = this.parts;
    const settings = {
      emcEnable: config.get("emc-enable") !== "false",
      ingress: rateKbps === 0 ? undefined : { rateKbps, burstKb: burst === 0 ? POLICING_BURST_KB : burst },
      egress: wantedPolicer(db, port, netdev, log),
    };
    netdev.configurePort(settings, nowPs());
  }

  /** Internal ports have the smallest MTU of the others, unless theirs was asked for. */
  private followMtu(): void {
    const devices = [...this.ifaces.values()].flatMap(({ netdev }) => netdev ?? []);
    const mtus = devices.flatMap((netdev) => (netdev instanceof NetdevInternal ? [] : (netdev.mtu ?? [])));
    const least = Math.min(...mtus.filter((mtu) => mtu > 0));
    for (const netdev of devices)
      if (netdev instanceof NetdevInternal) netdev.followMtu(Number.isFinite(least) ? least : 1500);
  }

  /** Port: VLANs, or a bond. */
  private bundle(port: Row): void {
    const { db } = this.parts;
    const name = textOf(port, "name");
    const interfaces = db.references(port, "interfaces");
    const members = interfaces.flatMap((row) => this.ifaces.get(textOf(row, "name"))?.ofPort ?? []);
    if (members.length === 0) return;
    const settings = bundleSettings(port, members, interfaces.length > 1);
    this.bundles.add(name);
    this.ofproto.setBundle(settings);
  }
}

/** Whether a port that is there has the number that its row asks for; one that has not is made anew. */
function hasRequest(row: Row, { ofPort, netdev }: Iface): boolean {
  const request = optional(row, "ofport_request");
  return request === undefined || ofPort === undefined || netdev?.kind === "internal" || request === ofPort;
}
