// forward-statistics - what `stop` and `show fwd stats all` print: per stream, per port and accumulated.
// Follows fwd_stats_display of app/test-pmd 22.11. A port's packets are its driver's since the last reset; drops are the
// streams' that send on it and the driver's tx errors. Errors of rx are not counted from the reset (so in 22.11).

import type { EthStats } from "../../dpdk/devices/dev-info.ts";
import { fixed } from "../../printf.ts";
import type { App, ForwardStream, StreamStats } from "../app.ts";
import { burstSpread } from "./burst-spread.ts";
import { left } from "./format.ts";

const RULE = "-".repeat(22);
const PLUSES = "+".repeat(15);

interface Streamed {
  readonly stream: ForwardStream;
  readonly stats: StreamStats;
}

/** What has been added up over a port's streams. */
interface PortSums {
  dropped: number;
  badIp: number;
  badL4: number;
  badOuterIp: number;
  badOuterL4: number;
  /** The streams that receive and send there; none where there are more streams than ports. */
  rx: StreamStats | undefined;
  tx: StreamStats | undefined;
}

/** fwd_stats_display. */
export function forwardStatistics(app: App): string {
  const streams = app.config.streams.map((stream) => ({ stream, stats: stream.stats() }));
  const perStream = streams.length > app.config.ports.length;
  const text: string[] = perStream ? streams.map((streamed) => streamStatistics(app, streamed)) : [];
  const total = { received: 0, missed: 0, sent: 0, dropped: 0, nombuf: 0 };
  const sums = sumsByPort(streams, perStream);
  for (const [i, planned] of app.config.ports.entries()) {
    const id = app.forwardPorts[i] ?? planned;
    const port = app.ports.get(id);
    if (port === undefined) continue;
    const stats = since(port.dev.stats(), port.statsBase);
    const sum = sums(id);
    const dropped = sum.dropped + stats.oerrors;
    total.received += stats.ipackets;
    total.missed += stats.imissed;
    total.sent += stats.opackets;
    total.dropped += dropped;
    total.nombuf += stats.rxNombuf;
    text.push(portBlock(app, id, stats, sum, dropped));
  }
  text.push(
    `\n  ${PLUSES} Accumulated forward statistics for all ports${PLUSES}\n`,
    totals("RX", total.received, total.missed),
    totals("TX", total.sent, total.dropped),
    total.nombuf > 0 ? `  RX-nombufs: ${left(total.nombuf, 14)}\n` : "",
    `  ${"+".repeat(76)}\n`,
    coreCycles(app, streams, total),
  );
  return text.join("");
}

function sumsByPort(streams: readonly Streamed[], perStream: boolean): (id: number) => PortSums {
  const byPort = new Map<number, PortSums>();
  const of = (id: number): PortSums => {
    const sum = byPort.get(id) ?? {
      dropped: 0,
      badIp: 0,
      badL4: 0,
      badOuterIp: 0,
      badOuterL4: 0,
      rx: undefined,
      tx: undefined,
    };
    byPort.set(id, sum);
    return sum;
  };
  for (const { stream, stats } of streams) {
    const tx = of(stream.txPort);
    const rx = of(stream.rxPort);
    tx.dropped += stats.fwdDropped;
    rx.badIp += stats.rxBadIpChecksum;
    rx.badL4 += stats.rxBadL4Checksum;
    rx.badOuterIp += stats.rxBadOuterIpChecksum;
    rx.badOuterL4 += stats.rxBadOuterL4Checksum;
    if (perStream) continue;
    tx.tx = stats;
    rx.rx = stats;
  }
  return of;
}

/** Counters since a port's base, except errors. */
function since(now: EthStats, base: EthStats): EthStats {
  return {
    ipackets: now.ipackets - base.ipackets,
    opackets: now.opackets - base.opackets,
    ibytes: now.ibytes - base.ibytes,
    obytes: now.obytes - base.obytes,
    imissed: now.imissed - base.imissed,
    ierrors: now.ierrors,
    oerrors: now.oerrors - base.oerrors,
    rxNombuf: now.rxNombuf - base.rxNombuf,
  };
}

