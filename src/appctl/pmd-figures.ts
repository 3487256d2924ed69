// pmd-figures - a thread's counters as its statistics are printed: time as cycles of the simulated time stamp counter.
import type { PmdThread } from "../vswitchd/pmd-threads.ts";
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import type { PmdFigures, PmdPerf } from "./pmd-stats.ts";

const PS_PER_SECOND = 1_000_000_000_000n;

/** thread: undefined: the main thread. */
export function pmdFigures(vswitchd: Vswitchd, thread: PmdThread | undefined): PmdFigures {
  const pmd = thread?.pmd ?? vswitchd.dpif.threads.main;
  const stats = pmd.readStats();
  const cycles = (ps: bigint): bigint => (ps * BigInt(vswitchd.options.hz)) / PS_PER_SECOND;
  const total = thread === undefined ? 0n : vswitchd.dpif.threads.elapsedPs(thread);
  const asleep = pmd.slept.ps > total ? total : pmd.slept.ps;
  const awake = total - asleep;
  const busy = stats.busyPs > awake ? awake : stats.busyPs;
  return {
    title: thread === undefined ? "main thread" : `pmd thread numa_id ${thread.cpu.numa} core_id ${thread.cpu.core}`,
    received: stats.received,
    recirculated: stats.recirculated,
    simpleHits: stats.simpleHits,
    emcHits: stats.emcHits,
    smcHits: stats.smcHits,
    megaflowHits: stats.megaflowHits,
    maskedLookups: stats.subtableLookups,
    missed: stats.missed,
    lost: stats.lost,
    sentPackets: stats.sentPackets,
    sentBatches: stats.sentBatches,
    idle: cycles(awake - busy),
    busy: cycles(busy),
  };
}

export function pmdPerfFigures(vswitchd: Vswitchd, thread: PmdThread): PmdPerf {
  const stats = thread.pmd.readStats();
  const { hz, time } = vswitchd.options;
  const elapsed = time.nowPs - vswitchd.dpif.threads.clearedPs(thread);
  return {
    ...pmdFigures(vswitchd, thread),
    iterations: thread.pmd.iterations,
    idleIterations: thread.pmd.iterations - stats.busyIterations,
    sleepIterations: thread.pmd.slept.iterations,
    sleepCycles: (thread.pmd.slept.ps * BigInt(hz)) / PS_PER_SECOND,
    upcalls: stats.upcalls,
    upcallCycles: (stats.upcallPs * BigInt(hz)) / PS_PER_SECOND,
    seconds: Number(elapsed) / 1e12,
    hz,
  };
}
