// revalidator - keeps the datapath's megaflows in step with ofproto (udpif of ofproto-dpif-upcall.c): counts what they have carried for rules, groups
// and MAC tables, deletes those that are not used, and translates all of them again when something has changed.
// Invariants: 1. a megaflow is known by the number that its upcall gave it. 2. What it had counted is pushed once.
import type { Flow } from "../openflow/flow.ts";
import type { DatapathAction } from "../wasm/ovs-actions.ts";
import type { Clock } from "./clock.ts";
import { areActionsEqual } from "./odp-equal.ts";
import type { Credited, PushedStats } from "./stats.ts";

/** A flow of the datapath as a dump shows it, valid while it is visited. */
export interface DatapathFlow {
  /** What the upcall gave: UpcallResult.id. */
  readonly id: number;
  readonly key: Flow;
  readonly mask: Flow;
  readonly packets: number;
  readonly bytes: number;
  readonly tcpFlags: number;
  /** undefined: never */
  readonly usedMs: number | undefined;
}

/** The datapath, as far as its flows go. modify and remove are of the flow that is being visited. */
export interface DatapathFlows {
  each(visit: (flow: DatapathFlow) => void): void;
  modify(flow: DatapathFlow, actions: readonly DatapathAction[]): void;
  remove(flow: DatapathFlow): void;
}

/** other_config of Open_vSwitch. */
export interface RevalidatorSettings {
  readonly flowLimit?: number;
  readonly maxIdleMs?: number;
  readonly maxRevalidatorMs?: number;
  readonly minRevalidatePps?: number;
}

/** What a flow's key comes out as now; a translation that fails has none. */
export interface Retranslation {
  readonly actions: readonly DatapathAction[];
  readonly wildcards: Flow;
  readonly recircs: readonly number[];
  readonly avoidCaching: boolean;
}

export interface Translator extends Clock {
  /** stats: packets that are credited, and whose side effects take place; undefined: none. cache: gets what later ones are to be credited to */
  retranslate(
    key: Flow,
    stats: PushedStats | undefined,
    cache: Credited[] | undefined,
    tcpFlags: number,
  ): Retranslation | undefined;
  releaseRecircs(ids: readonly number[]): void;
  /** A round is over: what rules and bonds have counted is fresh. */
  roundDone(): void;
}

/** udpif_key */
interface Ukey {
  readonly createdMs: number;
  actions: readonly DatapathAction[];
  recircs: readonly number[];
  revision: number;
  cache: Credited[] | undefined;
  packets: number;
  bytes: number;
  usedMs: number;
  round: number;
}

const MIN_LIMIT = 1000;
const FIRST_LIMIT = 10_000;
/** How long flows may be idle when there are too many. */
const CROWDED_IDLE_MS = 100;

export class Revalidator {
  private readonly translator: Translator;
  private readonly ukeys = new Map<number, Ukey>();
  private settings = { flowLimit: 200_000, maxIdleMs: 10_000, maxRevalidatorMs: 500, minRevalidatePps: 5 };
  /** Grows while dumps are fast. */
  private limit = FIRST_LIMIT;
  private nextId = 1;
  /** Grows whenever translations come out differently. */
  private current = 1;
  private round = 0;
  private lastStartMs = 0;
  private checkedRevision = 1;
  private dumpMs = 1;
  private maxFlows = 0;
  private averageFlows = 0;

  constructor(translator: Translator) {
    this.translator = translator;
  }

  configure(settings: RevalidatorSettings): void {
    this.settings = { ...this.settings, ...settings };
    this.limit = Math.min(this.limit, this.settings.flowLimit);
  }

  /** Translations come out differently now. */
  changed(): void {
    this.current++;
  }

  /** What translations that are made now are good for. */
  get revision(): number {
    return this.current;
  }

  get hasRoom(): boolean {
    return this.ukeys.size < this.limit;
  }

  /** What upcall/show tells. */
  get statistics(): {
    readonly current: number;
    readonly average: number;
    readonly max: number;
    readonly limit: number;
    readonly dumpMs: number;
  } {
    return {
      current: this.ukeys.size,
      average: this.averageFlows,
      max: this.maxFlows,
      limit: this.limit,
      dumpMs: this.dumpMs,
    };
  }

  /** A megaflow that an upcall asks for. revision: of before its translation, which may have changed something itself. @returns its number */
  expect(actions: readonly DatapathAction[], recircs: readonly number[], revision: number): number {
    const id = this.nextId;
    this.nextId = (this.nextId + 1) >>> 0 || 1;
    this.ukeys.set(id, {
      createdMs: this.translator.nowMs,
      actions,
      recircs,
      revision,
      cache: undefined,
      packets: 0,
      bytes: 0,
      usedMs: 0,
      round: this.round,
    });
    return id;
  }

  /** When it wants to run next. */
  get dueMs(): number {
    const { maxIdleMs, maxRevalidatorMs } = this.settings;
    if (this.current !== this.checkedRevision) return this.translator.nowMs;
    return this.lastStartMs + Math.min(maxIdleMs, maxRevalidatorMs);
  }

  /** A round, if it is time. tookMs: what dumping that many flows takes */
  run(flows: DatapathFlows, tookMs: (flows: number) => number = () => 1): void {
    if (this.translator.nowMs >= this.dueMs) this.runNow(flows, tookMs);
  }

  /** A round (revalidator/wait). */
  runNow(flows: DatapathFlows, tookMs: (flows: number) => number = () => 1): void {
    const n = this.ukeys.size;
    this.lastStartMs = this.translator.nowMs;
    this.checkedRevision = this.current;
    this.maxFlows = Math.max(this.maxFlows, n);
    this.averageFlows = Math.floor((this.averageFlows + n) / 2);
    this.round++;
    flows.each((flow) => this.visit(flow, flows));
    this.sweep();
    this.dumpMs = Math.max(1, tookMs(n));
    this.adjustLimit(n);
    this.translator.roundDone();
  }

