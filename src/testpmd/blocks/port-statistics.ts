// port-statistics - `show port stats` and `show port xstats`, and the screen of --stats-period.
// Follows nic_stats_display, nic_xstats_display and print_stats of app/test-pmd 22.11: rates are those since the same port's
// last display, 0 at the first one and where a counter went back.

import type { EthStats, Xstat } from "../../dpdk/devices/dev-info.ts";
import type { App } from "../app.ts";
import { keepPer } from "../keep.ts";
import { left, right } from "./format.ts";

const NS_PER_SECOND = 1e9;
const BORDER = "#".repeat(24);
const CLEAR_SCREEN = "\u001b[2J\u001b[1;1H";

/** What the last display of a port saw. */
interface Shown {
  ns: bigint;
  stats: EthStats;
  /** Of --display-xstats. */
  xstatsNs: bigint;
  xstats: readonly number[];
}

const NOTHING: EthStats = {
  ipackets: 0,
  opackets: 0,
  ibytes: 0,
  obytes: 0,
  imissed: 0,
  ierrors: 0,
  oerrors: 0,
  rxNombuf: 0,
};

/** By port id: a port of the same id that comes later goes on from there. */
const shownPorts = keepPer((_: App) => new Map<number, Shown>());

/** Whole units per second; 0 without a time before. */
function rate(now: number, before: number, ns: bigint): number {
  if (ns <= 0n || now <= before) return 0;
  return Math.trunc(((now - before) / Number(ns)) * NS_PER_SECOND);
}

/** Statistics of a port that there is; the next call for it starts its rates here. */
export function portStatistics(app: App, id: number): string {
  const stats = app.ports.get(id)?.dev.stats() ?? NOTHING;
  const last = shownPorts(app).get(id) ?? { ns: 0n, stats: NOTHING, xstatsNs: 0n, xstats: [] };
  const ns = app.nowNs();
  const since = last.ns === 0n ? 0n : ns - last.ns;
  const per = (counter: keyof EthStats): number => rate(stats[counter], last.stats[counter], since);
  const shown = { ...last, ns, stats };
  shownPorts(app).set(id, shown);
  return [
    `\n  ${BORDER} NIC statistics for port ${left(id, 2)} ${BORDER}\n`,
    `  RX-packets: ${left(stats.ipackets, 10)} RX-missed: ${left(stats.imissed, 10)} RX-bytes:  ${stats.ibytes}\n`,
    `  RX-errors: ${stats.ierrors}\n`,
    `  RX-nombuf:  ${left(stats.rxNombuf, 10)}\n`,
    `  TX-packets: ${left(stats.opackets, 10)} TX-errors: ${left(stats.oerrors, 10)} TX-bytes:  ${stats.obytes}\n`,
    "\n  Throughput (since last show)\n",
    `  Rx-pps: ${right(per("ipackets"), 12)}          Rx-bps: ${right(per("ibytes") * 8, 12)}\n`,
    `  Tx-pps: ${right(per("opackets"), 12)}          Tx-bps: ${right(per("obytes") * 8, 12)}\n`,
    displayedXstats(app, id, shown),
    `  ${"#".repeat(76)}\n`,
  ].join("");
}

/** The counters of --display-xstats that the port has. */
function displayedXstats(app: App, id: number, shown: Shown): string {
  const has = new Map(app.settings.xstatsDisplay.length === 0 ? [] : (app.ports.get(id)?.dev.xstats() ?? []));
  const wanted = app.settings.xstatsDisplay.filter((name) => has.has(name));
  if (wanted.length === 0) return "";
  const values = wanted.map((name) => has.get(name) ?? 0);
  const ns = app.nowNs();
  const since = shown.xstatsNs === 0n ? 0n : ns - shown.xstatsNs;
  const lines = values.map((value, i) => {
    const perSecond = rate(value, shown.xstats[i] ?? 0, since);
    // the names of all that were asked for, in order: 22.11 shows a wrong one behind one that the port lacks
    return `  ${left(app.settings.xstatsDisplay[i] ?? "", 25)}${right(value, 12)} ${right(perSecond, 15)}\n`;
  });
  shown.xstatsNs = ns;
  shown.xstats = values;
  return `\n${left(" ", 31)}${left("Value", 17)}Rate (since last show)\n${lines.join("")}`;
}

/** Extended statistics, `name: value` a line. hideZero: `set xstats-hide-zero on` */
export function extendedStatistics(id: number, xstats: readonly Xstat[], hideZero: boolean): string {
  const shown = xstats.filter(([, value]) => !hideZero || value !== 0);
  return `###### NIC extended statistics for port ${left(id, 2)}\n${shown.map(([name, value]) => `${name}: ${value}\n`).join("")}`;
}

/** What --stats-period prints each time: a cleared screen and the statistics of all forwarding ports. */
export function statisticsScreen(app: App): string {
  const ports = app.config.ports.map((id) => portStatistics(app, id));
  return `${CLEAR_SCREEN}\nPort statistics ====================================${ports.join("")}`;
}
