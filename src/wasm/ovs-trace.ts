// ovs-trace - the hops of traced packets through the datapath in words.
import * as actions from "../../assembly/abi/ovs-actions.ts";
import { UPCALL_ACTION } from "../../assembly/abi/ovs-upcalls.ts";
import * as layout from "../../assembly/abi/trace.ts";
import type { Machine } from "./machine.ts";

/** Names of the actions that trace records name, by id: odp text's, where it has one. */
const ACTION_NAMES: readonly string[] = Object.entries(actions).reduce<string[]>((names, [name, id]) => {
  const [, action] = /^ACTION_((?!WORDS|ID).+)$/.exec(name) ?? [];
  if (action !== undefined) names[id] = action.toLowerCase();
  return names;
}, []);
/** Actions whose first argument says something by itself. */
const NUMBERED: readonly number[] = [
  actions.ACTION_OUTPUT,
  actions.ACTION_TRUNC,
  actions.ACTION_RECIRC,
  actions.ACTION_METER,
  actions.ACTION_CHECK_PKT_LEN,
];
const CACHES: readonly number[] = [
  layout.TRACE_OVS_SIMPLE,
  layout.TRACE_OVS_EMC,
  layout.TRACE_OVS_SMC,
  layout.TRACE_OVS_DPCLS,
];
const SLOTS = ["empty", "another key's", "of a deleted megaflow"] as const;

/** What a record of the datapath says. kind, reason, detail: TRACE_KIND, TRACE_REASON, TRACE_DETAIL. @returns undefined: it is none */
export function ovsHopText(kind: number, reason: number, detail: number): string | undefined {
  const hit = (cache: string): string =>
    reason === layout.HIT_YES ? `${cache}: hit, megaflow ${detail}` : `${cache}: miss`;
  switch (kind) {
    case layout.TRACE_OVS_KEY:
      return `key: hash 0x${detail.toString(16).padStart(8, "0")}`;
    case layout.TRACE_OVS_SIMPLE:
      return hit("simple match");
    case layout.TRACE_OVS_EMC: {
      if (reason === layout.HIT_YES) return hit("EMC");
      const [first, second] = [SLOTS[detail & 0xffff], SLOTS[detail >>> 16]];
      return `EMC: miss, first slot ${first}, second slot ${second}`;
    }
    case layout.TRACE_OVS_SMC:
      return hit("SMC");
    case layout.TRACE_OVS_DPCLS:
      return hit("megaflows");
    case layout.TRACE_OVS_UPCALL:
      return reason === UPCALL_ACTION ? "upcall of a userspace action" : "upcall";
    case layout.TRACE_OVS_CACHED:
      return detail === 0 ? "EMC: entered" : `EMC: entered, in place of megaflow ${detail - 1}'s`;
    case layout.TRACE_OVS_ACTION:
      return `action: ${ACTION_NAMES[reason] ?? "?"}${NUMBERED.includes(reason) ? ` ${detail}` : ""}`;
    default:
      return undefined;
  }
}

/** The megaflow that a record says was hit: its cookie. */
export function hitMegaflow(kind: number, reason: number, detail: number): number | undefined {
  return CACHES.includes(kind) && reason === layout.HIT_YES ? detail : undefined;
}

export interface OvsHop {
  /** The packet's number, from 0. */
  readonly packet: number;
  readonly timePs: bigint;
  /** How often it was recirculated. */
  readonly depth: number;
  readonly text: string;
}

/** Takes the datapath's hops out of all lcores' records; the others are gone with them. */
export function readOvsHops(machine: Machine): OvsHop[] {
  return machine.lcores.flatMap((lcore) => {
    const n = machine.engine.lcoreTakeTrace(lcore) >>> 0;
    const view = new DataView(
      machine.arena.bytes.buffer,
      machine.engine.lcoreTraceList(lcore) >>> 0,
      n * layout.TRACE_BYTES,
    );
    return Array.from({ length: n }, (_, i) => i * layout.TRACE_BYTES).flatMap((at) => {
      const u32 = (field: number): number => view.getUint32(at + field, true);
      const text = ovsHopText(u32(layout.TRACE_KIND), u32(layout.TRACE_REASON), u32(layout.TRACE_DETAIL));
      if (text === undefined) return [];
      const timePs = view.getBigUint64(at + layout.TRACE_TIME, true);
      const depth = view.getUint16(at + layout.TRACE_TRIES, true);
      return [{ packet: u32(layout.TRACE_ID), timePs, depth, text }];
    });
  });
}
