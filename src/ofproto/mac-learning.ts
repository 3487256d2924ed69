// mac-learning - a bridge's MAC table: which bundle a source address of a VLAN was seen on last (lib/mac-learning.c).
// Invariants: 1. entries are in the order of their last use. 2. When the table is full, the bundle with the most entries loses its oldest.
import type { Clock } from "./clock.ts";
import type { Bundle } from "./port.ts";
import { type HeapNode, UsageHeap } from "./usage-heap.ts";

const DEFAULT_AGING_SECONDS = 300;
const DEFAULT_ENTRIES = 8192;
/** How long gratuitous ARP that a bond's members reflect does not move an address. */
const GRATUITOUS_ARP_LOCK_SECONDS = 5;

/** 48 bits as a number. */
export type MacNumber = number;

export function macNumber(bytes: Uint8Array, at = 0): MacNumber {
  let mac = 0;
  for (let i = at; i < at + 6; i++) mac = mac * 256 + bytes[i]!;
  return mac;
}

const isMulticast = (mac: MacNumber): boolean => Math.floor(mac / 2 ** 40) % 2 === 1;

export class MacEntry {
  readonly mac: MacNumber;
  readonly vlan: number;
  /** Undefined only while it is made. */
  usage: Usage | undefined;
  /** Seconds; undefined: static */
  expires: number | undefined = 0;
  gratuitousArpLock = Number.NEGATIVE_INFINITY;

  constructor(mac: MacNumber, vlan: number) {
    this.mac = mac;
    this.vlan = vlan;
  }

  get bundle(): Bundle | undefined {
    return this.usage?.bundle;
  }
}

/** A bundle's entries, the oldest first. */
class Usage implements HeapNode {
  readonly bundle: Bundle;
  readonly entries = new Set<MacEntry>();
  count = 1;
  at = 0;

  constructor(bundle: Bundle) {
    this.bundle = bundle;
  }
}

export interface MacStatistics {
  learned: number;
  expired: number;
  evicted: number;
  moved: number;
}

export class MacLearning {
  private readonly clock: Clock;
  /** By VLAN and address. */
  private readonly table = new Map<number, Map<MacNumber, MacEntry>>();
  private readonly order = new Set<MacEntry>();
  private readonly usages = new Map<Bundle, Usage>();
  private readonly byUsage = new UsageHeap<Usage>();
  private agingSeconds = DEFAULT_AGING_SECONDS;
  private maxEntries = DEFAULT_ENTRIES;
  private floodVlans: ReadonlySet<number> = new Set();
  private moved = false;
  staticEntries = 0;
  readonly statistics: MacStatistics = { learned: 0, expired: 0, evicted: 0, moved: 0 };

  constructor(clock: Clock) {
    this.clock = clock;
  }

  private get now(): number {
    return Math.floor(this.clock.nowMs / 1000);
  }

  /** The one that was used last comes last. */
  get entries(): Iterable<MacEntry> {
    return this.order;
  }

  get size(): number {
    return this.order.size;
  }

  get limit(): number {
    return this.maxEntries;
  }

  setAging(seconds: number): void {
    const clamped = Math.min(Math.max(seconds, 15), 3600);
    for (const entry of this.order) if (entry.expires !== undefined) entry.expires += clamped - this.agingSeconds;
    this.agingSeconds = clamped;
  }

  setLimit(entries: number): void {
    this.maxEntries = Math.min(Math.max(entries, 10), 1_000_000);
  }

  /** VLANs that are not learned in. */
  setFloodVlans(vlans: readonly number[]): void {
    this.floodVlans = new Set(vlans);
  }

  /** Seconds since it was seen; undefined: static */
  age(entry: MacEntry): number | undefined {
    return entry.expires === undefined ? undefined : this.agingSeconds - (entry.expires - this.now);
  }

  isGratuitousArpLocked(entry: MacEntry): boolean {
    return this.now < entry.gratuitousArpLock;
  }

  lookup(mac: MacNumber, vlan: number): MacEntry | undefined {
    if (isMulticast(mac) || this.floodVlans.has(vlan)) return undefined;
    return this.table.get(vlan)?.get(mac);
  }

