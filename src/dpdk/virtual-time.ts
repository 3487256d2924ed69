// virtual-time - the clock of a simulated machine, and the scheduler that runs its lcores on this thread: those of one testpmd, or of a switch and
// its guests together. Time passes only when somebody asks for it; timers fire between slices, at their time.
// Invariants: V1 the same calls give the same output, byte for byte. V2 nobody's lcores or queues change while a slice runs.
import { SCHEDULER_BYTES } from "../../assembly/abi/sizes.ts";
import { SLICE_DONE, SLICE_EGRESS, SLICE_INGRESS, SLICE_UPCALL } from "../../assembly/abi/status.ts";
import { takeDumps } from "../wasm/dump.ts";
import type { Machine } from "../wasm/machine.ts";
import type { Clock, Member } from "./clock.ts";
import type { ExecutorFile, LcoreWork } from "./executor.ts";

/** Polls a slice: the host is let in between two. */
const SLICE_POLLS = 20_000;
const PS_PER_MS = 1_000_000_000n;
const NEVER = 0xffff_ffff_ffff_ffffn;
/** How long packets on their way may take to come to rest: some go round for ever. */
const SETTLE_PS = 10n * PS_PER_MS;
/** Files that lcores may fill at a time. */
const FILES_MAX = 4096;

interface Timer {
  readonly at: bigint;
  readonly fire: () => void | Promise<void>;
}

export class VirtualTime implements Clock {
  readonly isVirtual = true;
  nowPs = 0n;
  private readonly machine: Machine;
  private readonly rest: () => Promise<void>;
  private readonly scheduler: number;
  private readonly lcores: number;
  private readonly egresses: number;
  private readonly capacity: number;
  private members: readonly Member[] = [];
  private taps: readonly ExecutorFile[] = [];
  private timers: Timer[] = [];
  /** Members came or went since the scheduler was told. */
  private changed = false;
  private pending: Promise<void> = Promise.resolve();
  /** Called between slices: an lcore's trace may be half full. */
  onSlice: () => void = () => {};

  /** lcores: that may run at a time. rest: lets timers and signals of the host in */
  constructor(machine: Machine, lcores: number, rest: () => Promise<void>) {
    this.machine = machine;
    this.rest = rest;
    this.capacity = lcores;
    this.scheduler = machine.arena.allocate(SCHEDULER_BYTES, "a scheduler");
    this.lcores = machine.arena.allocate(Math.max(lcores, 1) * 4, "the scheduler's lcores");
    this.egresses = machine.arena.allocate(FILES_MAX * 4, "the scheduler's egresses");
  }

  async join(member: Member): Promise<void> {
    this.settle();
    this.members = [...this.members, member];
    for (const { lcore } of member.work) this.machine.engine.lcoreSetClock(lcore, this.nowPs);
    this.changed = true;
  }

  async leave(member: Member): Promise<void> {
    this.settle();
    this.members = this.members.filter((other) => other !== member);
    this.changed = true;
  }

