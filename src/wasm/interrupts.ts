// interrupts - rx queues' vectors in the engine's memory, and lcores' sleeps.
import type { Machine } from "./machine.ts";
import type { Queue } from "./parts.ts";

export class RxInterrupt {
  /** Linear address. */
  readonly at: number;
  private readonly machine: Machine;
  private readonly to: number;

  constructor(machine: Machine) {
    this.machine = machine;
    this.at = machine.arena.allocate(machine.engine.interruptBytes() >>> 0, "an interrupt vector", 8);
    this.to = machine.arena.allocate(16, "an interrupt's counts", 8);
  }

  /** Gives it to an rx queue: whoever polls that may sleep. */
  give(queue: Queue): void {
    this.machine.engine.portQueueInterrupt(queue.address, this.at);
  }

  /** Binds it to the rx ring whose device side is at an address. */
  bind(device: number): void {
    this.machine.engine.deviceQueueBind(device, this.at);
  }

  /** Calls of the device, and those of them that woke an lcore. */
  counts(): { readonly raised: number; readonly woken: number } {
    this.machine.engine.interruptCounts(this.at, this.to);
    const [raised = 0n, woken = 0n] = this.machine.arena.u64(this.to, 2).slice();
    return { raised: Number(raised), woken: Number(woken) };
  }
}

/** How often an lcore has slept, and ps of that up to `now`. */
export function sleptOf({ engine, arena }: Machine, lcore: number, now: bigint): { sleeps: number; ps: bigint } {
  const at = arena.allocate(24, "an lcore's sleeps", 8);
  engine.lcoreSlept(lcore, at);
  const [sleeps = 0n, ps = 0n, since = 0n] = arena.u64(at, 3).slice();
  return { sleeps: Number(sleeps), ps: ps + (since < now ? now - since : 0n) };
}