  /** A packet from mac came in. @returns whether the address is on another bundle now, or new */
  update(mac: MacNumber, vlan: number, isGratuitousArp: boolean, bundle: Bundle): boolean {
    if (isMulticast(mac) || this.floodVlans.has(vlan)) return false;
    const known = this.lookup(mac, vlan);
    if (known !== undefined && !this.isUpdateNeeded(known, isGratuitousArp, bundle)) return false;
    const entry = this.touch(mac, vlan);
    entry.expires = this.now + this.agingSeconds;
    if (isGratuitousArp) {
      if (bundle.bond === undefined) entry.gratuitousArpLock = this.now + GRATUITOUS_ARP_LOCK_SECONDS;
      else if (this.isGratuitousArpLocked(entry)) return false;
    }
    if (entry.bundle === bundle) return false;
    if (entry.bundle !== undefined) this.statistics.moved++;
    else this.statistics.learned++;
    this.place(entry, bundle);
    return true;
  }

  /** A second packet of a second moves nothing in the order. */
  private isUpdateNeeded(entry: MacEntry, isGratuitousArp: boolean, bundle: Bundle): boolean {
    const age = this.age(entry);
    if (age === undefined) return false;
    if (age > 0) return true;
    if (isGratuitousArp) {
      if (bundle.bond === undefined) return true;
      if (this.isGratuitousArpLocked(entry)) return false;
    }
    return entry.bundle !== bundle;
  }

  addStatic(mac: MacNumber, vlan: number, bundle: Bundle): void {
    const entry = this.touch(mac, vlan);
    if (entry.expires !== undefined) this.staticEntries++;
    entry.expires = undefined;
    this.place(entry, bundle);
  }

  /** @returns false: there is none */
  removeStatic(mac: MacNumber, vlan: number): boolean {
    const entry = this.lookup(mac, vlan);
    if (entry === undefined || entry.expires !== undefined) return false;
    this.expire(entry);
    this.staticEntries--;
    return true;
  }

  /** The entry as the last one used, a new one if there is none, for which an old one may have to go. */
  private touch(mac: MacNumber, vlan: number): MacEntry {
    let vlanTable = this.table.get(vlan);
    if (vlanTable === undefined) {
      vlanTable = new Map();
      this.table.set(vlan, vlanTable);
    }
    let entry = vlanTable.get(mac);
    if (entry === undefined) {
      if (this.order.size >= this.maxEntries) this.evict();
      entry = new MacEntry(mac, vlan);
      vlanTable.set(mac, entry);
    } else this.order.delete(entry);
    this.order.add(entry);
    if (entry.usage?.entries.delete(entry)) entry.usage.entries.add(entry);
    return entry;
  }

  private evict(): void {
    const [oldest] = this.byUsage.top!.entries;
    this.statistics.evicted++;
    this.expire(oldest!);
  }

  private place(entry: MacEntry, bundle: Bundle | undefined): void {
    const { usage } = entry;
    if (usage?.bundle === bundle) return;
    this.moved = true;
    if (usage !== undefined) {
      usage.entries.delete(entry);
      if (usage.entries.size === 0) {
        this.usages.delete(usage.bundle);
        this.byUsage.remove(usage);
      } else this.byUsage.change(usage, usage.count - 1);
    }
    entry.usage = bundle === undefined ? undefined : this.use(bundle);
    entry.usage?.entries.add(entry);
  }

  private use(bundle: Bundle): Usage {
    const known = this.usages.get(bundle);
    if (known !== undefined) {
      this.byUsage.change(known, known.count + 1);
      return known;
    }
    const usage = new Usage(bundle);
    this.usages.set(bundle, usage);
    this.byUsage.insert(usage);
    return usage;
  }

  private expire(entry: MacEntry): void {
    this.place(entry, undefined);
    this.moved = true;
    this.table.get(entry.vlan)!.delete(entry.mac);
    this.order.delete(entry);
  }

  /** All but static ones. */
  flush(): void {
    for (const entry of this.order) if (entry.expires !== undefined) this.expire(entry);
  }

  /** Those of a bundle, which is gone or has other VLANs now. */
  flushBundle(bundle: Bundle): void {
    for (const entry of this.usages.get(bundle)?.entries ?? []) {
      if (entry.expires === undefined) this.staticEntries--;
      this.expire(entry);
    }
  }

  clearStatistics(): void {
    Object.assign(this.statistics, { learned: 0, expired: 0, evicted: 0, moved: 0 });
  }

  /** Entries that are too old, or too many, go. @returns whether megaflows may be wrong since it was asked last */
  run(): boolean {
    for (const entry of this.order) {
      if (entry.expires === undefined) continue;
      if (this.order.size <= this.maxEntries && this.now < entry.expires) break;
      this.statistics.expired++;
      this.expire(entry);
    }
    const { moved } = this;
    this.moved = false;
    return moved;
  }
}
