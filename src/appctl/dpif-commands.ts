// dpif-commands - ovs-appctl's commands about the datapath: dpif-netdev/*, dpif/show.
import type { Iface } from "../vswitchd/iface.ts";
import type { Netdev } from "../vswitchd/netdev.ts";
import type { PmdThread } from "../vswitchd/pmd-threads.ts";
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import { pmdFigures, pmdPerfFigures } from "./pmd-figures.ts";
import { pmdPerf, pmdStats, pmdStats27 } from "./pmd-stats.ts";
import { type CommandShape, failed, ok, type Reply } from "./reply.ts";
import { rxqShow, rxqShow27, shownSeconds } from "./rxq-show.ts";

type Shape = CommandShape<Vswitchd>;

/** Options of the thread commands. */
interface PmdWords {
  readonly core: number | undefined;
  readonly seconds: number | undefined;
}

function pmdWords(args: readonly string[]): PmdWords {
  let core: number | undefined;
  let seconds: number | undefined;
  for (let i = 0; i < args.length; i++) {
    const value = args[i + 1];
    if (args[i] === "-pmd") core = value === undefined ? undefined : Number(args[++i]);
    else if (args[i] === "-secs") seconds = value === undefined ? undefined : Number(args[++i]);
    else if (args[i] === "-it" || args[i] === "-ms") i++;
  }
  return { core, seconds };
}

/** The threads that are meant; while there is one datapath, it is whatever the name. @returns undefined: there is none */
function threadsOf(vswitchd: Vswitchd, { core }: PmdWords): readonly PmdThread[] | undefined {
  if (vswitchd.bridges.size === 0) return undefined;
  return vswitchd.dpif.threads.threads.filter(({ cpu }) => core === undefined || cpu.core === core);
}

const NO_DATAPATH = failed("please specify an existing datapath\n");

function statsShow(vswitchd: Vswitchd, args: readonly string[]): Reply {
  const words = pmdWords(args);
  const threads = threadsOf(vswitchd, words);
  if (threads === undefined) return NO_DATAPATH;
  const figures = threads.map((thread) => pmdFigures(vswitchd, thread));
  if (words.core === undefined) figures.push(pmdFigures(vswitchd, undefined));
  return ok(figures.map(vswitchd.version === "2.7" ? pmdStats27 : pmdStats).join(""));
}

function statsClear(vswitchd: Vswitchd, args: readonly string[]): Reply {
  const threads = threadsOf(vswitchd, pmdWords(args));
  if (threads === undefined) return NO_DATAPATH;
  vswitchd.dpif.threads.clear(threads, vswitchd.options.time.nowPs);
  return ok();
}

function showRxqs(vswitchd: Vswitchd, args: readonly string[]): Reply {
  const words = pmdWords(args);
  const threads = threadsOf(vswitchd, words);
  if (threads === undefined) return NO_DATAPATH;
  if (vswitchd.version === "2.7") return ok(rxqShow27(threads));
  const seconds = shownSeconds(words.seconds);
  return ok(`Displaying last ${seconds} seconds pmd usage %\n${rxqShow(threads, seconds)}`);
}

function perfShow(vswitchd: Vswitchd, args: readonly string[]): Reply {
  const threads = threadsOf(vswitchd, pmdWords(args));
  if (threads === undefined) return NO_DATAPATH;
  const [first] = threads;
  if (first === undefined) return ok();
  const time = vswitchd.options.date().slice(11, 23);
  const { seconds } = pmdPerfFigures(vswitchd, first);
  const head = `\nTime: ${time}\nMeasurement duration: ${seconds.toFixed(3)} s\n`;
  return ok(head + threads.map((thread) => pmdPerf(pmdPerfFigures(vswitchd, thread))).join(""));
}

async function rebalance(vswitchd: Vswitchd): Promise<Reply> {
  await vswitchd.dpif.reconfigure();
  return ok("pmd rxq rebalance requested.\n");
}

/** `(dpdk: configured_rx_queues=1, ...)`: a tap and its likes have nothing to say. */
export function described(netdev: Netdev): string {
  const type = netdev.kind === "internal" ? "tap" : netdev.type;
  const config = netdev.config().map(([name, value]) => `${name}=${value}`);
  return config.length === 0 ? `(${type})` : `(${type}: ${config.join(", ")})`;
}

function byName(a: Iface, b: Iface): number {
  return a.name < b.name ? -1 : 1;
}

function dpifShow(vswitchd: Vswitchd): Reply {
  if (vswitchd.bridges.size === 0) return ok();
  const { hit, missed } = lookups(vswitchd);
  let text = `netdev@ovs-netdev: hit:${hit} missed:${missed}\n`;
  for (const bridge of [...vswitchd.bridges.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    text += `  ${bridge.name}:\n`;
    for (const { name, netdev, ofPort, odpPort } of [...bridge.ifaces.values()].sort(byName)) {
      if (netdev === undefined || ofPort === undefined) continue;
      text += `    ${name} ${ofPort}/${odpPort ?? "none"}: ${described(netdev)}\n`;
    }
  }
  return ok(text);
}

/** Hits of all kinds, successful upcalls and lost packets, of all threads. */
export function lookups(vswitchd: Vswitchd): { readonly hit: number; readonly missed: number; readonly lost: number } {
  const all = [...vswitchd.dpif.threads.threads, undefined].map((thread) => pmdFigures(vswitchd, thread));
  const sum = (of: (figures: (typeof all)[number]) => number): number => all.reduce((total, f) => total + of(f), 0);
  const lost = sum((f) => f.lost);
  const missed = sum((f) => f.missed) + (vswitchd.version === "2.7" ? lost : 0);
  return { hit: sum((f) => f.simpleHits + f.emcHits + f.smcHits + f.megaflowHits), missed, lost };
}

function names(bridges: Vswitchd["bridges"]): string {
  return [...bridges.keys()]
    .sort()
    .map((name) => `netdev@${name}\n`)
    .join("");
}

const PMD = "[-pmd core] [dp]";

export const DPIF_COMMANDS: readonly (readonly [string, Shape])[] = [
  ["dpif-netdev/pmd-stats-show", { usage: PMD, min: 0, max: 3, run: statsShow }],
  ["dpif-netdev/pmd-stats-clear", { usage: PMD, min: 0, max: 3, run: statsClear }],
  ["dpif-netdev/pmd-rxq-show", { usage: "[-pmd core] [-secs secs] [dp]", min: 0, max: 5, run: showRxqs }],
  ["dpif-netdev/pmd-rxq-rebalance", { usage: "[dp]", min: 0, max: 1, run: rebalance }],
  [
    "dpif-netdev/pmd-perf-show",
    { usage: "[-nh] [-it iter-history-len] [-ms ms-history-len] [-pmd core] [dp]", min: 0, max: 8, run: perfShow },
  ],
  ["dpif/dump-dps", { usage: "", min: 0, max: 0, run: ({ bridges }) => ok(names(bridges)) }],
  ["dpif/show", { usage: "", min: 0, max: 0, run: dpifShow }],
];
