// bond - several ports of one bundle (ofproto/bond.c): which is active, which one a packet leaves by, and the shifting of load between them.
// Not modelled: LACP. Without it a balance-tcp bond carries nothing, as in OVS.

import { FLOW_DL_SRC } from "../../assembly/abi/flow.ts";
import type { Flow } from "../openflow/flow.ts";
import { type BondEntry, rebalance } from "./bond-rebalance.ts";
import type { Clock } from "./clock.ts";
import { maskHashFields } from "./flow-hash.ts";
import { hashUint64 } from "./hash.ts";

export type BondMode = "active-backup" | "balance-slb" | "balance-tcp";

export interface BondSettings {
  readonly mode: BondMode;
  /** other_config:bond-hash-basis */
  readonly basis?: number;
  /** other_config:bond-rebalance-interval, 0: never */
  readonly rebalanceIntervalMs?: number;
  readonly upDelayMs?: number;
  readonly downDelayMs?: number;
  /** other_config:bond-primary */
  readonly primary?: string;
  /** other_config:all-members-active */
  readonly allMembersActive?: boolean;
}

/** What a bond knows of a port. */
export interface BondPort {
  readonly name: string;
  readonly mac: Uint8Array;
  readonly isLive: boolean;
}

export class BondMember<P extends BondPort = BondPort> {
  readonly port: P;
  enabled = false;
  /** When its state follows the link's. */
  delayExpires = Number.POSITIVE_INFINITY;
  txBytes = 0;

  constructor(port: P) {
    this.port = port;
  }
}

export type Admission = "accept" | "drop" | "drop-if-moved";

const BUCKETS = 256;
const NO_MAC: Uint8Array = new Uint8Array(6);
const DEFAULT_REBALANCE_MS = 10_000;

