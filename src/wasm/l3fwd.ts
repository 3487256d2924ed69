// l3fwd - an lcore of l3fwd-power in the engine's memory: its tx buffers, and its rx queues on its poll list.
import { ENGINE_L3FWD } from "../../assembly/abi/engines.ts";
import type { Machine } from "./machine.ts";
import type { Queue } from "./parts.ts";
import { OwnStream } from "./veb.ts";

/** The way out by a port. */
export interface L3fwdPort {
  readonly port: number;
  readonly txq: Queue;
  readonly mac: bigint;
  /** The tx queue is the lcore's own: time drains what is buffered for it. */
  readonly drains: boolean;
}

export class L3fwdLcore {
  private readonly machine: Machine;
  private readonly at: number;

  /** mode: L3FWD_*. ports: mask of those that packets may leave by */
  constructor(machine: Machine, mode: number, ports: number) {
    const { engine, arena } = machine;
    this.machine = machine;
    this.at = arena.allocate(engine.l3fwdBytes() >>> 0, "an lcore's tx buffers");
    engine.l3fwdInit(this.at, mode, ports >>> 0);
    machine.addHolder(() => engine.l3fwdQueued(this.at) >>> 0);
  }

  setPort({ port, txq, mac, drains }: L3fwdPort): void {
    this.machine.engine.l3fwdPort(this.at, port, txq.address, mac, drains ? 1 : 0);
  }

  /** Puts an rx queue on its poll list. tx: any of its port's tx queues. ealLcore: rte_lcore_id */
  addRx(lcore: number, rx: Queue, tx: Queue, mac: bigint, ealLcore: number): void {
    new OwnStream(this.machine, ENGINE_L3FWD, this.at).put(lcore, rx, tx, mac, ealLcore);
  }
}
