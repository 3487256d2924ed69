// ovs-stats - a datapath thread's counters, as pmd-stats-show and pmd-perf-show print them.
import * as ids from "../../assembly/abi/ovs.ts";

export interface PmdStats {
  readonly received: number;
  readonly recirculated: number;
  readonly simpleHits: number;
  readonly emcHits: number;
  readonly smcHits: number;
  readonly megaflowHits: number;
  /** Subtables looked at for megaflow hits. */
  readonly subtableLookups: number;
  /** avg. subtable lookups per megaflow hit, 0 without hits */
  readonly subtableLookupsPerHit: number;
  /** Upcalls that succeeded; of 2.7, whose `miss` has them all, add `lost`. */
  readonly missed: number;
  readonly lost: number;
  /** datapath_drop_rx_invalid_packet */
  readonly invalid: number;
  readonly sentPackets: number;
  readonly sentBatches: number;
  /** Rounds of the loop that received or sent something, and what they took. */
  readonly busyIterations: number;
  readonly busyPs: bigint;
  readonly upcalls: number;
  readonly upcallPs: bigint;
}

export function readPmdStats(counters: BigUint64Array): PmdStats {
  const ps = (i: number): bigint => counters[i] ?? 0n;
  const at = (i: number): number => Number(ps(i));
  const megaflowHits = at(ids.PMD_STAT_MASKED_HIT);
  const subtableLookups = at(ids.PMD_STAT_MASKED_LOOKUP);
  return {
    received: at(ids.PMD_STAT_RECV),
    recirculated: at(ids.PMD_STAT_RECIRC),
    simpleHits: at(ids.PMD_STAT_SIMPLE_HIT),
    emcHits: at(ids.PMD_STAT_EXACT_HIT),
    smcHits: at(ids.PMD_STAT_SMC_HIT),
    megaflowHits,
    subtableLookups,
    subtableLookupsPerHit: megaflowHits === 0 ? 0 : subtableLookups / megaflowHits,
    missed: at(ids.PMD_STAT_MISS),
    lost: at(ids.PMD_STAT_LOST),
    invalid: at(ids.PMD_STAT_RX_INVALID),
    sentPackets: at(ids.PMD_STAT_SENT_PKTS),
    sentBatches: at(ids.PMD_STAT_SENT_BATCHES),
    busyIterations: at(ids.PMD_STAT_BUSY_ITERATIONS),
    busyPs: ps(ids.PMD_STAT_BUSY_PS),
    upcalls: at(ids.PMD_STAT_UPCALLS),
    upcallPs: ps(ids.PMD_STAT_UPCALL_PS),
  };
}
