// port - a bridge's OpenFlow ports, and bundles of them: a Port of the database, with one interface or several as a bond, and its VLANs
// (struct ofport_dpif, struct ofbundle).
import type { OfPort } from "../openflow/ofpact.ts";
import type { Bond } from "./bond.ts";
import { ETH_TYPE_VLAN_8021AD } from "./packet-kind.ts";
import { Traffic } from "./stats.ts";

/** What mod-port sets. */
export interface PortConfig {
  readonly down: boolean;
  readonly noReceive: boolean;
  readonly noFlood: boolean;
  readonly noForward: boolean;
  readonly noPacketIn: boolean;
  /** Spanning trees are not modelled: these two are kept and shown. */
  readonly noStp: boolean;
  readonly noReceiveStp: boolean;
}

export interface PortSettings {
  readonly name: string;
  /** In the datapath; undefined: a patch port, or one that the datapath has not */
  readonly odpPort?: number;
  /** options:peer of a patch port */
  readonly peer?: string;
  readonly mac?: Uint8Array;
}

const CONFIG: PortConfig = {
  down: false,
  noReceive: false,
  noFlood: false,
  noForward: false,
  noPacketIn: false,
  noStp: false,
  noReceiveStp: false,
};

export class Port {
  readonly number: OfPort;
  readonly name: string;
  readonly odpPort: number | undefined;
  readonly peer: string | undefined;
  readonly mac: Uint8Array;
  config = CONFIG;
  linkUp = true;
  bundle: Bundle | undefined;
  /** Of a patch port; others are counted by the datapath. */
  readonly received = new Traffic();
  readonly sent = new Traffic();

  constructor(number: OfPort, { name, odpPort, peer, mac = new Uint8Array(6) }: PortSettings) {
    this.number = number;
    this.name = name;
    this.odpPort = odpPort;
    this.peer = peer;
    this.mac = mac;
  }

  /** May carry traffic: what bonds, groups and bundle actions ask. */
  get isLive(): boolean {
    return this.linkUp && !this.config.down;
  }
}

export type VlanMode = "access" | "trunk" | "native-tagged" | "native-untagged" | "dot1q-tunnel";
/** Whether packets of VLAN 0 leave with a tag. */
export type PriorityTags = "never" | "if-nonzero" | "always";

export interface VlanSettings {
  /** undefined: access with a tag, trunk without */
  readonly vlanMode?: VlanMode;
  readonly tag?: number;
  /** undefined or none: all */
  readonly trunks?: readonly number[];
  readonly cvlans?: readonly number[];
  readonly qinqEthtype?: number;
  readonly priorityTags?: PriorityTags;
  readonly protected?: boolean;
}

const VLANS = 4096;

/** One byte a VLAN. */
function vlanBitmap(vlans: readonly number[] | undefined): Uint8Array | undefined {
  if (vlans === undefined || vlans.length === 0) return undefined;
  const bitmap = new Uint8Array(VLANS);
  for (const vlan of vlans) bitmap[vlan] = 1;
  return bitmap;
}

export class Bundle {
  readonly name: string;
  ports: readonly Port[] = [];
  bond: Bond | undefined;
  vlanMode: VlanMode = "trunk";
  /** -1: a trunk has none. */
  vlan = -1;
  /** undefined: all */
  private trunks: Uint8Array | undefined;
  cvlans: Uint8Array | undefined;
  qinqEthtype = ETH_TYPE_VLAN_8021AD;
  priorityTags: PriorityTags = "never";
  isProtected = false;

  constructor(name: string) {
    this.name = name;
  }

  /** @returns whether the bundle's VLANs are others than before */
  setVlans(settings: VlanSettings): boolean {
    const before = this.vlans;
    this.take(settings);
    return before !== this.vlans;
  }

  private get vlans(): string {
    const { vlanMode, vlan, trunks, cvlans, qinqEthtype, priorityTags } = this;
    return [vlanMode, vlan, trunks?.join("") ?? "all", cvlans?.join("") ?? "all", qinqEthtype, priorityTags].join();
  }

  private take({ vlanMode, tag = -1, trunks, cvlans, qinqEthtype, priorityTags, ...more }: VlanSettings): void {
    const tagged = tag >= 0 && tag < VLANS;
    this.vlanMode = vlanMode ?? (tagged ? "access" : "trunk");
    if (this.vlanMode === "trunk") this.vlan = -1;
    else this.vlan = tagged ? tag : 0;
    const isNative = this.vlanMode === "native-tagged" || this.vlanMode === "native-untagged";
    this.trunks = isNative || this.vlanMode === "trunk" ? vlanBitmap(trunks) : undefined;
    if (isNative && this.vlan !== 0) {
      // the native VLAN is always carried, and packets without a tag are in it, not in VLAN 0
      this.trunks ??= new Uint8Array(VLANS).fill(1);
      this.trunks[this.vlan] = 1;
      this.trunks[0] = 0;
    }
    this.cvlans = this.vlanMode === "dot1q-tunnel" ? vlanBitmap(cvlans) : undefined;
    this.qinqEthtype = qinqEthtype ?? ETH_TYPE_VLAN_8021AD;
    this.priorityTags = priorityTags ?? "never";
    this.isProtected = more.protected ?? false;
  }

  get isFloodable(): boolean {
    for (const port of this.ports) if (port.config.noFlood) return false;
    return true;
  }

  trunksVlan(vlan: number): boolean {
    return this.vlanMode !== "access" && (this.trunks === undefined || this.trunks[vlan] === 1);
  }

  allowsCvlan(vlan: number): boolean {
    return this.cvlans === undefined || this.cvlans[vlan] === 1;
  }

  /** outer, inner: VLANs of a packet's tags inside of the bridge, 0: none */
  includes(outer: number, inner: number): boolean {
    if (this.vlanMode === "access") return outer === this.vlan && inner === 0;
    if (this.vlanMode === "dot1q-tunnel") return outer === this.vlan && this.allowsCvlan(inner);
    return this.trunksVlan(outer);
  }
}
