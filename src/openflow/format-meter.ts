// format-meter - meters and their statistics as dump-meters and meter-stats print them.
import { formatDuration } from "./format-flow.ts";
import {
  type MeterConfig,
  type MeterMod,
  OFPM13_ALL,
  OFPM13_CONTROLLER,
  OFPM13_MAX,
  OFPM13_SLOWPATH,
} from "./meter.ts";

export interface MeterStats {
  readonly meterId: number;
  readonly flows: number;
  readonly packetsIn: bigint;
  readonly bytesIn: bigint;
  readonly durationNs: bigint;
  /** What each band took. */
  readonly bands: readonly { readonly packets: bigint; readonly bytes: bigint }[];
}

const NAMED: ReadonlyMap<number, string> = new Map([
  [OFPM13_SLOWPATH, "slowpath"],
  [OFPM13_CONTROLLER, "controller"],
  [OFPM13_ALL, "all"],
]);

function formatMeterId(meterId: number): string {
  return meterId <= OFPM13_MAX ? String(meterId) : (NAMED.get(meterId) ?? "unknown");
}

/** A meter of dump-meters: a line, and one for each band. */
export function formatMeter({ meterId, kbps, pktps, burst, stats, bands }: MeterConfig): string {
  const flags = `${kbps ? "kbps " : ""}${pktps ? "pktps " : ""}${burst ? "burst " : ""}${stats ? "stats " : ""}`;
  const each = bands.map(({ type, rate, burst: size, precLevel }) => {
    const more = type === "dscp_remark" ? ` prec_level=${precLevel}` : "";
    return `\ntype=${type} rate=${rate}${burst ? ` burst_size=${size}` : ""}${more}`;
  });
  return `meter=${formatMeterId(meterId)} ${flags}bands=${each.join("")}\n`;
}

/** A meter_mod as ofp-print shows it. */
export function formatMeterMod(mod: MeterMod): string {
  if (mod.command === "delete") return `DEL meter=${formatMeterId(mod.meterId)} bands=\n`;
  return `${mod.command === "add" ? "ADD" : "MOD"} ${formatMeter(mod.meter)}`;
}

/** A meter of meter-stats: a line, and one for each band. */
export function formatMeterStats({ meterId, flows, packetsIn, bytesIn, durationNs, bands }: MeterStats): string {
  const each = bands.map(({ packets, bytes }, i) => `${i}: packet_count:${packets} byte_count:${bytes}\n`);
  const counts = `flow_count:${flows} packet_in_count:${packetsIn} byte_in_count:${bytesIn}`;
  return `meter:${formatMeterId(meterId)} ${counts} duration:${formatDuration(durationNs)} bands:\n${each.join("")}`;
}
