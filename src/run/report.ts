// report - what a run says of itself: the JSON document of `ringbed-run/1`. Fields may be added, none changes its meaning.
import type { Comparison } from "../capture/compare.ts";
import type { Ledger } from "../wasm/counters.ts";

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
  /** With rx interrupts: times that it slept, and virtual ns of that. */
  readonly sleeps?: number;
  readonly slept_ns?: number;
}

/** An rx queue's vector. */
export interface InterruptReport {
  /** calls of the device */
  readonly raised: number;
  /** times that one of them ended a sleep */
  readonly woken: number;
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

/** What the OVS datapath between the host's ports did. */
export interface OvsReport {
  /** As ovs-ofctl would be given them. */
  readonly rules: readonly string[];
  readonly received: number;
  readonly recirculated: number;
  readonly simple_match_hits: number;
  readonly emc_hits: number;
  readonly smc_hits: number;
  readonly megaflow_hits: number;
  readonly upcalls: number;
  readonly lost: number;
  readonly sent_batches: number;
}

/** One hop of a traced packet. */
export interface TraceRecord {
  /** Number of the packet, from 1. */
  readonly packet: number;
  /** Virtual nanoseconds since the first packet. */
  readonly time_ns: number;
  readonly hop: "arrived" | "rx" | "tx" | "retry" | "drop" | "consumed" | "ovs";
  readonly port: string;
  readonly queue: number;
  /** Slot of the ring or queue. */
  readonly index: number;
  /** Packets (tx: places taken) in the queue after the burst. */
  readonly occupancy: number;
  /** Number of the mbuf in its pool; none while on the wire. */
  readonly mbuf: number | undefined;
  readonly length: number;
  readonly lcore: string;
  /** Retries made so far. */
  readonly tries: number;
  /** Why it died, for a drop. */
  readonly reason: string | undefined;
  /** What the datapath found or did, for its hops. */
  readonly ovs?: string;
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
  /** With --rx-interrupts, by guest port and rx queue. */
  readonly rx_interrupts?: Readonly<Record<string, InterruptReport>>;
  /** With --switch ovs. */
  readonly ovs?: OvsReport;
  readonly expect: readonly ({ readonly port: string; readonly file: string } & Pick<
    Comparison,
    "equal" | "found" | "expected" | "text"
  >)[];
  /** The run was stopped before its end. */
  readonly interrupted: boolean;
  readonly trace?: readonly TraceRecord[];
}
