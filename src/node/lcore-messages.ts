// lcore-messages - what a console and the process of its lcores tell each other: requests by Node's channel, in order; the descriptors that
// belong to a request ride on a socket beside it, because the channel cannot carry them.
import type { Drain, LcorePlace } from "../dpdk/executor.ts";
import type { WorkerJob } from "./worker.ts";

/** The socket's place among the process's descriptors: behind standard streams and the channel. */
export const RIDERS_FD = 4;

export interface LinearRange {
  readonly linear: number;
  readonly size: number;
}

/** One lcore's work; the descriptors of its files, of each side's bell and wake, and of the bell of its questions, ride beside it, in their order. */
export interface SentWork extends Omit<WorkerJob, "polls" | "egress">, LcorePlace {}

export type LcoreRequest =
  /** The first: bytes of linear memory, whose file rides, and those ranges that have files of their own, which ride too. */
  | {
      readonly kind: "begin";
      readonly size: number;
      readonly windows: readonly LinearRange[];
      readonly startNs: bigint;
    }
  | ({ readonly kind: "map"; readonly offset: number } & LinearRange)
  | ({ readonly kind: "clear" } & LinearRange)
  | { readonly kind: "prepare"; readonly places: readonly LcorePlace[] }
  | { readonly kind: "run"; readonly work: readonly SentWork[] }
  | { readonly kind: "pause" }
  | { readonly kind: "drain"; readonly drain: Drain }
  | { readonly kind: "close" };

/** A request as it is sent: `riders` descriptors belong to it. */
export interface SentRequest {
  readonly id: number;
  readonly riders: number;
  readonly request: LcoreRequest;
}

export type LcoreReply =
  | { readonly kind: "done"; readonly id: number; readonly value: number }
  | { readonly kind: "failed"; readonly id: number; readonly reason: string }
  | { readonly kind: "dumps"; readonly bytes: Uint8Array };
