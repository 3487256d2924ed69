// run-text - a run's report for people: where the packets went, per port, per stream, the drops, the cost, the trace.
import type { RunReport, TraceRecord } from "../run/report.ts";
import type { Ledger } from "../wasm/counters.ts";
import { DROP_TEXT } from "./drop-text.ts";
import { grouped, textTable } from "./table.ts";

/** The whole report. */
export function runText(report: RunReport): string {
  const ends = [...ledgerText(report.ledger), `egress sha256 ${report.egress_sha256}`];
  const sections = [
    head(report),
    ports(report),
    streams(report),
    lcores(report),
    interrupts(report),
    ends,
    expectations(report),
  ];
  if (report.trace) sections.push(traceText(report.trace));
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function head(r: RunReport): string[] {
  const lines = [
    `${r.capture.files.join(" ")}: ${grouped(r.ledger.received)} packets through ${r.topology}, guests in ${r.fwd_mode} mode`,
    `virtual time ${duration(r.virtual_ns)}, modelled with cost profile ${r.profile} (a model, not a measurement of hardware)`,
  ];
  if (r.topology === "p2p") lines[0] = lines[0]!.replace("guests in", "in");
  if (r.capture.skipped_outbound > 0)
    lines.push(`${grouped(r.capture.skipped_outbound)} outbound packets of the capture were not replayed`);
  if (r.capture.time_backwards > 0) lines.push(`${grouped(r.capture.time_backwards)} steps back in time were clamped`);
  if (r.interrupted) lines.push("interrupted: what follows is what was done until then");
  return lines;
}

function ports(r: RunReport): string[] {
  const rows = Object.entries(r.ports).map(([name, p]) => [
    name,
    ...[p.rx_packets, p.rx_bytes, p.rx_missed, p.rx_errors, p.rx_nombuf, p.tx_packets, p.tx_bytes, p.tx_dropped].map(
      grouped,
    ),
  ]);
  const header = [
    "port",
    "rx-packets",
    "rx-bytes",
    "rx-missed",
    "rx-errors",
    "rx-nombuf",
    "tx-packets",
    "tx-bytes",
    "tx-dropped",
  ];
  return textTable(header, rows);
}

function streams(r: RunReport): string[] {
  const rows = r.streams
    .filter((s) => s.rx_packets + s.tx_packets + s.dropped > 0)
    .map((s) => [
      `${s.rx} -> ${s.tx}`,
      s.lcore,
      s.mode,
      grouped(s.rx_packets),
      grouped(s.tx_packets),
      grouped(s.dropped),
    ]);
  return rows.length === 0 ? [] : textTable(["stream", "lcore", "mode", "received", "sent", "dropped"], rows);
}

function lcores(r: RunReport): string[] {
  const rows = r.lcores.map((l) => [
    l.name,
    grouped(l.polls),
    grouped(l.empty_polls),
    duration(l.busy_ns),
    `${(100 * l.busy).toFixed(2)} %`,
    ...(l.sleeps === undefined ? [] : [grouped(l.sleeps), duration(l.slept_ns ?? 0)]),
  ]);
  const sleep = r.rx_interrupts === undefined ? [] : ["sleeps", "asleep"];
  return textTable(["lcore", "polls", "empty", "busy", "of the run", ...sleep], rows);
}

function interrupts({ rx_interrupts: vectors }: RunReport): string[] {
  if (vectors === undefined) return [];
  const rows = Object.entries(vectors).map(([name, { raised, woken }]) => [name, grouped(raised), grouped(woken)]);
  return textTable(["rx interrupt", "calls", "wake-ups"], rows);
}

/** What became of every packet, a line a drop counter that moved. */
export function ledgerText(l: Ledger): string[] {
  const lines = [
    `ledger: ${grouped(l.received)} received + ${grouped(l.generated)} generated + ${grouped(l.copied)} copied = ` +
      `${grouped(l.sent)} sent + ${grouped(l.consumed)} consumed + ${grouped(l.dropped)} dropped + ${grouped(l.queued)} queued`,
  ];
  for (const [reason, n] of Object.entries(l.drops))
    lines.push(`  ${reason}: ${grouped(n)} (${DROP_TEXT[reason] ?? ""})`);
  return lines;
}

function expectations(r: RunReport): string[] {
  return r.expect.flatMap((e) => [
    `expect ${e.port} = ${e.file}: ${e.equal ? "equal" : "different"}`,
    ...e.text.split("\n").map((line) => `  ${line}`),
  ]);
}

/** One line a hop. */
export function traceText(trace: readonly TraceRecord[]): string[] {
  const lines: string[] = [];
  let packet = 0;
  for (const t of trace) {
    if (t.packet !== packet) {
      packet = t.packet;
      lines.push(`packet ${packet}`);
    }
    const ring = `[${t.index}], ${t.occupancy} in it`;
    const what = {
      arrived: `on the wire, into rx queue ${ring}`,
      rx: `rx ${ring}`,
      tx: `tx ${ring}`,
      retry: `tx full, waits for retry ${t.tries + 1}`,
      drop: `dropped: ${t.reason} (${DROP_TEXT[t.reason ?? ""] ?? ""})${t.tries > 0 ? ` after ${t.tries} retries` : ""}`,
      consumed: "consumed by design",
      ovs: t.ovs ?? "",
    }[t.hop];
    const mbuf = t.mbuf === undefined ? "" : `  mbuf ${t.mbuf}, ${t.length} bytes`;
    lines.push(
      `  ${t.time_ns.toFixed(3).padStart(14)} ns  ${t.lcore.padEnd(5)} ${`${t.port}/${t.queue}`.padEnd(11)} ${what}${mbuf}`,
    );
  }
  return lines;
}

/** Nanoseconds in the unit that suits them. */
export function duration(ns: number): string {
  if (ns < 1e3) return `${ns} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(3)} us`;
  if (ns < 1e9) return `${(ns / 1e6).toFixed(3)} ms`;
  return `${(ns / 1e9).toFixed(3)} s`;
}