  /** All flows go (revalidator/purge). */
  purge(flows: DatapathFlows): void {
    flows.each((flow) => {
      const ukey = this.ukeys.get(flow.id);
      if (ukey === undefined) flows.remove(flow);
      else this.remove(ukey, flow, flow.usedMs ?? ukey.createdMs, flows);
    });
  }

  private adjustLimit(flows: number): void {
    const took = this.dumpMs;
    if (took > 2000) this.limit = Math.floor(this.limit / Math.floor(took / 1000));
    else if (took > 1300) this.limit = Math.floor((this.limit * 3) / 4);
    else if (took < 1000 && this.limit < Math.floor((flows * 1000) / took)) this.limit += 1000;
    this.limit = Math.min(this.settings.flowLimit, Math.max(this.limit, MIN_LIMIT));
  }

  private visit(flow: DatapathFlow, flows: DatapathFlows): void {
    const ukey = this.ukeys.get(flow.id);
    if (ukey === undefined) {
      flows.remove(flow);
      return;
    }
    if (ukey.round === this.round) return;
    ukey.round = this.round;
    const { nowMs } = this.translator;
    const usedMs = flow.usedMs ?? ukey.createdMs;
    const crowded = this.ukeys.size > this.limit;
    const idleMs = crowded ? CROWDED_IDLE_MS : this.settings.maxIdleMs;
    const isDead = this.ukeys.size > 2 * this.limit || usedMs < nowMs - idleMs;
    if (isDead || !this.revalidate(ukey, flow, usedMs, flows)) this.remove(ukey, flow, usedMs, flows);
  }

  /** @returns false: it must go */
  private revalidate(ukey: Ukey, flow: DatapathFlow, usedMs: number, flows: DatapathFlows): boolean {
    const push = this.uncounted(ukey, flow, usedMs);
    if (ukey.revision !== this.checkedRevision) {
      if (!this.isWorthIt(ukey, push.packets) || !this.retranslate(ukey, flow, flows)) return false;
    } else if (push.packets > 0 && ukey.cache === undefined) {
      ukey.cache = [];
      const again = this.translator.retranslate(flow.key, undefined, ukey.cache, push.tcpFlags);
      if (again !== undefined) this.translator.releaseRecircs(again.recircs);
    }
    credit(ukey.cache, push);
    ukey.packets = flow.packets;
    ukey.bytes = flow.bytes;
    ukey.usedMs = usedMs;
    ukey.revision = this.checkedRevision;
    return true;
  }

  private uncounted(ukey: Ukey, { packets, bytes, tcpFlags }: DatapathFlow, usedMs: number): PushedStats {
    return { packets: Math.max(0, packets - ukey.packets), bytes: Math.max(0, bytes - ukey.bytes), usedMs, tcpFlags };
  }

  /** When rounds are slow, flows that carry little are set up anew rather than translated again. */
  private isWorthIt(ukey: Ukey, packets: number): boolean {
    const { maxRevalidatorMs, minRevalidatePps } = this.settings;
    if (ukey.usedMs === 0 || this.dumpMs < maxRevalidatorMs / 2) return true;
    const sinceMs = Math.max(ukey.usedMs, this.translator.nowMs) - ukey.usedMs;
    return sinceMs / Math.max(1, packets) < 1000 / minRevalidatePps;
  }

  /** @returns false: the flow is too wide now, or its port is gone */
  private retranslate(ukey: Ukey, flow: DatapathFlow, flows: DatapathFlows): boolean {
    ukey.cache = [];
    const again = this.translator.retranslate(flow.key, undefined, ukey.cache, flow.tcpFlags);
    if (again === undefined) return false;
    const { actions, wildcards, recircs } = again;
    const fits = !again.avoidCaching && isWithin(wildcards, flow.mask);
    if (!fits || areActionsEqual(actions, ukey.actions)) {
      this.translator.releaseRecircs(recircs);
      return fits;
    }
    flows.modify(flow, actions);
    this.translator.releaseRecircs(ukey.recircs);
    ukey.actions = actions;
    ukey.recircs = recircs;
    return true;
  }

  private remove(ukey: Ukey, flow: DatapathFlow, usedMs: number, flows: DatapathFlows): void {
    const push = this.uncounted(ukey, flow, usedMs);
    if (push.packets > 0) {
      if (ukey.cache !== undefined) credit(ukey.cache, push);
      else {
        const again = this.translator.retranslate(flow.key, push, undefined, push.tcpFlags);
        if (again !== undefined) this.translator.releaseRecircs(again.recircs);
      }
    }
    flows.remove(flow);
    this.forget(flow.id, ukey);
  }

  private forget(id: number, ukey: Ukey): void {
    this.ukeys.delete(id);
    this.translator.releaseRecircs(ukey.recircs);
  }

  /** Flows that the datapath did not install, or has not any more. */
  private sweep(): void {
    for (const [id, ukey] of this.ukeys) if (ukey.round < this.round - 1) this.forget(id, ukey);
  }
}

function credit(cache: readonly Credited[] | undefined, stats: PushedStats): void {
  if (stats.packets === 0) return;
  for (const target of cache ?? []) target.credit(stats);
}

/** All bits of the one are bits of the other. */
function isWithin(inner: Flow, outer: Flow): boolean {
  for (let i = 0; i < inner.words.length; i++) if ((inner.words[i]! & ~outer.words[i]!) !== 0) return false;
  return true;
}
