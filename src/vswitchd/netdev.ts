// netdev - a network device as ovs-vswitchd sees it (struct netdev_class of OVS 3.1): what every kind says of itself. A field that a kind does
// not know is undefined: `?` in ovs-ofctl, absent from the database.
import type { Queue } from "../wasm/machine.ts";
import type { OvsPort, OvsPortCounters, OvsPortKind } from "../wasm/ovs-datapath.ts";

/** struct netdev_stats, as far as anything shows it. */
export interface NetdevStats {
  readonly rxPackets?: number;
  readonly txPackets?: number;
  readonly rxBytes?: number;
  readonly txBytes?: number;
  readonly rxErrors?: number;
  readonly txErrors?: number;
  readonly rxDropped?: number;
  readonly txDropped?: number;
  readonly collisions?: number;
  readonly rxFrameErrors?: number;
  readonly rxOverErrors?: number;
  readonly rxCrcErrors?: number;
  readonly rxMissedErrors?: number;
  readonly multicast?: number;
  /** RFC 2819: packets by size. */
  readonly rxSizes?: readonly (number | undefined)[];
  readonly txSizes?: readonly (number | undefined)[];
}

export interface NetdevLink {
  readonly up: boolean;
  /** bit/s; undefined: unknown */
  readonly speed: number | undefined;
  readonly duplex: "full" | "half" | undefined;
}

/** Names of rxSizes and txSizes: `rx_1_to_64_packets`. */
export const SIZE_NAMES = [
  "1_to_64_packets",
  "65_to_127_packets",
  "128_to_255_packets",
  "256_to_511_packets",
  "512_to_1023_packets",
  "1024_to_1522_packets",
  "1523_to_max_packets",
] as const;

export interface EgressPolicer {
  /** Bytes a second, and bytes of the bucket: of frames without their Ethernet header. */
  readonly cir: number;
  readonly cbs: number;
}

/** What the database asks of a port's side in the datapath. */
export interface PortSettings {
  readonly emcEnable: boolean;
  readonly ingress: { readonly rateKbps: number; readonly burstKb: number } | undefined;
  readonly egress: EgressPolicer | undefined;
}

const NO_COUNTERS: OvsPortCounters = {
  txPackets: 0,
  txBytes: 0,
  txDropped: 0,
  txRetries: 0,
  txFailureDrops: 0,
  txMtuExceededDrops: 0,
  txQosDrops: 0,
  rxQosDrops: 0,
};

/** A setting that a device refuses; the message becomes the interface's error. */
export class NetdevError extends Error {}

export abstract class Netdev {
  readonly name: string;
  /** Interface.type */
  readonly type: string;
  abstract readonly kind: OvsPortKind | "patch";
  ifindex = 0;
  private side: OvsPort | undefined;
  private settings: PortSettings = { emcEnable: true, ingress: undefined, egress: undefined };
  /** Of sides that it had before. */
  private before = NO_COUNTERS;

  constructor(name: string, type: string) {
    this.name = name;
    this.type = type;
  }

  /** Its side in the datapath, once it is a port. */
  get port(): OvsPort | undefined {
    return this.side;
  }

  /** Gives it a side, or another one: settings go on, and so do counters. */
  set port(port: OvsPort | undefined) {
    this.before = this.counters;
    this.side = port;
    if (port !== undefined) this.apply(port);
  }

  /** What the datapath has counted for it. */
  get counters(): OvsPortCounters {
    const now = this.side?.counters();
    if (now === undefined) return this.before;
    const sum = (name: keyof OvsPortCounters): number => this.before[name] + now[name];
    return {
      txPackets: sum("txPackets"),
      txBytes: sum("txBytes"),
      txDropped: sum("txDropped"),
      txRetries: sum("txRetries"),
      txFailureDrops: sum("txFailureDrops"),
      txMtuExceededDrops: sum("txMtuExceededDrops"),
      txQosDrops: sum("txQosDrops"),
      rxQosDrops: sum("rxQosDrops"),
    };
  }

  /** The egress policer that it has. */
  get egressPolicer(): EgressPolicer | undefined {
    return this.settings.egress;
  }

  /** Changes what differs from what it has. nowPs: a new bucket is full then */
  configurePort(wanted: PortSettings, nowPs: bigint): void {
    const had = this.settings;
    this.settings = wanted;
    const { side } = this;
    if (side === undefined) return;
    if (had.emcEnable !== wanted.emcEnable) side.setEmcEnable(wanted.emcEnable);
    const { ingress, egress } = wanted;
    if (had.ingress?.rateKbps !== ingress?.rateKbps || had.ingress?.burstKb !== ingress?.burstKb)
      side.setIngressPolicer(ingress, nowPs);
    if (had.egress?.cir !== egress?.cir || had.egress?.cbs !== egress?.cbs) side.setEgressPolicer(egress, nowPs);
  }

  private apply(port: OvsPort): void {
    const { emcEnable, ingress, egress } = this.settings;
    port.setEmcEnable(emcEnable);
    port.setIngressPolicer(ingress);
    port.setEgressPolicer(egress);
  }

  abstract get mac(): Uint8Array;
  abstract get mtu(): number | undefined;
  abstract get link(): NetdevLink;
  /** What dpif/show lists between parentheses, by name. */
  abstract config(): readonly (readonly [string, string])[];
  abstract stats(): NetdevStats;
  /** What only this kind counts, in its order. */
  customStats(): readonly (readonly [string, number])[] {
    return [];
  }
  /** Interface.status. */
  status(): readonly (readonly [string, string])[] {
    return [];
  }

  /** netdev_set_config: takes the interface's options. @throws NetdevError */
  setOptions(_options: ReadonlyMap<string, string>): void {}
  /** mtu_request; undefined: none. @returns false: it has no such MTU */
  requestMtu(_mtu: number | undefined): boolean {
    return false;
  }
  /** Tx queues that the datapath wants. */
  requestTxQueues(_count: number): void {}
  /** Something was asked for that is not so yet. */
  get wantsReconfiguration(): boolean {
    return false;
  }
  /** Applies what was asked for. @throws NetdevError */
  async reconfigure(): Promise<void> {}

  /** Polled by PMD threads; others by the main thread. */
  get isPmd(): boolean {
    return false;
  }
  /** Node that its memory is on. */
  get numa(): number {
    return 0;
  }
  get rxQueues(): readonly Queue[] {
    return [];
  }
  get txQueues(): readonly Queue[] {
    return [];
  }
  /** vhost: whether the guest has enabled the queue. */
  isQueueEnabled(_queue: number): boolean {
    return true;
  }
  /** It still has something to receive that will come to an end; it receives without end. */
  get hasInput(): boolean {
    return false;
  }
  get endless(): boolean {
    return false;
  }
  async close(): Promise<void> {}
}

/** Bytes, first on the wire first, of an address kept as a number whose lowest byte is the first. */
export function macBytes(mac: bigint): Uint8Array {
  return Uint8Array.from({ length: 6 }, (_, i) => Number((mac >> BigInt(8 * i)) & 0xffn));
}

export function macText(mac: Uint8Array): string {
  return [...mac].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
