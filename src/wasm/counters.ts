// counters - reads the engine's counters as plain numbers and adds them up into a ledger.
import {
  COUNTER_BYTES,
  COUNTER_CONSUMED,
  COUNTER_COPIED,
  COUNTER_DROPS,
  COUNTER_ERRORS,
  COUNTER_FAULTS,
  COUNTER_GENERATED,
  COUNTER_NOMBUF,
  COUNTER_NOTIFIED,
  COUNTER_PACKETS,
  COUNTER_RECEIVED,
  COUNTER_SENT,
} from "../../assembly/abi/counters.ts";
import * as drops from "../../assembly/abi/drops.ts";
import * as faults from "../../assembly/abi/faults.ts";
import { RunError } from "../errors.ts";

/** Names by id: the constants' without their prefix, in lower case. */
function namesOf(constants: Readonly<Record<string, number>>, prefix: string): readonly string[] {
  return Object.entries(constants)
    .filter(([name]) => name !== `${prefix}COUNT`)
    .sort(([, a], [, b]) => a - b)
    .map(([name]) => name.slice(prefix.length).toLowerCase());
}

/** Drop reasons by id. */
export const DROP_NAMES = namesOf(drops, "DROP_");

/** What a virtqueue met that the rules forbid, by id. */
export const FAULT_NAMES = namesOf(faults, "FAULT_").map((name) => `ring_${name}`);

/** One queue's counters in one direction. */
export interface QueueCounters {
  readonly packets: number;
  readonly bytes: number;
  readonly errors: number;
  readonly nombuf: number;
  readonly received: number;
  readonly generated: number;
  readonly sent: number;
  readonly consumed: number;
  readonly notified: number;
  readonly copied: number;
  /** by drop id */
  readonly drops: readonly number[];
  /** by fault id */
  readonly faults: readonly number[];
}

export function readCounters(block: BigUint64Array): QueueCounters {
  const at = (i: number): number => Number(block[i]);
  return {
    packets: at(COUNTER_PACKETS),
    bytes: at(COUNTER_BYTES),
    errors: at(COUNTER_ERRORS),
    nombuf: at(COUNTER_NOMBUF),
    received: at(COUNTER_RECEIVED),
    generated: at(COUNTER_GENERATED),
    sent: at(COUNTER_SENT),
    consumed: at(COUNTER_CONSUMED),
    notified: at(COUNTER_NOTIFIED),
    copied: at(COUNTER_COPIED),
    drops: DROP_NAMES.map((_, id) => at(COUNTER_DROPS + id)),
    faults: FAULT_NAMES.map((_, id) => at(COUNTER_FAULTS + id)),
  };
}

/** Where every packet went: received + generated + copied == sent + consumed + dropped + queued. */
export interface Ledger {
  received: number;
  generated: number;
  copied: number;
  sent: number;
  consumed: number;
  dropped: number;
  queued: number;
  /** by reason; only those that moved */
  drops: Record<string, number>;
}

export function sumLedger(queues: readonly QueueCounters[], queued: number): Ledger {
  const ledger: Ledger = { received: 0, generated: 0, copied: 0, sent: 0, consumed: 0, dropped: 0, queued, drops: {} };
  for (const q of queues) {
    ledger.received += q.received;
    ledger.generated += q.generated;
    ledger.copied += q.copied;
    ledger.sent += q.sent;
    ledger.consumed += q.consumed;
    q.drops.forEach((n, id) => {
      const name = DROP_NAMES[id];
      if (n === 0 || name === undefined) return;
      ledger.dropped += n;
      ledger.drops[name] = (ledger.drops[name] ?? 0) + n;
    });
  }
  return ledger;
}

/** @throws RunError when a packet is unaccounted for: an invariant of the engine is broken */
export function auditLedger(ledger: Ledger): void {
  const entered = ledger.received + ledger.generated + ledger.copied;
  const ended = ledger.sent + ledger.consumed + ledger.dropped + ledger.queued;
  if (entered !== ended) {
    throw new RunError(`ledger: found ${ended} packets accounted for, expected ${entered} (${JSON.stringify(ledger)})`);
  }
}
