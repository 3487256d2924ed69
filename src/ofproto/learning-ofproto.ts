// learning-ofproto - what a bridge has learned from packets, as ovs-vswitchd configures it and ovs-appctl shows and changes it: its MAC table, and its
// multicast groups if it snoops.
import { UsageError } from "../errors.ts";
import type { OfPort } from "../openflow/ofpact.ts";
import type { Bridge } from "./bridge.ts";
import { fdbStatsText, fdbText } from "./fdb-text.ts";
import { macNumber } from "./mac-learning.ts";
import { type McastSettings, McastSnooping } from "./mcast-snooping.ts";
import type { OfprotoHost } from "./ofproto-host.ts";
import type { Bundle, Port } from "./port.ts";

export abstract class LearningOfproto {
  abstract readonly bridge: Bridge;
  protected abstract readonly host: OfprotoHost;
  abstract get name(): string;
  abstract port(number: OfPort): Port;

  // the MAC table

  fdbShow(): string {
    return fdbText(this.bridge.macs);
  }

  fdbStatsShow(): string {
    return fdbStatsText(this.name, this.bridge.macs);
  }

  fdbStatsClear(): void {
    this.bridge.macs.clearStatistics();
  }

  fdbFlush(): void {
    this.bridge.macs.flush();
    this.host.changed();
  }

  fdbAdd(number: OfPort, vlan: number, mac: Uint8Array): void {
    const { bundle } = this.port(number);
    if (bundle === undefined) throw new UsageError(`port: found ${number}, expected one of a bundle`);
    this.bridge.macs.addStatic(macNumber(mac), vlan, bundle);
    this.host.changed();
  }

  /** @returns false: there is no such static entry */
  fdbDelete(vlan: number, mac: Uint8Array): boolean {
    const removed = this.bridge.macs.removeStatic(macNumber(mac), vlan);
    this.host.changed();
    return removed;
  }

  // multicast groups

  /** undefined: no snooping, and what was learned is forgotten */
  setMcastSnooping(settings: McastSettings | undefined): void {
    const { bridge, host } = this;
    const had = bridge.snooping !== undefined;
    if (settings === undefined) bridge.snooping = undefined;
    else bridge.snooping ??= new McastSnooping(host);
    const differs = settings !== undefined && bridge.snooping?.configure(settings);
    if (differs || had !== (bridge.snooping !== undefined)) host.changed();
  }

  /** other_config:mcast-snooping-flood and -flood-reports of a Port */
  setMcastPort(name: string, flood: boolean, reports: boolean): void {
    const bundle = this.bridge.bundles.find((other) => other.name === name);
    if (bundle !== undefined) this.bridge.snooping?.configurePort(bundle, flood, reports);
  }

  /** @returns undefined: it does not snoop */
  get mcastSnooping(): McastSnooping | undefined {
    return this.bridge.snooping;
  }

  /** What was learned there may be wrong. */
  protected forget(bundle: Bundle): void {
    this.bridge.macs.flushBundle(bundle);
    this.bridge.snooping?.flushBundle(bundle);
  }
}
