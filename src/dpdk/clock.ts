// clock - the time in which programs' lcores run beside each other: virtual (virtual-time), or the wall's (lab/wall-time).
import type { ExecutorFile, LcoreWork } from "./executor.ts";

/** A program whose lcores run. */
export interface Member {
  readonly work: readonly LcoreWork[];
  /** Whether an input is left that ends by itself, and whether one is there that never does. */
  inputs(): { readonly finite: boolean; readonly endless: boolean };
  onDumps(records: Uint8Array): void;
  /** An lcore's poll waits for an answer. */
  onUpcall?(lcore: number): void;
}

export interface Clock {
  readonly isVirtual: boolean;
  readonly nowPs: bigint;
  /** Resolves when its lcores are polled as well, or soon will be. */
  join(member: Member): Promise<void>;
  leave(member: Member): Promise<void>;
  /** Calls `fire` when that time has come, while no lcore polls. @returns what takes it back */
  at(ps: bigint, fire: () => void | Promise<void>): () => void;
  /** A file that taps on queues fill. @returns what hands out the rest and lets go of it. @throws UsageError where there are no taps */
  tap(file: ExecutorFile): () => void;
  /** Does something while no lcore polls. */
  still<Result>(change: () => Result | Promise<Result>): Promise<Result>;
  /** Likewise, soon; virtual time stands still until it is done. */
  defer(change: () => Promise<void>): void;
  /** Lets `ms` pass. */
  advance(ms: number): Promise<void>;
  /** Lets what ends by itself end and come to rest. */
  drain(): Promise<void>;
}
