// wall-time - the clock of a lab with live peers: lcores poll on threads all the time, but while something changes that they use.
// Invariant: W1 while anybody is in `still`, no lcore polls.
import type { Clock, Member } from "../dpdk/clock.ts";
import type { Executor, LcoreWork } from "../dpdk/executor.ts";
import { UsageError } from "../errors.ts";

const NS_PER_MS = 1e6;
const PS_PER_NS = 1000n;
const PS_PER_MS = 1_000_000_000n;
/** How often it is looked whether inputs have ended, or the user has had enough. */
const LOOK_MS = 10;
/** What packets on their way may take behind the last input. */
const SETTLE_MS = 50;

export class WallTime implements Clock {
  readonly isVirtual = false;
  private readonly executor: Executor;
  private readonly isInterrupted: () => boolean;
  private members: readonly Member[] = [];
  /** Who is in `still`. */
  private holders = 0;
  private polls = false;
  private turns: Promise<void> = Promise.resolve();
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(executor: Executor, isInterrupted: () => boolean) {
    this.executor = executor;
    this.isInterrupted = isInterrupted;
    executor.onDumps = (records) => {
      for (const { onDumps } of this.members) onDumps(records);
    };
  }

  get nowPs(): bigint {
    return this.executor.nowNs() * PS_PER_NS;
  }

  join(member: Member): Promise<void> {
    return this.still(() => {
      this.members = [...this.members, member];
    });
  }

  leave(member: Member): Promise<void> {
    return this.still(() => {
      this.members = this.members.filter((other) => other !== member);
    });
  }

  /** Does something while no lcore polls, and beside others that do. Lcores go on when nobody is at it any more. @throws what it throws */
  async still<Result>(change: () => Result | Promise<Result>): Promise<Result> {
    this.holders++;
    try {
      await this.settle();
      return await change();
    } finally {
      this.holders--;
      await this.settle();
    }
  }

  /** Has lcores poll, or not, as it is to be by then. */
  private settle(): Promise<void> {
    const turn = this.turns.then(async () => {
      const { work } = this;
      const wanted = this.holders === 0 && work.length > 0;
      if (wanted === this.polls) return;
      this.polls = wanted;
      await (wanted ? this.executor.run(work) : this.executor.pause());
    });
    this.turns = turn.catch(() => {});
    return turn;
  }

  private get work(): readonly LcoreWork[] {
    return this.members.flatMap(({ work }) => work).map((work, index) => ({ ...work, index }));
  }

  at(ps: bigint, fire: () => void | Promise<void>): () => void {
    const ms = Number((ps - this.nowPs) / PS_PER_MS);
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        this.defer(async () => fire());
      },
      Math.max(ms, 1),
    );
    timer.unref();
    this.timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.timers.delete(timer);
    };
  }

  tap(): () => void {
    throw new UsageError("dpdk-pdump: found the wall's clock, expected virtual time: lcores on threads have no taps");
  }

  defer(change: () => Promise<void>): void {
    void this.still(change);
  }

  async advance(ms: number): Promise<void> {
    const end = this.executor.nowNs() + BigInt(Math.round(ms * NS_PER_MS));
    while (!this.isInterrupted()) {
      const left = Number(end - this.executor.nowNs()) / NS_PER_MS;
      if (left <= 0) break;
      await this.executor.sleep(Math.min(left, 10 * LOOK_MS));
    }
  }

  async drain(): Promise<void> {
    const inputs = (): boolean => this.members.some((member) => member.inputs().finite);
    while (inputs() && !this.isInterrupted()) await this.executor.sleep(LOOK_MS);
    await this.advance(SETTLE_MS);
  }

  /** Ends timers and threads. */
  async close(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.members = [];
    await this.settle();
    await this.executor.close();
  }
}