export class Bond<P extends BondPort = BondPort> {
  readonly name: string;
  private readonly clock: Clock;
  mode: BondMode = "active-backup";
  basis = 0;
  rebalanceIntervalMs = DEFAULT_REBALANCE_MS;
  upDelayMs = 0;
  downDelayMs = 0;
  primary: string | undefined;
  allMembersActive = false;
  members: readonly BondMember<P>[] = [];
  active: BondMember<P> | undefined;
  activeMac = NO_MAC;
  readonly entries: BondEntry<BondMember<P>>[] = Array.from({ length: BUCKETS }, () => ({
    member: undefined,
    txBytes: 0,
  }));
  nextRebalanceMs = 0;
  /** Members in the order in which they get what has no member yet. */
  private readonly enabled: BondMember<P>[] = [];
  private changed = false;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.clock = clock;
  }

  configure(settings: BondSettings, ports: readonly P[]): void {
    const { mode, basis = 0, rebalanceIntervalMs = DEFAULT_REBALANCE_MS } = settings;
    const reset = mode !== this.mode || basis !== this.basis || rebalanceIntervalMs !== this.rebalanceIntervalMs;
    this.mode = mode;
    this.basis = basis;
    this.rebalanceIntervalMs = rebalanceIntervalMs;
    this.upDelayMs = settings.upDelayMs ?? 0;
    this.downDelayMs = settings.downDelayMs ?? 0;
    this.primary = settings.primary;
    this.allMembersActive = mode === "balance-slb" && (settings.allMembersActive ?? false);
    this.setMembers(ports);
    if (reset || this.nextRebalanceMs === 0) this.resetEntries();
    this.run();
  }

  private setMembers(ports: readonly P[]): void {
    for (const member of this.members) if (!ports.includes(member.port)) this.enable(member, false);
    this.members = ports.map((port) => this.members.find((member) => member.port === port) ?? this.join(port));
    if (this.active !== undefined && !this.members.includes(this.active)) this.active = undefined;
    for (const entry of this.entries)
      if (entry.member !== undefined && !this.members.includes(entry.member)) entry.member = undefined;
  }

  /** A port that joins does not wait to be up. */
  private join(port: P): BondMember<P> {
    const member = new BondMember(port);
    this.enable(member, port.isLive);
    return member;
  }

  private resetEntries(): void {
    for (const entry of this.entries) {
      entry.member = undefined;
      entry.txBytes = 0;
    }
    this.nextRebalanceMs = this.clock.nowMs + this.rebalanceIntervalMs;
  }

  get isBalanced(): boolean {
    return this.rebalanceIntervalMs > 0 && this.mode !== "active-backup";
  }

  private enable(member: BondMember<P>, enabled: boolean): void {
    member.delayExpires = Number.POSITIVE_INFINITY;
    if (enabled === member.enabled) return;
    member.enabled = enabled;
    this.changed = true;
    if (enabled) this.enabled.push(member);
    else this.enabled.splice(this.enabled.indexOf(member), 1);
  }

  /** Follows the links. @returns whether megaflows may be wrong since it was asked last */
  run(): boolean {
    for (const member of this.members) this.followLink(member);
    const primary =
      this.mode === "active-backup"
        ? this.members.find((member) => this.isPrimary(member) && member.enabled)
        : undefined;
    if (!this.active?.enabled || (primary !== undefined && this.active !== primary)) this.chooseActive();
    const { changed } = this;
    this.changed = false;
    return changed;
  }

  private isPrimary(member: BondMember<P>): boolean {
    return member.port.name === this.primary;
  }

  private followLink(member: BondMember<P>): void {
    const { nowMs } = this.clock;
    const up = member.port.isLive;
    const waits = member.delayExpires !== Number.POSITIVE_INFINITY;
    if (up === member.enabled) member.delayExpires = Number.POSITIVE_INFINITY;
    else if (!waits) member.delayExpires = nowMs + (up ? this.upDelayMs : this.downDelayMs);
    if (nowMs >= member.delayExpires) this.enable(member, up);
  }

  private chooseActive(): void {
    const last = this.active;
    const lastByMac = this.members.find(({ port }) => port.mac.every((byte, i) => byte === this.activeMac[i]));
    this.active =
      this.members.find((member) => this.isPrimary(member) && member.enabled) ??
      (lastByMac?.enabled ? lastByMac : undefined) ??
      this.members.find((member) => member.enabled) ??
      this.soonest();
    if (this.active !== undefined) this.enable(this.active, true);
    this.activeMac = this.active?.port.mac ?? NO_MAC;
    if (this.active !== last) this.changed = true;
  }

  /** All are disabled: the one whose updelay ends first. */
  private soonest(): BondMember<P> | undefined {
    const waiting = this.members.filter(
      ({ port, delayExpires }) => port.isLive && delayExpires !== Number.POSITIVE_INFINITY,
    );
    return waiting.reduce<BondMember<P> | undefined>(
      (best, member) => (best === undefined || member.delayExpires < best.delayExpires ? member : best),
      undefined,
    );
  }

  /** bond/enable-member, bond/disable-member: until its link's state is followed again. @returns whether there is such a member */
  setEnabled(name: string, enabled: boolean): boolean {
    const member = this.members.find(({ port }) => port.name === name);
    if (member !== undefined) this.enable(member, enabled);
    return member !== undefined;
  }

  /** bond/set-active-member */
  setActive(name: string): boolean {
    const member = this.members.find(({ port }) => port.name === name);
    if (member === undefined || !member.enabled) return false;
    if (member !== this.active) {
      this.active = member;
      this.activeMac = member.port.mac;
      this.changed = true;
    }
    return true;
  }

  /** Whether a packet may come in by this port: members that are not active get copies of what others sent. */
  admits(port: P, isMulticast: boolean): Admission {
    const member = this.members.find((candidate) => candidate.port === port);
    if (member === undefined || this.mode === "balance-tcp") return "drop";
    if (isMulticast && this.active !== member && !this.allMembersActive) return "drop";
    if (this.mode === "balance-slb") return "drop-if-moved";
    return this.active === member ? "accept" : "drop";
  }

  /** The port a packet of a VLAN leaves by; undefined: none is enabled */
  choose(flow: Flow, wildcards: Flow, vlan: number): P | undefined {
    if (this.mode === "active-backup") return this.active?.port;
    if (this.mode === "balance-tcp") return undefined;
    maskHashFields(flow, wildcards, "eth_src");
    const entry = this.entryOf(flow, vlan);
    if (!entry.member?.enabled) {
      entry.member = this.enabled.shift();
      if (entry.member !== undefined) this.enabled.push(entry.member);
    }
    return entry.member?.port;
  }

  private entryOf(flow: Flow, vlan: number): BondEntry<BondMember<P>> {
    const high = (vlan << 16) | flow.be16(FLOW_DL_SRC);
    return this.entries[hashUint64(flow.be32(FLOW_DL_SRC + 2), high, this.basis) & (BUCKETS - 1)]!;
  }

  /** Bytes were sent of a flow. */
  account(flow: Flow, vlan: number, bytes: number): void {
    if (this.isBalanced) this.entryOf(flow, vlan).txBytes += bytes;
  }

  /** Shifts load, if it is time. @returns whether anything was moved */
  rebalance(): boolean {
    const { nowMs } = this.clock;
    if (!this.isBalanced || nowMs < this.nextRebalanceMs) return false;
    this.nextRebalanceMs = nowMs + this.rebalanceIntervalMs;
    return rebalance(this.entries, this.members);
  }
}
