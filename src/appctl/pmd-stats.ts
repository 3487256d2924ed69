// pmd-stats - dpif-netdev/pmd-stats-show (lib/dpif-netdev.c): 3.1's thirteen lines a thread and four of cycles, and 2.7's nine.
// In virtual time a cycle is a tick of the simulated time stamp counter.
import { fixed } from "../printf.ts";

export interface PmdFigures {
  /** `pmd thread numa_id 0 core_id 1`, or `main thread`. */
  readonly title: string;
  readonly received: number;
  readonly recirculated: number;
  readonly simpleHits: number;
  readonly emcHits: number;
  readonly smcHits: number;
  readonly megaflowHits: number;
  /** Subtables looked at for megaflow hits. */
  readonly maskedLookups: number;
  readonly missed: number;
  readonly lost: number;
  readonly sentPackets: number;
  readonly sentBatches: number;
  /** Cycles of iterations that moved nothing, and of those that did. */
  readonly idle: bigint;
  readonly busy: bigint;
}

/** As printf's %.02f. */
function ratio(a: number, b: number): string {
  return fixed(b === 0 ? 0 : a / b, 2);
}

export function pmdStats(figures: PmdFigures): string {
  const f = figures;
  const passes = f.received + f.recirculated;
  const cycles = f.idle + f.busy;
  let text =
    `${f.title}:\n` +
    `  packets received: ${f.received}\n` +
    `  packet recirculations: ${f.recirculated}\n` +
    `  avg. datapath passes per packet: ${ratio(passes, f.received)}\n` +
    "  phwol hits: 0\n" +
    "  mfex opt hits: 0\n" +
    `  simple match hits: ${f.simpleHits}\n` +
    `  emc hits: ${f.emcHits}\n` +
    `  smc hits: ${f.smcHits}\n` +
    `  megaflow hits: ${f.megaflowHits}\n` +
    `  avg. subtable lookups per megaflow hit: ${ratio(f.maskedLookups, f.megaflowHits)}\n` +
    `  miss with success upcall: ${f.missed}\n` +
    `  miss with failed upcall: ${f.lost}\n` +
    `  avg. packets per output batch: ${ratio(f.sentPackets, f.sentBatches)}\n`;
  if (cycles === 0n) return text;
  const percent = (part: bigint): string => fixed((Number(part) / Number(cycles)) * 100, 2);
  text += `  idle cycles: ${f.idle} (${percent(f.idle)}%)\n`;
  text += `  processing cycles: ${f.busy} (${percent(f.busy)}%)\n`;
  if (f.received === 0) return text;
  text += `  avg cycles per packet: ${ratio(Number(cycles), f.received)} (${cycles}/${f.received})\n`;
  text += `  avg processing cycles per packet: ${ratio(Number(f.busy), f.received)} (${f.busy}/${f.received})\n`;
  return text;
}

/** 2.7's: `miss` has the lost ones, and the packets of the averages have the lookups, which is its mistake. */
export function pmdStats27(figures: PmdFigures): string {
  const f = figures;
  const missed = f.missed + f.lost;
  const cycles = f.idle + f.busy;
  let text =
    `${f.title}:\n` +
    `\temc hits:${f.emcHits}\n` +
    `\tmegaflow hits:${f.megaflowHits}\n` +
    `\tavg. subtable lookups per hit:${ratio(f.maskedLookups, f.megaflowHits)}\n` +
    `\tmiss:${missed}\n` +
    `\tlost:${f.lost}\n`;
  if (cycles === 0n) return text;
  const percent = (part: bigint): string => fixed((Number(part) / Number(cycles)) * 100, 2);
  text += `\tpolling cycles:${f.idle} (${percent(f.idle)}%)\n`;
  text += `\tprocessing cycles:${f.busy} (${percent(f.busy)}%)\n`;
  const packets = f.emcHits + f.megaflowHits + missed + f.maskedLookups;
  if (packets === 0) return text;
  text += `\tavg cycles per packet: ${ratio(Number(cycles), packets)} (${cycles}/${packets})\n`;
  text += `\tavg processing cycles per packet: ${ratio(Number(f.busy), packets)} (${f.busy}/${packets})\n`;
  return text;
}

