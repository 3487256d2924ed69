// veb - the tables that engines beside testpmd's keep: an embedded switch's ports and a guest's netdevs, as named calls over assembly/testpmd/veb and
// kernel. Addresses are 48 bits, byte 0 lowest.
import { ENGINE_KERNEL, ENGINE_VEB } from "../../assembly/abi/engines.ts";
import { STATUS_OK } from "../../assembly/abi/status.ts";
import { UsageError } from "../errors.ts";
import type { Machine } from "./machine.ts";
import type { Queue } from "./parts.ts";

const BURST = 32;

/** A stream at a place of its own, made anew with each change. */
export class OwnStream {
  private readonly machine: Machine;
  private readonly engine: number;
  private readonly own: number;
  private readonly at: number;

  constructor(machine: Machine, engine: number, own: number) {
    this.machine = machine;
    this.engine = engine;
    this.own = own;
    this.at = machine.arena.allocate(machine.engine.streamBytes() >>> 0, "a stream");
  }

  /** Puts it on an lcore's poll list; nobody polls meanwhile. ealLcore: that lcore's rte_lcore_id, where it has one */
  put(lcore: number, rx: Queue, tx: Queue, sourceMac: bigint, ealLcore = 1): void {
    const none = { retryNum: 0, retryDelayPs: 0n, waits: false, txFirst: 0 } as const;
    const { engine } = this;
    this.machine.makeStream(this.at, { engine, rx, tx, burst: BURST, peerMac: 0n, sourceMac, ealLcore, ...none });
    this.machine.engine.streamSetOwn(this.at, this.own);
    this.machine.putStream(lcore, this.at);
  }
}

export class VebTable {
  private readonly machine: Machine;
  private readonly at: number;
  private readonly capacity: number;
  private readonly pool: number;

  /** pool: where copies of group addresses' frames come from */
  constructor(machine: Machine, capacity: number, pool: number) {
    this.machine = machine;
    this.capacity = capacity;
    this.pool = pool;
    this.at = machine.arena.allocate(machine.engine.vebBytes(capacity) >>> 0, "an embedded switch");
  }

  /** @throws UsageError when there are too many */
  set(uplink: Queue, ports: readonly { readonly mac: bigint; readonly tx: Queue }[]): void {
    const { engine } = this.machine;
    engine.vebInit(this.at, this.capacity, uplink.address, this.pool);
    for (const { mac, tx } of ports) {
      if (engine.vebAddPort(this.at, mac, tx.address) !== STATUS_OK)
        throw new UsageError(`embedded switch: found ${ports.length} ports, expected at most ${this.capacity}`);
    }
  }

  stream(): OwnStream {
    return new OwnStream(this.machine, ENGINE_VEB, this.at);
  }
}

/** What a guest's kernel knows of one netdev. */
export class KernelNetdevState {
  private readonly machine: Machine;
  private readonly at: number;

  constructor(machine: Machine) {
    this.machine = machine;
    this.at = machine.arena.allocate(machine.engine.kernelNetdevBytes() >>> 0, "a netdev", 8);
  }

  /** address: IPv4 with byte 0 lowest, 0: none. isExact: a standby whose pair has a primary */
  set(mac: bigint, address: number, isExact: boolean): void {
    this.machine.engine.kernelNetdevSet(this.at, mac, address, isExact ? 1 : 0);
  }

  stream(): OwnStream {
    return new OwnStream(this.machine, ENGINE_KERNEL, this.at);
  }
}
