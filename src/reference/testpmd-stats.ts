// testpmd-stats - reads the statistics blocks that testpmd prints: forward, NIC, extended and cycle figures.
// Follows: DPDK 22.11 testpmd, what `stop`, `show port stats all` and `show port xstats N` write.
// Pure: text in, plain data out. Keys are testpmd's own words ("RX-packets", "TX-dropped", "rx_q0_errors").
// Not modelled: `show fwd stats all` per stream, the queue-mapping blocks of `show port stats_qmap`.

/** One printed block: testpmd's word to its number. */
export type Counters = Readonly<Record<string, number>>;

/** A line of `--record-burst-stats`: polls, and the share of polls by packets a poll, in whole per cent as printed. */
export interface BurstSpread {
  readonly bursts: number;
  readonly percent: Readonly<Record<string, number>>;
}

export interface ForwardPort {
  readonly counters: Counters;
  readonly rxBursts?: BurstSpread;
  readonly txBursts?: BurstSpread;
}

/** The line of `--record-core-cycles`. Only calls that received something are counted by testpmd. */
export interface CoreCycles {
  readonly perPacket: number;
  readonly total: number;
  readonly packets: number;
  readonly clockMHz: number;
}

/** What one `stop` printed. */
export interface ForwardStatistics {
  readonly ports: ReadonlyMap<number, ForwardPort>;
  readonly all: Counters;
  readonly cycles?: CoreCycles;
}

const FORWARD_PORT = /Forward statistics for port (\d+)\s+-+\n([\s\S]*?)\n {2}-{20,}/g;
const FORWARD_ALL = /Accumulated forward statistics for all ports\++\n([\s\S]*?)\n {2}\++/g;
const CYCLES = /CPU cycles\/packet=([\d.]+) \(total cycles=(\d+) \/ total \S+ packets=(\d+)\) at (\d+) MHz/g;
const NIC_PORT = /NIC statistics for port (\d+)\s+#+\n([\s\S]*?)\n {2}#{20,}/g;

function counters(block: string): Record<string, number> {
  const out: Record<string, number> = {};
  for (const m of block.matchAll(/([A-Z][A-Za-z-]+): +(\d+)/g)) out[m[1]!] = Number(m[2]);
  return out;
}

function spread(block: string, word: string): BurstSpread | undefined {
  const m = new RegExp(`${word}-bursts : (\\d+) \\[([^\\]]*)\\]`).exec(block);
  if (m === null) return undefined;
  const percent: Record<string, number> = {};
  for (const part of m[2]!.matchAll(/(\d+)% of (\d+ pkts|other)/g)) {
    percent[part[2]!.replace(" pkts", "")] = Number(part[1]);
  }
  return { bursts: Number(m[1]), percent };
}

/** The last forward-statistics block of each port, the last accumulated one and the last cycles line in `text`. */
export function parseForwardStatistics(text: string): ForwardStatistics {
  const ports = new Map<number, ForwardPort>();
  for (const m of text.matchAll(FORWARD_PORT)) {
    const rxBursts = spread(m[2]!, "RX");
    const txBursts = spread(m[2]!, "TX");
    ports.set(Number(m[1]), {
      counters: counters(m[2]!.replace(/^.*-bursts :.*$/gm, "")),
      ...(rxBursts && { rxBursts }),
      ...(txBursts && { txBursts }),
    });
  }
  const all = [...text.matchAll(FORWARD_ALL)].at(-1);
  const c = [...text.matchAll(CYCLES)].at(-1);
  return {
    ports,
    all: all === undefined ? {} : counters(all[1]!),
    ...(c && {
      cycles: { perPacket: Number(c[1]), total: Number(c[2]), packets: Number(c[3]), clockMHz: Number(c[4]) },
    }),
  };
}

/** The last NIC-statistics block of each port in `text`; the rates since the last show are keys "Rx-pps" and so on. */
export function parseNicStatistics(text: string): ReadonlyMap<number, Counters> {
  const ports = new Map<number, Counters>();
  for (const m of text.matchAll(NIC_PORT)) ports.set(Number(m[1]), counters(m[2]!));
  return ports;
}

/** The extended statistics of one port, as `show port xstats N` lists them. */
export function parseXstats(text: string): Counters {
  const out: Record<string, number> = {};
  for (const m of text.matchAll(/^([a-z][a-z0-9_]*): (\d+)$/gm)) out[m[1]!] = Number(m[2]);
  return out;
}