  /** Calls `fire` when that time has come. @returns what takes it back */
  at(ps: bigint, fire: Timer["fire"]): () => void {
    const timer = { at: ps, fire };
    this.timers = [...this.timers, timer];
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  private get work(): readonly LcoreWork[] {
    return this.members.flatMap(({ work }) => work);
  }

  private get files(): readonly ExecutorFile[] {
    return [...this.work.flatMap(({ files }) => files), ...this.taps];
  }

  /** A file that taps on queues fill. @returns what hands out the rest and lets go of it */
  tap(file: ExecutorFile): () => void {
    this.settle();
    this.taps = [...this.taps, file];
    this.changed = true;
    return () => {
      this.settle();
      this.taps = this.taps.filter((other) => other !== file);
      this.changed = true;
    };
  }

  inputs(): { readonly finite: boolean; readonly endless: boolean } {
    const all = this.members.map((member) => member.inputs());
    return { finite: all.some(({ finite }) => finite), endless: all.some(({ endless }) => endless) };
  }

  async still<Result>(change: () => Result | Promise<Result>): Promise<Result> {
    return change();
  }

  defer(change: () => Promise<void>): void {
    this.pending = Promise.all([this.pending, change()]).then(() => {});
  }

  /** Lets `ms` pass. */
  async advance(ms: number): Promise<void> {
    await this.rest(); // whatever began beside this comes as far as it can
    await this.pending;
    await this.runTo(this.nowPs + BigInt(Math.round(ms * 1e6)) * 1000n, () => false);
  }

  /** Lets what ends by itself end and come to rest. */
  async drain(): Promise<void> {
    await this.rest();
    await this.pending;
    if (this.inputs().finite) await this.runTo(NEVER, () => !this.inputs().finite);
    if (!this.inputs().endless) await this.runTo(this.nowPs + SETTLE_PS, () => false);
    for (const { lcore } of this.work)
      while (this.machine.engine.lcoreWaits(lcore)) this.machine.engine.lcorePoll(lcore);
    this.settle();
  }

  /** Runs to `until`, or until `ended` says so between slices, or there is nothing that could happen before NEVER. */
  private async runTo(until: bigint, ended: () => boolean): Promise<void> {
    while (!ended()) {
      const timer = this.timers.reduce<Timer | undefined>(
        (a, b) => (a === undefined || b.at < a.at ? b : a),
        undefined,
      );
      const stop = timer !== undefined && timer.at < until ? timer.at : until;
      const over = await this.runSlices(stop, ended);
      if (over === "ended" || (over === "done" && until === NEVER)) return;
      if (stop > this.nowPs && stop !== NEVER) this.nowPs = stop;
      if (timer === undefined || stop !== timer.at) return;
      this.timers = this.timers.filter((other) => other !== timer);
      await timer.fire();
    }
  }

  private async runSlices(until: bigint, ended: () => boolean): Promise<"reached" | "done" | "ended"> {
    const { engine } = this.machine;
    if (this.work.length === 0) return "done";
    if (this.changed) this.reset();
    engine.schedulerSetHorizon(this.scheduler, until);
    for (;;) {
      const slice = engine.schedulerRun(this.scheduler, SLICE_POLLS) >>> 0;
      if (slice === SLICE_UPCALL) this.answer();
      this.empty();
      this.onSlice();
      if (slice === SLICE_DONE) return this.arrive("done");
      if (slice === SLICE_INGRESS) return "reached";
      if (ended()) return this.arrive("ended");
      if (slice !== SLICE_EGRESS && slice !== SLICE_UPCALL) await this.rest();
    }
  }

  private arrive<Why>(why: Why): Why {
    const now = BigInt.asUintN(64, this.machine.engine.schedulerNow(this.scheduler));
    if (now > this.nowPs) this.nowPs = now;
    return why;
  }

  private answer(): void {
    for (const { work, onUpcall } of this.members) for (const { lcore } of work) onUpcall?.(lcore);
  }

  /** Tells the scheduler whom it has. */
  private reset(): void {
    const { engine, arena } = this.machine;
    const { work, files } = this;
    arena.u32(this.lcores, this.capacity).set(work.map(({ lcore }) => lcore));
    arena.u32(this.egresses, files.length).set(files.map(({ egress }) => egress));
    engine.schedulerInit(this.scheduler, this.lcores, work.length, this.egresses, files.length);
    this.changed = false;
  }

  /** Makes everything visible that lcores hold back, and hands out what they have written. */
  private settle(): void {
    if (this.work.length === 0) return;
    if (this.changed) this.reset();
    this.machine.engine.schedulerSettle(this.scheduler);
    for (const { lcore } of this.work) {
      const { clockPs } = this.machine.usage(lcore);
      if (clockPs > this.nowPs) this.nowPs = clockPs;
    }
    this.empty();
  }

  private empty(): void {
    const { engine, arena } = this.machine;
    for (const { egress, buffer, write } of this.files) {
      const used = engine.egressUsed(egress) >>> 0;
      if (used === 0) continue;
      write(arena.bytes.subarray(buffer, buffer + used));
      engine.egressClear(egress);
    }
    for (const { work, onDumps } of this.members) {
      for (const { lcore } of work) {
        const dumps = takeDumps(engine, arena.bytes, lcore);
        if (dumps !== undefined) onDumps(dumps);
      }
    }
  }
}