function totals(direction: "RX" | "TX", packets: number, dropped: number): string {
  const name = `  ${direction}`;
  return `${name}-packets: ${left(packets, 14)} ${direction}-dropped: ${left(dropped, 14)}${direction}-total: ${packets + dropped}\n`;
}

function portBlock(app: App, id: number, stats: EthStats, sum: PortSums, dropped: number): string {
  const csum = app.settings.forwardMode === "csum";
  const bursts = app.settings.recordBurstStats;
  return [
    `\n  ${RULE} Forward statistics for port ${left(id, 2)} ${RULE}\n`,
    totals("RX", stats.ipackets, stats.imissed),
    csum
      ? `  Bad-ipcsum: ${left(sum.badIp, 14)} Bad-l4csum: ${left(sum.badL4, 14)}Bad-outer-l4csum: ${left(sum.badOuterL4, 14)}\n` +
        `  Bad-outer-ipcsum: ${left(sum.badOuterIp, 14)}\n`
      : "",
    stats.ierrors + stats.rxNombuf > 0
      ? `  RX-error: ${stats.ierrors}\n  RX-nombufs: ${left(stats.rxNombuf, 14)}\n`
      : "",
    totals("TX", stats.opackets, dropped),
    bursts && sum.rx !== undefined ? burstSpread("RX", sum.rx.rxSpread) : "",
    bursts && sum.tx !== undefined ? burstSpread("TX", sum.tx.txSpread) : "",
    `  ${"-".repeat(76)}\n`,
  ].join("");
}

/** fwd_stream_stats_display: nothing for a stream that did nothing. */
function streamStatistics(app: App, { stream, stats }: Streamed): string {
  if (stats.rxPackets === 0 && stats.txPackets === 0 && stats.fwdDropped === 0) return "";
  const two = (value: number): string => `${value}`.padStart(2);
  const rx = `RX Port=${two(stream.rxPort)}/Queue=${two(stream.rxQueue)}`;
  const tx = `TX Port=${two(stream.txPort)}/Queue=${two(stream.txQueue)}`;
  const { rxBadIpChecksum, rxBadL4Checksum, rxBadOuterL4Checksum, rxBadOuterIpChecksum } = stats;
  return [
    `\n  ------- Forward Stats for ${rx} -> ${tx} -------\n`,
    `  RX-packets: ${left(stats.rxPackets, 14)} TX-packets: ${left(stats.txPackets, 14)}`,
    ` TX-dropped: ${left(stats.fwdDropped, 14)}`,
    app.settings.forwardMode === "csum"
      ? `  RX- bad IP checksum: ${left(rxBadIpChecksum, 14)}  Rx- bad L4 checksum: ${left(rxBadL4Checksum, 14)}` +
        ` Rx- bad outer L4 checksum: ${left(rxBadOuterL4Checksum, 14)}\n` +
        ` RX- bad outer IP checksum: ${left(rxBadOuterIpChecksum, 14)}\n`
      : "\n",
    ...(app.settings.recordBurstStats ? [burstSpread("RX", stats.rxSpread), burstSpread("TX", stats.txSpread)] : []),
  ].join("");
}

/** The line of `set record-core-cycles on`; by packets sent for the engines that only send. */
function coreCycles(app: App, streams: readonly Streamed[], total: { received: number; sent: number }): string {
  const { recordCoreCycles, forwardMode } = app.settings;
  if (!recordCoreCycles || (total.received === 0 && total.sent === 0)) return "";
  const cycles = streams.reduce((sum, { stats }) => sum + stats.coreCycles, 0n);
  const packets = forwardMode === "txonly" || forwardMode === "flowgen" ? total.sent : total.received;
  return (
    `\n  CPU cycles/packet=${perPacket(Number(cycles), packets)} (total cycles=${cycles} / ` +
    `total ${forwardMode} packets=${packets}) at ${Math.trunc(app.clockMHz)} MHz Clock\n`
  );
}

/** %.2F of a division of doubles. */
function perPacket(cycles: number, packets: number): string {
  if (packets > 0) return fixed(cycles / packets, 2);
  return cycles === 0 ? "-NAN" : "INF";
}
