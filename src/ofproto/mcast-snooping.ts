// mcast-snooping - a bridge's multicast groups by VLAN, and the ports that routers are behind, as IGMP and MLD have told (lib/mcast-snooping.c of OVS
// 3.1.0).
// Invariants: 1. groups, a group's ports and routers are in the order of their last use. 2. A group whose last port has left stays, and nobody gets
// what is sent to it, until it is the oldest and is looked at.
import { formatIpv4, formatIpv6 } from "../openflow/address.ts";
import { formatPort } from "../openflow/ports.ts";
import type { Clock } from "./clock.ts";
import type { Bundle } from "./port.ts";

/** MCAST_ENTRY_DEFAULT_IDLE_TIME, MCAST_DEFAULT_MAX_ENTRIES, MCAST_MROUTER_PORT_IDLE_TIME. */
const IDLE_SECONDS = 300;
const ENTRIES = 2048;
const ROUTER_IDLE_SECONDS = 180;
const IDLE_RANGE = [15, 3600] as const;
const ENTRIES_RANGE = [10, 1_000_000] as const;

export interface McastSettings {
  /** 0 or undefined: the default */
  readonly idleSeconds?: number;
  readonly maxEntries?: number;
  readonly floodUnregistered?: boolean;
}

/** A group's address: IPv4's dotted, or IPv6's text. */
export type GroupAddress = string;

export function groupAddress4(ip: number): GroupAddress {
  return formatIpv4(ip);
}

/** An IPv4 address that is mapped into IPv6 is that IPv4 address. */
export function groupAddress6(bytes: Uint8Array, at = 0): GroupAddress {
  const isMapped = bytes.subarray(at, at + 12).every((byte, i) => byte === (i < 10 ? 0 : 0xff));
  return isMapped ? bytes.subarray(at + 12, at + 16).join(".") : formatIpv6(bytes, at);
}

interface Group {
  readonly address: GroupAddress;
  readonly vlan: number;
  /** Ports and when they go, seconds; the one that was heard of last comes last. */
  readonly ports: Map<Bundle, number>;
}

export interface Router {
  readonly vlan: number;
  readonly bundle: Bundle;
  readonly expires: number;
}

const clamp = (value: number, [low, high]: readonly [number, number]): number => Math.min(Math.max(value, low), high);
const keyOf = (address: GroupAddress, vlan: number): string => `${vlan} ${address}`;

export class McastSnooping {
  private readonly clock: Clock;
  private readonly groups = new Map<string, Group>();
  private readonly routers = new Map<string, Router>();
  /** Ports that get all that a group's ports get, and those that get reports. */
  private readonly flooded = new Set<Bundle>();
  private readonly reported = new Set<Bundle>();
  private idleSeconds = IDLE_SECONDS;
  private maxEntries = ENTRIES;
  private changed = false;
  floodUnregistered = true;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  private get now(): number {
    return Math.floor(this.clock.nowMs / 1000);
  }

  /** @returns whether what is not registered goes elsewhere now */
  configure({ idleSeconds, maxEntries, floodUnregistered = true }: McastSettings): boolean {
    const idle = clamp(idleSeconds || IDLE_SECONDS, IDLE_RANGE);
    const later = idle - this.idleSeconds;
    for (const { ports } of this.groups.values())
      for (const [bundle, expires] of ports) ports.set(bundle, expires + later);
    this.idleSeconds = idle;
    this.maxEntries = clamp(maxEntries || ENTRIES, ENTRIES_RANGE);
    const differs = this.floodUnregistered !== floodUnregistered;
    this.floodUnregistered = floodUnregistered;
    return differs;
  }

  /** A Port's other_config. */
  configurePort(bundle: Bundle, flood: boolean, reports: boolean): void {
    this.setMember(this.flooded, bundle, flood);
    this.setMember(this.reported, bundle, reports);
  }

  private setMember(set: Set<Bundle>, bundle: Bundle, wanted: boolean): void {
    if (set.has(bundle) === wanted) return;
    if (wanted) set.add(bundle);
    else set.delete(bundle);
    this.changed = true;
  }

  isFlooded(bundle: Bundle): boolean {
    return this.flooded.has(bundle);
  }

  get floodPorts(): Iterable<Bundle> {
    return this.flooded;
  }

  get reportPorts(): Iterable<Bundle> {
    return this.reported;
  }

  get routerPorts(): Iterable<Router> {
    return this.routers.values();
  }

