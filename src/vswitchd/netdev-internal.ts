// netdev-internal - a bridge's own port, type internal: a tap device of the host's kernel, where packets end. It is down until mod-port brings it
// up, and as long the kernel refuses what is sent to it; and `patch`, a port that is two bridges' and no device's.
import type { Machine, Queue } from "../wasm/machine.ts";
import { Netdev, type NetdevLink, type NetdevStats } from "./netdev.ts";

export class NetdevInternal extends Netdev {
  readonly kind = "internal";
  readonly mac: Uint8Array;
  private readonly tx: Queue;
  private wantedMtu: number | undefined;
  private bridgeMtu = 1500;
  private isUp = false;

  /** id: the port's in the machine */
  constructor(name: string, type: string, mac: Uint8Array, machine: Machine, id: number) {
    super(name, type);
    this.mac = mac;
    this.tx = machine.addNullTx(id, 0);
  }

  get mtu(): number {
    return this.wantedMtu ?? this.bridgeMtu;
  }

  override requestMtu(mtu: number | undefined): boolean {
    this.wantedMtu = mtu;
    return true;
  }

  /** The smallest MTU of the bridge's other ports. */
  followMtu(mtu: number): void {
    this.bridgeMtu = mtu;
  }

  get link(): NetdevLink {
    return { up: this.isUp, speed: 10e9, duplex: "full" };
  }

  /** Brings it up, or takes it down. */
  setUp(up: boolean): void {
    this.isUp = up;
  }

  override get txQueues(): readonly Queue[] {
    return [this.tx];
  }

  config(): readonly (readonly [string, string])[] {
    return [];
  }

  /** The tap is down: what the switch sends to it the kernel drops. */
  stats(): NetdevStats {
    const own = this.counters;
    return {
      rxPackets: 0,
      rxBytes: 0,
      txPackets: 0,
      txBytes: 0,
      rxErrors: 0,
      txErrors: 0,
      rxDropped: 0,
      txDropped: own.txPackets + own.txDropped,
      collisions: 0,
      rxFrameErrors: 0,
      rxOverErrors: 0,
      rxCrcErrors: 0,
      rxMissedErrors: 0,
      multicast: 0,
    };
  }

  override status(): readonly (readonly [string, string])[] {
    return [
      ["driver_name", "tun"],
      ["driver_version", "1.6"],
      ["firmware_version", ""],
    ];
  }
}

export class NetdevPatch extends Netdev {
  readonly kind = "patch";
  readonly mac: Uint8Array;
  readonly mtu = undefined;
  readonly link: NetdevLink = { up: true, speed: undefined, duplex: undefined };
  peer = "";

  constructor(name: string, mac: Uint8Array) {
    super(name, "patch");
    this.mac = mac;
  }

  override setOptions(options: ReadonlyMap<string, string>): void {
    this.peer = options.get("peer") ?? "";
  }

  config(): readonly (readonly [string, string])[] {
    return [["peer", this.peer]];
  }

  stats(): NetdevStats {
    return { rxPackets: 0, rxBytes: 0, txPackets: 0, txBytes: 0 };
  }
}
