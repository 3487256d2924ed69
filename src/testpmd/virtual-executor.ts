// virtual-executor - the forwarding lcores in virtual time, on this thread: time passes only when a command sleeps, and before a `stop`
// until finite inputs are used up and nothing moves any more. The same commands give the same output, byte for byte.
import { SCHEDULER_BYTES } from "../../assembly/abi/sizes.ts";
import { SLICE_DONE, SLICE_EGRESS, SLICE_INGRESS } from "../../assembly/abi/status.ts";
import { takeDumps } from "../wasm/dump.ts";
import type { Machine } from "../wasm/machine.ts";
import { drainQueue } from "./drain.ts";
import type { Drain, Executor, ExecutorFile, LcoreWork } from "./executor.ts";

/** Polls a slice: the host is let in between two. */
const SLICE_POLLS = 20_000;
const PS_PER_NS = 1000n;
const PS_PER_MS = 1_000_000_000n;
const NEVER = 0xffff_ffff_ffff_ffffn;
/** How long packets on their way may take to come to rest before a stop: some go round for ever. */
const SETTLE_PS = 10n * PS_PER_MS;

export class VirtualExecutor implements Executor {
  onDumps: (records: Uint8Array) => void = () => {};
  private readonly machine: Machine;
  private readonly rest: () => Promise<void>;
  /** Whether an input is left that ends by itself, and whether one is there that never does. */
  private readonly inputs: () => { readonly finite: boolean; readonly endless: boolean };
  private readonly scheduler: number;
  private readonly lcores: number;
  private readonly egresses: number;
  private work: readonly LcoreWork[] = [];
  private nowPs = 0n;

  constructor(
    machine: Machine,
    lcores: number,
    rest: () => Promise<void>,
    inputs: () => { readonly finite: boolean; readonly endless: boolean },
  ) {
    this.machine = machine;
    this.rest = rest;
    this.inputs = inputs;
    this.scheduler = machine.arena.allocate(SCHEDULER_BYTES, "a scheduler");
    this.lcores = machine.arena.allocate(lcores * 4, "the scheduler's lcores");
    this.egresses = machine.arena.allocate(4096 * 4, "the scheduler's egresses");
  }

  async prepare(): Promise<void> {}

  async run(work: readonly LcoreWork[]): Promise<void> {
    const { engine, arena } = this.machine;
    this.work = work;
    const files = this.files;
    arena.u32(this.lcores, work.length).set(work.map(({ lcore }) => lcore));
    arena.u32(this.egresses, files.length).set(files.map(({ egress }) => egress));
    for (const { lcore } of work) engine.lcoreSetClock(lcore, this.nowPs);
    engine.schedulerInit(this.scheduler, this.lcores, work.length, this.egresses, files.length);
  }

  private get files(): readonly ExecutorFile[] {
    return this.work.flatMap(({ files }) => files);
  }

  async sleep(ms: number): Promise<void> {
    const until = this.nowPs + BigInt(Math.round(ms * 1e6)) * PS_PER_NS;
    if (this.work.length > 0) await this.runUntil(until, () => false);
    if (until > this.nowPs) this.nowPs = until;
  }

  async drain(drain: Drain): Promise<number> {
    return drainQueue(this.machine.engine, drain, () => this.nowNs(), drain.endless);
  }

  /** Lets what ends by itself end, then makes everything visible. */
  async pause(): Promise<void> {
    if (this.work.length === 0) return;
    const { engine } = this.machine;
    if (this.inputs().finite) await this.runUntil(NEVER, () => !this.inputs().finite);
    if (!this.inputs().endless) {
      const now = BigInt.asUintN(64, engine.schedulerNow(this.scheduler));
      await this.runUntil(now + SETTLE_PS, () => false);
    }
    for (const { lcore } of this.work) while (engine.lcoreWaits(lcore)) engine.lcorePoll(lcore);
    engine.schedulerSettle(this.scheduler);
    for (const { lcore } of this.work) {
      const { clockPs } = this.machine.usage(lcore);
      if (clockPs > this.nowPs) this.nowPs = clockPs;
    }
    this.empty();
    this.work = [];
  }

  /** Runs to `until` (ps), or until the run is over, or `ended` says so between slices. */
  private async runUntil(until: bigint, ended: () => boolean): Promise<void> {
    const { engine } = this.machine;
    engine.schedulerSetHorizon(this.scheduler, until);
    for (;;) {
      const slice = engine.schedulerRun(this.scheduler, SLICE_POLLS) >>> 0;
      this.empty();
      if (slice === SLICE_DONE || slice === SLICE_INGRESS || ended()) return;
      if (slice !== SLICE_EGRESS) await this.rest();
    }
  }

  private empty(): void {
    const { engine, arena } = this.machine;
    for (const { egress, buffer, write } of this.files) {
      const used = engine.egressUsed(egress) >>> 0;
      if (used === 0) continue;
      write(arena.bytes.subarray(buffer, buffer + used));
      engine.egressClear(egress);
    }
    for (const { lcore } of this.work) {
      const dumps = takeDumps(engine, arena.bytes, lcore);
      if (dumps !== undefined) this.onDumps(dumps);
    }
  }

  nowNs(): bigint {
    return this.nowPs / PS_PER_NS;
  }

  async close(): Promise<void> {}
}
