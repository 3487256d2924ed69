// polling - whether the forwarding lcores poll, and changes that must not meet them: a queue whose peer comes or goes.
// Invariant: at most one of start, stop and a change is under way; each waits for the one before it.
import type { Executor, LcoreWork } from "./executor.ts";

export class Polling {
  private readonly executor: Executor;
  /** What the lcores poll, as of now; undefined: none does. */
  private work: (() => readonly LcoreWork[]) | undefined;
  private turns: Promise<void> = Promise.resolve();

  constructor(executor: Executor) {
    this.executor = executor;
  }

  start(work: () => readonly LcoreWork[]): Promise<void> {
    return this.turn(async () => {
      this.work = work;
      await this.executor.run(work());
    });
  }

  /** Resolves when no lcore polls. */
  stop(): Promise<void> {
    return this.turn(async () => {
      this.work = undefined;
      await this.executor.pause();
    });
  }

  /** Does something while no lcore polls: those that did go on behind it. */
  still(change: () => void | Promise<void>): Promise<void> {
    return this.turn(async () => {
      if (this.work !== undefined) await this.executor.pause();
      await change();
      if (this.work !== undefined) await this.executor.run(this.work());
    });
  }

  private turn(act: () => Promise<void>): Promise<void> {
    const turn = this.turns.then(act);
    this.turns = turn.catch(() => {});
    return turn;
  }
}
