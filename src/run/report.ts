// report - what a run says of itself: the JSON document of `ringbed-run/1`. Fields may be added, none changes its meaning.
import type { Comparison } from "../capture/compare.ts";
import type { Ledger } from "../wasm/counters.ts";
import type { TraceRecord } from "./trace.ts";

export interface PortReport {
  rx_packets: number;
  rx_bytes: number;
  /** arrived while the rx queue was full */
  rx_missed: number;
  /** malformed on receipt */
  rx_errors: number;
  /** mbufs that could not be allocated */
  rx_nombuf: number;
  tx_packets: number;
  tx_bytes: number;
  /** given to tx and dropped there */
  tx_dropped: number;
}

export interface LcoreReport {
  readonly name: string;
  readonly polls: number;
  readonly empty_polls: number;
  /** virtual ns spent in polls that moved packets */
  readonly busy_ns: number;
  /** busy part of the run, 0 to 1 */
  readonly busy: number;
}

export interface StreamReport {
  readonly lcore: string;
  readonly rx: string;
  readonly tx: string;
  readonly mode: string;
  readonly rx_packets: number;
  readonly tx_packets: number;
  readonly dropped: number;
}

export interface RunReport {
  readonly format: "ringbed-run/1";
  readonly seed: number;
  readonly virtual_ns: number;
  readonly ports: Record<string, PortReport>;
  readonly ledger: Ledger;
  readonly egress_sha256: string;
  readonly topology: string;
  readonly fwd_mode: string;
  /** The cost profile: what the times are modelled on. */
  readonly profile: string;
  readonly capture: {
    readonly files: readonly string[];
    readonly packets: number;
    readonly skipped_outbound: number;
    readonly cut_by_snaplen: number;
    readonly time_backwards: number;
  };
  readonly lcores: readonly LcoreReport[];
  readonly streams: readonly StreamReport[];
  readonly expect: readonly ({ readonly port: string; readonly file: string } & Pick<
    Comparison,
    "equal" | "found" | "expected" | "text"
  >)[];
  /** The run was stopped before its end. */
  readonly interrupted: boolean;
  readonly trace?: readonly TraceRecord[];
}
