// trace - reads the engine's trace records: one a hop of a traced packet.
import * as layout from "../../assembly/abi/trace.ts";
import type { Translations } from "../vswitchd/translations.ts";
import { DROP_NAMES } from "../wasm/counters.ts";
import type { Machine } from "../wasm/machine.ts";
import { hitMegaflow, ovsHopText } from "../wasm/ovs-trace.ts";
import type { TraceRecord } from "./report.ts";

/** Hop names by the engine's kind. */
const HOPS = ["arrived", "rx", "tx", "retry", "drop", "consumed"] as const;
const NO_MBUF = 0xffff_ffff;

/** Takes the records that are there. */
export function takeTrace(
  machine: Machine,
  ports: readonly string[],
  lcores: readonly string[],
  translations?: Translations,
): TraceRecord[] {
  const records: TraceRecord[] = [];
  for (const lcore of machine.lcores) {
    const n = machine.engine.lcoreTakeTrace(lcore) >>> 0;
    if (n === 0) continue;
    const at = machine.engine.lcoreTraceList(lcore) >>> 0;
    const view = new DataView(machine.arena.bytes.buffer, at, n * layout.TRACE_BYTES);
    for (let i = 0; i < n; i++) records.push(readRecord(view, i * layout.TRACE_BYTES, ports, lcores, translations));
  }
  return records;
}

function readRecord(
  view: DataView,
  at: number,
  ports: readonly string[],
  lcores: readonly string[],
  translations: Translations | undefined,
): TraceRecord {
  const u16 = (field: number): number => view.getUint16(at + field, true);
  const u32 = (field: number): number => view.getUint32(at + field, true);
  const kind = u32(layout.TRACE_KIND);
  const mbuf = u32(layout.TRACE_MBUF);
  const [reason, detail] = [u32(layout.TRACE_REASON), u32(layout.TRACE_DETAIL)];
  const ovs = ovsHopText(kind, reason, detail);
  const megaflow = hitMegaflow(kind, reason, detail);
  const why =
    kind === layout.TRACE_OVS_UPCALL
      ? translations?.nextUpcall(u32(layout.TRACE_ID))
      : megaflow === undefined
        ? undefined
        : translations?.ofMegaflow(megaflow);
  return {
    packet: u32(layout.TRACE_ID) + 1,
    time_ns: Number(view.getBigUint64(at + layout.TRACE_TIME, true)) / 1000,
    hop: ovs === undefined ? (HOPS[kind] ?? "drop") : "ovs",
    port: ports[u16(layout.TRACE_PORT)] ?? "?",
    queue: u16(layout.TRACE_QUEUE),
    index: u16(layout.TRACE_INDEX),
    occupancy: u16(layout.TRACE_OCCUPANCY),
    mbuf: mbuf === NO_MBUF ? undefined : mbuf,
    length: u32(layout.TRACE_LENGTH),
    lcore: lcores[u16(layout.TRACE_LCORE)] ?? "?",
    tries: u16(layout.TRACE_TRIES),
    reason: kind === layout.TRACE_DROP ? DROP_NAMES[reason] : undefined,
    ...(ovs === undefined ? {} : { ovs: why === undefined ? ovs : `${ovs}; ${why}` }),
  };
}

/** In the order of a packet's way: by packet, then time (records of one lcore are in order already). */
export function sortTrace(records: readonly TraceRecord[]): TraceRecord[] {
  return records
    .map((record, i) => ({ record, i }))
    .sort((a, b) => a.record.packet - b.record.packet || a.record.time_ns - b.record.time_ns || a.i - b.i)
    .map(({ record }) => record);
}
