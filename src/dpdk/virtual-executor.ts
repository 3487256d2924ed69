// virtual-executor - the forwarding lcores of one program in virtual time: time passes only when a command sleeps, and before a `stop`
// until finite inputs are used up and nothing moves any more. The same commands give the same output, byte for byte.
import type { Machine } from "../wasm/machine.ts";
import type { Clock, Member } from "./clock.ts";
import { drainQueue } from "./drain.ts";
import type { Drain, Executor, LcoreWork } from "./executor.ts";

const PS_PER_NS = 1000n;

export class VirtualExecutor implements Executor {
  onDumps: (records: Uint8Array) => void = () => {};
  private readonly machine: Machine;
  private readonly time: Clock;
  private readonly inputs: Member["inputs"];
  private member: Member | undefined;

  constructor(machine: Machine, time: Clock, inputs: Member["inputs"]) {
    this.machine = machine;
    this.time = time;
    this.inputs = inputs;
  }

  async prepare(): Promise<void> {}

  async run(work: readonly LcoreWork[]): Promise<void> {
    const { inputs } = this;
    this.member = { work, inputs, onDumps: (records) => this.onDumps(records) };
    await this.time.join(this.member);
  }

  sleep(ms: number): Promise<void> {
    return this.time.advance(ms);
  }

  async drain(drain: Drain): Promise<number> {
    return drainQueue(this.machine.engine, drain, () => this.nowNs(), drain.endless);
  }

  /** Lets what ends by itself end, then makes everything visible. */
  async pause(): Promise<void> {
    if (this.member === undefined) return;
    await this.time.drain();
    await this.time.leave(this.member);
    this.member = undefined;
  }

  nowNs(): bigint {
    return this.time.nowPs / PS_PER_NS;
  }

  async close(): Promise<void> {
    if (this.member !== undefined) await this.time.leave(this.member);
    this.member = undefined;
  }
}