export interface PmdPerf extends PmdFigures {
  readonly iterations: number;
  readonly idleIterations: number;
  /** Iterations that ended with sleeping, and cycles that passed asleep. */
  readonly sleepIterations: number;
  readonly sleepCycles: bigint;
  readonly upcalls: number;
  /** Cycles in upcalls. */
  readonly upcallCycles: bigint;
  /** Seconds since the figures were cleared. */
  readonly seconds: number;
  /** Cycles a second. */
  readonly hz: number;
}

/** A thread's part of dpif-netdev/pmd-perf-show. */
export function pmdPerf(perf: PmdPerf): string {
  const p = perf;
  const used = Number(p.idle + p.busy);
  const asleep = Number(p.sleepCycles);
  const busyIterations = p.iterations - p.idleIterations;
  const passes = p.received + p.recirculated;
  const share = (part: number, all: number): string => fixed(all === 0 ? 0 : (100 * part) / all, 1).padStart(5);
  const number = (value: number | bigint): string => String(value).padStart(12);
  const us = (cycles: number): number => (cycles * 1e6) / p.hz;
  let text = `\n${p.title}:\n\n`;
  text += `  Iterations:         ${number(p.iterations)}  (${fixed(p.iterations === 0 ? 0 : us(used + asleep) / p.iterations, 2)} us/it)\n`;
  text += `  - Used TSC cycles:  ${number(used)}  (${share(used, p.seconds * p.hz)} % of total cycles)\n`;
  text += `  - idle iterations:  ${number(p.idleIterations)}  (${share(Number(p.idle), used)} % of used cycles)\n`;
  text += `  - busy iterations:  ${number(busyIterations)}  (${share(Number(p.busy), used)} % of used cycles)\n`;
  text += `  - sleep iterations: ${number(p.sleepIterations)}  (${share(p.sleepIterations, p.iterations)} % of iterations)\n`;
  const average = fixed(p.sleepIterations === 0 ? 0 : us(asleep) / p.sleepIterations, 0).padStart(3);
  text += `  Sleep time (us):    ${fixed(us(asleep), 0).padStart(12)}  (${average} us/iteration avg.)\n`;
  if (p.received === 0) text += `  Rx packets:         ${number(0)}\n`;
  else {
    const kpps = Math.round(p.received / p.seconds / 1000);
    text += `  Rx packets:         ${number(p.received)}  (${kpps} Kpps, ${Math.trunc(Number(p.busy) / p.received)} cycles/pkt)\n`;
    text += `  Datapath passes:    ${number(passes)}  (${ratio(passes, p.received)} passes/pkt)\n`;
    text += `  - PHWOL hits:       ${number(0)}  (  0.0 %)\n`;
    text += `  - MFEX Opt hits:    ${number(0)}  (  0.0 %)\n`;
    text += `  - Simple Match hits:${number(p.simpleHits)}  (${share(p.simpleHits, passes)} %)\n`;
    text += `  - EMC hits:         ${number(p.emcHits)}  (${share(p.emcHits, passes)} %)\n`;
    text += `  - SMC hits:         ${number(p.smcHits)}  (${share(p.smcHits, passes)} %)\n`;
    const lookups = ratio(p.maskedLookups, p.megaflowHits);
    text += `  - Megaflow hits:    ${number(p.megaflowHits)}  (${share(p.megaflowHits, passes)} %, ${lookups} subtbl lookups/hit)\n`;
    const each = fixed(p.upcalls === 0 ? 0 : us(Number(p.upcallCycles)) / p.upcalls, 1);
    text += `  - Upcalls:          ${number(p.missed)}  (${share(p.missed, passes)} %, ${each} us/upcall)\n`;
    text += `  - Lost upcalls:     ${number(p.lost)}  (${share(p.lost, passes)} %)\n`;
  }
  if (p.sentPackets === 0) return `${text}  Tx packets:         ${number(0)}\n\n`;
  text += `  Tx packets:         ${number(p.sentPackets)}  (${Math.round(p.sentPackets / p.seconds / 1000)} Kpps)\n`;
  text += `  Tx batches:         ${number(p.sentBatches)}  (${ratio(p.sentPackets, p.sentBatches)} pkts/batch)\n\n`;
  return text;
}