  /** A group's ports; undefined: nobody has ever joined it */
  lookup(address: GroupAddress, vlan: number): Iterable<Bundle> | undefined {
    return this.groups.get(keyOf(address, vlan))?.ports.keys();
  }

  private static routerKey(vlan: number, { name }: Bundle): string {
    return `${vlan} ${name}`;
  }

  /** A host behind the port is in the group. @returns whether the group is new */
  join(address: GroupAddress, vlan: number, bundle: Bundle): boolean {
    if (this.routers.has(McastSnooping.routerKey(vlan, bundle)) || this.flooded.has(bundle)) return false;
    const key = keyOf(address, vlan);
    const known = this.groups.get(key);
    if (known === undefined && this.groups.size >= this.maxEntries) this.removeOldest();
    const group: Group = known ?? { address, vlan, ports: new Map() };
    if (known === undefined || !known.ports.has(bundle)) this.changed = true;
    group.ports.delete(bundle);
    group.ports.set(bundle, this.now + this.idleSeconds);
    this.groups.delete(key);
    this.groups.set(key, group);
    return known === undefined;
  }

  private removeOldest(): void {
    const [oldest] = this.groups.keys();
    this.groups.delete(oldest!);
    this.changed = true;
  }

  /** A host has left; ports that get reports have others, so theirs just expires. @returns whether the port was in the group */
  leave(address: GroupAddress, vlan: number, bundle: Bundle): boolean {
    if (this.reported.has(bundle)) return false;
    if (this.groups.get(keyOf(address, vlan))?.ports.delete(bundle) !== true) return false;
    this.changed = true;
    return true;
  }

  /** A query came in there. @returns whether something has changed that nobody was told of */
  addRouter(vlan: number, bundle: Bundle): boolean {
    if (this.flooded.has(bundle)) return false;
    const key = McastSnooping.routerKey(vlan, bundle);
    if (!this.routers.delete(key)) this.changed = true;
    this.routers.set(key, { vlan, bundle, expires: this.now + ROUTER_IDLE_SECONDS });
    return this.changed;
  }

  /** mdb/flush */
  flush(): void {
    if (this.groups.size > 0) this.changed = true;
    this.groups.clear();
    this.routers.clear();
  }

  /** A port is gone, or has other VLANs now: what was heard there is forgotten. */
  flushBundle(bundle: Bundle): void {
    for (const [key, { ports }] of this.groups) {
      if (!ports.delete(bundle)) continue;
      this.changed = true;
      if (ports.size === 0) this.groups.delete(key);
    }
    for (const [key, router] of this.routers) {
      if (router.bundle !== bundle) continue;
      this.routers.delete(key);
      this.changed = true;
    }
  }

  /** What is too old, or too much, goes. @returns whether megaflows may be wrong since it was asked last */
  run(): boolean {
    for (const [key, group] of this.groups) {
      if (this.groups.size > this.maxEntries) this.removeOldest();
      else if (!this.prune(key, group)) break;
      // a group that has lost some ports only is still the oldest
      else if (this.groups.has(key) && group.ports.size > 0) break;
    }
    for (const [key, { expires }] of this.routers) {
      if (this.now < expires) break;
      this.routers.delete(key);
      this.changed = true;
    }
    const { changed } = this;
    this.changed = false;
    return changed;
  }

  /** @returns whether anything of the group has gone */
  private prune(key: string, { ports }: Group): boolean {
    let hasGone = false;
    for (const [bundle, expires] of ports) {
      if (expires > this.now) break;
      ports.delete(bundle);
      hasGone = true;
    }
    if (ports.size === 0) {
      this.groups.delete(key);
      hasGone = true;
    }
    if (hasGone) this.changed = true;
    return hasGone;
  }

  /** mdb/show */
  text(): string {
    let text = " port  VLAN  GROUP                Age\n";
    const line = (bundle: Bundle, vlan: number, what: string, age: number): string =>
      `${formatPort(bundle.ports[0]!.number).padStart(5)}  ${String(vlan).padStart(4)}  ${what}${String(age).padStart(3)}\n`;
    for (const { address, vlan, ports } of this.groups.values())
      for (const [bundle, expires] of ports)
        text += line(bundle, vlan, `${address}         `, this.idleSeconds - (expires - this.now));
    for (const { bundle, vlan, expires } of this.routers.values())
      text += line(bundle, vlan, "querier             ", ROUTER_IDLE_SECONDS - (expires - this.now));
    return text;
  }
}
