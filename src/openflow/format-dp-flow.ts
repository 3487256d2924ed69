// format-dp-flow - a line of dpctl/dump-flows: a datapath flow, its statistics and its actions (format_dpif_flow of OVS
// 3.1).
import type { DatapathAction } from "../wasm/ovs-actions.ts";
import type { Flow } from "./flow.ts";
import { formatOdpActions } from "./format-odp-actions.ts";
import { formatOdpFlow, type OdpFormat } from "./format-odp-flow.ts";

export interface DatapathFlow {
  /** As a UUID; shown with -m. */
  readonly ufid?: string;
  readonly key: Flow;
  readonly mask: Flow;
  readonly packets: bigint;
  readonly bytes: bigint;
  /** Milliseconds since the last packet; undefined: none yet. */
  readonly idleMs?: number;
  /** All flags of TCP packets so far. */
  readonly tcpFlags: number;
  readonly actions: readonly DatapathAction[];
  /** e.g. miniflow_bits(5,3); shown with -m. */
  readonly extraInfo?: string;
}

/** Letters by bit, in the order in which they are shown; the three highest bits are numbers in brackets. */
const TCP_FLAG_LETTERS: readonly (readonly [letter: string, bit: number])[] = [
  ["S", 1],
  ["F", 0],
  ["P", 3],
  ["R", 2],
  ["U", 5],
  [".", 4],
  ["E", 6],
  ["C", 7],
  ["N", 8],
  ["[200]", 9],
  ["[400]", 10],
  ["[800]", 11],
];

function formatTcpFlagLetters(flags: number): string {
  return TCP_FLAG_LETTERS.map(([letter, bit]) => ((flags >>> bit) & 1 ? letter : "")).join("");
}

export function formatDatapathFlow(flow: DatapathFlow, options: OdpFormat = {}): string {
  const { ufid, packets, bytes, idleMs, tcpFlags, extraInfo } = flow;
  const verbose = options.verbose ?? false;
  const used = idleMs === undefined ? "never" : `${(idleMs / 1000).toFixed(3)}s`;
  const flags = tcpFlags === 0 ? "" : `, flags:${formatTcpFlagLetters(tcpFlags)}`;
  return (
    (verbose && ufid !== undefined ? `ufid:${ufid}, ` : "") +
    `${formatOdpFlow(flow.key, flow.mask, options)}, packets:${packets}, bytes:${bytes}, used:${used}${flags}` +
    (verbose ? ", dp:ovs" : "") +
    `, actions:${formatOdpActions(flow.actions, options)}` +
    (verbose && extraInfo !== undefined ? `, dp-extra-info:${extraInfo}` : "")
  );
}
