// recirc - what a translation left to be done when the packet comes round again, by recirculation id (ofproto-dpif-rid.c). Megaflows whose actions
// name an id, and those of packets that came with it, hold references; without any, an id can be found a little longer, but is given out no
// more.
import type { Ofpact } from "../openflow/ofpact.ts";
import type { Bridge } from "./bridge.ts";
import type { Port } from "./port.ts";

/** An action, or what the pipeline's state was where the actions behind it stood. */
export type Step = Ofpact | { readonly type: "unroll"; readonly table: number; readonly cookie: bigint };

export interface FrozenState {
  readonly bridge: Bridge;
  /** Where to go on, if there are no steps. */
  readonly table: number;
  readonly steps: readonly Step[];
  readonly actionSet: readonly Ofpact[];
  readonly stack: readonly Uint8Array[];
  /** Mirrors that have their copy, as bits. */
  readonly mirrors: number;
  readonly wasMpls: boolean;
  /** The port that the packet came to the datapath by. */
  readonly port: Port | undefined;
  /** Words of struct flow: metadata and registers. */
  readonly pipeline: Uint32Array;
  readonly inPort: number;
  readonly userdata: string;
}

interface Entry {
  readonly id: number;
  readonly state: FrozenState;
  references: number;
  /** When it may go. */
  expiresMs: number;
}

/** Packets on their way round take less. */
const LINGER_MS = 250;

export class RecircIds {
  private readonly entries = new Map<number, Entry>();
  private readonly unused = new Set<Entry>();
  private next = 1;

  find(id: number): FrozenState | undefined {
    return this.entries.get(id)?.state;
  }

  /** The id of a state, with one more reference: that of an equal state which is in use, if there is one. */
  allocate(state: FrozenState): number {
    for (const entry of this.entries.values()) {
      if (entry.references > 0 && isEqual(entry.state, state)) {
        entry.references++;
        return entry.id;
      }
    }
    const id = this.next++;
    this.entries.set(id, { id, state, references: 1, expiresMs: 0 });
    return id;
  }

  /** @returns false: the id is not in use any more */
  reference(id: number): boolean {
    const entry = this.entries.get(id);
    if (entry === undefined || entry.references === 0) return false;
    entry.references++;
    return true;
  }

  release(ids: readonly number[], nowMs: number): void {
    for (const id of ids) {
      const entry = this.entries.get(id)!;
      if (--entry.references > 0) continue;
      entry.expiresMs = nowMs + LINGER_MS;
      this.unused.add(entry);
    }
  }

  run(nowMs: number): void {
    for (const entry of this.unused) {
      if (entry.expiresMs > nowMs) break;
      this.unused.delete(entry);
      this.entries.delete(entry.id);
    }
  }
}

function isEqual(a: FrozenState, b: FrozenState): boolean {
  return (
    a.bridge === b.bridge &&
    a.table === b.table &&
    a.mirrors === b.mirrors &&
    a.wasMpls === b.wasMpls &&
    a.port === b.port &&
    a.inPort === b.inPort &&
    a.userdata === b.userdata &&
    areEqual(a.pipeline, b.pipeline) &&
    a.stack.length === b.stack.length &&
    a.stack.every((value, i) => areEqual(value, b.stack[i]!)) &&
    areSame(a.steps, b.steps) &&
    areSame(a.actionSet, b.actionSet)
  );
}

function areEqual(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Steps are the rules' own objects, but for those that say where they stood. */
function areSame(a: readonly Step[], b: readonly Step[]): boolean {
  return a.length === b.length && a.every((step, i) => step === b[i] || isSamePlace(step, b[i]!));
}

function isSamePlace(a: Step, b: Step): boolean {
  return a.type === "unroll" && b.type === "unroll" && a.table === b.table && a.cookie === b.cookie;
}
